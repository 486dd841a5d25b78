//! What is no program, with the whole message.

use super::*;

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
