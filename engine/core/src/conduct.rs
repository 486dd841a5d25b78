//! How the policies of a program behave: who failed how often in a row, and who is suspended for it.
//!
//! Invariant: the same outcomes in the same order give the same conduct; a policy that is suspended is not run, and what
//! it would have been asked about waits, or goes on without it, exactly as if it had failed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    Outcome,
    admission::Digest,
    decision::{PolicyAnswer, PolicyRun},
    loaded::{LoadedPolicy, Program},
    outcome::HoldCause,
    sandbox::FailureKind,
};

/// Failures in a row after which a policy is suspended. A failure costs up to a whole fuel limit and pays nobody, so a
/// broken policy must not take that from its merchant's neighbours for ever; a handful of odd orders must not stop a good
/// one.
pub const FAILURES_IN_A_ROW_MAX: u32 = 16;

/// The conduct of a program's policies. See [`Conduct::note`].
///
/// A host that decides without [`Books`](crate::books::Books) keeps one for each merchant, notes every outcome, and
/// decides under the program that [`Conduct::acting`] gives. The books do the same, and keep it in the ledger.
///
/// ```
/// use fenrun::conduct::{Conduct, FAILURES_IN_A_ROW_MAX};
/// use fenrun::event::{Event, Expectations, Line, Order};
/// use fenrun::history::NoHistory;
/// use fenrun::program::{PolicySource, ProgramFile};
/// use fenrun::{Engine, EngineOptions};
/// use fenrun_money::Currency;
///
/// let program = "merchant = 'm'\ncurrency = 'CNY'\ntime_zone = 'UTC'\nguard = 'open'\n\
///                [[policy]]\nname = 'broken'\nuse = 'broken'";
/// let modules = |_: &PolicySource| {
///     Ok(wat::parse_str(
///         r#"(module (func (export "shares") (result i32) unreachable)
///              (@custom "fenrun_manifest" "{\"name\": \"broken\", \"version\": \"1.0.0\", \"abi\": 1, \"hooks\": [\"shares\"]}"))"#,
///     )
///     .unwrap())
/// };
/// let engine = Engine::new(EngineOptions::default())?;
/// let program = engine.load(ProgramFile::parse(program, "m.toml")?.into_definition(), &modules)?;
/// let order = Order::new("A1", "b1", "2026-03-01T10:00:00Z".parse()?, Currency::CNY).line(Line::goods("1", "SKU", 1, 100));
/// let event = Event::order_paid(order, &Expectations::new(Currency::CNY))?;
///
/// let mut conduct = Conduct::default();
/// let mut acting = program.clone();
/// for _ in 0..FAILURES_IN_A_ROW_MAX {
///     let outcome = engine.decide(&acting, &event, &NoHistory);
///     conduct.note(&program, &outcome);
///     acting = conduct.acting(&program);
/// }
/// let fenrun::Outcome::Held(held) = engine.decide(&acting, &event, &NoHistory) else { panic!() };
/// assert_eq!(
///     held.cause.to_string(),
///     "policy `broken` failed: it is suspended after 16 failures in a row; \
///      hint: bring a mended version into force, or resume it once its cause is gone"
/// );
/// // Somebody has looked into it.
/// assert!(conduct.resume("broken"));
/// assert_eq!(conduct.suspended().count(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Conduct {
    /// By the policy's name in the program. Only policies whose last run failed are here.
    policies: BTreeMap<String, Record>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Record {
    /// Which module in which configuration failed; another one begins anew.
    identity: Digest,
    failures: u32,
    /// Two engines did not agree about it: once is enough.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    disputed: bool,
}

impl Record {
    fn is_suspended(&self) -> bool {
        self.disputed || self.failures >= FAILURES_IN_A_ROW_MAX
    }

    fn suspension(&self, policy: &str) -> Suspension {
        Suspension { policy: policy.to_owned(), failures: self.failures, disputed: self.disputed }
    }
}

/// A policy that is suspended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Suspension {
    /// Its name in the program.
    pub policy: String,
    /// How often it had failed in a row.
    pub failures: u32,
    /// Whether it is in quarantine, because two engines did not agree about it.
    pub disputed: bool,
}

impl std::fmt::Display for Suspension {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { policy, failures, disputed } = self;
        if *disputed {
            return write!(
                out,
                "policy `{policy}` is in quarantine, because two engines did not agree about it; hint: bring another version into force, or resume it once its cause is gone"
            );
        }
        write!(
            out,
            "policy `{policy}` is suspended after {failures} failures in a row; hint: bring a mended version into force, or resume it once its cause is gone"
        )
    }
}

