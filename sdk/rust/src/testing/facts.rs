//! The facts of a test's order.
//!
//! Invariant: what is not said is absent, as in production; list price counts as paid until `paid` says otherwise.

use std::string::{String, ToString};

use fenrun_abi::{
    code::{Hook, HookResult, LineKind, Scope, TextField},
    field::{CouponField, LineField, OrderField, PartyField},
    host::{Asked, Attribute, CouponTexts, Facts as Rows, LineTexts, OrderTexts, PartyTexts, Session},
};

use super::{Configuration, happened::Happened, host, wording};
use crate::{Config, Order, Policy, entry};

/// An order for a test, or a period that closes, or something else that happened. Lines are given in the order of their ids, parties with the chain first.
#[derive(Clone, Debug)]
pub struct Facts {
    pub(super) rows: Rows,
    pub(super) depth: i64,
    pub(super) happened: Happened,
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl Facts {
    /// An order without lines and parties: the buyer's first.
    #[must_use]
    pub fn order(id: &str) -> Self {
        Self::of_texts(OrderTexts { id, buyer: "buyer", source: None })
    }

    /// The same from a source channel, such as `live`.
    #[must_use]
    pub fn order_from(id: &str, source: &str) -> Self {
        Self::of_texts(OrderTexts { id, buyer: "buyer", source: Some(source) })
    }

    fn of_texts(texts: OrderTexts<'_>) -> Self {
        let mut rows = Rows::new(texts);
        for field in [
            OrderField::LineCount,
            OrderField::PartyCount,
            OrderField::List,
            OrderField::Discount,
            OrderField::Paid,
            OrderField::ExTax,
            OrderField::Net,
            OrderField::Shipping,
            OrderField::Quantity,
            OrderField::CouponCount,
        ] {
            rows.set_order(field, 0);
        }
        rows.set_order(OrderField::BuyerOrderNumber, 1);
        rows.set_order(OrderField::CurrencyExponent, 2);
        Self { rows, depth: 0, happened: Happened::default() }
    }

    /// Sets a field of the order.
    #[must_use]
    pub fn with(mut self, field: OrderField, value: i64) -> Self {
        self.rows.set_order(field, value);
        self
    }

    /// Sets which paid order of the buyer this is.
    #[must_use]
    pub fn order_number(self, number: i64) -> Self {
        self.with(OrderField::BuyerOrderNumber, number)
    }

    /// Adds a line of goods.
    #[must_use]
    pub fn line(self, id: &str, quantity: i64, unit_price_minor: i64) -> Self {
        self.line_of(id, None, quantity, unit_price_minor)
    }

    /// Adds a line of goods of a category.
    #[must_use]
    pub fn line_of(self, id: &str, category: Option<&str>, quantity: i64, unit_price_minor: i64) -> Self {
        self.goods(LineTexts { id, category, item: None }, quantity, unit_price_minor)
    }

    /// Adds a line of goods with a stock code.
    #[must_use]
    pub fn item(self, id: &str, item: &str, quantity: i64, unit_price_minor: i64) -> Self {
        self.goods(LineTexts { id, category: None, item: Some(item) }, quantity, unit_price_minor)
    }

    fn goods(mut self, texts: LineTexts<'_>, quantity: i64, unit_price_minor: i64) -> Self {
        let list = unit_price_minor.saturating_mul(quantity);
        let line = self.rows.push_line(texts);
        for (field, value) in [
            (LineField::Kind, i64::from(LineKind::Goods.id())),
            (LineField::Quantity, quantity),
            (LineField::UnitPrice, unit_price_minor),
            (LineField::List, list),
            (LineField::Discount, 0),
            (LineField::Paid, list),
            (LineField::ExTax, list),
            (LineField::Net, list),
            (LineField::Tax, 0),
        ] {
            self.rows.set_line(line, field, value);
        }
        self.rows.set_order(OrderField::LineCount, count(self.rows.line_count()));
        for (field, more) in [
            (OrderField::List, list),
            (OrderField::Paid, list),
            (OrderField::ExTax, list),
            (OrderField::Net, list),
            (OrderField::Quantity, quantity),
        ] {
            self.rows.set_order(field, self.rows.order(field).saturating_add(more));
        }
        self
    }

    pub(super) fn place(mut self, id: &str, role: &str, depth: Option<i64>) -> Self {
        let party = self.rows.push_party(PartyTexts { id, role, tier: None });
        for (field, value) in [(PartyField::Volume, 0), (PartyField::IsBuyer, 0), (PartyField::Eligible, 1)] {
            self.rows.set_party(party, field, value);
        }
        if let Some(depth) = depth {
            self.rows.set_party(party, PartyField::Depth, depth);
            if depth == 0 {
                self.rows.set_order(OrderField::Seller, count(party));
            }
        }
        self.rows.set_order(OrderField::PartyCount, count(self.rows.party_count()));
        self
    }

    /// Adds the seller of record.
    #[must_use]
    pub fn seller(mut self, id: &str) -> Self {
        self.depth = 1;
        self.place(id, "seller", Some(0))
    }

    /// Adds the next party of the chain.
    #[must_use]
    pub fn upline(mut self, id: &str) -> Self {
        let depth = self.depth;
        self.depth = depth.saturating_add(1);
        self.place(id, "upline", Some(depth))
    }

    /// Adds a party outside the chain.
    #[must_use]
    pub fn party(self, id: &str, role: &str) -> Self {
        self.place(id, role, None)
    }

    /// Adds a coupon that the buyer presents, sorted by id; `kind`, `issuer` and `giver` are empty where there is none.
    #[must_use]
    pub fn coupon(mut self, id: &str, kind: &str, issuer: &str, giver: &str) -> Self {
        let said = |text: &str| (!text.is_empty()).then(|| text.to_string());
        let (kind, issuer, giver) = (said(kind), said(issuer), said(giver));
        let coupon = self.rows.push_coupon(CouponTexts {
            id,
            kind: kind.as_deref(),
            issuer: issuer.as_deref(),
            giver: giver.as_deref(),
        });
        for (field, who) in [(CouponField::IssuerParty, &issuer), (CouponField::GiverParty, &giver)] {
            let id =
                |party: &usize| self.rows.text(Scope::Party, *party, TextField::Id).map(ToString::to_string);
            let party = (0..self.rows.party_count()).find(|party| who.is_some() && id(party) == *who);
            if let Some(party) = party {
                self.rows.set_coupon(coupon, field, count(party));
            }
        }
        self.rows.set_order(OrderField::CouponCount, count(self.rows.coupon_count()));
        self
    }

    /// Sets a field of the newest coupon.
    #[must_use]
    pub fn coupon_with(mut self, field: CouponField, value: i64) -> Self {
        let newest = self.rows.coupon_count().saturating_sub(1);
        self.rows.set_coupon(newest, field, value);
        self
    }

    /// Sets a field of the newest party.
    #[must_use]
    pub fn party_with(mut self, field: PartyField, value: i64) -> Self {
        let newest = self.rows.party_count().saturating_sub(1);
        self.rows.set_party(newest, field, value);
        self
    }

    /// Sets a field of the newest line.
    #[must_use]
    pub fn line_with(mut self, field: LineField, value: i64) -> Self {
        let newest = self.rows.line_count().saturating_sub(1);
        self.rows.set_line(newest, field, value);
        self
    }

    /// Adds a tag of the buyer.
    #[must_use]
    pub fn buyer_tag(mut self, tag: &str) -> Self {
        self.rows.push_tag(Scope::Buyer, 0, tag);
        self
    }

    /// Adds a custom attribute of the order.
    #[must_use]
    pub fn attribute(mut self, key: &str, text: &str) -> Self {
        self.rows.push_attribute(Scope::Order, 0, key, Attribute::Text(text));
        self
    }

    /// Adds a custom attribute of the order, or of what has happened, that is a number.
    #[must_use]
    pub fn attribute_number(mut self, key: &str, number: i64) -> Self {
        self.rows.push_attribute(Scope::Order, 0, key, Attribute::Integer(number));
        self
    }

    /// Adds a custom attribute of the buyer that is a number.
    #[must_use]
    pub fn buyer_attribute(mut self, key: &str, number: i64) -> Self {
        self.rows.push_attribute(Scope::Buyer, 0, key, Attribute::Integer(number));
        self
    }

    /// Adds a tag of the newest party.
    #[must_use]
    pub fn party_tag(mut self, tag: &str) -> Self {
        let newest = self.rows.party_count().saturating_sub(1);
        self.rows.push_tag(Scope::Party, newest, tag);
        self
    }

    /// Adds a tag of the newest line.
    #[must_use]
    pub fn line_tag(mut self, tag: &str) -> Self {
        let newest = self.rows.line_count().saturating_sub(1);
        self.rows.push_tag(Scope::Line, newest, tag);
        self
    }

    /// Sets the local date of the order or the event.
    #[must_use]
    pub fn date(self, year: i64, month: i64, day: i64) -> Self {
        let fields = [(OrderField::Year, year), (OrderField::Month, month), (OrderField::Day, day)];
        fields.into_iter().fold(self, |facts, (field, value)| facts.with(field, value))
    }

    /// What the policy's `shares` asks for, a sentence for each effect.
    ///
    /// # Errors
    ///
    /// What the policy or its `configure` refuses with.
    pub fn shares<P: Policy>(&self, configuration: &Configuration) -> Result<Vec<String>, String> {
        self.run::<P>(configuration, Hook::Shares, |policy| entry::finish(policy.shares(&Order::current())))
    }

    /// What the policy's `discounts` asks for, a sentence for each effect.
    ///
    /// # Errors
    ///
    /// What the policy or its `configure` refuses with.
    pub fn discounts<P: Policy>(&self, configuration: &Configuration) -> Result<Vec<String>, String> {
        self.run::<P>(configuration, Hook::Discounts, |policy| {
            entry::finish(policy.discounts(&Order::current()))
        })
    }

    pub(super) fn run<P: Policy>(
        &self,
        configuration: &Configuration,
        hook: Hook,
        decide: impl FnOnce(&P) -> i32,
    ) -> Result<Vec<String>, String> {
        let (configured, session) = host::within(Session::configure(configuration.values()), || {
            let configured = P::configure(&Config::root());
            if let Err(refusal) = configured {
                refusal.tell();
            }
            configured
        });
        let symbols = session.symbols().clone();
        let Ok(policy) = configured else {
            return Err(refusal("configure refused", &session.finish().1));
        };
        let (result, session) =
            host::within(Session::decide(hook, self.rows.clone(), symbols), || decide(&policy));
        let (facts, asked, _) = session.finish();
        if result == HookResult::Done.id() {
            Ok(wording::effects(&facts, &asked))
        } else {
            Err(refusal("refused", &asked))
        }
    }
}

fn refusal(who: &str, asked: &Asked) -> String {
    match &asked.refusal {
        Some(reason) => format!("{who}: {reason}"),
        None => who.to_string(),
    }
}
