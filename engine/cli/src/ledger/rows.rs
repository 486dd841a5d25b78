//! Rows under a heading, as whoever asks wants them: a table, JSON or CSV.
//!
//! Invariant: the same values in every form; the heading's names are the keys of the JSON.

use serde_json::Value;

use super::Format;

/// Rows in a form.
pub(super) fn render<const N: usize>(
    format: Format,
    heading: [&str; N],
    rows: Vec<[String; N]>,
) -> anyhow::Result<String> {
    match format {
        Format::Table => Ok(table(heading, rows)),
        Format::Csv => csv(heading, rows),
        Format::Json => Ok(format!("{}\n", json(heading, rows))),
    }
}

fn json<const N: usize>(heading: [&str; N], rows: Vec<[String; N]>) -> Value {
    let object = |row: [String; N]| -> Value {
        let fields = heading.iter().zip(row);
        Value::Object(fields.map(|(name, value)| ((*name).to_owned(), Value::String(value))).collect())
    };
    Value::Array(rows.into_iter().map(object).collect())
}

fn csv<const N: usize>(heading: [&str; N], rows: Vec<[String; N]>) -> anyhow::Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(heading)?;
    for row in rows {
        writer.write_record(row)?;
    }
    Ok(String::from_utf8(writer.into_inner()?)?)
}

/// Rows as aligned columns; what looks like a number stands to the right.
fn table<const N: usize>(heading: [&str; N], rows: Vec<[String; N]>) -> String {
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::NOTHING).set_header(heading);
    for row in rows {
        table.add_row(row.map(|text| {
            let digits = |c: char| c.is_ascii_digit() || matches!(c, '-' | '.');
            let number = !text.is_empty() && text.chars().all(digits) && text.matches('-').count() < 2;
            let cell = comfy_table::Cell::new(text);
            if number { cell.set_alignment(comfy_table::CellAlignment::Right) } else { cell }
        }));
    }
    let text = table.to_string();
    text.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}
