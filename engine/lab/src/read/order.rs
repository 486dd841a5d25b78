//! The order of a case: what it leaves out gets its default.
//!
//! Invariant: what is given stays as it was written; only what is missing is filled in.

use crate::raw::{self, quoted};

/// The moment of an order that does not say when it was paid.
const TIME: &str = "2026-03-02T10:00:00+08:00";

/// The event that the order was paid. `number`: which order of the case it is, from 1.
pub(crate) fn paid(order: &str, currency: &str, number: usize) -> String {
    let id = format!("A{number}");
    let defaults = [
        ("kind", quoted("order.paid")),
        ("order", quoted(&id)),
        ("time", quoted(TIME)),
        ("currency", quoted(currency)),
        ("pricing", quoted("engine")),
        ("buyer", "{\"id\":\"b1\"}".to_owned()),
    ];
    let mut entries: Vec<(String, String)> =
        defaults.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    // What is no object is told by who reads the event.
    let Some(given) = raw::owned(order) else { return order.to_owned() };
    for (key, value) in given {
        let value = match key.as_str() {
            "buyer" => buyer(value),
            "lines" => lines(value),
            _ => value,
        };
        match entries.iter_mut().find(|(known, _)| *known == key) {
            Some((_, default)) if key == "buyer" => *default = raw::merge(default, &value),
            Some((_, default)) => *default = value,
            None => entries.push((key, value)),
        }
    }
    raw::print(&entries)
}

/// A buyer may be an id.
fn buyer(value: String) -> String {
    match raw::text(&value) {
        Some(id) => format!("{{\"id\":{}}}", quoted(&id)),
        None => value,
    }
}

fn lines(value: String) -> String {
    let Some(lines) = raw::items(&value) else { return value };
    let lines = lines.into_iter().enumerate().map(|(place, line)| {
        let Some(mut entries) = raw::owned(line.get()) else { return line.get().to_owned() };
        let has = |entries: &[(String, String)], key: &str| entries.iter().any(|(known, _)| known == key);
        if !has(&entries, "id") {
            entries.insert(0, ("id".to_owned(), quoted(&place.saturating_add(1).to_string())));
        }
        if !has(&entries, "quantity") {
            entries.push(("quantity".to_owned(), "1".to_owned()));
        }
        raw::print(&entries)
    });
    format!("[{}]", lines.collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use super::paid;

    #[test]
    fn what_is_left_out_is_filled_in() {
        assert_eq!(
            paid(
                r#"{"buyer":"x","seller":"s1","lines":[{"price":9.90},{"id":"w","quantity":2,"price":"1"}]}"#,
                "CNY",
                2
            ),
            concat!(
                r#"{"kind":"order.paid","order":"A2","time":"2026-03-02T10:00:00+08:00","currency":"CNY","#,
                r#""pricing":"engine","buyer":{"id":"x"},"seller":"s1","#,
                r#""lines":[{"id":"1","price":9.90,"quantity":1},{"id":"w","quantity":2,"price":"1"}]}"#
            )
        );
    }
}
