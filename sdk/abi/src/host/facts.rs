//! What a policy may see of one event: rows of numbers, and the strings behind the symbols.
//!
//! Invariant: complete and immutable while a hook runs; lines are sorted by id, so "first" never depends on how
//! they were sent.

use alloc::{string::String, vec::Vec};

use crate::{
    ABSENT,
    code::{Scope, TextField},
    field::{LineField, OrderField, PartyField},
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

/// Which fields a hook call has read, so that a decision can say what it was decided from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reads {
    /// One bit for each [`OrderField`].
    pub order: u64,
    /// One bit for each [`LineField`].
    pub line: u64,
    /// One bit for each [`PartyField`].
    pub party: u64,
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
        order.chain(line).chain(party)
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
    /// Sorted by owner, so that looking one up does not depend on how many others there are.
    tags: Vec<(Owner, Span)>,
    /// Sorted by owner.
    attributes: Vec<(Owner, Span, Stored)>,
    strings: String,
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
            tags: Vec::new(),
            attributes: Vec::new(),
            strings: String::new(),
        }
    }
}

impl Facts {
    /// Facts without lines and parties: every field of the order is absent.
    #[must_use]
    pub fn new(texts: OrderTexts<'_>) -> Self {
        let mut facts = Self { strings: String::with_capacity(512), ..Self::default() };
        facts.order_texts = [
            Some(facts.keep(texts.id)),
            Some(facts.keep(texts.buyer)),
            texts.source.map(|text| facts.keep(text)),
        ];
        facts
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
        }
    }

    /// A string of the facts.
    #[must_use]
    pub fn text(&self, scope: Scope, index: usize, field: TextField) -> Option<&str> {
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
