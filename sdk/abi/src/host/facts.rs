//! What a policy may see of one event: rows of numbers, and the strings behind the symbols.
//!
//! Invariant: complete and immutable while a hook runs; lines are sorted by id, so "first" never depends on how
//! they were sent.

use alloc::{boxed::Box, string::String, vec::Vec};

use super::happened::{Happened, Units};
use crate::{
    ABSENT,
    code::{Holding, Scope, TextField},
    field::{CouponField, EventField, LineField, OrderField, PartyField, PeriodField},
};

/// A string of the facts: its place in the one buffer that holds them all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Span {
    start: u32,
    end: u32,
}

/// A custom attribute's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attribute<'a> {
    /// A number, or 0 and 1 for false and true.
    Integer(i64),
    /// A string, read as a symbol.
    Text(&'a str),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stored {
    Integer(i64),
    Text(Span),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Owner {
    scope: Scope,
    index: usize,
}

/// The strings of the order.
#[derive(Clone, Copy, Debug, Default)]
pub struct OrderTexts<'a> {
    /// The order's id.
    pub id: &'a str,
    /// The buyer's id.
    pub buyer: &'a str,
    /// The source channel.
    pub source: Option<&'a str>,
}

/// The strings of a line.
#[derive(Clone, Copy, Debug, Default)]
pub struct LineTexts<'a> {
    /// The line's id.
    pub id: &'a str,
    /// The category.
    pub category: Option<&'a str>,
    /// The stock code.
    pub item: Option<&'a str>,
}

/// The strings of a party.
#[derive(Clone, Copy, Debug, Default)]
pub struct PartyTexts<'a> {
    /// The party's id.
    pub id: &'a str,
    /// The role.
    pub role: &'a str,
    /// The tier.
    pub tier: Option<&'a str>,
}

/// The strings of a coupon.
#[derive(Clone, Copy, Debug, Default)]
pub struct CouponTexts<'a> {
    /// The coupon, as buyers present it.
    pub id: &'a str,
    /// Its kind.
    pub kind: Option<&'a str>,
    /// Whose coupon it is.
    pub issuer: Option<&'a str>,
    /// Who handed it out.
    pub giver: Option<&'a str>,
}

/// A coupon that the buyer presents.
#[derive(Clone, Debug)]
struct Presented {
    fields: [i64; CouponField::COUNT],
    texts: [Option<Span>; 4],
}

/// Which fields a hook call has read, so that a decision can say what it was decided from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reads {
    /// One bit for each [`OrderField`].
    pub order: u64,
    /// One bit for each [`LineField`].
    pub line: u64,
    /// One bit for each [`PartyField`].
    pub party: u64,
    /// One bit for each [`CouponField`].
    pub coupon: u64,
    /// One bit for each [`PeriodField`].
    pub period: u64,
    /// One bit for each [`EventField`].
    pub event: u64,
    /// One bit for each [`Holding`].
    pub holding: u64,
}

impl Reads {
    /// The names of the fields that were read.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        let bit = |bits: u64, slot: usize| bits >> slot & 1 == 1;
        let order =
            OrderField::ALL.iter().filter(move |field| bit(self.order, field.slot())).map(|f| f.name());
        let line = LineField::ALL.iter().filter(move |field| bit(self.line, field.slot())).map(|f| f.name());
        let party =
            PartyField::ALL.iter().filter(move |field| bit(self.party, field.slot())).map(|f| f.name());
        let coupon =
            CouponField::ALL.iter().filter(move |field| bit(self.coupon, field.slot())).map(|f| f.name());
        let period = PeriodField::ALL
            .iter()
            .filter(move |field| bit(self.period, field.slot()))
            .map(|field| field.name());
        let event =
            EventField::ALL.iter().filter(move |field| bit(self.event, field.slot())).map(|f| f.name());
        let holding = Holding::ALL.iter().enumerate().filter(move |(slot, _)| bit(self.holding, *slot));
        let holding = holding.map(|(_, holding)| holding.name());
        order.chain(line).chain(party).chain(coupon).chain(period).chain(event).chain(holding)
    }
}

