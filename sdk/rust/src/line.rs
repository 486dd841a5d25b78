//! A line of the order.
//!
//! Invariant: reads only; a line is its index.

pub use fenrun_abi::code::LineKind;
use fenrun_abi::{
    code::{Scope, TextField},
    field::LineField,
};

use crate::{
    Base, BaseKind, Goods,
    symbol::{Attribute, Symbol, TextKey, bytes_of, key_of, present},
    sys,
};

/// A line of the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    index: i32,
}

impl Line {
    pub(crate) const fn at(index: i32) -> Self {
        Self { index }
    }

    pub(crate) const fn index(self) -> i32 {
        self.index
    }

    fn read(self, field: LineField) -> i64 {
        sys::line(self.index, field.id())
    }

    /// Its id.
    #[must_use]
    pub fn id(self) -> Symbol {
        Symbol::read(self.read(LineField::Id))
    }

    /// What the line is for.
    #[must_use]
    pub fn kind(self) -> Option<LineKind> {
        LineKind::from_id(i32::try_from(self.read(LineField::Kind)).ok()?)
    }

    /// Whether it is goods, the only kind that earns.
    #[must_use]
    pub fn is_goods(self) -> bool {
        self.kind() == Some(LineKind::Goods)
    }

    /// How many units.
    #[must_use]
    pub fn quantity(self) -> i64 {
        self.read(LineField::Quantity)
    }

    /// The list price of one unit, in minor units.
    #[must_use]
    pub fn unit_price(self) -> i64 {
        self.read(LineField::UnitPrice)
    }

    /// The amount of one of its bases, in minor units; `None` where it is not known (a margin without a cost).
    #[must_use]
    pub fn amount(self, kind: BaseKind) -> Option<i64> {
        present(self.read(match kind {
            BaseKind::List => LineField::List,
            BaseKind::Paid | BaseKind::Left => LineField::Paid,
            BaseKind::ExTax => LineField::ExTax,
            BaseKind::Margin => LineField::Margin,
            BaseKind::Net => LineField::Net,
        }))
    }

    /// What discounts decided so far took off it, in minor units.
    #[must_use]
    pub fn discount_minor(self) -> i64 {
        self.read(LineField::Discount)
    }

    /// The tax that is contained in what is paid, in minor units.
    #[must_use]
    pub fn tax_minor(self) -> i64 {
        self.read(LineField::Tax)
    }

    /// What it costs the merchant, in minor units; `None` where that is not known.
    #[must_use]
    pub fn cost_minor(self) -> Option<i64> {
        present(self.read(LineField::Cost))
    }

    /// Below what its price may not fall, in minor units; 0 where nothing is said.
    #[must_use]
    pub fn floor_minor(self) -> i64 {
        present(self.read(LineField::Floor)).unwrap_or(0)
    }

    /// The category.
    #[must_use]
    pub fn category(self) -> Symbol {
        Symbol::read(self.read(LineField::Category))
    }

    /// The item (stock code).
    #[must_use]
    pub fn item(self) -> Symbol {
        Symbol::read(self.read(LineField::Item))
    }

    /// What tells the item from others that the policy does not know: two lines with one stock code have the same key,
    /// and a line without a stock code has a key of its own.
    #[must_use]
    pub fn item_key(self) -> TextKey {
        key_of(Scope::Line, self.index, TextField::Item).unwrap_or_else(|| TextKey::of_line(self.index))
    }

    /// What tells the category from others that the policy does not know; `None` where the line has none.
    #[must_use]
    pub fn category_key(self) -> Option<TextKey> {
        key_of(Scope::Line, self.index, TextField::Category)
    }

    /// The bytes of its id, in a buffer of the policy's; `None` where they do not fit.
    #[must_use]
    pub fn id_text(self, buffer: &mut [u8]) -> Option<&[u8]> {
        bytes_of(Scope::Line, self.index, TextField::Id, buffer)
    }

    /// The bytes of its category, in a buffer of the policy's; `None` where it has none or they do not fit.
    #[must_use]
    pub fn category_text(self, buffer: &mut [u8]) -> Option<&[u8]> {
        bytes_of(Scope::Line, self.index, TextField::Category, buffer)
    }

    /// The bytes of the item's stock code, in a buffer of the policy's; `None` where they do not fit.
    #[must_use]
    pub fn item_text(self, buffer: &mut [u8]) -> Option<&[u8]> {
        bytes_of(Scope::Line, self.index, TextField::Item, buffer)
    }

    /// Whether it has a tag.
    #[must_use]
    pub fn tagged(self, tag: Symbol) -> bool {
        sys::tagged(Scope::Line.id(), self.index, tag.number()) == 1
    }

    /// A custom attribute.
    #[must_use]
    pub fn attribute(self, key: Symbol) -> Attribute {
        Attribute(sys::attribute(Scope::Line.id(), self.index, key.number()))
    }

    /// This line alone, as a set of lines.
    #[must_use]
    pub const fn goods(self) -> Goods {
        Goods::line(self.index)
    }

    /// What was paid for this line, as a base.
    #[must_use]
    pub const fn paid(self) -> Base {
        self.goods().paid()
    }
}

impl From<Line> for Goods {
    fn from(line: Line) -> Self {
        line.goods()
    }
}
