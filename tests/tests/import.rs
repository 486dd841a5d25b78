//! `fenrun import`: the mappings that come with the project, every way a row can be wrong, and every way a mapping can.
//!
//! Each expected text is written out, because these are the words a person reads.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use fenrun::event::{Event, Expectations};
use fenrun_cli::Exit;
use fenrun_cli::import::{ImportArguments, Imported, MappingFile, Verdict, import, run_with};
use fenrun_money::Currency;

/// A mapping of an export with the columns `order,when,who,item,count,price`.
const MAPPING: &str = r#"
[order]
id = "{order}"
time = "{when}"
time_format = "%Y-%m-%d %H:%M"
time_zone = "Asia/Shanghai"
currency = "CNY"
pricing = "given"
buyer = "{who}"

[line]
item = "{item}"
quantity = "{count}"
price = "{price}"
"#;

const HEADER: &str = "order,when,who,item,count,price\n";

fn mappings() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings")
}

fn text_of(file: &str) -> String {
    fs::read_to_string(mappings().join(file)).unwrap()
}

/// What an export comes to under a mapping, and the words about it.
fn imported(mapping: &str, export: impl AsRef<[u8]>) -> (Imported, String) {
    let mapping = MappingFile::parse(mapping, "mapping.toml").unwrap();
    let mut words = Vec::new();
    let imported = import(&mapping, export.as_ref(), "shop.csv", &mut words).unwrap();
    (imported, String::from_utf8(words).unwrap())
}

/// The events as JSON Lines, then the words, then the counts: what a person sees.
fn transcript(mapping: &str, export: impl AsRef<[u8]>) -> String {
    let (Imported { events, summary }, words) = imported(mapping, export);
    let mut text: String = events.iter().map(|event| event.to_json() + "\n").collect();
    text.push_str(&words);
    text + &summary.to_text("shop.csv")
}

/// Why an export cannot be imported at all.
fn problem(mapping: &str, export: &str) -> String {
    let read = MappingFile::parse(mapping, "mapping.toml").map_err(|error| error.to_string());
    let imported = read.and_then(|mapping| {
        import(&mapping, export.as_bytes(), "shop.csv", &mut Vec::new()).map_err(|error| error.to_string())
    });
    imported.unwrap_err()
}

#[test]
fn the_retail_sample_becomes_paid_orders() {
    let expected = r#"
{"kind":"order.paid","order":"700001","time":"2011-03-01T09:15:00Z","currency":"GBP","buyer":{"id":"40001"},"lines":[{"id":"1","item":"90001","quantity":6,"price":"2.55","attributes":{"description":"BLUE ENAMEL MUG"}},{"id":"2","item":"90002","quantity":1,"price":"7.95","attributes":{"description":"TEA TRAY, ROUND"}},{"id":"3","kind":"shipping","item":"POST","quantity":1,"price":"18.00","attributes":{"description":"POSTAGE"}}],"attributes":{"country":"United Kingdom"}}
{"kind":"order.paid","order":"700002","time":"2011-03-01T10:02:00Z","currency":"GBP","buyer":{"id":"guest-700002"},"lines":[{"id":"1","item":"90001","quantity":3,"price":"2.55","attributes":{"description":"BLUE ENAMEL MUG"}}],"attributes":{"country":"France"}}
{"kind":"order.paid","order":"700005","time":"2011-03-02T09:30:00Z","currency":"GBP","buyer":{"id":"40002"},"lines":[{"id":"1","item":"90004","quantity":2,"price":"1.25","attributes":{"description":"GARDEN TWINE"}}],"attributes":{"country":"United Kingdom"}}
shop.csv:6: refused: cancellation lines are refused until refunds exist
shop.csv:7: skipped: a negative quantity without a cancellation is no sale
shop.csv:8: skipped: a line without a price is no sale
shop.csv:10: refused: price: `0.001` is not an amount in GBP: expected at most 2 decimals, found 3
shop.csv:11: refused: order `700006` is not whole without line 10 of the file
shop.csv: 3 orders with 5 lines from 10 rows
  1 refused: an amount with more decimals than its currency
  1 refused: belongs to an order with a row that cannot be read
  1 refused: cancellation lines are refused until refunds exist
  1 skipped: a line without a price is no sale
  1 skipped: a negative quantity without a cancellation is no sale"#;
    assert_eq!(
        transcript(&text_of("online-retail.toml"), text_of("online-retail.csv")),
        expected.trim_start()
    );
}

