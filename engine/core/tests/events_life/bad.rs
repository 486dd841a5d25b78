//! What is wrong with an event, and the whole message.

use super::{event, message};

/// The kind, what is replaced in its good event, by what, and the message.
#[rustfmt::skip]
const BAD: &[(&str, &str, &str, &str)] = &[
    // Fields that are missing, unknown or repeated.
    ("order.completed", r#""order":"A1","#, "", "missing field `order`"),
    ("order.refunded", r#","lines":[{"id":"1","quantity":2},{"id":"2","amount":"9.90"}]"#, "", "missing field `lines`"),
    ("order.refunded", r#""refund":"R1","#, "", "missing field `refund`"),
    ("grant.given", r#","reason":"sorry""#, "", "missing field `reason`"),
    ("occasion.noted", r#","what":"check_in""#, "", "missing field `what`"),
    ("program.activated", r#","modules":{"levels":"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"}"#, "", "missing field `modules`"),
    ("payout.failed", r#""reason""#, r#""raeson""#, "unknown field `raeson`; hint: did you mean `reason`?"),
    ("order.refunded", r#""shipping""#, r#""shiping""#, "unknown field `shiping`; hint: did you mean `shipping`?"),
    ("order.refunded", r#""quantity":2"#, r#""qty":2"#, "unknown field `qty` in lines[0]; hint: did you mean `quantity`?"),
    ("adjustment.made", r#"{"amount""#, r#"{"partie":"s1","amount""#, "unknown field `partie` in moves[1]; hint: did you mean `party`?"),
    ("order.completed", r#""order""#, r#""weather":1,"order""#, "unknown field `weather`"),
    ("order.refunded", r#""quantity":2"#, r#""quantity":2,"weather":1"#, "unknown field `weather` in lines[0]"),
    ("order.completed", r#""order""#, "\"a\u{202e}b\":1,\"order\"", r"unknown field `a\u{202e}b`"),
    ("order.completed", r#""time""#, r#""order":"A2","time""#, "field `order` appears twice; hint: keep one of the two"),
    ("program.activated", r#""modules":{"#, r#""modules":{"levels":"x","#, "field `levels` appears twice in modules; hint: keep one of the two"),
    ("order.completed", r#""order.completed""#, r#""order.complete""#, "unknown kind `order.complete`; hint: did you mean `order.completed`?"),
    ("occasion.noted", r#""occasion.noted""#, r#""ocasion.noted""#, "unknown kind `ocasion.noted`; hint: did you mean `occasion.noted`?"),
    // Texts.
    ("order.completed", r#""A1""#, "7", "order: expected a text, found a number"),
    ("order.completed", "A1", "", "order: expected a text, found an empty one"),
    ("order.completed", "A1", r"a\u0007b", r"order: `a\u{7}b` holds the character U+0007; hint: control and direction characters are not allowed in texts"),
    ("order.cancelled", "out of stock", "\u{202e}", r"reason: `\u{202e}` holds the character U+202E; hint: control and direction characters are not allowed in texts"),
    ("order.refunded", r#""id":"2""#, r#""id":"\n""#, r"lines[1].id: `\u{a}` holds the character U+000A; hint: control and direction characters are not allowed in texts"),
    ("adjustment.made", r#""party":"s1""#, r#""party":"""#, "moves[0].party: expected a text, found an empty one"),
    ("occasion.noted", "store-7", "", "party: expected a text, found an empty one"),
    ("relation.moved", r#""b1""#, r#""""#, "members[1]: expected a text, found an empty one"),
    ("relation.moved", r#"["b2","b1"]"#, r#""b1""#, "members: expected a list, found a text"),
    ("party.changed", r#""vip""#, r#""\u2066""#, r"tags[0]: `\u{2066}` holds the character U+2066; hint: control and direction characters are not allowed in texts"),
    ("party.changed", r#""eligible":true"#, r#""eligible":"yes""#, "eligible: expected true or false, found a text"),
    ("party.changed", "licensor", "licenser", "role: unknown role `licenser`; hint: did you mean `licensor`?"),
    // Times and dates.
    ("order.completed", "T02:00:00Z", "", "time: `2026-03-01` is not a time with an offset; hint: write it like `2026-03-01T10:00:00+08:00`"),
    ("day.closed", "2026-02-28", "2026-02-30", "date: `2026-02-30` is not a date; hint: write it as `2026-03-01`"),
    ("day.closed", "2026-02-28", "2026-2-28", "date: `2026-2-28` is not a date; hint: write it as `2026-03-01`"),
    ("day.closed", "2026-02-28", "2026-02-28T00:00:00Z", "date: `2026-02-28T00:00:00Z` is not a date; hint: write it as `2026-03-01`"),
    ("day.closed", "2026-02-28", r"\u001b[31m", r"date: `\u{1b}[31m` is not a date; hint: write it as `2026-03-01`"),
    ("day.closed", r#""time":"2026-03-01T02:00:00Z""#, r#""time":"now""#, "time: `now` is not a time with an offset; hint: write it like `2026-03-01T10:00:00+08:00`"),
    ("period.closed", r#""2026-02""#, r#""2026-13""#, "period: `2026-13` is not a period; hint: write a year as `2026`, a quarter as `2026-Q1`, a month as `2026-03`, a day as `2026-03-01`"),
    ("period.closed", r#""2026-02""#, r#""2026-Q5""#, "period: `2026-Q5` is not a period; hint: write a year as `2026`, a quarter as `2026-Q1`, a month as `2026-03`, a day as `2026-03-01`"),
    ("period.closed", r#""2026-02""#, r#""2026-W07""#, "period: `2026-W07` is not a period; hint: write a year as `2026`, a quarter as `2026-Q1`, a month as `2026-03`, a day as `2026-03-01`"),
    ("period.closed", r#""2026-02""#, r#""2026-2""#, "period: `2026-2` is not a period; hint: write a year as `2026`, a quarter as `2026-Q1`, a month as `2026-03`, a day as `2026-03-01`"),
    ("period.closed", r#""2026-02""#, r#""26""#, "period: `26` is not a period; hint: write a year as `2026`, a quarter as `2026-Q1`, a month as `2026-03`, a day as `2026-03-01`"),
    ("period.closed", r#""2026-02""#, r#""2026-02-29""#, "period: `2026-02-29` is not a period; hint: write a year as `2026`, a quarter as `2026-Q1`, a month as `2026-03`, a day as `2026-03-01`"),
    ("period.closed", r#""2026-02""#, r#""2026-02-01-01""#, "period: `2026-02-01-01` is not a period; hint: write a year as `2026`, a quarter as `2026-Q1`, a month as `2026-03`, a day as `2026-03-01`"),
    ("coupon.created", "2026-03-31", "2026-02-27", "expires: 2026-02-27 is over at 2026-03-01T02:00:00Z; hint: name a day that is not over yet, or leave `expires` out"),
    ("coupon.issued", "2026-03-31", "2025-12-31", "expires: 2025-12-31 is over at 2026-03-01T02:00:00Z; hint: name a day that is not over yet, or leave `expires` out"),
    ("grant.given", "2026-12-31", "2026-02-27", "expires: 2026-02-27 is over at 2026-03-01T02:00:00Z; hint: name a day that is not over yet, or leave `expires` out"),
    // Currency and amounts.
    ("order.refunded", "CNY", "USD", "currency: expected `CNY`, found `USD`; hint: a program decides events of one currency"),
    ("order.refunded", "9.90", "9.905", "lines[1].amount: `9.905` is not an amount in CNY: expected at most 2 decimals, found 3; hint: round before sending, the engine never rounds what it reads"),
    ("order.refunded", "6.00", "6.001", "shipping: `6.001` is not an amount in CNY: expected at most 2 decimals, found 3; hint: round before sending, the engine never rounds what it reads"),
    ("order.refunded", "6.00", "0.00", "shipping: expected an amount of more than zero, found `0.00`"),
    ("order.refunded", "9.90", "-9.90", "lines[1].amount: expected an amount of more than zero, found `-9.90`"),
    ("payout.requested", "92233720368547758.07", "92233720368547758.08", "amount: `92233720368547758.08` is not an amount in CNY: too large for an amount"),
    ("payout.requested", "92233720368547758.07", "0", "amount: expected an amount of more than zero, found `0.00`"),
    ("payout.requested", "92233720368547758.07", "five", "amount: `five` is not an amount in CNY: expected a digit, found `f`; hint: write it like `49.90`"),
    ("receivable.written_off", "5.00", "-5.00", "amount: expected an amount of more than zero, found `-5.00`"),
    ("balance.opened", "120.00", "-0.01", "available: expected an amount of more than zero, found `-0.01`"),
    ("balance.opened", "0.50", "0", "owed: expected an amount of more than zero, found `0.00`"),
    ("adjustment.made", r#""12.34""#, r#""0.00""#, "moves[1].amount: expected an amount that is not zero, found `0`"),
    // Numbers; only a line of an order has units that come back by another event.
    ("order.refunded", r#""quantity":2"#, r#""quantity":0"#, "lines[0].quantity: expected a whole number from 1 to 1000000000, found `0`"),
    ("order.refunded", r#""quantity":2"#, r#""quantity":-2"#, "lines[0].quantity: expected a whole number from 1 to 1000000000, found `-2`"),
    ("order.refunded", r#""quantity":2"#, r#""quantity":1.5"#, "lines[0].quantity: expected a whole number from 1 to 1000000000, found `1.5`"),
    ("order.refunded", r#""quantity":2"#, r#""quantity":"2""#, "lines[0].quantity: expected a whole number from 1 to 1000000000, found a text"),
    ("coupon.issued", r#""count":3"#, r#""count":-3"#, "count: expected a whole number from 1 to 1000000000, found `-3`"),
    ("coupon.created", r#""uses_max":1000"#, r#""uses_max":0"#, "uses_max: expected a whole number from 1 to 1000000000, found `0`"),
    ("grant.given", r#""units":500"#, r#""units":-500"#, "units: expected a whole number from 1 to 1000000000, found `-500`"),
    ("grant.redeemed", "1000000000", "1000000001", "units: expected a whole number from 1 to 1000000000, found `1000000001`"),
    // Refunds and disputes.
    ("order.refunded", r#""quantity":2"#, r#""quantity":2,"amount":"1.00""#, "lines[0]: a line of a refund with both of `quantity` and `amount`; hint: say how many units came back, or how much money went back without units"),
    ("order.refunded", r#","quantity":2"#, "", "lines[0]: a line of a refund with neither of `quantity` and `amount`; hint: say how many units came back, or how much money went back without units"),
    ("order.refunded", r#""id":"2""#, r#""id":"1""#, "lines[1].id: line `1` is already lines[0]; hint: name every line once"),
    ("order.refunded", r#"[{"id":"1","quantity":2},{"id":"2","amount":"9.90"}],"shipping":"6.00""#, "[]", "lines: a refund of nothing; hint: name the lines that came back, or the amount of shipping"),
    ("order.refunded", "9.90", "92233720368547758.07", "lines: the sum of the amounts is too large for an amount"),
    ("dispute.opened", r#"[{"id":"1","amount":"0.01"}]"#, "[]", "lines: a dispute about nothing; hint: name the lines it is about, or leave `lines` out where it is about the whole order"),
    ("dispute.opened", r#"[{"id":"1","amount":"0.01"}]"#, r#"[{"id":"1","amount":"0.01"},{"id":"2","amount":"92233720368547758.07"}]"#, "lines: the sum of the amounts is too large for an amount"),
    // People.
    ("relation.unbound", r#""guide""#, r#""giude""#, "relation: unknown relation `giude`; hint: did you mean `guide`?"),
    ("relation.moved", r#""guide""#, "\"\\u001b[2J\"", r"relation: `\u{1b}[2J` holds the character U+001B; hint: control and direction characters are not allowed in texts"),
    ("relation.moved", "g2", "g1", "to: members cannot be moved to whom they are bound; hint: name another one"),
    ("relation.moved", r#"["b2","b1"]"#, "[]", "members: nobody is moved; hint: name the members, or leave `members` out to move all"),
    ("relation.moved", r#""b1""#, r#""b2""#, "members[1]: member `b2` is already members[0]; hint: name every member once"),
    ("buyer.merged", "b2", "b1", "into: a buyer cannot be merged into itself; hint: name the one that stays"),
    ("party.changed", r#","tier":"gold","eligible":true,"frozen":false,"tags":["vip"],"role":"licensor""#, "", "party: nothing of the party has changed; hint: say `tier`, `eligible`, `frozen`, `tags` or `role`"),
    // Occasions and grants.
    ("occasion.noted", "check_in", "order.paid", "what: `order.paid` is an event of its own; hint: send that event, or use another word, such as `check_in`"),
    ("occasion.noted", "check_in", "relation.bound", "what: `relation.bound` is an event of its own; hint: send that event, or use another word, such as `check_in`"),
    ("occasion.noted", "check_in", "day.closed", "what: `day.closed` is an event of its own; hint: send that event, or use another word, such as `check_in`"),
    ("grant.given", "points", "CNY", "asset: `CNY` is a currency, not a unit that is given; hint: name units such as `points`; use `coupon.issued` for coupons and `adjustment.made` for money"),
    ("grant.redeemed", "points", "coupon/SPRING", "asset: `coupon/SPRING` is a coupon; hint: name units such as `points`; use `coupon.issued` for coupons and `adjustment.made` for money"),
    ("grant.redeemed", "points", r"coupon/\u202e", r"asset: `coupon/\u{202e}` holds the character U+202E; hint: control and direction characters are not allowed in texts"),
    // Money.
    ("balance.opened", r#","available":"120.00","owed":"0.50""#, "", "party: a balance of nothing; hint: say what is `available` or `owed`"),
    ("adjustment.made", r#""12.34""#, r#""12.35""#, "moves: the moves come to 0.01, not to zero; hint: give what one gets to whom it is taken from; leave `party` out for the merchant"),
    ("adjustment.made", r#"[{"party":"s1","amount":"-12.34"},{"amount":"12.34"}]"#, "[]", "moves: the moves come to 0.00, not to zero; hint: give what one gets to whom it is taken from; leave `party` out for the merchant"),
    ("adjustment.made", r#"{"party":"s1","amount":"-12.34"},{"amount":"12.34"}"#, r#"{"amount":"92233720368547758.07"},{"amount":"0.01"}"#, "moves: the sum of the moves is too large for an amount"),
    // The log.
    ("orders.restated", r#""to":"2026-02-28""#, r#""to":"2026-01-31""#, "to: `2026-01-31` is before `from`, which is `2026-02-01`; hint: name the first day behind `from`, the last one behind `to`"),
    ("orders.restated", r#","reason":"a slip""#, "", "missing field `reason`"),
    ("program.activated", r#""program":"ba"#, r#""program":"BA"#, "program: `BA7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad` is not a digest: expected 64 lower-case hexadecimal digits, found `B`; hint: write the SHA-256 that `fenrun check` prints"),
    ("program.activated", r#""levels":"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad""#, r#""levels":"ba7816""#, "modules.levels: `ba7816` is not a digest: expected 64 lower-case hexadecimal digits, found 6 characters; hint: write the SHA-256 that `fenrun check` prints"),
    ("program.activated", r#""levels":"ba"#, r#""levels":"\u001b"#, r"modules.levels: `\u{1b}7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad` is not a digest: expected 64 lower-case hexadecimal digits, found `\u{1b}`; hint: write the SHA-256 that `fenrun check` prints"),
    ("program.activated", r#""levels""#, r#""""#, "modules: expected a text, found an empty one"),
    ("program.activated", r#""levels""#, r#""a\u202eb""#, r"modules: `a\u{202e}b` holds the character U+202E; hint: control and direction characters are not allowed in texts"),
    ("program.activated", r#"merchant = \"x\"\n"#, "", "file: expected a text, found an empty one"),
    ("program.activated", r#"{"levels":"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"}"#, "[]", "modules: expected an object, found a list"),
    ("event.retried", "order.paid/A1", "A1", "fact: `A1` is not the key of a fact; hint: write its kind and its id, as in `order.paid/A1001`"),
    ("event.retried", "order.paid/A1", "order.paid", "fact: `order.paid` is not the key of a fact; hint: write its kind and its id, as in `order.paid/A1001`"),
    ("event.retried", "order.paid/A1", "order.paid/", "fact: `order.paid/` is not the key of a fact; hint: write its kind and its id, as in `order.paid/A1001`"),
    ("event.retried", "order.paid/A1", "order.payed/A1", "fact: `order.payed/A1` is not the key of a fact; hint: write its kind and its id, as in `order.paid/A1001`"),
    ("event.retried", "order.paid/A1", r"order.paid/\u001b[2J", r"fact: `order.paid/\u{1b}[2J` holds the character U+001B; hint: control and direction characters are not allowed in texts"),
    ("event.retried", "order.paid/A1", "order.paid/\u{202e}", r"fact: `order.paid/\u{202e}` holds the character U+202E; hint: control and direction characters are not allowed in texts"),
    ("policy.resumed", "mended upstream", "", "reason: expected a text, found an empty one"),
    ("event.retried", "order.paid/A1", "", "fact: expected a text, found an empty one"),
];

#[test]
fn every_mistake_has_its_message() {
    for (kind, from, to, expected) in BAD {
        let good = event(kind);
        assert!(good.contains(from), "`{from}` is not in {good}");
        assert_eq!(message(&good.replacen(from, to, 1)), *expected, "{kind}: `{from}` → `{to}`");
    }
}

#[test]
fn too_many_coupons_are_refused_and_shown_escaped() {
    let order = |coupons: &str| {
        format!(
            r#"{{"kind":"order.paid","order":"A1","time":"2026-03-01T02:00:00Z","currency":"CNY","buyer":{{"id":"b1"}},"coupons":[{coupons}],"lines":[{{"id":"1","quantity":1,"price":1}}]}}"#
        )
    };
    let many: Vec<String> = (0..17).map(|number| format!(r#""C{number}""#)).collect();
    assert_eq!(message(&order(&many.join(","))), "coupons: expected at most 16 coupons, found 17");
    assert_eq!(
        message(&order(r#""C","C""#)),
        "coupons[1]: coupon `C` is already coupons[0]; hint: present each coupon once"
    );
    assert_eq!(
        message(&order(r#""\u202e""#)),
        r"coupons[0]: `\u{202e}` holds the character U+202E; hint: control and direction characters are not allowed in texts"
    );
    let long = format!(r#""{0}","{0}""#, "c".repeat(100));
    assert_eq!(
        message(&order(&long)),
        format!(
            "coupons[1]: coupon `{}…` is already coupons[0]; hint: present each coupon once",
            "c".repeat(64)
        )
    );
}
