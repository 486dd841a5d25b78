//! A party of the order: whoever may be paid.
//!
//! Invariant: reads only; a party is its index.

use fenrun_abi::{
    code::{Holding, Scope, TextField},
    field::PartyField,
    word,
};

use crate::{
    symbol::{Attribute, Symbol, bytes_of, present},
    sys,
};

/// The role of a party. Roles beyond these come from the configuration ([`crate::Config::role`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Role(pub(crate) Symbol);

macro_rules! roles {
    ($($(#[$doc:meta])* $name:ident;)*) => {
        impl Role {
            $($(#[$doc])* pub const $name: Self = Self(Symbol::new(word::$name));)*
        }
    };
}

roles! {
    /// Who sold: depth 0 of the chain.
    SELLER;
    /// Who stands above in the chain.
    UPLINE;
    /// A shop guide.
    GUIDE;
    /// A shop.
    STORE;
    /// A channel between brand and shop.
    CHANNEL;
    /// The brand.
    BRAND;
    /// The platform.
    PLATFORM;
    /// Who designed the product.
    DESIGNER;
    /// The host of a live session.
    STREAMER;
    /// Who leads a group of buyers.
    LEADER;
    /// Who brought the buyer.
    REFERRER;
    /// A merchant other than the program's.
    MERCHANT;
    /// A partner of the merchant.
    PARTNER;
    /// An agent.
    AGENT;
    /// A dealer.
    DEALER;
    /// Who licenses a mark or a work.
    LICENSOR;
    /// A host of content.
    HOST;
    /// A buyer who takes part, as in rebates.
    CONSUMER;
    /// Who delivers the goods.
    SUPPLIER;
}

/// A party of the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Party {
    index: i32,
}

impl Party {
    pub(crate) const fn at(index: i32) -> Self {
        Self { index }
    }

    pub(crate) const fn index(self) -> i32 {
        self.index
    }

    fn read(self, field: PartyField) -> i64 {
        sys::party(self.index, field.id())
    }

    /// Its id.
    #[must_use]
    pub fn id(self) -> Symbol {
        Symbol::read(self.read(PartyField::Id))
    }

    /// The role.
    #[must_use]
    pub fn role(self) -> Role {
        Role(Symbol::read(self.read(PartyField::Role)))
    }

    /// The place in the seller's chain: 0 the seller of record, 1 its upline …; `None` outside the chain.
    #[must_use]
    pub fn depth(self) -> Option<usize> {
        present(self.read(PartyField::Depth)).and_then(|depth| usize::try_from(depth).ok())
    }

    /// Whether it belongs to the seller's chain.
    #[must_use]
    pub fn is_in_chain(self) -> bool {
        present(self.read(PartyField::Depth)).is_some()
    }

    /// The tier.
    #[must_use]
    pub fn tier(self) -> Symbol {
        Symbol::read(self.read(PartyField::Tier))
    }

    /// What the party sold in the program's volume window before this order, in minor units.
    #[must_use]
    pub fn volume(self) -> i64 {
        present(self.read(PartyField::Volume)).unwrap_or(0)
    }

    /// Whether the party is the buyer.
    #[must_use]
    pub fn is_buyer(self) -> bool {
        self.read(PartyField::IsBuyer) == 1
    }

    /// Whether the party may be paid.
    #[must_use]
    pub fn is_eligible(self) -> bool {
        self.read(PartyField::Eligible) == 1
    }

    /// Whole days since the party was bound to the buyer or the chain.
    #[must_use]
    pub fn bound_days(self) -> Option<i64> {
        present(self.read(PartyField::BoundDays))
    }

    /// The bytes of the party's id, in a buffer of the policy's; `None` where they do not fit.
    #[must_use]
    pub fn id_text(self, buffer: &mut [u8]) -> Option<&[u8]> {
        bytes_of(Scope::Party, self.index, TextField::Id, buffer)
    }

    /// The bytes of its role, in a buffer of the policy's; `None` where they do not fit.
    #[must_use]
    pub fn role_text(self, buffer: &mut [u8]) -> Option<&[u8]> {
        bytes_of(Scope::Party, self.index, TextField::Role, buffer)
    }

    /// The bytes of its tier, in a buffer of the policy's; `None` where it has none or they do not fit.
    #[must_use]
    pub fn tier_text(self, buffer: &mut [u8]) -> Option<&[u8]> {
        bytes_of(Scope::Party, self.index, TextField::Tier, buffer)
    }

    /// Whether it has a tag.
    #[must_use]
    pub fn tagged(self, tag: Symbol) -> bool {
        sys::tagged(Scope::Party.id(), self.index, tag.number()) == 1
    }

    /// A custom attribute.
    #[must_use]
    pub fn attribute(self, key: Symbol) -> Attribute {
        Attribute(sys::attribute(Scope::Party.id(), self.index, key.number()))
    }

    /// Units of an asset that the party holds now. Only in the hook `grants`.
    #[must_use]
    pub fn held(self, asset: Symbol) -> i64 {
        sys::holding(self.index, asset.number(), Holding::Held.id())
    }

    /// Units of an asset that the party has earned in all. Only in the hook `grants`.
    #[must_use]
    pub fn earned(self, asset: Symbol) -> i64 {
        sys::holding(self.index, asset.number(), Holding::Earned.id())
    }
}