#[test]
fn the_cdnow_sample_becomes_orders_in_time_order() {
    let expected = r#"
{"kind":"order.paid","order":"00003-19970102-6","time":"1997-01-02T05:00:00Z","currency":"USD","pricing":"engine","buyer":{"id":"00003"},"lines":[{"id":"1","item":"CD","quantity":2,"price":"10.38"}]}
{"kind":"order.paid","order":"00002-19970112-4","time":"1997-01-12T05:00:00Z","currency":"USD","pricing":"engine","buyer":{"id":"00002"},"lines":[{"id":"1","item":"CD","quantity":5,"price":"15.40"}]}
{"kind":"order.paid","order":"00001-19970201-2","time":"1997-02-01T05:00:00Z","currency":"USD","pricing":"engine","buyer":{"id":"00001"},"lines":[{"id":"1","item":"CD","quantity":1,"price":"11.77"}]}
{"kind":"order.paid","order":"00002-19970302-5","time":"1997-03-02T05:00:00Z","currency":"USD","pricing":"engine","buyer":{"id":"00002"},"lines":[{"id":"1","item":"CD","quantity":1,"price":"20.75","attributes":{"count":2}}]}
shop.csv:3: skipped: a purchase of nothing is no sale
shop.csv: 4 orders with 4 lines from 5 rows
  1 skipped: a purchase of nothing is no sale"#;
    assert_eq!(transcript(&text_of("cdnow.toml"), text_of("cdnow.txt")), expected.trim_start());
}

#[test]
fn every_event_is_read_back_as_the_same() {
    for (mapping, export, currency) in [
        ("online-retail.toml", "online-retail.csv", Currency::GBP),
        ("cdnow.toml", "cdnow.txt", Currency::USD),
    ] {
        let (imported, _) = imported(&text_of(mapping), text_of(export));
        assert!(!imported.events.is_empty());
        for event in imported.events {
            assert_eq!(Event::parse(&event.to_json(), &Expectations::new(currency)).unwrap(), event);
        }
    }
}

#[test]
fn a_row_that_cannot_be_read_is_refused_with_its_reason_and_the_next_one_is_read() {
    for (row, expected) in [
        ("A1,2026-03-01 10:00,b1,tea,1", "expected 6 columns, found 5"),
        ("A1,2026-03-01 10:00,b1,tea,1,1.00,x", "expected 6 columns, found 7"),
        (",2026-03-01 10:00,b1,tea,1,1.00", "the order's id is empty"),
        (
            "A1,2026-03-01 10:00,,tea,1,1.00",
            "the buyer is empty; hint: say what to do with `buyer_when_empty`",
        ),
        ("A1,01.03.2026,b1,tea,1,1.00", "`01.03.2026` is not a time written as `%Y-%m-%d %H:%M`"),
        ("A1,2026-02-30 10:00,b1,tea,1,1.00", "`2026-02-30 10:00` is not a time written as `%Y-%m-%d %H:%M`"),
        (
            "A1,1940-06-01 00:30,b1,tea,1,1.00",
            "`1940-06-01 00:30` never was in Asia/Shanghai: the clocks were put forward",
        ),
        (
            "A1,2026-03-01 10:00,b1,tea,0,1.00",
            "quantity: expected a whole number from 1 to 1000000000, found `0`",
        ),
        (
            "A1,2026-03-01 10:00,b1,tea,-2,1.00",
            "quantity: expected a whole number from 1 to 1000000000, found `-2`",
        ),
        (
            "A1,2026-03-01 10:00,b1,tea,1.5,1.00",
            "quantity: expected a whole number from 1 to 1000000000, found `1.5`",
        ),
        (
            "A1,2026-03-01 10:00,b1,tea,9999999999,1.00",
            "quantity: expected a whole number from 1 to 1000000000, found `9999999999`",
        ),
        (
            "A1,2026-03-01 10:00,b1,tea,1,1.005",
            "price: `1.005` is not an amount in CNY: expected at most 2 decimals, found 3",
        ),
        (
            "A1,2026-03-01 10:00,b1,tea,1,",
            "price: `` is not an amount in CNY: expected a number, found nothing",
        ),
        (
            "A1,2026-03-01 10:00,b1,tea,1,¥5",
            "price: `¥5` is not an amount in CNY: expected a digit, found `¥`",
        ),
        ("A1,2026-03-01 10:00,b1,tea,1,-5.00", "price: `-5.00` is not an amount in CNY: it is negative"),
        (
            "A1,2026-03-01 10:00,b1,tea,1,\"1,000.00\"",
            "price: `1,000.00` is not an amount in CNY: expected a digit, found `,`",
        ),
        (
            "A1,2026-03-01 10:00,b1,tea,1,99999999999999999999",
            "price: `99999999999999999999` is not an amount in CNY: too large for an amount",
        ),
        (
            "A1,2026-03-01 10:00,b1,tea,1000000000,99999999999.00",
            "order `A1`: lines[0]: price × quantity is too large for an amount",
        ),
        (
            "A1,2026-03-01 10:00,b1,te\u{202e}a,1,1.00",
            "order `A1`: lines[0].item: `te\\u{202e}a` holds the character U+202E; hint: control and direction \
             characters are not allowed in texts",
        ),
    ] {
        let next = "A2,2026-03-01 11:00,b2,tea,1,2.00";
        let (imported, words) = imported(MAPPING, format!("{HEADER}{row}\n{next}\n"));
        assert_eq!(words, format!("shop.csv:2: refused: {expected}\n"), "{row}");
        assert_eq!(imported.summary.count(Verdict::Refused), 1, "{row}");
        let orders: Vec<_> = imported.events.iter().filter_map(Event::order).collect();
        assert_eq!(orders.iter().map(|order| order.id.as_str()).collect::<Vec<_>>(), ["A2"], "{row}");
        assert_eq!(orders[0].list_minor(), Some(2_00), "{row}");
    }
}

