//! A decision as JSON: every amount as decimal text in the currency, every rate exact.
//!
//! Invariant: enough to recompute every amount from nothing but this text.

use schemars::{JsonSchema, generate::SchemaSettings};
use serde::Serialize;

pub(crate) use super::amount::Amount;
use super::{
    Allocated, Clamp, Decision, Discount, DiscountKind, LineOutcome, LineRange, PartyRef, PolicyAnswer,
    PolicyRun, Share, Term,
};
use crate::{admission::printable::printable, event::Pricing};

/// The decision for one order.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Decision", inline)]
struct Wire<'a> {
    /// Always `decided`.
    outcome: &'static str,
    /// The fact that was decided, such as `order.paid/A1001`.
    fact: &'a str,
    /// The order's id, or the quote's.
    order: &'a str,
    /// The buyer's id.
    buyer: &'a str,
    /// The moment of the order, in UTC.
    time: String,
    /// The currency of every amount.
    currency: &'a str,
    /// Where the prices come from: `engine`, `given` or `quote Q1`.
    pricing: String,
    /// The digest of the program that decided.
    program: String,
    /// The guard profile that was applied.
    guard: &'a str,
    /// Every line, sorted by id.
    lines: Vec<LineWire<'a>>,
    /// The discounts, in the order in which they were taken.
    discounts: Vec<DiscountWire<'a>>,
    /// The shares, in the order of the policies.
    shares: Vec<ShareWire<'a>>,
    /// The sums.
    totals: TotalsWire,
    /// The sum check in words; a decision whose sums did not balance would not be here.
    check: String,
    /// What each policy was asked and answered.
    policies: Vec<PolicyWire<'a>>,
}

/// A line after the decision; amounts are for the whole line.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Line")]
struct LineWire<'a> {
    id: &'a str,
    /// `goods`, `shipping`, `fee` or `deposit`.
    kind: &'static str,
    quantity: i64,
    /// Unit price × quantity.
    list: Amount,
    /// What came off.
    discount: Amount,
    /// What the buyer pays.
    due: Amount,
    /// What was paid with tenders that earn.
    paid: Amount,
}

/// Who gets a share, or carries a part of a discount.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Party")]
pub(crate) struct PartyWire<'a> {
    id: &'a str,
    role: &'a str,
    /// The place in the seller's chain, 0 for the seller.
    #[serde(skip_serializing_if = "Option::is_none")]
    depth: Option<u32>,
}

/// What falls on one line.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Allocated")]
struct AllocatedWire<'a> {
    /// The line's id.
    line: &'a str,
    amount: Amount,
}

/// The lines an effect is about: `all_goods`, `shipping`, or line ids.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "Lines")]
enum LinesWire<'a> {
    Named(&'static str),
    Ids(Vec<&'a str>),
}

/// One part of a share's exact sum.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "Term")]
enum TermWire<'a> {
    /// `rate` of `counted`, which is the base `of`, or the band of it.
    Rate {
        lines: LinesWire<'a>,
        /// `list`, `paid`, `ex_tax`, `margin`, `net` or `left`.
        base: &'static str,
        /// The base of these lines.
        of: Amount,
        /// The part above the first and not above the second counts.
        #[serde(skip_serializing_if = "Option::is_none")]
        band: Option<(Amount, Option<Amount>)>,
        /// The part of the base that counts.
        counted: Amount,
        /// The exact rate, such as `20%` or `1/3`.
        rate: String,
    },
    /// A fixed amount.
    Fixed { lines: LinesWire<'a>, fixed: Amount },
}

/// A share: who gets how much, made up of what, and why.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Share")]
struct ShareWire<'a> {
    policy: &'a str,
    party: PartyWire<'a>,
    /// The parts of the exact sum.
    terms: Vec<TermWire<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    minimum: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    maximum: Option<Amount>,
    /// The exact sum in minor units, after minimum and maximum, before rounding.
    exact_minor: String,
    amount: Amount,
    /// What the guard took off to keep a cap.
    #[serde(skip_serializing_if = "Option::is_none")]
    trimmed: Option<Amount>,
    /// Why, in the policy's words.
    reason: String,
    allocation: Vec<AllocatedWire<'a>>,
    /// Who carries parts of it; the merchant carries the rest.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    funders: Vec<FunderWire<'a>>,
    /// The coupons it uses up, if it comes to more than nothing.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    coupons: &'a [String],
}

/// A part of a discount or a share that somebody else than the merchant carries.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Funder")]
struct FunderWire<'a> {
    party: PartyWire<'a>,
    rate: String,
    amount: Amount,
}

