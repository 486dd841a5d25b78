//! How many modules a merchant may have compiled, and how much of the compiler's time that may take.
//!
//! Invariant: what a compilation may cost at most is taken from the quota before it begins, and what it did not need is
//! given back after it; so uploads at the same time cannot go beyond it together.

use std::{
    collections::{HashMap, HashSet},
    io,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::{
    admission::{Digest, Refused},
    compilation::{CompileCost, CompileError, CompileRefused},
};

/// What one merchant may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct QuotaLimits {
    /// Different modules that a merchant has at once. Stops 10,000 variants of one module from filling disk and memory.
    pub artifacts_max: usize,
    /// Processor time of compilers, until the host begins a new window with [`Quota::renew`]. Stops a merchant from
    /// keeping the compilers busy.
    pub compile_time_max: Duration,
}

impl Default for QuotaLimits {
    fn default() -> Self {
        Self { artifacts_max: 64, compile_time_max: Duration::from_secs(60) }
    }
}

/// A merchant has used up the quota.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QuotaExceeded {
    /// There are as many modules as may be.
    #[error(
        "`artifact_quota`: found {found} modules of `{merchant}`, at most {limit} are allowed; \
         hint: remove modules that no program uses"
    )]
    Artifacts {
        /// Whose quota.
        merchant: String,
        /// Modules there are.
        found: usize,
        /// Modules allowed.
        limit: usize,
    },
    /// What is left of the compilers' time is less than one module may need.
    #[error(
        "`compile_quota`: found {found_ms} ms of compiling for `{merchant}`, of {limit_ms} ms allowed too little is left; \
         hint: upload fewer changes, or wait for the next window"
    )]
    CompileTime {
        /// Whose quota.
        merchant: String,
        /// Milliseconds used.
        found_ms: u128,
        /// Milliseconds allowed.
        limit_ms: u128,
    },
}

/// Why an upload is not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UploadError {
    /// It could not be read.
    #[error("the upload could not be read")]
    Read(#[from] io::Error),
    /// It is not admitted.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The merchant has used up the quota.
    #[error(transparent)]
    Quota(#[from] QuotaExceeded),
    /// It cannot be compiled within the limits.
    #[error(transparent)]
    CompileRefused(#[from] Box<CompileRefused>),
    /// We broke.
    #[error(transparent)]
    Compile(#[from] Box<CompileError>),
}

/// The quotas of all merchants of a host. [`Engine::upload`](crate::Engine::upload) uses it.
///
/// ```
/// use fenrun::quota::{Quota, QuotaLimits};
///
/// let quota = Quota::new(QuotaLimits::default());
/// // At midnight, say:
/// quota.renew();
/// ```
#[derive(Debug, Default)]
pub struct Quota {
    limits: QuotaLimits,
    used: Mutex<HashMap<String, Used>>,
}

#[derive(Debug, Default)]
struct Used {
    artifacts: HashSet<Digest>,
    compile_time: Duration,
}

/// What is taken from a quota while a module is compiled.
pub(crate) struct Reserved {
    is_new: bool,
    time: Duration,
}

impl Quota {
    /// The same limits for every merchant.
    #[must_use]
    pub fn new(limits: QuotaLimits) -> Self {
        Self { limits, used: Mutex::default() }
    }

    /// Begins a new window: all of the compilers' time is there again. Modules still count.
    pub fn renew(&self) {
        self.used().values_mut().for_each(|used| used.compile_time = Duration::ZERO);
    }

    /// A merchant no longer has a module. Whether it had.
    pub fn release(&self, merchant: &str, module: &Digest) -> bool {
        self.used().get_mut(merchant).is_some_and(|used| used.artifacts.remove(module))
    }

    /// Modules that a merchant has, and the compilers' time it used in this window.
    #[must_use]
    pub fn usage(&self, merchant: &str) -> (usize, Duration) {
        self.used()
            .get(merchant)
            .map_or((0, Duration::ZERO), |used| (used.artifacts.len(), used.compile_time))
    }

    fn used(&self) -> MutexGuard<'_, HashMap<String, Used>> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes what compiling a module may cost at most. A module that the merchant has already takes nothing.
    pub(crate) fn reserve(
        &self,
        merchant: &str,
        module: Digest,
        most: Duration,
    ) -> Result<Reserved, QuotaExceeded> {
        let mut all = self.used();
        let used = all.entry(merchant.to_owned()).or_default();
        if used.artifacts.contains(&module) {
            return Ok(Reserved { is_new: false, time: Duration::ZERO });
        }
        let merchant = || merchant.to_owned();
        let (found, limit) = (used.artifacts.len(), self.limits.artifacts_max);
        if found >= limit {
            return Err(QuotaExceeded::Artifacts { merchant: merchant(), found, limit });
        }
        let after = used.compile_time.saturating_add(most);
        if after > self.limits.compile_time_max {
            let (found_ms, limit_ms) =
                (used.compile_time.as_millis(), self.limits.compile_time_max.as_millis());
            return Err(QuotaExceeded::CompileTime { merchant: merchant(), found_ms, limit_ms });
        }
        used.compile_time = after;
        used.artifacts.insert(module);
        Ok(Reserved { is_new: true, time: most })
    }

    /// Gives back what was not needed. A module that was not compiled does not count, its time does.
    pub(crate) fn settle(
        &self,
        merchant: &str,
        module: &Digest,
        reserved: &Reserved,
        cost: &CompileCost,
        is_compiled: bool,
    ) {
        let mut all = self.used();
        let Some(used) = all.get_mut(merchant) else { return };
        let without = used.compile_time.saturating_sub(reserved.time);
        used.compile_time = without.saturating_add(cost.processor_time);
        if reserved.is_new && !is_compiled {
            used.artifacts.remove(module);
        }
    }
}
