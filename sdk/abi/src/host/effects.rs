//! The imports that ask for something.
//!
//! Invariant: they record and bound, and never judge: what is malformed in value is kept as it came.

use alloc::vec::Vec;

use super::{
    Counted, DiscountAsked, EffectAsked, Fault, Funder, Funding, GrantAsked, GrantTerm, How, LineSet, Parts,
    Session, ShareAsked, SharePart, TierAsked, recorder,
    session::{index, known_text},
};
use crate::{NO_EXPIRY, code::Limit};

impl Session {
    /// `group`: makes a set of lines, or widens one.
    ///
    /// # Errors
    ///
    /// A fault in `configure`, for an unknown handle or word, and for one group too many.
    pub fn group(&mut self, handle: i32, word: i32, mask: i64) -> Result<i32, Fault> {
        self.deciding("group")?;
        self.asked.group(handle, word, mask, self.facts.line_count())
    }

    /// `share`: begins a share of a party.
    ///
    /// # Errors
    ///
    /// A fault in `configure`, for a party that does not exist, and for one effect too many.
    pub fn share(&mut self, party: i32) -> Result<i32, Fault> {
        self.deciding("share")?;
        let party = index("party", party, self.facts.party_count())?;
        let share = ShareAsked {
            party,
            parts: Parts::default(),
            minimum: None,
            maximum: None,
            funders: Vec::new(),
            coupons: Vec::new(),
            reason: Default::default(),
        };
        self.asked.begin(EffectAsked::Share(share, 0))
    }

    /// `share_term`: adds a ratio of a base.
    ///
    /// # Errors
    ///
    /// A fault for an unknown handle and for one term too many.
    pub fn share_term(
        &mut self,
        share: i32,
        lines: i32,
        base: i32,
        numerator: i64,
        denominator: i64,
    ) -> Result<(), Fault> {
        let lines = LineSet::from_handle(lines);
        let part = SharePart::Rate { lines, base, from: i64::MIN, to: i64::MAX, numerator, denominator };
        self.asked.share("share_term", share)?.push(part)
    }

    /// `share_band`: adds a ratio of the part of a base between two amounts.
    ///
    /// # Errors
    ///
    /// A fault for an unknown handle and for one term too many.
    #[expect(clippy::too_many_arguments, reason = "the parameters of the import, in its order")]
    pub fn share_band(
        &mut self,
        share: i32,
        lines: i32,
        base: i32,
        from: i64,
        to: i64,
        numerator: i64,
        denominator: i64,
    ) -> Result<(), Fault> {
        let lines = LineSet::from_handle(lines);
        let part = SharePart::Rate { lines, base, from, to, numerator, denominator };
        self.asked.share("share_band", share)?.push(part)
    }

    /// `share_fixed`: adds a fixed amount.
    ///
    /// # Errors
    ///
    /// A fault for an unknown handle and for one term too many.
    pub fn share_fixed(&mut self, share: i32, lines: i32, amount: i64) -> Result<(), Fault> {
        let part = SharePart::Fixed { lines: LineSet::from_handle(lines), amount };
        self.asked.share("share_fixed", share)?.push(part)
    }

    /// `share_limit`: bounds the share.
    ///
    /// # Errors
    ///
    /// A fault for an unknown handle or limit, and for a limit that was set before.
    pub fn share_limit(&mut self, share: i32, kind: i32, amount: i64) -> Result<(), Fault> {
        let kind = Limit::from_id(kind).ok_or(Fault::UnknownCode { what: "limit", found: kind })?;
        self.asked.share("share_limit", share)?.limit(kind, amount)
    }

    /// `share_funder`: who funds a part.
    ///
    /// # Errors
    ///
    /// A fault for an unknown handle, for a party that does not exist, and for one funder too many.
    pub fn share_funder(
        &mut self,
        share: i32,
        party: i32,
        numerator: i64,
        denominator: i64,
    ) -> Result<(), Fault> {
        let party = index("party", party, self.facts.party_count())?;
        let funder = Funder { party, funding: Funding { numerator, denominator } };
        recorder::fund(&mut self.asked.share("share_funder", share)?.funders, funder, "funders of a share")
    }

    /// `redeem`: the effect uses a coupon up.
    ///
    /// # Errors
    ///
    /// A fault for an unknown handle, for an effect that is neither a discount nor a share, and for a coupon that does
    /// not exist.
    pub fn redeem(&mut self, effect: i32, coupon: i32) -> Result<(), Fault> {
        let coupon = index("coupon", coupon, self.facts.coupon_count())?;
        self.asked.redeem(effect, coupon)
    }

