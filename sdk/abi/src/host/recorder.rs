//! What a hook call asked for, exactly as it was said.
//!
//! Invariant: records, bounds and never judges: negative amounts, zero denominators and unknown lines are kept
//! as they came, so that the guard can show them with their numbers.

use alloc::{string::String, vec::Vec};

use super::{Fault, Parts, Reason};
use crate::{ALL_GOODS, FIRST_GROUP, GROUP_WORD_LINES, NO_LINES, SHIPPING, code::Limit, limit};

/// Which lines a rate or a discount applies to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LineSet {
    /// All goods of the order.
    AllGoods,
    /// What is paid for shipping.
    Shipping,
    /// No lines: a part of a bonus.
    None,
    /// One line, by its index.
    Line(usize),
    /// A group of lines, by its number.
    Group(usize),
    /// A number that is none of these.
    Unknown(i32),
}

impl LineSet {
    /// Reads a handle of the contract.
    #[must_use]
    pub fn from_handle(handle: i32) -> Self {
        match handle {
            ALL_GOODS => Self::AllGoods,
            SHIPPING => Self::Shipping,
            NO_LINES => Self::None,
            line if line >= 0 => usize::try_from(line).map_or(Self::Unknown(line), Self::Line),
            group if group <= FIRST_GROUP => {
                let number = i64::from(FIRST_GROUP).saturating_sub(i64::from(group));
                usize::try_from(number).map_or(Self::Unknown(group), Self::Group)
            }
            other => Self::Unknown(other),
        }
    }
}

/// A group of lines, as a mask over their indices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    words: Vec<u64>,
}

impl Group {
    /// Whether the group holds the line with this index.
    #[must_use]
    pub fn contains(&self, index: usize) -> bool {
        let word = index.checked_div(GROUP_WORD_LINES as usize).unwrap_or(usize::MAX);
        let bit = index.checked_rem(GROUP_WORD_LINES as usize).unwrap_or(0);
        self.words.get(word).is_some_and(|mask| mask >> bit & 1 == 1)
    }

    /// The highest index the group names, if it names any.
    #[must_use]
    pub fn highest(&self) -> Option<usize> {
        let (word, mask) = self.words.iter().enumerate().rev().find(|(_, mask)| **mask != 0)?;
        let top = mask.checked_ilog2()? as usize;
        word.checked_mul(GROUP_WORD_LINES as usize)?.checked_add(top)
    }

    fn widen(&mut self, word: usize, mask: u64) {
        if self.words.len() <= word {
            self.words.resize(word.saturating_add(1), 0);
        }
        if let Some(slot) = self.words.get_mut(word) {
            *slot |= mask;
        }
    }
}

/// One part of a share's exact sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SharePart {
    /// A ratio of a base, or of the band of the base between two amounts.
    Rate {
        /// Which lines.
        lines: LineSet,
        /// The number of a [`crate::code::Base`], or in `period` of a [`crate::code::PeriodBase`].
        base: i32,
        /// The part of the base above this counts, in minor units; `i64::MIN` where there is no band.
        from: i64,
        /// The part of the base up to this counts, in minor units; `i64::MAX` where there is no upper end.
        to: i64,
        /// The ratio's numerator.
        numerator: i64,
        /// The ratio's denominator.
        denominator: i64,
    },
    /// A fixed amount for these lines, in minor units.
    Fixed {
        /// Which lines it belongs to: it shrinks with their units.
        lines: LineSet,
        /// The amount in minor units.
        amount: i64,
    },
}

/// A share that a policy asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShareAsked {
    /// The party by its index.
    pub party: usize,
    /// What it is made up of.
    pub parts: Parts,
    /// The share is at least this, in minor units.
    pub minimum: Option<i64>,
    /// The share is at most this, in minor units.
    pub maximum: Option<i64>,
    /// Who funds it; the merchant carries the rest.
    pub funders: Vec<Funder>,
    /// The coupons it uses up, by their indices.
    pub coupons: Vec<usize>,
    /// Why, in the policy's words.
    pub reason: Reason,
}

/// How a discount is reckoned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// An exact part of the price that is left.
    Percent {
        /// The ratio's numerator.
        numerator: i64,
        /// The ratio's denominator.
        denominator: i64,
    },
    /// An amount in minor units.
    Amount(i64),
    /// The price of one unit, in minor units.
    Price(i64),
}

/// Who funds a part of a discount or of a share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Funder {
    /// The party by its index.
    pub party: usize,
    /// Which part.
    pub funding: Funding,
}

/// The part of a discount or of a share that a funder carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Funding {
    /// The ratio's numerator.
    pub numerator: i64,
    /// The ratio's denominator.
    pub denominator: i64,
}