/// A discount: on what, how much, who carries it, and why.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Discount")]
struct DiscountWire<'a> {
    policy: &'a str,
    lines: LinesWire<'a>,
    /// An exact part of the price that was left.
    #[serde(skip_serializing_if = "Option::is_none")]
    percent: Option<String>,
    /// An amount off.
    #[serde(skip_serializing_if = "Option::is_none")]
    off: Option<Amount>,
    /// The price of one unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    unit_price: Option<Amount>,
    /// It applies to so many units.
    #[serde(skip_serializing_if = "Option::is_none")]
    units: Option<i64>,
    /// The price that was left of these lines.
    of: Amount,
    /// What it was reckoned as, where price or floor made it smaller.
    #[serde(skip_serializing_if = "Option::is_none")]
    asked: Option<Amount>,
    /// `price` or `floor`: why it is smaller than it was reckoned.
    #[serde(skip_serializing_if = "Option::is_none")]
    clamped_by: Option<&'static str>,
    amount: Amount,
    /// Why, in the policy's words.
    reason: String,
    allocation: Vec<AllocatedWire<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    funders: Vec<FunderWire<'a>>,
    /// The coupons it uses up, if it comes to more than nothing.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    coupons: &'a [String],
}

/// The sums: list = discounts + shares + merchant_net.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Totals")]
struct TotalsWire {
    list: Amount,
    discounts: Amount,
    due: Amount,
    /// Goods paid with tenders that earn: what caps are measured against.
    goods_paid: Amount,
    shares: Amount,
    merchant_net: Amount,
    /// What funders give the merchant back for discounts they carry.
    funded: Amount,
}

/// What one policy was asked and answered.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Policy")]
pub(crate) struct PolicyWire<'a> {
    policy: &'a str,
    /// The SHA-256 digest of the module that ran.
    module: String,
    hook: &'static str,
    fuel: u64,
    /// `applied`, `excluded`, `refused`, `failed` or `forbidden`.
    answer: &'static str,
    /// Who excludes it, why it refuses, how it failed, or what is forbidden.
    #[serde(skip_serializing_if = "Option::is_none")]
    because: Option<String>,
    /// Whether this is the last good version, asked because the version in force broke; that one's run stands before.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schemars(default)]
    stands_in: bool,
    /// What it wrote for the trace.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
    /// The facts it read.
    read: Vec<&'static str>,
}

/// About how long a decision about a few lines is; it saves most of the moves while it grows.
const BYTES_USUAL: usize = 4_096;

/// Writes amounts and names of one decision.
struct Writer<'a> {
    decision: &'a Decision,
}

/// The decision as one line of JSON.
pub(super) fn write(decision: &Decision) -> String {
    let mut bytes = Vec::with_capacity(BYTES_USUAL);
    // Strings and numbers only, written to memory: neither of the two can fail.
    let _ = serde_json::to_writer(&mut bytes, &Writer { decision }.decision());
    String::from_utf8(bytes).unwrap_or_default()
}

/// The JSON Schema of a decision.
#[must_use]
pub fn schema() -> serde_json::Value {
    let settings = SchemaSettings::default().for_serialize();
    settings.into_generator().into_root_schema_for::<Wire<'_>>().to_value()
}

impl<'a> Writer<'a> {
    fn amount(&self, minor: i64) -> Amount {
        Amount::of(minor, self.decision.currency)
    }