    /// `discount`: begins a discount.
    ///
    /// # Errors
    ///
    /// A fault in `configure` and for one effect too many.
    pub fn discount(&mut self, lines: i32) -> Result<i32, Fault> {
        self.deciding("discount")?;
        let discount = DiscountAsked {
            lines: LineSet::from_handle(lines),
            how: None,
            units: None,
            funders: Vec::new(),
            coupons: Vec::new(),
            reason: Default::default(),
        };
        self.asked.begin(EffectAsked::Discount(discount, 0))
    }

    /// `discount_percent`: an exact part of the price that is left.
    ///
    /// # Errors
    ///
    /// A fault for an unknown handle, and where the discount was reckoned before.
    pub fn discount_percent(&mut self, discount: i32, numerator: i64, denominator: i64) -> Result<(), Fault> {
        self.asked.discount("discount_percent", discount)?.reckon(How::Percent { numerator, denominator })
    }

    /// `discount_amount`: an amount.
    ///
    /// # Errors
    ///
    /// A fault for an unknown handle, and where the discount was reckoned before.
    pub fn discount_amount(&mut self, discount: i32, amount: i64) -> Result<(), Fault> {
        self.asked.discount("discount_amount", discount)?.reckon(How::Amount(amount))
    }

    /// `discount_price`: the price of a unit.
    ///
    /// # Errors
    ///
    /// A fault for an unknown handle, and where the discount was reckoned before.
    pub fn discount_price(&mut self, discount: i32, amount: i64) -> Result<(), Fault> {
        self.asked.discount("discount_price", discount)?.reckon(How::Price(amount))
    }

    /// `discount_units`: so many units only.
    ///
    /// # Errors
    ///
    /// A fault for an unknown handle, and where the units were set before.
    pub fn discount_units(&mut self, discount: i32, units: i64) -> Result<(), Fault> {
        self.asked.discount("discount_units", discount)?.limit_units(units)
    }

    /// `discount_funder`: who funds a part.
    ///
    /// # Errors
    ///
    /// A fault for an unknown handle, for a party that does not exist, and for one funder too many.
    pub fn discount_funder(
        &mut self,
        discount: i32,
        party: i32,
        numerator: i64,
        denominator: i64,
    ) -> Result<(), Fault> {
        let party = index("party", party, self.facts.party_count())?;
        let funder = Funder { party, funding: Funding { numerator, denominator } };
        let discount = self.asked.discount("discount_funder", discount)?;
        recorder::fund(&mut discount.funders, funder, "funders of a discount")
    }

    /// `grant`: begins a grant of units of an asset to a party or to the buyer.
    ///
    /// # Errors
    ///
    /// A fault in `configure`, for a party that does not exist, for a symbol that was not registered, and for one effect
    /// too many.
    pub fn grant(&mut self, party: i32, asset: i32, units: i64, days: i32) -> Result<i32, Fault> {
        self.deciding("grant")?;
        let grant = GrantAsked {
            to: self.receiver(party)?,
            asset: known_text(&self.symbols, asset)?.into(),
            units,
            expires_days: (days != NO_EXPIRY).then_some(days),
            terms: Vec::new(),
            counted: None,
            reason: Default::default(),
        };
        self.asked.begin(EffectAsked::Grant(grant, 0))
    }

    /// `grant_term`: what the units came from, so that a refund restates them.
    ///
    /// # Errors
    ///
    /// A fault for an unknown handle and for one term too many.
    pub fn grant_term(
        &mut self,
        grant: i32,
        lines: i32,
        base: i32,
        numerator: i64,
        denominator: i64,
    ) -> Result<(), Fault> {
        let term = GrantTerm { lines: LineSet::from_handle(lines), base, numerator, denominator };
        self.asked.grant("grant_term", grant)?.push(term)
    }

    /// `grant_each`: the units are one for each so many of another asset that the receiver has earned in all.
    ///
    /// # Errors
    ///
    /// A fault for an unknown handle, for a symbol that was not registered, and where it was said before.
    pub fn grant_each(&mut self, grant: i32, asset: i32, each: i64) -> Result<(), Fault> {
        let asset = known_text(&self.symbols, asset)?.into();
        self.asked.grant("grant_each", grant)?.count(Counted { asset, each })
    }

    /// `tier`: begins a change of a party's tier.
    ///
    /// # Errors
    ///
    /// As for `grant`.
    pub fn tier(&mut self, party: i32, tier: i32) -> Result<i32, Fault> {
        self.deciding("tier")?;
        let party = index("party", party, self.facts.party_count())?;
        let tier = known_text(&self.symbols, tier)?.into();
        self.asked.begin(EffectAsked::Tier(TierAsked { party, tier, reason: Default::default() }, 0))
    }

    /// `end`: asks for the effect.
    ///
    /// # Errors
    ///
    /// A fault for an unknown handle.
    pub fn end(&mut self, effect: i32) -> Result<(), Fault> {
        self.asked.end(effect)
    }
}
