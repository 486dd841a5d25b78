//! From an admitted module to its native code: from the cache, from a child, or compiled here.
//!
//! Invariant: a digest is compiled by one thread at a time; a child is tried twice at most, and then never again.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use super::{
    Compilation, CompileCost, CompileEnd, CompileError, CompileErrorCause, CompileLimits, CompileRefused,
    CompilerCommand, Notice, Notices, Protection,
    parent::{self, Ended},
};
use crate::{
    admission::{AdmittedModule, Digest},
    artifacts::{ArtifactCache, Lookup},
    sandbox::{NativeCode, Runtime},
};

/// Children that are tried for one module.
const ATTEMPTS_MAX: u32 = 2;

/// Compiles for one engine.
pub(crate) struct Compiler {
    compilation: Compilation,
    limits: CompileLimits,
    cache: Option<ArtifactCache>,
    notices: Notices,
    quarantine: Mutex<HashMap<Digest, String>>,
    turns: Mutex<Turns>,
    turn_over: Condvar,
    said_unconfined: AtomicBool,
}

#[derive(Default)]
struct Turns {
    compiling: HashSet<Digest>,
}

/// Why there is no native code.
pub(crate) enum Failed {
    /// The module's fault.
    Refused(CompileRefused),
    /// Ours.
    Error(CompileError),
}

/// The right to compile a digest; the others wait.
pub(crate) struct Turn<'a> {
    compiler: &'a Compiler,
    digest: Digest,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.compiler.turns().compiling.remove(&self.digest);
        self.compiler.turn_over.notify_all();
    }
}

impl Compiler {
    pub(crate) fn new(
        compilation: Compilation,
        limits: CompileLimits,
        cache: Option<ArtifactCache>,
        notices: Notices,
    ) -> Self {
        Self {
            compilation,
            limits,
            cache,
            notices,
            quarantine: Mutex::default(),
            turns: Mutex::default(),
            turn_over: Condvar::new(),
            said_unconfined: AtomicBool::new(false),
        }
    }

