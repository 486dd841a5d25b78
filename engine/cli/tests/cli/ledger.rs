//! Posting into a ledger, asking it, and killing the process at any moment.

#![allow(
    clippy::arithmetic_side_effects,
    reason = "a test stops at an overflow, which its small figures never reach"
)]

use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use fenrun_ledger::{Ledger, SqliteLedger};

use crate::support::{Shop, THREE_LEVEL, root};

fn time(minute: usize) -> String {
    let start: jiff::Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
    (start + jiff::SignedDuration::from_mins(i64::try_from(minute).unwrap())).to_string()
}

/// A month of a small shop: orders, completions, refunds, some of them too early, cancellations, closed days.
fn month(orders: usize) -> String {
    let mut lines = vec![
        format!(
            r#"{{"kind":"relation.bound","relation":"upline","member":"s0","to":"s1","time":"{}"}}"#,
            time(0)
        ),
        format!(
            r#"{{"kind":"relation.bound","relation":"upline","member":"s1","to":"s2","time":"{}"}}"#,
            time(0)
        ),
    ];
    for number in 0..orders {
        let at = time(number * 5);
        let (seller, buyer, fen) = (number % 3, number % 11, 100 + number * 37 % 9_900);
        let price = format!("{}.{:02}", fen / 100, fen % 100);
        let refund = format!(
            r#"{{"kind":"order.refunded","refund":"R{number}","order":"A{number}","time":"{at}","currency":"CNY","lines":[{{"id":"1","quantity":1}}]}}"#
        );
        if number % 7 == 3 {
            lines.push(refund.clone());
        }
        lines.push(format!(
            r#"{{"kind":"order.paid","order":"A{number}","time":"{at}","currency":"CNY","buyer":{{"id":"b{buyer}"}},"seller":"s{seller}","lines":[{{"id":"1","quantity":2,"price":"{price}"}}]}}"#
        ));
        lines.push(format!(r#"{{"kind":"order.completed","order":"A{number}","time":"{at}"}}"#));
        if number % 5 == 2 {
            lines.push(refund);
        }
        if number % 13 == 6 {
            lines.push(format!(r#"{{"kind":"order.cancelled","order":"A{number}","time":"{at}"}}"#));
        }
        if number % 40 == 39 {
            let day = 1 + number / 40;
            lines.push(format!(r#"{{"kind":"day.closed","date":"2026-03-{day:02}"}}"#));
        }
    }
    lines.push(r#"{"kind":"day.closed","date":"2026-03-31"}"#.to_owned());
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn shop(orders: usize) -> Shop {
    Shop::new().file("program.toml", THREE_LEVEL).file("events.jsonl", &month(orders))
}

fn start(shop: &Shop, ledger: &str) -> Child {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), Into::into);
    Command::new(env!("CARGO_BIN_EXE_fenrun"))
        .args(["run", "program.toml", "events.jsonl", "--quiet", "--batch", "9", "--ledger", ledger])
        .args(["--out", "told.jsonl"])
        .current_dir(shop.path("."))
        .env("FENRUN_POLICIES", root().join("policies"))
        .env("CARGO_TARGET_DIR", root().join(target))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// How many facts a killed process has told, each of which has to be in the ledger.
fn all_told_is_kept(shop: &Shop, ledger: &mut dyn Ledger) -> usize {
    let told = std::fs::read_to_string(shop.path("told.jsonl")).unwrap_or_default();
    let whole = told.rfind('\n').map_or("", |end| &told[..end]);
    for line in whole.lines() {
        let told: serde_json::Value = serde_json::from_str(line).unwrap();
        let fact = told["fact"].as_str().or(told["event"]["fact"].as_str());
        assert!(fact.is_some(), "no fact in {line}");
        let fact = fact.unwrap();
        assert!(ledger.stored(fact).unwrap().is_some(), "`{fact}` was told and is not kept");
    }
    whole.lines().count()
}

fn verified(shop: &Shop, ledger: &str) -> String {
    let transcript = shop.fenrun(&["verify", ledger]);
    assert_eq!(transcript.code, 0, "{transcript}");
    transcript.stdout
}

/// Kills the process at instants that are spread over its run, starts it again with the same input, and compares the
/// ledger with the one of an undisturbed run. `FENRUN_CRASHES` says how often; 20 times where it does not.
#[test]
fn killed_at_any_moment_the_ledger_ends_the_same() {
    let crashes: u32 = std::env::var("FENRUN_CRASHES").map_or(20, |count| count.parse().unwrap());
    let shop = shop(300);
    let calm = shop.fenrun(&["run", "program.toml", "events.jsonl", "--quiet", "--ledger", "calm.db"]);
    assert_eq!(calm.code, 0, "{}", calm.stderr);
    let expected = verified(&shop, "calm.db");

    let (mut done, mut round, mut random, mut told) = (0, 0_u32, 0x9e37_79b9_7f4a_7c15_u64, 0);
    while done < crashes {
        round += 1;
        let ledger = format!("killed-{round}.db");
        loop {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let mut child = start(&shop, &ledger);
            sleep(Duration::from_millis(20 + random % 200));
            if child.try_wait().unwrap().is_some() {
                break;
            }
            child.kill().unwrap();
            child.wait().unwrap();
            done += 1;
            if shop.path(&ledger).exists() {
                let mut kept = SqliteLedger::open(&shop.path(&ledger)).unwrap();
                told += all_told_is_kept(&shop, &mut kept);
            }
        }
        assert_eq!(verified(&shop, &ledger), expected, "round {round}, {done} crashes");
    }
    assert!(told > 0, "nothing was told before any of the crashes");
    eprintln!("{done} crashes in {round} rounds, each ended with the same ledger; {told} facts told before");
}

/// The same against a server, whose connections are cut as well. `FENRUN_CRASHES_SERVER` says how often; 6 times where
/// it does not.
#[test]
fn killed_at_any_moment_the_ledger_on_a_server_ends_the_same() {
    let address = "postgres://postgres@127.0.0.1:5432/test";
    let Ok(mut admin) = postgres::Client::connect(address, postgres::NoTls) else {
        assert!(std::env::var("FENRUN_REQUIRE_POSTGRES").is_err(), "PostgreSQL is required");
        let words = b"LEFT OUT: no PostgreSQL is reachable, so no process was killed while it posted there\n";
        std::io::Write::write_all(&mut std::io::stderr(), words).unwrap();
        return;
    };
    let crashes: u32 = std::env::var("FENRUN_CRASHES_SERVER").map_or(6, |count| count.parse().unwrap());
    let shop = shop(120);
    shop.fenrun(&["run", "program.toml", "events.jsonl", "--quiet", "--ledger", "calm.db"]);
    let expected = verified(&shop, "calm.db");
    let (mut done, mut cut, mut round, mut random) = (0, 0_u64, 0_u32, 0x2545_f491_4f6c_dd1d_u64);
    while done < crashes {
        round += 1;
        let schema = format!("fenrun_killed_{}_{round}", std::process::id());
        let ledger = format!("{address}?application_name={schema}&schema={schema}");
        loop {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let mut child = start(&shop, &ledger);
            sleep(Duration::from_millis(50 + random % 300));
            if child.try_wait().unwrap().is_some() {
                break;
            }
            if random % 3 == 0 {
                // The process stays and has to find its way back by itself.
                let cut_off =
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1";
                cut += u64::from(!admin.query(cut_off, &[&schema]).unwrap().is_empty());
                child.wait().unwrap();
                break;
            }
            child.kill().unwrap();
            child.wait().unwrap();
            done += 1;
        }
        // Whatever was cut off is told again.
        start(&shop, &ledger).wait().unwrap();
        assert_eq!(verified(&shop, &ledger), expected, "round {round}, {done} crashes");
        admin.batch_execute(&format!("DROP SCHEMA {schema} CASCADE")).unwrap();
    }
    eprintln!(
        "{done} crashes and {cut} cut connections in {round} rounds on a server, each ended with the same ledger"
    );
}

/// A limit on the size of files stands for a full disk.
#[cfg(unix)]
#[test]
fn a_full_disk_ends_the_run_and_what_was_told_is_kept() {
    let shop = shop(300);
    let calm = shop.fenrun(&["run", "program.toml", "events.jsonl", "--quiet", "--ledger", "calm.db"]);
    assert_eq!(calm.code, 0, "{calm}");
    let mut told = Vec::new();
    for kilobytes in [150, 400, 700, 1_000] {
        let ledger = format!("full-{kilobytes}.db");
        let run = format!(
            "trap '' XFSZ; ulimit -f {kilobytes}; exec {} run program.toml events.jsonl --quiet --batch 9 --ledger \
             {ledger} --out told.jsonl",
            env!("CARGO_BIN_EXE_fenrun")
        );
        let full = Command::new("bash")
            .args(["-c", &run])
            .current_dir(shop.path("."))
            .env("FENRUN_POLICIES", root().join("policies"))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8(full.stderr).unwrap();
        assert_eq!(full.status.code(), Some(6), "{said}");
        assert!(said.contains(&ledger), "{said}");
        let mut kept = SqliteLedger::open(&shop.path(&ledger)).unwrap();
        told.push(all_told_is_kept(&shop, &mut kept));
        drop(kept);
        start(&shop, &ledger).wait().unwrap();
        assert_eq!(verified(&shop, &ledger), verified(&shop, "calm.db"), "{kilobytes}");
    }
    assert!(told.is_sorted() && told[3] > 0, "more room, more told: {told:?}");
}

#[test]
fn the_same_input_again_changes_nothing() {
    let shop = shop(60);
    let run = ["run", "program.toml", "events.jsonl", "--quiet", "--ledger", "shop.db"];
    shop.fenrun(&run);
    let before = verified(&shop, "shop.db");
    let again = shop.fenrun(&run);
    assert!(again.outcomes().iter().all(|outcome| outcome == "duplicate"), "{again}");
    assert_eq!(verified(&shop, "shop.db"), before);
    // However the input is cut into batches, the log is the same.
    let single =
        shop.fenrun(&["run", "program.toml", "events.jsonl", "-q", "--batch", "1", "--ledger", "one.db"]);
    assert_eq!(single.code, 0, "{single}");
    assert_eq!(verified(&shop, "one.db"), before);
}

#[test]
fn what_cannot_be_a_ledger_is_named() {
    let shop = shop(1).file("words.db", "this is not a ledger, it only stands where one should be\n");
    let refused = shop.fenrun(&["run", "program.toml", "events.jsonl", "--ledger", "words.db"]);
    assert_eq!(refused.code, 3, "{refused}");
    assert!(refused.stderr.contains("`words.db` is not a ledger"), "{refused}");
    assert!(shop.read("words.db").starts_with("this is not"), "it is left as it was");

    let missing = shop.fenrun(&["verify", "nothing.db"]);
    assert_eq!(
        (missing.code, missing.stderr.contains("`nothing.db` does not exist")),
        (3, true),
        "{missing}"
    );

    shop.fenrun(&["run", "program.toml", "events.jsonl", "-q", "--ledger", "shop.db"]);
    let bytes = std::fs::read(shop.path("shop.db")).unwrap();
    std::fs::write(shop.path("short.db"), &bytes[..bytes.len() / 2]).unwrap();
    let short = shop.fenrun(&["verify", "short.db"]);
    assert_ne!(short.code, 0, "{short}");
    assert!(short.stderr.contains("short.db"), "{short}");

    let unknown = shop.fenrun(&["explain", "shop.db", "A99"]);
    assert_eq!(unknown.code, 3, "{unknown}");
    assert!(unknown.stderr.contains("the ledger knows no order `A99`"), "{unknown}");
}

#[test]
fn a_ledger_tells_where_each_cent_went() {
    let events = concat!(
        r#"{"kind":"order.paid","order":"A1","time":"2026-03-01T10:00:00+08:00","currency":"CNY","buyer":{"id":"b1"},"seller":"s1","lines":[{"id":"1","quantity":1,"price":"9.99"}]}"#,
        "\n",
        r#"{"kind":"order.refunded","refund":"R1","order":"A1","time":"2026-03-02T10:00:00+08:00","currency":"CNY","lines":[{"id":"1","amount":"9.90"}]}"#,
        "\n",
    );
    let shop = Shop::new().file("program.toml", THREE_LEVEL).file("events.jsonl", events);
    let run = shop.fenrun(&["run", "program.toml", "events.jsonl", "-q", "--ledger", "shop.db"]);
    assert_eq!(run.code, 0, "{run}");
    let moved = &run.records()[1]["moved"];
    assert_eq!(
        moved.to_string().matches("\"amount\":\"-1.98\"").count(),
        1,
        "1.99 less what 0.09 leaves: {moved}"
    );

    let balance = shop.fenrun(&["balance", "shop.db", "--format", "csv"]);
    assert_eq!(
        balance.stdout,
        "account,owner,lot,balance,asset\npayments,,,-0.09,CNY\nmerchant,,,0.08,CNY\nheld,s1,A1,0.01,CNY\n",
        "{balance}"
    );
    let statement = shop.fenrun(&["statement", "shop.db", "s1", "--format", "csv"]);
    assert_eq!(
        statement.stdout,
        "entry,time,what,about,account,amount,together,asset\n\
         2,2026-03-01T02:00:00Z,accrual,A1,held,1.99,1.99,CNY\n\
         3,2026-03-02T02:00:00Z,clawback,A1,held,-1.98,0.01,CNY\n",
        "{statement}"
    );
    let explained = shop.fenrun(&["explain", "shop.db", "A1"]);
    for part in [
        "order A1 of b1 · paid · CNY",
        "9.99 paid for 1 · 0 units back, 9.90 given back · 0.09 remains",
        "1.99 accrued ·         1.98 clawed back ·         0.01 kept, held",
        "rate 20%",
    ] {
        assert!(explained.stdout.contains(part), "{part}: {explained}");
    }
}

#[test]
fn what_is_held_is_posted_once_the_program_is_mended() {
    let greedy = format!("{THREE_LEVEL}configuration = {{ rates = [\"60%\", \"5%\", \"3%\"] }}\n");
    let shop = shop(1).file("greedy.toml", &greedy);
    let held = shop.fenrun(&["run", "greedy.toml", "events.jsonl", "-q", "--ledger", "shop.db"]);
    assert_eq!(held.code, 5, "{held}");
    let list = shop.fenrun(&["held", "list", "shop.db", "--format", "csv"]);
    assert!(list.stdout.contains("held,order.paid/A0,2026-03-01T00:00:00Z,"), "{list}");
    assert!(list.stdout.contains("parked,order.completed/A0,,it waits for `order.paid/A0`"), "{list}");
    let again = shop.fenrun(&["held", "retry", "shop.db"]);
    assert_eq!(again.outcomes(), ["noted", "held"], "{again}");
    let mended = shop.fenrun(&["held", "retry", "shop.db", "--program", "program.toml"]);
    assert_eq!(mended.outcomes(), ["noted", "decided 0.40 0.10 0.06", "posted"], "{mended}");
    assert_eq!(shop.fenrun(&["held", "list", "shop.db", "--format", "json"]).stdout, "[]\n");
    verified(&shop, "shop.db");
}

#[test]
fn payouts_are_requested_and_confirmed_by_command() {
    let events = r#"{"kind":"balance.opened","party":"s1","time":"2026-03-01T10:00:00+08:00","currency":"CNY","available":"58.80"}
{"kind":"balance.opened","party":"s2","time":"2026-03-01T10:00:00+08:00","currency":"CNY","available":"45.00"}
"#;
    let program = format!("{THREE_LEVEL}\n[ledger]\npayout_min = \"50.00\"\n");
    let shop = Shop::new().file("program.toml", &program).file("events.jsonl", events);
    shop.fenrun(&["run", "program.toml", "events.jsonl", "-q", "--ledger", "shop.db"]);
    let batch = shop.fenrun(&["payout", "batch", "shop.db", "MARCH"]);
    assert_eq!(batch.outcomes(), ["posted"], "58.80 is paid, 45.00 is carried forward (C19): {batch}");
    let confirmed = shop.fenrun(&["payout", "confirm", "shop.db", "MARCH.s1"]);
    assert_eq!(confirmed.outcomes(), ["posted"], "{confirmed}");
    let failed = shop.fenrun(&["payout", "fail", "shop.db", "MARCH.s1", "--reason", "no such account"]);
    assert_eq!(failed.outcomes(), ["refused"], "{failed}");
    let unknown = shop.fenrun(&["payout", "confirm", "shop.db", "APRIL.s1"]);
    assert_eq!(unknown.outcomes(), ["parked"], "{unknown}");
    let balance = shop.fenrun(&["balance", "shop.db", "s1", "--format", "csv"]);
    assert_eq!(balance.stdout, "account,owner,lot,balance,asset\npaid,s1,,58.80,CNY\n", "{balance}");
}

/// The rail takes so many receivers at once, whatever is asked for; the others wait for the next batch.
#[test]
fn a_batch_has_no_more_receivers_than_the_rail_pays() {
    let opened = |party: &str| {
        format!(
            r#"{{"kind":"balance.opened","party":"{party}","time":"2026-03-01T10:00:00+08:00","currency":"CNY","available":"5.00"}}"#
        )
    };
    let events = format!("{}\n{}\n{}\n", opened("s1"), opened("s2"), opened("s3"));
    let rail = "rail = \"wechat\"\nrail_overrides = { receivers_max = 2 }\n[[policy]]";
    let shop = Shop::new()
        .file("program.toml", &THREE_LEVEL.replace("[[policy]]", rail))
        .file("events.jsonl", &events);
    shop.fenrun(&["run", "program.toml", "events.jsonl", "-q", "--ledger", "shop.db"]);
    let batch = shop.fenrun(&["payout", "batch", "shop.db", "ONE", "--receivers-max", "9"]);
    assert_eq!(batch.outcomes(), ["posted", "posted"], "{batch}");
    assert_eq!(batch.stderr, "note: 2 receivers at once are the most, 1 more wait for another batch\n");
    let fewer = shop.fenrun(&["payout", "batch", "shop.db", "TWO", "--receivers-max", "1"]);
    assert_eq!((fewer.outcomes().len(), fewer.stderr.as_str()), (1, ""), "{fewer}");
    verified(&shop, "shop.db");
}

/// Shares that the rail makes only until soon are told at the close of a day, and listed until they are made.
#[test]
fn shares_that_are_due_on_the_rail_are_listed() {
    let paid = r#"{"kind":"order.paid","order":"A1","time":"2026-03-01T10:00:00+08:00","currency":"CNY","buyer":{"id":"b1"},"seller":"s1","lines":[{"id":"1","quantity":1,"price":"100.00"}]}"#;
    let events = format!("{paid}\n{{\"kind\":\"day.closed\",\"date\":\"2026-03-25\"}}\n");
    let shop = Shop::new()
        .file("program.toml", &THREE_LEVEL.replace("[[policy]]", "rail = \"wechat\"\n[[policy]]"))
        .file("events.jsonl", &events);
    let run = shop.fenrun(&[
        "run",
        "program.toml",
        "events.jsonl",
        "-q",
        "--ledger",
        "shop.db",
        "--format",
        "json",
    ]);
    let told = "rail `wechat` makes shares of 1 orders until 2026-03-31 at the earliest, and they are still held: `A1`";
    assert!(run.stdout.contains(told), "{run}");
    let list = shop.fenrun(&["held", "list", "shop.db", "--format", "csv"]);
    assert_eq!(
        list.stdout,
        "state,fact,since,because\ndue,order.paid/A1,,its shares can be made on the rail until 2026-03-31\n",
        "{list}"
    );
}

/// A policy that is gone on without is suspended after sixteen failures; a command runs it again.
#[test]
fn a_suspended_policy_is_resumed_by_command() {
    let manifest = r#"{"name": "odd", "version": "1.0.0", "abi": 1, "hooks": ["discounts"]}"#;
    let shop = Shop::with_policy(manifest, r#"(func (export "discounts") (result i32) unreachable)"#);
    let events: String = (0..16).map(|number| crate::support::paid(&format!("A{number}"), "9.99")).collect();
    let events = events.replace("\"seller\":\"s1\"", "\"seller\":\"s1\",\"pricing\":\"engine\"");
    let shop = shop.file("events.jsonl", &events);
    shop.fenrun(&["run", "program.toml", "events.jsonl", "-q", "--ledger", "shop.db"]);
    let list = shop.fenrun(&["held", "list", "shop.db"]);
    assert!(
        list.stderr.starts_with("warning: policy `ours` is suspended after 16 failures in a row"),
        "{list}"
    );
    let resumed = shop.fenrun(&["held", "resume", "shop.db", "ours", "--reason", "mended upstream"]);
    assert_eq!(resumed.outcomes(), ["noted"], "{resumed}");
    assert_eq!(shop.fenrun(&["held", "list", "shop.db"]).stderr, "");
    let again = shop.fenrun(&["held", "resume", "shop.db", "ours", "--reason", "mended upstream"]);
    assert_eq!(again.outcomes(), ["refused"], "{again}");
    verified(&shop, "shop.db");
}
