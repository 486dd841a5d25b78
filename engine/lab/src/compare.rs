//! What was expected beside what was got.
//!
//! Invariant: exact, and complete both ways: what is missing and what is too much are both differences.

use std::collections::BTreeMap;

use fenrun::books::{Books, Code};
use fenrun_ledger::{AccountKind, LedgerError};
use fenrun_money::Currency;
use fenrun_money::decimal::parse_minor;

use crate::file::{Amount, CodeName, DiscountRow, Expect, GrantRow, Grants, Money, OneOrMore, ShareRow};
use crate::flaw::Flaw;
use crate::observed::{self, Observed, Sums, failure_name, line_id, rates};
use crate::read::Place;
use crate::rows::{self, Facts, Got, Unmatched, Wanted};
use crate::verdict::Difference;

/// Compares one event of a case.
pub(crate) struct Comparison<'a> {
    pub(crate) origin: &'a str,
    /// Where the expectation stands, for what is wrong with itself.
    pub(crate) place: &'a Place,
    /// Which step it is.
    pub(crate) at: String,
    pub(crate) currency: Currency,
    pub(crate) differences: Vec<Difference>,
}

impl Comparison<'_> {
    /// Compares everything that is expected of an event.
    pub(crate) fn all(
        &mut self,
        expect: &Expect,
        observed: &Observed<'_>,
        books: &mut Books,
    ) -> Result<(), Flaw> {
        // What holds an event is told below, as violation or failure.
        if expect.code.is_some() || expect.because.is_some() || observed.posted.held.is_none() {
            self.code(Some(expect), observed);
        }
        if let Some(because) = &expect.because {
            let got = observed.posted.because.clone().unwrap_or_default();
            self.text("because", because, &got);
        }
        self.answers(expect, observed);
        if let Some(discounts) = &expect.discounts {
            self.discounts(discounts, observed)?;
        }
        if let Some(shares) = &expect.shares {
            self.shares(shares, observed)?;
        }
        if let Some(net) = &expect.merchant_net {
            let got = observed.decision().map(|decision| decision.totals.merchant_net);
            self.amount("merchant_net", net, got, observed)?;
        }
        if let Some(grants) = &expect.grants {
            self.grants(grants, observed);
        }
        self.balances(expect, observed, books)
    }

    fn differ(
        &mut self,
        what: impl Into<String>,
        expected: impl Into<String>,
        got: impl Into<String>,
        why: &str,
    ) {
        let (what, expected, got) = (what.into(), expected.into(), got.into());
        self.differences.push(Difference { at: self.at.clone(), what, expected, got, why: why.to_owned() });
    }

    fn text(&mut self, what: &str, expected: &str, got: &str) {
        if expected != got {
            let got = if got.is_empty() { "nothing" } else { got };
            self.differ(what, expected, got, "");
        }
    }

    fn minor(&self, key: &str, amount: &Amount) -> Result<i64, Flaw> {
        parse_minor(&amount.0, self.currency.exponent()).map_err(|error| {
            let message = format!("`{}` is not an amount in {}: {error}", amount.0, self.currency);
            self.place.flaw(
                self.origin,
                &format!("expect.{key}"),
                message,
                Some("write it like `49.90`".into()),
            )
        })
    }

    fn amount(
        &mut self,
        key: &str,
        expected: &Amount,
        got: Option<i64>,
        observed: &Observed<'_>,
    ) -> Result<(), Flaw> {
        let expected = self.minor(key, expected)?;
        if got != Some(expected) {
            let got = got.map_or_else(|| "nothing".to_owned(), |got| observed.show(got));
            self.differ(key, observed.show(expected), got, "");
        }
        Ok(())
    }

    /// What became of the event.
    pub(crate) fn code(&mut self, expect: Option<&Expect>, observed: &Observed<'_>) {
        let got = observed.posted.code;
        let because = observed.posted.because.clone().unwrap_or_default();
        match expect.and_then(|expect| expect.code) {
            Some(code) if name(code) != got.name() => {
                self.differ("outcome", name(code), got.name(), &because)
            }
            Some(_) => {}
            None => {
                let fault = |expect: &Expect| {
                    expect.refusal.is_some() || expect.violation.is_some() || expect.failure.is_some()
                };
                let posted = matches!(got, Code::Created | Code::Noted);
                if !posted && !expect.is_some_and(fault) {
                    self.differ("outcome", "created or noted", got.name(), &because);
                }
            }
        }
    }

    /// Refusals, violations, failures: none may be missing, none may be there unsaid.
    fn answers(&mut self, expect: &Expect, observed: &Observed<'_>) {
        let said_by_code = expect.code.is_some();
        let refusals =
            observed.refusals().into_iter().filter(|(who, _)| !(said_by_code && who == "the books"));
        let refusals = refusals.map(|(who, reason)| (vec![reason.clone()], reason, format!("by {who}")));
        self.faults("refusal", expect.refusal.as_ref(), refusals.collect());

        let held = said_by_code || expect.because.is_some();
        let violations = observed.violations().into_iter().map(|violation| {
            let shown = violation.to_string();
            (vec![violation.rule.to_owned(), shown.clone()], shown, String::new())
        });
        let violations = violations.collect::<Vec<_>>();
        if expect.violation.is_some() || !held {
            self.faults("violation", expect.violation.as_ref(), violations);
        }
        let failures = observed.failures().into_iter().map(|(policy, failure)| {
            let (short, long) = (failure_name(failure).to_owned(), failure.to_string());
            (vec![short, long.clone()], long, format!("by `{policy}`"))
        });
        let failures = failures.collect::<Vec<_>>();
        if expect.failure.is_some() || !held {
            self.faults("failure", expect.failure.as_ref(), failures);
        }
    }

    /// `got`: the texts under which each may be expected, its text, and whose it is.
    fn faults(
        &mut self,
        what: &str,
        expected: Option<&OneOrMore>,
        mut got: Vec<(Vec<String>, String, String)>,
    ) {
        let mut missing = Vec::new();
        for text in expected.map(OneOrMore::all).unwrap_or_default() {
            let before = got.len();
            // A rule that is broken several times is one violation.
            got.retain(|(names, ..)| !names.contains(text));
            if got.len() == before {
                missing.push(text.clone());
            }
        }
        let mut got = got.into_iter();
        for text in missing {
            match got.next() {
                Some((_, shown, whose)) => self.differ(what, text, shown, &whose),
                None => self.differ(what, text, "none", ""),
            }
        }
        for (_, shown, whose) in got {
            self.differ(what, "none", shown, &whose);
        }
    }

    fn discounts(&mut self, expected: &Money<DiscountRow>, observed: &Observed<'_>) -> Result<(), Flaw> {
        let decision = observed.decision();
        let effects = || {
            decision.into_iter().flat_map(|decision| decision.discounts.iter().map(move |it| (decision, it)))
        };
        match expected {
            Money::Sums(sums) => {
                let mut got = BTreeMap::new();
                for (decision, discount) in effects() {
                    add(
                        &mut got,
                        &discount.policy,
                        discount.amount_minor,
                        observed.why_discount(decision, discount),
                    );
                }
                self.sums("discounts", "discount of", sums, &got, observed)
            }
            Money::Rows(rows) => {
                let by_line = rows.iter().any(|row| row.line.is_some());
                let mut got = Vec::new();
                for (decision, discount) in effects() {
                    for (line, amount) in
                        parts(by_line, decision, discount.amount_minor, &discount.allocation)
                    {
                        let facts = vec![
                            ("policy", discount.policy.clone()),
                            ("line", line),
                            ("because", discount.reason.clone()),
                        ];
                        got.push(Got {
                            facts,
                            amount: Some(amount),
                            why: observed.why_discount(decision, discount),
                        });
                    }
                }
                let mut wanted = Vec::new();
                for row in rows {
                    let facts = [("policy", &row.policy), ("line", &row.line), ("because", &row.because)];
                    wanted.push(Wanted {
                        facts: given(facts),
                        amount: self.maybe("discounts", row.amount.as_ref())?,
                    });
                }
                self.rows("discount", wanted, got, observed);
                Ok(())
            }
        }
    }

    fn shares(&mut self, expected: &Money<ShareRow>, observed: &Observed<'_>) -> Result<(), Flaw> {
        let decision = observed.decision();
        let effects =
            || decision.into_iter().flat_map(|decision| decision.shares.iter().map(move |it| (decision, it)));
        match expected {
            Money::Sums(sums) => {
                let mut got = BTreeMap::new();
                for (decision, share) in effects() {
                    let why = format!("{}: {}", share.policy, observed.why_share(decision, share));
                    add(&mut got, &share.party.id, share.amount_minor, why);
                }
                self.sums("shares", "share of", sums, &got, observed)
            }
            Money::Rows(rows) => {
                let by_line = rows.iter().any(|row| row.line.is_some());
                let mut got = Vec::new();
                for (decision, share) in effects() {
                    for (line, amount) in parts(by_line, decision, share.amount_minor, &share.allocation) {
                        let facts = vec![
                            ("party", share.party.id.to_string()),
                            ("role", share.party.role.to_string()),
                            ("policy", share.policy.clone()),
                            ("line", line),
                            ("rate", rates(share)),
                            ("because", share.reason.clone()),
                        ];
                        got.push(Got {
                            facts,
                            amount: Some(amount),
                            why: observed.why_share(decision, share),
                        });
                    }
                }
                let mut wanted = Vec::new();
                for row in rows {
                    let who = [("party", &row.party), ("role", &row.role), ("policy", &row.policy)];
                    let how = [("line", &row.line), ("rate", &row.rate), ("because", &row.because)];
                    let facts = given(who.into_iter().chain(how));
                    wanted.push(Wanted { facts, amount: self.maybe("shares", row.amount.as_ref())? });
                }
                self.rows("share", wanted, got, observed);
                Ok(())
            }
        }
    }

    fn grants(&mut self, expected: &Grants, observed: &Observed<'_>) {
        match expected {
            Grants::Sums(sums) => {
                let mut got: BTreeMap<(String, String), (i64, String)> = BTreeMap::new();
                for grant in observed.grants() {
                    let entry = got.entry((grant.to.id().to_owned(), grant.asset.clone())).or_default();
                    entry.0 = entry.0.saturating_add(grant.units);
                    let joint = if entry.1.is_empty() { "" } else { "; " };
                    entry.1 = format!("{}{joint}{}: {}", entry.1, grant.policy, grant.reason);
                }
                self.units("grant to", sums, got);
            }
            Grants::Rows(rows) => {
                let got = observed.grants().map(|grant| {
                    let facts = vec![
                        ("to", grant.to.id().to_owned()),
                        ("asset", grant.asset.clone()),
                        ("policy", grant.policy.clone()),
                        ("units", grant.units.to_string()),
                        ("expires_days", grant.expires_days.map(|days| days.to_string()).unwrap_or_default()),
                        ("because", grant.reason.clone()),
                    ];
                    Got { facts, amount: None, why: String::new() }
                });
                let got = got.collect();
                let wanted = rows.iter().map(|row: &GrantRow| {
                    let units = row.units.map(|units| units.to_string());
                    let days = row.expires_days.map(|days| days.to_string());
                    let who = [("to", &row.to), ("asset", &row.asset), ("policy", &row.policy)];
                    let how = [("units", &units), ("expires_days", &days), ("because", &row.because)];
                    Wanted { facts: given(who.into_iter().chain(how)), amount: None }
                });
                let wanted = wanted.collect();
                self.rows("grant", wanted, got, observed);
            }
        }
    }

    fn units(
        &mut self,
        what: &str,
        expected: &BTreeMap<String, BTreeMap<String, i64>>,
        mut got: BTreeMap<(String, String), (i64, String)>,
    ) {
        for (who, assets) in expected {
            for (asset, units) in assets {
                let (found, why) = got.remove(&(who.clone(), asset.clone())).unwrap_or_default();
                if found != *units {
                    self.differ(
                        format!("{what} {who}"),
                        format!("{units} {asset}"),
                        format!("{found} {asset}"),
                        &why,
                    );
                }
            }
        }
        for ((who, asset), (found, why)) in got.into_iter().filter(|(_, (found, _))| *found != 0) {
            self.differ(format!("{what} {who}"), format!("0 {asset}"), format!("{found} {asset}"), &why);
        }
    }

    fn maybe(&self, key: &str, amount: Option<&Amount>) -> Result<Option<i64>, Flaw> {
        amount.map(|amount| self.minor(key, amount)).transpose()
    }

    /// Amounts by name: complete, zero may be left out.
    fn sums(
        &mut self,
        key: &str,
        what: &str,
        expected: &BTreeMap<String, Amount>,
        got: &BTreeMap<String, (i64, String)>,
        observed: &Observed<'_>,
    ) -> Result<(), Flaw> {
        for (name, amount) in expected {
            let wanted = self.minor(&format!("{key}.{name}"), amount)?;
            let (found, why) = got.get(name).cloned().unwrap_or_default();
            if found != wanted {
                let shown = if got.contains_key(name) { observed.show(found) } else { "nothing".to_owned() };
                self.differ(format!("{what} {name}"), observed.show(wanted), shown, &why);
            }
        }
        for (name, (found, why)) in
            got.iter().filter(|(name, (found, _))| *found != 0 && !expected.contains_key(*name))
        {
            self.differ(format!("{what} {name}"), "nothing", observed.show(*found), why);
        }
        Ok(())
    }

    /// Rows, each matched once; what is left over on both sides differs.
    fn rows(&mut self, what: &str, wanted: Vec<Wanted>, got: Vec<Got>, observed: &Observed<'_>) {
        for Unmatched { expected, got, why } in rows::unmatched(wanted, got, |minor| observed.show(minor)) {
            self.differ(what, expected, got, &why);
        }
    }

    fn balances(&mut self, expect: &Expect, observed: &Observed<'_>, books: &mut Books) -> Result<(), Flaw> {
        let currency = self.currency;
        let code = currency.code();
        let kinds = [
            ("held", &expect.held, AccountKind::Held, 1),
            ("available", &expect.available, AccountKind::Available, 1),
            ("owed", &expect.owed, AccountKind::Receivable, -1),
            ("in_payout", &expect.in_payout, AccountKind::InPayout, 1),
            ("paid", &expect.paid, AccountKind::Paid, 1),
            ("funding", &expect.funding, AccountKind::Funding, -1),
        ];
        for (key, expected, kind, sign) in kinds {
            let Some(expected) = expected else { continue };
            let got: Sums = observed::balances(books, kind, code).map_err(|error| self.broke(&error))?;
            let got = got
                .into_iter()
                .map(|(name, sum)| (name, (sum.saturating_mul(sign), String::new())))
                .collect();
            self.sums(key, &format!("{key} of"), expected, &got, observed)?;
        }
        if let Some(expected) = &expect.merchant {
            let got =
                observed::balances(books, AccountKind::Merchant, code).map_err(|error| self.broke(&error))?;
            self.amount("merchant", expected, Some(got.get("").copied().unwrap_or(0)), observed)?;
        }
        if let Some(expected) = &expect.units {
            let got = observed::wallets(books, code).map_err(|error| self.broke(&error))?;
            let coupons =
                expected.values().flat_map(BTreeMap::keys).any(|asset| asset.starts_with("coupon/"));
            let got = got.into_iter().filter(|((_, asset), _)| coupons || !asset.starts_with("coupon/"));
            let got = got.map(|(key, units)| (key, (units, String::new()))).collect();
            self.units("units of", expected, got);
        }
        for (party, expected) in expect.tier.iter().flatten() {
            let got = observed::tier(books, party).map_err(|error| self.broke(&error))?;
            if got != *expected {
                let show = |tier: &Option<String>| tier.clone().unwrap_or_else(|| "none".to_owned());
                self.differ(format!("tier of {party}"), show(expected), show(&got), "");
            }
        }
        Ok(())
    }

    fn broke(&self, error: &LedgerError) -> Flaw {
        self.place.flaw(self.origin, "", format!("the ledger cannot be read: {error}"), None)
    }
}

