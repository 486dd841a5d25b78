//! What a policy can read: the fields of an order, a line, a party, a coupon, a period and an event, by number.
//!
//! Invariant: numbers are never re-used or changed; fields are only added at the end.

macro_rules! fields {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $field:ident = $id:literal, $label:literal;)* }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(i32)]
        pub enum $name { $($(#[$doc])* $field = $id,)* }

        impl $name {
            /// Every field, in the order of its number.
            pub const ALL: &'static [Self] = &[$(Self::$field,)*];

            /// How many fields there are.
            pub const COUNT: usize = Self::ALL.len();

            /// The field with this number, if this version has it.
            #[must_use]
            pub const fn from_id(id: i32) -> Option<Self> {
                match id { $($id => Some(Self::$field),)* _ => None }
            }

            /// The number by which a module asks for it.
            #[must_use]
            pub const fn id(self) -> i32 { self as i32 }

            /// The name by which reports and traces show it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$field => $label,)* }
            }

            /// Its place in a row of values.
            #[must_use]
            pub const fn slot(self) -> usize { self as usize }
        }
    };
}

fields! {
    /// A field of the order. Amounts are minor units of the program's currency.
    OrderField {
        /// How many lines there are, of every kind; lines are sorted by id.
        LineCount = 0, "order.line_count";
        /// How many parties there are.
        PartyCount = 1, "order.party_count";
        /// Goods at list price: the sum of unit price × quantity.
        List = 2, "order.list";
        /// What discounts decided so far took off the goods.
        Discount = 3, "order.discount";
        /// While pricing: the goods' price that is left. When paid: the final base: goods after discounts,
        /// without shipping and without tenders that are not commissionable.
        Paid = 4, "order.paid";
        /// The same without the tax it contains.
        ExTax = 5, "order.ex_tax";
        /// The same without tax and cost of the goods; absent where a line has no cost.
        Margin = 6, "order.margin";
        /// The same as paid, less its part of the payment fees.
        Net = 7, "order.net";
        /// What the buyer pays for shipping, after discounts.
        Shipping = 8, "order.shipping";
        /// How many units of goods.
        Quantity = 9, "order.quantity";
        /// Seconds since 1970-01-01T00:00Z.
        Time = 10, "order.time";
        /// The local year in the program's time zone.
        Year = 11, "order.year";
        /// The local month, 1 to 12.
        Month = 12, "order.month";
        /// The local day of the month, 1 to 31.
        Day = 13, "order.day";
        /// The local day of the week, 1 (Monday) to 7.
        Weekday = 14, "order.weekday";
        /// The local hour, 0 to 23.
        Hour = 15, "order.hour";
        /// The local minute, 0 to 59.
        Minute = 16, "order.minute";
        /// Which paid order of this buyer this is, from 1.
        BuyerOrderNumber = 17, "buyer.order_number";
        /// Whole days since the buyer's last paid order; absent on the first.
        BuyerDaysSinceLastOrder = 18, "buyer.days_since_last_order";
        /// The buyer's id as a symbol.
        BuyerId = 19, "buyer.id";
        /// The first of the parties that is the buyer, by its index; absent where none is.
        BuyerParty = 20, "buyer.party";
        /// The source channel of the order as a symbol.
        Source = 21, "order.source";
        /// Decimals of the currency: 0, 2 or 3.
        CurrencyExponent = 22, "order.currency_exponent";
        /// The party at depth 0 by its index; absent where the order has no seller.
        Seller = 23, "order.seller";
        /// How many coupons the buyer presents that can be used.
        CouponCount = 24, "order.coupon_count";
    }
}

fields! {
    /// A field of a line. Amounts are minor units, ready multiplied by the quantity unless said otherwise.
    LineField {
        /// The line's id as a symbol.
        Id = 0, "line.id";
        /// Its kind: a [`crate::code::LineKind`].
        Kind = 1, "line.kind";
        /// How many units.
        Quantity = 2, "line.quantity";
        /// The list price of one unit.
        UnitPrice = 3, "line.unit_price";
        /// Unit price × quantity.
        List = 4, "line.list";
        /// What discounts decided so far took off this line.
        Discount = 5, "line.discount";
        /// As `order.paid`, this line's part.
        Paid = 6, "line.paid";
        /// As `order.ex_tax`, this line's part.
        ExTax = 7, "line.ex_tax";
        /// As `order.margin`, this line's part; absent where the line has no cost. It may be negative.
        Margin = 8, "line.margin";
        /// As `order.net`, this line's part.
        Net = 9, "line.net";
        /// The tax contained in `line.paid`.
        Tax = 10, "line.tax";
        /// Cost of all units; absent where it is not known.
        Cost = 11, "line.cost";
        /// The price below which the line may not be sold, for all units; absent where there is none.
        Floor = 12, "line.floor";
        /// The category as a symbol.
        Category = 13, "line.category";
        /// The item (stock code) as a symbol.
        Item = 14, "line.item";
    }
}

fields! {
    /// A field of a party.
    PartyField {
        /// The party's id as a symbol.
        Id = 0, "party.id";
        /// The role as a symbol; the well-known roles are in [`crate::word`].
        Role = 1, "party.role";
        /// The place in the seller's chain: 0 the seller of record, 1 its upline …; absent outside the chain.
        Depth = 2, "party.depth";
        /// The tier as a symbol.
        Tier = 3, "party.tier";
        /// What the party sold in the program's volume window before this order, in minor units.
        Volume = 4, "party.volume";
        /// 1 where the party is the buyer, else 0.
        IsBuyer = 5, "party.is_buyer";
        /// 1 where the party may be paid, else 0.
        Eligible = 6, "party.eligible";
        /// Whole days since the party was bound to the buyer or the chain; absent where that is not known.
        BoundDays = 7, "party.bound_days";
    }
}