/// The facts of one event.
#[derive(Clone, Debug)]
pub struct Facts {
    order: [i64; OrderField::COUNT],
    order_texts: [Option<Span>; 3],
    lines: Vec<[i64; LineField::COUNT]>,
    line_texts: Vec<[Option<Span>; 3]>,
    parties: Vec<[i64; PartyField::COUNT]>,
    party_texts: Vec<[Option<Span>; 3]>,
    coupons: Vec<Presented>,
    /// Sorted by owner, so that looking one up does not depend on how many others there are.
    tags: Vec<(Owner, Span)>,
    /// Sorted by owner.
    attributes: Vec<(Owner, Span, Stored)>,
    strings: String,
    happened: Option<Box<Happened>>,
}

impl Default for Facts {
    fn default() -> Self {
        Self {
            order: [ABSENT; OrderField::COUNT],
            order_texts: [None; 3],
            lines: Vec::new(),
            line_texts: Vec::new(),
            parties: Vec::new(),
            party_texts: Vec::new(),
            coupons: Vec::new(),
            tags: Vec::new(),
            attributes: Vec::new(),
            strings: String::new(),
            happened: None,
        }
    }
}

impl Facts {
    /// Facts without lines and parties: every field of the order is absent.
    #[must_use]
    pub fn new(texts: OrderTexts<'_>) -> Self {
        let mut facts = Self::default();
        facts.order_texts = [
            Some(facts.keep(texts.id)),
            Some(facts.keep(texts.buyer)),
            texts.source.map(|text| facts.keep(text)),
        ];
        facts
    }

    /// Makes room for so many lines and parties, so that adding them costs no more than writing them.
    pub fn reserve(&mut self, lines: usize, parties: usize) {
        /// Bytes of the strings of a line or a party, about.
        const TEXT_BYTES: usize = 32;
        self.lines.reserve(lines);
        self.line_texts.reserve(lines);
        self.parties.reserve(parties);
        self.party_texts.reserve(parties);
        self.strings.reserve(lines.saturating_add(parties).saturating_mul(TEXT_BYTES));
    }

    fn keep(&mut self, text: &str) -> Span {
        let place = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        let start = place(self.strings.len());
        self.strings.push_str(text);
        Span { start, end: place(self.strings.len()) }
    }