const fn name(code: CodeName) -> &'static str {
    match code {
        CodeName::Created => "created",
        CodeName::Noted => "noted",
        CodeName::Refused => "refused",
        CodeName::Held => "held",
        CodeName::Parked => "parked",
        CodeName::Duplicate => "duplicate",
        CodeName::Conflict => "conflict",
    }
}

fn add(sums: &mut BTreeMap<String, (i64, String)>, name: &str, amount: i64, why: String) {
    let entry = sums.entry(name.to_owned()).or_default();
    entry.0 = entry.0.saturating_add(amount);
    entry.1 = if entry.1.is_empty() { why } else { format!("{}; {why}", entry.1) };
}

/// The facts that a row names.
fn given<'a>(facts: impl IntoIterator<Item = (&'static str, &'a Option<String>)>) -> Facts {
    facts.into_iter().filter_map(|(key, value)| value.clone().map(|value| (key, value))).collect()
}

/// An effect as a whole, or line by line.
fn parts(
    by_line: bool,
    decision: &fenrun::Decision,
    amount: i64,
    allocation: &[fenrun::decision::Allocated],
) -> Vec<(String, i64)> {
    if !by_line {
        return vec![(String::new(), amount)];
    }
    allocation.iter().map(|part| (line_id(decision, part.line), part.amount_minor)).collect()
}
