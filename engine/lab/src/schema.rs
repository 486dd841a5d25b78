//! The JSON Schema of a case file.
//!
//! Invariant: made from the types that read it, with the schemas of events and programs set in, so that it stands alone.

use std::borrow::Cow;

use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

use crate::file::CaseFile;

/// The JSON Schema (draft 2020-12) of a case file.
///
/// ```
/// let schema = fenrun_lab::schema();
/// assert_eq!(schema["title"], "Cases of a policy");
/// // An order of a case may leave out what an event may not.
/// assert_eq!(schema["$defs"]["Order"].get("required"), None);
/// ```
#[must_use]
pub fn schema() -> Value {
    let without_null = RecursiveTransform(drop_null as fn(&mut Schema));
    let generator = SchemaSettings::draft2020_12().with_transform(without_null).into_generator();
    let mut schema = generator.into_root_schema_for::<CaseFile<'static>>().to_value();
    set_in(&mut schema);
    unwrap_lines(&mut schema);
    schema
}

/// Stands for an event of any kind.
pub(crate) struct AnyEvent;

/// Stands for an order of which parts are left out.
pub(crate) struct OrderSketch;

/// Stands for a program of which parts are left out.
pub(crate) struct ProgramSketch;

macro_rules! stands_for {
    ($name:ident, $shown:literal) => {
        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                $shown.into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({})
            }
        }
    };
}

stands_for!(AnyEvent, "Event");
stands_for!(OrderSketch, "Order");
stands_for!(ProgramSketch, "Program");

/// Keys that may be left out may not be null, but for a tier.
fn drop_null(schema: &mut Schema) {
    if let Some(Value::Array(choices)) = schema.get_mut("anyOf") {
        choices.retain(|choice| choice.get("type").is_none_or(|name| name != "null"));
        if let [Value::Object(only)] = choices.as_slice() {
            let only = only.clone();
            schema.remove("anyOf");
            for (key, value) in only {
                schema.insert(key, value);
            }
        }
    }
}

/// Sets the schemas of events and programs in, each definition under a name of its own.
fn set_in(schema: &mut Value) {
    let mut event = fenrun::event::schema();
    let mut program = fenrun::program::schema().to_value();
    let event_parts = taken_apart(&mut event, "event");
    let program_parts = taken_apart(&mut program, "program");

    let mut order = event_parts.get("event.OrderPaid").cloned().unwrap_or_default();
    if let Value::Object(order) = &mut order {
        order.remove("required");
        order
            .insert("description".into(), json!("The order that is paid; what is left out has its default."));
        if let Some(Value::Object(properties)) = order.get_mut("properties") {
            let buyer =
                json!({ "anyOf": [{ "$ref": "#/$defs/event.Text" }, { "$ref": "#/$defs/event.Buyer" }] });
            properties.insert("buyer".into(), buyer);
            if let Some(lines) = properties.get_mut("lines") {
                describe(lines, "items", json!({ "$ref": "#/$defs/OrderLine" }));
            }
        }
    }
    let mut line = event_parts.get("event.Line").cloned().unwrap_or_default();
    if let Value::Object(line) = &mut line {
        line.insert("required".into(), json!(["price"]));
    }
    if let Value::Object(program) = &mut program {
        program.remove("required");
        program.remove("$schema");
        program.remove("title");
        program.insert(
            "description".into(),
            json!("The program; what is left out: CNY, Asia/Shanghai, guard `cn`, and this folder's policy alone."),
        );
        if let Some(Value::Object(properties)) = program.get_mut("properties")
            && let Some(mut policies) = properties.remove("policy")
        {
            let about = "The policies, in order. `use` left out: this folder's policy. Instead of `configuration` \
                         beside it.";
            describe(&mut policies, "description", json!(about));
            properties.insert("policies".into(), policies);
        }
    }
    if let Value::Object(event) = &mut event {
        event.remove("$schema");
        event.remove("title");
    }
    let Some(Value::Object(definitions)) = schema.get_mut("$defs") else { return };
    definitions.extend(event_parts);
    definitions.extend(program_parts);
    if let Some(Value::Object(policy)) = definitions.get_mut("program.Policy") {
        policy.insert("required".into(), json!(["name"]));
    }
    definitions.insert("Event".into(), event);
    definitions.insert("Order".into(), order);
    definitions.insert("OrderLine".into(), line);
    definitions.insert("Program".into(), program);
}

fn describe(schema: &mut Value, key: &str, value: Value) {
    if let Value::Object(schema) = schema {
        schema.insert(key.to_owned(), value);
    }
}

/// Takes the definitions out of a schema and puts a name before each of them, wherever it is referred to.
fn taken_apart(schema: &mut Value, prefix: &str) -> Map<String, Value> {
    rename(schema, prefix);
    let parts = schema.as_object_mut().and_then(|schema| schema.remove("$defs"));
    let Some(Value::Object(parts)) = parts else { return Map::new() };
    parts.into_iter().map(|(name, part)| (format!("{prefix}.{name}"), part)).collect()
}

fn rename(value: &mut Value, prefix: &str) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(reference)) = fields.get_mut("$ref") {
                *reference = reference.replacen("#/$defs/", &format!("#/$defs/{prefix}."), 1);
            }
            fields.values_mut().for_each(|value| rename(value, prefix));
        }
        Value::Array(values) => values.iter_mut().for_each(|value| rename(value, prefix)),
        _ => {}
    }
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
