//! An order's lot: its lines as they were paid, what went back, and the shares that came of it.
//!
//! Invariant: what remains of a line is a function of the units that came back and the amounts given back, so any slicing
//! or order of refunds ends at the same cent; pure, no store.

use std::collections::{BTreeMap, BTreeSet};

use fenrun_money::{Allocation, ExactSum, Overflow, allocate};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use super::frozen::{FrozenShare, FrozenTerm};
use super::reprice::Repricing;
use crate::decision::Decision;
use crate::event::{LineKind, RefundLine, RefundPart};

/// One line of a paid order. Amounts are minor units of the whole line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LotLine {
    pub(crate) id: String,
    #[serde(with = "kind_name")]
    pub(crate) kind: LineKind,
    pub(crate) quantity: i64,
    /// What the buyer paid for it.
    pub(crate) due: i64,
    /// The part of that which counted as goods paid.
    pub(crate) paid: i64,
    /// Units that came back.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) returned: i64,
    /// Money given back without units.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) given_back: i64,
    /// Money that stays although units of the order came back, because what remains costs more by itself.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) kept_back: i64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(number: &i64) -> bool {
    *number == 0
}

mod kind_name {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    use crate::event::LineKind;

    pub(super) fn serialize<S: Serializer>(kind: &LineKind, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(kind.name())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<LineKind, D::Error> {
        let name = String::deserialize(from)?;
        LineKind::ALL
            .into_iter()
            .find(|kind| kind.name() == name)
            .ok_or_else(|| D::Error::custom("line kind"))
    }
}

impl LotLine {
    /// What remains of what the buyer paid.
    pub(crate) fn remaining(&self) -> Result<i64, Overflow> {
        let of_units = i128::from(self.by_units()?).checked_add(self.kept_back.into()).ok_or(Overflow)?;
        let left = of_units.checked_sub(self.given_back.into()).ok_or(Overflow)?.max(0);
        i64::try_from(left).map_err(|_| Overflow)
    }

    /// The part of what the buyer paid for it that belongs to the units that did not come back.
    pub(crate) fn by_units(&self) -> Result<i64, Overflow> {
        part(self.due, self.quantity.checked_sub(self.returned).ok_or(Overflow)?, self.quantity)
    }

    /// The part of an amount that belongs to the units that came back, floored.
    pub(crate) fn of_returned(&self, amount: i64) -> Result<i64, Overflow> {
        part(amount, self.returned, self.quantity)
    }

    /// The units that remain; none where all the money went back.
    pub(crate) fn units_left(&self) -> i64 {
        match self.remaining() {
            Ok(0) if self.due > 0 => 0,
            _ => self.quantity.saturating_sub(self.returned),
        }
    }

    /// The units that did not come back; none where money went back without units until nothing was left.
    pub(crate) fn units_kept(&self) -> i64 {
        if self.given_back > 0 { self.units_left() } else { self.quantity.saturating_sub(self.returned) }
    }

    /// Whether nothing of it went back.
    pub(crate) fn is_untouched(&self) -> bool {
        self.returned == 0 && self.given_back == 0 && self.kept_back == 0
    }

    /// The part of an amount that belongs to what remains: by money where the line cost some, else by units; floored.
    pub(crate) fn scaled(&self, amount: i64) -> Result<i64, Overflow> {
        if self.is_untouched() {
            return Ok(amount);
        }
        let (left, all) = match self.due {
            0 => (self.units_left(), self.quantity),
            due => (self.remaining()?, due),
        };
        part(amount, left, all)
    }

    /// The part of what somebody carries of its price that belongs to what remains: by the units that remain, and by
    /// money where some was given back without units; floored. `off` is the discount behind it, where that is decided
    /// again: what is kept back of it, nobody has to carry.
    pub(crate) fn carried(&self, amount: i64, off: Option<i64>) -> Result<i64, Overflow> {
        let mut by_units = part(amount, self.units_left(), self.quantity)?;
        if let Some(off) = off.filter(|_| self.kept_back > 0) {
            let off = part(off, self.units_left(), self.quantity)?;
            by_units = part(by_units, off.saturating_sub(self.kept_back).max(0), off)?;
        }
        Ok(if self.given_back == 0 { by_units } else { by_units.min(self.scaled(amount)?) })
    }
}

fn part(amount: i64, left: i64, all: i64) -> Result<i64, Overflow> {
    let product = i128::from(amount).checked_mul(left.into()).ok_or(Overflow)?;
    i64::try_from(product.div_euclid(i128::from(all.max(1)))).map_err(|_| Overflow)
}

/// A part of the discounts that somebody else than the merchant carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FunderLot {
    pub(crate) party: String,
    /// The line and what the funder carries of it, minor units.
    pub(crate) lines: Vec<(usize, i64)>,
    /// What the funder carries by now.
    pub(crate) carried: i64,
    /// Whether the discount is decided again where units come back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) reprices: bool,
}

