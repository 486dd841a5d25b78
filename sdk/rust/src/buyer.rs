//! Who buys.
//!
//! Invariant: reads only.

use fenrun_abi::{
    BUYER,
    code::{Holding, Scope, TextField},
    field::OrderField,
};

use crate::{
    Party,
    symbol::{Attribute, Symbol, bytes_of, present},
    sys,
};

/// The buyer of the order.
#[derive(Clone, Copy, Debug)]
pub struct Buyer(pub(crate) ());

impl Buyer {
    /// Which paid order of this buyer this is, from 1.
    #[must_use]
    pub fn order_number(self) -> i64 {
        sys::order(OrderField::BuyerOrderNumber.id())
    }

    /// Whole days since the last paid order; `None` on the first.
    #[must_use]
    pub fn days_since_last_order(self) -> Option<i64> {
        present(sys::order(OrderField::BuyerDaysSinceLastOrder.id()))
    }

    /// The buyer's id.
    #[must_use]
    pub fn id(self) -> Symbol {
        Symbol::read(sys::order(OrderField::BuyerId.id()))
    }

    /// The party that the buyer is, where the buyer is one.
    #[must_use]
    pub fn party(self) -> Option<Party> {
        present(sys::order(OrderField::BuyerParty.id()))
            .and_then(|index| i32::try_from(index).ok())
            .map(Party::at)
    }

    /// The bytes of the buyer's id, in a buffer of the policy's; `None` where they do not fit.
    #[must_use]
    pub fn id_text(self, buffer: &mut [u8]) -> Option<&[u8]> {
        bytes_of(Scope::Buyer, 0, TextField::Id, buffer)
    }

    /// Whether the buyer has a tag.
    #[must_use]
    pub fn tagged(self, tag: Symbol) -> bool {
        sys::tagged(Scope::Buyer.id(), 0, tag.number()) == 1
    }

    /// A custom attribute.
    #[must_use]
    pub fn attribute(self, key: Symbol) -> Attribute {
        Attribute(sys::attribute(Scope::Buyer.id(), 0, key.number()))
    }

    /// Units of an asset that the buyer holds now. Only in the hook `grants`.
    #[must_use]
    pub fn held(self, asset: Symbol) -> i64 {
        sys::holding(BUYER, asset.number(), Holding::Held.id())
    }

    /// Units of an asset that the buyer has earned in all. Only in the hook `grants`.
    #[must_use]
    pub fn earned(self, asset: Symbol) -> i64 {
        sys::holding(BUYER, asset.number(), Holding::Earned.id())
    }
}
