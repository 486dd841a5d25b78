//! How large one event may be, and the attack each bound stops.
//!
//! Invariant: limits are handed over explicitly; nothing reads a global.

/// Bytes of one event's JSON text. A real order of 1,000 lines takes about 200 KB; stops memory exhaustion by one
/// endless line.
pub const LINE_BYTES_MAX: usize = 1 << 20;

/// Lines of one order. Wholesale orders reach some hundreds; stops one event from costing as much as thousands.
pub const LINES_MAX: usize = 1_000;

/// Parties of one order. The longest real chains with all their roles stay below 20; stops effects × parties growth.
pub const PARTIES_MAX: usize = 64;

/// Tenders of one order. Nobody pays with more than a handful of cards; stops sums over endless lists.
pub const TENDERS_MAX: usize = 32;

/// Tags of one thing. Rules look for a few words; stops lists that every rule must walk.
pub const TAGS_MAX: usize = 32;

/// Attributes of one thing. Stops facts that outgrow the sandbox.
pub const ATTRIBUTES_MAX: usize = 32;

/// Bytes of one id, word or text. Holds a UUID, a URL path or 42 Chinese characters; stops huge keys in every index.
pub const TEXT_BYTES_MAX: usize = 128;

/// Units of one line. Covers grams of bulk goods; stops products that leave 64 bits by quantity alone.
pub const QUANTITY_MAX: u32 = 1_000_000_000;

/// The bounds on one event. [`EventLimits::default`] takes the constants of this module.
///
/// How deep JSON may nest is bounded without a setting of its own: an event has four levels, and anything deeper is
/// refused as a value of the wrong type.
///
/// ```
/// use fenrun::event::{Event, EventLimits, Expectations};
/// use fenrun_money::Currency;
///
/// let small = EventLimits { line_bytes_max: 16, ..EventLimits::default() };
/// let expect = Expectations::new(Currency::CNY).limits(small);
/// let error = Event::parse(r#"{"kind":"order.paid"}"#, &expect).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "expected an event of at most 16 bytes; hint: send one event per line and split very long orders",
/// );
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventLimits {
    /// Most bytes of one event's JSON text; see [`LINE_BYTES_MAX`].
    pub line_bytes_max: usize,
    /// Most lines of one order; see [`LINES_MAX`].
    pub lines_max: usize,
    /// Most parties of one order; see [`PARTIES_MAX`].
    pub parties_max: usize,
    /// Most tenders of one order; see [`TENDERS_MAX`].
    pub tenders_max: usize,
    /// Most tags of one thing; see [`TAGS_MAX`].
    pub tags_max: usize,
    /// Most attributes of one thing; see [`ATTRIBUTES_MAX`].
    pub attributes_max: usize,
    /// Most bytes of one text; see [`TEXT_BYTES_MAX`].
    pub text_bytes_max: usize,
    /// Most units of one line; see [`QUANTITY_MAX`].
    pub quantity_max: u32,
}

impl Default for EventLimits {
    fn default() -> Self {
        EventLimits {
            line_bytes_max: LINE_BYTES_MAX,
            lines_max: LINES_MAX,
            parties_max: PARTIES_MAX,
            tenders_max: TENDERS_MAX,
            tags_max: TAGS_MAX,
            attributes_max: ATTRIBUTES_MAX,
            text_bytes_max: TEXT_BYTES_MAX,
            quantity_max: QUANTITY_MAX,
        }
    }
}
