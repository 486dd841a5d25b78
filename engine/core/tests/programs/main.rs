//! Program and profile files: every key, every mistake with its exact message, and texts nobody would write.

mod mistakes;
mod profiles;
mod random;

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
    let ours = include_str!("../../profiles/open.toml").replace("name  = \"open\"", "name  = \"ours\"");
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
