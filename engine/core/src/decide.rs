//! The path of an event: facts → sandbox → effects → arithmetic → decision → guard → outcome.
//!
//! Invariant: written once, in order; no step can be skipped, because each takes only what the step before makes.

use fenrun_abi::{field::OrderField, host::Facts};
use fenrun_money::{Overflow, decimal::format_minor};

use crate::{
    cart::{Bases, Cart, CartLine},
    decision::{Decision, Discount, LineOutcome, PartyRef, PolicyRun, Share, Totals, Unverified},
    event::{Event, Line, Order, Pricing, Tender, TenderKind},
    facts::{self, Counting, PartyFacts},
    guard::{self, Violation},
    history::History,
    in_play::InPlay,
    loaded::Program,
    outcome::{Held, HoldCause, Outcome, Undecided},
    pricing::{self, PricingFailure, Spending},
    quoted::Quoted,
    sharing::{self, SharingFailure},
};

/// Decides one event under a program.
pub(crate) fn decide(program: &Program, event: &Event, history: &dyn History) -> Outcome {
    let fact_key = || event.fact_key().as_str().to_owned();
    let decided = match event {
        Event::OrderPriced(priced) => {
            Deciding::new(program, priced.order(), history, fact_key(), None).and_then(Deciding::price)
        }
        Event::OrderPaid(paid) => pay(program, paid.order(), history, fact_key()),
        _ => return Outcome::Noted,
    };
    match decided {
        Ok(decision) => Outcome::Decided(Box::new(decision)),
        Err(Stop::Held(cause)) => Outcome::Held(Held { fact_key: fact_key(), cause }),
        Err(Stop::Broken(error)) => Outcome::Error(error.into()),
    }
}

/// `order.paid`: by its quote, where it names one.
fn pay(program: &Program, order: &Order, history: &dyn History, fact_key: String) -> Result<Decision, Stop> {
    match &order.pricing {
        Pricing::Quote(id) => {
            let quoted = Quoted::find(id, order, history)?;
            Deciding::new(program, &quoted.order, history, fact_key, Some(id))?.pay(Some(&quoted))
        }
        Pricing::Given | Pricing::Engine => Deciding::new(program, order, history, fact_key, None)?.pay(None),
    }
}

/// The shares of a paid order once more, at the prices that were paid: by line, minor units. No discount is decided.
pub(crate) fn share_again(
    program: &Program,
    order: &Order,
    paid: &[(String, i64)],
    history: &dyn History,
    fact_key: &str,
) -> Outcome {
    let again = || {
        let (quoted, quote) = match &order.pricing {
            Pricing::Quote(id) => (Some(Quoted::find(id, order, history)?), Some(id.as_str())),
            Pricing::Given | Pricing::Engine => (None, None),
        };
        let order = quoted.as_ref().map_or(order, |quoted| &quoted.order);
        Deciding::new(program, order, history, fact_key.to_owned(), quote)?.pay_at(paid)
    };
    match again() {
        Ok(decision) => Outcome::Decided(Box::new(decision)),
        Err(Stop::Held(cause)) => Outcome::Held(Held { fact_key: fact_key.to_owned(), cause }),
        Err(Stop::Broken(error)) => Outcome::Error(error.into()),
    }
}

/// The discounts of a cart once more, from a history that was kept.
pub(crate) fn price_again(
    program: &Program,
    order: &Order,
    history: &dyn History,
    fact_key: &str,
) -> Outcome {
    let priced = Deciding::new(program, order, history, fact_key.to_owned(), None).and_then(Deciding::price);
    match priced {
        Ok(decision) => Outcome::Decided(Box::new(decision)),
        Err(Stop::Held(cause)) => Outcome::Held(Held { fact_key: fact_key.to_owned(), cause }),
        Err(Stop::Broken(error)) => Outcome::Error(error.into()),
    }
}

