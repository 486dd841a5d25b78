//! Every printed amount, recomputed by a script in another language from nothing but the printed explanation.
//!
//! Invariant: the script shares no code with the engine; where Python is missing, the test says that it was left out.

use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::support::root;

/// Orders, shared out over some thirty programs; `scripts/check_explanations.py` takes any number.
const ORDERS: &str = "1500";

fn has_python() -> bool {
    Command::new("python3").arg("--version").output().is_ok_and(|output| output.status.success())
}

#[test]
fn another_language_recomputes_every_amount() {
    if !has_python() {
        assert!(std::env::var_os("FENRUN_REQUIRE_PYTHON").is_none(), "python3 is required and missing");
        eprintln!("left out: `python3` is not installed, so the explanations were not recomputed");
        return;
    }
    let script = root().join("scripts/check_explanations.py");
    let fenrun = env!("CARGO_BIN_EXE_fenrun");
    let output = Command::new("python3").arg(script).args([fenrun, ORDERS]).output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{told}{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(told.lines().filter(|line| line.contains("amounts agree")).count(), 30, "{told}");
}

/// The script can say no: a real explanation with one cent moved does not pass, wherever the cent stands.
#[test]
fn a_cent_that_is_moved_is_found() {
    if !has_python() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("program.toml");
    std::fs::write(&program, PROGRAM).unwrap();
    let mut explain = Command::new(env!("CARGO_BIN_EXE_fenrun"));
    explain.args(["explain", "--quiet", "--format", "json", "--case", "-", "--program"]).arg(&program);
    let explained = piped(explain.arg("--policies").arg(root().join("policies")), ORDER);
    let told = explained.1;
    assert_eq!(explained.0, Some(0), "{told}");

    assert_eq!(
        recomputed(&told),
        (Some(0), "1 decisions, 32 amounts agree; of 0 too little is printed for the last step\n".into())
    );
    for (printed, moved, difference) in [
        (
            r#""amount":"1.59","allocation""#,
            r#""amount":"1.60","allocation""#,
            "share of s1 by levels: printed 160, recomputed 159",
        ),
        (r#""room":"9.99""#, r#""room":"9.98""#, "discount by first, room of 1: printed 998, recomputed 999"),
        (
            r#""product_minor":"799/5""#,
            r#""product_minor":"160""#,
            "counted × rate: printed 160, recomputed 799/5",
        ),
        (r#""bound":"3.99""#, r#""bound":"4.00""#, "what promoters_cap allows: printed 400, recomputed 399"),
        (
            r#""merchant_net":"6.40""#,
            r#""merchant_net":"6.41""#,
            "total merchant_net: printed 641, recomputed 640",
        ),
        (
            r#""account":"merchant","asset":"CNY","amount":"6.40""#,
            r#""account":"merchant","asset":"CNY","amount":"6.39""#,
            "what ('accrual', 'CNY') moves in all: printed -1, recomputed 0",
        ),
    ] {
        assert!(told.contains(printed), "{printed} in {told}");
        let other = told.replacen(printed, moved, 1);
        assert_eq!(recomputed(&other), (Some(1), format!("line 1, order.paid/A1: {difference}\n")));
    }
    assert_eq!(recomputed("").0, Some(2));
}

const PROGRAM: &str = r#"
merchant  = "corner-shop"
currency  = "CNY"
time_zone = "Asia/Shanghai"
guard     = "cn"

[[policy]]
name = "first"
use  = "nth-order-discount"
configuration = { benefits = [{ order = 1, rate = "20%" }] }

[[policy]]
name = "levels"
use  = "three-level"
"#;

const ORDER: &str = r#"{"kind":"order.paid","order":"A1","time":"2026-03-01T10:00:00+08:00","currency":"CNY","pricing":"engine","buyer":{"id":"b1"},"seller":"s1","lines":[{"id":"1","quantity":1,"price":"9.99"}]}"#;

fn recomputed(told: &str) -> (Option<i32>, String) {
    piped(Command::new("python3").arg(root().join("scripts/recompute_explanations.py")), told)
}

fn piped(command: &mut Command, input: &str) -> (Option<i32>, String) {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}
