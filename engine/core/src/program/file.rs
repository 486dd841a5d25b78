//! The program file: TOML in, definition out, every error at its line.
//!
//! Invariant: strict. An unknown key, a missing key, a value of the wrong kind is an error; nothing is guessed.

use std::io;

use fenrun_abi::word;
use fenrun_money::{Allocation, Currency};

use super::document::{Complaint, Flaw, Item, Source, Table};
use super::limits::{POLICIES_MAX, PROGRAM_BYTES_MAX, ROLES_MAX};
use super::{
    Combine, OnFailure, OnRefund, PolicyEntry, PolicySource, ProgramBuilder, ProgramDefinition, ProgramError,
};
use super::{configuration, definition, terms, words};
use crate::admission::printable::printable;
use crate::history::VolumeWindow;
use crate::manifest::ConfigurationError;
use crate::manifest::word::did_you_mean;
use crate::profile::{self, GuardProfile, ProfileError, ProfileSource, RailProfile};

/// The keys of a program file.
pub(super) const PROGRAM_KEYS: [&str; 12] = [
    "merchant",
    "currency",
    "time_zone",
    "roles",
    "volume_window",
    "guard",
    "guard_overrides",
    "rail",
    "rail_overrides",
    "discounts",
    "ledger",
    "policy",
];

/// The keys of one policy.
pub(super) const POLICY_KEYS: [&str; 12] = [
    "name",
    "use",
    "combine",
    "on_failure",
    "on_refund",
    "rounding",
    "fuel_limit",
    "coupon",
    "from",
    "until",
    "budget",
    "configuration",
];

/// A program file that was read: its definition, and the text for errors that are found later.
///
/// ```
/// use fenrun::program::{PolicySource, ProgramFile};
///
/// let text = r#"
/// merchant  = "old-cellar"
/// currency  = "CNY"
/// time_zone = "Asia/Shanghai"
/// guard     = "cn"
///
/// [[policy]]
/// name = "commission"
/// use  = "three-level"
/// [policy.configuration]
/// rates = ["20%", "5%", "3%"]
/// "#;
/// let file = ProgramFile::parse(text, "program.toml")?;
/// let policy = &file.definition().policies()[0];
/// assert_eq!(policy.source(), &PolicySource::Stock("three-level".to_owned()));
///
/// let error = ProgramFile::parse(&text.replace("currency ", "curency "), "program.toml").unwrap_err();
/// assert_eq!(error.to_string(), "\
/// program.toml:3:1: curency: unknown key
///   |
/// 3 | curency  = \"CNY\"
///   | ^^^^^^^
/// hint: did you mean `currency`?");
/// # Ok::<(), fenrun::program::ProgramError>(())
/// ```
#[derive(Clone, Debug)]
pub struct ProgramFile {
    definition: ProgramDefinition,
    source: Source,
}

impl ProgramFile {
    /// Reads a program whose guard profile is a shipped one; `origin` is the file's name in errors.
    ///
    /// # Errors
    ///
    /// A [`ProgramError`] that points into the text.
    pub fn parse(text: &str, origin: &str) -> Result<ProgramFile, ProgramError> {
        let no_files = |_: &str| -> io::Result<String> {
            Err(io::Error::new(io::ErrorKind::Unsupported, "this program is read without access to files"))
        };
        ProgramFile::parse_with(text, origin, &no_files)
    }

    /// Reads a program whose guard profile may be a file of the host's own, which `profiles` reads.
    ///
    /// # Errors
    ///
    /// A [`ProgramError`] that points into the text; where the profile is at fault, its source is the
    /// [`ProfileError`](crate::profile::ProfileError).
    ///
    /// ```
    /// use fenrun::program::ProgramFile;
    /// use std::{error::Error, io};
    ///
    /// let text = r#"
    /// merchant  = "old-cellar"
    /// currency  = "CNY"
    /// time_zone = "Asia/Shanghai"
    /// guard     = "./ours.toml"
    /// policy    = []
    /// "#;
    /// let ours = include_str!("../../profiles/cn.toml").replace("name  = \"cn\"", "name  = \"ours\"");
    /// let files = |_: &str| io::Result::Ok(ours.clone());
    /// let file = ProgramFile::parse_with(text, "program.toml", &files)?;
    /// assert_eq!(file.definition().guard().name(), "ours");
    ///
    /// let error = ProgramFile::parse(text, "program.toml").unwrap_err();
    /// assert_eq!(error.message(), "the guard profile `./ours.toml` cannot be read");
    /// assert_eq!(error.source().unwrap().to_string(), "this program is read without access to files");
    /// # Ok::<(), Box<dyn Error>>(())
    /// ```
    pub fn parse_with(
        text: &str,
        origin: &str,
        profiles: &(impl ProfileSource + ?Sized),
    ) -> Result<ProgramFile, ProgramError> {
        let source = Source::new(text, origin, PROGRAM_BYTES_MAX)?;
        let parsed = source.parse()?;
        let source = source.note_spots(&parsed);
        let definition = read_program(&source.root(&parsed), profiles)
            .and_then(ProgramBuilder::checked)
            .map_err(|complaint| complaint.located(&source))?;
        Ok(ProgramFile { definition, source: source.clone() })
    }

