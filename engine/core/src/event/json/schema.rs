//! The JSON Schema of one event.
//!
//! Invariant: comes from the same types that read and write events, so it cannot say anything else.

use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::wire::EventWire;

/// The JSON Schema (draft 2020-12) of one order event, with units in the descriptions.
///
/// ```
/// let schema = fenrun::event::schema();
/// assert_eq!(schema["title"], "Order event");
/// assert_eq!(schema["$defs"]["OrderPaid"]["properties"]["kind"]["const"], "order.paid");
/// ```
#[must_use]
pub fn schema() -> Value {
    let generator = SchemaSettings::draft2020_12().into_generator();
    let mut schema = generator.into_root_schema_for::<EventWire<'static>>().to_value();
    unwrap_lines(&mut schema);
    schema
}

/// Descriptions come from source comments; their line ends mean nothing.
fn unwrap_lines(value: &mut Value) {
    match value {
        Value::String(text) if text.contains('\n') => *text = text.replace('\n', " "),
        Value::Array(values) => values.iter_mut().for_each(unwrap_lines),
        Value::Object(fields) => fields.values_mut().for_each(unwrap_lines),
        _ => {}
    }
}