#[test]
fn a_row_that_is_not_utf_8_is_refused() {
    let export =
        [HEADER.as_bytes(), b"A1,2026-03-01 10:00,b1,caf\xe9,1,1.00\nA2,2026-03-01 10:00,b1,tea,1,1.00\n"];
    let (imported, words) = imported(MAPPING, export.concat());
    assert_eq!(words, "shop.csv:2: refused: column 4 is not UTF-8; hint: save the file as UTF-8\n");
    assert_eq!(imported.events.len(), 1);
}

#[test]
fn a_quote_that_is_never_closed_is_said_to_be_one() {
    let rest = "A2,2026-03-01 10:00,b1,tea,1,1.00\n".repeat(40_000);
    let (imported, words) = imported(MAPPING, format!("{HEADER}A1,2026-03-01 10:00,b1,\"tea,1,1.00\n{rest}"));
    assert!(imported.events.is_empty());
    let expected = "expected a row of at most 1048576 bytes; hint: is there a quote that is not closed?";
    assert_eq!(words, format!("shop.csv:2: refused: {expected}\n"));
}

#[test]
fn rows_of_one_order_are_gathered_wherever_they_stand() {
    let rows = "\
        A1,2026-03-01 10:00,b1,tea,1,1.00\n\
        A2,2026-03-01 09:00,b2,tea,1,2.00\n\
        A1,2026-03-01 10:01,b1,cup,2,3.00\n";
    let (found, words) = imported(MAPPING, format!("{HEADER}{rows}"));
    let orders: Vec<_> = found.events.iter().filter_map(Event::order).collect();
    let lists: Vec<_> = orders.iter().map(|order| (order.id.as_str(), order.list_minor())).collect();
    assert_eq!(lists, [("A1", Some(7_00)), ("A2", Some(2_00))], "by the place of the first row");
    assert_eq!(orders[0].time.to_string(), "2026-03-01T02:00:00Z", "of the first row");
    assert_eq!(words, "");

    let by_time = MAPPING.replace("[line]", "sort = \"time\"\n[line]");
    let (found, _) = imported(&by_time, format!("{HEADER}{rows}"));
    let ids: Vec<_> = found.events.iter().filter_map(|event| Some(event.order()?.id.as_str())).collect();
    assert_eq!(ids, ["A2", "A1"]);
}

