//! What a single order comes to under both programs.
//!
//! Invariant: amounts are what is kept after everything that went back.

use super::side::{Back, Effect, Held, Paid};
use super::tally::Sides;

/// What somebody keeps from one policy for one order, under both programs. Amounts are minor units.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// The policy.
    pub policy: String,
    /// Who; empty for a discount, which is the buyer's.
    pub party: String,
    /// As what; empty for a discount.
    pub role: String,
    /// How much is kept.
    pub amount: Sides<i64>,
    /// How the amount was made when the order was decided; empty where the program gives nothing.
    pub formula: Sides<String>,
    /// Why, as the new policy says, or else the old one.
    pub reason: String,
}

/// An order for which the programs differ.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OrderChange {
    /// The order.
    pub order: String,
    /// The money that moves otherwise, minor units: all differences, without their signs.
    pub moved: u128,
    /// What the merchant keeps, with what funders give and less what went back; none where the order is held.
    pub merchant_keeps: Sides<Option<i128>>,
    /// What differs.
    pub changes: Vec<Change>,
    /// Why it is held, where it is.
    pub held: Sides<Option<String>>,
}

/// What one program makes of an order.
#[derive(Clone, Debug)]
pub(super) enum Made {
    Paid(Box<Paid>),
    Held(Box<Held>),
}

impl Made {
    pub(super) fn order(&self) -> &str {
        match self {
            Made::Paid(paid) => &paid.order,
            Made::Held(held) => &held.order,
        }
    }

    pub(super) fn kept(&self) -> bool {
        match self {
            Made::Paid(paid) => paid.kept,
            Made::Held(held) => held.kept,
        }
    }

    pub(super) fn merchant(&self) -> Option<i128> {
        match self {
            Made::Paid(paid) => Some(paid.merchant_net),
            Made::Held(_) => None,
        }
    }

    fn because(&self) -> Option<&str> {
        match self {
            Made::Paid(_) => None,
            Made::Held(held) => Some(&held.because),
        }
    }

    fn effects(&self) -> &[Effect] {
        match self {
            Made::Paid(paid) => &paid.effects,
            Made::Held(_) => &[],
        }
    }

    /// Takes off what went back.
    pub(super) fn take_back(&mut self, back: &Back) {
        let Made::Paid(paid) = self else { return };
        paid.merchant_net = paid.merchant_net.saturating_add(back.merchant);
        for (place, amount) in &back.clawbacks {
            if let Some(effect) = paid.effects.get_mut(*place) {
                effect.amount = effect.amount.saturating_sub(*amount);
            }
        }
    }
}

/// What one policy gives one party in one role, on both sides: places in the effects of either.
struct Pair<'a> {
    of: &'a Effect,
    amount: Sides<i64>,
    told: Sides<Option<&'a Effect>>,
}

/// How two outcomes of an order differ, before any words are made of it.
pub(super) struct Difference<'a> {
    sides: Sides<&'a Made>,
    pairs: Vec<Pair<'a>>,
    pub(super) moved: u128,
}

impl<'a> Difference<'a> {
    /// How they differ; `None` where they do not.
    pub(super) fn between(old: &'a Made, new: &'a Made) -> Option<Difference<'a>> {
        let both_decided = old.because().is_none() && new.because().is_none();
        if both_decided && old.effects() == new.effects() && old.merchant() == new.merchant() {
            return None;
        }
        if old.because().is_some() && new.because().is_some() {
            return None;
        }
        let mut pairs: Vec<Pair<'a>> = Vec::new();
        collect(&mut pairs, old.effects(), |pair| (&mut pair.amount.old, &mut pair.told.old));
        collect(&mut pairs, new.effects(), |pair| (&mut pair.amount.new, &mut pair.told.new));
        pairs.retain(|pair| pair.amount.old != pair.amount.new);
        if pairs.is_empty() && both_decided && old.merchant() == new.merchant() {
            return None;
        }
        let by = |pair: &Pair<'_>| u128::from(pair.amount.old.abs_diff(pair.amount.new));
        let moved = pairs.iter().map(by).fold(0, u128::saturating_add);
        Some(Difference { sides: Sides { old, new }, pairs, moved })
    }

    /// The difference in words; `show` writes an amount of minor units.
    pub(super) fn told(&self, show: &dyn Fn(i64) -> String) -> OrderChange {
        let words =
            |effect: Option<&Effect>| effect.map(|effect| effect.formula.words(show)).unwrap_or_default();
        let changes = self.pairs.iter().map(|pair| Change {
            policy: pair.of.policy.clone(),
            party: pair.of.party.to_string(),
            role: pair.of.role.to_string(),
            amount: pair.amount,
            formula: Sides { old: words(pair.told.old), new: words(pair.told.new) },
            reason: pair.told.new.or(pair.told.old).map(|effect| effect.reason.clone()).unwrap_or_default(),
        });
        let held = |made: &Made| made.because().map(str::to_owned);
        OrderChange {
            order: self.sides.old.order().to_owned(),
            moved: self.moved,
            merchant_keeps: Sides { old: self.sides.old.merchant(), new: self.sides.new.merchant() },
            changes: changes.collect(),
            held: Sides { old: held(self.sides.old), new: held(self.sides.new) },
        }
    }
}

/// Adds the effects of one side; what one policy gives one party in one role is one pair.
fn collect<'a>(
    pairs: &mut Vec<Pair<'a>>,
    effects: &'a [Effect],
    side: impl for<'b> Fn(&'b mut Pair<'a>) -> (&'b mut i64, &'b mut Option<&'a Effect>),
) {
    for effect in effects {
        let same = |pair: &Pair<'_>| {
            pair.of.policy == effect.policy && pair.of.party == effect.party && pair.of.role == effect.role
        };
        let place = match pairs.iter().position(same) {
            Some(place) => place,
            None => {
                pairs.push(Pair { of: effect, amount: Sides::default(), told: Sides::default() });
                pairs.len().saturating_sub(1)
            }
        };
        if let Some(pair) = pairs.get_mut(place) {
            let (amount, told) = side(pair);
            *amount = amount.saturating_add(effect.amount);
            told.get_or_insert(effect);
        }
    }
}