/// A discount that a policy asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiscountAsked {
    /// What it applies to.
    pub lines: LineSet,
    /// How it is reckoned; `None` where the policy did not say.
    pub how: Option<How>,
    /// It applies to so many units only.
    pub units: Option<i64>,
    /// Who funds it; the merchant carries the rest.
    pub funders: Vec<Funder>,
    /// The coupons it uses up, by their indices.
    pub coupons: Vec<usize>,
    /// Why, in the policy's words.
    pub reason: Reason,
}

/// A part of what the units of a grant came from: a refund leaves no more of them than the sum of all parts is on what
/// remains of the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GrantTerm {
    /// Which lines.
    pub lines: LineSet,
    /// The number of a [`crate::code::Base`].
    pub base: i32,
    /// The ratio's numerator: units for each minor unit of the base.
    pub numerator: i64,
    /// The ratio's denominator.
    pub denominator: i64,
}

/// Units that are counted over all units of another asset that the receiver has earned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// The other asset.
    pub asset: String,
    /// One unit for each so many of it.
    pub each: i64,
}

/// A grant of units that a policy asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantAsked {
    /// Who gets them: a party by its index, or the buyer.
    pub to: Option<usize>,
    /// Units of what.
    pub asset: String,
    /// How many.
    pub units: i64,
    /// After how many days they expire, as it was said; `None` where they do not.
    pub expires_days: Option<i32>,
    /// What they came from; empty where a refund of a part of the order changes nothing.
    pub terms: Vec<GrantTerm>,
    /// What they are counted over.
    pub counted: Option<Counted>,
    /// Why, in the policy's words.
    pub reason: Reason,
}

/// A change of tier that a policy asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TierAsked {
    /// The party by its index.
    pub party: usize,
    /// The tier it is to have.
    pub tier: String,
    /// Why, in the policy's words.
    pub reason: Reason,
}

/// An effect with how often it was ended: exactly once is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EffectAsked {
    /// A share.
    Share(ShareAsked, u32),
    /// A discount.
    Discount(DiscountAsked, u32),
    /// A grant.
    Grant(GrantAsked, u32),
    /// A change of tier.
    Tier(TierAsked, u32),
}

impl EffectAsked {
    /// How often it was ended: exactly once is asked for.
    #[must_use]
    pub const fn ended(&self) -> u32 {
        let (Self::Share(_, ended) | Self::Discount(_, ended) | Self::Grant(_, ended) | Self::Tier(_, ended)) =
            self;
        *ended
    }

    /// What it is, as messages name it.
    #[must_use]
    pub const fn what(&self) -> &'static str {
        match self {
            Self::Share(..) => "a share",
            Self::Discount(..) => "a discount",
            Self::Grant(..) => "a grant",
            Self::Tier(..) => "a change of tier",
        }
    }
}

/// Everything one hook call asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// The effects, in the order in which they were begun.
    pub effects: Vec<EffectAsked>,
    /// The groups, by their number.
    pub groups: Vec<Group>,
    /// Notes for the trace.
    pub notes: Vec<String>,
    /// Why the hook refuses.
    pub refusal: Option<String>,
}

impl Asked {
    pub(super) fn begin(&mut self, effect: EffectAsked) -> Result<i32, Fault> {
        if self.effects.len() >= limit::EFFECTS_MAX {
            return Err(Fault::TooMany { what: "effects", limit: limit::EFFECTS_MAX });
        }
        let handle = i32::try_from(self.effects.len()).unwrap_or(i32::MAX);
        self.effects.push(effect);
        Ok(handle)
    }

    fn effect(&mut self, handle: i32) -> Result<&mut EffectAsked, Fault> {
        let count = self.effects.len();
        usize::try_from(handle).ok().and_then(|index| self.effects.get_mut(index)).ok_or(Fault::NoSuch {
            what: "effect",
            index: handle,
            count,
        })
    }

    pub(super) fn share(&mut self, import: &'static str, handle: i32) -> Result<&mut ShareAsked, Fault> {
        match self.effect(handle)? {
            EffectAsked::Share(share, _) => Ok(share),
            _ => Err(Fault::WrongEffect { import }),
        }
    }

    pub(super) fn discount(
        &mut self,
        import: &'static str,
        handle: i32,
    ) -> Result<&mut DiscountAsked, Fault> {
        match self.effect(handle)? {
            EffectAsked::Discount(discount, _) => Ok(discount),
            _ => Err(Fault::WrongEffect { import }),
        }
    }

    pub(super) fn grant(&mut self, import: &'static str, handle: i32) -> Result<&mut GrantAsked, Fault> {
        match self.effect(handle)? {
            EffectAsked::Grant(grant, _) => Ok(grant),
            _ => Err(Fault::WrongEffect { import }),
        }
    }

