//! One policy of a program: which module, and how the program uses it.
//!
//! Invariant: a description; whether the module exists and fits is proven when the program is loaded.

use std::fmt;
use std::path::PathBuf;

use fenrun_money::Allocation;
use jiff::civil::Date;
use schemars::JsonSchema;

use super::ProgramError;
use super::document::{Complaint, Flaw};
use super::words;
use crate::admission::printable::printable;
use crate::manifest::ConfigurationInput;

/// One policy of a program.
///
/// ```
/// use fenrun::manifest::ConfigurationInput;
/// use fenrun::program::{Combine, PolicyEntry, PolicySource};
/// use fenrun_money::Allocation;
///
/// let entry = PolicyEntry::new("first-order", PolicySource::Stock("nth-order-discount".to_owned()))
///     .with_combine(Combine::BestDeal)
///     .with_configuration(ConfigurationInput::from_json(r#"{"rates": ["20%"]}"#)?);
/// assert_eq!(entry.name(), "first-order");
/// assert_eq!(entry.combine(), Some(Combine::BestDeal));
/// assert_eq!(entry.rounding(), None);
///
/// assert_eq!(
///     PolicySource::parse("./policy.wat").unwrap_err().to_string(),
///     "use: `./policy.wat` is the text of a module\nhint: build it with `fenrun build ./policy.wat`",
/// );
/// # Ok::<(), fenrun::manifest::InputError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyEntry {
    name: String,
    source: PolicySource,
    combine: Option<Combine>,
    on_failure: Option<OnFailure>,
    on_refund: OnRefund,
    rounding: Option<Allocation>,
    fuel_limit: Option<u64>,
    coupon: Option<String>,
    from: Option<Date>,
    until: Option<Date>,
    budget: Budget,
    configuration: ConfigurationInput,
}

/// What a policy may spend, in minor units; `None` is no limit. Only a ledger knows what was spent over several orders.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    /// On one order.
    pub order_minor: Option<i64>,
    /// On one party: who gets the shares, or the buyer for discounts.
    pub party_minor: Option<i64>,
    /// In one volume window of the program.
    pub period_minor: Option<i64>,
    /// In all.
    pub total_minor: Option<i64>,
}

impl Budget {
    /// Whether anything is limited.
    #[must_use]
    pub fn is_limited(&self) -> bool {
        *self != Budget::default()
    }
}

/// Where a policy's module comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PolicySource {
    /// A policy that comes with fenrun, by name.
    Stock(String),
    /// A folder with the policy's source, relative to the program file.
    Folder(PathBuf),
    /// A built module, relative to the program file.
    Module(PathBuf),
}

/// How the discounts of policies go together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum Combine {
    /// One after the other in program order, each on the price that is left.
    #[default]
    Stack,
    /// Alone: the first that gives a discount is the only one.
    Exclusive,
    /// From the same price: the one that takes most off is the only one.
    BestDeal,
}

/// What happens to a quote when a discounts policy fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum OnFailure {
    /// The sale goes on without it, and the quote says so.
    #[default]
    Skip,
    /// The last good version of the policy is asked in its place, and the quote says so: the version of the latest
    /// earlier program of the log under which it answered. Where there is none, as with [`OnFailure::Skip`]; only books
    /// know earlier programs.
    LastGood,
    /// The quote is refused.
    Refuse,
}

/// What becomes of a policy's discount where units of its order come back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum OnRefund {
    /// It unwinds by units: a unit that comes back brings back what was paid for it.
    #[default]
    Unwind,
    /// What remains is priced again by itself, as of the sale; what it costs more is kept back from what goes back.
    Reprice,
}

impl PolicyEntry {
    /// A policy without configuration, with the program's defaults.
    pub fn new(name: impl Into<String>, source: PolicySource) -> PolicyEntry {
        PolicyEntry {
            name: name.into(),
            source,
            combine: None,
            on_failure: None,
            on_refund: OnRefund::default(),
            rounding: None,
            fuel_limit: None,
            coupon: None,
            from: None,
            until: None,
            budget: Budget::default(),
            configuration: ConfigurationInput::empty(),
        }
    }

    /// Its name: unique in the program, and part of every effect.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where its module comes from.
    #[must_use]
    pub fn source(&self) -> &PolicySource {
        &self.source
    }

