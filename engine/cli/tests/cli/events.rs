//! Events that are not what they should be: one clear message each, and the next event is decided correctly.
//!
//! Invariant: a bad line is reported with its number and changes nothing.

use serde_json::json;

use crate::support::{PROGRAM, Shop, paid};

fn shop() -> Shop {
    let policy = "\n[[policy]]\nname = \"commission\"\nuse = \"three-level\"\n";
    Shop::new().file("program.toml", &format!("{PROGRAM}{policy}"))
}

#[test]
fn each_mistake_has_its_message_and_the_next_event_is_decided() {
    let good = paid("A2", "9.99");
    let edit = |from: &str, to: &str| {
        let edited = paid("A1", "13.00").replace(from, to);
        assert_ne!(edited, paid("A1", "13.00"));
        edited
    };
    let shop = shop();
    for (bad, because, hint) in [
        (
            edit("CNY", "JPY"),
            "currency: expected `CNY`, found `JPY`",
            Some("a program decides events of one currency"),
        ),
        (
            edit("\"quantity\":1", "\"quantity\":-1"),
            "lines[0].quantity: expected a whole number from 1 to 1000000000, found `-1`",
            Some("tell what came back by `order.refunded`"),
        ),
        (
            edit("\"13.00\"", "92233720368547758.08"),
            "lines[0].price: `92233720368547758.08` is not an amount in CNY: too large for an amount",
            None,
        ),
        (
            edit(
                "\"quantity\":1,\"price\":\"13.00\"",
                "\"quantity\":1000000000,\"price\":\"92233720368547758.07\"",
            ),
            "lines[0]: price × quantity is too large for an amount",
            None,
        ),
        (
            edit("13.00", "13.001"),
            "lines[0].price: `13.001` is not an amount in CNY: expected at most 2 decimals, found 3",
            Some("round before sending, the engine never rounds what it reads"),
        ),
        (edit("\"seller\"", "\"seler\""), "unknown field `seler`", Some("did you mean `seller`?")),
        ("{\"kind\":\n".to_owned(), "", None),
        (edit("order.paid", "order.refunded"), "unknown field `buyer`", None),
    ] {
        let transcript = shop.run_over(&format!("{bad}{good}"));
        assert_eq!(transcript.code, 4, "{transcript}");
        assert_eq!(transcript.outcomes(), ["rejected", "decided 1.99"], "{transcript}");
        let record = &transcript.records()[0];
        assert_eq!(record["line"], 1);
        if !because.is_empty() {
            assert_eq!(
                (&record["because"], record.get("hint")),
                (&json!(because), hint.map(|hint| json!(hint)).as_ref())
            );
        }
    }
}

#[test]
fn words_about_bad_events_go_to_standard_error_and_are_bounded() {
    let bad = paid("A1", "13.001");
    let transcript = shop().fenrun_with(&["run", "program.toml", "-"], &bad.repeat(25), &[]);
    assert_eq!((transcript.code, transcript.records().len()), (4, 25));
    let said: Vec<&str> = transcript.stderr.lines().collect();
    assert_eq!(
        said[0],
        "standard input:1: rejected: lines[0].price: `13.001` is not an amount in CNY: expected at most 2 decimals, \
         found 3; hint: round before sending, the engine never rounds what it reads"
    );
    assert!(said[19].starts_with("standard input:20: "));
    assert_eq!(said[20], "standard input: 5 more like these, see the output");
    assert_eq!(said[21], "25 events in [time]");
}

#[test]
fn a_fact_is_told_once() {
    let (first, retried) =
        (paid("A1", "9.99"), paid("A1", "9.99").replace("\"9.99\"", "9.99").replace("+08:00", "+08"));
    let retried = retried.replace("10:00:00+08", "02:00:00Z");
    let other = paid("A1", "9.98");
    let transcript = shop().run_over(&[first, retried, other].concat());
    assert_eq!(transcript.code, 4, "{transcript}");
    assert_eq!(transcript.outcomes(), ["decided 1.99", "duplicate", "conflict"]);
    assert_eq!(
        transcript.stdout.lines().nth(1),
        Some(r#"{"outcome":"duplicate","line":2,"fact":"order.paid/A1","first_line":1}"#)
    );
}

#[test]
fn a_circle_of_relations_is_rejected_and_the_chain_stands() {
    let bound = |member: &str, to: &str, hour: u8| {
        format!(
            "{{\"kind\":\"relation.bound\",\"relation\":\"upline\",\"member\":\"{member}\",\"to\":\"{to}\",\
             \"time\":\"2026-03-01T0{hour}:00:00+08:00\"}}\n"
        )
    };
    let events =
        [bound("s1", "s2", 1), bound("s2", "s3", 2), bound("s3", "s1", 3), paid("A1", "9.99")].concat();
    let transcript = shop().run_over(&events);
    assert_eq!(transcript.code, 4, "{transcript}");
    assert_eq!(transcript.outcomes(), ["noted", "noted", "rejected", "decided 1.99 0.49 0.29"]);
    assert_eq!(transcript.records()[2]["fact"], "relation.bound/upline/s3/2026-02-28T19:00:00Z");
    assert_eq!(transcript.records()[2]["hint"], "relations must not close a circle");
}

#[test]
fn a_held_event_may_be_told_again_where_it_was_at_fault_itself() {
    let tender = |amount: &str| {
        paid("A1", "9.99").replace(
            "\"seller\"",
            &format!("\"tenders\":[{{\"kind\":\"money\",\"amount\":\"{amount}\"}}],\"seller\""),
        )
    };
    let transcript = shop().run_over(&[tender("9.98"), tender("9.99")].concat());
    assert_eq!(transcript.code, 5, "{transcript}");
    assert_eq!(transcript.outcomes(), ["held", "decided 1.99"]);
    assert_eq!(
        transcript.records()[0]["because"],
        json!(["tenders_match: the tenders come to 9.98, 9.99 is due"])
    );
}

/// The sale stands where only the policies are at fault: the buyer's next order is the second.
#[test]
fn a_held_order_keeps_its_place_in_the_count() {
    let program = "merchant = \"shop\"\ncurrency = \"CNY\"\ntime_zone = \"Asia/Shanghai\"\nguard = \"cn\"\n\
        [[policy]]\nname = \"welcome\"\nuse = \"nth-order-discount\"\n\
        [[policy]]\nname = \"commission\"\nuse = \"three-level\"\nconfiguration = { rates = [\"40%\", \"20%\"] }\n";
    let shop = Shop::new().file("program.toml", program);
    let event = |id: &str, seller: &str| {
        let event = paid(id, "100.00").replace("\"buyer\"", "\"pricing\":\"engine\",\"buyer\"");
        event
            .replace(&format!("b-{id}"), "anna")
            .replace("\"seller\":\"s1\"", &format!("\"seller\":\"{seller}\""))
    };
    let bound = "{\"kind\":\"relation.bound\",\"relation\":\"upline\",\"member\":\"s1\",\"to\":\"s2\",\
                 \"time\":\"2026-02-01T01:00:00Z\"}\n";
    let transcript =
        shop.run_over(&[bound, &event("A1", "s1"), &event("A1", "s1"), &event("A2", "s2")].concat());
    assert_eq!(transcript.code, 5, "{transcript}");
    assert_eq!(transcript.outcomes(), ["noted", "held", "duplicate", "decided 20.00"]);
    assert_eq!(transcript.records()[3]["discounts"][0]["amount"], "50.00");
}
