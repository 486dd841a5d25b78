//! One hook call, seen from the host: answers the reads and records the effects.
//!
//! Invariant: every method is one import of the contract; addresses are resolved to bytes before they come here.

use alloc::{sync::Arc, vec::Vec};
use core::{mem::take, str};

use super::{
    Asked, Attribute, Configuration, Counted, DiscountAsked, EffectAsked, Facts, Fault, Funder, Funding,
    GrantAsked, GrantTerm, How, LineSet, Reads, ShareAsked, SharePart, Symbols, TierAsked, Value, recorder,
};
use crate::{
    ABSENT, BUYER, NO_EXPIRY,
    code::{Holding, Hook, Limit, Part, Scope, TextField},
    field::{CouponField, EventField, LineField, OrderField, PartyField, PeriodField},
    limit,
};

/// What one hook call sees and says.
#[derive(Clone, Debug)]
pub struct Session {
    hook: Hook,
    facts: Facts,
    symbols: Arc<Symbols>,
    configuration: Option<Arc<Configuration>>,
    asked: Asked,
    reads: Reads,
}

fn text<'a>(what: &'static str, bytes: &'a [u8], limit: usize) -> Result<&'a str, Fault> {
    if bytes.len() > limit {
        return Err(Fault::TooLong { what, bytes: bytes.len(), limit });
    }
    str::from_utf8(bytes).map_err(|_| Fault::NotText { what })
}

fn index(what: &'static str, found: i32, count: usize) -> Result<usize, Fault> {
    usize::try_from(found).ok().filter(|place| *place < count).ok_or(Fault::NoSuch {
        what,
        index: found,
        count,
    })
}

/// The string of a symbol that must be one.
fn known_text(symbols: &Symbols, symbol: i32) -> Result<&str, Fault> {
    symbols.text(symbol).ok_or(Fault::UnknownCode { what: "symbol", found: symbol })
}

impl Session {
    /// A session of `configure`.
    #[must_use]
    pub fn configure(configuration: Arc<Configuration>) -> Self {
        Self {
            hook: Hook::Configure,
            facts: Facts::default(),
            symbols: Arc::default(),
            configuration: Some(configuration),
            asked: Asked::default(),
            reads: Reads::default(),
        }
    }

    /// A session of a hook that decides.
    #[must_use]
    pub fn decide(hook: Hook, facts: Facts, symbols: Arc<Symbols>) -> Self {
        Self { hook, facts, symbols, configuration: None, asked: Asked::default(), reads: Reads::default() }
    }

    /// Begins another call of the same module: the symbols stay, everything else is of the new call.
    pub fn begin(&mut self, hook: Hook, facts: Facts) {
        self.hook = hook;
        self.facts = facts;
        self.configuration = None;
        self.asked = Asked::default();
        self.reads = Reads::default();
    }

    /// Ends a call, as [`finish`](Self::finish) does, and keeps the session for another one.
    pub fn end_call(&mut self) -> (Facts, Asked, Reads) {
        (take(&mut self.facts), take(&mut self.asked), take(&mut self.reads))
    }

    /// Ends the session: the facts back, what was asked for, and what was read.
    #[must_use]
    pub fn finish(self) -> (Facts, Asked, Reads) {
        (self.facts, self.asked, self.reads)
    }

    /// The symbols as they stand.
    #[must_use]
    pub fn symbols(&self) -> &Arc<Symbols> {
        &self.symbols
    }

    fn deciding(&self, import: &'static str) -> Result<(), Fault> {
        match self.hook {
            Hook::Configure => Err(Fault::NotInConfigure { import }),
            Hook::Discounts | Hook::Shares | Hook::Grants | Hook::Period => Ok(()),
        }
    }

    fn only_in(&self, hook: Hook, import: &'static str) -> Result<(), Fault> {
        self.deciding(import)?;
        if self.hook == hook { Ok(()) } else { Err(Fault::OnlyInHook { import, hook: hook.name() }) }
    }

    /// `order`: a field of the order.
    ///
    /// # Errors
    ///
    /// A fault in `configure` and for an unknown field.
    pub fn order(&mut self, field: i32) -> Result<i64, Fault> {
        self.deciding("order")?;
        let field =
            OrderField::from_id(field).ok_or(Fault::UnknownCode { what: "order field", found: field })?;
        self.reads.order |= 1 << field.slot();
        Ok(match field {
            OrderField::BuyerId => self.symbol_of(Scope::Buyer, 0, TextField::Id),
            OrderField::Source => self.symbol_of(Scope::Order, 0, TextField::Source),
            _ => self.facts.order(field),
        })
    }