    /// How its discounts go together with others; `None` for the program's default
    /// ([`ProgramDefinition::discounts`](super::ProgramDefinition::discounts)). Discounts policies only.
    #[must_use]
    pub fn combine(&self) -> Option<Combine> {
        self.combine
    }

    /// What happens to a quote when it fails; `None` means [`OnFailure::Skip`]. Discounts policies only.
    #[must_use]
    pub fn on_failure(&self) -> Option<OnFailure> {
        self.on_failure
    }

    /// What becomes of its discount where units of its order come back. Discounts policies only.
    #[must_use]
    pub fn on_refund(&self) -> OnRefund {
        self.on_refund
    }

    /// How its shares are rounded; `None` means [`Allocation::FloorResidual`]. Shares policies only.
    #[must_use]
    pub fn rounding(&self) -> Option<Allocation> {
        self.rounding
    }

    /// Fuel of one hook call; `None` for the engine's own limit, which no program exceeds.
    #[must_use]
    pub fn fuel_limit(&self) -> Option<u64> {
        self.fuel_limit
    }

    /// The coupon that must be presented for it to be asked; its effects use the coupon up.
    #[must_use]
    pub fn coupon(&self) -> Option<&str> {
        self.coupon.as_deref()
    }

    /// The first day on which it is asked, in the program's time zone.
    #[must_use]
    pub fn from(&self) -> Option<Date> {
        self.from
    }

    /// The last day on which it is asked, in the program's time zone.
    #[must_use]
    pub fn until(&self) -> Option<Date> {
        self.until
    }

    /// What it may spend.
    #[must_use]
    pub fn budget(&self) -> Budget {
        self.budget
    }

    /// Its configuration as it was written, with places where it was read from a file.
    #[must_use]
    pub fn configuration(&self) -> &ConfigurationInput {
        &self.configuration
    }

    /// The same policy, whose discounts go together with others in its own way.
    #[must_use]
    pub fn with_combine(mut self, combine: Combine) -> PolicyEntry {
        self.combine = Some(combine);
        self
    }

    /// The same policy with its own answer to its failure.
    #[must_use]
    pub fn with_on_failure(mut self, on_failure: OnFailure) -> PolicyEntry {
        self.on_failure = Some(on_failure);
        self
    }

    /// The same policy with its own answer to units that come back.
    #[must_use]
    pub fn with_on_refund(mut self, on_refund: OnRefund) -> PolicyEntry {
        self.on_refund = on_refund;
        self
    }

    /// The same policy, whose shares are rounded in its own way.
    #[must_use]
    pub fn with_rounding(mut self, rounding: Allocation) -> PolicyEntry {
        self.rounding = Some(rounding);
        self
    }

    /// The same policy with its own limit of fuel per hook call.
    #[must_use]
    pub fn with_fuel_limit(mut self, fuel_limit: u64) -> PolicyEntry {
        self.fuel_limit = Some(fuel_limit);
        self
    }

    /// The same policy, asked only where this coupon is presented.
    #[must_use]
    pub fn with_coupon(mut self, coupon: impl Into<String>) -> PolicyEntry {
        self.coupon = Some(coupon.into());
        self
    }

    /// The same policy, asked only from one day to another, both included; `None` is no bound on that side.
    #[must_use]
    pub fn with_validity(mut self, from: Option<Date>, until: Option<Date>) -> PolicyEntry {
        (self.from, self.until) = (from, until);
        self
    }

    /// The same policy, which may spend no more than this.
    #[must_use]
    pub fn with_budget(mut self, budget: Budget) -> PolicyEntry {
        self.budget = budget;
        self
    }

    /// The same policy with a configuration.
    #[must_use]
    pub fn with_configuration(mut self, configuration: ConfigurationInput) -> PolicyEntry {
        self.configuration = configuration;
        self
    }