#[test]
fn an_order_is_whole_or_not_there() {
    let rows = "\
        A1,2026-03-01 10:00,b1,tea,1,1.00\n\
        A1,2026-03-01 10:00,b9,cup,1,3.00\n\
        A1,2026-03-01 10:00,b1,pot,1,9.00\n\
        A2,2026-03-01 10:00,b1,tea,x,1.00\n\
        A2,2026-03-01 10:00,b1,cup,1,1.00\n\
        A3,2026-03-01 10:00,b1,tea,1,1.00\n\
        A3,2026-03-01 10:00,b1,,1,1.00\n";
    let expected = "\
shop.csv:3: refused: order `A1` has the buyer `b1`, this row has `b9`
shop.csv:5: refused: quantity: expected a whole number from 1 to 1000000000, found `x`
shop.csv:2: refused: order `A1` is not whole without line 3 of the file
shop.csv:4: refused: order `A1` is not whole without line 3 of the file
shop.csv:6: refused: order `A2` is not whole without line 5 of the file
";
    let (imported, words) = imported(MAPPING, format!("{HEADER}{rows}"));
    assert_eq!(words, expected);
    let summary = imported.summary;
    assert_eq!((summary.rows, summary.orders, summary.lines, summary.count(Verdict::Refused)), (7, 1, 2, 5));
    assert_eq!(summary.count_of("belongs to an order with a row that cannot be read"), 3);
}

#[test]
fn an_amount_that_does_not_divide_is_kept_whole() {
    let mapping = MAPPING.replace("price = \"{price}\"", "amount = \"{price}\"");
    for (count, amount, expected) in [
        ("3", "9.99", (3, 3_33, None)),
        ("3", "10.00", (1, 10_00, Some(3))),
        ("1", "10.01", (1, 10_01, None)),
        ("7", "0.00", (7, 0, None)),
        ("2", "0.01", (1, 1, Some(2))),
    ] {
        let (imported, _) =
            imported(&mapping, format!("{HEADER}A1,2026-03-01 10:00,b1,tea,{count},{amount}\n"));
        let line = &imported.events[0].order().unwrap().lines[0];
        let kept = line.attributes.get("count").cloned();
        let (units, price_minor, count) = expected;
        assert_eq!(
            (line.quantity, line.price_minor, kept),
            (units, price_minor, count.map(i64::into)),
            "{amount}"
        );
    }
}

#[test]
fn times_are_read_as_they_are_written() {
    let zone = |name: &str| format!("time_zone = \"{name}\"");
    for (format, zone, text, expected) in [
        (Some("%Y%m%d"), zone("America/New_York"), "19970112", "1997-01-12T05:00:00Z"),
        (Some("%d/%m/%y %H:%M"), zone("Europe/London"), "01/07/11 08:26", "2011-07-01T07:26:00Z"),
        (Some("%Y-%m-%d %H:%M:%S %z"), String::new(), "2026-03-01 10:00:00 +0800", "2026-03-01T02:00:00Z"),
        (Some("%s"), String::new(), "1772330400", "2026-03-01T02:00:00Z"),
        (None, String::new(), "2026-03-01T10:00:00+08:00", "2026-03-01T02:00:00Z"),
        // The clocks showed it twice: the earlier one.
        (Some("%Y-%m-%d %H:%M"), zone("Europe/London"), "2025-10-26 01:30", "2025-10-26T00:30:00Z"),
    ] {
        let format = format.map_or(String::new(), |format| format!("time_format = \"{format}\""));
        let mapping = MAPPING
            .replace("time_format = \"%Y-%m-%d %H:%M\"", &format)
            .replace("time_zone = \"Asia/Shanghai\"", &zone);
        let (imported, words) = imported(&mapping, format!("{HEADER}A1,{text},b1,tea,1,1.00\n"));
        assert_eq!(words, "", "{text}");
        assert_eq!(imported.events[0].time().to_string(), expected, "{text}");
    }
    let rfc_3339 =
        MAPPING.replace("time_format = \"%Y-%m-%d %H:%M\"", "").replace("time_zone = \"Asia/Shanghai\"", "");
    let (_, words) = imported(&rfc_3339, format!("{HEADER}A1,2026-03-01 10:00,b1,tea,1,1.00\n"));
    let expected =
        "`2026-03-01 10:00` is not a time with an offset; hint: say how it is written with `time_format`";
    assert_eq!(words, format!("shop.csv:2: refused: {expected}\n"));
}

