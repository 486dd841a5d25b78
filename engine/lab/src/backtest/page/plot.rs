//! Plots as inline SVG: bars of two programs, and bars to either side of zero.
//!
//! Invariant: lengths of bars are whole units of the drawing, floored from exact amounts; the amounts are written beside
//! them, so nothing has to be read off a length.

use std::fmt::Write as _;

use super::markup::text;

/// Width of every drawing, in units of its own.
const WIDTH: i128 = 960;

/// One bar, or two, with a name and what is written beside it.
pub(super) struct Bar {
    pub(super) name: String,
    pub(super) old: i128,
    pub(super) new: i128,
    pub(super) told: [String; 2],
}

/// A bar to the left or right of zero.
pub(super) struct Swing {
    pub(super) name: String,
    pub(super) by: i128,
    pub(super) told: String,
}

fn length(amount: i128, largest: i128, room: i128) -> i128 {
    let amount = i128::try_from(amount.unsigned_abs()).unwrap_or(i128::MAX);
    // Sums of 128 bits times a width may not fit; what matters then is only the proportion.
    match amount.checked_mul(room) {
        Some(product) => product.checked_div(largest.max(1)).unwrap_or(0),
        None => amount.checked_div(largest.checked_div(room).unwrap_or(1).max(1)).unwrap_or(0),
    }
}

fn magnitude(amount: i128) -> i128 {
    i128::try_from(amount.unsigned_abs()).unwrap_or(i128::MAX)
}

/// Pairs of bars, one pair below the other; what is below zero is drawn hollow to the same side and written with its sign.
pub(super) fn pairs(title: &str, bars: &[Bar]) -> String {
    let largest = bars.iter().flat_map(|bar| [bar.old, bar.new]).map(magnitude).max().unwrap_or(1).max(1);
    let (left, right, step) = (190_i128, 190_i128, 46_i128);
    let room = WIDTH.saturating_sub(left).saturating_sub(right);
    let height = step.saturating_mul(i128::try_from(bars.len()).unwrap_or(0)).saturating_add(8);
    let mut svg = open(title, height);
    for (place, bar) in (0_i128..).zip(bars) {
        let y = place.saturating_mul(step).saturating_add(6);
        let middle = y.saturating_add(22);
        let _ = writeln!(svg, "<text x=\"0\" y=\"{middle}\">{}</text>", text(&bar.name));
        let rows = [("old", bar.old), ("new", bar.new)];
        for ((class, amount), (offset, told)) in rows.into_iter().zip([0_i128, 18].into_iter().zip(&bar.told))
        {
            let long = length(amount, largest, room).max(i128::from(amount != 0));
            let (top, base) = (y.saturating_add(offset), y.saturating_add(offset).saturating_add(12));
            let end = left.saturating_add(long).saturating_add(6);
            let hollow = if amount < 0 { " fill-opacity=\".35\"" } else { "" };
            let _ = writeln!(
                svg,
                "<rect class=\"{class}\" x=\"{left}\" y=\"{top}\" width=\"{long}\" height=\"15\" rx=\"2\"{hollow}/>\
                 <text x=\"{end}\" y=\"{base}\">{}</text>",
                text(told)
            );
        }
    }
    svg.push_str("</svg></div>\n");
    svg
}

/// Bars to either side of zero: losses to the left, gains to the right.
pub(super) fn swings(title: &str, bars: &[Swing]) -> String {
    let largest = bars.iter().map(|bar| magnitude(bar.by)).max().unwrap_or(1).max(1);
    let (left, margin, step) = (250_i128, 120_i128, 24_i128);
    // Where all bars go to one side, they have all of the room.
    let sides = (bars.iter().any(|bar| bar.by < 0), bars.iter().any(|bar| bar.by > 0));
    let between = WIDTH.saturating_sub(left).saturating_sub(margin);
    let (zero, room) = match sides {
        (true, false) => (WIDTH.saturating_sub(1), between),
        (false, _) => (left, between),
        (true, true) => {
            let half = between.saturating_sub(margin).checked_div(2).unwrap_or(0);
            (left.saturating_add(margin).saturating_add(half), half)
        }
    };
    let height = step.saturating_mul(i128::try_from(bars.len()).unwrap_or(0)).saturating_add(8);
    let mut svg = open(title, height);
    let _ = writeln!(svg, "<line class=\"axis\" x1=\"{zero}\" y1=\"0\" x2=\"{zero}\" y2=\"{height}\"/>");
    for (place, bar) in (0_i128..).zip(bars) {
        let y = place.saturating_mul(step).saturating_add(5);
        let base = y.saturating_add(12);
        let long = length(bar.by, largest, room).max(i128::from(bar.by != 0));
        let (class, x, at, anchor) = if bar.by < 0 {
            let x = zero.saturating_sub(long);
            ("loss", x, x.saturating_sub(6), "end")
        } else {
            ("gain", zero, zero.saturating_add(long).saturating_add(6), "start")
        };
        let (name, told) = (text(&bar.name), text(&bar.told));
        let _ = writeln!(
            svg,
            "<text x=\"0\" y=\"{base}\">{name}</text>\
             <rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{long}\" height=\"15\" rx=\"2\"/>\
             <text x=\"{at}\" y=\"{base}\" text-anchor=\"{anchor}\">{told}</text>"
        );
    }
    svg.push_str("</svg></div>\n");
    svg
}

fn open(title: &str, height: i128) -> String {
    let title = text(title);
    format!(
        "<div class=\"wide\"><svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{title}\">\n<title>{title}</title>\n"
    )
}
