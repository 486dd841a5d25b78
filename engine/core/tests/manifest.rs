//! Manifests that are read and refused, and configurations checked against them, with the exact texts.

#![expect(clippy::panic, reason = "tests stop at the first broken expectation")]

use std::fmt::Write as _;

use fenrun::manifest::{
    ConfigurationErrorKind, ConfigurationInput, ConfigureContext, FieldType, InputValue, Manifest, Monotone,
    schema,
};
use fenrun_abi::code::Hook;
use fenrun_abi::host::{Configuration, Value};
use fenrun_money::{Currency, Rate};
use proptest::prelude::*;
use serde_json::json;

/// The example of the module's documentation, with a field of every type.
const FULL: &str = r#"{
    "name": "three-level", "version": "1.0.0", "abi": 1, "summary": "Seller, upline and its upline.",
    "hooks": ["shares", "discounts"],
    "configuration": {
        "base":   {"type": "base", "default": "paid", "about": "what the rates apply to"},
        "rates":  {"type": "list", "items": {"type": "rate", "maximum": "50%", "about": "of a level"},
                   "min_items": 1, "max_items": 3, "default": ["20%", 0.05, "3/100"]},
        "limit":  {"type": "amount", "maximum": "1000", "optional": true},
        "tiers":  {"type": "list", "max_items": 8, "default": [],
                   "items": {"type": "table", "fields": {
                       "from": {"type": "amount"}, "rate": {"type": "rate"}, "name": {"type": "text", "default": "-"}}}},
        "mode":   {"type": "choice", "choices": ["marginal", "whole"], "default": "marginal"},
        "orders": {"type": "integer", "minimum": 1, "maximum": 12, "default": 2},
        "strict": {"type": "boolean", "default": false},
        "role":   {"type": "role", "default": "guide"},
        "within": {"type": "duration", "minimum": "1 hour", "maximum": "1 week", "default": "7 days"},
        "tag":    {"type": "text", "max_bytes": 8, "optional": true}
    }
}"#;

fn manifest(json: &str) -> Manifest {
    Manifest::parse(json.as_bytes()).unwrap_or_else(|error| panic!("{error}"))
}

