//! A decision as its JSON says it, as far as the table shows it.
//!
//! Invariant: the table is a view of the JSON, so the two never say different things; every amount and rate is text.

use fenrun::Decision;
use serde::Deserialize;

/// Lines of an order that are shown with one effect. The JSON has all of them.
const SHOWN_MAX: usize = 12;

#[derive(Deserialize)]
pub(super) struct DecisionView {
    pub(super) fact: String,
    pub(super) order: String,
    pub(super) buyer: String,
    pub(super) currency: String,
    pub(super) pricing: String,
    lines: Vec<LineView>,
    discounts: Vec<DiscountView>,
    shares: Vec<ShareView>,
    pub(super) check: String,
    policies: Vec<PolicyView>,
}

#[derive(Deserialize)]
struct LineView {
    id: String,
}

#[derive(Deserialize)]
struct PartyView {
    id: String,
    role: String,
    depth: Option<u32>,
}

#[derive(Deserialize)]
struct AllocatedView {
    line: String,
    amount: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum LinesView {
    Named(String),
    Ids(Vec<String>),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum TermView {
    Rate {
        lines: LinesView,
        base: String,
        of: String,
        band: Option<(String, Option<String>)>,
        counted: String,
        rate: String,
    },
    Fixed {
        lines: LinesView,
        fixed: String,
    },
}

#[derive(Deserialize)]
struct ShareView {
    policy: String,
    party: PartyView,
    terms: Vec<TermView>,
    minimum: Option<String>,
    maximum: Option<String>,
    amount: String,
    trimmed: Option<String>,
    reason: String,
    allocation: Vec<AllocatedView>,
}

#[derive(Deserialize)]
struct FunderView {
    party: PartyView,
    rate: String,
    amount: String,
}

#[derive(Deserialize)]
struct DiscountView {
    policy: String,
    lines: LinesView,
    percent: Option<String>,
    off: Option<String>,
    unit_price: Option<String>,
    units: Option<i64>,
    of: String,
    asked: Option<String>,
    clamped_by: Option<String>,
    amount: String,
    reason: String,
    allocation: Vec<AllocatedView>,
    #[serde(default)]
    funders: Vec<FunderView>,
}

#[derive(Deserialize)]
struct PolicyView {
    policy: String,
    answer: String,
    because: Option<String>,
    #[serde(default)]
    stands_in: bool,
    #[serde(default)]
    notes: Vec<String>,
}

/// One effect as the table shows it.
pub(super) struct EffectRow {
    pub(super) effect: &'static str,
    pub(super) policy: String,
    pub(super) party: String,
    pub(super) amount: String,
    /// How it is made up, why, and what falls on which line.
    pub(super) words: Vec<String>,
}

impl DecisionView {
    /// `None` where the JSON is not what this version knows.
    pub(super) fn of(decision: &Decision) -> Option<DecisionView> {
        serde_json::from_str(&decision.to_json()).ok()
    }

    /// Every effect: discounts, then shares.
    pub(super) fn effects(&self) -> Vec<EffectRow> {
        let discounts = self.discounts.iter().map(|discount| self.discount(discount));
        discounts.chain(self.shares.iter().map(|share| self.share(share))).collect()
    }

    /// What policies answered beside effects, and what they noted.
    pub(super) fn remarks(&self) -> Vec<String> {
        let mut remarks = Vec::new();
        for policy in &self.policies {
            if policy.stands_in {
                remarks.push(format!("{} {} in its last good version", policy.policy, policy.answer));
            }
            if let Some(because) = &policy.because {
                remarks.push(format!("{} {}: {because}", policy.policy, policy.answer));
            }
            remarks.extend(policy.notes.iter().map(|note| format!("{} notes: {note}", policy.policy)));
        }
        remarks
    }

    fn discount(&self, discount: &DiscountView) -> EffectRow {
        let of = &discount.of;
        let how = match (&discount.percent, &discount.off, &discount.unit_price) {
            (Some(rate), ..) => format!("{rate} of {of}"),
            (_, Some(off), _) => format!("{off} off {of}"),
            (.., Some(price)) => format!("{price} each instead of {of}"),
            _ => format!("of {of}"),
        };
        let mut words = vec![how + &on_lines(&discount.lines)];
        words.extend(discount.units.map(|units| format!("{units} units")));
        if let (Some(asked), Some(bound)) = (&discount.asked, &discount.clamped_by) {
            let floor = bound == "floor";
            words.push(format!(
                "{asked} asked, {}",
                if floor { "stopped by the floor" } else { "no more is left" }
            ));
        }
        words.push(discount.reason.clone());
        words.extend(
            discount
                .funders
                .iter()
                .map(|part| format!("{} funds {} of it: {}", named(&part.party), part.rate, part.amount)),
        );
        words.extend(self.allocation(&discount.allocation));
        EffectRow {
            effect: "discount",
            policy: discount.policy.clone(),
            party: format!("{} (buyer)", self.buyer),
            amount: format!("-{}", discount.amount),
            words,
        }
    }

    fn share(&self, share: &ShareView) -> EffectRow {
        let terms: Vec<String> = share.terms.iter().map(term).collect();
        let mut words = vec![terms.join(" + ")];
        words.extend(share.minimum.as_ref().map(|minimum| format!("at least {minimum}")));
        words.extend(share.maximum.as_ref().map(|maximum| format!("at most {maximum}")));
        words.extend(share.trimmed.as_ref().map(|trimmed| format!("{trimmed} less, to keep a cap")));
        words.push(share.reason.clone());
        words.extend(self.allocation(&share.allocation));
        EffectRow {
            effect: "share",
            policy: share.policy.clone(),
            party: named(&share.party),
            amount: share.amount.clone(),
            words,
        }
    }

    /// The line that everything falls on, where there is but one.
    pub(super) fn only_line(&self) -> Option<&str> {
        match &*self.lines {
            [only] => Some(&only.id),
            _ => None,
        }
    }

    /// What falls on which line; of an order with one line there is nothing to say.
    fn allocation(&self, parts: &[AllocatedView]) -> Option<String> {
        let parts = parts.iter().map(|part| format!("{}: {}", part.line, part.amount));
        self.only_line().is_none().then(|| format!("by line {}", shortened(parts)))
    }
}

/// The first of some words, and how many there are beside them.
fn shortened(words: impl ExactSizeIterator<Item = String>) -> String {
    let more = words.len().saturating_sub(SHOWN_MAX);
    let shown = words.take(SHOWN_MAX).collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{shown} … and {more} more") } else { shown }
}

fn named(party: &PartyView) -> String {
    match party.depth {
        Some(depth) if depth > 0 => format!("{} ({} {depth})", party.id, party.role),
        _ => format!("{} ({})", party.id, party.role),
    }
}

fn on_lines(lines: &LinesView) -> String {
    match lines {
        LinesView::Named(name) if name == "all_goods" => String::new(),
        LinesView::Named(name) => format!(" ({name})"),
        LinesView::Ids(ids) => format!(" (lines {})", shortened(ids.iter().cloned())),
    }
}

fn term(term: &TermView) -> String {
    match term {
        TermView::Fixed { lines, fixed } => format!("{fixed} fixed{}", on_lines(lines)),
        TermView::Rate { lines, base, of, band, counted, rate } => {
            let part = match band {
                None => String::new(),
                Some((from, None)) => format!(" above {from} of {of}"),
                Some((from, Some(to))) => format!(" from {from} to {to} of {of}"),
            };
            format!("{rate} of {counted} {base}{part}{}", on_lines(lines))
        }
    }
}
