//! The schema of the events of the ledger: it knows every kind and field, and speaks of JSON's units.

use std::collections::{BTreeMap, BTreeSet};

use fenrun::event::schema;
use serde_json::Value;

use super::good::EVENTS;

#[test]
fn the_schema_knows_every_kind_and_every_field() {
    let schema = schema();
    let of_ledger = schema["$defs"]["LedgerEvent"]["anyOf"].as_array().unwrap();
    let name = |kind: &Value| kind["$ref"].as_str().unwrap().trim_start_matches("#/$defs/").to_owned();
    let known: BTreeSet<String> = of_ledger.iter().map(name).collect();
    let mut told: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (json, _) in EVENTS {
        let event: Value = serde_json::from_str(json).unwrap();
        let kind = event["kind"].as_str().unwrap();
        let of_kind = &schema["$defs"][kind];
        assert_eq!(of_kind["properties"]["kind"]["const"], kind);
        assert_eq!(of_kind["additionalProperties"], false);
        told.entry(kind.to_owned()).or_default().extend(event.as_object().unwrap().keys().cloned());
    }
    for (kind, written) in &told {
        let fields: BTreeSet<String> =
            schema["$defs"][kind]["properties"].as_object().unwrap().keys().cloned().collect();
        assert_eq!(&fields, written, "the good events of the kind {kind} have every field");
    }
    let told: BTreeSet<String> = told.into_keys().collect();
    assert_eq!(told, known, "there is a good event of every kind");
    assert_eq!(known.len(), 32);
}

#[test]
fn the_schema_speaks_of_major_units() {
    let schema = schema();
    for (kind, field, description) in [
        ("order.refunded", "shipping", "What went back of the shipping. In major units."),
        ("payout.requested", "amount", "How much; left out, everything that is available. In major units."),
        ("receivable.written_off", "amount", "How much; left out, all of it. In major units."),
        ("balance.opened", "available", "What is free to be paid out. In major units."),
        ("balance.opened", "owed", "What the party owes. In major units."),
    ] {
        assert_eq!(schema["$defs"][kind]["properties"][field]["description"], description);
    }
    for (kind, _) in EVENTS.iter().map(|(json, key)| (key.split('/').next().unwrap(), json)) {
        let text = schema["$defs"][kind].to_string();
        assert!(!text.contains("minor units"), "{text}");
    }
}

#[test]
fn the_readme_names_every_kind() {
    let readme = include_str!("../../../../README.md");
    for kind in EVENTS.iter().map(|(_, key)| key.split('/').next().unwrap()) {
        assert!(readme.contains(&format!("`{kind}`")), "{kind}");
    }
}
