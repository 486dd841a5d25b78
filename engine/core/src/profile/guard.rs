//! A guard profile and its rules.
//!
//! Invariant: caps lie between 0 % and 100 %, every well-known role has a class, changes leave a mark.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use fenrun_money::Rate;
use serde::Serialize;

use super::shipped::{self, SHIPPED};
use super::{ProfileError, RoleClass, json, rules};
use crate::admission::printable::printable;
use crate::manifest::word::did_you_mean;
use crate::program::document::{Complaint, Flaw, choices};

/// The longest shortest hold, in days. Ten years: stops dates from leaving the calendar.
pub(crate) const HOLD_DAYS_MAX: u32 = 3_650;

/// What must be true of every decision, whatever a policy says (DESIGN §7).
///
/// [`GuardProfile::named`] gives a shipped one, [`GuardProfile::parse`] reads a file of the host's own; the `with_`
/// methods override single rules and are remembered in [`GuardProfile::overridden`], for traces.
///
/// ```
/// use fenrun::profile::{GuardProfile, RoleClass};
/// use fenrun_money::Rate;
///
/// let strict = GuardProfile::named("cn")?.with_cap(RoleClass::Promoters, Some(Rate::percent(40)))?;
/// assert_eq!(strict.cap(RoleClass::Promoters), Some(Rate::percent(40)));
/// assert_eq!(strict.overridden().collect::<Vec<_>>(), ["promoters_cap"]);
///
/// let error = strict.with_total_cap(Some(Rate::percent(101))).unwrap_err();
/// assert_eq!(error.to_string(), "total_cap: expected a cap from 0% to 100%, found `101%`");
/// # Ok::<(), fenrun::profile::ProfileError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuardProfile {
    pub(super) name: String,
    pub(super) about: String,
    pub(super) max_paid_uplines: Option<u32>,
    pub(super) promoters_cap: Option<Rate>,
    pub(super) trade_partners_cap: Option<Rate>,
    pub(super) platform_cap: Option<Rate>,
    pub(super) total_cap: Option<Rate>,
    pub(super) pay_for_recruiting: bool,
    pub(super) pay_from_fees: bool,
    pub(super) buyer_may_earn: bool,
    pub(super) line_floors: LineFloors,
    pub(super) hold_days_min: u32,
    pub(super) over_cap: OverCap,
    pub(super) refund_over_cap: RefundOverCap,
    pub(super) classes: BTreeMap<String, RoleClass>,
    pub(super) overridden: BTreeSet<String>,
}

/// What happens to a discount that would take a line below its floor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LineFloors {
    /// It stops at the floor, and the trace says so.
    Clamp,
    /// The decision is a violation.
    Reject,
}

/// What happens to shares above a cap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OverCap {
    /// The decision is a violation: nothing is paid and the event is held.
    Reject,
    /// The shares of later policies are reduced first, and the trace says so.
    Trim,
}

/// What happens where a refund alone lifts what is left of the shares above a cap: a share of one line stays while the
/// others go back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RefundOverCap {
    /// It is told with the refund, and stays.
    #[default]
    Report,
    /// More is taken back, down to the cap, from the shares of later policies first.
    Claw,
}

impl GuardProfile {
    /// The shipped profile with this name; [`SHIPPED`] lists them.
    ///
    /// # Errors
    ///
    /// A [`ProfileError`] without a place when there is none of this name.
    pub fn named(name: &str) -> Result<GuardProfile, ProfileError> {
        match shipped::text(name) {
            Some(text) => rules::parse_shipped(text, name).map_err(ProfileError::from),
            None => Err(Complaint::new(String::new(), unknown_name(name)).into()),
        }
    }