fields! {
    /// A field of a coupon that the buyer presents and can use, as whoever created and issued it said. Amounts are minor
    /// units.
    CouponField {
        /// The coupon's id as a symbol: what the buyer presents.
        Id = 0, "coupon.id";
        /// Its kind (a template such as `welcome`) as a symbol; absent where it has none.
        Kind = 1, "coupon.kind";
        /// Whose coupon it is, by id, as a symbol; absent where that is not said.
        Issuer = 2, "coupon.issuer";
        /// Who handed it out, by id, as a symbol; absent where that is not said.
        Giver = 3, "coupon.giver";
        /// The issuer by its index among the parties; absent where it is none of them.
        IssuerParty = 4, "coupon.issuer_party";
        /// Who handed it out, by its index among the parties; absent where it is none of them.
        GiverParty = 5, "coupon.giver_party";
        /// The amount it is worth, in minor units; absent where it carries none.
        Amount = 6, "coupon.amount";
        /// The numerator of the rate it is worth; absent where it carries none.
        RateNumerator = 7, "coupon.rate_numerator";
        /// The denominator of that rate.
        RateDenominator = 8, "coupon.rate_denominator";
        /// What the goods have to come to; absent where nothing is asked.
        Minimum = 9, "coupon.minimum";
        /// How often the buyer can use it, this order included; absent where nothing limits it.
        UsesLeft = 10, "coupon.uses_left";
        /// Days until its last one, 0 on that day; absent where it has none.
        DaysLeft = 11, "coupon.days_left";
        /// Whole days since the buyer was issued it, or since it was created where anybody may present it; absent where
        /// that is not known.
        DaysHeld = 12, "coupon.days_held";
    }
}

fields! {
    /// A field of the period that closes, seen from one party. Amounts are minor units.
    PeriodField {
        /// Its calendar window: a [`crate::code::Window`].
        Window = 0, "period.window";
        /// Its first moment, in seconds since 1970-01-01T00:00Z.
        Start = 1, "period.start";
        /// The first moment after it, in seconds since 1970-01-01T00:00Z.
        End = 2, "period.end";
        /// The local year of its first moment, in the program's time zone.
        Year = 3, "period.year";
        /// The local month of its first moment, 1 to 12.
        Month = 4, "period.month";
        /// The local day of the month of its first moment, 1 to 31.
        Day = 5, "period.day";
        /// Goods paid in the period with the party as the seller of record.
        Volume = 6, "period.volume";
        /// How many paid orders that were.
        Orders = 7, "period.orders";
        /// Shares of the period's orders that the party has accrued, by every policy, less what was clawed back.
        Accrued = 8, "period.accrued";
        /// The same, by the policy that asks.
        AccruedHere = 9, "period.accrued_here";
        /// What the party's direct downlines sold.
        DirectVolume = 10, "period.direct_volume";
        /// What everybody below the party sold, and the party itself.
        GroupVolume = 11, "period.group_volume";
        /// The party's place by volume, 1 the best: equal volumes share the better place. Absent where it has none.
        Rank = 12, "period.rank";
        /// How many parties have a place.
        Ranked = 13, "period.ranked";
        /// What all parties sold: the size of a pool.
        TotalVolume = 14, "period.total_volume";
        /// How many members were newly bound to the party in the period.
        NewlyBound = 15, "period.newly_bound";
        /// How many parties share its place, itself included: 1 where nobody else does. Absent where it has none.
        Tied = 16, "period.tied";
    }
}

fields! {
    /// A field of what has happened, in the hook `grants`.
    EventField {
        /// What has happened, as a symbol; the well-known kinds are in [`crate::word`].
        Kind = 0, "event.kind";
        /// The party it concerns, by its index: the seller of record, or the party that a member was bound to; absent
        /// where there is none.
        Party = 1, "event.party";
        /// The relation in which a member was bound, as a symbol; absent for every other kind.
        Relation = 2, "event.relation";
    }
}

impl OrderField {
    /// Whether its value is the symbol of a text, which has to be looked up.
    #[must_use]
    pub const fn is_text(self) -> bool {
        matches!(self, Self::BuyerId | Self::Source)
    }
}

impl LineField {
    /// Whether its value is the symbol of a text, which has to be looked up for each line.
    #[must_use]
    pub const fn is_text(self) -> bool {
        matches!(self, Self::Id | Self::Category | Self::Item)
    }
}

impl PartyField {
    /// Whether its value is the symbol of a text, which has to be looked up.
    #[must_use]
    pub const fn is_text(self) -> bool {
        matches!(self, Self::Id | Self::Role | Self::Tier)
    }
}

impl CouponField {
    /// Whether its value is the symbol of a text, which has to be looked up.
    #[must_use]
    pub const fn is_text(self) -> bool {
        matches!(self, Self::Id | Self::Kind | Self::Issuer | Self::Giver)
    }
}

impl EventField {
    /// Whether its value is the symbol of a text, which has to be looked up.
    #[must_use]
    pub const fn is_text(self) -> bool {
        matches!(self, Self::Kind | Self::Relation)
    }
}