    fn symbol_of(&self, scope: Scope, index: usize, field: TextField) -> i64 {
        match self.facts.text(scope, index, field) {
            Some(text) => i64::from(self.symbols.resolve(text)),
            None => ABSENT,
        }
    }

    /// `line`: a field of a line.
    ///
    /// # Errors
    ///
    /// A fault in `configure`, for an unknown field and for an index past the end.
    pub fn line(&mut self, line: i32, field: i32) -> Result<i64, Fault> {
        self.deciding("line")?;
        let field = self.line_field(field)?;
        let line = index("line", line, self.facts.line_count())?;
        Ok(self.line_value(line, field))
    }

    fn line_field(&mut self, field: i32) -> Result<LineField, Fault> {
        let field =
            LineField::from_id(field).ok_or(Fault::UnknownCode { what: "line field", found: field })?;
        self.reads.line |= 1 << field.slot();
        Ok(field)
    }

    fn line_value(&self, line: usize, field: LineField) -> i64 {
        match field {
            LineField::Id => self.symbol_of(Scope::Line, line, TextField::Id),
            LineField::Category => self.symbol_of(Scope::Line, line, TextField::Category),
            LineField::Item => self.symbol_of(Scope::Line, line, TextField::Item),
            _ => self.facts.line(line, field).unwrap_or(ABSENT),
        }
    }

