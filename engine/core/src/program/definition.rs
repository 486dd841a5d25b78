//! A program's definition, and the builder that checks it.
//!
//! Invariant: a definition in hand is complete and consistent, whether it came from a file or from code.

use std::collections::{BTreeMap, BTreeSet};

use fenrun_abi::word;
use fenrun_money::Currency;
use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::document::{Complaint, Flaw};
use super::limits::{POLICIES_MAX, ROLES_MAX};
use super::{Combine, LedgerTerms, PolicyEntry, ProgramError, canonical, words};
use crate::admission::printable::printable;
use crate::history::VolumeWindow;
use crate::manifest::word::did_you_mean;
use crate::profile::{GuardProfile, RailProfile};

/// What one merchant pays, to whom, by which rules: policies in order, and what they all share.
///
/// [`ProgramFile`](super::ProgramFile) reads one from TOML, [`ProgramBuilder`] makes one in code. It names modules and
/// holds none: loading a program turns the definition into something that decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgramDefinition {
    merchant: String,
    currency: Currency,
    time_zone: TimeZone,
    time_zone_name: String,
    roles: Vec<String>,
    volume_window: VolumeWindow,
    discounts: Combine,
    ledger: LedgerTerms,
    guard: GuardProfile,
    rail: RailProfile,
    policies: Vec<PolicyEntry>,
}

impl ProgramDefinition {
    /// The merchant's id.
    #[must_use]
    pub fn merchant(&self) -> &str {
        &self.merchant
    }

    /// The currency of every amount; an event in another one is refused.
    #[must_use]
    pub fn currency(&self) -> Currency {
        self.currency
    }

    /// The time zone in which days, months and birthdays are counted, from the bundled database: the same everywhere,
    /// whatever the system says.
    #[must_use]
    pub fn time_zone(&self) -> &TimeZone {
        &self.time_zone
    }

    /// The time zone's name, such as `Asia/Shanghai`.
    #[must_use]
    pub fn time_zone_name(&self) -> &str {
        &self.time_zone_name
    }

    /// The roles that the program declares beside the well-known ones, sorted.
    #[must_use]
    pub fn roles(&self) -> &[String] {
        &self.roles
    }

    /// Whether a role is well-known or declared; any other one in an event or a configuration is an error.
    #[must_use]
    pub fn knows_role(&self, role: &str) -> bool {
        word::is_role(role) || self.roles.binary_search_by(|known| known.as_str().cmp(role)).is_ok()
    }

    /// The period over which a party's volume is counted.
    #[must_use]
    pub fn volume_window(&self) -> VolumeWindow {
        self.volume_window
    }

    /// How discounts of different policies go together, unless a policy says otherwise.
    #[must_use]
    pub fn discounts(&self) -> Combine {
        self.discounts
    }

    /// What the program says about the ledger.
    #[must_use]
    pub fn ledger(&self) -> &LedgerTerms {
        &self.ledger
    }

    /// The guard profile with the program's overrides.
    #[must_use]
    pub fn guard(&self) -> &GuardProfile {
        &self.guard
    }

    /// The rail profile with the program's overrides; the one that bounds nothing unless the program names another.
    #[must_use]
    pub fn rail(&self) -> &RailProfile {
        &self.rail
    }

    /// The policies, in program order.
    #[must_use]
    pub fn policies(&self) -> &[PolicyEntry] {
        &self.policies
    }

    /// The definition as canonical JSON, for digests and traces: keys sorted, the guard profile in full, rates and
    /// numbers that are not whole as text. Layout and comments of the file do not show.
    ///
    /// ```
    /// use fenrun::program::ProgramFile;
    ///
    /// let text = r#"
    /// merchant = "old-cellar"
    /// currency = "CNY"
    /// time_zone = "asia/shanghai"   # names are found in any case
    /// guard = "cn"
    /// policy = []
    /// "#;
    /// let json = ProgramFile::parse(text, "program.toml")?.definition().to_json();
    /// assert_eq!(json["time_zone"], "Asia/Shanghai");
    /// assert_eq!(json["guard"]["hold_days_min"], 7);
    /// assert!(json.get("guard_overrides").is_none(), "they are in the guard");
    /// # Ok::<(), fenrun::program::ProgramError>(())
    /// ```
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        canonical::program(self)
    }
}