    /// Reads a profile file; `origin` is its name in errors.
    ///
    /// Every key of the shipped files has to be there, `"none"` included, and nothing else may be.
    ///
    /// # Errors
    ///
    /// A [`ProfileError`] that points into the text.
    ///
    /// ```
    /// use fenrun::profile::GuardProfile;
    ///
    /// let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/profiles/cn.toml"))?;
    /// let ours = text.replace("name  = \"cn\"", "name  = \"ours\"").replace("\"50%\"", "\"30%\"");
    /// assert_eq!(GuardProfile::parse(&ours, "ours.toml")?.name(), "ours");
    ///
    /// let error = GuardProfile::parse(&ours.replace("\"30%\"", "\"30\""), "ours.toml").unwrap_err();
    /// assert_eq!(error.message(), "expected a rate such as `20%`, found `30`: a plain number above 1 may mean two things");
    /// assert_eq!(error.hint(), Some("write `30%`"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn parse(text: &str, origin: &str) -> Result<GuardProfile, ProfileError> {
        rules::parse_own(text, origin).map_err(ProfileError::from)
    }

    /// The profile's name, shown with every violation.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// One sentence about the profile, for people.
    #[must_use]
    pub fn about(&self) -> &str {
        &self.about
    }

    /// How many parties above the seller may be paid for one order; `None` for any number.
    #[must_use]
    pub fn max_paid_uplines(&self) -> Option<u32> {
        self.max_paid_uplines
    }

    /// The most that the parties of a class together may get, as a part of the goods paid in money; `None` for no cap
    /// of the class's own.
    #[must_use]
    pub fn cap(&self, class: RoleClass) -> Option<Rate> {
        match class {
            RoleClass::Promoters => self.promoters_cap,
            RoleClass::TradePartners => self.trade_partners_cap,
            RoleClass::Platform => self.platform_cap,
        }
    }

    /// The most that all parties together may get, as a part of the goods paid in money. Without one, 100 % still
    /// holds: that is arithmetic.
    #[must_use]
    pub fn total_cap(&self) -> Option<Rate> {
        self.total_cap
    }

    /// Whether money may be paid for bringing somebody in.
    #[must_use]
    pub fn pay_for_recruiting(&self) -> bool {
        self.pay_for_recruiting
    }

    /// Whether shares may be taken from lines of kind `fee` or `deposit`.
    #[must_use]
    pub fn pay_from_fees(&self) -> bool {
        self.pay_from_fees
    }

    /// Whether the buyer may earn on the own order.
    #[must_use]
    pub fn buyer_may_earn(&self) -> bool {
        self.buyer_may_earn
    }

    /// What happens to a discount that would take a line below its floor.
    #[must_use]
    pub fn line_floors(&self) -> LineFloors {
        self.line_floors
    }

    /// The shortest time a share is held after the order is completed, in days.
    #[must_use]
    pub fn hold_days_min(&self) -> u32 {
        self.hold_days_min
    }

    /// What happens to shares above a cap.
    #[must_use]
    pub fn over_cap(&self) -> OverCap {
        self.over_cap
    }

    /// What happens where a refund alone lifts what is left of the shares above a cap.
    #[must_use]
    pub fn refund_over_cap(&self) -> RefundOverCap {
        self.refund_over_cap
    }

    /// The class a role counts in. A role without a line in the profile is a promoter: the class that is bounded.
    #[must_use]
    pub fn class(&self, role: &str) -> RoleClass {
        self.classes.get(role).copied().unwrap_or(RoleClass::Promoters)
    }

    /// Every role that has a class in the profile, by name.
    pub fn classes(&self) -> impl Iterator<Item = (&str, RoleClass)> {
        self.classes.iter().map(|(role, class)| (role.as_str(), *class))
    }

    /// The keys that were overridden since the profile was read, by name, such as `classes.ambassador`.
    pub fn overridden(&self) -> impl Iterator<Item = &str> {
        self.overridden.iter().map(String::as_str)
    }

    /// The profile as canonical JSON, for digests and traces: keys sorted, rates as text, no cap as `null`.
    ///
    /// ```
    /// use fenrun::profile::GuardProfile;
    ///
    /// let json = GuardProfile::named("cn")?.to_json();
    /// assert_eq!(json["promoters_cap"], "50%");
    /// assert!(json["total_cap"].is_null());
    /// assert!(json.get("cap").is_none());
    /// # Ok::<(), fenrun::profile::ProfileError>(())
    /// ```
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        json::of(self)
    }

    /// The same profile with another limit of paid uplines; `None` for none.
    #[must_use]
    pub fn with_max_paid_uplines(mut self, uplines: Option<u32>) -> GuardProfile {
        self.max_paid_uplines = uplines;
        self.mark("max_paid_uplines")
    }

    /// The same profile with another cap of a class; `None` for none.
    ///
    /// # Errors
    ///
    /// A [`ProfileError`] for a cap above 100 %.
    pub fn with_cap(mut self, class: RoleClass, cap: Option<Rate>) -> Result<GuardProfile, ProfileError> {
        let (key, slot) = match class {
            RoleClass::Promoters => ("promoters_cap", &mut self.promoters_cap),
            RoleClass::TradePartners => ("trade_partners_cap", &mut self.trade_partners_cap),
            RoleClass::Platform => ("platform_cap", &mut self.platform_cap),
        };
        *slot = checked_cap(cap).map_err(|flaw| Complaint::new(key.to_owned(), flaw))?;
        Ok(self.mark(key))
    }

    /// The same profile with another cap of all shares; `None` for none beside the arithmetic one.
    ///
    /// # Errors
    ///
    /// A [`ProfileError`] for a cap above 100 %.
    pub fn with_total_cap(mut self, cap: Option<Rate>) -> Result<GuardProfile, ProfileError> {
        self.total_cap = checked_cap(cap).map_err(|flaw| Complaint::new("total_cap".to_owned(), flaw))?;
        Ok(self.mark("total_cap"))
    }

    /// The same profile, paying money for recruiting or not.
    #[must_use]
    pub fn with_pay_for_recruiting(mut self, allowed: bool) -> GuardProfile {
        self.pay_for_recruiting = allowed;
        self.mark("pay_for_recruiting")
    }

    /// The same profile, paying from lines of kind `fee` and `deposit` or not.
    #[must_use]
    pub fn with_pay_from_fees(mut self, allowed: bool) -> GuardProfile {
        self.pay_from_fees = allowed;
        self.mark("pay_from_fees")
    }

    /// The same profile, letting the buyer earn on the own order or not.
    #[must_use]
    pub fn with_buyer_may_earn(mut self, allowed: bool) -> GuardProfile {
        self.buyer_may_earn = allowed;
        self.mark("buyer_may_earn")
    }

    /// The same profile with another answer to discounts below a floor.
    #[must_use]
    pub fn with_line_floors(mut self, line_floors: LineFloors) -> GuardProfile {
        self.line_floors = line_floors;
        self.mark("line_floors")
    }

    /// The same profile with another shortest hold, in days.
    ///
    /// # Errors
    ///
    /// A [`ProfileError`] for more than 3,650 days.
    pub fn with_hold_days_min(mut self, days: u32) -> Result<GuardProfile, ProfileError> {
        if days > HOLD_DAYS_MAX {
            let flaw =
                Flaw::new(format!("expected a whole number from 0 to {HOLD_DAYS_MAX}, found `{days}`"));
            return Err(Complaint::new("hold_days_min".to_owned(), flaw).into());
        }
        self.hold_days_min = days;
        Ok(self.mark("hold_days_min"))
    }

    /// The same profile with another answer to shares above a cap.
    #[must_use]
    pub fn with_over_cap(mut self, over_cap: OverCap) -> GuardProfile {
        self.over_cap = over_cap;
        self.mark("over_cap")
    }

    /// The same profile with another answer to shares that a refund lifts above a cap.
    #[must_use]
    pub fn with_refund_over_cap(mut self, refund_over_cap: RefundOverCap) -> GuardProfile {
        self.refund_over_cap = refund_over_cap;
        self.mark("refund_over_cap")
    }

    /// The same profile with a role in another class.
    #[must_use]
    pub fn with_class(mut self, role: &str, class: RoleClass) -> GuardProfile {
        self.classes.insert(role.to_owned(), class);
        self.mark(&format!("classes.{role}"))
    }

    fn mark(mut self, key: &str) -> GuardProfile {
        self.overridden.insert(key.to_owned());
        self
    }
}

