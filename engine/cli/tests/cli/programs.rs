//! Programs that cannot be loaded: the place, the key, what was found, what to do.
//!
//! Invariant: nothing is decided under a program that is wrong anywhere.

use crate::support::{PROGRAM, Shop, Transcript, manifest, module};

fn load(program: &str) -> Transcript {
    let shop =
        Shop::new().file("program.toml", program).file("policy.wat", &module(&manifest("shares"), SHARES));
    assert_eq!(shop.fenrun(&["build", "policy.wat"]).code, 0);
    let transcript = shop.fenrun(&["run", "program.toml"]);
    assert_eq!((transcript.code, transcript.stdout.as_str()), (3, ""), "{transcript}");
    transcript
}

const SHARES: &str = r#"  (func (export "shares") (result i32) (i32.const 0))"#;

fn with(policy: &str) -> String {
    format!("{PROGRAM}\n[[policy]]\nname = \"commission\"\n{policy}\n")
}

#[test]
fn bad_toml_is_shown_at_its_place() {
    assert_eq!(
        load("merchant = \"shop\"\ncurrency = CNY\n").stderr,
        "error: program.toml:2:12: not valid TOML: string values must be quoted, expected literal string\n  \
         |\n2 | currency = CNY\n  |            ^^^\n"
    );
}

#[test]
fn an_unknown_key_has_the_nearest_known_one() {
    assert_eq!(
        load(&with("use = \"three-level\"\nconfigration = {}")).stderr,
        "error: program.toml:9:1: policy[0].configration: unknown key\n  \
         |\n9 | configration = {}\n  | ^^^^^^^^^^^^\nhint: did you mean `configuration`?\n"
    );
}

#[test]
fn an_unknown_stock_policy_has_the_nearest_known_one() {
    assert_eq!(
        load(&with("use = \"tree-level\"")).stderr,
        "error: program.toml:8:7: policy[0].use: no stock policy is named `tree-level`\n  \
         |\n8 | use = \"tree-level\"\n  |       ^^^^^^^^^^^^\nhint: did you mean `three-level`?\n"
    );
    let all = load(&with("use = \"lottery\"")).stderr;
    assert!(all.contains("\nhint: the stock policies are `alliance-coupon`, "), "{all}");
}

#[test]
fn an_unknown_role_is_shown_at_its_place() {
    let said = load(&with("use = \"guide-lifetime\"\nconfiguration = { role = \"guidee\" }")).stderr;
    assert_eq!(
        said,
        "error: program.toml:9:26: policy[0].configuration.role: `guidee` is neither a well-known role nor declared by the \
         program\n  \
         |\n9 | configuration = { role = \"guidee\" }\n  |                          ^^^^^^^^\nhint: did you mean `guide`?\n"
    );
}

#[test]
fn a_missing_rate_is_no_rate_of_zero() {
    let said =
        load(&with("use = \"nth-order-discount\"\nconfiguration = { benefits = [{ order = 1 }] }")).stderr;
    assert!(
        said.starts_with("error: program.toml:9:31: policy[0].configuration.benefits[0].rate: missing"),
        "{said}"
    );
}

#[test]
fn a_module_that_is_not_there_is_named() {
    assert_eq!(
        load(&with("use = \"./gone.wasm\"")).stderr,
        "error: program.toml:8:7: policy[0].use: `[shop]/gone.wasm` cannot be read: no such file or directory\n  \
         |\n8 | use = \"./gone.wasm\"\n  |       ^^^^^^^^^^^^^\n"
    );
    assert_eq!(
        load(&with("use = \"./gone\"")).stderr,
        "error: program.toml:8:7: policy[0].use: the policy folder `[shop]/gone` does not exist\n  \
         |\n8 | use = \"./gone\"\n  |       ^^^^^^^^\n"
    );
}

#[test]
fn a_key_without_effect_is_a_mistake() {
    for (key, policy, hook) in [
        ("rounding = \"half_up_each\"", "nth-order-discount", "shares"),
        ("combine = \"exclusive\"", "three-level", "discounts"),
        ("on_failure = \"refuse\"", "three-level", "discounts"),
        ("on_refund = \"reprice\"", "three-level", "discounts"),
    ] {
        let (name, _) = key.split_once(' ').unwrap();
        assert_eq!(
            load(&with(&format!("use = \"{policy}\"\n{key}"))).stderr,
            format!(
                "error: program.toml:9:{}: policy[0].{name}: policy `commission` has no hook `{hook}`, so this has no \
                 effect\n  |\n9 | {key}\n  | {}{}\nhint: remove the key\n",
                name.len() + 4,
                " ".repeat(name.len() + 3),
                "^".repeat(key.len() - name.len() - 3),
            )
        );
    }
}

#[test]
fn what_the_policy_refuses_is_shown_at_its_configuration() {
    let twice = "configuration = { benefits = [{ order = 1, rate = \"1%\" }, { order = 1, rate = \"2%\" }] }";
    let said = load(&with(&format!("use = \"nth-order-discount\"\n{twice}"))).stderr;
    assert!(
        said.starts_with(
            "error: program.toml:9:17: policy[0].configuration: the policy refuses this configuration: \
             two benefits are for the same order number\n"
        ),
        "{said}"
    );
}

#[test]
fn a_program_that_is_not_there_is_named() {
    let transcript = Shop::new().fenrun(&["run", "program.toml"]);
    assert_eq!(transcript.code, 3);
    assert_eq!(
        transcript.stderr,
        "error: the program `program.toml` cannot be read\n  because: no such file or directory\n"
    );
}