    fn string(&self, span: Span) -> &str {
        self.strings.get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    /// Adds a line at the end; every field is absent until it is set.
    pub fn push_line(&mut self, texts: LineTexts<'_>) -> usize {
        let texts = [
            Some(self.keep(texts.id)),
            texts.category.map(|text| self.keep(text)),
            texts.item.map(|text| self.keep(text)),
        ];
        self.line_texts.push(texts);
        self.lines.push([ABSENT; LineField::COUNT]);
        self.lines.len().saturating_sub(1)
    }

    /// Adds a party at the end; every field is absent until it is set.
    pub fn push_party(&mut self, texts: PartyTexts<'_>) -> usize {
        let texts =
            [Some(self.keep(texts.id)), Some(self.keep(texts.role)), texts.tier.map(|text| self.keep(text))];
        self.party_texts.push(texts);
        self.parties.push([ABSENT; PartyField::COUNT]);
        self.parties.len().saturating_sub(1)
    }

    /// Adds a coupon at the end; every field is absent until it is set.
    pub fn push_coupon(&mut self, texts: CouponTexts<'_>) -> usize {
        let texts = [
            Some(self.keep(texts.id)),
            texts.kind.map(|text| self.keep(text)),
            texts.issuer.map(|text| self.keep(text)),
            texts.giver.map(|text| self.keep(text)),
        ];
        self.coupons.push(Presented { fields: [ABSENT; CouponField::COUNT], texts });
        self.coupons.len().saturating_sub(1)
    }

    /// Adds a tag of the order, the buyer, a line or a party.
    pub fn push_tag(&mut self, scope: Scope, index: usize, tag: &str) {
        let span = self.keep(tag);
        let owner = Owner { scope, index };
        let place = self.tags.partition_point(|(of, _)| *of <= owner);
        self.tags.insert(place, (owner, span));
    }

    /// Adds a custom attribute of the order, the buyer, a line or a party.
    pub fn push_attribute(&mut self, scope: Scope, index: usize, key: &str, value: Attribute<'_>) {
        let key = self.keep(key);
        let value = match value {
            Attribute::Integer(number) => Stored::Integer(number),
            Attribute::Text(text) => Stored::Text(self.keep(text)),
        };
        let owner = Owner { scope, index };
        let place = self.attributes.partition_point(|(of, _, _)| *of <= owner);
        self.attributes.insert(place, (owner, key, value));
    }

    /// Sets a field of the order.
    pub fn set_order(&mut self, field: OrderField, value: i64) {
        if let Some(slot) = self.order.get_mut(field.slot()) {
            *slot = value;
        }
    }

    /// Sets a field of a line.
    pub fn set_line(&mut self, index: usize, field: LineField, value: i64) {
        if let Some(slot) = self.lines.get_mut(index).and_then(|row| row.get_mut(field.slot())) {
            *slot = value;
        }
    }

    /// Sets a field of a party.
    pub fn set_party(&mut self, index: usize, field: PartyField, value: i64) {
        if let Some(slot) = self.parties.get_mut(index).and_then(|row| row.get_mut(field.slot())) {
            *slot = value;
        }
    }

    /// Sets a field of a coupon.
    pub fn set_coupon(&mut self, index: usize, field: CouponField, value: i64) {
        let fields = self.coupons.get_mut(index).map(|coupon| &mut coupon.fields);
        if let Some(slot) = fields.and_then(|fields| fields.get_mut(field.slot())) {
            *slot = value;
        }
    }

    fn happened(&mut self) -> &mut Happened {
        self.happened.get_or_insert_default()
    }

    /// Sets a field of the period that closes.
    pub fn set_period(&mut self, field: PeriodField, value: i64) {
        self.happened().set_period(field, value);
    }

    /// Sets what has happened: the kind of event, the index of the party it concerns, and the relation of a binding.
    pub fn set_event(&mut self, kind: &str, party: Option<usize>, relation: Option<&str>) {
        let happened = self.happened();
        happened.kind = kind.into();
        happened.event_party = party.and_then(|index| i64::try_from(index).ok()).unwrap_or(ABSENT);
        happened.relation = relation.map(Into::into);
    }

    /// Sets the units of an asset that a party (by its index) or the buyer holds.
    pub fn set_units(&mut self, holder: Option<usize>, asset: &str, units: Units) {
        self.happened().set_units(holder, asset, units);
    }

    /// Units that are not set are looked up by the host, which [`Self::take_wanted`] tells whose; else they are 0.
    pub fn look_units_up(&mut self) {
        self.happened().looked_up = true;
    }

    /// Forgets all units.
    pub fn forget_units(&mut self) {
        self.happened().forget_units();
    }

    /// Whose units of which asset a hook call has asked for in vain: set them, and call the hook again.
    pub fn take_wanted(&mut self) -> Option<(Option<usize>, String)> {
        self.happened.as_mut()?.wanted.take()
    }

    pub(super) fn want(&mut self, holder: Option<usize>, asset: &str) {
        self.happened().wanted = Some((holder, asset.into()));
    }

    /// How many holdings are known, and the units of a holder where they are; `None` where the host has to look them up.
    pub(super) fn units(&self, holder: Option<usize>, asset: &str) -> (usize, Option<Units>) {
        let Some(happened) = &self.happened else { return (0, Some(Units::default())) };
        let known = happened.units(holder, asset);
        (happened.holdings(), if happened.looked_up { known } else { Some(known.unwrap_or_default()) })
    }

    /// Units that were looked up: whose (a party by its index, or the buyer), of which asset, and how many.
    pub fn units_known(&self) -> impl Iterator<Item = (Option<usize>, &str, Units)> {
        self.happened.iter().flat_map(|happened| happened.known())
    }

    /// A field of the period that closes.
    #[must_use]
    pub fn period(&self, field: PeriodField) -> i64 {
        self.happened.as_ref().map_or(ABSENT, |happened| happened.period(field))
    }

    /// The index of the party that the event concerns.
    #[must_use]
    pub fn event_party(&self) -> i64 {
        self.happened.as_ref().map_or(ABSENT, |happened| happened.event_party)
    }

    /// A string of what has happened.
    #[must_use]
    pub fn event_text(&self, field: EventField) -> Option<&str> {
        self.happened.as_ref()?.event_text(field)
    }

    /// A field of the order; fields that are symbols are absent here, see [`Self::text`].
    #[must_use]
    pub fn order(&self, field: OrderField) -> i64 {
        self.order.get(field.slot()).copied().unwrap_or(ABSENT)
    }

    /// A field of a line, or `None` where there is no such line.
    #[must_use]
    pub fn line(&self, index: usize, field: LineField) -> Option<i64> {
        self.lines.get(index)?.get(field.slot()).copied()
    }

    /// A field of a party, or `None` where there is no such party.
    #[must_use]
    pub fn party(&self, index: usize, field: PartyField) -> Option<i64> {
        self.parties.get(index)?.get(field.slot()).copied()
    }

    /// A field of a coupon, or `None` where there is no such coupon.
    #[must_use]
    pub fn coupon(&self, index: usize, field: CouponField) -> Option<i64> {
        self.coupons.get(index)?.fields.get(field.slot()).copied()
    }

    /// How many coupons the buyer presents that can be used.
    #[must_use]
    pub fn coupon_count(&self) -> usize {
        self.coupons.len()
    }

    /// How many lines there are.
    #[must_use]
    pub fn line_count(&self) -> usize {
        self.lines.len()
    }

    /// How many parties there are.
    #[must_use]
    pub fn party_count(&self) -> usize {
        self.parties.len()
    }

    /// How many things a scope has: 1 for the order and the buyer.
    #[must_use]
    pub fn count(&self, scope: Scope) -> usize {
        match scope {
            Scope::Order | Scope::Buyer => 1,
            Scope::Line => self.lines.len(),
            Scope::Party => self.parties.len(),
            Scope::Coupon => self.coupons.len(),
        }
    }

    /// A string of the facts.
    #[must_use]
    pub fn text(&self, scope: Scope, index: usize, field: TextField) -> Option<&str> {
        if scope == Scope::Coupon {
            let place = match field {
                TextField::Id => 0,
                TextField::Kind => 1,
                TextField::Issuer => 2,
                TextField::Giver => 3,
                _ => return None,
            };
            let texts = &self.coupons.get(index)?.texts;
            return texts.get(place).copied().flatten().map(|span| self.string(span));
        }
        let (row, place) = match (scope, field) {
            (Scope::Order, TextField::Id) => (&self.order_texts, 0),
            (Scope::Buyer, TextField::Id) => (&self.order_texts, 1),
            (Scope::Order, TextField::Source) => (&self.order_texts, 2),
            (Scope::Line, TextField::Id) => (self.line_texts.get(index)?, 0),
            (Scope::Line, TextField::Category) => (self.line_texts.get(index)?, 1),
            (Scope::Line, TextField::Item) => (self.line_texts.get(index)?, 2),
            (Scope::Party, TextField::Id) => (self.party_texts.get(index)?, 0),
            (Scope::Party, TextField::Role) => (self.party_texts.get(index)?, 1),
            (Scope::Party, TextField::Tier) => (self.party_texts.get(index)?, 2),
            _ => return None,
        };
        row.get(place).copied().flatten().map(|span| self.string(span))
    }

    /// The tags of the order, the buyer, a line or a party.
    pub fn tags(&self, scope: Scope, index: usize) -> impl Iterator<Item = &str> {
        let owner = Owner { scope, index };
        let own = self.tags.get(self.tags.partition_point(|(of, _)| *of < owner)..).unwrap_or_default();
        own.iter().take_while(move |(of, _)| *of == owner).map(|(_, span)| self.string(*span))
    }

    /// A custom attribute of the order, the buyer, a line or a party.
    #[must_use]
    pub fn attribute(&self, scope: Scope, index: usize, key: &str) -> Option<Attribute<'_>> {
        let owner = Owner { scope, index };
        let own = self.attributes.get(self.attributes.partition_point(|(of, _, _)| *of < owner)..)?;
        let (_, _, value) = own
            .iter()
            .take_while(|(of, _, _)| *of == owner)
            .find(|(_, name, _)| self.string(*name) == key)?;
        Some(match value {
            Stored::Integer(number) => Attribute::Integer(*number),
            Stored::Text(span) => Attribute::Text(self.string(*span)),
        })
    }
}