/// What the share policies see of a paid order, and its parties; with a decision about it, at the decided prices.
pub(crate) fn settled(
    program: &Program,
    order: &Order,
    decision: Option<&Decision>,
    history: &dyn History,
) -> Result<(Facts, Vec<PartyRef>), Stop> {
    let quoted = match &order.pricing {
        Pricing::Quote(id) => Some(Quoted::find(id, order, history)?),
        Pricing::Given | Pricing::Engine => None,
    };
    let quote = match &order.pricing {
        Pricing::Quote(id) => Some(id.as_str()),
        Pricing::Given | Pricing::Engine => None,
    };
    let order = quoted.as_ref().map_or(order, |quoted| &quoted.order);
    let deciding = Deciding::new(program, order, history, String::new(), quote)?;
    let mut priced = match decision {
        Some(decision) => deciding.as_decided(decision)?,
        None => deciding.paid(quoted.as_ref())?,
    };
    deciding.settle(&mut priced)?;
    Ok((priced.facts, deciding.named))
}

/// Why there is no decision.
pub(crate) enum Stop {
    Held(HoldCause),
    Broken(crate::sandbox::InstanceError),
}

impl Stop {
    pub(crate) fn violation(rule: &'static str, message: String) -> Self {
        Self::Held(HoldCause::Violations(vec![Violation::new(rule, None, message)]))
    }
}

impl From<Stop> for Undecided {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Held(cause) => Self::Held(cause),
            Stop::Broken(error) => Self::Error(error.into()),
        }
    }
}

impl From<Overflow> for Stop {
    fn from(_: Overflow) -> Self {
        Self::violation("overflow", "the amounts of the order do not fit 64 bits".into())
    }
}

impl From<Vec<Violation>> for Stop {
    fn from(violations: Vec<Violation>) -> Self {
        Self::Held(HoldCause::Violations(violations))
    }
}

impl From<PricingFailure> for Stop {
    fn from(failure: PricingFailure) -> Self {
        match failure {
            PricingFailure::Failed { policy, failure } => Self::Held(HoldCause::Failure { policy, failure }),
            PricingFailure::Forbidden(violations) => violations.into(),
            PricingFailure::Broken(error) => Self::Broken(error),
        }
    }
}

impl From<SharingFailure> for Stop {
    fn from(failure: SharingFailure) -> Self {
        match failure {
            SharingFailure::Failed { policy, failure } => Self::Held(HoldCause::Failure { policy, failure }),
            SharingFailure::Forbidden(violations) => violations.into(),
            SharingFailure::Broken(error) => Self::Broken(error),
        }
    }
}

/// One order on its way to a decision.
struct Deciding<'a> {
    program: &'a Program,
    order: &'a Order,
    history: &'a dyn History,
    fact_key: String,
    parties: Vec<PartyFacts>,
    named: Vec<PartyRef>,
    play: InPlay,
}

/// An order with its final prices.
struct PricedOrder {
    cart: Cart,
    facts: Facts,
    discounts: Vec<Discount>,
    runs: Vec<PolicyRun>,
}

impl<'a> Deciding<'a> {
    fn new(
        program: &'a Program,
        order: &'a Order,
        history: &'a dyn History,
        fact_key: String,
        quote: Option<&str>,
    ) -> Result<Self, Stop> {
        let (found, expected) = (order.currency, program.currency());
        if found != expected {
            let message = format!("the order is in {found}, the program is in {expected}");
            return Err(Stop::violation("wrong_currency", message));
        }
        let definition = program.definition();
        let counting = Counting { window: definition.volume_window(), zone: definition.time_zone() };
        let play = InPlay::of(program, order, history, quote);
        let parties = facts::parties(order, play.coupons(), history, counting);
        let named = parties.iter().map(PartyFacts::named).collect();
        Ok(Self { program, order, history, fact_key, parties, named, play })
    }

    /// `order.priced`: discounts, no shares.
    fn price(self) -> Result<Decision, Stop> {
        let priced = self.by_policies()?;
        let bases = Bases::while_pricing(&priced.cart)?;
        self.verified(priced, &bases, Vec::new())
    }

    /// `order.paid`: the prices as the event wants them, then shares of one final base.
    fn pay(self, quoted: Option<&Quoted>) -> Result<Decision, Stop> {
        let priced = self.paid(quoted)?;
        self.share(priced)
    }

