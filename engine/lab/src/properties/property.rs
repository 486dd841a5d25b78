//! What must be true of every policy, by name.
//!
//! Invariant: a name is part of file names and of what programs read; it never changes.

use std::fmt;

use fenrun::manifest::Monotone;

/// Something that must be true of a policy, whatever is ordered and configured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Property {
    /// Every order has an answer: no trap, no call that the contract forbids.
    Answers,
    /// No order takes more fuel than there is.
    Fuel,
    /// No decision is one that the guard forbids, caps included.
    Guard,
    /// List = discounts + shares + what stays with the merchant, to the minor unit.
    Conserves,
    /// The order of an order's lines changes nothing.
    LineOrder,
    /// The same order has the same answer, whatever was decided in between.
    Repeats,
    /// What the manifest promises.
    Monotone(Monotone),
    /// Any way of giving money back ends at the same minor unit, and all the way back at nothing.
    Refunds,
}

impl Property {
    /// Every property, in the order of reports.
    pub const ALL: [Property; 10] = [
        Property::Answers,
        Property::Fuel,
        Property::Guard,
        Property::Conserves,
        Property::LineOrder,
        Property::Repeats,
        Property::Monotone(Monotone::Paid),
        Property::Monotone(Monotone::Discount),
        Property::Monotone(Monotone::Price),
        Property::Refunds,
    ];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Answers => "answers",
            Self::Fuel => "fuel",
            Self::Guard => "guard",
            Self::Conserves => "conserves",
            Self::LineOrder => "line-order",
            Self::Repeats => "repeats",
            Self::Monotone(Monotone::Discount) => "monotone-discount",
            Self::Monotone(Monotone::Price) => "monotone-price",
            Self::Monotone(_) => "monotone-paid",
            Self::Refunds => "refunds",
        }
    }

    /// What it says, in a few words.
    #[must_use]
    pub const fn about(self) -> &'static str {
        match self {
            Self::Answers => "every order has an answer",
            Self::Fuel => "no order takes more fuel than there is",
            Self::Guard => "the guard forbids no decision",
            Self::Conserves => "list = discounts + shares + merchant, to the cent",
            Self::LineOrder => "the order of lines changes nothing",
            Self::Repeats => "the same order has the same answer",
            Self::Monotone(Monotone::Discount) => "more taken off never pays anyone more",
            Self::Monotone(Monotone::Price) => "a dearer line never has less taken off",
            Self::Monotone(_) => "more paid never pays anyone less",
            Self::Refunds => "any slicing of refunds ends at the same cent",
        }
    }
}

impl fmt::Display for Property {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}