/// Makes a [`ProgramDefinition`] in code.
///
/// ```
/// use fenrun::profile::GuardProfile;
/// use fenrun::program::{PolicyEntry, PolicySource, ProgramBuilder};
/// use fenrun_money::Currency;
///
/// let commission = PolicyEntry::new("commission", PolicySource::Stock("three-level".to_owned()));
/// let builder = ProgramBuilder::new("old-cellar", Currency::CNY)
///     .time_zone("Asia/Shanghai")?
///     .guard(GuardProfile::named("cn")?)
///     .policy(commission.clone());
/// assert_eq!(builder.clone().build()?.policies().len(), 1);
///
/// let error = builder.policy(commission).build().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "policy[1].name: `commission` is already the name of policy[0]\n\
///      hint: every policy of a program has its own name; it is shown with each of its effects",
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct ProgramBuilder {
    merchant: String,
    currency: Currency,
    time_zone: Option<(TimeZone, String)>,
    roles: Vec<String>,
    volume_window: VolumeWindow,
    discounts: Combine,
    ledger: LedgerTerms,
    guard: Option<GuardProfile>,
    rail: RailProfile,
    policies: Vec<PolicyEntry>,
}

impl ProgramBuilder {
    /// A program without policies. Time zone and guard profile have to be given; volumes are counted by the month and
    /// discounts stack unless told otherwise.
    pub fn new(merchant: impl Into<String>, currency: Currency) -> ProgramBuilder {
        ProgramBuilder {
            merchant: merchant.into(),
            currency,
            time_zone: None,
            roles: Vec::new(),
            volume_window: VolumeWindow::Month,
            discounts: Combine::default(),
            ledger: LedgerTerms::default(),
            guard: None,
            rail: RailProfile::default(),
            policies: Vec::new(),
        }
    }

    /// The time zone with this name in the bundled database.
    ///
    /// # Errors
    ///
    /// A [`ProgramError`] when there is none of this name.
    pub fn time_zone(self, name: &str) -> Result<ProgramBuilder, ProgramError> {
        self.with_time_zone(name).map_err(|flaw| Complaint::new("time_zone".to_owned(), flaw).into())
    }

    pub(super) fn with_time_zone(mut self, name: &str) -> Result<ProgramBuilder, Flaw> {
        self.time_zone = Some(find_time_zone(name)?);
        Ok(self)
    }

    /// One more role beside the well-known ones. Naming a well-known one changes nothing.
    pub fn role(mut self, role: impl Into<String>) -> ProgramBuilder {
        self.roles.push(role.into());
        self
    }

    /// The period over which a party's volume is counted.
    pub fn volume_window(mut self, volume_window: VolumeWindow) -> ProgramBuilder {
        self.volume_window = volume_window;
        self
    }

    /// Holds, quotes, bindings and payouts; only a ledger uses them.
    pub fn ledger(mut self, terms: LedgerTerms) -> ProgramBuilder {
        self.ledger = terms;
        self
    }

    /// How discounts of different policies go together, unless a policy says otherwise.
    pub fn discounts(mut self, discounts: Combine) -> ProgramBuilder {
        self.discounts = discounts;
        self
    }

    /// The guard profile, overrides included.
    pub fn guard(mut self, guard: GuardProfile) -> ProgramBuilder {
        self.guard = Some(guard);
        self
    }

    /// The rail profile, overrides included.
    pub fn rail(mut self, rail: RailProfile) -> ProgramBuilder {
        self.rail = rail;
        self
    }

    /// One more policy, behind those given before.
    pub fn policy(mut self, policy: PolicyEntry) -> ProgramBuilder {
        self.policies.push(policy);
        self
    }