#[test]
fn files_are_cut_as_the_mapping_says() {
    let row = ["A1", "2026-03-01 10:00", "b1", "tea; round", "2", "3.50"];
    let list = |mapping: &str, export: &str| {
        let (imported, words) = imported(mapping, export);
        assert_eq!(words, "", "{export}");
        let order = imported.events[0].order().unwrap().clone();
        (order.lines[0].item.clone().unwrap(), order.list_minor().unwrap())
    };
    let expected = ("tea; round".to_owned(), 7_00);
    assert_eq!(
        list(MAPPING, &format!("\u{feff}{}{}\r\n", HEADER.replace('\n', "\r\n"), row.join(","))),
        expected
    );

    let file = |words: &str| format!("[file]\n{words}\n{MAPPING}");
    let semicolons = row.join(";").replace("tea; round", "\"tea; round\"").replace("3.50", "3,50");
    let mapping = file("delimiter = \";\"\ndecimal_mark = \",\"");
    assert_eq!(list(&mapping, &format!("{}{semicolons}\n", HEADER.replace(',', ";"))), expected);

    let mapping = file("delimiter = \"tab\"");
    assert_eq!(list(&mapping, &format!("{}{}\n", HEADER.replace(',', "\t"), row.join("\t"))), expected);

    let numbers = [("order", 1), ("when", 2), ("who", 3), ("item", 4), ("count", 5), ("price", 6)];
    let by_number = numbers.iter().fold(MAPPING.to_owned(), |mapping, (name, number)| {
        mapping.replace(&format!("{{{name}}}"), &format!("{{{number}}}"))
    });
    let mapping = format!("[file]\nheader = false\n{by_number}");
    assert_eq!(list(&mapping, &format!("{}\n", row.join(","))), expected);

    let spaces = by_number.replace("%Y-%m-%d %H:%M", "%Y-%m-%d_%H:%M");
    let mapping = format!("[file]\nheader = false\ndelimiter = \"spaces\"\n{spaces}");
    let export = "\n  A1  2026-03-01_10:00 b1\ttea   2 3.50 \r\n\n";
    assert_eq!(list(&mapping, export), ("tea".to_owned(), 7_00));
}

#[test]
fn everything_a_line_can_have_is_taken() {
    let mapping = MAPPING.replace("[line]", "seller = \"s-{who}\"\nsource = \"live\"\n[line]")
        + r#"
id = "L{row}"
category = "{item}s"
kind = "{item}"
kinds = { post = "shipping" , "*" = "goods" }
paid = "{price}"
cost = "1.00"
tax = ""
floor = "0.50"
tags = ["new", "{item}", ""]
attributes = { row = "{row}", none = "" }
"#;
    let (imported, words) = imported(&mapping, format!("{HEADER}A1,2026-03-01 10:00,b1,tea,2,3.50\n"));
    assert_eq!(words, "");
    assert_eq!(
        imported.events[0].to_json(),
        concat!(
            r#"{"kind":"order.paid","order":"A1","time":"2026-03-01T02:00:00Z","currency":"CNY","#,
            r#""buyer":{"id":"b1"},"seller":"s-b1","#,
            r#""lines":[{"id":"L2","item":"tea","category":"teas","quantity":2,"price":"3.50","paid":"3.50","#,
            r#""cost":"1.00","floor":"0.50","tags":["new","tea"],"attributes":{"row":"2"}}],"source":"live"}"#,
        )
    );
    let by_name = mapping.replace(", \"*\" = \"goods\"", "");
    let (imported, words) = imported_twice(&by_name);
    assert!(imported.events.is_empty());
    let expected = "kind: `tea` stands for no kind of line; hint: say with `kinds` which of `goods`, `shipping`, `fee`, \
                    `deposit` it is";
    assert_eq!(words, format!("shop.csv:2: refused: {expected}\n"));
}