    /// What the file says.
    #[must_use]
    pub fn definition(&self) -> &ProgramDefinition {
        &self.definition
    }

    /// What the file says, without the text.
    #[must_use]
    pub fn into_definition(self) -> ProgramDefinition {
        self.definition
    }

    /// The error that a manifest found in a policy's configuration, at its place in the file.
    ///
    /// `policy` is the policy's place in [`ProgramDefinition::policies`].
    ///
    /// ```
    /// use fenrun::manifest::{ConfigureContext, Manifest};
    /// use fenrun::program::ProgramFile;
    ///
    /// let text = "merchant = 'm'\ncurrency = 'CNY'\ntime_zone = 'UTC'\nguard = 'open'\n\
    ///             [[policy]]\nname = 'p'\nuse = 'three-level'\nconfiguration = { rate = '120%' }";
    /// let file = ProgramFile::parse(text, "program.toml")?;
    /// let manifest = Manifest::parse(br#"{"name": "three-level", "version": "1.0.0", "abi": 1,
    ///     "hooks": ["shares"], "configuration": {"rate": {"type": "rate"}}}"#)?;
    ///
    /// let program = file.definition();
    /// let context = ConfigureContext { currency: program.currency(), roles: program.roles() };
    /// let error = manifest.configure(program.policies()[0].configuration(), &context).unwrap_err();
    /// assert_eq!(file.locate(0, &error).to_string(), "\
    /// program.toml:8:26: policy[0].configuration.rate: found `120%`, at most `100%` is allowed
    ///   |
    /// 8 | configuration = { rate = '120%' }
    ///   |                          ^^^^^^");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn locate(&self, policy: usize, error: &ConfigurationError) -> ProgramError {
        let below = format!("policy[{policy}].configuration");
        let path = error.path().split('.').filter(|step| !step.is_empty()).fold(below, |path, step| {
            let index = step.bytes().all(|byte| byte.is_ascii_digit());
            if index { format!("{path}[{step}]") } else { format!("{path}.{step}") }
        });
        let flaw = Flaw::new(error.message());
        let flaw = match error.remedy() {
            Some(remedy) => flaw.hint(remedy),
            None => flaw,
        };
        match error.place() {
            Some(span) => self.source.complain(&path, Some(span), flaw).into(),
            None => self.source.complain_at_path(&path, flaw).into(),
        }
    }

    /// An error that was found later, such as while loading a module, at a key of the file such as `policy[0].use`.
    ///
    /// A key that the file does not have is shown at the table it would stand in.
    ///
    /// ```
    /// use fenrun::program::ProgramFile;
    ///
    /// let text = "merchant = 'm'\ncurrency = 'CNY'\ntime_zone = 'UTC'\nguard = 'open'\n\
    ///             [[policy]]\nname = 'p'\nuse = 'tree-level'";
    /// let file = ProgramFile::parse(text, "program.toml")?;
    /// let error = file.error_at("policy[0].use", "no stock policy has this name", Some("did you mean `three-level`?"));
    /// assert_eq!((error.line(), error.column()), (Some(7), Some(7)));
    ///
    /// let error = file.error_at("policy[0].rounding", "needs a policy with shares", None);
    /// assert_eq!(error.line(), Some(5), "there is no such key, so the policy is shown");
    /// # Ok::<(), fenrun::program::ProgramError>(())
    /// ```
    #[must_use]
    pub fn error_at(&self, key: &str, message: impl Into<String>, hint: Option<&str>) -> ProgramError {
        let flaw = Flaw::new(message);
        let flaw = match hint {
            Some(hint) => flaw.hint(hint),
            None => flaw,
        };
        self.source.complain_at_path(key, flaw).into()
    }
}

