//! A rail profile: what the payment rail can carry out.
//!
//! Invariant: read from data like a guard profile; `none` bounds nothing, and a change leaves a mark.

use std::collections::BTreeSet;

use fenrun_money::Rate;
use serde_json::Value;

use super::ProfileError;
use super::guard::checked_cap;
use super::named::{Kind, Named};
use super::rules::{cap, count_or_none};
use crate::admission::printable::printable;
use crate::manifest::word::did_you_mean;
use crate::program::canonical::object;
use crate::program::document::{Complaint, Flaw, Table, choices};

/// The names of the shipped rail profiles.
///
/// ```
/// use fenrun::profile::{RAILS, RailProfile};
///
/// assert_eq!(RAILS, ["none", "wechat"]);
/// assert!(RAILS.iter().all(|name| RailProfile::named(name).is_ok()));
/// ```
pub const RAILS: [&str; 2] = ["none", "wechat"];

/// The keys that an override may change.
const OVERRIDES: [&str; 4] = ["ratio_max", "receivers_max", "share_days_max", "asks_persons_back"];

/// What to write where a key is missing.
const REMEDIES: [(&str, &str); 4] = [
    ("ratio_max", "write a rate such as `ratio_max = \"30%\"`, or `\"none\"` for no limit"),
    ("receivers_max", "write `receivers_max = 50`, or `\"none\"` for any number"),
    ("share_days_max", "write `share_days_max = 30`, or `\"none\"` for no limit"),
    ("asks_persons_back", "write `asks_persons_back = false` or `true`"),
];

/// What a rail profile consists of.
const KIND: Kind =
    Kind { keys: &OVERRIDES, remedies: &REMEDIES, shipped: &RAILS, called: "rail profile", key: "rail" };

/// The most receivers a profile can name, so that a count always fits.
const RECEIVERS_MAX: u32 = 1_000_000;

/// The most days, as of the longest hold: dates stay in the calendar.
const DAYS_MAX: u32 = super::guard::HOLD_DAYS_MAX;

/// What the payment rail can carry out, whatever a program would pay (DESIGN §7).
///
/// ```
/// use fenrun::profile::RailProfile;
/// use fenrun_money::Rate;
///
/// let rail = RailProfile::named("wechat")?;
/// assert_eq!((rail.ratio_max(), rail.receivers_max()), (Some(Rate::percent(30)), Some(50)));
/// assert_eq!(rail.with_ratio_max(Some(Rate::percent(20)))?.overridden().collect::<Vec<_>>(), ["ratio_max"]);
/// assert_eq!(RailProfile::default(), RailProfile::named("none")?);
///
/// let error = RailProfile::named("wechta").unwrap_err();
/// assert_eq!(error.to_string(), "no rail profile is named `wechta`\nhint: did you mean `wechat`?");
/// # Ok::<(), fenrun::profile::ProfileError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RailProfile {
    name: String,
    about: String,
    ratio_max: Option<Rate>,
    receivers_max: Option<u32>,
    share_days_max: Option<u32>,
    asks_persons_back: bool,
    overridden: BTreeSet<String>,
}

impl Default for RailProfile {
    /// The profile `none`, which bounds nothing; a test reads the file of that name and compares.
    fn default() -> Self {
        RailProfile {
            name: "none".to_owned(),
            about: "no limit of a payment rail".to_owned(),
            ratio_max: None,
            receivers_max: None,
            share_days_max: None,
            asks_persons_back: false,
            overridden: BTreeSet::new(),
        }
    }
}

impl RailProfile {
    /// The shipped rail profile with this name; [`RAILS`] lists them.
    ///
    /// # Errors
    ///
    /// A [`ProfileError`] without a place when there is none of this name.
    pub fn named(name: &str) -> Result<RailProfile, ProfileError> {
        let text = match name {
            "none" => include_str!("../../profiles/rail-none.toml"),
            "wechat" => include_str!("../../profiles/rail-wechat.toml"),
            _ => return Err(Complaint::new(String::new(), unknown_rail(name)).into()),
        };
        KIND.read((text, name), false, fill).map_err(ProfileError::from)
    }

    /// Reads a rail profile file of the host's own; `origin` is its name in errors. Every key of the shipped files has to
    /// be there, and nothing else may be.
    ///
    /// # Errors
    ///
    /// A [`ProfileError`] that points into the text.
    ///
    /// ```
    /// use fenrun::profile::RailProfile;
    ///
    /// let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/profiles/rail-wechat.toml"))?;
    /// let ours = text.replace("\"wechat\"", "\"ours\"");
    /// assert_eq!(RailProfile::parse(&ours, "ours.toml")?.share_days_max(), Some(30));
    ///
    /// let error = RailProfile::parse(&text, "ours.toml").unwrap_err();
    /// assert_eq!(error.message(), "`wechat` is the name of a shipped rail profile");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn parse(text: &str, origin: &str) -> Result<RailProfile, ProfileError> {
        KIND.read((text, origin), true, fill).map_err(ProfileError::from)
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

