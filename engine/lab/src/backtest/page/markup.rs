//! The little HTML that the page is made of.
//!
//! Invariant: every text that comes from outside passes through [`text`]; nothing else writes it.

use crate::backtest::told::clean;

/// Foreign text, safe between tags and in quoted attributes.
pub(super) fn text(foreign: &str) -> String {
    let mut safe = String::with_capacity(foreign.len());
    for character in clean(foreign).chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

/// A cell of a table: numbers stand to the right.
pub(super) enum Cell {
    Text(String),
    Number(String),
    /// A difference of money or counts: green above zero, red below it.
    Change(String, std::cmp::Ordering),
}

/// A table of cells that are HTML already; the last rows of it may be sums.
pub(super) fn table(heading: &[(&str, bool)], rows: &[Vec<Cell>], sums: usize) -> String {
    let mut html = String::from("<div class=\"wide\"><table><thead><tr>");
    for (name, number) in heading {
        html.push_str(&format!("<th{}>{}</th>", if *number { " class=\"n\"" } else { "" }, text(name)));
    }
    html.push_str("</tr></thead><tbody>\n");
    let plain = rows.len().saturating_sub(sums);
    for (place, row) in rows.iter().enumerate() {
        html.push_str(if place >= plain { "<tr class=\"sum\">" } else { "<tr>" });
        for cell in row {
            html.push_str(&match cell {
                Cell::Text(text) => format!("<td>{text}</td>"),
                Cell::Number(number) => format!("<td class=\"n\">{number}</td>"),
                Cell::Change(number, order) => format!("<td class=\"n{}\">{number}</td>", sign(*order)),
            });
        }
        html.push_str("</tr>\n");
    }
    html.push_str("</tbody></table></div>\n");
    html
}

/// The class of a number's sign, after a space.
pub(super) fn sign(order: std::cmp::Ordering) -> &'static str {
    match order {
        std::cmp::Ordering::Less => " loss",
        std::cmp::Ordering::Equal => "",
        std::cmp::Ordering::Greater => " gain",
    }
}
