//! What came of one event: effects, answers, balances, each in the words of a report.
//!
//! Invariant: reads what the engine and the books said; no amount is reckoned here beyond summing.

use std::collections::BTreeMap;

use fenrun::books::{Books, Code, Posted};
use fenrun::decision::{DiscountKind, LineRange, PolicyAnswer, PolicyRun, Share, Term};
use fenrun::granting::Grant;
use fenrun::sandbox::{Failure, FailureKind};
use fenrun::{Decision, HoldCause, Violation};
use fenrun_ledger::{AccountKind, LedgerError};
use fenrun_money::decimal::format_minor;

/// Amounts, or units, by name.
pub(crate) type Sums = BTreeMap<String, i64>;

/// What came of one event.
pub(crate) struct Observed<'a> {
    pub(crate) posted: &'a Posted,
    pub(crate) exponent: u8,
}

impl Observed<'_> {
    pub(crate) fn decision(&self) -> Option<&Decision> {
        self.posted.decision.as_deref()
    }

    pub(crate) fn show(&self, minor: i64) -> String {
        format_minor(minor, self.exponent).to_string()
    }

    pub(crate) fn runs(&self) -> impl Iterator<Item = &PolicyRun> {
        let decided = self.posted.decision.iter().flat_map(|decision| &decision.policies);
        decided.chain(self.posted.granted.iter().flat_map(|granted| &granted.policies))
    }

    pub(crate) fn grants(&self) -> impl Iterator<Item = &Grant> {
        self.posted.granted.iter().flat_map(|granted| &granted.grants)
    }

    /// Fuel of all hook calls; nothing where no policy was asked.
    pub(crate) fn fuel(&self) -> Option<u64> {
        let fuel = self.runs().map(|run| run.fuel).reduce(u64::saturating_add);
        match &self.posted.held {
            Some(HoldCause::Failure { failure, .. }) => Some(fuel.unwrap_or(0).saturating_add(failure.fuel)),
            _ => fuel,
        }
    }

    /// Who said no, and why: policies, or the books.
    pub(crate) fn refusals(&self) -> Vec<(String, String)> {
        let policies = self.runs().filter_map(|run| match &run.answer {
            PolicyAnswer::Refused { reason } => Some((format!("`{}`", run.policy), reason.clone())),
            _ => None,
        });
        let books = (self.posted.code == Code::Refused)
            .then(|| ("the books".to_owned(), self.posted.because.clone().unwrap_or_default()));
        policies.chain(books).collect()
    }

    /// What the guard forbids.
    pub(crate) fn violations(&self) -> Vec<&Violation> {
        let held = match &self.posted.held {
            Some(HoldCause::Violations(violations)) => violations.as_slice(),
            _ => &[],
        };
        let forbidden = self.runs().flat_map(|run| match &run.answer {
            PolicyAnswer::Forbidden { violations } => violations.as_slice(),
            _ => &[],
        });
        held.iter().chain(forbidden).collect()
    }

    /// Which policies broke, and how.
    pub(crate) fn failures(&self) -> Vec<(&str, &Failure)> {
        let held = match &self.posted.held {
            Some(HoldCause::Failure { policy, failure }) => Some((policy.as_str(), failure)),
            _ => None,
        };
        let left_out = self.runs().filter_map(|run| match &run.answer {
            PolicyAnswer::Failed { failure } => Some((run.policy.as_str(), failure)),
            _ => None,
        });
        held.into_iter().chain(left_out).collect()
    }

    /// What was got, line by line.
    pub(crate) fn told(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some(decision) = self.decision() {
            for discount in &decision.discounts {
                let amount = self.show(discount.amount_minor);
                let why = self.why_discount(decision, discount);
                lines.push(format!("discount {amount} by {}: {why}", discount.policy));
            }
            for share in &decision.shares {
                let (amount, party) = (self.show(share.amount_minor), &share.party);
                let why = self.why_share(decision, share);
                lines.push(format!(
                    "share {amount} to {} ({}) by {}: {why}",
                    party.id, party.role, share.policy
                ));
            }
            let totals = &decision.totals;
            lines.push(format!(
                "list {} = discounts {} + shares {} + merchant {}",
                self.show(totals.list),
                self.show(totals.discounts),
                self.show(totals.shares),
                self.show(totals.merchant_net)
            ));
        }
        for grant in self.grants() {
            let Grant { policy, to, asset, units, reason, .. } = grant;
            lines.push(format!("grant {units} {asset} to {} by {policy}: {reason}", to.id()));
        }
        lines.extend(self.refusals().into_iter().map(|(who, why)| format!("{who} refused: {why}")));
        lines.extend(self.violations().into_iter().map(|violation| format!("forbidden: {violation}")));
        lines.extend(
            self.failures().into_iter().map(|(policy, failure)| format!("`{policy}` failed: {failure}")),
        );
        if self.posted.decision.is_none() {
            let because = self.posted.because.as_deref();
            let told = because.filter(|_| !matches!(self.posted.code, Code::Refused | Code::Held));
            let told = told.or(self.posted.note.as_deref());
            lines.push(match told {
                Some(told) => format!("{}: {told}", self.posted.code.name()),
                None => self.posted.code.name().to_owned(),
            });
            for posting in self.posted.transactions.iter().flat_map(|transaction| transaction.postings()) {
                let amount = if posting.asset.as_str().len() == 3 {
                    self.show(posting.amount_minor)
                } else {
                    format!("{} {}", posting.amount_minor, posting.asset)
                };
                let sign = if posting.amount_minor > 0 { "+" } else { "" };
                lines.push(format!("moved {sign}{amount} {}", posting.account));
            }
        }
        lines
    }

    pub(crate) fn why_discount(&self, decision: &Decision, discount: &fenrun::decision::Discount) -> String {
        let of = self.show(discount.base_minor);
        let how = match discount.kind {
            DiscountKind::Percent(rate) => format!("{rate} of {of}"),
            DiscountKind::Amount(minor) => format!("{} off {of}", self.show(minor)),
            DiscountKind::Price(minor) => format!("each at {} instead of {of}", self.show(minor)),
            _ => format!("off {of}"),
        };
        let units = discount.units.map(|units| format!(", {units} units")).unwrap_or_default();
        format!("{how}{units}{} · {}", range(decision, &discount.lines), discount.reason)
    }

    pub(crate) fn why_share(&self, decision: &Decision, share: &Share) -> String {
        let terms = share.terms.iter().map(|term| match term {
            Term::Rate { lines, base, counted_minor, rate, .. } => {
                let counted = self.show(*counted_minor);
                format!("{rate} of {counted} {}{}", base.name(), range(decision, lines))
            }
            Term::Fixed { lines, amount_minor } => {
                format!("{} fixed{}", self.show(*amount_minor), range(decision, lines))
            }
            _ => "a term".to_owned(),
        });
        let mut how = terms.collect::<Vec<_>>().join(" + ");
        let limits = [("at least", share.minimum_minor), ("at most", share.maximum_minor)];
        for (word, limit) in limits {
            if let Some(limit) = limit {
                how = format!("{how}, {word} {}", self.show(limit));
            }
        }
        format!("{how} · {}", share.reason)
    }
}

