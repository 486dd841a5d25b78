//! Makes a sale that shows something as small as it can be while it still shows it.
//!
//! Invariant: every step makes it smaller, so it ends; where nothing can be taken away any more, the order is the smallest
//! there is by these steps, from whichever order it began.

use serde_json::Value;

use super::minor::Minor;
use super::sale::{Line, Order, Sale};

/// Sales that are tried for one counter-example. Bounds the time where each of them costs a whole fuel limit.
const TRIES_MAX: u32 = 4_000;

/// Lines up to which each is made smaller by itself.
const LINES_SINGLY_MAX: usize = 8;

/// Amounts up to which every smaller one is tried.
const EACH_MAX: i64 = 128;

/// Amounts that people write, the smallest first.
const ROUND: [i64; 6] = [1, 10, 100, 1_000, 10_000, 100_000];

/// Values of a configuration that say little, the least first.
const PLAIN: [&str; 8] = ["0.00", "0.01", "1.00", "100.00", "1%", "10%", "50%", "100%"];

/// What says less about a line: for all lines at once, and for the few that are left one by one.
const PLAINER: [fn(&mut Line); 9] = [
    |line| line.quantity = 1,
    |line| line.kind = super::sale::Kind::default(),
    |line| line.item = None,
    |line| line.category = None,
    |line| line.cost = None,
    |line| line.tax = None,
    |line| line.floor = None,
    |line| line.paid = None,
    |line| line.tags.clear(),
];

/// A sale while it becomes smaller.
struct Smaller<'a> {
    best: Sale,
    left: u32,
    changed: bool,
    shows: &'a mut dyn FnMut(&Sale) -> bool,
}

/// The smallest sale that still shows it.
pub(super) fn smallest(sale: Sale, shows: &mut dyn FnMut(&Sale) -> bool) -> Sale {
    let mut smaller = Smaller { best: sale, left: TRIES_MAX, changed: true, shows };
    while std::mem::take(&mut smaller.changed) && smaller.left > 0 {
        smaller.lists();
        smaller.lines();
        smaller.all_lines();
        smaller.facts();
        smaller.each_line();
        smaller.configuration();
    }
    smaller.best
}