/// Units that were granted for an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct GrantLot {
    pub(crate) to: String,
    pub(crate) asset: String,
    /// The lot of the wallet they went into.
    pub(crate) lot: String,
    /// What is left of them for this order: fewer after a refund.
    pub(crate) units: i64,
    /// What they came from; none where a refund of a part changes nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) terms: Vec<FrozenTerm>,
    /// Whether they are counted over other units, and restated with those.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) counted: bool,
}

impl GrantLot {
    /// The units that are kept when this remains of the order's lines.
    pub(crate) fn kept(&self, lines: &[LotLine]) -> Result<i64, Overflow> {
        if self.terms.is_empty() || lines.iter().all(LotLine::is_untouched) {
            return Ok(self.units);
        }
        let mut sum = ExactSum::zero();
        for term in &self.terms {
            term.add_to(&mut sum, lines)?;
        }
        Ok(sum.floor()?.clamp(0, self.units.max(0)))
    }
}

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Stage {
    Paid,
    Completed,
    Cancelled,
}

/// A dispute about an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Dispute {
    /// What it is about: line and units or money; nothing is everything that remains.
    pub(crate) lines: Vec<(String, Returned)>,
    pub(crate) open: bool,
}

/// What comes back of one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Returned {
    Units(i64),
    Amount(i64),
}

/// By what a lot was decided again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RestatedMark {
    /// The restatement.
    pub(crate) by: String,
    /// The digest of the mended program.
    pub(crate) program: String,
    /// How many of the lot's shares, the first ones, came of it; the others are of closed periods.
    pub(crate) shares: usize,
    /// What its shares took from budgets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) spent: Vec<(String, i64)>,
}

/// One paid order. Amounts are minor units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Lot {
    pub(crate) order: String,
    pub(crate) buyer: String,
    pub(crate) seller: Option<String>,
    pub(crate) currency: String,
    pub(crate) paid_at: Timestamp,
    pub(crate) stage: Stage,
    pub(crate) goods_paid: i64,
    /// What was paid through the rail, where that bounds something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) money_paid: Option<i64>,
    pub(crate) lines: Vec<LotLine>,
    pub(crate) shares: Vec<FrozenShare>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) funders: Vec<FunderLot>,
    /// From when on its shares may be released.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) due: Option<Date>,
    /// Refund requests and disputes that keep it from being released.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) frozen_by: BTreeSet<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) disputes: BTreeMap<String, Dispute>,
    /// What went back to the buyer.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) refunded: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) quote: Option<String>,
    /// The coupons it used up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) coupons: Vec<String>,
    /// What it took from budgets: the budget's key and how much.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) budgets: Vec<(String, i64)>,
    /// What was granted for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) grants: Vec<GrantLot>,
    /// The buyer's latest order before, for giving the place back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) order_before: Option<Timestamp>,
    /// By what it was decided again last, where it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) restated: Option<RestatedMark>,
    /// What the rest is priced again from where units come back, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) repricing: Option<Box<Repricing>>,
}

/// What a refund changes, in minor units.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reduction {
    /// What goes back to the buyer.
    pub(crate) refund: i64,
    /// What is taken back from shares: the party, whether the share had left the lot, how much.
    pub(crate) clawbacks: Vec<(String, bool, i64)>,
    /// What funders get back.
    pub(crate) funders: Vec<(String, i64)>,
    /// Goods paid that no longer count.
    pub(crate) goods: i64,
}

/// Why a refund is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RefundError {
    #[error("order `{order}` has no line `{line}`")]
    UnknownLine { order: String, line: String },
    #[error("line `{line}` has {left} units left, {asked} are to come back")]
    TooManyUnits { line: String, left: i64, asked: i64 },
    #[error("{left} is left of what was paid for line `{line}`, {asked} is to go back")]
    TooMuch { line: String, left: String, asked: String },
    #[error("order `{order}` has no shipping of which {asked} could go back")]
    TooMuchShipping { order: String, asked: String },
    #[error("the amounts do not fit 64 bits")]
    Overflow,
}

impl From<Overflow> for RefundError {
    fn from(_: Overflow) -> Self {
        Self::Overflow
    }
}