    fn turns(&self) -> MutexGuard<'_, Turns> {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until nobody compiles this digest and there is room for one more compiler.
    pub(crate) fn turn(&self, digest: Digest) -> Turn<'_> {
        let room = usize::try_from(self.limits.children_max.max(1)).unwrap_or(usize::MAX);
        let mut turns = self.turns();
        while turns.compiling.contains(&digest) || turns.compiling.len() >= room {
            turns = self.turn_over.wait(turns).unwrap_or_else(PoisonError::into_inner);
        }
        turns.compiling.insert(digest);
        Turn { compiler: self, digest }
    }

    /// The most processor time that compiling one module can take.
    pub(crate) fn processor_time_max(&self) -> Duration {
        let seconds = u64::from(self.limits.processor_seconds_max).saturating_mul(u64::from(ATTEMPTS_MAX));
        Duration::from_secs(seconds)
    }

    pub(crate) fn notices(&self) -> &Notices {
        &self.notices
    }

    /// The native code of a module from the cache, where it is there and whole.
    pub(crate) fn cached(&self, runtime: &Runtime, module: &AdmittedModule) -> Option<NativeCode> {
        let cache = self.cache.as_ref()?;
        match cache.look_up(&module.digest(), runtime.identity()) {
            Lookup::Found(authentic) => Some(NativeCode::from_cache(authentic)),
            Lookup::Missing => None,
            Lookup::Rejected(path, reason) => {
                self.notices.tell(&Notice::ArtifactRejected { path, reason });
                None
            }
        }
    }

    /// Compiles a module, and keeps its artifact.
    pub(crate) fn compile(
        &self,
        runtime: &Runtime,
        module: &AdmittedModule,
    ) -> (Result<NativeCode, Failed>, CompileCost) {
        let (code, cost) = match &self.compilation {
            Compilation::InProcess => here(runtime, module),
            Compilation::Child(command) => self.in_child(command, runtime, module),
        };
        if let (Ok(code), Some(cache)) = (&code, &self.cache)
            && let Err((path, error)) = cache.store(&module.digest(), runtime.identity(), code.bytes())
        {
            self.notices.tell(&Notice::CacheFailed { path, reason: error.to_string() });
        }
        (code, cost)
    }

    fn in_child(
        &self,
        command: &CompilerCommand,
        runtime: &Runtime,
        module: &AdmittedModule,
    ) -> (Result<NativeCode, Failed>, CompileCost) {
        let digest = module.digest();
        let refused = |end| Err(Failed::Refused(CompileRefused { digest, end }));
        if let Some(before) = self.quarantined(&digest, runtime) {
            return (refused(CompileEnd::Quarantined { before }), CompileCost::default());
        }
        let mut cost = CompileCost::default();
        loop {
            let run = parent::compile(command, &self.limits, runtime.identity(), module);
            cost.add(&run.cost);
            self.say_unconfined(run.protections);
            let end = match run.ended {
                Ended::Artifact(artifact) => return (Ok(NativeCode::from_child(artifact)), cost),
                Ended::Failed(cause) => return (Err(Failed::Error(CompileError { digest, cause })), cost),
                Ended::Refused(end) => end,
            };
            if cost.attempts >= ATTEMPTS_MAX {
                self.put_into_quarantine(digest, runtime, &end);
                return (refused(end), cost);
            }
        }
    }

    fn known(&self) -> MutexGuard<'_, HashMap<Digest, String>> {
        self.quarantine.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a module's compiler came to before. With a cache, the file there decides, so that whoever removes it lifts
    /// the quarantine.
    fn quarantined(&self, digest: &Digest, runtime: &Runtime) -> Option<String> {
        match &self.cache {
            Some(cache) => cache.quarantined(digest, runtime.identity()),
            None => self.known().get(digest).cloned(),
        }
    }

    fn put_into_quarantine(&self, digest: Digest, runtime: &Runtime, end: &CompileEnd) {
        match &self.cache {
            Some(cache) => {
                if let Err((path, error)) = cache.quarantine(&digest, runtime.identity(), &end.to_string()) {
                    self.notices.tell(&Notice::CacheFailed { path, reason: error.to_string() });
                }
            }
            None => {
                self.known().insert(digest, end.to_string());
            }
        }
        self.notices.tell(&Notice::Quarantined { digest, end: end.clone() });
    }

    fn say_unconfined(&self, protections: Option<u32>) {
        let Some(bits) = protections else { return };
        let missing = Protection::missing(bits);
        if !missing.is_empty() && !self.said_unconfined.swap(true, Ordering::Relaxed) {
            self.notices.tell(&Notice::Unconfined { missing });
        }
    }
}

fn here(runtime: &Runtime, module: &AdmittedModule) -> (Result<NativeCode, Failed>, CompileCost) {
    let began = Instant::now();
    let code = NativeCode::compiled_here(runtime.engine(), module).map_err(|source| {
        let cause = CompileErrorCause::Runtime(source);
        Failed::Error(CompileError { digest: module.digest(), cause })
    });
    let mut cost = CompileCost { wall_time: began.elapsed(), ..CompileCost::default() };
    cost.processor_time = cost.wall_time;
    cost.artifact_bytes =
        code.as_ref().map_or(0, |code| u64::try_from(code.bytes().len()).unwrap_or(u64::MAX));
    (code, cost)
}

impl CompileCost {
    fn add(&mut self, other: &Self) {
        self.processor_time = self.processor_time.saturating_add(other.processor_time);
        self.wall_time = self.wall_time.saturating_add(other.wall_time);
        self.memory_peak_bytes = self.memory_peak_bytes.max(other.memory_peak_bytes);
        self.artifact_bytes = other.artifact_bytes;
        self.attempts = self.attempts.saturating_add(other.attempts);
    }
}
