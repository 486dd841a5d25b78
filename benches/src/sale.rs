//! An order as plain data, and what each side of fenrun makes of it.
//!
//! Invariant: the same sale gives the same order event, the same facts and the same input for every peer.

use fenrun::event::{Buyer, Event, Expectations, Line, Order, Pricing, RelationBound};
use fenrun::history::{Learned, MemoryHistory};
use fenrun_abi::{
    code::LineKind,
    field::{LineField, OrderField, PartyField},
    host::{Facts, LineTexts, OrderTexts, PartyTexts},
};
use fenrun_money::Currency;
use serde_json::{Value, json};

use crate::native;

/// A line of a sale.
#[derive(Clone, Copy, Debug)]
pub struct SaleLine {
    /// How many units.
    pub quantity: u32,
    /// The price of one, in minor units.
    pub price: i64,
}

/// A sale.
#[derive(Clone, Debug)]
pub struct Sale {
    /// Which order of the buyer it is.
    pub number: u32,
    /// The seller, its upline and so on.
    pub chain: Vec<String>,
    /// The lines.
    pub lines: Vec<SaleLine>,
}

impl Sale {
    /// A sale of a three-party chain with so many lines, whose amounts do not divide evenly.
    #[must_use]
    pub fn of(lines: u32, number: u32) -> Self {
        let line = |place: u32| SaleLine { quantity: 1 + place % 3, price: 999 + 137 * i64::from(place) };
        let chain = ["s1", "s2", "s3"].map(str::to_owned).to_vec();
        Self { number, chain, lines: (0..lines).map(line).collect() }
    }

    /// The order event, with what the history does not know: which order of the buyer it is.
    #[must_use]
    pub fn event(&self) -> Event {
        let time = "2026-03-02T10:00:00+08:00".parse().expect("a time");
        let buyer = Buyer::new("b1").order_number(self.number);
        let mut order = Order::new("A1", buyer, time, Currency::CNY).pricing(Pricing::Engine);
        order.seller = self.chain.first().cloned();
        for (place, line) in self.lines.iter().enumerate() {
            let item = Line::goods(format!("{place:03}"), format!("SKU{place}"), line.quantity, line.price);
            order = order.line(item);
        }
        Event::order_paid(order, &Expectations::new(Currency::CNY)).expect("the order is an event")
    }

    /// A history that knows the chain.
    #[must_use]
    pub fn history(&self) -> MemoryHistory {
        let mut history = MemoryHistory::new();
        for link in self.chain.windows(2) {
            let time = "2026-03-01T10:00:00+08:00".parse().expect("a time");
            let expect = Expectations::new(Currency::CNY);
            let bound = RelationBound::new("upline", &link[0], &link[1], time, &expect).expect("a relation");
            history.learn(&bound.into(), &Learned::default()).expect("no circle");
        }
        history
    }

    /// The facts that the engine gives to the hook `shares`: prices after the discount.
    #[must_use]
    pub fn facts(&self) -> Facts {
        let mut facts = Facts::new(OrderTexts { id: "A1", buyer: "b1", source: None });
        for (place, line) in self.lines.iter().enumerate() {
            let (id, item) = (format!("{place:03}"), format!("SKU{place}"));
            let row = facts.push_line(LineTexts { id: &id, category: None, item: Some(&item) });
            let list = line.price * i64::from(line.quantity);
            for (field, value) in [
                (LineField::Kind, i64::from(LineKind::Goods.id())),
                (LineField::Quantity, i64::from(line.quantity)),
                (LineField::UnitPrice, line.price),
                (LineField::List, list),
            ] {
                facts.set_line(row, field, value);
            }
        }
        for (party, depth) in self.chain.iter().zip(0_i64..) {
            let role = if depth == 0 { "seller" } else { "upline" };
            let row = facts.push_party(PartyTexts { id: party, role, tier: None });
            for (field, value) in [
                (PartyField::Depth, depth),
                (PartyField::Volume, 0),
                (PartyField::IsBuyer, 0),
                (PartyField::Eligible, 1),
            ] {
                facts.set_party(row, field, value);
            }
        }
        let count = |rows: usize| i64::try_from(rows).expect("few rows");
        for (field, value) in [
            (OrderField::LineCount, count(self.lines.len())),
            (OrderField::PartyCount, count(self.chain.len())),
            (OrderField::List, native::list(self)),
            (OrderField::Discount, native::discount(self)),
            (OrderField::Paid, self.paid()),
            (OrderField::BuyerOrderNumber, i64::from(self.number)),
            (OrderField::Seller, 0),
        ] {
            facts.set_order(field, value);
        }
        facts
    }

    /// What is paid after the discount, in minor units.
    #[must_use]
    pub fn paid(&self) -> i64 {
        native::list(self) - native::discount(self)
    }

    /// The input of the peers that read JSON-like values.
    #[must_use]
    pub fn json(&self) -> Value {
        let line = |line: &SaleLine| json!({ "quantity": line.quantity, "price": line.price });
        let lines: Vec<Value> = self.lines.iter().map(line).collect();
        json!({ "number": self.number, "chain": self.chain, "lines": lines, "paid": self.paid() })
    }
}
