//! The order that a hook decides about.
//!
//! Invariant: reads only; lines come sorted by id, parties with the chain first, by depth.

use fenrun_abi::{
    code::{Scope, TextField},
    field::{LineField, OrderField},
};

use crate::{
    Base, BaseKind, Buyer, Coupon, Goods, Line, List, LocalTime, Party, Role,
    symbol::{Attribute, Symbol, bytes_of, present},
    sys,
};

/// The order that a hook decides about. Amounts are minor units of the program's currency.
#[derive(Debug)]
pub struct Order(());

impl Order {
    pub(crate) const fn current() -> Self {
        Self(())
    }

    fn count(field: OrderField) -> i32 {
        i32::try_from(sys::order(field.id())).unwrap_or(0)
    }

    /// Who buys.
    #[must_use]
    pub const fn buyer(&self) -> Buyer {
        Buyer(())
    }

    /// The moment of the order, in the program's time zone.
    #[must_use]
    pub const fn time(&self) -> LocalTime {
        LocalTime(())
    }

    /// Every line, of every kind, sorted by id.
    pub fn lines(&self) -> impl Iterator<Item = Line> + use<> {
        (0..Self::count(OrderField::LineCount)).map(Line::at)
    }

    /// One field of the lines from `first` on, as many as the buffer holds, in one call to the host: for long orders.
    /// What is absent, and the symbol of a string, stand there as they do in the contract.
    #[must_use]
    pub fn read_lines<'buffer>(
        &self,
        field: LineField,
        first: usize,
        buffer: &'buffer mut [i64],
    ) -> &'buffer [i64] {
        let first = i32::try_from(first).unwrap_or(i32::MAX).min(Self::count(OrderField::LineCount));
        let copied = sys::lines(field.id(), first, buffer);
        buffer.get(..usize::try_from(copied).unwrap_or(0)).unwrap_or_default()
    }

    /// Every party: the chain first, by depth, then the others by role and id.
    pub fn parties(&self) -> impl Iterator<Item = Party> + use<> {
        (0..Self::count(OrderField::PartyCount)).map(Party::at)
    }

    /// The seller's chain, by depth: the seller, its upline, and so on.
    pub fn chain(&self) -> impl Iterator<Item = Party> + use<> {
        self.parties().take_while(|party| party.is_in_chain())
    }

    /// The seller of record.
    #[must_use]
    pub fn seller(&self) -> Option<Party> {
        present(sys::order(OrderField::Seller.id()))
            .and_then(|index| i32::try_from(index).ok())
            .map(Party::at)
    }

    /// The parties of a role.
    pub fn parties_of(&self, role: Role) -> impl Iterator<Item = Party> + use<> {
        self.parties().filter(move |party| party.role() == role)
    }

    /// The one party of a role; `None` where there is none.
    ///
    /// # Errors
    ///
    /// A reason to refuse with, where the order names several: which of them is meant is not the policy's to guess.
    pub fn only_party_of(&self, role: Role) -> Result<Option<Party>, &'static str> {
        let mut only = None;
        for party in self.parties_of(role) {
            if only.replace(party).is_some() {
                return Err("the order names several parties of a role that one may have");
            }
        }
        Ok(only)
    }

    /// The coupons that the buyer presents and can use, sorted by id.
    pub fn coupons(&self) -> impl Iterator<Item = Coupon> + use<> {
        (0..Self::count(OrderField::CouponCount)).map(Coupon::at)
    }

    /// The coupon with an id, where the buyer presents it.
    #[must_use]
    pub fn coupon(&self, id: Symbol) -> Option<Coupon> {
        self.coupons().find(|coupon| coupon.id() == id)
    }

    /// All goods, as a set of lines.
    #[must_use]
    pub const fn goods(&self) -> Goods {
        Goods::ALL
    }

    /// What is paid for shipping, as something to discount.
    #[must_use]
    pub const fn shipping(&self) -> Goods {
        Goods::SHIPPING
    }

    /// The lines for which the test is true, as a set of lines. A set that holds no line has bases of 0.
    #[must_use]
    pub fn group(&self, member: impl FnMut(Line) -> bool) -> Goods {
        Goods::group(self.lines(), member)
    }

    /// The goods of these categories, all goods where none is named, and what is left to pay for them, minor units.
    #[must_use]
    pub fn goods_in<const N: usize>(&self, categories: &List<Symbol, N>) -> (Goods, i64) {
        if categories.is_empty() {
            return (self.goods(), self.amount(BaseKind::Paid).unwrap_or(0));
        }
        let mut paid_minor = 0_i64;
        let goods = self.group(|line| {
            let belongs = line.is_goods() && categories.contains(line.category());
            if belongs {
                paid_minor = paid_minor.saturating_add(line.amount(BaseKind::Paid).unwrap_or(0));
            }
            belongs
        });
        (goods, paid_minor)
    }

    /// All goods at list price, as a base.
    #[must_use]
    pub const fn list(&self) -> Base {
        Goods::ALL.list()
    }

    /// All goods as paid, after discounts, as a base.
    #[must_use]
    pub const fn paid(&self) -> Base {
        Goods::ALL.paid()
    }

    /// All goods without cost and tax, as a base.
    #[must_use]
    pub const fn margin(&self) -> Base {
        Goods::ALL.margin()
    }

    /// What earlier shares left of what was paid, as a base.
    #[must_use]
    pub const fn left(&self) -> Base {
        Goods::ALL.left()
    }

    /// All goods, as a base of the kind that the configuration names.
    #[must_use]
    pub const fn base(&self, kind: BaseKind) -> Base {
        Goods::ALL.base(kind)
    }

    /// The amount of a base of all goods, in minor units; `None` where it is not known (a margin without a cost).
    #[must_use]
    pub fn amount(&self, kind: BaseKind) -> Option<i64> {
        present(sys::order(
            match kind {
                BaseKind::List => OrderField::List,
                BaseKind::Paid | BaseKind::Left => OrderField::Paid,
                BaseKind::ExTax => OrderField::ExTax,
                BaseKind::Margin => OrderField::Margin,
                BaseKind::Net => OrderField::Net,
            }
            .id(),
        ))
    }

    /// What discounts decided so far took off the goods, in minor units.
    #[must_use]
    pub fn discount_minor(&self) -> i64 {
        sys::order(OrderField::Discount.id())
    }

    /// What is paid for shipping, after discounts, in minor units.
    #[must_use]
    pub fn shipping_minor(&self) -> i64 {
        sys::order(OrderField::Shipping.id())
    }

    /// How many units of goods there are.
    #[must_use]
    pub fn quantity(&self) -> i64 {
        sys::order(OrderField::Quantity.id())
    }

    /// How many decimal places the currency has: 2 for CNY.
    #[must_use]
    pub fn currency_exponent(&self) -> i64 {
        sys::order(OrderField::CurrencyExponent.id())
    }

    /// The bytes of its id, in a buffer of the policy's; `None` where they do not fit.
    #[must_use]
    pub fn id_text<'buffer>(&self, buffer: &'buffer mut [u8]) -> Option<&'buffer [u8]> {
        bytes_of(Scope::Order, 0, TextField::Id, buffer)
    }

    /// The bytes of the source channel, in a buffer of the policy's; `None` where there is none or they do not fit.
    #[must_use]
    pub fn source_text<'buffer>(&self, buffer: &'buffer mut [u8]) -> Option<&'buffer [u8]> {
        bytes_of(Scope::Order, 0, TextField::Source, buffer)
    }

    /// The source channel.
    #[must_use]
    pub fn source(&self) -> Symbol {
        Symbol::read(sys::order(OrderField::Source.id()))
    }

    /// Whether the order has a tag.
    #[must_use]
    pub fn tagged(&self, tag: Symbol) -> bool {
        sys::tagged(Scope::Order.id(), 0, tag.number()) == 1
    }

    /// A custom attribute of the order.
    #[must_use]
    pub fn attribute(&self, key: Symbol) -> Attribute {
        Attribute(sys::attribute(Scope::Order.id(), 0, key.number()))
    }
}

/// Writes a line into the trace (at most 200 bytes, 16 lines in a hook call).
pub fn note(text: &str) {
    sys::note(text.as_bytes());
}
