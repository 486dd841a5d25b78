//! What has happened, in the hook `grants`: an order was paid, a member was bound, somebody checked in.
//!
//! Invariant: reads only; where it is about no order, there is none to read.

use fenrun_abi::{
    code::Scope,
    field::{EventField, OrderField},
    word,
};

use crate::{
    Buyer, LocalTime, Order, Party, Role,
    symbol::{Attribute, Symbol, present},
    sys,
};

/// A kind of event. Kinds beyond these are words of the host application: compare with [`Kind::of`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Kind(Symbol);

impl Kind {
    /// An order was paid.
    pub const ORDER_PAID: Self = Self(Symbol::new(word::ORDER_PAID));
    /// An order is complete: nothing of it is returned any more.
    pub const ORDER_COMPLETED: Self = Self(Symbol::new(word::ORDER_COMPLETED));
    /// A member was bound to an upline, a guide, a store ….
    pub const RELATION_BOUND: Self = Self(Symbol::new(word::RELATION_BOUND));
    /// A day of the program's calendar has ended.
    pub const DAY_CLOSED: Self = Self(Symbol::new(word::DAY_CLOSED));
    /// Somebody checked in.
    pub const CHECK_IN: Self = Self(Symbol::new(word::CHECK_IN));

    /// A kind by a word that the policy knows ([`crate::Config::word`]).
    #[must_use]
    pub const fn of(word: Symbol) -> Self {
        Self(word)
    }
}

/// What has happened.
#[derive(Debug)]
pub struct Occasion(());

impl Occasion {
    pub(crate) const fn current() -> Self {
        Self(())
    }

    /// Of which kind it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        Kind(Symbol::read(sys::event(EventField::Kind.id())))
    }

    /// The moment, in the program's time zone.
    #[must_use]
    pub const fn time(&self) -> LocalTime {
        LocalTime(())
    }

    /// The order it is about; `None` where it is about none.
    #[must_use]
    pub fn order(&self) -> Option<Order> {
        present(sys::order(OrderField::LineCount.id())).map(|_| Order::current())
    }

    /// Who it is about: the buyer, the member who is bound, the visitor who checks in.
    #[must_use]
    pub const fn buyer(&self) -> Buyer {
        Buyer(())
    }

    /// Whether it is about somebody: a grant to the buyer needs one.
    #[must_use]
    pub fn has_buyer(&self) -> bool {
        let mut nothing = [];
        sys::text(Scope::Buyer.id(), 0, fenrun_abi::code::TextField::Id.id(), &mut nothing) > 0
    }

    /// The party it concerns: the seller of record, or the party that a member was bound to.
    #[must_use]
    pub fn party(&self) -> Option<Party> {
        present(sys::event(EventField::Party.id())).and_then(|index| i32::try_from(index).ok()).map(Party::at)
    }

    /// Every party: the chain first, by depth, then the others by role and id.
    pub fn parties(&self) -> impl Iterator<Item = Party> + use<> {
        Order::current().parties()
    }

    /// The relation in which a member was bound.
    #[must_use]
    pub fn relation(&self) -> Option<Role> {
        present(sys::event(EventField::Relation.id())).map(|symbol| Role(Symbol::read(symbol)))
    }

    /// A custom attribute of the order, or of what has happened.
    #[must_use]
    pub fn attribute(&self, key: Symbol) -> Attribute {
        Order::current().attribute(key)
    }
}
