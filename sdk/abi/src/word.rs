//! The words every module knows: symbols with fixed numbers, so that the well-known roles and kinds of event
//! need no registration.
//!
//! Invariant: numbers are never re-used or changed. Symbols that a module registers start at [`FIRST_REGISTERED`].

/// What a string reads as that the module does not know.
pub const UNKNOWN: i32 = 0;

/// The first symbol a module gets from `symbol`.
pub const FIRST_REGISTERED: i32 = 64;

macro_rules! words {
    (
        roles { $($(#[$doc:meta])* $name:ident = $id:literal, $text:literal;)* }
        kinds { $($(#[$kind_doc:meta])* $kind:ident = $kind_id:literal, $kind_text:literal;)* }
    ) => {
        $($(#[$doc])* pub const $name: i32 = $id;)*
        $($(#[$kind_doc])* pub const $kind: i32 = $kind_id;)*

        /// Every well-known role with its symbol.
        pub const ROLES: &[(&str, i32)] = &[$(($text, $id),)*];

        /// Every well-known kind of event with its symbol.
        pub const KINDS: &[(&str, i32)] = &[$(($kind_text, $kind_id),)*];

        /// Whether this is a well-known role.
        #[must_use]
        pub fn is_role(text: &str) -> bool {
            matches!(text, $($text)|*)
        }

        /// The symbol of a well-known word.
        #[must_use]
        pub fn find(text: &str) -> Option<i32> {
            match text { $($text => Some($id),)* $($kind_text => Some($kind_id),)* _ => None }
        }

        /// The well-known word with this symbol.
        #[must_use]
        pub const fn text(symbol: i32) -> Option<&'static str> {
            match symbol { $($id => Some($text),)* $($kind_id => Some($kind_text),)* _ => None }
        }
    };
}

words! { roles {
    /// Who sold: depth 0 of the chain.
    SELLER = 1, "seller";
    /// Who stands above in the chain.
    UPLINE = 2, "upline";
    /// A shop guide.
    GUIDE = 3, "guide";
    /// A shop.
    STORE = 4, "store";
    /// A channel between brand and shop.
    CHANNEL = 5, "channel";
    /// The brand.
    BRAND = 6, "brand";
    /// The platform.
    PLATFORM = 7, "platform";
    /// Who designed the product.
    DESIGNER = 8, "designer";
    /// The host of a live session.
    STREAMER = 9, "streamer";
    /// Who leads a group of buyers.
    LEADER = 10, "leader";
    /// Who brought the buyer.
    REFERRER = 11, "referrer";
    /// A merchant other than the program's.
    MERCHANT = 12, "merchant";
    /// A partner of the merchant.
    PARTNER = 13, "partner";
    /// An agent.
    AGENT = 14, "agent";
    /// A dealer.
    DEALER = 15, "dealer";
    /// Who licenses a mark or a work.
    LICENSOR = 16, "licensor";
    /// A host of content.
    HOST = 17, "host";
    /// A buyer who takes part, as in rebates.
    CONSUMER = 18, "consumer";
    /// Who delivers the goods.
    SUPPLIER = 19, "supplier";
} kinds {
    /// An order was paid.
    ORDER_PAID = 20, "order.paid";
    /// An order is complete, nothing of it is returned any more.
    ORDER_COMPLETED = 21, "order.completed";
    /// A member was bound to an upline, a guide, a store ….
    RELATION_BOUND = 22, "relation.bound";
    /// A day of the program's calendar has ended.
    DAY_CLOSED = 23, "day.closed";
    /// Somebody checked in.
    CHECK_IN = 24, "check_in";
} }
