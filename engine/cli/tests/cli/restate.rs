//! Past orders under a mended program: shown, posted once, explained, verified.

use crate::support::{Shop, THREE_LEVEL};

/// A1 has 0.09 left and is held, A2 was released.
const EVENTS: &str = r#"{"kind":"order.paid","order":"A1","time":"2026-03-01T10:00:00+08:00","currency":"CNY","buyer":{"id":"b1"},"seller":"s1","lines":[{"id":"1","quantity":1,"price":"9.99"}]}
{"kind":"order.refunded","refund":"R1","order":"A1","time":"2026-03-02T10:00:00+08:00","currency":"CNY","lines":[{"id":"1","amount":"9.90"}]}
{"kind":"order.paid","order":"A2","time":"2026-03-02T10:00:00+08:00","currency":"CNY","buyer":{"id":"b2"},"seller":"s1","lines":[{"id":"1","quantity":1,"price":"100.00"}]}
{"kind":"order.completed","order":"A2","time":"2026-03-03T10:00:00+08:00"}
{"kind":"day.closed","date":"2026-03-20"}
"#;

fn shop() -> Shop {
    let with = |rates: &str| format!("{THREE_LEVEL}configuration = {{ rates = [{rates}] }}\n");
    let shop = Shop::new()
        .file("program.toml", THREE_LEVEL)
        .file("mended.toml", &with(r#""30%", "5%""#))
        .file("greedy.toml", &with(r#""60%", "5%""#))
        .file("dollars.toml", &THREE_LEVEL.replace("CNY", "USD"))
        .file("events.jsonl", EVENTS);
    let run = shop.fenrun(&["run", "program.toml", "events.jsonl", "-q", "--ledger", "shop.db"]);
    assert_eq!(run.code, 0, "{run}");
    shop
}

const DAYS: [&str; 4] = ["--from", "2026-03-01", "--to", "2026-03-31"];

fn restate(shop: &Shop, program: &str, others: &[&str]) -> crate::support::Transcript {
    let arguments = ["restate", "shop.db", "--program", program].into_iter().chain(DAYS);
    shop.fenrun(&arguments.chain(others.iter().copied()).collect::<Vec<_>>())
}

fn verified(shop: &Shop) -> String {
    let transcript = shop.fenrun(&["verify", "shop.db"]);
    assert_eq!(transcript.code, 0, "{transcript}");
    transcript.stdout
}

#[test]
fn differences_are_shown_first_and_posted_once() {
    let shop = shop();
    let before = verified(&shop);
    let shown = restate(&shop, "mended.toml", &["--format", "csv"]);
    assert_eq!(
        (shown.code, shown.stdout.as_str()),
        (
            0,
            "order,party,role,policy,was,becomes,difference,why\n\
             A1,s1,seller,levels,0.01,0.02,0.01,20% of 0.09 → 30% of 0.09 · sold it\n\
             A2,s1,seller,levels,20.00,30.00,10.00,20% of 100.00 → 30% of 100.00 · sold it\n"
        ),
        "{shown}"
    );
    assert_eq!(
        shown.stderr,
        "2 orders change, 0 stay as they are, 0 were cancelled; the merchant's difference is -10.01\n\
         nothing was posted; `--post --reason TEXT` posts it\n"
    );
    assert_eq!(verified(&shop), before, "the ledger was only read");
    let table = restate(&shop, "mended.toml", &[]);
    assert!(
        table.stdout.contains("s1          20.01    30.02       10.01  0.01      10.00        0.00"),
        "{table}"
    );
    let json = restate(&shop, "mended.toml", &["--format", "json"]);
    let told: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!((&told["merchant"], &told["orders"][1]["released"]), (&"-10.01".into(), &true.into()));

    let without = restate(&shop, "mended.toml", &["--post"]);
    assert_eq!(without.code, 2, "{without}");
    let posting = ["--post", "--reason", "a slip", "--name", "R1", "--at", "2026-04-01T10:00:00+08:00"];
    let posted = restate(&shop, "mended.toml", &posting);
    assert_eq!(posted.code, 0, "{posted}");
    assert!(
        posted
            .stderr
            .ends_with("posted `R1`: 2 orders restated, 0 stay as they are, 0 were cancelled, 0 are held\n"),
        "{posted}"
    );
    let after = verified(&shop);
    let again = restate(&shop, "mended.toml", &posting);
    assert_eq!(
        (again.code, again.stderr.as_str()),
        (0, "`R1` was posted before; nothing is posted twice\n"),
        "{again}"
    );
    let once_more = restate(&shop, "mended.toml", &["--post", "--reason", "a slip"]);
    assert!(once_more.stderr.ends_with(" by `R1`, nothing would move\n"), "{once_more}");
    assert_eq!(verified(&shop), after);
    // The events themselves are known, and the program in force is the one it was.
    let told = shop.fenrun(&["run", "program.toml", "events.jsonl", "-q", "--ledger", "shop.db"]);
    assert!(told.outcomes().iter().all(|outcome| outcome == "duplicate"), "{told}");

    let statement = shop.fenrun(&["statement", "shop.db", "s1", "--format", "csv"]);
    let restated: Vec<&str> =
        statement.stdout.lines().filter(|line| line.contains(",restatement,")).collect();
    assert_eq!(
        restated,
        [
            "8,2026-04-01T02:00:00Z,restatement,A1,held,0.01,20.02,CNY",
            "9,2026-04-01T02:00:00Z,restatement,A2,available,10.00,30.02,CNY",
        ],
        "{statement}"
    );
    let explained = shop.fenrun(&["explain", "shop.db", "A2"]);
    for part in ["shares restated by R1", "30.00 kept, released", "rate 30%", "order.restated/R1/A2"] {
        assert!(explained.stdout.contains(part), "{part}: {explained}");
    }
}

#[test]
fn what_cannot_be_restated_is_said_and_nothing_is_posted() {
    let shop = shop();
    let before = verified(&shop);
    let posting = ["--post", "--reason", "a slip"];
    let greedy = restate(&shop, "greedy.toml", &posting);
    assert_eq!(greedy.code, 4, "{greedy}");
    assert!(greedy.stderr.starts_with("error: order `A1` cannot be restated: promoters_cap: "), "{greedy}");
    assert!(
        greedy.stderr.ends_with("hint: mend the program, nothing of any order was restated\n"),
        "{greedy}"
    );
    let dollars = restate(&shop, "dollars.toml", &posting);
    assert_eq!(
        (dollars.code, dollars.stderr.as_str()),
        (4, "error: the mended program is in USD, the books are in CNY\n")
    );
    let unknown = restate(&shop, "nothing.toml", &posting);
    assert_eq!(
        (unknown.code, unknown.stderr.as_str()),
        (3, "error: the program `nothing.toml` cannot be read\n  because: no such file or directory\n")
    );
    let days = |from: &str, to: &str| {
        shop.fenrun(&["restate", "shop.db", "--program", "mended.toml", "--from", from, "--to", to])
    };
    let turned = days("2026-03-31", "2026-03-01");
    assert_eq!(
        (turned.code, turned.stderr.as_str()),
        (
            2,
            "error: `--to 2026-03-01` is before `--from 2026-03-31`\nhint: name the first day behind `--from`\n"
        )
    );
    let empty = days("2027-03-01", "2027-03-31");
    assert_eq!(
        (empty.code, empty.stderr.as_str()),
        (4, "error: no order was paid from 2027-03-01 to 2027-03-31\n")
    );
    assert_eq!(verified(&shop), before);
}