    /// The most that all others together may get of one payment, as a part of what was paid in money, shipping included;
    /// `None` for no limit.
    #[must_use]
    pub fn ratio_max(&self) -> Option<Rate> {
        self.ratio_max
    }

    /// How many receivers one order, and one batch of payouts, may have; `None` for any number.
    #[must_use]
    pub fn receivers_max(&self) -> Option<u32> {
        self.receivers_max
    }

    /// The days after a payment in which its shares must be made; `None` for no limit. The close of a day tells of orders
    /// that come near it; [`deadlines`](crate::books::deadlines) lists them.
    #[must_use]
    pub fn share_days_max(&self) -> Option<u32> {
        self.share_days_max
    }

    /// Whether the rail can ask money back from receivers who are persons. The ledger never relies on it: what was paid
    /// out becomes a receivable.
    #[must_use]
    pub fn asks_persons_back(&self) -> bool {
        self.asks_persons_back
    }

    /// The keys that were overridden since the profile was read, by name.
    pub fn overridden(&self) -> impl Iterator<Item = &str> {
        self.overridden.iter().map(String::as_str)
    }

    /// The same profile with another most of one payment, as the merchant's contract with the rail says.
    ///
    /// # Errors
    ///
    /// A [`ProfileError`] for a rate above 100 %.
    pub fn with_ratio_max(mut self, ratio: Option<Rate>) -> Result<RailProfile, ProfileError> {
        self.ratio_max = checked_cap(ratio).map_err(|flaw| Complaint::new("ratio_max".to_owned(), flaw))?;
        self.overridden.insert("ratio_max".to_owned());
        Ok(self)
    }

    /// The same profile with another number of receivers.
    #[must_use]
    pub fn with_receivers_max(mut self, receivers: Option<u32>) -> RailProfile {
        self.receivers_max = receivers;
        self.overridden.insert("receivers_max".to_owned());
        self
    }

    /// The profile as canonical JSON, for digests and traces: keys sorted, rates as text, no limit as `null`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        object([
            ("name", self.name().into()),
            ("about", self.about().into()),
            ("ratio_max", self.ratio_max.map_or(Value::Null, |rate| rate.to_string().into())),
            ("receivers_max", self.receivers_max.into()),
            ("share_days_max", self.share_days_max.into()),
            ("asks_persons_back", self.asks_persons_back.into()),
            ("overridden", self.overridden().collect()),
        ])
    }

    /// Changes the keys that `[rail_overrides]` names.
    pub(crate) fn overridden_by(mut self, table: &Table<'_>) -> Result<RailProfile, Complaint> {
        KIND.check_overrides(table)?;
        self.set(table)?;
        self.overridden.extend(table.entries().into_iter().map(|(key, _)| key.to_owned()));
        Ok(self)
    }

    /// Sets every limit whose key the table has; other keys have been dealt with before.
    fn set(&mut self, table: &Table<'_>) -> Result<(), Complaint> {
        for (key, item) in table.entries() {
            match key {
                "ratio_max" => self.ratio_max = cap(&item)?,
                "receivers_max" => self.receivers_max = count_or_none(&item, RECEIVERS_MAX)?,
                "share_days_max" => self.share_days_max = count_or_none(&item, DAYS_MAX)?,
                "asks_persons_back" => self.asks_persons_back = item.boolean()?,
                _ => {}
            }
        }
        Ok(())
    }
}

fn fill(named: Named<'_>, table: &Table<'_>) -> Result<RailProfile, Complaint> {
    let (name, about) = (named.name.to_owned(), named.about.to_owned());
    let mut profile = RailProfile { name, about, ..RailProfile::default() };
    profile.set(table)?;
    Ok(profile)
}

/// What is wrong with a name that no shipped rail profile has.
pub(crate) fn unknown_rail(name: &str) -> Flaw {
    let all = format!(
        "the shipped rail profiles are {}; a profile file is named by its path, such as `./{}.toml`",
        choices(RAILS, "and"),
        printable(name)
    );
    Flaw::new(format!("no rail profile is named `{}`", printable(name)))
        .hint_or(did_you_mean(name, RAILS), all)
}
