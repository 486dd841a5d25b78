//! What became of each event, for people: a table for each order, a line for everything else.
//!
//! Invariant: clear without colour; nothing is shown that the JSON does not say.

mod effects;
mod view;

use std::fmt::Write as _;

use console::{Term, style};
use fenrun::event::Event;
use fenrun::{Decision, Program};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::intake::Taken;
use crate::record::{Note, Record};
use effects::{Layout, width_of};
use view::DecisionView;

/// Columns where neither a terminal nor `COLUMNS` says how many there are.
const COLUMNS: u16 = 112;

/// The fewest columns a table is laid out for; a narrower terminal wraps its lines.
const COLUMNS_MIN: u16 = 72;

/// The most columns that are used: longer lines are hard to read.
const COLUMNS_MAX: u16 = 132;

/// Columns for a party with its role.
const PARTY_WIDTH: u16 = 16;

/// How far everything below an order's first line is indented.
const INDENT: &str = "  ";

/// The longest policy name that gets a column of its own width.
const POLICY_WIDTH_MAX: u16 = 20;

/// Lays out what became of events.
pub(crate) struct Tables {
    layout: Layout,
    zone: TimeZone,
    heading_is_due: bool,
    after_note: bool,
}

impl Tables {
    /// For standard output as it is.
    pub(crate) fn new(program: &Program) -> Tables {
        let stated = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
        let columns = Term::stdout().size_checked().map(|(_, columns)| columns).or(stated);
        let columns = columns.unwrap_or(COLUMNS).clamp(COLUMNS_MIN, COLUMNS_MAX);
        let policy = program.policies().iter().map(|policy| width_of(policy.name())).max();
        let layout = Layout {
            columns: columns.saturating_sub(width_of(INDENT)),
            policy: policy.unwrap_or(0).clamp(width_of("policy"), POLICY_WIDTH_MAX),
            party: PARTY_WIDTH,
        };
        let zone = program.definition().time_zone().clone();
        Tables { layout, zone, heading_is_due: true, after_note: false }
    }

    /// What became of one line, as lines.
    pub(crate) fn render(&mut self, taken: &Taken) -> String {
        let is_short = matches!(taken.record, Record::Other(Note::Noted { .. }));
        let gap = if is_short && self.after_note { "" } else { "\n" };
        self.after_note = is_short;
        match &taken.record {
            Record::Decided(decision) => format!("{gap}{}", self.decision(decision)),
            Record::Other(note) => format!("{gap}{}", self.note(note, taken.event.as_ref())),
        }
    }

    fn decision(&mut self, decision: &Decision) -> String {
        let Some(view) = DecisionView::of(decision) else { return decision.to_json() + "\n" };
        let (what, verb) = match view.fact.starts_with("order.priced/") {
            true => ("quote", "priced"),
            false => ("order", "paid"),
        };
        let title = style(format!("{what} {}", view.order)).bold();
        let mut facts = vec![format!("{verb} {}", self.moment(decision.time)), format!("by {}", view.buyer)];
        facts.extend((verb == "paid").then(|| format!("prices: {}", view.pricing)));
        facts.push(view.currency.clone());

        let mut text = String::new();
        let mut put = |line: &dyn std::fmt::Display| {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{line}");
        };
        put(&format!("{title}  {}", facts.join(" · ")));
        let effects = view.effects();
        if effects.is_empty() {
            put(&format!("{INDENT}no discount, no share"));
        } else if std::mem::take(&mut self.heading_is_due) {
            for line in effects::heading(self.layout) {
                put(&format!("{INDENT}{}", style(line).dim()));
            }
        }
        for line in effects::lines(self.layout, effects) {
            put(&format!("{INDENT}{line}"));
        }
        for remark in view.remarks() {
            put(&format!("{INDENT}{}", style(remark).yellow()));
        }
        let mark = if decision.totals.balance() { "✓" } else { "✗" };
        let check = style(format!("{} {mark}", view.check)).green();
        let only_line = view.only_line().map(|line| format!("  (all on line {line})")).unwrap_or_default();
        put(&format!("{INDENT}{check}{}", style(only_line).dim()));
        text
    }

    fn note(&self, note: &Note, event: Option<&Event>) -> String {
        let remedy = |hint: &str| format!("{INDENT}hint: {hint}\n");
        match note {
            Note::Noted { fact, .. } => match event {
                Some(Event::RelationBound(bound)) => {
                    let (member, to, relation) = (bound.member(), bound.to(), bound.relation());
                    let facts = format!("{} · {member} → {to} ({relation})", self.moment(bound.time()));
                    format!("{}  {facts}\n", style("bound").bold())
                }
                _ => format!("{}  {fact}\n", style("noted").bold()),
            },
            Note::Duplicate { line, fact, first_line } => {
                format!("{}  line {line} · {fact} · {}\n", style("duplicate").bold(), told(*first_line))
            }
            Note::Conflict { line, fact, first_line, because, hint } => {
                let title = style("conflict").red().bold();
                let facts = format!("line {line} · {fact} · {}", told(*first_line));
                format!("{title}  {facts}\n{INDENT}{because}\n{}", remedy(hint))
            }
            Note::Posted { fact, moved, note, .. } => {
                let note = note.as_ref().map(|note| format!(" · {note}")).unwrap_or_default();
                let mut text = format!("{}  {fact}{note}\n", style("posted").bold());
                for each in moved {
                    // Writing to a string cannot fail.
                    let _ = writeln!(
                        text,
                        "{INDENT}{:<14} {:<32} {:>12} {}",
                        each.by, each.account, each.amount, each.asset
                    );
                }
                text
            }
            Note::Parked { line, fact, because } => {
                format!("{}  line {line} · {fact}\n{INDENT}{because}\n", style("parked").bold())
            }
            Note::Refused { line, fact, because, hint } => {
                let title = style("refused").red().bold();
                let hint = hint.as_deref().map(remedy).unwrap_or_default();
                format!("{title}  line {line} · {fact}\n{INDENT}{because}\n{hint}")
            }
            Note::Held { line, fact, kind, because } => {
                let title = style("held").red().bold();
                let reasons: String = because.iter().map(|reason| format!("{INDENT}{reason}\n")).collect();
                format!("{title}  line {line} · {fact} · {}\n{reasons}", kind.name())
            }
            Note::Rejected { line, fact, because, hint } => {
                let title = style("rejected").red().bold();
                let fact = fact.as_ref().map(|fact| format!(" · {fact}")).unwrap_or_default();
                let hint = hint.as_deref().map(remedy).unwrap_or_default();
                format!("{title}  line {line}{fact}\n{INDENT}{because}\n{hint}")
            }
            Note::Error { line, fact, because } => {
                format!("{}  line {line} · {fact}\n{INDENT}{because}\n", style("error").red().bold())
            }
        }
    }

    /// A moment in the merchant's time zone.
    fn moment(&self, time: Timestamp) -> impl std::fmt::Display {
        time.to_zoned(self.zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
    }
}

/// Where a fact was told first.
fn told(first_line: Option<u64>) -> String {
    first_line.map_or_else(|| "told before".to_owned(), |line| format!("told at line {line}"))
}