fn imported_twice(mapping: &str) -> (Imported, String) {
    let export = format!("{HEADER}A1,2026-03-01 10:00,b1,tea,2,3.50\n");
    let first = imported(mapping, &export);
    assert_eq!(imported(mapping, &export), first, "the same file comes to the same");
    first
}

#[test]
fn rules_leave_rows_out_without_breaking_their_order() {
    let rule = |key: &str, rule: &str| format!("{MAPPING}\n[[{key}]]\n{rule}\nreason = \"not this one\"\n");
    for (rule, expected) in [
        (rule("skip", "value = \"{item}\"\nstarts_with = \"cu\""), "skipped"),
        (rule("skip", "value = \"{item}\"\nis = \"cup\""), "skipped"),
        (rule("skip", "value = \"{price}\"\nequals = 3"), "skipped"),
        (rule("refuse", "value = \"{price}\"\nequals = \"3.000\""), "refused"),
        (rule("refuse", "value = \"{count}\"\nbelow = 2"), "refused"),
    ] {
        let rows = "A1,2026-03-01 10:00,b1,tea,2,1.00\nA1,2026-03-01 10:00,b1,cup,1,3.00\n";
        let (imported, words) = imported(&rule, format!("{HEADER}{rows}"));
        assert_eq!(words, format!("shop.csv:3: {expected}: not this one\n"), "{rule}");
        assert_eq!(imported.events[0].order().unwrap().list_minor(), Some(2_00), "{rule}");
    }
}