impl LineFloors {
    /// The name used in profiles and traces.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            LineFloors::Clamp => "clamp",
            LineFloors::Reject => "reject",
        }
    }
}

impl OverCap {
    /// The name used in profiles and traces.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            OverCap::Reject => "reject",
            OverCap::Trim => "trim",
        }
    }
}

impl RefundOverCap {
    /// The name used in profiles and traces.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            RefundOverCap::Report => "report",
            RefundOverCap::Claw => "claw",
        }
    }
}

impl fmt::Display for LineFloors {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

impl fmt::Display for OverCap {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

/// A cap above 100 % would promise what arithmetic forbids.
pub(super) fn checked_cap(cap: Option<Rate>) -> Result<Option<Rate>, Flaw> {
    match cap {
        Some(rate) if rate.exceeds_one() => {
            Err(Flaw::new(format!("expected a cap from 0% to 100%, found `{rate}`")))
        }
        other => Ok(other),
    }
}

/// What is wrong with a name that no shipped profile has.
pub(crate) fn unknown_name(name: &str) -> Flaw {
    let all = format!(
        "the shipped profiles are {}; a profile file is named by its path, such as `./{}.toml`",
        choices(SHIPPED, "and"),
        printable(name)
    );
    Flaw::new(format!("no guard profile is named `{}`", printable(name)))
        .hint_or(did_you_mean(name, SHIPPED), all)
}