    /// The shares alone, at prices that stand.
    fn pay_at(self, paid: &[(String, i64)]) -> Result<Decision, Stop> {
        let priced = self.at_prices(paid)?;
        self.share(priced)
    }

    fn share(self, mut priced: PricedOrder) -> Result<Decision, Stop> {
        let bases = self.settle(&mut priced)?;
        let facts = std::mem::take(&mut priced.facts);
        let mut shared =
            sharing::share(self.program, &priced.cart, &bases, facts, &self.named, &self.spending())?;
        priced.runs.append(&mut shared.runs);
        self.verified(priced, &bases, shared.shares)
    }

    fn spending(&self) -> Spending<'_> {
        Spending { play: &self.play, history: self.history, buyer: &self.order.buyer.id, at: self.order.time }
    }

    /// The prices of a paid order as the event wants them.
    fn paid(&self, quoted: Option<&Quoted>) -> Result<PricedOrder, Stop> {
        match (&self.order.pricing, quoted) {
            (_, Some(quoted)) => self.as_quoted(quoted),
            (Pricing::Engine, None) => self.by_policies(),
            (Pricing::Given | Pricing::Quote(_), None) => self.as_given(),
        }
    }

    /// The one final base that every share is of; the facts show it.
    fn settle(&self, priced: &mut PricedOrder) -> Result<Bases, Stop> {
        let not_commissionable = self.tenders(&priced.cart)?;
        let bases = Bases::new(&priced.cart, not_commissionable, self.order.fees_minor.unwrap_or(0))?;
        facts::set_prices(&mut priced.facts, &priced.cart, &bases);
        Ok(bases)
    }

    fn facts_of(&self, lines: &[Line], cart: &Cart) -> Facts {
        let zone = self.program.definition().time_zone();
        let mut facts = facts::build(self.order, lines, cart, &self.parties, self.history, zone);
        let (coupons, at) = (self.play.coupons(), self.order.time);
        if coupons.is_empty() {
            facts.set_order(OrderField::CouponCount, 0);
        } else {
            facts::coupons::set(&mut facts, coupons, &self.parties, at, zone.to_datetime(at).date());
        }
        facts
    }

    fn by_policies(&self) -> Result<PricedOrder, Stop> {
        let cart = Cart::new(&self.order.lines)?;
        let facts = self.facts_of(&self.order.lines, &cart);
        let priced = pricing::price(self.program, cart, facts, &self.named, &self.spending())?;
        Ok(PricedOrder {
            cart: priced.cart,
            facts: priced.facts,
            discounts: priced.discounts,
            runs: priced.runs,
        })
    }

    fn as_given(&self) -> Result<PricedOrder, Stop> {
        let mut cart = Cart::new(&self.order.lines)?;
        cart.pay_as_given(self.order);
        let facts = self.facts_of(&self.order.lines, &cart);
        Ok(PricedOrder { cart, facts, discounts: Vec::new(), runs: Vec::new() })
    }

    /// The prices of the quote, whatever the policies say by now.
    fn as_quoted(&self, quoted: &Quoted) -> Result<PricedOrder, Stop> {
        let mut cart = Cart::new(&self.order.lines)?;
        quoted.pay(&mut cart)?;
        let facts = self.facts_of(&self.order.lines, &cart);
        Ok(PricedOrder { cart, facts, discounts: quoted.discounts(), runs: Vec::new() })
    }

    /// The prices of a decision about this order.
    fn as_decided(&self, decision: &Decision) -> Result<PricedOrder, Stop> {
        if decision.order != self.order.id {
            return Err(self.other_order(&decision.order));
        }
        let paid = decision.lines.iter().map(|line| (line.id.to_string(), line.due_minor));
        self.at_prices(&paid.collect::<Vec<_>>())
    }

    /// Prices that stand, for every line of the order.
    fn at_prices(&self, paid: &[(String, i64)]) -> Result<PricedOrder, Stop> {
        let mut cart = Cart::new(&self.order.lines)?;
        let known = |line: &CartLine| paid.iter().any(|(id, _)| **id == *line.id);
        if !cart.lines.iter().all(known) {
            return Err(self.other_order(&self.order.id));
        }
        for (line, price) in paid {
            cart.pay(line, *price);
        }
        let facts = self.facts_of(&self.order.lines, &cart);
        Ok(PricedOrder { cart, facts, discounts: Vec::new(), runs: Vec::new() })
    }

    fn other_order(&self, decided: &str) -> Stop {
        let message = format!("the decision is about order `{decided}`, not about `{}`", self.order.id);
        Stop::violation("other_order", message)
    }

    /// Checks that the tenders, where there are any, come to what is due; returns what earns nothing.
    fn tenders(&self, cart: &Cart) -> Result<i64, Stop> {
        let due = cart.sum(|line| line.left())?;
        let tenders = &self.order.tenders;
        let sum = tenders.iter().try_fold(0_i64, |sum, tender| sum.checked_add(tender.amount_minor));
        let sum = sum.ok_or(Overflow)?;
        if !tenders.is_empty() && sum != due {
            let show = |amount| format_minor(amount, self.program.currency().exponent());
            let message = format!("the tenders come to {}, {} is due", show(sum), show(due));
            return Err(Stop::violation("tenders_match", message));
        }
        let excluded = tenders.iter().filter(|tender| !tender.commissionable);
        Ok(excluded.map(|tender| tender.amount_minor).fold(0, i64::saturating_add))
    }

    /// Puts the decision together and has the guard verify it.
    fn verified(self, priced: PricedOrder, bases: &Bases, shares: Vec<Share>) -> Result<Decision, Stop> {
        let totals = totals(&priced, bases, &shares, &self.order.tenders)?;
        let rows = priced.cart.lines.into_iter().zip(&bases.lines);
        let lines = rows.map(|(line, base)| LineOutcome {
            due_minor: line.left(),
            id: line.id,
            kind: line.kind,
            quantity: line.quantity,
            unit_price_minor: line.unit_price,
            list_minor: line.list,
            discount_minor: line.discount,
            paid_minor: base.paid,
            floor_minor: line.floor,
            cost_minor: line.cost,
            tax_minor: line.tax,
            bases: *base,
        });
        let mut unverified = Unverified(Decision {
            fact_key: self.fact_key,
            order: self.order.id.clone(),
            buyer: self.order.buyer.id.clone(),
            time: self.order.time,
            currency: self.program.currency(),
            pricing: self.order.pricing.clone(),
            program: self.program.digest(),
            guard: self.program.guard().name().to_owned(),
            lines: lines.collect(),
            parties: self.named,
            discounts: priced.discounts,
            shares,
            policies: priced.runs,
            totals,
        });
        guard::trim(&mut unverified, self.program.guard(), self.program.rail());
        Ok(guard::verify(unverified, self.program.guard(), self.program.rail())?)
    }
}