    /// The effect uses a coupon up: a discount or a share, each coupon once.
    pub(super) fn redeem(&mut self, handle: i32, coupon: usize) -> Result<(), Fault> {
        let coupons = match self.effect(handle)? {
            EffectAsked::Share(share, _) => &mut share.coupons,
            EffectAsked::Discount(discount, _) => &mut discount.coupons,
            EffectAsked::Grant(..) | EffectAsked::Tier(..) => {
                return Err(Fault::WrongEffect { import: "redeem" });
            }
        };
        if !coupons.contains(&coupon) {
            coupons.push(coupon);
        }
        Ok(())
    }

    pub(super) fn reason(&mut self, handle: i32, text: &str) -> Result<(), Fault> {
        match self.effect(handle)? {
            EffectAsked::Share(ShareAsked { reason, .. }, _)
            | EffectAsked::Discount(DiscountAsked { reason, .. }, _)
            | EffectAsked::Grant(GrantAsked { reason, .. }, _)
            | EffectAsked::Tier(TierAsked { reason, .. }, _) => {
                if !reason.is_empty() {
                    return Err(Fault::SetTwice { what: "reason" });
                }
                *reason = text.into();
                Ok(())
            }
        }
    }

    pub(super) fn end(&mut self, handle: i32) -> Result<(), Fault> {
        match self.effect(handle)? {
            EffectAsked::Share(_, ended)
            | EffectAsked::Discount(_, ended)
            | EffectAsked::Grant(_, ended)
            | EffectAsked::Tier(_, ended) => {
                *ended = ended.saturating_add(1);
                Ok(())
            }
        }
    }

    pub(super) fn group(
        &mut self,
        handle: i32,
        word: i32,
        mask: i64,
        line_count: usize,
    ) -> Result<i32, Fault> {
        let words = line_count.div_ceil(GROUP_WORD_LINES as usize);
        let place = usize::try_from(word)
            .ok()
            .filter(|place| *place < words.max(1))
            .ok_or(Fault::NoSuch { what: "word of a group", index: word, count: words })?;
        let bits = u64::from_ne_bytes(mask.to_ne_bytes());
        let count = self.groups.len();
        if handle == ALL_GOODS {
            if count >= limit::GROUPS_MAX {
                return Err(Fault::TooMany { what: "groups", limit: limit::GROUPS_MAX });
            }
            let mut group = Group::default();
            group.widen(place, bits);
            self.groups.push(group);
            return Ok(FIRST_GROUP.saturating_sub(i32::try_from(count).unwrap_or(i32::MAX)));
        }
        match LineSet::from_handle(handle) {
            LineSet::Group(number) => self
                .groups
                .get_mut(number)
                .map(|group| group.widen(place, bits))
                .map(|()| handle)
                .ok_or(Fault::NoSuch { what: "group", index: handle, count }),
            _ => Err(Fault::NoSuch { what: "group", index: handle, count }),
        }
    }
}

impl ShareAsked {
    pub(super) fn push(&mut self, part: SharePart) -> Result<(), Fault> {
        if self.parts.len() >= limit::TERMS_MAX {
            return Err(Fault::TooMany { what: "terms of a share", limit: limit::TERMS_MAX });
        }
        self.parts.push(part);
        Ok(())
    }

    pub(super) fn limit(&mut self, kind: Limit, amount: i64) -> Result<(), Fault> {
        let (slot, what) = match kind {
            Limit::Minimum => (&mut self.minimum, "minimum"),
            Limit::Maximum => (&mut self.maximum, "maximum"),
        };
        match slot.replace(amount) {
            None => Ok(()),
            Some(_) => Err(Fault::SetTwice { what }),
        }
    }
}

/// Adds a funder to those of a discount or a share.
pub(super) fn fund(funders: &mut Vec<Funder>, funder: Funder, what: &'static str) -> Result<(), Fault> {
    if funders.len() >= limit::FUNDERS_MAX {
        return Err(Fault::TooMany { what, limit: limit::FUNDERS_MAX });
    }
    funders.push(funder);
    Ok(())
}

impl GrantAsked {
    pub(super) fn push(&mut self, term: GrantTerm) -> Result<(), Fault> {
        if self.terms.len() >= limit::GRANT_TERMS_MAX {
            return Err(Fault::TooMany { what: "terms of a grant", limit: limit::GRANT_TERMS_MAX });
        }
        self.terms.push(term);
        Ok(())
    }

    pub(super) fn count(&mut self, counted: Counted) -> Result<(), Fault> {
        match self.counted.replace(counted) {
            None => Ok(()),
            Some(_) => Err(Fault::SetTwice { what: "counted asset" }),
        }
    }
}

impl DiscountAsked {
    pub(super) fn reckon(&mut self, how: How) -> Result<(), Fault> {
        match self.how.replace(how) {
            None => Ok(()),
            Some(_) => Err(Fault::SetTwice { what: "percent, amount or price" }),
        }
    }

    pub(super) fn limit_units(&mut self, units: i64) -> Result<(), Fault> {
        match self.units.replace(units) {
            None => Ok(()),
            Some(_) => Err(Fault::SetTwice { what: "units" }),
        }
    }
}
