//! `fenrun explain`: where each cent of an order came from and went.
//!
//! Invariant: what is printed stands in the ledger: the decision's receipt, and every movement since.

use clap::Args;
use fenrun::books;
use fenrun_money::{Currency, decimal::format_minor};
use serde_json::Value;

use super::Format;
use crate::exit::Exit;
use crate::output;
use crate::problem::Problem;

#[derive(Args, Debug)]
pub(crate) struct OrderArguments {
    /// The ledger: a file, or `postgres://…`
    #[arg(value_name = "LEDGER", required_unless_present = "case")]
    ledger: Option<String>,
    /// The order
    #[arg(value_name = "ORDER", required_unless_present = "case")]
    order: Option<String>,
    /// What is printed: a table or JSON; with `--case`, JSON Lines
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub(crate) format: Format,
}

pub(crate) fn run(arguments: &OrderArguments) -> anyhow::Result<Exit> {
    let (place, order) = (arguments.ledger.as_deref(), arguments.order.as_deref());
    let (place, order) = (place.unwrap_or_default(), order.unwrap_or_default());
    let mut ledger = super::read(place)?;
    let told =
        books::explain_order(ledger.as_mut(), order).map_err(|error| Problem::of(Exit::NotLoaded, error))?;
    let Some(told) = told else {
        let message = format!("the ledger knows no order `{order}`");
        return Err(Problem::new(Exit::NotLoaded, message)
            .hint("`fenrun held list` shows orders that wait")
            .into());
    };
    let text = match arguments.format {
        Format::Json => format!("{told:#}\n"),
        Format::Table | Format::Csv => story(&told),
    };
    output::print(text.as_bytes())
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn story(told: &Value) -> String {
    let exponent = Currency::of(text(told, "currency")).map_or(2, |currency| currency.exponent());
    let amount = |value: &Value, key: &str| {
        let minor = value.get(key).and_then(Value::as_i64).unwrap_or(0);
        format_minor(minor, exponent).to_string()
    };
    let mut lines = vec![format!(
        "order {} of {} · {} · {}",
        text(told, "order"),
        text(told, "buyer"),
        text(told, "stage"),
        text(told, "currency")
    )];
    let frozen: Vec<&str> = list(told, "frozen_by").iter().filter_map(Value::as_str).collect();
    if !frozen.is_empty() {
        lines.push(format!("  kept back by {}", frozen.join(", ")));
    }
    let restated = text(told, "restated_by");
    if !restated.is_empty() {
        lines.push(format!("  shares restated by {restated}"));
    }
    lines.push("lines".to_owned());
    for line in list(told, "lines") {
        let mut back =
            format!("{} units back, {} given back", line["returned"], amount(line, "given_back_minor"));
        if line["kept_back_minor"] != 0 {
            back = format!("{back}, {} kept back: the rest costs more", amount(line, "kept_back_minor"));
        }
        lines.push(format!(
            "  {:<12} {:>12} paid for {} · {back} · {} remains",
            text(line, "id"),
            amount(line, "due_minor"),
            line["quantity"],
            amount(line, "remaining_minor")
        ));
    }
    lines.push("shares".to_owned());
    let decided = told.get("decision").map(|decision| list(decision, "shares")).unwrap_or_default();
    for (place, share) in list(told, "shares").iter().enumerate() {
        let released = if share["released"] == true { "released" } else { "held" };
        lines.push(format!(
            "  {:<12} {:<10} {:>12} accrued · {:>12} clawed back · {:>12} kept, {released}",
            text(share, "party"),
            text(share, "role"),
            amount(share, "accrued_minor"),
            amount(share, "clawed_back_minor"),
            amount(share, "kept_minor")
        ));
        lines.push(format!("    {}: {}", text(share, "policy"), text(share, "reason")));
        for term in decided.get(place).map(|share| list(share, "terms")).unwrap_or_default() {
            lines.push(format!("    = {}", plain(term)));
        }
    }
    lines.push("movements".to_owned());
    for movement in list(told, "movements") {
        lines.push(format!(
            "  {} {} · {}",
            text(movement, "time"),
            text(movement, "by"),
            text(movement, "fact")
        ));
        for posting in list(movement, "postings") {
            lines.push(format!(
                "    {:<40} {:>12}",
                text(posting, "account"),
                amount(posting, "amount_minor")
            ));
        }
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// A part of a share's sum, as its fields say it.
fn plain(term: &Value) -> String {
    let Some(fields) = term.as_object() else { return term.to_string() };
    let field = |(name, value): (&String, &Value)| match value {
        Value::String(text) => format!("{name} {text}"),
        other => format!("{name} {other}"),
    };
    fields.iter().map(field).collect::<Vec<_>>().join(" · ")
}
