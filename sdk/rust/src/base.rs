//! What a rate applies to: a set of lines × one kind of base.
//!
//! Invariant: a base is a name for an amount that the host knows; it is never added up here.

pub use fenrun_abi::code::Base as BaseKind;
use fenrun_abi::{ALL_GOODS, FIRST_GROUP, GROUP_WORD_LINES, SHIPPING};

use crate::{Line, sys};

/// A set of lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Goods {
    handle: i32,
}

impl Goods {
    pub(crate) const ALL: Self = Self { handle: ALL_GOODS };
    pub(crate) const SHIPPING: Self = Self { handle: SHIPPING };

    pub(crate) const fn line(index: i32) -> Self {
        Self { handle: index }
    }

    pub(crate) const fn handle(self) -> i32 {
        self.handle
    }

    /// The lines for which the test is true. One that holds no line is an empty set: its bases are 0.
    pub(crate) fn group(lines: impl Iterator<Item = Line>, mut member: impl FnMut(Line) -> bool) -> Self {
        let mut handle = ALL_GOODS;
        let mut word = 0;
        let mut mask: i64 = 0;
        for line in lines {
            let place = line.index().unsigned_abs();
            let (its_word, bit) = (place / GROUP_WORD_LINES, place % GROUP_WORD_LINES);
            if its_word != word {
                if mask != 0 {
                    handle = sys::group(handle, word.cast_signed(), mask);
                }
                (word, mask) = (its_word, 0);
            }
            if member(line) {
                mask |= 1_i64.wrapping_shl(bit);
            }
        }
        if mask != 0 || handle > FIRST_GROUP {
            handle = sys::group(handle, word.cast_signed(), mask);
        }
        Self { handle }
    }

    /// These lines at list price.
    #[must_use]
    pub const fn list(self) -> Base {
        self.base(BaseKind::List)
    }

    /// What was paid for these lines, after discounts.
    #[must_use]
    pub const fn paid(self) -> Base {
        self.base(BaseKind::Paid)
    }

    /// What was paid, without the tax it contains.
    #[must_use]
    pub const fn ex_tax(self) -> Base {
        self.base(BaseKind::ExTax)
    }

    /// What was paid, without tax and cost.
    #[must_use]
    pub const fn margin(self) -> Base {
        self.base(BaseKind::Margin)
    }

    /// What was paid, less these lines' part of the payment fees.
    #[must_use]
    pub const fn net(self) -> Base {
        self.base(BaseKind::Net)
    }

    /// What earlier shares left of what was paid.
    #[must_use]
    pub const fn left(self) -> Base {
        self.base(BaseKind::Left)
    }

    /// The base of a kind that the configuration names.
    #[must_use]
    pub const fn base(self, kind: BaseKind) -> Base {
        Base { goods: self, kind }
    }
}

/// What a rate applies to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Base {
    goods: Goods,
    kind: BaseKind,
}

impl Base {
    pub(crate) const fn lines(self) -> i32 {
        self.goods.handle
    }

    pub(crate) const fn kind(self) -> BaseKind {
        self.kind
    }
}
