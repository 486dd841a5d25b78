//! What a program says about the ledger: holds, quotes, bindings, payouts.
//!
//! Invariant: plain settings with documented defaults; a guard profile may ask for more, never for less.

use super::document::{Complaint, Flaw, Table};
use crate::admission::printable::printable;

/// Days a hold, a protection or a validity may last.
const DAYS_MAX: u64 = 3_650;

/// Minutes a quote may stand open: a month.
const QUOTE_MINUTES_MAX: u64 = 44_640;

/// The keys of the table `[ledger]`.
pub(super) const LEDGER_KEYS: [&str; 6] =
    ["hold_days", "quote_minutes", "touch", "protection_days", "payout_min", "late_refund"];

/// Which binding of a buyer counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Touch {
    /// The latest one, once the protection of the one before has passed.
    #[default]
    Last,
    /// The first one, until it is unbound or moved.
    First,
}

impl Touch {
    /// Both rules, in the order of the documentation.
    pub const ALL: [Touch; 2] = [Touch::Last, Touch::First];

    /// The name used in program files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Touch::Last => "last",
            Touch::First => "first",
        }
    }
}

/// What a refund changes of a period that was closed before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum LateRefund {
    /// Nothing: the tier that was reached stays, and of bonuses goes back what belongs to the refunded goods.
    #[default]
    Keep,
    /// The close is worked out again for everybody about whom it would know something else now: what it no longer comes
    /// to is taken back, and a tier that is no longer reached is lost.
    Recompute,
}

impl LateRefund {
    /// Both, in the order of the documentation.
    pub const ALL: [LateRefund; 2] = [LateRefund::Keep, LateRefund::Recompute];

    /// The name used in program files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            LateRefund::Keep => "keep",
            LateRefund::Recompute => "recompute",
        }
    }
}

/// What a program says about the ledger, in the table `[ledger]`. Without it, these defaults hold.
///
/// ```
/// use fenrun::program::{ProgramFile, Touch};
///
/// let text = "merchant = 'm'\ncurrency = 'CNY'\ntime_zone = 'UTC'\nguard = 'cn'\npolicy = []\n\
///             [ledger]\nhold_days = 10\ntouch = 'first'\npayout_min = '50.00'";
/// let terms = ProgramFile::parse(text, "program.toml")?.into_definition().ledger().clone();
/// assert_eq!((terms.hold_days, terms.touch, terms.payout_min_minor), (10, Touch::First, 50_00));
///
/// let error = ProgramFile::parse(&text.replace("50.00", "50.005"), "program.toml").unwrap_err();
/// assert_eq!(error.message(), "`50.005` is no amount in CNY: expected at most 2 decimals, found 3");
/// # Ok::<(), fenrun::program::ProgramError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerTerms {
    /// Days from completion until shares are released; the guard profile's `hold_days_min` where that is more.
    pub hold_days: u32,
    /// Minutes a quote stands, where the event does not say; it is dropped when the day closes after that.
    pub quote_minutes: u32,
    /// Which binding of a buyer counts, in every relation but `upline`.
    pub touch: Touch,
    /// Days in which a binding cannot be replaced by another touch.
    pub protection_days: u32,
    /// The least that is paid out at once, minor units; less is carried forward.
    pub payout_min_minor: i64,
    /// What a refund changes of a period that was closed before it.
    pub late_refund: LateRefund,
}

impl Default for LedgerTerms {
    fn default() -> LedgerTerms {
        LedgerTerms {
            hold_days: 0,
            quote_minutes: 1_440,
            touch: Touch::Last,
            protection_days: 0,
            payout_min_minor: 0,
            late_refund: LateRefund::Keep,
        }
    }
}

impl LedgerTerms {
    /// The terms as canonical JSON, for the program's identity.
    pub(super) fn to_json(&self) -> serde_json::Value {
        let mut entries = vec![
            ("hold_days", self.hold_days.into()),
            ("quote_minutes", self.quote_minutes.into()),
            ("touch", self.touch.name().into()),
            ("protection_days", self.protection_days.into()),
            ("payout_min_minor", self.payout_min_minor.into()),
        ];
        // What came later does not show at its default, so that digests from before stay.
        if self.late_refund != LateRefund::Keep {
            entries.push(("late_refund", self.late_refund.name().into()));
        }
        super::canonical::object(entries)
    }
}

/// Reads the table `[ledger]`; amounts are in a currency with this code and exponent.
pub(super) fn read(table: &Table<'_>, currency: fenrun_money::Currency) -> Result<LedgerTerms, Complaint> {
    table.refuse_unknown_keys(&LEDGER_KEYS)?;
    let mut terms = LedgerTerms::default();
    let count = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    for (key, item) in table.entries() {
        match key {
            "hold_days" => terms.hold_days = count(item.count(DAYS_MAX)?),
            "quote_minutes" => terms.quote_minutes = count(item.count(QUOTE_MINUTES_MAX)?),
            "touch" => terms.touch = item.choice(&Touch::ALL.map(|touch| (touch.name(), touch)))?,
            "late_refund" => {
                terms.late_refund = item.choice(&LateRefund::ALL.map(|answer| (answer.name(), answer)))?;
            }
            "protection_days" => terms.protection_days = count(item.count(DAYS_MAX)?),
            "payout_min" => {
                let text = item.text_or_number("an amount such as `50.00`")?;
                terms.payout_min_minor = item.check(amount(&text, currency))?;
            }
            _ => {}
        }
    }
    Ok(terms)
}

/// An amount that is not negative.
pub(super) fn amount(text: &str, currency: fenrun_money::Currency) -> Result<i64, Flaw> {
    let shown = printable(text);
    match fenrun_money::decimal::parse_minor(text, currency.exponent()) {
        Ok(amount) if amount >= 0 => Ok(amount),
        Ok(_) => Err(Flaw::new(format!("expected an amount of at least 0, found `{shown}`"))),
        Err(error) => Err(Flaw::new(format!("`{shown}` is no amount in {currency}: {error}"))),
    }
}

/// The keys of a policy's budget.
pub(super) const BUDGET_KEYS: [&str; 4] = ["order", "party", "period", "total"];

/// Reads what a policy may spend.
pub(super) fn read_budget(
    table: &Table<'_>,
    currency: fenrun_money::Currency,
) -> Result<super::Budget, Complaint> {
    table.refuse_unknown_keys(&BUDGET_KEYS)?;
    let limit = |key| {
        let Some(item) = table.get(key) else { return Ok(None) };
        let text = item.text_or_number("an amount such as `50.00`")?;
        item.check(amount(&text, currency)).map(Some)
    };
    Ok(super::Budget {
        order_minor: limit("order")?,
        party_minor: limit("party")?,
        period_minor: limit("period")?,
        total_minor: limit("total")?,
    })
}