impl Lot {
    /// The lot of a decided order.
    pub(crate) fn of(
        decision: &Decision,
        seller: Option<&str>,
        repricing: Option<Repricing>,
    ) -> Result<Self, Overflow> {
        let reprices = |policy: &str| repricing.as_ref().is_some_and(|repricing| repricing.reprices(policy));
        let lines = decision.lines.iter().map(|line| LotLine {
            id: line.id.to_string(),
            kind: line.kind,
            quantity: line.quantity,
            due: line.due_minor,
            paid: line.paid_minor,
            returned: 0,
            given_back: 0,
            kept_back: 0,
        });
        let shares = decision.shares.iter().filter(|share| share.amount_minor > 0);
        let mut funders: Vec<FunderLot> = Vec::new();
        for discount in &decision.discounts {
            for funder in discount.funders.iter().filter(|funder| funder.amount_minor > 0) {
                let parts = funder.lines.iter().map(|part| (part.line, part.amount_minor)).collect();
                let (party, carried) = (funder.party.id.to_string(), funder.amount_minor);
                funders.push(FunderLot {
                    party,
                    lines: parts,
                    carried,
                    reprices: reprices(&discount.policy),
                });
            }
        }
        Ok(Self {
            order: decision.order.clone(),
            buyer: decision.buyer.clone(),
            seller: seller.map(str::to_owned),
            currency: decision.currency.code().to_owned(),
            paid_at: decision.time,
            stage: Stage::Paid,
            goods_paid: decision.totals.goods_paid,
            money_paid: None,
            lines: lines.collect(),
            shares: shares.map(|share| FrozenShare::of(decision, share)).collect::<Result<_, _>>()?,
            funders,
            due: None,
            frozen_by: BTreeSet::new(),
            disputes: BTreeMap::new(),
            refunded: 0,
            quote: None,
            coupons: Vec::new(),
            budgets: Vec::new(),
            grants: Vec::new(),
            order_before: None,
            restated: None,
            repricing: repricing.map(Box::new),
        })
    }

    /// What remains of what the buyer paid.
    pub(crate) fn remaining(&self) -> Result<i64, Overflow> {
        self.lines.iter().try_fold(0_i64, |sum, line| sum.checked_add(line.remaining()?).ok_or(Overflow))
    }

    /// Goods paid that still count.
    pub(crate) fn goods_left(&self) -> Result<i64, Overflow> {
        self.paid_left(|kind| kind == LineKind::Goods)
    }

    /// What was paid for lines of some kinds and still counts.
    pub(crate) fn paid_left(&self, counts: impl Fn(LineKind) -> bool) -> Result<i64, Overflow> {
        let counted = self.lines.iter().filter(|line| counts(line.kind));
        counted
            .map(|line| line.scaled(line.paid))
            .try_fold(0_i64, |sum, part| sum.checked_add(part?).ok_or(Overflow))
    }

    /// Whether something still keeps it from being released.
    pub(crate) fn is_frozen(&self) -> bool {
        !self.frozen_by.is_empty()
    }

    /// Takes lines back: all or, on an error, none of them.
    pub(crate) fn refund(
        &mut self,
        parts: &[(String, Returned)],
        shipping: i64,
        show: impl Fn(i64) -> String,
    ) -> Result<Reduction, RefundError> {
        let before = self.clone();
        let result = self.take_back(parts, shipping, show).and_then(|()| self.reduce(&before));
        if result.is_err() {
            *self = before;
        }
        result
    }

    /// Takes back everything that remains.
    pub(crate) fn refund_all(&mut self) -> Result<Reduction, RefundError> {
        let before = self.clone();
        for line in &mut self.lines {
            (line.returned, line.kept_back) = (line.quantity, 0);
        }
        let result = self.reduce(&before);
        if result.is_err() {
            *self = before;
        }
        result
    }

    /// Takes back what is left of the parts that a lost dispute was about.
    pub(crate) fn lose(&mut self, dispute: &Dispute) -> Result<Reduction, RefundError> {
        match self.lost(dispute)? {
            None => self.refund_all(),
            Some(parts) => self.refund(&parts, 0, |amount| amount.to_string()),
        }
    }

    /// What is left of the parts that a lost dispute was about: what went back meanwhile counts once (I6). `None` is all.
    pub(crate) fn lost(&self, dispute: &Dispute) -> Result<Option<Vec<(String, Returned)>>, RefundError> {
        if dispute.lines.is_empty() {
            return Ok(None);
        }
        let mut left = Vec::new();
        for (id, part) in &dispute.lines {
            let Some(line) = self.lines.iter().find(|line| line.id == *id) else { continue };
            match part {
                Returned::Units(units) => {
                    left.push((id.clone(), Returned::Units((*units).min(line.units_left()))));
                }
                Returned::Amount(amount) => {
                    left.push((id.clone(), Returned::Amount((*amount).min(line.remaining()?))));
                }
            }
        }
        Ok(Some(left))
    }