#[test]
fn a_mapping_that_is_wrong_is_shown_where_it_is_wrong() {
    let with = |from: &str, to: &str| MAPPING.replace(from, to);
    for (mapping, expected) in [
        (
            with("currency = ", "curency = "),
            "mapping.toml:7:1: order.curency: unknown key\n  |\n7 | curency = \"CNY\"\n  | ^^^^^^^\n\
             hint: did you mean `currency`?",
        ),
        (
            with("[line]", "[lines]"),
            "mapping.toml:11:2: lines: unknown key\n   |\n11 | [lines]\n   |  ^^^^^\nhint: did you mean `line`?",
        ),
        (
            with("currency = \"CNY\"", ""),
            "mapping.toml:2:1: order.currency: missing key\n  |\n2 | [order]\n  | ^^^^^^^\n\
             hint: name it by its ISO 4217 code: `currency = \"CNY\"`",
        ),
        (
            with("\"CNY\"", "\"RMB\""),
            "mapping.toml:7:12: order.currency: `RMB`: no active ISO 4217 currency has this code\n  |\n\
             7 | currency = \"RMB\"\n  |            ^^^^^",
        ),
        (
            with("\"CNY\"", "5"),
            "mapping.toml:7:12: order.currency: expected a text in quotes, found `5`\n  |\n7 | currency = 5\n  |            ^",
        ),
        (
            with("\"given\"", "\"giving\""),
            "mapping.toml:8:11: order.pricing: unknown word `giving`\n  |\n8 | pricing = \"giving\"\n  |           ^^^^^^^^\n\
             hint: did you mean `given`?",
        ),
        (
            with("{count}", "{cuont}"),
            "mapping.toml:13:12: line.quantity: the file has no column `cuont`\n   |\n13 | quantity = \"{cuont}\"\n   \
             |            ^^^^^^^^^\nhint: did you mean `count`?",
        ),
        (
            with("{count}", "{weight}"),
            "mapping.toml:13:12: line.quantity: the file has no column `weight`\n   |\n13 | quantity = \"{weight}\"\n   \
             |            ^^^^^^^^^^\nhint: its columns are `order`, `when`, `who`, `item`, `count`, `price`",
        ),
        (
            with("{count}", "{7}"),
            "mapping.toml:13:12: line.quantity: there is no column 7, the file has 6\n   |\n13 | quantity = \"{7}\"\n   \
             |            ^^^^^",
        ),
        (
            with("{count}", "{count"),
            "mapping.toml:13:12: line.quantity: a brace that has no partner\n   |\n13 | quantity = \"{count\"\n   \
             |            ^^^^^^^^\nhint: write a column as `{name}`, and a brace as `{{` or `}}`",
        ),
        (
            with("Asia/Shanghai", "Asia/Shangai"),
            "mapping.toml:6:13: order.time_zone: no time zone is named `Asia/Shangai`\n  |\n\
             6 | time_zone = \"Asia/Shangai\"\n  |             ^^^^^^^^^^^^^^\nhint: did you mean `Asia/Shanghai`?",
        ),
        (
            with("time_zone = \"Asia/Shanghai\"", ""),
            "mapping.toml:2:1: order.time_zone: missing key\n  |\n2 | [order]\n  | ^^^^^^^\n\
             hint: say where the clock stood: `time_zone = \"Europe/London\"`",
        ),
        (
            with("time_format = \"%Y-%m-%d %H:%M\"", ""),
            "mapping.toml:6:13: order.time_zone: a zone without a format has no effect\n  |\n\
             6 | time_zone = \"Asia/Shanghai\"\n  |             ^^^^^^^^^^^^^^^\n\
             hint: add `time_format = \"%Y-%m-%d %H:%M:%S\"`; without it times are RFC 3339",
        ),
        (
            with("%H:%M", "%H:%M %z"),
            "mapping.toml:5:15: order.time_format: a format with an offset needs no `time_zone`\n  |\n\
             5 | time_format = \"%Y-%m-%d %H:%M %z\"\n  |               ^^^^^^^^^^^^^^^^^^^\nhint: remove one of the two",
        ),
        (
            with("%Y-%m-%d %H:%M", "%H:%M"),
            "mapping.toml:5:15: order.time_format: `%H:%M` is no format of a time: it has no date\n  |\n\
             5 | time_format = \"%H:%M\"\n  |               ^^^^^^^\n\
             hint: write it like `%Y-%m-%d %H:%M:%S`; the fields are those of `strptime`",
        ),
        (
            with("price = \"{price}\"", ""),
            "mapping.toml:11:1: line.price: missing key\n   |\n11 | [line]\n   | ^^^^^^\n\
             hint: `price` is the price of one unit, `amount` the amount of the whole line; one is needed",
        ),
        (
            with("price = \"{price}\"", "price = \"{price}\"\namount = \"{price}\""),
            "mapping.toml:11:1: line.amount: `price` and `amount` cannot both be given\n   |\n11 | [line]\n   | ^^^^^^\n\
             hint: `price` is of one unit, `amount` of the whole line",
        ),
        (
            with("[line]", "[[skip]]\nvalue = \"{item}\"\nreason = \"r\"\n[line]"),
            "mapping.toml:11:1: skip[0]: expected one condition\n   |\n11 | [[skip]]\n   | ^^^^^^^^\n\
             hint: use one of `starts_with`, `is`, `equals` and `below`; another condition is another rule",
        ),
        (
            with("[line]", "[[skip]]\nvalue = \"{item}\"\nreason = \"r\"\nbelow = \"x\"\n[line]"),
            "mapping.toml:14:9: skip[0].below: `x` is no number: expected a digit, found `x`\n   |\n\
             14 | below = \"x\"\n   |         ^^^",
        ),
        (
            with("[line]", "[line]\nkinds = { POST = \"shiping\" }"),
            "mapping.toml:12:18: line.kinds.POST: unknown word `shiping`\n   |\n12 | kinds = { POST = \"shiping\" }\n   \
             |                  ^^^^^^^^^\nhint: did you mean `shipping`?",
        ),
        (
            with("[line]", "[line]\nkinds = { POST = \"shipping\" }"),
            "mapping.toml:12:9: line.kinds: `kinds` without `kind` has no effect\n   |\n\
             12 | kinds = { POST = \"shipping\" }\n   |         ^^^^^^^^^^^^^^^^^^^^^\n\
             hint: say which text decides: `kind = \"{stock_code}\"`",
        ),
        (
            format!("[file]\ndelimiter = \"comma\"\n{MAPPING}"),
            "mapping.toml:2:13: file.delimiter: unknown word `comma`\n  |\n2 | delimiter = \"comma\"\n  |             ^^^^^^^\n\
             hint: the words here are `,`, `;`, `|`, `tab`, `spaces`",
        ),
        (
            format!("[file]\nheader = false\n{MAPPING}"),
            "mapping.toml:5:6: order.id: the file has no column `order`\n  |\n5 | id = \"{order}\"\n  |      ^^^^^^^^^\n\
             hint: the mapping says `header = false`: name columns by number, such as `{1}`",
        ),
        (
            "[order".to_owned(),
            "mapping.toml:1:7: not valid TOML: unclosed table, expected `]`\n  |\n1 | [order\n  |       ^",
        ),
        (
            format!("x = {}", "[".repeat(1_000)),
            "mapping.toml:1:21: expected at most 16 levels and parts of a key",
        ),
    ] {
        let found = problem(&mapping, HEADER);
        if expected.contains('\n') {
            assert_eq!(found, expected);
        } else {
            assert_eq!(found.lines().next(), Some(expected));
        }
    }
}

