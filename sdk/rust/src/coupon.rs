//! A coupon that the buyer presents.
//!
//! Invariant: reads only; a coupon is its index, and only coupons that can be used are there.

use fenrun_abi::{
    code::{Scope, TextField},
    field::CouponField,
};

use crate::{
    Party, Rate,
    symbol::{Symbol, bytes_of, present},
    sys,
};

/// A coupon that the buyer presents and can use. What it is worth and asks for is what whoever created it said: the policy
/// applies it, and says with [`crate::Discount::using`] or [`crate::Share::using`] that it is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coupon {
    index: i32,
}

impl Coupon {
    pub(crate) const fn at(index: i32) -> Self {
        Self { index }
    }

    pub(crate) const fn index(self) -> i32 {
        self.index
    }

    fn read(self, field: CouponField) -> i64 {
        sys::coupon(self.index, field.id())
    }

    fn party(self, field: CouponField) -> Option<Party> {
        present(self.read(field)).and_then(|index| i32::try_from(index).ok()).map(Party::at)
    }

    /// The coupon, as the buyer presents it.
    #[must_use]
    pub fn id(self) -> Symbol {
        Symbol::read(self.read(CouponField::Id))
    }

    /// Its kind: a template such as `welcome`.
    #[must_use]
    pub fn kind(self) -> Symbol {
        Symbol::read(self.read(CouponField::Kind))
    }

    /// Whose coupon it is, by id.
    #[must_use]
    pub fn issuer(self) -> Symbol {
        Symbol::read(self.read(CouponField::Issuer))
    }

    /// Who handed it out, by id.
    #[must_use]
    pub fn giver(self) -> Symbol {
        Symbol::read(self.read(CouponField::Giver))
    }

    /// Whose coupon it is, where that is a party of the order.
    #[must_use]
    pub fn issuer_party(self) -> Option<Party> {
        self.party(CouponField::IssuerParty)
    }

    /// Who handed it out, where that is a party of the order.
    #[must_use]
    pub fn giver_party(self) -> Option<Party> {
        self.party(CouponField::GiverParty)
    }

    /// The amount it carries, in minor units.
    #[must_use]
    pub fn amount_minor(self) -> Option<i64> {
        present(self.read(CouponField::Amount))
    }

    /// The rate it carries.
    #[must_use]
    pub fn rate(self) -> Option<Rate> {
        let numerator = present(self.read(CouponField::RateNumerator))?;
        Rate::new(numerator, self.read(CouponField::RateDenominator)).ok()
    }

    /// What the goods have to come to, in minor units; 0 where nothing is asked.
    #[must_use]
    pub fn minimum_minor(self) -> i64 {
        present(self.read(CouponField::Minimum)).unwrap_or(0)
    }

    /// How often the buyer can use it, this order included; `None` where nothing limits it.
    #[must_use]
    pub fn uses_left(self) -> Option<i64> {
        present(self.read(CouponField::UsesLeft))
    }

    /// Days until its last one, 0 on that day; `None` where it has none.
    #[must_use]
    pub fn days_left(self) -> Option<i64> {
        present(self.read(CouponField::DaysLeft))
    }

    /// Whole days since the buyer was issued it, or since it was created where anybody may present it.
    #[must_use]
    pub fn days_held(self) -> Option<i64> {
        present(self.read(CouponField::DaysHeld))
    }

    /// The bytes of its id, in a buffer of the policy's; `None` where they do not fit.
    #[must_use]
    pub fn id_text(self, buffer: &mut [u8]) -> Option<&[u8]> {
        bytes_of(Scope::Coupon, self.index, TextField::Id, buffer)
    }

    /// The bytes of its kind, in a buffer of the policy's; `None` where it has none or they do not fit.
    #[must_use]
    pub fn kind_text(self, buffer: &mut [u8]) -> Option<&[u8]> {
        bytes_of(Scope::Coupon, self.index, TextField::Kind, buffer)
    }

    /// The bytes of the id of whose coupon it is, in a buffer of the policy's; `None` where nobody is named or they do not fit.
    #[must_use]
    pub fn issuer_text(self, buffer: &mut [u8]) -> Option<&[u8]> {
        bytes_of(Scope::Coupon, self.index, TextField::Issuer, buffer)
    }

    /// The bytes of the id of who handed it out, in a buffer of the policy's; `None` where nobody is named or they do not fit.
    #[must_use]
    pub fn giver_text(self, buffer: &mut [u8]) -> Option<&[u8]> {
        bytes_of(Scope::Coupon, self.index, TextField::Giver, buffer)
    }
}
