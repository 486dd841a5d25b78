//! Bad events and bad places: each has one message, nothing is half-written, and the stream goes on.

#![allow(
    clippy::arithmetic_side_effects,
    reason = "a test stops at an overflow, which its small figures never reach"
)]

use std::io::{Read, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::support::{Shop, THREE_LEVEL, paid, root};

fn shop(events: &str) -> Shop {
    Shop::new().file("program.toml", THREE_LEVEL).file("events.jsonl", events)
}

fn run(shop: &Shop, ledger: &str) -> crate::support::Transcript {
    shop.fenrun(&["run", "program.toml", "events.jsonl", "-q", "--ledger", ledger])
}

fn orders(count: usize) -> String {
    (0..count).map(|number| paid(&format!("A{number}"), "9.99") + "\n").collect()
}

/// A child that reads its events from a pipe, so that it runs for as long as the test wants.
fn live(shop: &Shop, ledger: &str) -> Child {
    Command::new(env!("CARGO_BIN_EXE_fenrun"))
        .args(["run", "program.toml", "-q", "--ledger", ledger])
        .current_dir(shop.path("."))
        .env("FENRUN_POLICIES", root().join("policies"))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
fn a_bad_refund_says_why_and_the_stream_goes_on() {
    let refund = |id: &str, order: &str, currency: &str, line: &str| {
        format!(
            r#"{{"kind":"order.refunded","refund":"{id}","order":"{order}","time":"2026-03-02T10:00:00+08:00","currency":"{currency}","lines":[{line}]}}"#
        ) + "\n"
    };
    let events = [
        refund("R1", "A9", "CNY", r#"{"id":"1","quantity":1}"#),
        paid("A1", "9.99") + "\n",
        refund("R2", "A1", "CNY", r#"{"id":"1","amount":"10.00"}"#),
        refund("R3", "A1", "CNY", r#"{"id":"7","quantity":1}"#),
        refund("R4", "A1", "USD", r#"{"id":"1","amount":"1.00"}"#),
        refund("R5", "A1", "CNY", r#"{"id":"1","amount":"9.99"}"#),
        refund("R5", "A1", "CNY", r#"{"id":"1","amount":"9.98"}"#),
    ];
    let told = run(&shop(&events.concat()), "shop.db");
    assert_eq!(told.code, 4, "{told}");
    let said: Vec<String> = told
        .records()
        .iter()
        .map(|record| {
            let word = |key: &str| record[key].as_str().unwrap_or_default().to_owned();
            format!("{}: {}", word("outcome"), word("because"))
        })
        .collect();
    assert_eq!(
        said,
        [
            "parked: it waits for `order.paid/A9`",
            "decided: ",
            "refused: 9.99 is left of what was paid for line `1`, 10.00 is to go back",
            "refused: order `A1` has no line `7`",
            "rejected: currency: expected `CNY`, found `USD`",
            "posted: ",
            "conflict: the fact was told before with another content",
        ],
        "{told}"
    );
}

#[test]
fn a_ledger_of_a_newer_version_is_left_alone() {
    let shop = shop(&orders(1));
    run(&shop, "shop.db");
    let mut bytes = std::fs::read(shop.path("shop.db")).unwrap();
    // The user version of a SQLite file.
    bytes[60..64].copy_from_slice(&9_u32.to_be_bytes());
    std::fs::write(shop.path("shop.db"), &bytes).unwrap();
    for refused in [run(&shop, "shop.db"), shop.fenrun(&["verify", "shop.db"])] {
        assert_eq!(
            (refused.code, refused.stderr.as_str()),
            (3, "error: `shop.db` is a ledger of version 9, expected at most 2\nhint: use a newer fenrun\n")
        );
    }
    assert_eq!(std::fs::read(shop.path("shop.db")).unwrap(), bytes);
}

#[test]
fn a_ledger_cut_short_is_said_to_be_damaged() {
    let shop = shop(&orders(200));
    run(&shop, "shop.db");
    let bytes = std::fs::read(shop.path("shop.db")).unwrap();
    std::fs::write(shop.path("shop.db"), &bytes[..bytes.len() / 2]).unwrap();
    for refused in [run(&shop, "shop.db"), shop.fenrun(&["verify", "shop.db"])] {
        assert_eq!(
            (refused.code, refused.stderr.as_str()),
            (
                3,
                "error: `shop.db` is damaged: database disk image is malformed\nhint: restore it from a copy\n"
            )
        );
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_takes_no_file_is_named() {
    let refused = run(&shop(&orders(1)), "/proc/shop.db");
    assert_eq!(
        (refused.code, refused.stderr.as_str()),
        (
            3,
            "error: `/proc/shop.db` cannot be written\nhint: give the folder and the file write permission\n"
        )
    );
}

#[test]
fn a_second_process_on_the_same_file_is_turned_away_and_the_first_goes_on() {
    let shop = shop(&orders(1));
    run(&shop, "shop.db");
    let mut first = live(&shop, "shop.db");
    let mut input = first.stdin.take().unwrap();
    let refused = (0..100).find_map(|_| {
        thread::sleep(Duration::from_millis(50));
        let second = shop.fenrun(&["balance", "shop.db"]);
        (second.code != 0).then_some(second)
    });
    let refused = refused.unwrap();
    assert_eq!(
        (refused.code, refused.stderr.as_str()),
        (3, "error: `shop.db`: ledger is in use by another process\nhint: stop that one or wait for it\n")
    );
    input.write_all((paid("A7", "5.00") + "\n").as_bytes()).unwrap();
    drop(input);
    assert_eq!(first.wait().unwrap().code(), Some(0));
    let held = shop.fenrun(&["balance", "shop.db", "s1", "--format", "csv"]);
    assert!(held.stdout.contains("held,s1,A7,1.00,CNY"), "{held}");
}

#[test]
fn a_payout_that_is_not_known_waits() {
    let shop = shop(&orders(1));
    run(&shop, "shop.db");
    let unknown = shop.fenrun(&["payout", "confirm", "shop.db", "APRIL.s1"]);
    assert_eq!((unknown.code, &unknown.records()[0]["outcome"]), (0, &"parked".into()), "{unknown}");
    assert_eq!(unknown.records()[0]["because"], "it waits for `payout.requested/APRIL.s1`");
}

/// A disk of two megabytes in a namespace of its own; without the right to make one, it is left out.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_loses_nothing_and_the_same_input_goes_on() {
    let shop = shop(&orders(600));
    run(&shop, "calm.db");
    let calm = shop.fenrun(&["verify", "calm.db"]);
    let script = r#"
        mkdir -p full && mount -t tmpfs -o size=2m none full || exit 99
        head -c 1600000 /dev/zero > full/ballast
        "$FENRUN" run program.toml events.jsonl -q --batch 50 --ledger full/shop.db > told.jsonl 2> full.err
        echo "full: $?"
        rm full/ballast; mount -o remount,size=64m full
        "$FENRUN" verify full/shop.db > /dev/null 2>&1; echo "left whole: $?"
        "$FENRUN" run program.toml events.jsonl -q --ledger full/shop.db > /dev/null; echo "again: $?"
        "$FENRUN" verify full/shop.db
    "#;
    let output = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", script])
        .current_dir(shop.path("."))
        .env("FENRUN", env!("CARGO_BIN_EXE_fenrun"))
        .env("FENRUN_POLICIES", root().join("policies"))
        .output();
    let Some(output) = output.ok().filter(|output| !matches!(output.status.code(), Some(99 | 1))) else {
        eprintln!("LEFT OUT: no disk of its own could be mounted, so no ledger was written to a full one");
        return;
    };
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(said, format!("full: 6\nleft whole: 0\nagain: 0\n{}", calm.stdout));
    assert_eq!(
        shop.read("full.err"),
        "error: `full/shop.db` has no room left\nhint: free some space and send the batch again\n"
    );
}

/// Stands between a client and a server, and can go away and come back.
struct Between {
    port: u16,
    away: Arc<AtomicBool>,
    open: Arc<Mutex<Vec<TcpStream>>>,
}

impl Between {
    fn stand() -> Between {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (away, open) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(Vec::new())));
        let between = Between { port, away: away.clone(), open: open.clone() };
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if away.load(Ordering::SeqCst) {
                    continue;
                }
                let server = TcpStream::connect("127.0.0.1:5432").unwrap();
                let mut streams = open.lock().unwrap();
                for (from, to) in [(&client, &server), (&server, &client)] {
                    let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    streams.push(from.try_clone().unwrap());
                    thread::spawn(move || {
                        let mut bytes = [0; 8_192];
                        while let Ok(count) = from.read(&mut bytes) {
                            if count == 0 || to.write_all(&bytes[..count]).is_err() {
                                break;
                            }
                        }
                        let _ = to.shutdown(Shutdown::Both);
                    });
                }
            }
        });
        between
    }

    fn go_away(&self) {
        self.away.store(true, Ordering::SeqCst);
        for stream in self.open.lock().unwrap().drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    fn come_back(&self) {
        self.away.store(false, Ordering::SeqCst);
    }
}

#[test]
fn a_server_that_goes_away_and_returns_loses_nothing() {
    let address = "postgres://postgres@127.0.0.1:5432/test";
    let Ok(mut admin) = postgres::Client::connect(address, postgres::NoTls) else {
        assert!(std::env::var("FENRUN_REQUIRE_POSTGRES").is_err(), "PostgreSQL is required");
        eprintln!("LEFT OUT: no PostgreSQL is reachable, so none went away in the middle of a run");
        return;
    };
    let shop = shop(&orders(40));
    run(&shop, "calm.db");
    let calm = shop.fenrun(&["verify", "calm.db"]);
    let schema = format!("fenrun_away_{}", std::process::id());
    let between = Between::stand();
    let ledger = format!("postgres://postgres@127.0.0.1:{}/test?schema={schema}", between.port);
    let mut child = live(&shop, &ledger);
    let mut input = child.stdin.take().unwrap();
    for line in orders(20).lines() {
        writeln!(input, "{line}").unwrap();
    }
    input.flush().unwrap();
    let count = format!("SELECT count(*) FROM {schema}.entries");
    let some =
        |admin: &mut postgres::Client| admin.query_one(&count, &[]).is_ok_and(|row| row.get::<_, i64>(0) > 5);
    assert!((0..200).any(|_| {
        thread::sleep(Duration::from_millis(50));
        some(&mut admin)
    }));
    between.go_away();
    for line in orders(40).lines().skip(20) {
        writeln!(input, "{line}").unwrap();
    }
    drop(input);
    thread::sleep(Duration::from_millis(1_500));
    between.come_back();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.starts_with("the ledger's server cannot be reached: "), "{said}");
    assert!(said.trim_end().ends_with("; trying again …"), "{said}");
    let verified = shop.fenrun(&["verify", &format!("{address}?schema={schema}")]);
    admin.batch_execute(&format!("DROP SCHEMA {schema} CASCADE")).unwrap();
    assert_eq!(verified.stdout, calm.stdout, "{verified}");
}