/// Every key, converted; what they mean together is checked by the builder.
fn read_program(
    table: &Table<'_>,
    profiles: &(impl ProfileSource + ?Sized),
) -> Result<ProgramBuilder, Complaint> {
    table.refuse_unknown_keys(&PROGRAM_KEYS)?;
    let merchant = table.require("merchant", "name the merchant: `merchant = \"old-cellar\"`")?;
    let currency =
        table.require("currency", "name the currency by its ISO 4217 code: `currency = \"CNY\"`")?;
    let time_zone =
        table.require("time_zone", "name the merchant's zone: `time_zone = \"Asia/Shanghai\"`")?;
    let guard =
        table.require("guard", "name a profile: `guard = \"cn\"`, or `\"open\"` for arithmetic only")?;
    let policies =
        table.require("policy", "add a `[[policy]]` with `name` and `use`, or `policy = []` for none")?;

    let mut builder = ProgramBuilder::new(merchant.text()?, read_currency(&currency)?);
    builder = time_zone.check(builder.with_time_zone(time_zone.text()?))?;
    let roles = read_roles(table)?;
    let declared = definition::check_roles(&roles)?;
    for role in roles {
        builder = builder.role(role);
    }
    if let Some(window) = table.get("volume_window") {
        builder =
            builder.volume_window(window.choice(&VolumeWindow::ALL.map(|window| (window.name(), window)))?);
    }
    if let Some(discounts) = table.get("discounts") {
        builder =
            builder.discounts(discounts.choice(&Combine::ALL.map(|combine| (combine.name(), combine)))?);
    }
    if let Some(ledger) = table.get("ledger") {
        builder = builder.ledger(terms::read(&ledger.table()?, read_currency(&currency)?)?);
    }
    builder = builder.guard(read_guard(table, &guard, profiles, &declared)?);
    builder = builder.rail(read_rail(table, profiles)?);
    if policies.is_table() {
        let flaw = Flaw::new("expected a list, found a table").hint("write `[[policy]]` with two brackets");
        return Err(policies.complain(flaw));
    }
    for policy in policies.list(POLICIES_MAX)? {
        builder = builder.policy(read_policy(&policy, read_currency(&currency)?)?);
    }
    Ok(builder)
}

fn read_currency(item: &Item<'_>) -> Result<Currency, Complaint> {
    let code = item.text()?;
    item.check(Currency::of(code).map_err(|error| {
        let flaw = Flaw::new(format!("`{}`: {error}", printable(code)));
        match Currency::of(&code.to_ascii_uppercase()) {
            Ok(currency) => flaw.hint(format!("did you mean `{currency}`?")),
            Err(_) if matches!(code, "RMB" | "rmb" | "元" | "¥") => {
                flaw.hint("the code of the yuan is `CNY`")
            }
            Err(_) => flaw,
        }
    }))
}

fn read_roles(table: &Table<'_>) -> Result<Vec<String>, Complaint> {
    let Some(roles) = table.get("roles") else {
        return Ok(Vec::new());
    };
    roles.list(ROLES_MAX)?.iter().map(|role| role.text().map(str::to_owned)).collect()
}

fn read_guard(
    table: &Table<'_>,
    guard: &Item<'_>,
    profiles: &(impl ProfileSource + ?Sized),
    declared: &[String],
) -> Result<GuardProfile, Complaint> {
    let name = guard.text()?;
    let profile = if is_file(name) {
        guard.check(read_profile(name, "guard", profiles, GuardProfile::parse))?
    } else {
        GuardProfile::named(name).map_err(|_| guard.complain(profile::unknown_name(name)))?
    };
    let Some(overrides) = table.get("guard_overrides") else {
        return Ok(profile);
    };
    profile::apply_overrides(profile, &overrides.table()?, |role| {
        let own = || declared.iter().map(String::as_str);
        if word::is_role(role) || own().any(|known| known == role) {
            return Ok(());
        }
        let near = did_you_mean(role, word::ROLES.iter().map(|(known, _)| *known).chain(own()));
        let flaw = Flaw::new(format!("the program knows no role `{}`", printable(role)));
        Err(flaw.hint_or(near, format!("declare it: `roles = [\"{}\"]`", printable(role))))
    })
}

