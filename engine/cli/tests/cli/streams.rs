//! What a run does with its input and its output.
//!
//! Invariant: one record for each event line, whatever the format.

use std::io::Read as _;
use std::process::{Command, Stdio};

use crate::support::{PROGRAM, Shop, paid};

fn shop() -> Shop {
    let policy = "\n[[policy]]\nname = \"commission\"\nuse = \"three-level\"\n";
    let events = [paid("A1", "9.99"), paid("A2", "1.001"), paid("A3", "0.33")].concat();
    Shop::new().file("program.toml", &format!("{PROGRAM}{policy}")).file("orders.jsonl", &events)
}

#[test]
fn records_go_to_a_file_and_words_to_standard_error() {
    let shop = shop();
    let transcript = shop.fenrun(&["run", "program.toml", "orders.jsonl", "--out", "decisions.jsonl"]);
    assert_eq!(
        transcript.to_string(),
        "exit 4\n--- stdout\n--- stderr\n\
         orders.jsonl:2: rejected: lines[0].price: `1.001` is not an amount in CNY: expected at most 2 decimals, \
         found 3; hint: round before sending, the engine never rounds what it reads\n\
         3 events in [time]\n  \
         decided       2 orders, 0 quotes\n  \
         list          10.32 CNY\n  \
         discounts     0.00\n  \
         shares        2.05 (seller 2.05)\n  \
         merchant net  8.27\n  \
         noted         0 relations, 0 duplicates\n  \
         held          0 by failure, 0 by violation\n  \
         rejected      1\n  \
         policies      0 refused, 0 failed and left out\n"
    );
    let outcomes: Vec<String> =
        shop.read("decisions.jsonl").lines().map(|line| line.split('"').nth(3).unwrap().to_owned()).collect();
    assert_eq!(outcomes, ["decided", "rejected", "decided"]);
}

#[test]
fn a_table_says_what_the_json_says() {
    let transcript = shop().fenrun(&["run", "program.toml", "orders.jsonl", "--format", "table", "--quiet"]);
    assert_eq!(
        transcript.to_string(),
        "exit 4\n--- stdout\n\n\
         order A1  paid 2026-03-01 10:00 · by b-A1 · prices: given · CNY\n  \
         effect    policy      party               amount  how much, why, by line\n  \
         share     commission  s1 (seller)           1.99  20% of 9.99 paid · sold it\n  \
         list 9.99 = discounts 0.00 + shares 1.99 + merchant 8.00 ✓  (all on line 1)\n\n\
         rejected  line 2\n  \
         lines[0].price: `1.001` is not an amount in CNY: expected at most 2 decimals, found 3\n  \
         hint: round before sending, the engine never rounds what it reads\n\n\
         order A3  paid 2026-03-01 10:00 · by b-A3 · prices: given · CNY\n  \
         share     commission  s1 (seller)           0.06  20% of 0.33 paid · sold it\n  \
         list 0.33 = discounts 0.00 + shares 0.06 + merchant 0.27 ✓  (all on line 1)\n\
         --- stderr\n"
    );
}

#[test]
fn strict_stops_at_the_first_bad_event() {
    let transcript = shop().fenrun(&["run", "program.toml", "orders.jsonl", "--quiet", "--strict"]);
    assert_eq!((transcript.code, transcript.outcomes().join(",").as_str()), (4, "decided 1.99,rejected"));
}

#[test]
fn what_cannot_be_opened_is_named() {
    let shop = shop();
    let gone = shop.fenrun(&["run", "program.toml", "gone.jsonl"]);
    assert_eq!(gone.code, 3);
    assert_eq!(
        gone.stderr,
        "error: the events `gone.jsonl` cannot be opened\n  because: no such file or directory\n"
    );

    let nowhere = shop.fenrun(&["run", "program.toml", "orders.jsonl", "--out", "gone/decisions.jsonl"]);
    assert_eq!(nowhere.code, 6);
    assert_eq!(
        nowhere.stderr,
        "error: `gone/decisions.jsonl` cannot be written\n  because: no such file or directory\n"
    );

    let both = shop.fenrun(&["run", "program.toml", "orders.jsonl", "--out", "orders.jsonl"]);
    assert_eq!(both.code, 2);
    assert!(shop.read("orders.jsonl").contains("A3"), "the input is as it was");
}

#[test]
fn a_wrong_command_line_is_a_wrong_command_line() {
    let transcript = shop().fenrun(&["run"]);
    assert_eq!(transcript.code, 2);
    assert!(
        transcript
            .stderr
            .starts_with("error: the following required arguments were not provided:\n  <PROGRAM>\n")
    );
    assert_eq!(shop().fenrun(&["--help"]).code, 0);
}

/// A reader that has seen enough, such as `head`, is no error and no word.
#[test]
fn a_reader_may_leave() {
    let shop = shop();
    let shop = shop.file("many.jsonl", &paid("A1", "9.99").repeat(20_000));
    let mut child = Command::new(env!("CARGO_BIN_EXE_fenrun"))
        .args(["run", "program.toml", "many.jsonl"])
        .current_dir(shop.path(""))
        .env("FENRUN_POLICIES", crate::support::root().join("policies"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 1];
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut first).unwrap();
    drop(stdout);
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said.lines().filter(|line| !line.starts_with("building policy")).count(), 0, "{said}");
    assert_eq!(output.status.code(), Some(0));
}

/// Who writes events one by one gets each answer before the next event.
#[test]
fn a_live_input_is_answered_at_once() {
    use std::io::{BufRead as _, BufReader, Write as _};

    let shop = shop();
    assert_eq!(shop.fenrun(&["run", "program.toml", "orders.jsonl", "--quiet"]).code, 4);
    let mut child = Command::new(env!("CARGO_BIN_EXE_fenrun"))
        .args(["run", "program.toml", "--quiet"])
        .current_dir(shop.path(""))
        .env("FENRUN_POLICIES", crate::support::root().join("policies"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap()).lines();
    for id in ["A1", "A2"] {
        stdin.write_all(paid(id, "9.99").as_bytes()).unwrap();
        assert!(answers.next().unwrap().unwrap().contains(&format!("\"order\":\"{id}\"")));
    }
    drop(stdin);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
