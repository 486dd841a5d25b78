//! Rows gathered into orders, wherever in the file they stand.
//!
//! Invariant: an order is whole or it is not there. A row that cannot be read takes its whole order with it, because an
//! order without one of its lines never happened.

use std::collections::HashMap;

use fenrun::event::{Event, EventError, Expectations, Order};

use super::mapping::Mapping;
use super::refusal::Refusal;
use super::sale::Sale;
use super::shown::Shown;

/// The orders of a file, in the order of their first rows.
pub(super) struct Orders<'mapping> {
    mapping: &'mapping Mapping,
    drafts: Vec<Draft>,
    by_id: HashMap<String, usize>,
}

/// An order that may still get lines.
struct Draft {
    id: String,
    /// Absent as long as no row of it could be read.
    order: Option<Order>,
    /// The file's line of each line of the order.
    rows: Vec<u64>,
    /// The file's line of the first row that cannot be read.
    broken: Option<u64>,
}

impl<'mapping> Orders<'mapping> {
    pub(super) fn new(mapping: &'mapping Mapping) -> Orders<'mapping> {
        Orders { mapping, drafts: Vec::new(), by_id: HashMap::new() }
    }

    /// Notes that a row of an order cannot be read, so that the order is not whole.
    pub(super) fn add_broken(&mut self, order: &str, row: u64) {
        if let Some(draft) = self.draft(order) {
            draft.broken.get_or_insert(row);
        }
    }

    /// Adds what a row says to its order.
    ///
    /// # Errors
    ///
    /// When the row contradicts an earlier row of its order, which is then not whole.
    pub(super) fn add(&mut self, order: &str, row: u64, sale: Sale) -> Result<(), Refusal> {
        let (currency, pricing) = (self.mapping.order.currency, self.mapping.order.pricing.clone());
        let Some(draft) = self.draft(order) else { return Ok(()) };
        let Some(known) = &mut draft.order else {
            let mut order = Order::new(order, sale.buyer, sale.time, currency).pricing(pricing);
            (order.seller, order.source, order.attributes) = (sale.seller, sale.source, sale.attributes);
            draft.order = Some(order);
            draft.add_line(row, sale.line);
            return Ok(());
        };
        let agrees = |what: &str, known: Option<&str>, found: Option<&str>| {
            if known == found {
                return Ok(());
            }
            let word =
                |text: Option<&str>| text.map_or("none".to_owned(), |text| format!("`{}`", Shown(text)));
            let message = format!(
                "order `{}` has the {what} {}, this row has {}",
                Shown(order),
                word(known),
                word(found)
            );
            Err(Refusal::new("an order whose rows disagree", message))
        };
        let agreed = agrees("buyer", Some(&known.buyer.id), Some(&sale.buyer))
            .and_then(|()| agrees("seller", known.seller.as_deref(), sale.seller.as_deref()));
        match agreed {
            Ok(()) => draft.add_line(row, sale.line),
            Err(_) => _ = draft.broken.get_or_insert(row),
        }
        agreed
    }

    /// The events of all orders that are whole, sorted as the mapping says; the rows of all others are refused.
    pub(super) fn finish(self, mut refuse: impl FnMut(u64, &Refusal)) -> Vec<Event> {
        let expect = Expectations::new(self.mapping.order.currency);
        let mut events = Vec::with_capacity(self.drafts.len());
        for draft in self.drafts {
            match draft.finish(&expect) {
                Ok(event) => events.extend(event),
                Err(refused) => refused.iter().for_each(|(row, refusal)| refuse(*row, refusal)),
            }
        }
        if self.mapping.order.sort_by_time {
            events.sort_by_key(Event::time);
        }
        events
    }

    fn draft(&mut self, order: &str) -> Option<&mut Draft> {
        let index = match self.by_id.get(order) {
            Some(index) => *index,
            None => {
                self.by_id.insert(order.to_owned(), self.drafts.len());
                self.drafts.push(Draft { id: order.to_owned(), order: None, rows: Vec::new(), broken: None });
                self.drafts.len().saturating_sub(1)
            }
        };
        self.drafts.get_mut(index)
    }
}

impl Draft {
    fn add_line(&mut self, row: u64, mut line: fenrun::event::Line) {
        let Some(order) = &mut self.order else { return };
        if line.id.is_empty() {
            line.id = order.lines.len().saturating_add(1).to_string();
        }
        order.lines.push(line);
        self.rows.push(row);
    }

    fn finish(self, expect: &Expectations) -> Result<Option<Event>, Vec<(u64, Refusal)>> {
        let (id, rows) = (self.id, self.rows);
        if let Some(broken) = self.broken {
            return Err(rows.iter().map(|row| (*row, not_whole(&id, broken))).collect());
        }
        let Some(order) = self.order else { return Ok(None) };
        Event::order_paid(order, expect).map(Some).map_err(|error| {
            let culprit =
                culprit(&error).and_then(|line| rows.get(line)).or(rows.first()).copied().unwrap_or(0);
            let refusal = |row: u64| match row == culprit {
                true => Refusal::new("not a valid order", format!("order `{}`: {error}", Shown(&id))),
                false => not_whole(&id, culprit),
            };
            rows.iter().map(|row| (*row, refusal(*row))).collect()
        })
    }
}

fn not_whole(order: &str, row: u64) -> Refusal {
    let message = format!("order `{}` is not whole without line {row} of the file", Shown(order));
    Refusal::new("belongs to an order with a row that cannot be read", message)
}

/// The line that an error is about, such as 2 for `lines[2].price`.
fn culprit(error: &EventError) -> Option<usize> {
    error.path.strip_prefix("lines[")?.split_once(']')?.0.parse().ok()
}