/// A manifest with these fields.
fn with_fields(fields: &str) -> String {
    format!(r#"{{"name":"p","version":"1.0.0","abi":1,"hooks":["shares"],"configuration":{{{fields}}}}}"#)
}

fn input(json: &str) -> ConfigurationInput {
    ConfigurationInput::from_json(json).unwrap_or_else(|error| panic!("{error}"))
}

fn roles() -> Vec<String> {
    vec!["广告".into(), "courier".into()]
}

fn configured(manifest: &Manifest, json: &str, currency: Currency) -> (Configuration, serde_json::Value) {
    let context = ConfigureContext { currency, roles: &roles() };
    manifest.configure(&input(json), &context).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn a_manifest_is_read_into_exact_types() {
    let manifest = manifest(FULL);
    assert_eq!((manifest.name(), manifest.version()), ("three-level", "1.0.0"));
    assert_eq!(manifest.summary(), "Seller, upline and its upline.");
    assert_eq!(manifest.hooks(), [Hook::Discounts, Hook::Shares]);
    let names: Vec<_> = manifest.fields().iter().map(|field| field.name()).collect();
    assert_eq!(
        names,
        ["base", "rates", "limit", "tiers", "mode", "orders", "strict", "role", "within", "tag"],
        "the order of the manifest is kept"
    );
    let [base, rates, limit, ..] = manifest.fields() else { panic!("three fields") };
    assert_eq!((base.about(), base.is_required()), ("what the rates apply to", false));
    assert!(limit.is_optional() && limit.default().is_none());
    let FieldType::List { items, items_min: 1, items_max: 3 } = rates.kind() else { panic!("{rates:?}") };
    assert_eq!(**items, FieldType::Rate { minimum: Rate::ZERO, maximum: Rate::percent(50) });
    assert_eq!(
        rates.default().unwrap(),
        &ConfigurationInput::list([
            "20%".into(),
            InputValue::Decimal("0.05".into()).into(),
            ConfigurationInput::from("3/100"),
        ])
    );
}

#[test]
fn a_configuration_becomes_exact_values_by_path() {
    let manifest = manifest(FULL);
    let json = r#"{"limit": 49.9, "mode": "whole", "strict": true, "role": "广告", "within": "36 hours",
                   "tiers": [{"rate": "7‰", "from": "1000"}, {"from": 5000.5, "rate": "1/3", "name": "gold"}]}"#;
    let (configuration, canonical) = configured(&manifest, json, Currency::CNY);
    let text = |text: &str| Value::Text(text.into());
    let expected = [
        ("base", Value::Integer(1)),
        ("limit", Value::Integer(49_90)),
        ("mode", Value::Integer(1)),
        ("orders", Value::Integer(2)),
        ("rates", Value::List(3)),
        ("rates.0", Value::Rate(Rate::percent(20))),
        ("rates.1", Value::Rate(Rate::percent(5))),
        ("rates.2", Value::Rate(Rate::percent(3))),
        ("role", text("广告")),
        ("strict", Value::Integer(1)),
        ("tiers", Value::List(2)),
        ("tiers.0.from", Value::Integer(100_000)),
        ("tiers.0.name", text("-")),
        ("tiers.0.rate", Value::Rate(Rate::permille(7))),
        ("tiers.1.from", Value::Integer(500_050)),
        ("tiers.1.name", text("gold")),
        ("tiers.1.rate", Value::Rate(Rate::new(1, 3).unwrap())),
        ("within", Value::Integer(36 * 3_600)),
    ];
    // An optional value that is absent (`tag`) has no path.
    assert_eq!(
        configuration.iter().collect::<Vec<_>>(),
        expected.each_ref().map(|(path, value)| (*path, value))
    );
    assert_eq!(
        canonical,
        json!({
            "base": "paid", "limit": "49.90", "mode": "whole", "orders": 2, "rates": ["20%", "5%", "3%"],
            "role": "广告", "strict": true, "within": "36 hours",
            "tiers": [{"from": "1000.00", "name": "-", "rate": "0.7%"}, {"from": "5000.50", "name": "gold", "rate": "1/3"}]
        })
    );
}

#[test]
fn the_same_configuration_has_the_same_canonical_text_however_it_is_written() {
    let manifest = manifest(FULL);
    let text = |json: &str| configured(&manifest, json, Currency::CNY).1.to_string();
    assert_eq!(
        text(r#"{"rates": ["20%", 0.050], "limit": 10, "within": "1 day"}"#),
        text(r#"{"within": "24 hours", "limit": "1e1", "rates": ["1/5", "50‰"], "base": "paid"}"#)
    );
    // Keys are sorted whatever the map they are kept in.
    assert!(text("{}").starts_with(r#"{"base":"paid","mode":"marginal","orders":2,"rates":["#));
}

#[test]
fn amounts_have_the_decimals_of_the_currency() {
    let manifest = manifest(&with_fields(r#""fee": {"type": "amount", "default": "1.5"}"#));
    for (currency, minor, canonical) in [(Currency::CNY, 150, "1.50"), (Currency::KWD, 1_500, "1.500")] {
        let (configuration, value) = configured(&manifest, "{}", currency);
        assert_eq!(configuration.get("fee"), Some(&Value::Integer(minor)));
        assert_eq!(value, json!({ "fee": canonical }));
    }
    let context = ConfigureContext { currency: Currency::JPY, roles: &[] };
    assert_eq!(
        manifest.configure(&ConfigurationInput::empty(), &context).unwrap_err().to_string(),
        "`fee`: `1.5` is not an amount such as `49.90`: in JPY, expected no decimals, found 1"
    );
}

#[test]
fn a_configuration_that_does_not_fit_is_refused_with_path_and_remedy() {
    use ConfigurationErrorKind::{Malformed, Missing, OutOfBounds, Repeated, UnknownKey, WrongType};

    let full = manifest(FULL);
    let required = manifest(&with_fields(
        r#""rate": {"type": "rate"}, "rates": {"type": "list", "items": {"type": "rate"}}, "wide": {"type": "rate", "maximum": "300%", "default": "300%"}"#,
    ));
    let mut wrong = String::new();
    for (manifest, json, kind, expected) in [
        (&full, r#"{"rate": ["5%"]}"#, UnknownKey, "`rate`: unknown key; hint: did you mean `rates`?"),
        (
            &required,
            r#"{"commission": 1}"#,
            UnknownKey,
            "`commission`: unknown key; hint: the permitted keys are `rate`, `rates`, `wide`",
        ),
        (
            &full,
            r#"{"tiers": [{"from": 1, "rate": "1%", "frm": 2}]}"#,
            UnknownKey,
            "`tiers.0.frm`: unknown key; hint: did you mean `from`?",
        ),
        (
            &required,
            "{}",
            Missing,
            "`rate`: missing, expected a rate such as `20%`; \
             hint: a missing rate is not a zero rate; write `0%` to give nothing",
        ),
        (
            &required,
            r#"{"rate": "1%"}"#,
            Missing,
            "`rates`: missing, expected a list, each item a rate such as `20%`",
        ),
        (
            &full,
            r#"{"tiers": [{"from": 1, "rate": "1%"}, {"rate": "1%"}]}"#,
            Missing,
            "`tiers.1.from`: missing, expected an amount such as `49.90`",
        ),
        (&full, "[]", WrongType, "found a list, expected a table"),
        (
            &full,
            r#"{"rates": "20%"}"#,
            WrongType,
            "`rates`: found the text `20%`, expected a list, each item a rate such as `20%`",
        ),
        (
            &full,
            r#"{"rates": [["20%"]]}"#,
            WrongType,
            "`rates.0`: found a list, expected a rate such as `20%`",
        ),
        (&full, r#"{"orders": "3"}"#, WrongType, "`orders`: found the text `3`, expected a whole number"),
        (&full, r#"{"orders": 1.5}"#, WrongType, "`orders`: found `1.5`, expected a whole number"),
        (&full, r#"{"strict": 1}"#, WrongType, "`strict`: found `1`, expected `true` or `false`"),
        (&full, r#"{"tag": 7}"#, WrongType, "`tag`: found `7`, expected a text"),
        (&full, r#"{"within": 7}"#, WrongType, "`within`: found `7`, expected a duration such as `7 days`"),
        (&full, r#"{"tiers": [3]}"#, WrongType, "`tiers.0`: found `3`, expected a table"),
        (
            &full,
            r#"{"rates": ["2O%"]}"#,
            Malformed,
            "`rates.0`: `2O%` is not a rate such as `20%`: expected a digit, found `O`",
        ),
        (
            &full,
            r#"{"rates": ["20%", 5]}"#,
            Malformed,
            "`rates.1`: `5` is not a rate such as `20%`: a plain number above 1 may mean two things; \
             hint: write `20%` or `20/1`",
        ),
        (
            &full,
            r#"{"rates": ["-5%"]}"#,
            Malformed,
            "`rates.0`: `-5%` is not a rate such as `20%`: a rate cannot be negative",
        ),
        (
            &full,
            r#"{"limit": "49.901"}"#,
            Malformed,
            "`limit`: `49.901` is not an amount such as `49.90`: in CNY, expected at most 2 decimals, found 3",
        ),
        (
            &full,
            r#"{"limit": 1e308}"#,
            Malformed,
            "`limit`: `1e308` is not an amount such as `49.90`: in CNY, too large for an amount",
        ),
        (
            &full,
            r#"{"mode": "hole"}"#,
            Malformed,
            "`mode`: found `hole`, expected one of `marginal`, `whole`; hint: did you mean `whole`?",
        ),
        (
            &full,
            r#"{"base": "pay"}"#,
            Malformed,
            "`base`: found `pay`, expected one of `list`, `paid`, `ex_tax`, `margin`, `net`, `left`; \
             hint: did you mean `paid`?",
        ),
        (
            &full,
            r#"{"role": "gide"}"#,
            Malformed,
            "`role`: `gide` is neither a well-known role nor declared by the program; hint: did you mean `guide`?",
        ),
        (
            &full,
            r#"{"role": "astronaut"}"#,
            Malformed,
            "`role`: `astronaut` is neither a well-known role nor declared by the program; \
             hint: declare the role in the program file",
        ),
        (
            &full,
            r#"{"within": "2 months"}"#,
            Malformed,
            "`within`: `2 months` is not a duration such as `7 days`: \
             expected a whole number and one of `weeks`, `days`, `hours`, `minutes`, `seconds`",
        ),
        (&full, r#"{"rates": ["51%"]}"#, OutOfBounds, "`rates.0`: found `51%`, at most `50%` is allowed"),
        (&required, r#"{"rate": "101%"}"#, OutOfBounds, "`rate`: found `101%`, at most `100%` is allowed"),
        (&full, r#"{"limit": -0.01}"#, OutOfBounds, "`limit`: found `-0.01`, at least `0.00` is allowed"),
        (
            &full,
            r#"{"limit": "1000.01"}"#,
            OutOfBounds,
            "`limit`: found `1000.01`, at most `1000.00` is allowed",
        ),
        (&full, r#"{"orders": 0}"#, OutOfBounds, "`orders`: found `0`, at least `1` is allowed"),
        (&full, r#"{"orders": 13}"#, OutOfBounds, "`orders`: found `13`, at most `12` is allowed"),
        (
            &full,
            r#"{"within": "8 days"}"#,
            OutOfBounds,
            "`within`: found `8 days`, at most `7 days` is allowed",
        ),
        (
            &full,
            r#"{"within": "1 second"}"#,
            OutOfBounds,
            "`within`: found `1 second`, at least `1 hour` is allowed",
        ),
        (&full, r#"{"rates": []}"#, OutOfBounds, "`rates`: found 0 items, at least 1 are allowed"),
        (&full, r#"{"rates": [0, 0, 0, 0]}"#, OutOfBounds, "`rates`: found 4 items, at most 3 are allowed"),
        (&full, r#"{"tag": "123456789"}"#, OutOfBounds, "`tag`: found 9 bytes, at most 8 are allowed"),
        (
            &full,
            r#"{"mode": "\u001b[31m\u202e`"}"#,
            Malformed,
            r"`mode`: found `\u{1b}[31m\u{202e}\u{60}`, expected one of `marginal`, `whole`",
        ),
    ] {
        let context = ConfigureContext { currency: Currency::CNY, roles: &roles() };
        let error = match manifest.configure(&input(json), &context) {
            Ok((found, _)) => panic!("{json} gave {found:?}"),
            Err(error) => error,
        };
        if error.to_string() != expected || error.kind() != kind {
            write!(
                wrong,
                "\n{json}\n  found    {error} ({:?})\n  expected {expected} ({kind:?})",
                error.kind()
            )
            .unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");

    let twice = ConfigurationInput::table([("orders", 1.into()), ("orders", 2.into())]);
    let context = ConfigureContext { currency: Currency::CNY, roles: &[] };
    let error = full.configure(&twice, &context).unwrap_err();
    assert_eq!((error.kind(), error.to_string().as_str()), (Repeated, "`orders`: given twice"));
}

#[test]
fn an_error_knows_its_place_in_the_file() {
    let manifest = manifest(FULL);
    let json = r#"{"orders": 3, "rates": ["20%", "no"]}"#;
    let context = ConfigureContext { currency: Currency::CNY, roles: &[] };
    let error = manifest.configure(&input(json), &context).unwrap_err();
    assert_eq!(&json[error.place().unwrap()], r#""no""#);
    let error = error.below("policies.0.configuration");
    assert_eq!(error.path(), "policies.0.configuration.rates.1");
}

#[test]
fn one_configuration_holds_a_bounded_number_of_values() {
    let fields = r#""rows": {"type": "list", "max_items": 1024, "items": {"type": "table", "fields": {
        "row": {"type": "list", "items": {"type": "integer"}, "default": [1,2,3,4,5,6,7,8]}}}}"#;
    let rows = format!(r#"{{"rows": [{}]}}"#, vec!["{}"; 1_000].join(","));
    let context = ConfigureContext { currency: Currency::CNY, roles: &[] };
    let error = manifest(&with_fields(fields)).configure(&input(&rows), &context).unwrap_err();
    assert_eq!(error.kind(), ConfigurationErrorKind::TooMany);
    assert!(error.to_string().ends_with(": more than 4096 values in one configuration"), "{error}");
}

#[test]
fn a_manifest_with_a_mistake_is_refused_with_its_path() {
    let top = |from: &str, to: &str| {
        let json = r#"{"name":"p","version":"1.0.0","abi":1,"hooks":["shares"]}"#;
        assert!(json.contains(from), "{from}");
        json.replacen(from, to, 1)
    };
    let deep = r#"{"type":"list","items":"#.repeat(7) + r#"{"type":"rate"}"# + &"}".repeat(7);
    let types = "`rate`, `amount`, `integer`, `boolean`, `text`, `choice`, `base`, `role`, `duration`, `list`, `table`";
    let mut wrong = String::new();
    for (json, expected) in [
        (String::new(), "not JSON: EOF while parsing a value at line 1 column 0".to_owned()),
        ("[]".into(), "found a list, expected an object".into()),
        (top("1,", "1,,"), "not JSON: key must be a string at line 1 column 39".into()),
        (top(r#""name""#, r#""abi":1,"name""#), "`abi`: given twice".into()),
        (top(r#""name""#, r#""nmae""#), "`nmae`: unknown key; hint: did you mean `name`?".into()),
        (top(r#""name":"p","#, ""), "`name`: missing, expected a name such as `three-level`".into()),
        (
            top(r#""p""#, r#""Three Level""#),
            "`name`: found `Three Level`, expected a name such as `three-level`; \
             hint: lower-case words joined by `-`, at most 64 bytes"
                .into(),
        ),
        (top("1.0.0", "1.0"), "`version`: found `1.0`, expected a version such as `1.0.0`".into()),
        (top(r#""1.0.0""#, "1.0"), "`version`: found `1.0`, expected a version such as `1.0.0`".into()),
        (top(r#""abi":1"#, r#""abi":2"#), "`abi`: found `2`, this engine speaks version `1` of the contract".into()),
        (top(r#""abi":1,"#, ""), "`abi`: missing, expected `1`".into()),
        (top(r#"["shares"]"#, "[]"), "`hooks`: found no hook, expected at least one of `discounts`, `shares`, `grants`, `period`".into()),
        (top(r#"["shares"]"#, r#""shares""#), "`hooks`: found `shares`, expected a list of hooks such as `shares`".into()),
        (
            top(r#"["shares"]"#, r#"["share"]"#),
            "`hooks.0`: found `share`, expected one of `discounts`, `shares`, `grants`, `period`; hint: did you mean `shares`?".into(),
        ),
        (
            top(r#"["shares"]"#, r#"["configure","shares"]"#),
            "`hooks.0`: found `configure`, expected one of `discounts`, `shares`, `grants`, `period`; \
             hint: `configure` is not listed; it is called where the module exports it"
                .into(),
        ),
        (top(r#"["shares"]"#, r#"["shares","shares"]"#), "`hooks.1`: found `shares` twice".into()),
        (
            top(r#""hooks""#, r#""summary":"a\u202eb","hooks""#),
            r"`summary`: found the hidden character `\u{202e}`; hint: write plain text on one line".into(),
        ),
        (with_fields(r#""a":{}"#), format!("`configuration.a.type`: missing, expected one of {types}")),
        (
            with_fields(r#""a":{"type":"ratio"}"#),
            format!("`configuration.a.type`: found `ratio`, expected one of {types}; hint: did you mean `rate`?"),
        ),
        (
            with_fields(r#""a":{"type":"rate","max":"1%"}"#),
            "`configuration.a.max`: unknown key; hint: did you mean `maximum`?".into(),
        ),
        (
            with_fields(r#""a":{"type":"boolean","choices":[]}"#),
            "`configuration.a.choices`: unknown key; \
             hint: the permitted keys are `type`, `about`, `default`, `optional`"
                .into(),
        ),
        (
            with_fields(r#""A":{"type":"rate"}"#),
            "`configuration.A`: not the name of a field; \
             hint: a letter, then lower-case letters, digits or `_`, at most 32 bytes"
                .into(),
        ),
        (
            with_fields(r#""a":{"type":"rate","default":"130%"}"#),
            "`configuration.a.default`: found `130%`, at most `100%` is allowed".into(),
        ),
        (
            with_fields(r#""a":{"type":"list","items":{"type":"rate"},"default":["1%","x"]}"#),
            "`configuration.a.default.1`: `x` is not a rate such as `20%`: expected a digit, found `x`".into(),
        ),
        (
            with_fields(r#""a":{"type":"amount","default":"1.00000"}"#),
            "`configuration.a.default`: `1.00000` is not an amount such as `49.90`: \
             expected at most 4 decimals, found 5"
                .into(),
        ),
        (
            with_fields(r#""a":{"type":"rate","default":"1%","optional":true}"#),
            "`configuration.a`: both `optional` and `default` are given; \
             hint: a field with a default never lacks a value"
                .into(),
        ),
        (
            with_fields(r#""a":{"type":"rate","minimum":"20%","maximum":"10%"}"#),
            "`configuration.a`: the minimum is above the maximum".into(),
        ),
        (
            with_fields(r#""a":{"type":"rate","minimum":5}"#),
            "`configuration.a.minimum`: `5` is not a rate such as `20%`: a plain number above 1 may mean two things; \
             hint: write `20%` or `20/1`"
                .into(),
        ),
        (
            with_fields(r#""a":{"type":"integer","maximum":1.5}"#),
            "`configuration.a.maximum`: found `1.5`, expected a whole number".into(),
        ),
        (
            with_fields(r#""a":{"type":"text","max_bytes":129}"#),
            "`configuration.a.max_bytes`: found `129`, expected 1 to 128".into(),
        ),
        (
            with_fields(r#""a":{"type":"duration","minimum":"1 month"}"#),
            "`configuration.a.minimum`: found `1 month`, expected a duration such as `7 days`".into(),
        ),
        (with_fields(r#""a":{"type":"choice"}"#), "`configuration.a.choices`: missing, expected a list of words".into()),
        (
            with_fields(r#""a":{"type":"choice","choices":[]}"#),
            "`configuration.a.choices`: found 0 choices, expected 1 to 64".into(),
        ),
        (
            with_fields(r#""a":{"type":"choice","choices":["x","x"]}"#),
            "`configuration.a.choices.1`: found `x` twice".into(),
        ),
        (
            with_fields(r#""a":{"type":"list"}"#),
            "`configuration.a.items`: missing, expected an object that says what an item is".into(),
        ),
        (
            with_fields(r#""a":{"type":"list","items":{"type":"rate","default":"1%"}}"#),
            "`configuration.a.items.default`: unknown key; \
             hint: the permitted keys are `type`, `about`, `minimum`, `maximum`"
                .into(),
        ),
        (
            with_fields(r#""a":{"type":"table"}"#),
            "`configuration.a.fields`: missing, expected an object of fields".into(),
        ),
        (
            with_fields(&format!(r#""a":{deep}"#)),
            "`configuration.a.items.items.items.items.items.items`: more than 6 levels of lists and tables".into(),
        ),
        (with_fields(r#""a":{"type":"rate","about":null}"#), "`configuration.a.about`: found `null`, expected a value; hint: leave the key out".into()),
    ] {
        let found = Manifest::parse(json.as_bytes()).map_or_else(|error| error.to_string(), |_| "read".into());
        if found != expected {
            write!(wrong, "\n{json}\n  found    {found}\n  expected {expected}").unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn what_a_policy_grows_with_is_one_of_three_words_about_its_own_hooks() {
    let with = |hooks: &str, promises: &str| {
        let json =
            format!(r#"{{"name":"a","version":"1.0.0","abi":1,"hooks":[{hooks}],"monotone":{promises}}}"#);
        Manifest::parse(json.as_bytes())
    };
    let told = |hooks, promises| with(hooks, promises).unwrap_err().to_string();
    let both = with(r#""shares","discounts""#, r#"["price","paid"]"#).unwrap();
    assert_eq!(both.monotone(), [Monotone::Paid, Monotone::Price], "in the order of the documentation");
    assert_eq!(with(r#""grants""#, r#"["discount"]"#).unwrap().monotone(), [Monotone::Discount]);
    assert_eq!(with(r#""period""#, "[]").unwrap().monotone(), []);
    for (hooks, promises, expected) in [
        (
            r#""shares""#,
            r#"["payd"]"#,
            "`monotone.0`: found `payd`, expected one of `paid`, `discount`, `price`; hint: did you mean `paid`?",
        ),
        (r#""shares""#, r#"["paid","paid"]"#, "`monotone.1`: found `paid` twice"),
        (
            r#""shares""#,
            r#"["price"]"#,
            "`monotone.0`: `price` is about `discounts`, which this policy has not got; hint: leave the word out",
        ),
        (
            r#""period""#,
            r#"["paid"]"#,
            "`monotone.0`: `paid` is about `shares`, `grants`, which this policy has not got; hint: leave the word out",
        ),
        (r#""shares""#, r#""paid""#, "`monotone`: found `paid`, expected a list of words such as `paid`"),
        (r#""shares""#, "[1]", "`monotone.0`: found `1`, expected a word such as `paid`"),
    ] {
        assert_eq!(told(hooks, promises), expected);
    }
}

#[test]
fn a_manifest_that_is_a_bomb_is_refused() {
    let fields: Vec<String> = (0..65).map(|at| format!(r#""f{at}":{{"type":"rate"}}"#)).collect();
    let long = format!(r#""{}":{{"type":"rate"}}"#, "k".repeat(33));
    let nested = |name: &str, inner: String| {
        format!(r#""{}":{{"type":"table","fields":{{{inner}}}}}"#, name.repeat(32))
    };
    let path = nested("a", nested("b", nested("c", nested("d", r#""e":{"type":"rate"}"#.into()))));
    for (json, expected) in [
        (vec![b' '; 65_537], "found 65537 bytes, at most 65536 are allowed".to_owned()),
        (vec![0xff; 10], "not JSON: not UTF-8".into()),
        ("[".repeat(60_000).into(), "not JSON: EOF while parsing a list at line 1 column 60000".into()),
        (
            ("[".repeat(30_000) + &"]".repeat(30_000)).into(),
            format!("`{}`: more than 32 levels of lists and tables", vec!["0"; 33].join(".")),
        ),
        (
            with_fields(&fields.join(",")).into(),
            "`configuration`: found 65 fields, at most 64 are allowed".into(),
        ),
        (
            with_fields(&long).into(),
            format!(
                "`configuration.{}`: not the name of a field; \
                 hint: a letter, then lower-case letters, digits or `_`, at most 32 bytes",
                "k".repeat(33)
            ),
        ),
        (
            with_fields(&path).into(),
            format!(
                "`configuration.{}.fields.{}.fields.{}.fields.{}`: \
                 a path to this value can be longer than 128 bytes; hint: use shorter names or fewer levels",
                "a".repeat(32),
                "b".repeat(32),
                "c".repeat(32),
                "d".repeat(32)
            ),
        ),
    ] {
        let error = Manifest::parse(&json).unwrap_err().to_string();
        assert_eq!(error, expected);
    }
}

#[test]
fn the_schema_has_the_keys_of_the_parser() {
    let schema = serde_json::to_value(schema()).unwrap();
    let keys = |value: &serde_json::Value| {
        let mut keys: Vec<String> = value.as_object().unwrap().keys().cloned().collect();
        keys.sort();
        keys
    };
    assert_eq!(
        keys(&schema["properties"]),
        ["abi", "configuration", "hooks", "monotone", "name", "summary", "version"]
    );
    // Every type of the schema is one the parser knows, with exactly the keys it permits.
    let field = &schema["$defs"]["field"];
    let common = keys(&field["properties"]);
    assert_eq!(common, ["about", "default", "optional"]);
    let types = field["oneOf"].as_array().unwrap();
    assert_eq!(types.len(), 11);
    for kind in types {
        let name = kind["properties"]["type"]["const"].as_str().unwrap();
        let bogus = with_fields(&format!(r#""a":{{"type":"{name}","zzzzzzzzzz":1}}"#));
        let error = Manifest::parse(bogus.as_bytes()).unwrap_err().to_string();
        let mut own = keys(&kind["properties"]);
        own.extend(common.clone());
        own.sort();
        let listed = error.rsplit("the permitted keys are ").next().unwrap();
        let mut permitted: Vec<_> = listed.split(", ").map(|key| key.trim_matches('`').to_owned()).collect();
        permitted.sort();
        assert_eq!(own, permitted, "{name}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..256)) {
        let _ = Manifest::parse(&bytes);
    }

    #[test]
    fn a_mutated_manifest_is_read_or_refused(at in any::<prop::sample::Index>(), byte in 0x20_u8..0x7f) {
        let mut bytes = FULL.as_bytes().to_vec();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Err(error) = Manifest::parse(&bytes) {
            prop_assert!(!error.to_string().chars().any(char::is_control));
        }
    }

    #[test]
    fn any_text_is_a_value_or_an_error(text in ".{0,40}", key in prop::sample::select(
        vec!["base", "limit", "mode", "orders", "strict", "role", "within", "tag"]
    )) {
        let input = ConfigurationInput::table([(key, text.into())]);
        let context = ConfigureContext { currency: Currency::CNY, roles: &[] };
        match manifest(FULL).configure(&input, &context) {
            Ok((configuration, _)) => prop_assert!(configuration.get(key).is_some()),
            Err(error) => prop_assert_eq!(error.path(), key),
        }
    }

    #[test]
    fn every_rate_and_amount_is_read_exactly(hundredths in 0_i64..=5_000, minor in 0_i64..=100_000) {
        let json = format!(
            r#"{{"rates": [{}.{:02}e-2], "limit": {}.{:02}}}"#,
            hundredths / 100, hundredths % 100, minor / 100, minor % 100
        );
        let (configuration, canonical) = configured(&manifest(FULL), &json, Currency::CNY);
        prop_assert_eq!(configuration.get("rates.0"), Some(&Value::Rate(Rate::new(hundredths, 10_000).unwrap())));
        prop_assert_eq!(configuration.get("limit"), Some(&Value::Integer(minor)));
        // The canonical form reads back as the same configuration.
        let again = configured(&manifest(FULL), &canonical.to_string(), Currency::CNY);
        prop_assert_eq!(again, (configuration, canonical));
    }
}