#[test]
fn columns_that_cannot_be_told_apart_are_named_by_number() {
    let hint = "hint: name a column by its number, such as";
    let found = problem(MAPPING, "order,when,who,item,count,price,price\n");
    assert!(found.contains("line.price: the file has several columns named `price`\n"), "{found}");
    assert!(found.ends_with(&format!("{hint} `{{7}}`")), "{found}");

    let found = problem(&MAPPING.replace("{order}", "{row}"), &format!("row,{HEADER}"));
    assert!(
        found.contains("`{row}` is the number of the row, and the file has a column of this name\n"),
        "{found}"
    );
    assert!(found.ends_with(&format!("{hint} `{{1}}`")), "{found}");
}

#[test]
fn a_file_without_columns_is_a_problem() {
    let empty = "shop.csv: expected a header, found an empty file\nhint: a file without a header needs `header = false`";
    assert_eq!(problem(MAPPING, ""), empty);
}

#[test]
fn the_command_reads_packed_files_and_ends_as_documented() {
    let folder = tempfile::tempdir().unwrap();
    let packed = folder.path().join("export");
    let mut packer =
        flate2::write::GzEncoder::new(fs::File::create(&packed).unwrap(), flate2::Compression::fast());
    packer.write_all(text_of("cdnow.txt").as_bytes()).unwrap();
    packer.finish().unwrap();

    let out = folder.path().join("events.jsonl");
    let mut arguments = ImportArguments {
        mapping: mappings().join("cdnow.toml"),
        file: packed.clone(),
        out: Some(out.clone()),
    };
    let run = |arguments: &ImportArguments| {
        let mut words = Vec::new();
        let exit = run_with(arguments, &mut words).unwrap();
        let words = String::from_utf8(words).unwrap().replace(&*arguments.file.to_string_lossy(), "FILE");
        (exit, words, fs::read_to_string(&out).unwrap().lines().count())
    };
    let words = "FILE:3: skipped: a purchase of nothing is no sale\n\
                 FILE: 4 orders with 4 lines from 5 rows\n  1 skipped: a purchase of nothing is no sale\n";
    // Skipped rows are no rejected ones.
    assert_eq!(run(&arguments), (Exit::Success, words.to_owned(), 4));

    arguments.mapping = mappings().join("online-retail.toml");
    arguments.file = mappings().join("online-retail.csv");
    let (exit, words, lines) = run(&arguments);
    assert_eq!((exit, lines), (Exit::Rejected, 3));
    assert!(
        words.starts_with("FILE:6: refused: cancellation lines are refused until refunds exist\n"),
        "{words}"
    );

    let exit = |arguments: &ImportArguments| {
        let problem = run_with(arguments, &mut Vec::new()).unwrap_err();
        (problem.exit(), problem.to_string())
    };
    let bytes = fs::read(&packed).unwrap();
    fs::write(&packed, &bytes[..bytes.len() - 9]).unwrap();
    arguments.mapping = mappings().join("cdnow.toml");
    arguments.file = packed;
    let problem = format!("`{}` cannot be read to its end", arguments.file.display());
    assert_eq!(exit(&arguments), (Exit::NotLoaded, problem));

    arguments.file = folder.path().join("none.csv");
    let problem = format!("`{}` cannot be read", arguments.file.display());
    assert_eq!(exit(&arguments), (Exit::NotLoaded, problem));

    arguments.file = mappings().join("cdnow.txt");
    arguments.out = Some(folder.path().join("none/events.jsonl"));
    let problem = format!("`{}` cannot be written", folder.path().join("none/events.jsonl").display());
    assert_eq!(exit(&arguments), (Exit::Output, problem));
}