/// What the payment rail can carry out; without the key, everything.
fn read_rail(table: &Table<'_>, profiles: &(impl ProfileSource + ?Sized)) -> Result<RailProfile, Complaint> {
    let profile = match table.get("rail") {
        None => RailProfile::default(),
        Some(rail) => {
            let name = rail.text()?;
            if is_file(name) {
                rail.check(read_profile(name, "rail", profiles, RailProfile::parse))?
            } else {
                RailProfile::named(name).map_err(|_| rail.complain(profile::unknown_rail(name)))?
            }
        }
    };
    match table.get("rail_overrides") {
        None => Ok(profile),
        Some(overrides) => profile.overridden_by(&overrides.table()?),
    }
}

/// Whether a profile is named by the path of its file.
fn is_file(name: &str) -> bool {
    words::is_path(name) || name.ends_with(".toml")
}

fn read_profile<Profile>(
    path: &str,
    kind: &str,
    profiles: &(impl ProfileSource + ?Sized),
    parse: impl FnOnce(&str, &str) -> Result<Profile, ProfileError>,
) -> Result<Profile, Flaw> {
    words::path(path)?;
    let flaw = |what| Flaw::new(format!("the {kind} profile `{}` cannot be {what}", printable(path)));
    let text = profiles.profile(path).map_err(|error| flaw("read").cause(error))?;
    parse(&text, path).map_err(|error| flaw("used").cause(error))
}

fn read_policy(item: &Item<'_>, currency: Currency) -> Result<PolicyEntry, Complaint> {
    let table = item.table()?;
    table.refuse_unknown_keys(&POLICY_KEYS)?;
    let name = table
        .require("name", "name the policy, such as `name = \"first-order\"`; its effects show the name")?;
    let uses = table.require(
        "use",
        "say which module: a stock policy, `\"./folder\"` with its source, or `\"./file.wasm\"`",
    )?;
    let mut policy = PolicyEntry::new(name.text()?, uses.check(PolicySource::read(uses.text()?))?);
    if let Some(combine) = table.get("combine") {
        policy = policy.with_combine(combine.choice(&Combine::ALL.map(|combine| (combine.name(), combine)))?);
    }
    if let Some(answer) = table.get("on_failure") {
        policy =
            policy.with_on_failure(answer.choice(&OnFailure::ALL.map(|answer| (answer.name(), answer)))?);
    }
    if let Some(answer) = table.get("on_refund") {
        policy = policy.with_on_refund(answer.choice(&OnRefund::ALL.map(|answer| (answer.name(), answer)))?);
    }
    if let Some(rounding) = table.get("rounding") {
        policy = policy.with_rounding(read_rounding(&rounding)?);
    }
    if let Some(fuel_limit) = table.get("fuel_limit") {
        let fuel = fuel_limit.count(u64::MAX);
        policy =
            policy.with_fuel_limit(fuel.map_err(|_| fuel_limit.expected("a whole number of at least 1"))?);
    }
    if let Some(coupon) = table.get("coupon") {
        policy = policy.with_coupon(coupon.text()?);
    }
    let date = |key| table.get(key).map(|item| read_date(&item)).transpose();
    policy = policy.with_validity(date("from")?, date("until")?);
    if let Some(budget) = table.get("budget") {
        policy = policy.with_budget(terms::read_budget(&budget.table()?, currency)?);
    }
    if let Some(configured) = table.get("configuration") {
        policy = policy.with_configuration(configuration::read(&configured)?);
    }
    Ok(policy)
}

fn read_date(item: &Item<'_>) -> Result<jiff::civil::Date, Complaint> {
    let text = match item.value() {
        toml::de::DeValue::Datetime(date) => date.to_string(),
        _ => item.text()?.to_owned(),
    };
    text.parse().map_err(|_| item.expected("a date such as `2026-03-01`"))
}

/// The names of money's own, and its second names of the default.
fn read_rounding(item: &Item<'_>) -> Result<Allocation, Complaint> {
    match item.text()?.parse() {
        Ok(rounding) => Ok(rounding),
        Err(_) => item.choice(&Allocation::ALL.map(|rounding| (rounding.name(), rounding))),
    }
}