    /// Checks what can be said about a policy by itself; the key of a flaw is relative to the policy.
    pub(super) fn check(&self) -> Result<(), (&'static str, Flaw)> {
        words::identifier(&self.name).map_err(|flaw| ("name", flaw))?;
        self.source.check().map_err(|flaw| ("use", flaw))?;
        if let Some(coupon) = &self.coupon {
            words::identifier(coupon).map_err(|flaw| ("coupon", flaw))?;
        }
        if let (Some(from), Some(until)) = (self.from, self.until)
            && until < from
        {
            return Err(("until", Flaw::new(format!("`{until}` is before `from`, which is `{from}`"))));
        }
        if self.fuel_limit == Some(0) {
            return Err((
                "fuel_limit",
                Flaw::new("expected at least 1, found `0`")
                    .hint("leave the key out for the engine's own limit"),
            ));
        }
        Ok(())
    }
}

impl PolicySource {
    /// Reads what a program file says behind `use`: a name is a stock policy, a path to a `.wasm` file a module, any
    /// other path a source folder.
    ///
    /// # Errors
    ///
    /// A [`ProgramError`] without a place for what is neither a name nor a path.
    ///
    /// ```
    /// use fenrun::program::PolicySource;
    ///
    /// assert_eq!(PolicySource::parse("three-level")?, PolicySource::Stock("three-level".to_owned()));
    /// assert_eq!(PolicySource::parse("./ours")?, PolicySource::Folder("./ours".into()));
    /// assert_eq!(PolicySource::parse("./ours.wasm")?, PolicySource::Module("./ours.wasm".into()));
    /// assert_eq!(
    ///     PolicySource::parse("our policy").unwrap_err().message(),
    ///     "expected a stock policy or a path, found `our policy`",
    /// );
    /// # Ok::<(), fenrun::program::ProgramError>(())
    /// ```
    pub fn parse(text: &str) -> Result<PolicySource, ProgramError> {
        PolicySource::read(text).map_err(|flaw| Complaint::new("use".to_owned(), flaw).into())
    }

    pub(super) fn read(text: &str) -> Result<PolicySource, Flaw> {
        let source = if text.ends_with(".wasm") {
            PolicySource::Module(text.into())
        } else if words::is_path(text) {
            PolicySource::Folder(text.into())
        } else {
            PolicySource::Stock(text.to_owned())
        };
        source.check()?;
        Ok(source)
    }

    fn check(&self) -> Result<(), Flaw> {
        let text = self.to_string();
        if text.ends_with(".wat") {
            let flaw = Flaw::new(format!("`{}` is the text of a module", printable(&text)));
            return Err(flaw.hint(format!("build it with `fenrun build {}`", printable(&text))));
        }
        match self {
            PolicySource::Stock(name) => words::identifier(name).map_err(|_| {
                let message = format!("expected a stock policy or a path, found `{}`", printable(name));
                Flaw::new(message)
                    .hint("a path begins with `./`, such as `./our-policy` or `./our-policy.wasm`")
            }),
            PolicySource::Folder(_) | PolicySource::Module(_) => words::path(&text),
        }
    }
}

/// As a program file says it.
impl fmt::Display for PolicySource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PolicySource::Stock(name) => formatter.write_str(name),
            PolicySource::Folder(path) | PolicySource::Module(path) => {
                let text = path.display().to_string();
                let bare = !words::is_path(&text);
                write!(formatter, "{}{text}", if bare { "./" } else { "" })
            }
        }
    }
}

impl Combine {
    /// Every way, in the order of the documentation.
    pub const ALL: [Combine; 3] = [Combine::Stack, Combine::Exclusive, Combine::BestDeal];

    /// The name used in program files and traces.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Combine::Stack => "stack",
            Combine::Exclusive => "exclusive",
            Combine::BestDeal => "best_deal",
        }
    }
}

impl OnFailure {
    /// Every answer, in the order of the documentation.
    pub const ALL: [OnFailure; 3] = [OnFailure::Skip, OnFailure::LastGood, OnFailure::Refuse];

    /// The name used in program files and traces.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            OnFailure::Skip => "skip",
            OnFailure::LastGood => "last_good",
            OnFailure::Refuse => "refuse",
        }
    }
}

impl OnRefund {
    /// Every answer, in the order of the documentation.
    pub const ALL: [OnRefund; 2] = [OnRefund::Unwind, OnRefund::Reprice];

    /// The name used in program files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            OnRefund::Unwind => "unwind",
            OnRefund::Reprice => "reprice",
        }
    }
}

impl fmt::Display for Combine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

impl fmt::Display for OnFailure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}