fn sum(mut amounts: impl Iterator<Item = i64>) -> Result<i64, Overflow> {
    amounts.try_fold(0_i64, i64::checked_add).ok_or(Overflow)
}

fn totals(
    priced: &PricedOrder,
    bases: &Bases,
    shares: &[Share],
    tenders: &[Tender],
) -> Result<Totals, Overflow> {
    let carried =
        shares.iter().flat_map(|share| share.funders.iter().map(|funder| funder.of(share.amount_minor)));
    let due = priced.cart.sum(|line| line.left())?;
    let shares = sum(shares.iter().map(|share| share.amount_minor))?;
    let goods = priced.cart.lines.iter().zip(&bases.lines).filter(|(line, _)| line.is_goods());
    let funders = priced.discounts.iter().flat_map(|discount| &discount.funders);
    let money = tenders.iter().filter(|tender| tender.kind == TenderKind::Money);
    Ok(Totals {
        list: priced.cart.sum(|line| line.list)?,
        discounts: priced.cart.sum(|line| line.discount)?,
        due,
        goods_paid: sum(goods.map(|(_, base)| base.paid))?,
        money_paid: if tenders.is_empty() { due } else { sum(money.map(|tender| tender.amount_minor))? },
        shares,
        merchant_net: due.checked_sub(shares).ok_or(Overflow)?,
        funded: sum(funders.map(|part| part.amount_minor).chain(carried))?,
    })
}