    /// `lines`: one field of up to `count` lines from `first` on; returns the values.
    ///
    /// # Errors
    ///
    /// A fault in `configure`, for an unknown field, a negative count and a `first` past the end.
    pub fn lines(
        &mut self,
        field: i32,
        first: i32,
        count: i32,
    ) -> Result<impl ExactSizeIterator<Item = i64> + '_, Fault> {
        self.deciding("lines")?;
        let field = self.line_field(field)?;
        let all = self.facts.line_count();
        let first = index("line", first, all.saturating_add(1))?;
        let count = index("number of lines", count, usize::MAX)?;
        let end = first.saturating_add(count).min(all);
        Ok((first..end).map(move |line| self.line_value(line, field)))
    }

    /// `party`: a field of a party.
    ///
    /// # Errors
    ///
    /// A fault in `configure`, for an unknown field and for an index past the end.
    pub fn party(&mut self, party: i32, field: i32) -> Result<i64, Fault> {
        self.deciding("party")?;
        let field =
            PartyField::from_id(field).ok_or(Fault::UnknownCode { what: "party field", found: field })?;
        let party = index("party", party, self.facts.party_count())?;
        self.reads.party |= 1 << field.slot();
        Ok(match field {
            PartyField::Id => self.symbol_of(Scope::Party, party, TextField::Id),
            PartyField::Role => self.symbol_of(Scope::Party, party, TextField::Role),
            PartyField::Tier => self.symbol_of(Scope::Party, party, TextField::Tier),
            _ => self.facts.party(party, field).unwrap_or(ABSENT),
        })
    }

    /// `coupon`: a field of a coupon that the buyer presents.
    ///
    /// # Errors
    ///
    /// A fault in `configure`, for an unknown field and for an index past the end.
    pub fn coupon(&mut self, coupon: i32, field: i32) -> Result<i64, Fault> {
        self.deciding("coupon")?;
        let field =
            CouponField::from_id(field).ok_or(Fault::UnknownCode { what: "coupon field", found: field })?;
        let coupon = index("coupon", coupon, self.facts.coupon_count())?;
        self.reads.coupon |= 1 << field.slot();
        let symbol = |text| self.symbol_of(Scope::Coupon, coupon, text);
        Ok(match field {
            CouponField::Id => symbol(TextField::Id),
            CouponField::Kind => symbol(TextField::Kind),
            CouponField::Issuer => symbol(TextField::Issuer),
            CouponField::Giver => symbol(TextField::Giver),
            _ => self.facts.coupon(coupon, field).unwrap_or(ABSENT),
        })
    }

    /// `period`: a field of the period that closes.
    ///
    /// # Errors
    ///
    /// A fault outside `period` and for an unknown field.
    pub fn period(&mut self, field: i32) -> Result<i64, Fault> {
        self.only_in(Hook::Period, "period")?;
        let field =
            PeriodField::from_id(field).ok_or(Fault::UnknownCode { what: "period field", found: field })?;
        self.reads.period |= 1 << field.slot();
        Ok(self.facts.period(field))
    }

    /// `event`: a field of what has happened.
    ///
    /// # Errors
    ///
    /// A fault outside `grants` and for an unknown field.
    pub fn event(&mut self, field: i32) -> Result<i64, Fault> {
        self.only_in(Hook::Grants, "event")?;
        let field =
            EventField::from_id(field).ok_or(Fault::UnknownCode { what: "event field", found: field })?;
        self.reads.event |= 1 << field.slot();
        Ok(match (field, self.facts.event_text(field)) {
            (EventField::Party, _) => self.facts.event_party(),
            (_, Some(text)) => i64::from(self.symbols.resolve(text)),
            (_, None) => ABSENT,
        })
    }

    /// `holding`: units of an asset that a party or the buyer holds, or has earned in all.
    ///
    /// # Errors
    ///
    /// A fault outside `grants`, for a party that does not exist, for a symbol that was not registered, for an unknown
    /// field, and for one holder too many.
    pub fn holding(&mut self, party: i32, asset: i32, field: i32) -> Result<i64, Fault> {
        self.only_in(Hook::Grants, "holding")?;
        let field = Holding::from_id(field).ok_or(Fault::UnknownCode { what: "holding", found: field })?;
        self.reads.holding |= match field {
            Holding::Held => 1,
            Holding::Earned => 2,
        };
        let holder = self.receiver(party)?;
        let symbols = Arc::clone(&self.symbols);
        let asset = known_text(&symbols, asset)?;
        let units = match self.facts.units(holder, asset) {
            (_, Some(units)) => units,
            (known, None) if known >= limit::HOLDINGS_MAX => {
                return Err(Fault::TooMany { what: "holdings", limit: limit::HOLDINGS_MAX });
            }
            (_, None) => {
                self.facts.want(holder, asset);
                return Err(Fault::NotLookedUp);
            }
        };
        Ok(match field {
            Holding::Held => units.held,
            Holding::Earned => units.earned,
        })
    }

    /// A party by its index, or the buyer.
    fn receiver(&self, party: i32) -> Result<Option<usize>, Fault> {
        if party != BUYER {
            return index("party", party, self.facts.party_count()).map(Some);
        }
        match self.facts.text(Scope::Buyer, 0, TextField::Id) {
            Some(id) if !id.is_empty() => Ok(None),
            _ => Err(Fault::NoSuch { what: "buyer", index: party, count: 0 }),
        }
    }

    fn owner(&self, scope: i32, place: i32) -> Result<(Scope, usize), Fault> {
        let scope = Scope::from_id(scope).ok_or(Fault::UnknownCode { what: "scope", found: scope })?;
        match scope {
            Scope::Order | Scope::Buyer => Ok((scope, 0)),
            Scope::Line => Ok((scope, index("line", place, self.facts.line_count())?)),
            Scope::Party => Ok((scope, index("party", place, self.facts.party_count())?)),
            Scope::Coupon => Ok((scope, index("coupon", place, self.facts.coupon_count())?)),
        }
    }

    /// `attribute`: a custom attribute; a string reads as a symbol.
    ///
    /// # Errors
    ///
    /// A fault in `configure`, for an unknown scope and for an index past the end.
    pub fn attribute(&self, scope: i32, place: i32, key: i32) -> Result<i64, Fault> {
        self.deciding("attribute")?;
        let (scope, place) = self.owner(scope, place)?;
        let Some(key) = self.symbols.text(key) else { return Ok(ABSENT) };
        Ok(match self.facts.attribute(scope, place, key) {
            None => ABSENT,
            Some(Attribute::Integer(number)) => number,
            Some(Attribute::Text(text)) => i64::from(self.symbols.resolve(text)),
        })
    }

    /// `tagged`: 1 where the tag with this symbol is set, else 0.
    ///
    /// # Errors
    ///
    /// A fault in `configure`, for an unknown scope and for an index past the end.
    pub fn tagged(&self, scope: i32, place: i32, tag: i32) -> Result<i32, Fault> {
        self.deciding("tagged")?;
        let (scope, place) = self.owner(scope, place)?;
        let Some(tag) = self.symbols.text(tag) else { return Ok(0) };
        Ok(i32::from(self.facts.tags(scope, place).any(|known| known == tag)))
    }

    /// `text`: the bytes of a string, or `None` where there is none.
    ///
    /// # Errors
    ///
    /// A fault in `configure`, for an unknown scope or text, and for an index past the end.
    pub fn text(&self, scope: i32, place: i32, field: i32) -> Result<Option<&[u8]>, Fault> {
        self.deciding("text")?;
        let (scope, place) = self.owner(scope, place)?;
        let field = TextField::from_id(field).ok_or(Fault::UnknownCode { what: "text", found: field })?;
        Ok(self.facts.text(scope, place, field).map(str::as_bytes))
    }

    /// `symbol`: registers a string.
    ///
    /// # Errors
    ///
    /// A fault outside `configure`, and for a string that is too long, not UTF-8 or one too many.
    pub fn symbol(&mut self, bytes: &[u8]) -> Result<i32, Fault> {
        if self.hook != Hook::Configure {
            return Err(Fault::OnlyInConfigure { import: "symbol" });
        }
        let text = text("symbol", bytes, limit::SYMBOL_BYTES_MAX)?;
        Arc::make_mut(&mut self.symbols).register(text)
    }

    /// `config`: a part of the value at a path; absent where there is none.
    ///
    /// # Errors
    ///
    /// A fault outside `configure`, for an unknown part, and for a path that is too long or not UTF-8.
    pub fn config(&mut self, path: &[u8], part: i32) -> Result<i64, Fault> {
        let Some(configuration) = self.configuration.clone() else {
            return Err(Fault::OnlyInConfigure { import: "config" });
        };
        let path = text("configuration path", path, limit::PATH_BYTES_MAX)?;
        let part = Part::from_id(part).ok_or(Fault::UnknownCode { what: "part of a value", found: part })?;
        let Some(value) = configuration.get(path) else { return Ok(ABSENT) };
        Ok(match (value, part) {
            (Value::Integer(number), Part::Value) => *number,
            (Value::Rate(rate), Part::Value) => rate.numerator(),
            (Value::Rate(rate), Part::Denominator) => rate.denominator(),
            (Value::Text(text), Part::Value) => i64::from(self.symbol(text.as_bytes())?),
            (Value::Integer(_) | Value::Text(_), Part::Denominator) => 1,
            (Value::List(length), Part::Length) => i64::try_from(*length).unwrap_or(i64::MAX),
            _ => ABSENT,
        })
    }

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
            parts: Vec::new(),
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

    /// `reason`: why, for people.
    ///
    /// # Errors
    ///
    /// A fault for an unknown handle, for a reason set before, and for one that is too long or not UTF-8.
    pub fn reason(&mut self, effect: i32, bytes: &[u8]) -> Result<(), Fault> {
        let text = text("reason", bytes, limit::REASON_BYTES_MAX)?;
        self.asked.reason(effect, text)
    }

    /// `end`: asks for the effect.
    ///
    /// # Errors
    ///
    /// A fault for an unknown handle.
    pub fn end(&mut self, effect: i32) -> Result<(), Fault> {
        self.asked.end(effect)
    }

    /// `note`: a line for the trace.
    ///
    /// # Errors
    ///
    /// A fault for one note too many, and for one that is too long or not UTF-8.
    pub fn note(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        let text = text("note", bytes, limit::NOTE_BYTES_MAX)?;
        if self.asked.notes.len() >= limit::NOTES_MAX {
            return Err(Fault::TooMany { what: "notes", limit: limit::NOTES_MAX });
        }
        self.asked.notes.push(text.into());
        Ok(())
    }

    /// `refuse`: why the hook refuses; it then returns 1.
    ///
    /// # Errors
    ///
    /// A fault for a reason set before, and for one that is too long or not UTF-8.
    pub fn refuse(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        let text = text("refusal", bytes, limit::REASON_BYTES_MAX)?;
        match self.asked.refusal.replace(text.into()) {
            None => Ok(()),
            Some(_) => Err(Fault::SetTwice { what: "refusal" }),
        }
    }
}
