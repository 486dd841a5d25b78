//! Program and profile files: every key, every mistake with its exact message, and texts nobody would write.

use std::error::Error;
use std::io;

use fenrun::history::VolumeWindow;
use fenrun::manifest::{ConfigurationInput, ConfigureContext, InputValue, Manifest};
use fenrun::profile::{GuardProfile, LineFloors, OverCap, RailProfile, RoleClass, SHIPPED};
use fenrun::program::{
    Combine, ModuleFiles, ModuleSource, OnFailure, PolicyEntry, PolicySource, ProgramBuilder, ProgramError,
    ProgramFile, limits,
};
use fenrun_abi::word;
use fenrun_money::{Allocation, Currency, Rate};
use proptest::prelude::*;

/// A program with every key.
const FULL: &str = r#"merchant  = "old-cellar"
currency  = "CNY"
time_zone = "Asia/Shanghai"
roles = ["ambassador", "captain"]
volume_window = "quarter"
guard = "cn"
discounts = "best_deal"

[guard_overrides]
promoters_cap = "40%"
max_paid_uplines = "none"
trade_partners_cap = 0.25
platform_cap = "1/3"
total_cap = "6_0%"
pay_for_recruiting = true
pay_from_fees = true
buyer_may_earn = false
line_floors = "reject"
hold_days_min = 15
over_cap = "trim"
[guard_overrides.classes]
ambassador = "trade_partners"
store = "promoters"

[[policy]]
name = "first-order"
use  = "nth-order-discount"
combine = "exclusive"
on_failure = "refuse"
[policy.configuration]
rates = ["20%", "5%", "3%"]

[[policy]]
name = "commission"
use  = "./policies/ours.wasm"
rounding = "half_up_each"
fuel_limit = 1_000_000
configuration = { base = "paid", rate = +0.050, "most 1" = 0x10, once = true, deep = [{ a = 99_999_999_999_999_999_999 }] }

[[policy]]
name = "新客"
use  = "./policies/new"
"#;

fn full() -> String {
    FULL.replace("6_0%", "60%")
}

fn parse(text: &str) -> Result<ProgramFile, ProgramError> {
    ProgramFile::parse(text, "program.toml")
}

#[test]
fn every_key_is_read() {
    let file = parse(&full()).unwrap();
    let program = file.definition();
    assert_eq!(program.merchant(), "old-cellar");
    assert_eq!(program.currency(), Currency::CNY);
    assert_eq!(program.time_zone_name(), "Asia/Shanghai");
    assert_eq!(program.time_zone().iana_name(), Some("Asia/Shanghai"));
    assert_eq!(program.roles(), ["ambassador", "captain"]);
    assert!(program.knows_role("captain") && program.knows_role("guide") && !program.knows_role("gide"));
    assert_eq!(program.volume_window(), VolumeWindow::Quarter);
    assert_eq!(program.discounts(), Combine::BestDeal);

    let [first, commission, new] = program.policies() else { panic!("three policies") };
    assert_eq!(first.name(), "first-order");
    assert_eq!(first.source(), &PolicySource::Stock("nth-order-discount".to_owned()));
    assert_eq!(first.combine(), Some(Combine::Exclusive));
    assert_eq!(first.on_failure(), Some(OnFailure::Refuse));
    assert_eq!((first.rounding(), first.fuel_limit()), (None, None));
    assert_eq!(commission.source(), &PolicySource::Module("./policies/ours.wasm".into()));
    assert_eq!(commission.rounding(), Some(Allocation::HalfUpEach));
    assert_eq!(commission.fuel_limit(), Some(1_000_000));
    assert_eq!((commission.combine(), commission.on_failure()), (None, None));
    assert_eq!(new.name(), "新客");
    assert_eq!(new.source(), &PolicySource::Folder("./policies/new".into()));
    assert_eq!(new.configuration().clone().without_spans(), ConfigurationInput::empty());
}

#[test]
fn a_configuration_keeps_exact_text_and_places() {
    let text = full();
    let file = parse(&text).unwrap();
    let configuration = file.definition().policies()[1].configuration();
    let InputValue::Table(entries) = &configuration.value else { panic!("a table") };
    let written: Vec<(&str, &InputValue, &str)> = entries
        .iter()
        .map(|(key, input)| (key.as_str(), &input.value, &text[input.span.clone().unwrap()]))
        .collect();
    assert_eq!(written[0], ("base", &InputValue::Text("paid".to_owned()), "\"paid\""));
    assert_eq!(written[1], ("rate", &InputValue::Decimal("0.050".to_owned()), "+0.050"));
    assert_eq!(written[2], ("most 1", &InputValue::Integer(16), "0x10"));
    assert_eq!(written[3], ("once", &InputValue::Boolean(true), "true"));
    let (_, InputValue::List(deep), _) = written[4] else { panic!("a list") };
    let InputValue::Table(inner) = &deep[0].value else { panic!("a table") };
    assert_eq!(inner[0].1.value, InputValue::Decimal("99999999999999999999".to_owned()));
}

#[test]
fn what_is_left_out_has_a_default() {
    let text = "merchant = 'm'\ncurrency = 'JPY'\ntime_zone = 'UTC'\nguard = 'open'\n\
                [[policy]]\nname = 'p'\nuse = 'three-level'";
    let file = parse(text).unwrap();
    let program = file.definition();
    assert_eq!(program.roles(), [] as [String; 0]);
    assert_eq!(program.volume_window(), VolumeWindow::Month);
    assert_eq!(program.discounts(), Combine::Stack);
    assert_eq!(program.guard(), &GuardProfile::named("open").unwrap());
    let policy = &program.policies()[0];
    assert_eq!(policy, &PolicyEntry::new("p", PolicySource::Stock("three-level".to_owned())));
    assert_eq!(policy.combine().unwrap_or(program.discounts()), Combine::Stack);
    assert_eq!(policy.on_failure().unwrap_or_default(), OnFailure::Skip);
}

