//! The effects of one order in columns.
//!
//! Invariant: an amount is never broken over lines; what does not fit wraps in the last column.

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table, Width, presets};

use super::view::EffectRow;

/// Blanks between two columns.
const GAP: u16 = 2;

/// The width of `discount`, the longest effect.
const EFFECT_WIDTH: u16 = 8;

/// A usual amount, and room for what is seldom.
const AMOUNT_WIDTH_MIN: u16 = 8;

/// From this many columns on, what is said of an effect stands on one line as long as it fits.
const COLUMNS_WIDE: u16 = 96;

/// The heading of every column.
const HEADING: [&str; 5] = ["effect", "policy", "party", "amount", "how much, why, by line"];

/// The widths of the columns but the last, which takes what is left.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    /// Of the whole table.
    pub(super) columns: u16,
    /// Of a policy's name.
    pub(super) policy: u16,
    /// Of a party with its role.
    pub(super) party: u16,
}

/// The heading as a line of its own.
pub(super) fn heading(layout: Layout) -> Vec<String> {
    let [effect, policy, party, amount, words] = HEADING.map(str::to_owned);
    lay_out(layout, [[effect, policy, party, amount, words]])
}

/// The lines of a table of effects.
pub(super) fn lines(layout: Layout, effects: Vec<EffectRow>) -> Vec<String> {
    let joint = if layout.columns < COLUMNS_WIDE { "\n" } else { " · " };
    let cells =
        |row: EffectRow| [row.effect.to_owned(), row.policy, row.party, row.amount, row.words.join(joint)];
    lay_out(layout, effects.into_iter().map(cells).collect::<Vec<_>>())
}

fn lay_out(layout: Layout, rows: impl AsRef<[[String; 5]]>) -> Vec<String> {
    let rows = rows.as_ref();
    let widest = rows.iter().map(|[.., amount, _]| width_of(amount)).max().unwrap_or(0);
    let amount = widest.max(AMOUNT_WIDTH_MIN);
    let before = [EFFECT_WIDTH, layout.policy, layout.party, amount].map(|width| width.saturating_add(GAP));
    let words = before.iter().fold(layout.columns, |left, width| left.saturating_sub(*width));

    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(layout.columns).add_rows(rows.iter().cloned());
    table.set_constraints(
        before.into_iter().chain([words]).map(|width| ColumnConstraint::Absolute(Width::Fixed(width))),
    );
    for column in table.column_iter_mut() {
        column.set_padding((0, GAP));
    }
    if let Some(amount) = table.column_mut(3) {
        amount.set_cell_alignment(CellAlignment::Right);
    }
    if let Some(words) = table.column_mut(4) {
        words.set_padding((0, 0));
    }
    table.lines().map(|line| line.trim_end().to_owned()).collect()
}

/// The columns that a text takes on a terminal.
pub(super) fn width_of(text: &str) -> u16 {
    u16::try_from(console::measure_text_width(text)).unwrap_or(u16::MAX)
}