    /// Keeps back what each line's rest costs more by itself, as far as it is covered by what would go back now.
    pub(crate) fn keep_back(&mut self, before: &Self, dearer: &[i64]) -> Result<(), Overflow> {
        for (line, more) in self.lines.iter_mut().zip(dearer) {
            line.kept_back = *more;
        }
        let excess = self.remaining()?.saturating_sub(before.remaining()?);
        if excess <= 0 {
            return Ok(());
        }
        let room = |line: &LotLine| Ok(line.kept_back.min(line.remaining()?));
        let weights = self.lines.iter().map(room).collect::<Result<Vec<i64>, Overflow>>()?;
        let mut cuts = vec![0; weights.len()];
        allocate(excess, &weights, Allocation::LargestRemainder, &mut cuts).map_err(|_| Overflow)?;
        for (line, cut) in self.lines.iter_mut().zip(cuts) {
            line.kept_back = line.kept_back.checked_sub(cut).ok_or(Overflow)?;
        }
        Ok(())
    }

    pub(crate) fn take_back(
        &mut self,
        parts: &[(String, Returned)],
        shipping: i64,
        show: impl Fn(i64) -> String,
    ) -> Result<(), RefundError> {
        for (id, part) in parts {
            let order = self.order.clone();
            let unknown = || RefundError::UnknownLine { order, line: id.clone() };
            let line = self.lines.iter_mut().find(|line| line.id == *id).ok_or_else(unknown)?;
            match *part {
                Returned::Units(asked) => {
                    let left = line.units_left();
                    if asked > left {
                        return Err(RefundError::TooManyUnits { line: id.clone(), left, asked });
                    }
                    line.returned = line.returned.checked_add(asked).ok_or(Overflow)?;
                }
                Returned::Amount(asked) => {
                    let left = line.remaining()?;
                    if asked > left {
                        let (left, asked) = (show(left), show(asked));
                        return Err(RefundError::TooMuch { line: id.clone(), left, asked });
                    }
                    line.given_back = line.given_back.checked_add(asked).ok_or(Overflow)?;
                }
            }
        }
        let mut asked = shipping;
        for line in self.lines.iter_mut().filter(|line| line.kind == LineKind::Shipping) {
            let back = asked.min(line.remaining()?);
            line.given_back = line.given_back.checked_add(back).ok_or(Overflow)?;
            asked = asked.checked_sub(back).ok_or(Overflow)?;
        }
        if asked > 0 {
            return Err(RefundError::TooMuchShipping { order: self.order.clone(), asked: show(shipping) });
        }
        Ok(())
    }

    /// Runs the frozen formulas on what remains, and says what that changes.
    pub(crate) fn reduce(&mut self, before: &Self) -> Result<Reduction, RefundError> {
        let mut reduction = Reduction {
            refund: before.remaining()?.checked_sub(self.remaining()?).ok_or(Overflow)?,
            ..Reduction::default()
        };
        reduction.goods = before.goods_left()?.checked_sub(self.goods_left()?).ok_or(Overflow)?;
        self.refunded = self.refunded.checked_add(reduction.refund).ok_or(Overflow)?;
        let lines = &self.lines;
        for share in &mut self.shares {
            // What was taken back for another reason is not given again: less than nothing goes back.
            let kept = share.kept(lines)?;
            let back = share.retained.checked_sub(kept).ok_or(Overflow)?;
            if back > 0 {
                reduction.funders.append(&mut share.funders_back(kept)?);
                share.retained = kept;
                reduction.clawbacks.push((share.party.clone(), share.released, back));
            }
        }
        for funder in &mut self.funders {
            let mut carried = 0_i64;
            for (line, amount) in &funder.lines {
                let off = |line: &LotLine| {
                    let repricing = self.repricing.as_ref().filter(|_| funder.reprices)?;
                    Some(repricing.off(&line.id))
                };
                let left = lines.get(*line).map_or(Ok(0), |line| line.carried(*amount, off(line)))?;
                carried = carried.checked_add(left).ok_or(Overflow)?;
            }
            let carried = carried.min(funder.carried);
            let back = funder.carried.checked_sub(carried).ok_or(Overflow)?;
            if back > 0 {
                funder.carried = carried;
                reduction.funders.push((funder.party.clone(), back));
            }
        }
        Ok(reduction)
    }
}

/// The lines of a refund event, as a lot takes them back.
pub(crate) fn parts(lines: &[RefundLine]) -> Vec<(String, Returned)> {
    let part = |line: &RefundLine| match line.what {
        RefundPart::Units(units) => Returned::Units(units.into()),
        RefundPart::Amount(amount) => Returned::Amount(amount),
    };
    lines.iter().map(|line| (line.id.clone(), part(line))).collect()
}