/// A call that two engines did not agree about, as the log holds it.
///
/// [`verify`](crate::books::verify) tells of those that it takes the log's word for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordedDispute {
    /// The entry's place in the log.
    pub seq: u64,
    /// The entry's fact.
    pub fact: String,
    /// The policy that was called.
    pub policy: String,
    /// The first thing the engines did not agree about.
    pub difference: String,
}

impl std::fmt::Display for RecordedDispute {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { seq, fact, policy, difference } = self;
        write!(out, "entry {seq}, `{fact}`: two engines did not agree about policy `{policy}`: {difference}")
    }
}

impl Conduct {
    /// Notes what became of an event, and answers which policies that suspends.
    ///
    /// A failure counts, whether it held the event or the program went on without the policy. An answer (effects, a
    /// refusal, even what the guard forbids) ends the row. What a suspended policy was not asked counts for nothing.
    pub fn note(&mut self, program: &Program, outcome: &Outcome) -> Vec<Suspension> {
        match outcome {
            Outcome::Decided(decision) => self.note_runs(program, &decision.policies),
            Outcome::Held(held) => self.note_held(program, &held.cause),
            Outcome::Noted | Outcome::Error(_) => Vec::new(),
        }
    }

    /// As [`Conduct::note`], for what a close or a grant was held by.
    pub fn note_held(&mut self, program: &Program, cause: &HoldCause) -> Vec<Suspension> {
        let HoldCause::Failure { policy, failure } = cause else { return Vec::new() };
        let policy = program.policies().iter().find(|known| known.name() == policy);
        policy.and_then(|policy| self.failed(policy, &failure.kind)).into_iter().collect()
    }

    /// As [`Conduct::note`], for the runs of a close or a grant that was decided.
    pub fn note_runs(&mut self, program: &Program, runs: &[PolicyRun]) -> Vec<Suspension> {
        let mut suspended = Vec::new();
        // What an older version answers says nothing of the one in force.
        for run in runs.iter().filter(|run| !run.stands_in) {
            match &run.answer {
                PolicyAnswer::Failed { failure } => {
                    let policy = program.policies().iter().find(|known| known.name() == run.policy);
                    suspended.extend(policy.and_then(|policy| self.failed(policy, &failure.kind)));
                }
                // A policy that was not asked, such as one whose coupon is not presented, has used no fuel.
                _ if run.fuel > 0 && !self.policies.is_empty() => {
                    self.policies.remove(&run.policy);
                }
                _ => {}
            }
        }
        suspended
    }

    /// Whether somebody lifts a suspension, or forgives failures so far; whether there were any.
    pub fn resume(&mut self, policy: &str) -> bool {
        self.policies.remove(policy).is_some()
    }

    /// Who is suspended, by name.
    pub fn suspended(&self) -> impl Iterator<Item = Suspension> {
        let suspended = self.policies.iter().filter(|(_, record)| record.is_suspended());
        suspended.map(|(policy, record)| record.suspension(policy))
    }

    /// Whether no policy has failed since its last answer.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.policies.is_empty()
    }

    /// The program to decide under: the same one, in which suspended policies are not run. A policy whose module or
    /// configuration is another one than that which failed is not suspended.
    #[must_use]
    pub fn acting(&self, program: &Program) -> Program {
        let of = |policy: &LoadedPolicy| {
            let record = self.policies.get(policy.name())?;
            (record.is_suspended() && record.identity == policy.identity()).then_some(record)
        };
        if program.policies().iter().all(|policy| of(policy).is_none()) {
            return program.clone();
        }
        program.map(|policy| match of(policy) {
            Some(record) if record.disputed => policy.quarantined(),
            Some(record) => policy.suspended(record.failures),
            None => policy.clone(),
        })
    }

    fn failed(&mut self, policy: &LoadedPolicy, kind: &FailureKind) -> Option<Suspension> {
        if matches!(kind, FailureKind::Suspended { .. } | FailureKind::Quarantined) {
            return None;
        }
        let identity = policy.identity();
        let fresh = Record { identity, failures: 0, disputed: false };
        let record = self.policies.entry(policy.name().to_owned()).or_insert_with(|| fresh.clone());
        if record.identity != identity {
            *record = fresh;
        }
        let was_suspended = record.is_suspended();
        record.failures = record.failures.saturating_add(1);
        record.disputed |= matches!(kind, FailureKind::Disputed { .. });
        (record.is_suspended() && !was_suspended).then(|| record.suspension(policy.name()))
    }
}