#[test]
fn overrides_change_single_keys_and_leave_a_mark() {
    let file = parse(&full()).unwrap();
    let guard = file.definition().guard();
    assert_eq!(guard.name(), "cn");
    assert_eq!(guard.max_paid_uplines(), None);
    assert_eq!(guard.cap(RoleClass::Promoters), Some(Rate::percent(40)));
    assert_eq!(guard.cap(RoleClass::TradePartners), Some(Rate::percent(25)));
    assert_eq!(guard.cap(RoleClass::Platform), Some(Rate::new(1, 3).unwrap()));
    assert_eq!(guard.total_cap(), Some(Rate::percent(60)));
    assert!(guard.pay_for_recruiting() && guard.pay_from_fees() && !guard.buyer_may_earn());
    assert_eq!((guard.line_floors(), guard.over_cap()), (LineFloors::Reject, OverCap::Trim));
    assert_eq!(guard.hold_days_min(), 15);
    assert_eq!(guard.class("ambassador"), RoleClass::TradePartners);
    assert_eq!(guard.class("store"), RoleClass::Promoters);
    assert_eq!(guard.class("captain"), RoleClass::Promoters, "a role of the program's own is a promoter");
    assert_eq!(
        guard.overridden().collect::<Vec<_>>(),
        [
            "buyer_may_earn",
            "classes.ambassador",
            "classes.store",
            "hold_days_min",
            "line_floors",
            "max_paid_uplines",
            "over_cap",
            "pay_for_recruiting",
            "pay_from_fees",
            "platform_cap",
            "promoters_cap",
            "total_cap",
            "trade_partners_cap",
        ]
    );

    let one = full().replace("max_paid_uplines", "#").replace("hold_days_min", "#");
    let one = parse(&one).unwrap();
    assert_eq!(one.definition().guard().max_paid_uplines(), Some(2), "what is not overridden stays");
    assert_eq!(one.definition().guard().hold_days_min(), 7);
}

