//! Every printed amount, recomputed by a script in another language from nothing but the printed decision.
//!
//! Invariant: the script shares no code with the engine; where Python is missing, the test says that it was left out.

use std::process::Command;

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

/// The script can say no: a decision with one cent moved does not pass.
#[test]
fn a_cent_that_is_moved_is_found() {
    use std::io::Write as _;
    if !has_python() {
        return;
    }
    let decision = |amount: &str, net: &str| {
        format!(
            r#"{{"outcome":"decided","fact":"order.paid/A1","currency":"CNY","pricing":"engine","lines":[{{"id":"1","kind":"goods","quantity":1,"list":"9.99","discount":"0.00","due":"9.99","paid":"9.99"}}],"discounts":[],"shares":[{{"policy":"p","party":{{"id":"s1","role":"seller"}},"terms":[{{"lines":"all_goods","base":"paid","of":"9.99","counted":"9.99","rate":"20%"}}],"exact_minor":"999/5","amount":"{amount}","reason":"sold it","allocation":[{{"line":"1","amount":"{amount}"}}]}}],"totals":{{"list":"9.99","discounts":"0.00","due":"9.99","goods_paid":"9.99","shares":"{amount}","merchant_net":"{net}","funded":"0.00"}}}}"#
        )
    };
    let check = |decision: String| {
        let mut child = Command::new("python3")
            .arg(root().join("scripts/recompute_explanations.py"))
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(decision.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let (code, told) = check(decision("1.99", "8.00"));
    assert_eq!(code, Some(0), "{told}");
    assert!(told.starts_with("1 decisions, "), "{told}");
    let (code, told) = check(decision("2.00", "7.99"));
    assert_eq!(code, Some(1));
    assert_eq!(told, "line 1, order.paid/A1: share of s1 by p: printed 200, recomputed 199\n");
    assert_eq!(check(String::new()).0, Some(2));
}