/// The exact rates of a share.
pub(crate) fn rates(share: &Share) -> String {
    let rates = share.terms.iter().filter_map(|term| match term {
        Term::Rate { rate, .. } => Some(rate.to_string()),
        _ => None,
    });
    rates.collect::<Vec<_>>().join(" + ")
}

fn range(decision: &Decision, lines: &LineRange) -> String {
    match lines {
        LineRange::Lines(lines) => {
            let ids = lines.iter().map(|line| line_id(decision, *line));
            format!(" on line {}", ids.collect::<Vec<_>>().join(", "))
        }
        LineRange::Shipping => " on shipping".to_owned(),
        _ => String::new(),
    }
}

/// A line's id.
pub(crate) fn line_id(decision: &Decision, line: usize) -> String {
    decision.lines.get(line).map(|line| line.id.to_string()).unwrap_or_default()
}

/// The short name of how a policy broke.
pub(crate) fn failure_name(failure: &Failure) -> &'static str {
    match failure.kind {
        FailureKind::OutOfFuel { .. } => "out of fuel",
        FailureKind::StackOverflow => "stack overflow",
        FailureKind::Unreachable => "unreachable",
        FailureKind::Trap { .. } => "trap",
        FailureKind::Contract { .. } => "contract",
        FailureKind::Code { .. } => "code",
        FailureKind::Disputed { .. } => "disputed",
        _ => "failure",
    }
}

/// Balances of one kind of account in money, by owner.
pub(crate) fn balances(books: &mut Books, kind: AccountKind, currency: &str) -> Result<Sums, LedgerError> {
    let mut sums = Sums::new();
    for balance in books.ledger().balances(None, Some(kind))? {
        if balance.asset.as_str() == currency {
            let sum = sums.entry(balance.account.owner().to_owned()).or_default();
            *sum = sum.saturating_add(balance.balance_minor);
        }
    }
    sums.retain(|_, sum| *sum != 0);
    Ok(sums)
}

/// Units in wallets, by `owner` and `asset`; money is none.
pub(crate) fn wallets(
    books: &mut Books,
    currency: &str,
) -> Result<BTreeMap<(String, String), i64>, LedgerError> {
    let mut units = BTreeMap::new();
    for balance in books.ledger().balances(None, Some(AccountKind::Wallet))? {
        if balance.asset.as_str() != currency && !balance.account.owner().is_empty() {
            let key = (balance.account.owner().to_owned(), balance.asset.as_str().to_owned());
            let sum: &mut i64 = units.entry(key).or_default();
            *sum = sum.saturating_add(balance.balance_minor);
        }
    }
    units.retain(|_, sum| *sum != 0);
    Ok(units)
}

/// The tier of a party, as the books have it.
pub(crate) fn tier(books: &mut Books, party: &str) -> Result<Option<String>, LedgerError> {
    let Some(bytes) = books.ledger().document("party", party)? else { return Ok(None) };
    let record: serde_json::Value = serde_json::from_slice(&bytes).unwrap_or_default();
    Ok(record.get("tier").and_then(|tier| tier.as_str()).map(str::to_owned))
}
