//! An explanation as JSON: everything from which each amount follows, as text and whole numbers.
//!
//! Invariant: amounts are decimal text in the currency; what ends in `_minor` is an exact number of minor units, a whole
//! number or a fraction such as `999/5`; rates are exact.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, value::RawValue};

/// An amount in the currency, as decimal text.
pub(super) type Amount = String;

/// Why an event came to what it came to. One JSON object for each event: a line of `fenrun explain --case … --format json`.
///
/// How each amount follows from what stands here:
///
/// - line: list = unit_price × quantity; due = list − discount; paid = due less its part of tenders that earn nothing
///   (all lines together: shared out by due, largest remainder); tax_in_paid = tax × paid ÷ list, half up;
///   ex_tax = paid − tax_in_paid; margin = ex_tax − cost; net = paid less its part of the fees (by due, largest remainder).
/// - discount: `percent` is percent × of (× units ÷ quantity), rounded half up once; `off` is the amount itself;
///   `unit_price` is, line by line, left − unit_price × quantity (with units: left × units ÷ quantity, half up, −
///   unit_price × units), never below zero. `asked` is shared out over the lines by `left`, largest remainder, ties to the
///   earlier line; no line gives more than its `room`; a part without room is not given, but for `off`, whose rest goes to
///   lines with room. Then `allowed_by_budget` bounds it. Funders: rate × the line's amount, floored, line by line.
/// - share: each term is rate × counted, where counted is the sum of `on`, or its part inside the band; sum_minor adds the
///   terms; exact_minor is the sum after minimum and maximum; rounded is exact_minor by `rounding`; amount = rounded −
///   trimmed. A base of a line that is below zero counts as zero; `left` is paid less what earlier shares took.
/// - allocation of a share: rounded over the lines by largest remainder, weighed by `on` of its only term; several terms:
///   each term × 2²⁰, floored, over its `on` by largest remainder, added up by line; a minimum of nothing weighs all alike.
/// - list = discounts + shares + merchant_net.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Explanation")]
pub struct Explanation {
    /// `decided`, or what became of the event: `created`, `noted`, `refused`, `held`, `parked`, `duplicate`, `conflict`, and
    /// `rejected` for what is no event.
    pub(super) outcome: &'static str,
    #[serde(flatten)]
    pub(super) place: Place,
    /// The fact, such as `order.paid/A1001`; nothing where the line is no event.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) fact: String,
    /// Why it is not decided: refusals, every broken rule with its numbers, how a policy failed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) because: Vec<String>,
    /// What was done beside the movements.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) note: Option<String>,
    /// The event as it was taken: every field exact, amounts as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Value>")]
    pub(super) event: Option<Box<RawValue>>,
    /// What was decided about the order.
    #[serde(flatten)]
    pub(super) decided: Option<Decided>,
    /// Units that were granted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) grants: Vec<Granted>,
    /// What each policy was asked and answered.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) policies: Vec<Asked>,
    /// What moved in the books.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) moved: Vec<Moved>,
}

/// Where the event stands.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct Place {
    /// The file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The line, from 1: of the event, or of the case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// What the case says the policy does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case: Option<String>,
    /// The step of the case: left out for its order, else such as `given.events[0]` or `then[1]`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
}

/// What was decided about an order.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Decided {
    /// The order's id, or the quote's.
    pub(super) order: String,
    pub(super) buyer: String,
    /// The moment of the order, in UTC.
    pub(super) time: String,
    pub(super) currency: String,
    /// Decimals of the currency: an amount × 10^exponent is its minor units.
    pub(super) exponent: u8,
    /// Where the prices come from: `engine`, `given` or `quote Q1`.
    pub(super) pricing: String,
    /// The digest of the program.
    pub(super) program: String,
    /// The guard profile.
    pub(super) guard: String,
    /// Every line, sorted by id.
    pub(super) lines: Vec<Line>,
    /// In the order in which they were taken.
    pub(super) discounts: Vec<Discount>,
    /// In the order of the policies.
    pub(super) shares: Vec<Share>,
    pub(super) totals: Totals,
    /// The checks of the guard with their numbers; each holds.
    pub(super) guard_checks: Vec<Check>,
}

/// A line; amounts are for all its units.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Line {
    pub(super) id: String,
    /// `goods`, `shipping`, `fee` or `deposit`.
    pub(super) kind: &'static str,
    pub(super) quantity: i64,
    /// The list price of one unit.
    pub(super) unit_price: Amount,
    pub(super) list: Amount,
    /// What came off: by the discounts here, or as given.
    pub(super) discount: Amount,
    pub(super) due: Amount,
    /// What was paid with tenders that earn.
    pub(super) paid: Amount,
    /// The tax contained in the list price.
    pub(super) tax: Amount,
    /// The tax contained in what was paid.
    pub(super) tax_in_paid: Amount,
    pub(super) ex_tax: Amount,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cost: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) margin: Option<Amount>,
    /// What was paid less the line's part of the payment fees.
    pub(super) net: Amount,
    /// It may not be sold below this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) floor: Option<Amount>,
}

/// What falls on a line, or comes from it.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Part {
    /// The line's id.
    pub(super) line: String,
    pub(super) amount: Amount,
}

/// What a discount found on a line and took from it.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Taken {
    pub(super) line: String,
    /// What was left of its price before.
    pub(super) left: Amount,
    /// What could be taken: down to its floor, or to zero.
    pub(super) room: Amount,
    pub(super) amount: Amount,
}

