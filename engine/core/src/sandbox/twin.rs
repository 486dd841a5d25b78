//! A twin: the same policy with counters in its code, run beside the real one, so that a laboratory sees which code a
//! call reaches.
//!
//! Invariant: a twin never decides. What it answers is compared with the real answer and dropped, and nothing here gives
//! it out; without a laboratory there is no twin, and a call does what it did before there were any.

use std::{fmt, sync::Arc};

use fenrun_abi::{
    code::Hook,
    host::{Configuration, Facts},
};

use super::{
    Answer, CompiledModule, ConfiguredModule, Failure, FailureKind, NativeCode, Runtime, call::failure,
    configured::Begun, instance::Called,
};
use crate::admission::{AdmissionLimits, AdmittedModule, Digest, Refused, admit};

/// Fuel that a twin has for each unit of the real policy: its code may be built without optimisation, and it counts.
const TWIN_FUEL_FACTOR: u64 = 64;

/// Fuel that a twin has in any case, so that a small limit of the real policy is not the end of it.
const TWIN_FUEL_MIN: u64 = 10_000_000;

/// A laboratory that watches which code of a policy is run.
///
/// It gives a [`TwinSource`] for each module that it wants to watch. The engine then runs the twin beside every call of
/// the real module, on the same facts, and tells what its counters counted. The decision is the real module's alone, with
/// its fuel: a twin's answer is compared and dropped.
///
/// Meant for tests of policies: with a laboratory, every call of a watched module costs at least twice.
pub trait Laboratory: fmt::Debug + Send + Sync {
    /// The twin of a module; none where it is not watched. Asked at each loading of the module; the first twin is kept.
    fn twin(&self, module: &AdmittedModule) -> Option<TwinSource>;

    /// A call of the module's hook ended, in whatever way, and so often each counter was passed.
    fn counted(&self, module: &Digest, hook: Hook, counts: &[u64]);

    /// The twin is of no use: it cannot be made, or it answered otherwise than the real module.
    fn failed(&self, module: &Digest, fault: TwinFault);
}

/// The bytes of a twin.
#[derive(Clone, Debug)]
pub struct TwinSource {
    /// The policy with counters: a module that counts in the last of its mutable globals, each an `i64`.
    pub bytes: Arc<[u8]>,
    /// How many counters it has.
    pub counters: u32,
}

/// Why a twin is of no use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TwinFault {
    /// It is not a module of the contract. Its size is not limited.
    #[error("the module that counts is not admitted: {0}")]
    Refused(Refused),
    /// It could not be compiled, or no instance of it could be made.
    #[error("the module that counts cannot be run: {0}")]
    Runtime(String),
    /// It answered otherwise.
    #[error(
        "the module that counts answers `{hook}` otherwise than the policy: {twin}, and the policy {real}"
    )]
    Differs {
        /// Which hook.
        hook: &'static str,
        /// What the twin answered.
        twin: String,
        /// What the real module answered.
        real: String,
    },
}

/// A compiled twin. One serves every configuration.
pub(crate) struct Twin {
    of: Digest,
    module: Arc<CompiledModule>,
    counters: usize,
    laboratory: Arc<dyn Laboratory>,
}

/// A twin with the configuration of the module that it runs beside.
pub(crate) struct ConfiguredTwin {
    twin: Arc<Twin>,
    configured: ConfiguredModule,
}

/// Without any cap: the real module was held to them, and what stands here is made from it by the laboratory.
fn limits() -> AdmissionLimits {
    AdmissionLimits {
        bytes_max: u64::MAX,
        manifest_bytes_max: u64::MAX,
        custom_sections_max: u64::MAX,
        custom_bytes_max: u64::MAX,
        name_bytes_max: u64::MAX,
        types_max: u64::MAX,
        functions_max: u64::MAX,
        function_locals_max: u64::MAX,
        locals_max: u64::MAX,
        body_bytes_max: u64::MAX,
        code_bytes_max: u64::MAX,
        function_operators_max: u64::MAX,
        nesting_max: u64::MAX,
        branch_targets_max: u64::MAX,
        merges_max: u64::MAX,
        pressure_max: u64::MAX,
        globals_max: u64::MAX,
        data_segments_max: u64::MAX,
        data_bytes_max: u64::MAX,
        ..AdmissionLimits::default()
    }
}

fn runtime_fault(error: &wasmtime::Error) -> TwinFault {
    TwinFault::Runtime(format!("{error:#}"))
}

impl Twin {
    /// The twin of a module, where it is of use. It is compiled in this process: its code is the laboratory's own, made
    /// from a module that was compiled within the limits.
    pub(crate) fn of(
        runtime: &Runtime,
        laboratory: &Arc<dyn Laboratory>,
        module: &AdmittedModule,
        source: &TwinSource,
    ) -> Option<Arc<Self>> {
        match Self::compile(runtime, laboratory, module.digest(), source) {
            Ok(twin) => Some(Arc::new(twin)),
            Err(fault) => {
                laboratory.failed(&module.digest(), fault);
                None
            }
        }
    }