#[test]
fn code_and_file_make_the_same_program() {
    let guard =
        GuardProfile::named("cn").unwrap().with_cap(RoleClass::Promoters, Some(Rate::percent(40))).unwrap();
    let made = ProgramBuilder::new("m", Currency::CNY)
        .time_zone("asia/shanghai")
        .unwrap()
        .role("captain")
        .role("guide")
        .guard(guard)
        .discounts(Combine::Exclusive)
        .policy(
            PolicyEntry::new("p", PolicySource::Folder("ours".into()))
                .with_rounding(Allocation::FloorResidual)
                .with_configuration(
                    ConfigurationInput::from_json(r#"{"rate": "5%", "list": [1, true]}"#).unwrap(),
                ),
        )
        .build()
        .unwrap();
    let text = "currency = 'CNY'\nmerchant = 'm'\nroles = ['captain']\ntime_zone = 'Asia/Shanghai'\nguard = 'cn'\n\
                guard_overrides.promoters_cap = '2/5'\ndiscounts = 'exclusive'\n\
                [[policy]]\nuse = './ours'\nname = 'p'\nrounding = 'floor_to_payee'\n\
                configuration = { list = [1, true], rate = '5%' }";
    let read = parse(text).unwrap();
    assert_eq!(read.definition().to_json().to_string(), made.to_json().to_string());
    assert_eq!(
        made.to_json()["policy"].to_string(),
        r#"[{"combine":null,"configuration":{"list":[1,true],"rate":"5%"},"fuel_limit":null,"name":"p","on_failure":null,"rounding":"floor_residual_to","use":"./ours"}]"#
    );
    assert_ne!(
        parse(&text.replace("2/5", "41%")).unwrap().definition().to_json(),
        made.to_json(),
        "what decides differently has another digest"
    );
}

/// One changed line of [`FULL`], and the whole message it gives.
const MISTAKES: &[(&str, &str, &str)] = &[
    (
        "merchant  = \"old-cellar\"",
        "merchant  = ",
        "program.toml:1:13: not valid TOML: string values must be quoted, expected literal string
  |
1 | merchant  =
  |             ^",
    ),
    (
        "merchant  = \"old-cellar\"",
        "merchant  = \"old cellar\"",
        "program.toml:1:13: merchant: expected a name of letters, digits, `-`, `_` and `.`, found `old cellar`
  |
1 | merchant  = \"old cellar\"
  |             ^^^^^^^^^^^^
hint: begin with a letter or a digit, such as `old-cellar`",
    ),
    (
        "merchant  = \"old-cellar\"",
        "merchant  = 7",
        "program.toml:1:13: merchant: expected a text in quotes, found `7`
  |
1 | merchant  = 7
  |             ^",
    ),
    (
        "merchant  = \"old-cellar\"",
        "merchant = \"m\"\nmerchant = \"n\"",
        "program.toml:2:1: not valid TOML: duplicate key
  |
2 | merchant = \"n\"
  | ^^^^^^^^",
    ),
    (
        "currency  = \"CNY\"",
        "curency  = \"CNY\"",
        "program.toml:2:1: curency: unknown key
  |
2 | curency  = \"CNY\"
  | ^^^^^^^
hint: did you mean `currency`?",
    ),
    (
        "currency  = \"CNY\"",
        "colour = \"CNY\"",
        "program.toml:2:1: colour: unknown key
  |
2 | colour = \"CNY\"
  | ^^^^^^
hint: the keys here are `merchant`, `currency`, `time_zone`, `roles`, `volume_window`, `guard`, `guard_overrides`, \
`rail`, `rail_overrides`, `discounts`, `ledger` and `policy`",
    ),
    (
        "currency  = \"CNY\"",
        "",
        "program.toml: currency: missing key
hint: name the currency by its ISO 4217 code: `currency = \"CNY\"`",
    ),
    (
        "currency  = \"CNY\"",
        "currency  = \"RMB\"",
        "program.toml:2:13: currency: `RMB`: no active ISO 4217 currency has this code
  |
2 | currency  = \"RMB\"
  |             ^^^^^
hint: the code of the yuan is `CNY`",
    ),
    (
        "currency  = \"CNY\"",
        "currency  = \"cny\"",
        "program.toml:2:13: currency: `cny`: expected three capital letters
  |
2 | currency  = \"cny\"
  |             ^^^^^
hint: did you mean `CNY`?",
    ),
    (
        "time_zone = \"Asia/Shanghai\"",
        "time_zone = \"Beijing\"",
        "program.toml:3:13: time_zone: no time zone is named `Beijing`
  |
3 | time_zone = \"Beijing\"
  |             ^^^^^^^^^
hint: write a name of the IANA database, such as `Asia/Shanghai` or `UTC`",
    ),
    (
        "roles = [\"ambassador\", \"captain\"]",
        "roles = [\"ambassador\", \"ambassador\"]",
        "program.toml:4:24: roles[1]: `ambassador` is given twice
  |
4 | roles = [\"ambassador\", \"ambassador\"]
  |                        ^^^^^^^^^^^^
hint: remove one of them",
    ),
    (
        "roles = [\"ambassador\", \"captain\"]",
        "roles = [\"ambassador\", 3]",
        "program.toml:4:24: roles[1]: expected a text in quotes, found `3`
  |
4 | roles = [\"ambassador\", 3]
  |                        ^",
    ),
    (
        "volume_window = \"quarter\"",
        "volume_window = \"months\"",
        "program.toml:5:17: volume_window: expected `day`, `month`, `quarter`, `year` or `all`, found `months`
  |
5 | volume_window = \"months\"
  |                 ^^^^^^^^
hint: did you mean `month`?",
    ),
    (
        "guard = \"cn\"",
        "",
        "program.toml: guard: missing key
hint: name a profile: `guard = \"cn\"`, or `\"open\"` for arithmetic only",
    ),
    (
        "guard = \"cn\"",
        "guard = \"strict\"",
        "program.toml:6:9: guard: no guard profile is named `strict`
  |
6 | guard = \"strict\"
  |         ^^^^^^^^
hint: the shipped profiles are `cn` and `open`; a profile file is named by its path, such as `./strict.toml`",
    ),
    (
        "guard = \"cn\"",
        "guard = \"./strict.toml\"",
        "program.toml:6:9: guard: the guard profile `./strict.toml` cannot be read
  |
6 | guard = \"./strict.toml\"
  |         ^^^^^^^^^^^^^^^",
    ),
    (
        "guard = \"cn\"",
        "guard = \"cn\"\nrail = \"wechta\"",
        "program.toml:7:8: rail: no rail profile is named `wechta`
  |
7 | rail = \"wechta\"
  |        ^^^^^^^^
hint: did you mean `wechat`?",
    ),
    (
        "guard = \"cn\"",
        "guard = \"cn\"\nrail = \"post-office\"",
        "program.toml:7:8: rail: no rail profile is named `post-office`
  |
7 | rail = \"post-office\"
  |        ^^^^^^^^^^^^^
hint: the shipped rail profiles are `none` and `wechat`; a profile file is named by its path, such as `./post-office.toml`",
    ),
    (
        "guard = \"cn\"",
        "guard = \"cn\"\nrail = \"./bank.toml\"",
        "program.toml:7:8: rail: the rail profile `./bank.toml` cannot be read
  |
7 | rail = \"./bank.toml\"
  |        ^^^^^^^^^^^^^",
    ),
    (
        "guard = \"cn\"",
        "guard = \"cn\"\nrail_overrides.ratio_max = \"120%\"",
        "program.toml:7:28: rail_overrides.ratio_max: expected a cap from 0% to 100%, found `120%`
  |
7 | rail_overrides.ratio_max = \"120%\"
  |                            ^^^^^^",
    ),
    (
        "guard = \"cn\"",
        "guard = \"cn\"\nrail_overrides.max_ratio = \"20%\"",
        "program.toml:7:16: rail_overrides.max_ratio: unknown key
  |
7 | rail_overrides.max_ratio = \"20%\"
  |                ^^^^^^^^^
hint: the keys here are `ratio_max`, `receivers_max`, `share_days_max` and `asks_persons_back`",
    ),
    (
        "guard = \"cn\"",
        "guard = \"cn\"\nrail_overrides.name = \"mild\"",
        "program.toml:7:23: rail_overrides.name: the `name` of a profile cannot be overridden
  |
7 | rail_overrides.name = \"mild\"
  |                       ^^^^^^
hint: write a profile file of your own and name its path in `rail`",
    ),
    (
        "discounts = \"best_deal\"",
        "discounts = true",
        "program.toml:7:13: discounts: expected `stack`, `exclusive` or `best_deal`, found `true`
  |
7 | discounts = true
  |             ^^^^",
    ),
    (
        "promoters_cap = \"40%\"",
        "promoters_cap = \"140%\"",
        "program.toml:10:17: guard_overrides.promoters_cap: expected a cap from 0% to 100%, found `140%`
   |
10 | promoters_cap = \"140%\"
   |                 ^^^^^^",
    ),
    (
        "promoters_cap = \"40%\"",
        "promoters_cap = 40",
        "program.toml:10:17: guard_overrides.promoters_cap: expected a rate such as `20%`, found `40`: \
a plain number above 1 may mean two things
   |
10 | promoters_cap = 40
   |                 ^^
hint: write `40%`",
    ),
    (
        "promoters_cap = \"40%\"",
        "promoters_cap = \"4O%\"",
        "program.toml:10:17: guard_overrides.promoters_cap: expected a rate such as `20%`, found `4O%`: \
expected a digit, found `O`
   |
10 | promoters_cap = \"4O%\"
   |                 ^^^^^",
    ),
    (
        "promoters_cap = \"40%\"",
        "promoters_cap = inf",
        "program.toml:10:17: guard_overrides.promoters_cap: expected a rate such as `20%`, found `inf`: \
expected a digit, found `i`
   |
10 | promoters_cap = inf
   |                 ^^^",
    ),
    (
        "promoters_cap = \"40%\"",
        "promoter_cap = \"40%\"",
        "program.toml:10:1: guard_overrides.promoter_cap: unknown key
   |
10 | promoter_cap = \"40%\"
   | ^^^^^^^^^^^^
hint: did you mean `promoters_cap`?",
    ),
    (
        "promoters_cap = \"40%\"",
        "name = \"mild\"",
        "program.toml:10:8: guard_overrides.name: the `name` of a profile cannot be overridden
   |
10 | name = \"mild\"
   |        ^^^^^^
hint: write a profile file of your own and name its path in `guard`",
    ),
    (
        "max_paid_uplines = \"none\"",
        "max_paid_uplines = -1",
        "program.toml:11:20: guard_overrides.max_paid_uplines: expected a whole number from 0 to 1000000, found `-1`
   |
11 | max_paid_uplines = -1
   |                    ^^",
    ),
    (
        "max_paid_uplines = \"none\"",
        "max_paid_uplines = \"two\"",
        "program.toml:11:20: guard_overrides.max_paid_uplines: expected a whole number or `none`, \
found the text `two`
   |
11 | max_paid_uplines = \"two\"
   |                    ^^^^^",
    ),
    (
        "hold_days_min = 15",
        "hold_days_min = 7.5",
        "program.toml:19:17: guard_overrides.hold_days_min: expected a whole number from 0 to 3650, found `7.5`
   |
19 | hold_days_min = 7.5
   |                 ^^^",
    ),
    (
        "buyer_may_earn = false",
        "buyer_may_earn = \"no\"",
        "program.toml:17:18: guard_overrides.buyer_may_earn: expected `true` or `false`, found the text `no`
   |
17 | buyer_may_earn = \"no\"
   |                  ^^^^",
    ),
    (
        "ambassador = \"trade_partners\"",
        "ambasador = \"trade_partners\"",
        "program.toml:22:13: guard_overrides.classes.ambasador: the program knows no role `ambasador`
   |
22 | ambasador = \"trade_partners\"
   |             ^^^^^^^^^^^^^^^^
hint: did you mean `ambassador`?",
    ),
    (
        "ambassador = \"trade_partners\"",
        "butler = \"trade_partners\"",
        "program.toml:22:10: guard_overrides.classes.butler: the program knows no role `butler`
   |
22 | butler = \"trade_partners\"
   |          ^^^^^^^^^^^^^^^^
hint: declare it: `roles = [\"butler\"]`",
    ),
    (
        "ambassador = \"trade_partners\"",
        "ambassador = \"partners\"",
        "program.toml:22:14: guard_overrides.classes.ambassador: expected `promoters`, `trade_partners` or `platform`, \
found `partners`
   |
22 | ambassador = \"partners\"
   |              ^^^^^^^^^^",
    ),
    (
        "[guard_overrides]",
        "[a.b.c.d.e.f.g.h.i]",
        "program.toml:9:17: expected a key of at most 8 parts, found more
  |
9 | [a.b.c.d.e.f.g.h.i]
  |                 ^",
    ),
    (
        "name = \"first-order\"",
        "",
        "program.toml:25:1: policy[0].name: missing key
   |
25 | [[policy]]
   | ^^^^^^^^^^
hint: name the policy, such as `name = \"first-order\"`; its effects show the name",
    ),
    (
        "use  = \"nth-order-discount\"",
        "uses = \"nth-order-discount\"",
        "program.toml:27:1: policy[0].uses: unknown key
   |
27 | uses = \"nth-order-discount\"
   | ^^^^
hint: did you mean `use`?",
    ),
    (
        "use  = \"nth-order-discount\"",
        "",
        "program.toml:25:1: policy[0].use: missing key
   |
25 | [[policy]]
   | ^^^^^^^^^^
hint: say which module: a stock policy, `\"./folder\"` with its source, or `\"./file.wasm\"`",
    ),
    (
        "use  = \"nth-order-discount\"",
        "use  = \"nth order\"",
        "program.toml:27:8: policy[0].use: expected a stock policy or a path, found `nth order`
   |
27 | use  = \"nth order\"
   |        ^^^^^^^^^^^
hint: a path begins with `./`, such as `./our-policy` or `./our-policy.wasm`",
    ),
    (
        "use  = \"nth-order-discount\"",
        "use  = \"./ours.wat\"",
        "program.toml:27:8: policy[0].use: `./ours.wat` is the text of a module
   |
27 | use  = \"./ours.wat\"
   |        ^^^^^^^^^^^^
hint: build it with `fenrun build ./ours.wat`",
    ),
    (
        "on_failure = \"refuse\"",
        "on_failure = \"ignore\"",
        "program.toml:29:14: policy[0].on_failure: expected `skip`, `last_good` or `refuse`, found `ignore`
   |
29 | on_failure = \"ignore\"
   |              ^^^^^^^^",
    ),
    (
        "on_failure = \"refuse\"",
        "on_refund = \"redo\"",
        "program.toml:29:13: policy[0].on_refund: expected `unwind` or `reprice`, found `redo`
   |
29 | on_refund = \"redo\"
   |             ^^^^^^",
    ),
    (
        "over_cap = \"trim\"",
        "refund_over_cap = \"back\"",
        "program.toml:20:19: guard_overrides.refund_over_cap: expected `report` or `claw`, found `back`
   |
20 | refund_over_cap = \"back\"
   |                   ^^^^^^",
    ),
    (
        "[guard_overrides]\n",
        "[ledger]\nlate_refund = \"redo\"\n[guard_overrides]\n",
        "program.toml:10:15: ledger.late_refund: expected `keep` or `recompute`, found `redo`
   |
10 | late_refund = \"redo\"
   |               ^^^^^^",
    ),
    (
        "rates = [\"20%\", \"5%\", \"3%\"]",
        "rates = [\"20%\", nan]",
        "program.toml:31:17: policy[0].configuration.rates[1]: expected a number, found `nan`
   |
31 | rates = [\"20%\", nan]
   |                 ^^^",
    ),
    (
        "rates = [\"20%\", \"5%\", \"3%\"]",
        "\"the day\" = [[2026-03-01]]",
        "program.toml:31:15: policy[0].configuration.\"the day\"[0][0]: a date such as `2026-03-01` has no meaning in a \
configuration
   |
31 | \"the day\" = [[2026-03-01]]
   |               ^^^^^^^^^^
hint: if the policy expects a text, write `\"2026-03-01\"`",
    ),
    (
        "name = \"commission\"",
        "name = \"first-order\"",
        "program.toml:34:8: policy[1].name: `first-order` is already the name of policy[0]
   |
34 | name = \"first-order\"
   |        ^^^^^^^^^^^^^
hint: every policy of a program has its own name; it is shown with each of its effects",
    ),
    (
        "rounding = \"half_up_each\"",
        "rounding = \"half_up\"",
        "program.toml:36:12: policy[1].rounding: expected `floor_residual_to`, `half_up_each`, `half_even_each`, \
`largest_remainder`, `first_takes_rest`, `half_down_first` or `last_takes_rest`, found `half_up`
   |
36 | rounding = \"half_up\"
   |            ^^^^^^^^^
hint: did you mean `half_up_each`?",
    ),
    (
        "fuel_limit = 1_000_000",
        "fuel_limit = 0",
        "program.toml:37:14: policy[1].fuel_limit: expected at least 1, found `0`
   |
37 | fuel_limit = 0
   |              ^
hint: leave the key out for the engine's own limit",
    ),
    (
        "fuel_limit = 1_000_000",
        "fuel_limit = \"lots\"",
        "program.toml:37:14: policy[1].fuel_limit: expected a whole number of at least 1, \
found the text `lots`
   |
37 | fuel_limit = \"lots\"
   |              ^^^^^^",
    ),
    (
        "use  = \"./policies/new\"",
        "use  = \"./policies/new\"\nconfiguration = \"none\"",
        "program.toml:43:17: policy[2].configuration: expected a table, found the text `none`
   |
43 | configuration = \"none\"
   |                 ^^^^^^",
    ),
];

#[test]
fn every_mistake_has_its_message() {
    let full = full();
    for (line, instead, expected) in MISTAKES {
        assert_eq!(full.matches(line).count(), 1, "`{line}` is a line of the program");
        let error = parse(&full.replace(line, instead)).unwrap_err();
        assert_eq!(error.to_string(), *expected, "\n`{line}` as `{instead}` gives\n{error}\n");
    }
}

#[test]
fn a_program_needs_policies_or_says_that_it_has_none() {
    let text = "merchant = 'm'\ncurrency = 'CNY'\ntime_zone = 'UTC'\nguard = 'cn'\n";
    assert_eq!(
        parse(text).unwrap_err().to_string(),
        "program.toml: policy: missing key\nhint: add a `[[policy]]` with `name` and `use`, or `policy = []` for none"
    );
    assert!(parse(&format!("{text}policy = []")).unwrap().definition().policies().is_empty());
    assert_eq!(
        parse(&format!("{text}[policy]\nname = 'p'")).unwrap_err().to_string(),
        "program.toml:5:1: policy: expected a list, found a table\n  |\n5 | [policy]\n  | ^^^^^^^^\n\
         hint: write `[[policy]]` with two brackets"
    );
}

#[test]
fn an_error_of_the_manifest_is_shown_in_the_file() {
    let json = br#"{"name": "p", "version": "1.0.0", "abi": 1, "hooks": ["discounts"], "configuration": {
        "rates": {"type": "list", "items": {"type": "rate"}}, "days": {"type": "integer"}
    }}"#;
    let manifest = Manifest::parse(json).unwrap();
    let shown = |text: &str| {
        let file = parse(text).unwrap();
        let program = file.definition();
        let context = ConfigureContext { currency: program.currency(), roles: program.roles() };
        let error = manifest.configure(program.policies()[0].configuration(), &context).unwrap_err();
        file.locate(0, &error).to_string()
    };
    let text = full().replace("rates = [\"20%\", \"5%\", \"3%\"]", "rates = [\"20%\", \"5\"]\ndays = 3");
    let error = shown(&text);
    assert!(error.starts_with("program.toml:31:17: policy[0].configuration.rates[1]: "), "{error}");
    assert!(error.contains("\n31 | rates = [\"20%\", \"5\"]\n   |                 ^^^\nhint: "), "{error}");

    let error = shown(&full());
    assert!(error.starts_with("program.toml:30:1: policy[0].configuration.days: "), "{error}");
    assert!(error.contains("\n30 | [policy.configuration]\n   | ^^^^^^^^^^^^^^^^^^^^^^"), "{error}");
}

#[test]
fn texts_that_attack_the_reader_are_refused() {
    let key = ["a"; 79].join(".");
    let mut deep = format!("x = {{ {key} = ").repeat(80);
    deep.push('1');
    assert_eq!(parse(&deep).unwrap_err().message(), "expected a key of at most 8 parts, found more");

    // As deep as keys of eight parts may go: the parser's own bound, and no overflow in a thread's small stack.
    let key = ["a"; 8].join(".");
    let levels = 78;
    let text = format!("{} 1 {}", format!("{{ {key} =").repeat(levels), "}".repeat(levels));
    let error = std::thread::spawn(move || parse(&format!("{key} = {text}")).unwrap_err()).join().unwrap();
    assert_eq!(error.message(), "unknown key");

    let nested = format!("{}1{}", "[".repeat(40), "]".repeat(40));
    let text = full().replace("rates = [\"20%\", \"5%\", \"3%\"]", &format!("rates = {nested}"));
    let error = parse(&text).unwrap_err();
    assert_eq!(error.message(), "expected at most 32 levels of lists and tables");

    let text = format!("{}\n# {}", full(), "x".repeat(limits::PROGRAM_BYTES_MAX));
    assert_eq!(
        parse(&text).unwrap_err().to_string(),
        format!("program.toml: expected at most 262144 bytes, found {}", text.len())
    );

    let policies = "[[policy]]\nname = 'p'\nuse = 'u'\n".repeat(limits::POLICIES_MAX + 1);
    let text = format!("merchant = 'm'\ncurrency = 'CNY'\ntime_zone = 'UTC'\nguard = 'cn'\n{policies}");
    assert_eq!(parse(&text).unwrap_err().message(), "expected at most 64 items, found 65");

    let error = parse("merchant = \"\u{202e}\\u001b[31m\"\nguard = 1").unwrap_err();
    assert!(!error.to_string().contains(['\u{202e}', '\u{1b}']), "{error}");
    let error = parse(&format!("\"\u{202e}{}\" = 1", "k".repeat(10_000))).unwrap_err();
    assert!(error.to_string().len() < 1_000 && !error.to_string().contains('\u{202e}'), "{error}");
}

#[test]
fn a_profile_of_the_hosts_own_is_read_by_path() {
    let ours = include_str!("../profiles/cn.toml").replace("name  = \"cn\"", "name  = \"ours\"");
    let text = full().replace("guard = \"cn\"", "guard = \"./ours.toml\"");
    let program = |profile: &str| {
        let files = |path: &str| {
            assert_eq!(path, "./ours.toml");
            io::Result::Ok(profile.to_owned())
        };
        ProgramFile::parse_with(&text, "program.toml", &files)
    };
    let file = program(&ours).unwrap();
    assert_eq!(file.definition().guard().name(), "ours");
    assert_eq!(
        file.definition().guard().cap(RoleClass::Promoters),
        Some(Rate::percent(40)),
        "overrides apply"
    );

    let error = program(&ours.replace("hold_days_min = 7", "hold_days_min = \"7\"")).unwrap_err();
    assert_eq!(error.message(), "the guard profile `./ours.toml` cannot be used");
    let cause = error.source().unwrap().to_string();
    let (place, rest) = cause.split_once(": ").unwrap();
    assert!(place.starts_with("./ours.toml:") && place.ends_with(":17"), "{place}");
    assert!(
        rest.starts_with("hold_days_min: expected a whole number from 0 to 3650, found the text `7`\n"),
        "{rest}"
    );
}

/// One changed line of `cn.toml`, and the message without its place in the text.
const PROFILE_MISTAKES: &[(&str, &str, &str, &str, Option<&str>)] = &[
    (
        "name  = \"ours\"",
        "name  = \"open\"",
        "name",
        "`open` is the name of a shipped profile",
        Some("give your profile a name of its own"),
    ),
    (
        "max_paid_uplines = 2",
        "",
        "max_paid_uplines",
        "missing key",
        Some("write `max_paid_uplines = 2`, or `\"none\"` for any number"),
    ),
    (
        "platform_cap = \"none\"",
        "platform_cap = false",
        "platform_cap",
        "expected a rate such as `20%`, or `none`, found `false`",
        None,
    ),
    (
        "over_cap = \"reject\"",
        "over_cap = \"cut\"",
        "over_cap",
        "expected `reject` or `trim`, found `cut`",
        None,
    ),
    (
        "supplier = \"trade_partners\"",
        "suplier = \"trade_partners\"",
        "classes",
        "no class for `supplier`",
        Some("`suplier` is not a well-known role; did you mean `supplier`?"),
    ),
    (
        "supplier = \"trade_partners\"",
        "",
        "classes",
        "no class for `supplier`",
        Some("add a line such as `supplier = \"promoters\"`"),
    ),
    (
        "hold_days_min = 7",
        "hold_days_min = 3651",
        "hold_days_min",
        "expected a whole number from 0 to 3650, found `3651`",
        None,
    ),
];

#[test]
fn every_mistake_in_a_profile_has_its_message() {
    let ours = include_str!("../profiles/cn.toml").replace("name  = \"cn\"", "name  = \"ours\"");
    assert!(GuardProfile::parse(&ours, "ours.toml").is_ok());
    for (line, instead, key, message, hint) in PROFILE_MISTAKES {
        assert_eq!(ours.matches(line).count(), 1, "`{line}` is a line of the profile");
        let error = GuardProfile::parse(&ours.replace(line, instead), "ours.toml").unwrap_err();
        assert_eq!((error.key(), error.message(), error.hint()), (*key, *message, *hint), "\n{error}");
    }
}

#[test]
fn the_shipped_profiles_say_what_the_design_says() {
    let cn = GuardProfile::named("cn").unwrap();
    assert_eq!(cn.max_paid_uplines(), Some(2));
    assert_eq!(cn.cap(RoleClass::Promoters), Some(Rate::percent(50)));
    assert_eq!(
        (cn.cap(RoleClass::TradePartners), cn.cap(RoleClass::Platform), cn.total_cap()),
        (None, None, None)
    );
    assert!(!cn.pay_for_recruiting() && !cn.pay_from_fees() && cn.buyer_may_earn());
    assert_eq!(
        (cn.line_floors(), cn.over_cap(), cn.hold_days_min()),
        (LineFloors::Clamp, OverCap::Reject, 7)
    );

    let open = GuardProfile::named("open").unwrap();
    assert_eq!((open.max_paid_uplines(), open.total_cap(), open.hold_days_min()), (None, None, 0));
    assert!(RoleClass::ALL.into_iter().all(|class| open.cap(class).is_none()));
    assert!(open.pay_for_recruiting() && open.pay_from_fees() && open.buyer_may_earn());

    for name in SHIPPED {
        let profile = GuardProfile::named(name).unwrap();
        assert_eq!(profile.name(), name);
        assert!(profile.about().ends_with("not legal advice"), "{}", profile.about());
        assert_eq!(profile.overridden().count(), 0);
        let classed: Vec<&str> = profile.classes().map(|(role, _)| role).collect();
        assert_eq!(classed.len(), word::ROLES.len());
        assert!(word::ROLES.iter().all(|(role, _)| classed.contains(role)));
        assert_eq!(profile.classes().collect::<Vec<_>>(), cn.classes().collect::<Vec<_>>());
    }
}

#[test]
fn a_rail_is_named_overridden_or_a_file_of_the_hosts_own() {
    let text = |more: &str| {
        format!("merchant = 'm'\ncurrency = 'CNY'\ntime_zone = 'UTC'\nguard = 'open'\npolicy = []\n{more}")
    };
    let rail = |more: &str| parse(&text(more)).unwrap().definition().rail().clone();
    let wechat = rail("rail = 'wechat'");
    assert_eq!(wechat, RailProfile::named("wechat").unwrap());
    assert_eq!((wechat.ratio_max(), wechat.receivers_max()), (Some(Rate::percent(30)), Some(50)));
    assert_eq!((wechat.share_days_max(), wechat.asks_persons_back()), (Some(30), false));
    let ours = rail(
        "rail = 'wechat'\nrail_overrides = { ratio_max = '20%', receivers_max = 'none', share_days_max = 7 }",
    );
    assert_eq!((ours.ratio_max(), ours.receivers_max()), (Some(Rate::percent(20)), None));
    assert_eq!(ours.share_days_max(), Some(7));
    assert_eq!(ours.overridden().collect::<Vec<_>>(), ["ratio_max", "receivers_max", "share_days_max"]);

    // The default does not show, so that no digest of a program without a rail changes; another one does.
    let json = |more: &str| parse(&text(more)).unwrap().definition().to_json();
    assert_eq!(json(""), json("rail = 'none'"));
    assert!(json("").get("rail").is_none());
    assert_eq!(json("rail = 'wechat'\nrail_overrides.ratio_max = '1/5'")["rail"]["ratio_max"], "20%");
    assert_eq!(RailProfile::named("none").unwrap(), RailProfile::default());

    let bank = include_str!("../profiles/rail-wechat.toml").replace("\"wechat\"", "\"bank\"");
    let files = |_: &str| io::Result::Ok(bank.clone());
    let file = ProgramFile::parse_with(&text("rail = './bank.toml'"), "program.toml", &files).unwrap();
    assert_eq!(file.definition().rail().name(), "bank");
    let error = RailProfile::parse(&bank.replace("receivers_max = 50", ""), "bank.toml").unwrap_err();
    assert_eq!(error.key(), "receivers_max");
    assert_eq!(error.hint(), Some("write `receivers_max = 50`, or `\"none\"` for any number"));
}

#[test]
fn the_schemas_name_the_keys_that_are_read() {
    let keys = |schema: &serde_json::Value| -> Vec<String> {
        let properties = schema["properties"].as_object().unwrap();
        properties.keys().cloned().collect()
    };
    /// The keys that a reader lists when it meets one it does not know.
    fn listed(hint: &str) -> Vec<String> {
        let mut keys: Vec<String> = hint.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        keys.sort();
        keys
    }
    let sorted = |mut keys: Vec<String>| {
        keys.sort();
        keys
    };
    let program = serde_json::Value::from(fenrun::program::schema());
    let hint = |text: &str| listed(parse(text).unwrap_err().hint().unwrap());
    assert_eq!(sorted(keys(&program)), hint("zzzzzzzz = 1"));
    let with = |line: &str| full().replace("promoters_cap = \"40%\"", line);
    assert_eq!(sorted(keys(&program["$defs"]["GuardOverrides"])), hint(&with("zzzzzzzz = 1")));
    let policy = full().replace("on_failure = \"refuse\"", "zzzzzzzz = 1");
    assert_eq!(sorted(keys(&program["$defs"]["Policy"])), hint(&policy));

    let rail = "merchant = 'm'\ncurrency = 'CNY'\ntime_zone = 'UTC'\nguard = 'open'\npolicy = []\n\
                rail_overrides.zzzzzzzz = 1";
    assert_eq!(sorted(keys(&program["$defs"]["RailOverrides"])), hint(rail));

    let profile = serde_json::Value::from(fenrun::profile::schema());
    let error = GuardProfile::parse("zzzzzzzz = 1", "p.toml").unwrap_err();
    assert_eq!(sorted(keys(&profile)), listed(error.hint().unwrap()));
    assert!(!program.to_string().contains("\"null\"") && !profile.to_string().contains("\"null\""));

    let required = |schema: &serde_json::Value| schema["required"].as_array().unwrap().len();
    assert_eq!((required(&program), required(&program["$defs"]["Policy"])), (5, 2));
    assert_eq!(required(&profile), 14, "a profile names every key");
    for method in Allocation::ALL {
        assert!(
            program["$defs"]["Rounding"].to_string().contains(&format!("\"{}\"", method.name())),
            "{method}"
        );
    }
    for window in VolumeWindow::ALL {
        assert!(program["$defs"]["VolumeWindow"].to_string().contains(&format!("\"{}\"", window.name())));
    }
}

#[test]
fn a_builder_without_a_guard_or_a_zone_says_so() {
    let builder = ProgramBuilder::new("m", Currency::CNY);
    assert_eq!(
        builder.clone().build().unwrap_err().to_string(),
        "time_zone: missing\nhint: name one, such as `Asia/Shanghai`"
    );
    let builder = builder.time_zone("UTC").unwrap();
    assert_eq!(
        builder.clone().build().unwrap_err().to_string(),
        "guard: missing\nhint: name a profile, such as `cn`"
    );
    assert_eq!(
        builder.time_zone("Etc/Unknown").unwrap_err().message(),
        "no time zone is named `Etc/Unknown`"
    );
}

#[test]
fn modules_and_profiles_are_read_from_files() {
    let folder = std::env::temp_dir().join(format!("fenrun-programs-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("ours.wasm"), b"\0asm").unwrap();
    let ours = include_str!("../profiles/open.toml").replace("name  = \"open\"", "name  = \"ours\"");
    std::fs::write(folder.join("ours.toml"), ours).unwrap();
    let files = ModuleFiles::new(&folder);
    assert_eq!(files.module(&PolicySource::parse("./ours.wasm").unwrap()).unwrap(), b"\0asm");
    let text = "merchant = 'm'\ncurrency = 'CNY'\ntime_zone = 'UTC'\nguard = 'ours.toml'\npolicy = []";
    let file = ProgramFile::parse_with(text, "program.toml", &files).unwrap();
    assert_eq!(file.definition().guard().name(), "ours");
    assert_eq!(
        files.module(&PolicySource::parse("./ours").unwrap()).unwrap_err().to_string(),
        "`./ours` is a folder of source, which the `fenrun` binary builds\n\
         hint: build it with `fenrun build ./ours` and name the `.wasm` file, or run the program with `fenrun run`"
    );
    std::fs::remove_dir_all(folder).unwrap();
}

/// Pieces of programs, so that random texts get past the first line.
fn piece() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "merchant",
        "currency",
        "time_zone",
        "roles",
        "guard",
        "guard_overrides",
        "rail",
        "rail_overrides",
        "policy",
        "configuration",
        "name",
        "use",
        "rates",
        "\"CNY\"",
        "\"cn\"",
        "'UTC'",
        "'p'",
        "[",
        "]",
        "[[",
        "]]",
        "{",
        "}",
        "=",
        ".",
        ",",
        "\n",
        "\r\n",
        "\"",
        "'",
        "\"\"\"",
        "'''",
        "\\",
        "#",
        "1",
        "0x",
        "-",
        "+",
        "1_0",
        "2026-03-01",
        "inf",
        "true",
        " ",
        "酒",
        "\u{0}",
        "\u{202e}",
    ])
    .prop_map(str::to_owned);
    prop_oneof![4 => words, 1 => any::<char>().prop_map(String::from)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_text_panics(text in any::<String>()) {
        let _ = parse(&text).map_err(|error| error.to_string());
        let _ = GuardProfile::parse(&text, "p.toml").map_err(|error| error.to_string());
    }

    #[test]
    fn no_pieces_of_programs_panic(pieces in prop::collection::vec(piece(), 0..60)) {
        let text = pieces.concat();
        if let Err(error) = parse(&text) {
            prop_assert!(!error.message().is_empty());
            let printed = error.to_string();
            prop_assert!(!printed.contains(['\u{0}', '\u{202e}']), "{}", printed);
            prop_assert!(error.line().is_none_or(|line| line <= text.split('\n').count()));
        }
    }

    #[test]
    fn a_damaged_program_gives_an_error_or_a_program(
        at in 0_usize..1_500,
        cut in 0_usize..40,
        put in prop::collection::vec(piece(), 0..4),
    ) {
        let mut letters: Vec<char> = full().chars().collect();
        let start = at.min(letters.len());
        let end = start.saturating_add(cut).min(letters.len());
        letters.splice(start..end, put.concat().chars());
        let text: String = letters.into_iter().collect();
        match parse(&text) {
            Ok(file) => prop_assert!(!file.definition().merchant().is_empty()),
            Err(error) => prop_assert!(error.to_string().starts_with("program.toml:")),
        }
    }

    #[test]
    fn rates_are_read_exactly(numerator in 0_u32..=1_000_000) {
        let literal = format!("{}.{:06}", numerator / 1_000_000, numerator % 1_000_000);
        let text = full().replace("promoters_cap = \"40%\"", &format!("promoters_cap = {literal}"));
        let file = parse(&text).unwrap();
        let expected = Rate::new(i64::from(numerator), 1_000_000).unwrap();
        prop_assert_eq!(file.definition().guard().cap(RoleClass::Promoters), Some(expected));
    }
}