/// A discount.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Discount {
    pub(super) policy: String,
    /// `all_goods`, `shipping` or `lines`: how the policy named them.
    pub(super) lines: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) percent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) off: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) unit_price: Option<Amount>,
    /// It applies to so many units of its line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) units: Option<i64>,
    /// What was left of the price of its lines.
    pub(super) of: Amount,
    /// Of a percentage: the exact product before rounding.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) exact_minor: Option<String>,
    /// How it is rounded: `half_up`.
    pub(super) rounding: &'static str,
    /// What it was reckoned as, rounded.
    pub(super) asked: Amount,
    /// Why it is smaller than that: `price`, `floor` or `budget`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) clamped_by: Option<&'static str>,
    /// What the policy's budget still allowed, where that cut it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) allowed_by_budget: Option<Amount>,
    pub(super) amount: Amount,
    /// Every line it is about.
    pub(super) on: Vec<Taken>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) funders: Vec<Funder>,
    /// Why, in the policy's words.
    pub(super) reason: String,
}

/// Who carries a part of a discount.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Funder {
    pub(super) party: String,
    pub(super) role: String,
    pub(super) rate: String,
    pub(super) amount: Amount,
    pub(super) on: Vec<Part>,
}

/// A share.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Share {
    pub(super) policy: String,
    pub(super) party: String,
    pub(super) role: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) depth: Option<u32>,
    /// The cap it counts in: `promoters`, `trade_partners` or `platform`.
    pub(super) class: &'static str,
    pub(super) terms: Vec<Term>,
    /// The sum of the terms.
    pub(super) sum_minor: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) minimum: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) maximum: Option<Amount>,
    /// The sum after minimum and maximum.
    pub(super) exact_minor: String,
    pub(super) rounding: Rounding,
    pub(super) rounded: Amount,
    /// What was taken off to keep a cap or a budget.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) trimmed: Option<Amount>,
    pub(super) amount: Amount,
    pub(super) allocation: Vec<Part>,
    /// Who carries parts of it: rate × amount, floored; the merchant carries the rest.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) funders: Vec<ShareFunder>,
    /// Why, in the policy's words.
    pub(super) reason: String,
}

/// Who carries a part of a share.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ShareFunder {
    pub(super) party: String,
    pub(super) role: String,
    pub(super) rate: String,
    pub(super) amount: Amount,
}

/// How a share was rounded.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Rounding {
    /// `floor`, or the program's rounding of the policy, such as `largest_remainder`.
    pub(super) by: &'static str,
    /// Of a joint rounding: the shares that are rounded together, by their places in `shares` from 0.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) with: Vec<usize>,
}

/// One part of a share's sum.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum Term {
    /// A rate of a base.
    Rate {
        /// `list`, `paid`, `ex_tax`, `margin`, `net` or `left`.
        base: &'static str,
        /// What each line brings.
        on: Vec<Part>,
        /// Their sum.
        of: Amount,
        /// Only what lies above the first and not above the second counts; without a second, all above the first.
        #[serde(skip_serializing_if = "Option::is_none")]
        band: Option<(Amount, Option<Amount>)>,
        /// What counts.
        counted: Amount,
        /// The exact rate.
        rate: String,
        /// counted × rate.
        product_minor: String,
    },
    /// A fixed amount, which belongs to lines by their units.
    Fixed {
        /// The lines and their units.
        units: BTreeMap<String, i64>,
        fixed: Amount,
    },
}

/// The sums.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Totals {
    pub(super) list: Amount,
    pub(super) discounts: Amount,
    pub(super) due: Amount,
    pub(super) goods_paid: Amount,
    pub(super) shares: Amount,
    pub(super) merchant_net: Amount,
    pub(super) funded: Amount,
}

/// A check of the guard.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Check {
    pub(super) rule: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) line: Option<String>,
    /// An amount, or a count.
    pub(super) found: String,
    /// `equal`, `at_most` or `at_least`.
    pub(super) must_be: &'static str,
    /// The bound; nothing where the profile sets none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) bound: Option<String>,
    /// Of a cap: the bound is this rate …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rate: Option<String>,
    /// … of this amount, floored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) of: Option<Amount>,
    pub(super) holds: bool,
}

/// What a policy was asked and answered.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Asked {
    pub(super) policy: String,
    /// The SHA-256 digest of its module.
    pub(super) module: String,
    pub(super) hook: &'static str,
    pub(super) fuel: u64,
    /// `applied`, `excluded`, `refused`, `failed` or `forbidden`.
    pub(super) answer: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) because: Vec<String>,
    /// Whether this is the last good version, asked because the version in force broke; that one's answer stands before.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schemars(default)]
    pub(super) stands_in: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) notes: Vec<String>,
    /// Every field it read with what it found there: of a line by its id, of a party by `id (role)`; `null` is absent.
    pub(super) read: BTreeMap<&'static str, Value>,
}

/// Units that were granted.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Granted {
    pub(super) policy: String,
    pub(super) to: String,
    pub(super) asset: String,
    pub(super) units: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) expires_days: Option<u32>,
    pub(super) reason: String,
}

/// One movement in the books.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Moved {
    /// What the transaction does, such as `clawback`.
    pub(super) by: String,
    pub(super) account: String,
    pub(super) asset: String,
    /// What the account gets: an amount, or units.
    pub(super) amount: String,
}