    fn compile(
        runtime: &Runtime,
        laboratory: &Arc<dyn Laboratory>,
        of: Digest,
        source: &TwinSource,
    ) -> Result<Self, TwinFault> {
        let admitted = admit(&source.bytes, &limits()).map_err(TwinFault::Refused)?;
        let counters = usize::try_from(source.counters).unwrap_or(usize::MAX);
        let code = NativeCode::compiled_here(runtime.engine(), &admitted);
        let module = code.and_then(|code| CompiledModule::new(runtime, admitted, &code));
        let module = Arc::new(module.map_err(|error| runtime_fault(&error))?);
        Ok(Self { of, module, counters, laboratory: laboratory.clone() })
    }

    /// Runs `configure` as the real module ran it, tells what it counted, and is ready for the hooks where the real
    /// module is.
    pub(crate) fn configure(
        self: &Arc<Self>,
        runtime: &Runtime,
        configuration: Configuration,
        is_configured: bool,
    ) -> Option<ConfiguredTwin> {
        let failed = |fault| {
            self.laboratory.failed(&self.of, fault);
            None
        };
        let limit = fuel(runtime.limits().configure_fuel_limit);
        let mut begun = match Begun::new(runtime, &self.module, configuration, limit) {
            Ok(begun) => begun,
            Err(error) => return failed(runtime_fault(&error.0)),
        };
        if let Some(counts) = begun.state(&self.module).ok().and_then(|state| state.last_wide(self.counters))
        {
            self.laboratory.counted(&self.of, Hook::Configure, &counts);
        }
        match ConfiguredModule::of(runtime, self.module.clone(), begun) {
            Ok(configured) => is_configured.then(|| ConfiguredTwin { twin: self.clone(), configured }),
            Err(_) if !is_configured => None,
            Err(error) => failed(TwinFault::Differs {
                hook: Hook::Configure.name(),
                twin: error.to_string(),
                real: "is configured".into(),
            }),
        }
    }
}

/// The fuel of a twin's call.
fn fuel(real: u64) -> u64 {
    real.saturating_mul(TWIN_FUEL_FACTOR).max(TWIN_FUEL_MIN)
}

impl ConfiguredTwin {
    /// Runs a hook once more, tells what it counted, and compares its answer with the real one.
    pub(super) fn run(&self, hook: Hook, mut facts: Facts, fuel_limit: u64, real: &Result<Answer, Failure>) {
        let Twin { of, counters, laboratory, .. } = &*self.twin;
        let mut ready = match self.configured.fresh() {
            Ok(ready) => ready,
            Err(error) => return laboratory.failed(of, runtime_fault(&error.0)),
        };
        let called = ready.call(hook, &mut facts, fuel(fuel_limit));
        laboratory.counted(of, hook, &ready.grown(*counters));
        if let Some(twin) = differs(&called, real, fuel(fuel_limit)) {
            let real = match real {
                Ok(answer) => told(i32::from(answer.refused), &answer.asked),
                Err(failure) => format!("broke: {failure}"),
            };
            laboratory.failed(of, TwinFault::Differs { hook: hook.name(), twin, real });
        }
    }
}

fn told(code: i32, asked: &fenrun_abi::host::Asked) -> String {
    format!("returned {code} and asked for {} effects", asked.effects.len())
}

/// What the twin answered, where that is something else.
fn differs(called: &Called, real: &Result<Answer, Failure>, limit: u64) -> Option<String> {
    let same = match (&called.result, real) {
        (Ok(code), Ok(answer)) => {
            // Effects of a refusal are dropped from the real answer.
            let effects = answer.refused || called.asked.effects == answer.asked.effects;
            *code == i32::from(answer.refused)
                && effects
                && called.asked.groups == answer.asked.groups
                && called.asked.notes == answer.asked.notes
                && called.asked.refusal == answer.asked.refusal
        }
        // How much a call may use is no part of what it does, and a twin may use more.
        (_, Err(failure)) if is_bound(&failure.kind) => true,
        (Ok(code), Err(Failure { kind: FailureKind::Code { code: real }, .. })) => code == real,
        (Ok(_), Err(_)) | (Err(_), Ok(_)) => false,
        (Err(_), Err(_)) => true,
    };
    let answer = || match &called.result {
        Ok(code) => match real {
            Ok(answer) if told(*code, &called.asked) == told(i32::from(answer.refused), &answer.asked) => {
                format!("returned {code} with other effects or notes")
            }
            _ => told(*code, &called.asked),
        },
        Err(error) => format!("broke: {}", failure(error, limit)),
    };
    (!same).then(answer)
}

fn is_bound(kind: &FailureKind) -> bool {
    matches!(kind, FailureKind::OutOfFuel { .. } | FailureKind::StackOverflow)
}
