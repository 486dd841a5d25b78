//! The facts that a policy read, with their values.
//!
//! Invariant: only what the call read is shown; nothing is looked up again.

use std::collections::BTreeMap;

use fenrun::decision::PolicyRun;
use fenrun_abi::{
    ABSENT,
    code::{Scope, TextField},
    field::{EventField, LineField, OrderField, PartyField, PeriodField},
    host::Facts,
};
use fenrun_money::decimal::format_minor;
use serde_json::{Map, Value, json};

/// Every field that a call read; without kept facts only their names.
pub(super) fn read(run: &PolicyRun, exponent: u8) -> BTreeMap<&'static str, Value> {
    let Some(facts) = &run.facts else { return run.reads.names().map(|name| (name, Value::Null)).collect() };
    let shown = Shown { facts, exponent };
    run.reads.names().map(|name| (name, shown.value(name))).collect()
}

struct Shown<'a> {
    facts: &'a Facts,
    exponent: u8,
}

impl Shown<'_> {
    fn value(&self, name: &str) -> Value {
        if let Some(field) = OrderField::ALL.iter().find(|field| field.name() == name) {
            return self.order(*field);
        }
        if let Some(field) = LineField::ALL.iter().find(|field| field.name() == name) {
            let each = (0..self.facts.line_count()).map(|line| (self.line_id(line), self.line(line, *field)));
            return Value::Object(each.collect());
        }
        if let Some(field) = PartyField::ALL.iter().find(|field| field.name() == name) {
            let each =
                (0..self.facts.party_count()).map(|party| (self.party_id(party), self.party(party, *field)));
            return Value::Object(each.collect());
        }
        if let Some(field) = PeriodField::ALL.iter().find(|field| field.name() == name) {
            return self.number(self.facts.period(*field), is_period_money(*field));
        }
        if let Some(field) = EventField::ALL.iter().find(|field| field.name() == name) {
            return match field {
                EventField::Party => self.party_at(self.facts.event_party()),
                EventField::Kind | EventField::Relation => json!(self.facts.event_text(*field)),
            };
        }
        self.holdings(name)
    }

    fn number(&self, value: i64, is_money: bool) -> Value {
        match value {
            ABSENT => Value::Null,
            value if is_money => json!(format_minor(value, self.exponent).to_string()),
            value => json!(value),
        }
    }

    fn text(&self, scope: Scope, index: usize, field: TextField) -> Value {
        json!(self.facts.text(scope, index, field))
    }

    fn order(&self, field: OrderField) -> Value {
        use OrderField as Of;
        match field {
            Of::BuyerId => self.text(Scope::Buyer, 0, TextField::Id),
            Of::Source => self.text(Scope::Order, 0, TextField::Source),
            Of::BuyerParty | Of::Seller => self.party_at(self.facts.order(field)),
            Of::List | Of::Discount | Of::Paid | Of::ExTax | Of::Margin | Of::Net | Of::Shipping => {
                self.number(self.facts.order(field), true)
            }
            _ => self.number(self.facts.order(field), false),
        }
    }

    fn line(&self, line: usize, field: LineField) -> Value {
        use LineField as Of;
        let text = |field| self.text(Scope::Line, line, field);
        let value = self.facts.line(line, field).unwrap_or(ABSENT);
        match field {
            Of::Id => text(TextField::Id),
            Of::Category => text(TextField::Category),
            Of::Item => text(TextField::Item),
            Of::Kind => json!(line_kind(value)),
            Of::Quantity => self.number(value, false),
            _ => self.number(value, true),
        }
    }

    fn party(&self, party: usize, field: PartyField) -> Value {
        use PartyField as Of;
        let text = |field| self.text(Scope::Party, party, field);
        let value = self.facts.party(party, field).unwrap_or(ABSENT);
        match field {
            Of::Id => text(TextField::Id),
            Of::Role => text(TextField::Role),
            Of::Tier => text(TextField::Tier),
            Of::IsBuyer | Of::Eligible => json!(value == 1),
            _ => self.number(value, field == Of::Volume),
        }
    }

    /// Units by whose they are: held, and earned in all.
    fn holdings(&self, name: &str) -> Value {
        let mut all = Map::new();
        for (holder, asset, units) in self.facts.units_known() {
            let who = holder.map_or_else(|| "buyer".to_owned(), |party| self.party_id(party));
            let amount = if name.ends_with("earned") { units.earned } else { units.held };
            all.insert(format!("{who}: {asset}"), json!(amount));
        }
        Value::Object(all)
    }

    fn line_id(&self, line: usize) -> String {
        self.facts.text(Scope::Line, line, TextField::Id).unwrap_or_default().to_owned()
    }

    fn party_id(&self, party: usize) -> String {
        let text = |field| self.facts.text(Scope::Party, party, field).unwrap_or_default();
        format!("{} ({})", text(TextField::Id), text(TextField::Role))
    }

    fn party_at(&self, index: i64) -> Value {
        match usize::try_from(index) {
            Ok(party) => json!(self.party_id(party)),
            Err(_) => Value::Null,
        }
    }
}

fn is_period_money(field: PeriodField) -> bool {
    use PeriodField as Of;
    matches!(
        field,
        Of::Volume | Of::Accrued | Of::AccruedHere | Of::DirectVolume | Of::GroupVolume | Of::TotalVolume
    )
}

fn line_kind(code: i64) -> Option<&'static str> {
    use fenrun_abi::code::LineKind;
    let kinds = [
        (LineKind::Goods, "goods"),
        (LineKind::Shipping, "shipping"),
        (LineKind::Fee, "fee"),
        (LineKind::Deposit, "deposit"),
    ];
    kinds.into_iter().find(|(kind, _)| i64::from(kind.id()) == code).map(|(_, name)| name)
}