    fn line_id(&self, index: usize) -> &'a str {
        self.decision.lines.get(index).map_or("", |line| &*line.id)
    }

    fn lines(&self, range: &LineRange) -> LinesWire<'a> {
        match range {
            LineRange::AllGoods => LinesWire::Named("all_goods"),
            LineRange::Shipping => LinesWire::Named("shipping"),
            LineRange::Lines(lines) => LinesWire::Ids(lines.iter().map(|line| self.line_id(*line)).collect()),
        }
    }

    fn allocation(&self, parts: &[Allocated]) -> Vec<AllocatedWire<'a>> {
        let wire = |part: &Allocated| AllocatedWire {
            line: self.line_id(part.line),
            amount: self.amount(part.amount_minor),
        };
        parts.iter().map(wire).collect()
    }

    fn decision(&self) -> Wire<'a> {
        let decision = self.decision;
        let totals = &decision.totals;
        let amount = |minor| self.amount(minor);
        Wire {
            outcome: "decided",
            fact: &decision.fact_key,
            order: &decision.order,
            buyer: &decision.buyer,
            time: decision.time.to_string(),
            currency: self.decision.currency.code(),
            pricing: match &decision.pricing {
                Pricing::Given => "given".into(),
                Pricing::Engine => "engine".into(),
                Pricing::Quote(quote) => format!("quote {quote}"),
            },
            program: decision.program.to_string(),
            guard: &decision.guard,
            lines: decision.lines.iter().map(|line| self.line(line)).collect(),
            discounts: decision.discounts.iter().map(|discount| self.discount(discount)).collect(),
            shares: decision.shares.iter().map(|share| self.share(share)).collect(),
            totals: TotalsWire {
                list: amount(totals.list),
                discounts: amount(totals.discounts),
                due: amount(totals.due),
                goods_paid: amount(totals.goods_paid),
                shares: amount(totals.shares),
                merchant_net: amount(totals.merchant_net),
                funded: amount(totals.funded),
            },
            check: format!(
                "list {} = discounts {} + shares {} + merchant {}",
                amount(totals.list),
                amount(totals.discounts),
                amount(totals.shares),
                amount(totals.merchant_net)
            ),
            policies: decision.policies.iter().map(policy).collect(),
        }
    }

    fn line(&self, line: &'a LineOutcome) -> LineWire<'a> {
        LineWire {
            id: &line.id,
            kind: line.kind.name(),
            quantity: line.quantity,
            list: self.amount(line.list_minor),
            discount: self.amount(line.discount_minor),
            due: self.amount(line.due_minor),
            paid: self.amount(line.paid_minor),
        }
    }

    fn term(&self, term: &'a Term) -> TermWire<'a> {
        match term {
            Term::Fixed { lines, amount_minor } => {
                TermWire::Fixed { lines: self.lines(lines), fixed: self.amount(*amount_minor) }
            }
            Term::Rate { lines, base, base_minor, band, counted_minor, rate, .. } => TermWire::Rate {
                lines: self.lines(lines),
                base: base.name(),
                of: self.amount(*base_minor),
                band: band.map(|(from, to)| (self.amount(from), (to != i64::MAX).then(|| self.amount(to)))),
                counted: self.amount(*counted_minor),
                rate: rate.to_string(),
            },
        }
    }

    fn share(&self, share: &'a Share) -> ShareWire<'a> {
        ShareWire {
            policy: &share.policy,
            party: party(&share.party),
            terms: share.terms.iter().map(|term| self.term(term)).collect(),
            minimum: share.minimum_minor.map(|minor| self.amount(minor)),
            maximum: share.maximum_minor.map(|minor| self.amount(minor)),
            exact_minor: share.exact.to_string(),
            amount: self.amount(share.amount_minor),
            trimmed: (share.trimmed_minor != 0).then(|| self.amount(share.trimmed_minor)),
            reason: shown(&share.reason),
            allocation: self.allocation(&share.allocation),
            funders: share
                .funders
                .iter()
                .map(|funder| FunderWire {
                    party: party(&funder.party),
                    rate: funder.rate.to_string(),
                    amount: self.amount(funder.of(share.amount_minor)),
                })
                .collect(),
            coupons: &share.coupons,
        }
    }

    fn discount(&self, discount: &'a Discount) -> DiscountWire<'a> {
        let (percent, off, unit_price) = match discount.kind {
            DiscountKind::Percent(rate) => (Some(rate.to_string()), None, None),
            DiscountKind::Amount(minor) => (None, Some(self.amount(minor)), None),
            DiscountKind::Price(minor) => (None, None, Some(self.amount(minor))),
        };
        DiscountWire {
            policy: &discount.policy,
            lines: self.lines(&discount.lines),
            percent,
            off,
            unit_price,
            units: discount.units,
            of: self.amount(discount.base_minor),
            asked: discount.clamp.map(|_| self.amount(discount.asked_minor)),
            clamped_by: discount.clamp.map(|clamp| match clamp {
                Clamp::Price => "price",
                Clamp::Floor => "floor",
                Clamp::Budget => "budget",
            }),
            amount: self.amount(discount.amount_minor),
            reason: shown(&discount.reason),
            allocation: self.allocation(&discount.allocation),
            funders: discount
                .funders
                .iter()
                .map(|part| FunderWire {
                    party: party(&part.party),
                    rate: part.rate.to_string(),
                    amount: self.amount(part.amount_minor),
                })
                .collect(),
            coupons: &discount.coupons,
        }
    }
}

/// Characters of a reason or a note that are shown: all that the contract lets a module write.
const SHOWN_MAX: usize = fenrun_abi::limit::REASON_BYTES_MAX;

/// Text that a module wrote: bounded, and without control and direction characters (§8.4).
pub(crate) fn shown(text: &str) -> String {
    printable(text).at_most(SHOWN_MAX).to_string()
}

pub(crate) fn party(party: &PartyRef) -> PartyWire<'_> {
    PartyWire { id: &party.id, role: &party.role, depth: party.depth }
}

pub(crate) fn policy(run: &PolicyRun) -> PolicyWire<'_> {
    let (answer, because) = match &run.answer {
        PolicyAnswer::Applied { .. } => ("applied", None),
        PolicyAnswer::Excluded { by } => ("excluded", Some(format!("`{by}` applies instead"))),
        PolicyAnswer::Refused { reason } => ("refused", Some(shown(reason))),
        PolicyAnswer::Failed { failure } => ("failed", Some(failure.to_string())),
        PolicyAnswer::Forbidden { violations } => {
            let all: Vec<String> = violations.iter().map(ToString::to_string).collect();
            ("forbidden", Some(all.join("; ")))
        }
    };
    PolicyWire {
        policy: &run.policy,
        module: run.module.to_string(),
        hook: run.hook.name(),
        fuel: run.fuel,
        answer,
        because,
        stands_in: run.stands_in,
        notes: run.notes.iter().map(|note| shown(note)).collect(),
        read: run.reads.names().collect(),
    }
}
