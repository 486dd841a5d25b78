//! The small numbers of the contract: hook results, kinds of base, kinds of line, limits, scopes.
//!
//! Invariant: codes are never re-used or changed; they are only added.

macro_rules! codes {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $code:ident = $id:literal, $label:literal;)* }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(i32)]
        pub enum $name { $($(#[$doc])* $code = $id,)* }

        impl $name {
            /// Every code, in the order of its number.
            pub const ALL: &'static [Self] = &[$(Self::$code,)*];

            /// The code with this number.
            #[must_use]
            pub const fn from_id(id: i32) -> Option<Self> {
                match id { $($id => Some(Self::$code),)* _ => None }
            }

            /// Its number in the contract.
            #[must_use]
            pub const fn id(self) -> i32 { self as i32 }

            /// Its name in configuration, traces and reports.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$code => $label,)* }
            }
        }
    };
}

codes! {
    /// What a hook returns. Any other number is a failure.
    HookResult {
        /// The hook is done; its ended effects are asked for.
        Done = 0, "done";
        /// The policy says no; its effects are dropped and its reason is kept.
        Refused = 1, "refused";
    }
}

codes! {
    /// An entry point of a module.
    Hook {
        /// Reads the configuration, once per program.
        Configure = 0, "configure";
        /// Decides discounts while pricing.
        Discounts = 1, "discounts";
        /// Decides shares when the order is paid.
        Shares = 2, "shares";
        /// Decides points, stars, coupons and tiers when an order is paid or something else happens; no money.
        Grants = 3, "grants";
        /// Decides bonuses and tiers when a period closes, once for each party.
        Period = 4, "period";
    }
}

codes! {
    /// What a rate applies to, per line.
    Base {
        /// List price × quantity.
        List = 0, "list";
        /// What is left after discounts; see [`crate::field::OrderField::Paid`].
        Paid = 1, "paid";
        /// Paid, without the tax it contains.
        ExTax = 2, "ex_tax";
        /// Paid, without tax and cost.
        Margin = 3, "margin";
        /// Paid, less the line's part of the payment fees.
        Net = 4, "net";
        /// What earlier shares left of paid, by line.
        Left = 5, "left";
    }
}

codes! {
    /// What a rate of a bonus applies to, in the hook `period`. Numbers are apart from those of [`Base`].
    PeriodBase {
        /// What the party sold; see [`crate::field::PeriodField::Volume`].
        Volume = 16, "volume";
        /// What its direct downlines sold.
        DirectVolume = 17, "direct_volume";
        /// What everybody below it sold, and the party itself.
        GroupVolume = 18, "group_volume";
        /// What everybody sold: a pool.
        TotalVolume = 19, "total_volume";
        /// Shares that the party has accrued, by every policy.
        Accrued = 20, "accrued";
        /// Shares that the party has accrued by the policy that asks.
        AccruedHere = 21, "accrued_here";
    }
}

codes! {
    /// The calendar window of a period, in the program's time zone.
    Window {
        /// A calendar day.
        Day = 0, "day";
        /// A calendar month.
        Month = 1, "month";
        /// A calendar quarter.
        Quarter = 2, "quarter";
        /// A calendar year.
        Year = 3, "year";
        /// From the first order on.
        All = 4, "all";
    }
}

codes! {
    /// What is asked of somebody's units of an asset.
    Holding {
        /// What is held now.
        Held = 0, "holding.held";
        /// What was earned in all, whatever was spent or has expired since.
        Earned = 1, "holding.earned";
    }
}

codes! {
    /// What a line is for.
    LineKind {
        /// Something sold: the only kind that discounts and shares may touch by default.
        Goods = 0, "goods";
        /// Delivery.
        Shipping = 1, "shipping";
        /// An entry or membership fee.
        Fee = 2, "fee";
        /// A deposit.
        Deposit = 3, "deposit";
    }
}

codes! {
    /// A bound on a share.
    Limit {
        /// The share is at least this.
        Minimum = 0, "minimum";
        /// The share is at most this.
        Maximum = 1, "maximum";
    }
}

codes! {
    /// Whose tags, attributes or texts are read.
    Scope {
        /// The order itself; the index is not looked at.
        Order = 0, "order";
        /// The buyer; the index is not looked at.
        Buyer = 1, "buyer";
        /// The line with the index.
        Line = 2, "line";
        /// The party with the index.
        Party = 3, "party";
        /// The coupon with the index.
        Coupon = 4, "coupon";
    }
}

codes! {
    /// Which part of a configured value is read.
    Part {
        /// The value: an integer, an amount in minor units, a rate's numerator, 0 or 1, seconds, a symbol, or a
        /// choice's place in its list.
        Value = 0, "value";
        /// A rate's denominator; 1 for everything else.
        Denominator = 1, "denominator";
        /// How many items a list has.
        Length = 2, "length";
    }
}

codes! {
    /// A string of the facts, for `text`.
    TextField {
        /// The id of the order, the buyer, the line, the party or the coupon.
        Id = 0, "id";
        /// The category of a line.
        Category = 1, "category";
        /// The item (stock code) of a line.
        Item = 2, "item";
        /// The role of a party.
        Role = 3, "role";
        /// The tier of a party.
        Tier = 4, "tier";
        /// The source channel of the order.
        Source = 5, "source";
        /// The kind of a coupon.
        Kind = 6, "kind";
        /// Whose coupon it is.
        Issuer = 7, "issuer";
        /// Who handed a coupon out.
        Giver = 8, "giver";
    }
}