    /// The definition, checked.
    ///
    /// # Errors
    ///
    /// A [`ProgramError`] without a place, whose key is that of a program file: a missing time zone or guard, a name
    /// that is none, a role or a policy twice, too many of them.
    pub fn build(self) -> Result<ProgramDefinition, ProgramError> {
        self.checked().map_err(ProgramError::from)
    }

    pub(super) fn checked(self) -> Result<ProgramDefinition, Complaint> {
        let at = |key: &str| {
            let key = key.to_owned();
            move |flaw| Complaint::new(key, flaw)
        };
        words::identifier(&self.merchant).map_err(at("merchant"))?;
        let missing = |hint: &str| Flaw::new("missing").hint(hint);
        let time_zone = self.time_zone.ok_or_else(|| missing("name one, such as `Asia/Shanghai`"));
        let (time_zone, time_zone_name) = time_zone.map_err(at("time_zone"))?;
        let guard = self.guard.ok_or_else(|| missing("name a profile, such as `cn`")).map_err(at("guard"))?;
        let roles = check_roles(&self.roles)?;
        check_policies(&self.policies)?;
        Ok(ProgramDefinition {
            merchant: self.merchant,
            currency: self.currency,
            time_zone,
            time_zone_name,
            roles,
            volume_window: self.volume_window,
            discounts: self.discounts,
            ledger: self.ledger,
            guard,
            rail: self.rail,
            policies: self.policies,
        })
    }
}

/// The declared roles, sorted, without the well-known ones.
pub(super) fn check_roles(roles: &[String]) -> Result<Vec<String>, Complaint> {
    let at = |index: usize| format!("roles[{index}]");
    if roles.len() > ROLES_MAX {
        let message = format!("expected at most {ROLES_MAX} roles, found {}", roles.len());
        return Err(Complaint::new("roles".to_owned(), Flaw::new(message)));
    }
    let mut known = BTreeSet::new();
    for (index, role) in roles.iter().enumerate() {
        words::identifier(role).map_err(|flaw| Complaint::new(at(index), flaw))?;
        if !known.insert(role.clone()) {
            let flaw = Flaw::new(format!("`{role}` is given twice")).hint("remove one of them");
            return Err(Complaint::new(at(index), flaw));
        }
    }
    Ok(known.into_iter().filter(|role| !word::is_role(role)).collect())
}

fn check_policies(policies: &[PolicyEntry]) -> Result<(), Complaint> {
    if policies.len() > POLICIES_MAX {
        let message = format!("expected at most {POLICIES_MAX} policies, found {}", policies.len());
        return Err(Complaint::new("policy".to_owned(), Flaw::new(message)));
    }
    let mut names = BTreeMap::new();
    for (index, policy) in policies.iter().enumerate() {
        policy.check().map_err(|(key, flaw)| Complaint::new(format!("policy[{index}].{key}"), flaw))?;
        if let Some(first) = names.insert(policy.name(), index) {
            let message = format!("`{}` is already the name of policy[{first}]", policy.name());
            let hint = "every policy of a program has its own name; it is shown with each of its effects";
            return Err(Complaint::new(format!("policy[{index}].name"), Flaw::new(message).hint(hint)));
        }
    }
    Ok(())
}

/// A time zone of the database that is part of the binary.
fn find_time_zone(name: &str) -> Result<(TimeZone, String), Flaw> {
    let database = TimeZoneDatabase::bundled();
    let found = database.get(name).ok().filter(|zone| !zone.is_unknown());
    let named = found.and_then(|zone| zone.iana_name().map(str::to_owned).map(|name| (zone, name)));
    named.ok_or_else(|| {
        let names: Vec<String> = database.available().map(|name| name.to_string()).collect();
        let near = did_you_mean(name, names.iter().map(String::as_str));
        Flaw::new(format!("no time zone is named `{}`", printable(name)))
            .hint_or(near, "write a name of the IANA database, such as `Asia/Shanghai` or `UTC`")
    })
}
