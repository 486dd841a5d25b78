//! The imports that read facts.
//!
//! Invariant: they change nothing but the record of what was read; an unknown field is a fault, an absent value is not.

use alloc::sync::Arc;

use super::{
    Attribute, Fault, Session,
    session::{index, known_text},
};
use crate::{
    ABSENT,
    code::{Holding, Hook, Scope, TextField},
    field::{CouponField, EventField, LineField, OrderField, PartyField, PeriodField},
    limit,
};

impl Session {
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
}