impl Smaller<'_> {
    /// Keeps a change where the sale still shows it.
    fn attempt(&mut self, change: impl FnOnce(&mut Sale)) -> bool {
        let mut next = self.best.clone();
        change(&mut next);
        next.order = next.order.settled();
        if self.left == 0 || next == self.best {
            return false;
        }
        self.left = self.left.saturating_sub(1);
        let shows = (self.shows)(&next);
        if shows {
            self.best = next;
            self.changed = true;
        }
        shows
    }

    /// Takes away what happened before and then, parties, and tenders: all, and then one by one from the end.
    fn lists(&mut self) {
        self.attempt(|sale| sale.then.clear());
        self.attempt(|sale| sale.before.clear());
        self.attempt(|sale| {
            // What the buyer bought before is said in a number.
            let is_order = |event: &Value| event.get("kind").and_then(Value::as_str) == Some("order.paid");
            let paid = sale.before.iter().filter(|event| is_order(event)).count();
            if paid > 0 {
                let number = i64::try_from(paid).unwrap_or(i64::MAX).saturating_add(1);
                sale.before.retain(|event| !is_order(event));
                sale.order.buyer.order_number.get_or_insert(number);
            }
        });
        self.attempt(|sale| sale.order.tenders.clear());
        self.attempt(|sale| sale.order.parties = None);
        if self.best.order.parties.is_some() {
            self.attempt(|sale| sale.order.parties = Some(Vec::new()));
        }
        self.attempt(|sale| {
            // Who sells is said in a word; the chain comes from what happened before.
            let parties = sale.order.parties.take().unwrap_or_default();
            let seller = parties.into_iter().find(|party| party.role == "seller");
            sale.order.seller = seller.map(|party| party.id).or(sale.order.seller.take());
        });
        for place in (0..self.best.then.len()).rev() {
            self.attempt(|sale| drop(remove(&mut sale.then, place)));
        }
        for place in (0..self.best.before.len()).rev() {
            self.attempt(|sale| drop(remove(&mut sale.before, place)));
        }
        for place in (0..self.best.order.parties.as_ref().map_or(0, Vec::len)).rev() {
            self.attempt(|sale| {
                if let Some(parties) = &mut sale.order.parties {
                    drop(remove(parties, place));
                }
            });
        }
    }

    /// Takes lines away: halves, quarters, and so on to single ones.
    fn lines(&mut self) {
        let mut size = self.best.order.lines.len().div_ceil(2);
        while size > 0 {
            let mut start = 0_usize;
            while start < self.best.order.lines.len() {
                let end = start.saturating_add(size).min(self.best.order.lines.len());
                let all = end.saturating_sub(start) == self.best.order.lines.len();
                let gone = !all && self.attempt(|sale| drop(sale.order.lines.drain(start..end)));
                start = if gone { start } else { end };
            }
            size = if size == 1 { 0 } else { size.div_ceil(2) };
        }
    }

    /// Makes all lines plainer at once, so that long orders take no longer than short ones.
    fn all_lines(&mut self) {
        let cheaper: [fn(&mut Line); 2] = [|line| line.price = Minor(0), |line| line.price = Minor(1)];
        for plainer in cheaper.into_iter().chain(PLAINER) {
            let is_less = |line: &Line| {
                let mut next = line.clone();
                plainer(&mut next);
                next.price <= line.price
            };
            if self.best.order.lines.iter().all(is_less) {
                self.attempt(|sale| sale.order.lines.iter_mut().for_each(plainer));
            }
        }
    }

    /// Takes away what is said of the order, the buyer and the parties.
    fn facts(&mut self) {
        let plainer: [fn(&mut Order); 11] = [
            |order| order.time = None,
            |order| order.source = None,
            |order| order.attributes.clear(),
            |order| order.fees = None,
            |order| order.given = false,
            |order| order.seller = None,
            |order| order.buyer.order_number = None,
            |order| order.buyer.days_since_last_order = None,
            |order| order.buyer.tags.clear(),
            |order| order.buyer.attributes.clear(),
            |order| order.lines.iter_mut().for_each(|line| line.paid = None),
        ];
        for plainer in plainer {
            self.attempt(|sale| plainer(&mut sale.order));
        }
        for place in 0..self.best.order.parties.as_ref().map_or(0, Vec::len) {
            let plainer: [fn(&mut super::sale::Party); 4] = [
                |party| party.volume = None,
                |party| party.tier = None,
                |party| party.tags.clear(),
                |party| party.barred = false,
            ];
            for plainer in plainer {
                self.attempt(|sale| {
                    if let Some(party) = sale.order.parties.as_mut().and_then(|all| all.get_mut(place)) {
                        plainer(party);
                    }
                });
            }
            self.lower(|sale| {
                let party = sale.order.parties.as_mut()?.get_mut(place)?;
                party.volume.as_mut().map(|volume| &mut volume.0)
            });
        }
        self.lower(|sale| sale.order.buyer.order_number.as_mut().filter(|number| **number > 1));
        self.lower(|sale| sale.order.buyer.days_since_last_order.as_mut());
        self.lower(|sale| sale.order.fees.as_mut().map(|fees| &mut fees.0));
        for key in self.best.order.attributes.keys().cloned().collect::<Vec<_>>() {
            self.attempt(|sale| {
                sale.order.attributes.remove(&key);
            });
            self.lower(|sale| sale.order.attributes.get_mut(&key));
        }
    }

    /// Makes the few lines that are left smaller one by one, and two of them one.
    fn each_line(&mut self) {
        if self.best.order.lines.len() > LINES_SINGLY_MAX {
            return;
        }
        self.attempt(|sale| sale.order.lines.sort_by_key(|line| line.price));
        for place in (1..self.best.order.lines.len()).rev() {
            self.attempt(|sale| {
                let gone = remove(&mut sale.order.lines, place).map_or(0, |line| line.list());
                if let Some(line) = sale.order.lines.get_mut(place.saturating_sub(1)) {
                    (line.price.0, line.quantity) = (line.list().saturating_add(gone), 1);
                }
            });
        }
        for place in 0..self.best.order.lines.len() {
            let one_unit: fn(&mut Line) = |line| (line.price.0, line.quantity) = (line.list(), 1);
            for plainer in std::iter::once(one_unit).chain(PLAINER) {
                self.attempt(|sale| sale.order.lines.get_mut(place).map_or((), plainer));
            }
            self.lower(|sale| sale.order.lines.get_mut(place).map(|line| &mut line.price.0));
            self.lower(|sale| {
                sale.order
                    .lines
                    .get_mut(place)
                    .map(|line| &mut line.quantity)
                    .filter(|quantity| **quantity > 1)
            });
            let parts: [fn(&mut Line) -> Option<&mut i64>; 4] = [
                |line| line.cost.as_mut().map(|cost| &mut cost.0),
                |line| line.tax.as_mut().map(|tax| &mut tax.0),
                |line| line.floor.as_mut().map(|floor| &mut floor.0),
                |line| line.paid.as_mut().map(|paid| &mut paid.0),
            ];
            for part in parts {
                self.lower(|sale| sale.order.lines.get_mut(place).and_then(part));
            }
        }
    }

    /// Makes a number smaller: every small one, those that people write, and by halves down to the next one below.
    fn lower(&mut self, number: impl Fn(&mut Sale) -> Option<&mut i64>) {
        loop {
            let Some(now) = number(&mut self.best.clone()).map(|number| *number) else { return };
            let halves =
                std::iter::successors(Some(now), |step| step.checked_div(2).filter(|step| *step > 0));
            let below = halves.map(|step| now.saturating_sub(step));
            let tried = (0..=EACH_MAX).chain(ROUND).chain(below).filter(|next| (0..now).contains(next));
            let mut found = false;
            for next in tried.collect::<Vec<_>>() {
                found = self.attempt(|sale| {
                    if let Some(number) = number(sale) {
                        *number = next;
                    }
                });
                if found {
                    break;
                }
            }
            if !found {
                return;
            }
        }
    }

    /// Leaves out what is configured, and says less where it must be said.
    fn configuration(&mut self) {
        self.attempt(|sale| sale.configuration.clear());
        for key in self.best.configuration.keys().cloned().collect::<Vec<_>>() {
            if !self.attempt(|sale| drop(sale.configuration.remove(&key))) {
                self.value(&[Step::Key(key)]);
            }
        }
    }

    fn value(&mut self, path: &[Step]) {
        let Some(value) = at(&mut self.best.configuration.clone(), path).cloned() else { return };
        let below = |step: Step| path.iter().cloned().chain([step]).collect::<Vec<_>>();
        match value {
            Value::Array(items) => {
                for place in (0..items.len()).rev() {
                    self.attempt(|sale| {
                        if let Some(Value::Array(items)) = at(&mut sale.configuration, path) {
                            drop(remove(items, place));
                        }
                    });
                }
                for place in 0..items.len() {
                    self.value(&below(Step::Item(place)));
                }
            }
            Value::Object(fields) => {
                for key in fields.keys() {
                    self.attempt(|sale| {
                        if let Some(Value::Object(fields)) = at(&mut sale.configuration, path) {
                            fields.remove(key);
                        }
                    });
                    self.value(&below(Step::Key(key.clone())));
                }
            }
            Value::String(text) => {
                let known = PLAIN.iter().position(|plain| *plain == text).unwrap_or(PLAIN.len());
                for plain in PLAIN.iter().take(known) {
                    self.attempt(|sale| {
                        if let Some(value) = at(&mut sale.configuration, path) {
                            *value = Value::from(*plain);
                        }
                    });
                }
            }
            Value::Number(number) => {
                let number = number.as_i64().unwrap_or(0);
                for next in (0..number.min(4)).chain([number.saturating_sub(1)]).filter(|next| *next < number)
                {
                    let lowered = self.attempt(|sale| {
                        if let Some(value) = at(&mut sale.configuration, path) {
                            *value = Value::from(next);
                        }
                    });
                    if lowered {
                        break;
                    }
                }
            }
            _ => {}
        }
    }
}

/// A step into a configuration.
#[derive(Clone)]
enum Step {
    Key(String),
    Item(usize),
}

fn at<'v>(configuration: &'v mut serde_json::Map<String, Value>, path: &[Step]) -> Option<&'v mut Value> {
    let (first, rest) = path.split_first()?;
    let Step::Key(key) = first else { return None };
    let value = configuration.get_mut(key)?;
    rest.iter().try_fold(value, |value, step| match step {
        Step::Key(key) => value.get_mut(key.as_str()),
        Step::Item(place) => value.get_mut(*place),
    })
}

fn remove<T>(list: &mut Vec<T>, place: usize) -> Option<T> {
    (place < list.len()).then(|| list.remove(place))
}
