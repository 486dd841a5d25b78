//! The facts of a test that are not of an order: a period that closes, an event, units that people hold.
//!
//! Invariant: what is not said is zero in a period, and absent where there is no order, as in production.

use std::string::{String, ToString};

use fenrun_abi::{
    code::{Hook, Scope, TextField, Window},
    field::{OrderField, PartyField, PeriodField},
    host::{Facts as Rows, OrderTexts, Units},
    word,
};

use super::{Configuration, Facts};
use crate::{Occasion, Period, Policy, entry};

/// What the event is, beside the rows.
#[derive(Clone, Debug, Default)]
pub(super) struct Happened {
    kind: Option<String>,
    concerns: Option<String>,
    relation: Option<String>,
}

impl Facts {
    /// A month that closes for a party, in which nothing happened.
    #[must_use]
    pub fn of_period(party: &str, role: &str) -> Self {
        let mut rows = Rows::new(OrderTexts::default());
        for field in
            PeriodField::ALL.iter().filter(|field| !matches!(field, PeriodField::Rank | PeriodField::Tied))
        {
            rows.set_period(*field, 0);
        }
        rows.set_period(PeriodField::Window, i64::from(Window::Month.id()));
        rows.set_order(OrderField::LineCount, 0);
        rows.set_order(OrderField::CurrencyExponent, 2);
        let depth = if role == "seller" { Some(0) } else { None };
        Self { rows, depth: 0, happened: Happened::default() }.place(party, role, depth)
    }

    /// Sets a field of the period; the volume is the party's, too.
    #[must_use]
    pub fn period_with(mut self, field: PeriodField, value: i64) -> Self {
        self.rows.set_period(field, value);
        if field == PeriodField::Volume {
            self.rows.set_party(0, PartyField::Volume, value);
        }
        self
    }

    /// Something that happened to the buyer and is about no order, such as `check_in`.
    #[must_use]
    pub fn of_event(kind: &str) -> Self {
        let mut rows = Rows::new(OrderTexts { id: "", buyer: "buyer", source: None });
        rows.set_order(OrderField::PartyCount, 0);
        rows.set_order(OrderField::CurrencyExponent, 2);
        let happened = Happened { kind: Some(kind.to_string()), ..Happened::default() };
        Self { rows, depth: 0, happened }
    }

    /// The event concerns the first party with this id; for a paid order it is the seller of record.
    #[must_use]
    pub fn concerning(mut self, party: &str) -> Self {
        self.happened.concerns = Some(party.to_string());
        self
    }

    /// A member was bound in this relation.
    #[must_use]
    pub fn bound_as(mut self, relation: &str) -> Self {
        self.happened.relation = Some(relation.to_string());
        self
    }

    /// The buyer holds so many units of an asset, and has earned so many in all.
    #[must_use]
    pub fn buyer_holds(mut self, asset: &str, held: i64, earned: i64) -> Self {
        self.rows.set_units(None, asset, Units { held, earned });
        self
    }

    /// The newest party holds so many units of an asset, and has earned so many in all.
    #[must_use]
    pub fn party_holds(mut self, asset: &str, held: i64, earned: i64) -> Self {
        let newest = self.rows.party_count().saturating_sub(1);
        self.rows.set_units(Some(newest), asset, Units { held, earned });
        self
    }

    /// What the policy's `period` asks for, a sentence for each effect.
    ///
    /// # Errors
    ///
    /// What the policy or its `configure` refuses with.
    pub fn period<P: Policy>(&self, configuration: &Configuration) -> Result<Vec<String>, String> {
        self.run::<P>(configuration, Hook::Period, |policy| entry::finish(policy.period(&Period::current())))
    }

    /// What the policy's `grants` asks for, a sentence for each effect.
    ///
    /// # Errors
    ///
    /// What the policy or its `configure` refuses with.
    pub fn grants<P: Policy>(&self, configuration: &Configuration) -> Result<Vec<String>, String> {
        let mut facts = self.clone();
        let order_paid = || word::text(word::ORDER_PAID).unwrap_or_default();
        let Happened { kind, concerns, relation } = &self.happened;
        let party = match concerns {
            Some(id) => (0..self.rows.party_count())
                .find(|index| self.rows.text(Scope::Party, *index, TextField::Id) == Some(id)),
            None => usize::try_from(self.rows.order(OrderField::Seller)).ok(),
        };
        facts.rows.set_event(kind.as_deref().unwrap_or_else(order_paid), party, relation.as_deref());
        facts.run::<P>(configuration, Hook::Grants, |policy| {
            entry::finish(policy.grants(&Occasion::current()))
        })
    }
}
