//! The parent's side: start a child, hand it one module, take its answer or kill it.
//!
//! Invariant: returns within the time on the wall and leaves no child behind; reads no more than the limit; what comes
//! back is native code that only [`sandbox`](crate::sandbox) may load.

use std::{
    io::{self, Read, Write},
    process::{Child, ExitStatus},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use super::{
    CompileEnd, CompileErrorCause, CompileLimits, CompilerCommand,
    command::VARIABLE,
    frame::{Answer, Request, Status},
};
use crate::admission::{AdmittedModule, Digest};

/// Bytes of what a dying child says that are looked at.
const LAST_WORDS_BYTES_MAX: u64 = 4 << 10;

/// How long the last words of a child that has ended are waited for.
const LAST_WORDS_WAIT: Duration = Duration::from_millis(100);

/// What compiling a module came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CompileCost {
    /// Processor time.
    pub processor_time: Duration,
    /// Time on the wall, with starting the child.
    pub wall_time: Duration,
    /// The most memory that was resident in the child, in bytes, with the program itself; 0 in this process, and where
    /// the system does not say.
    pub memory_peak_bytes: u64,
    /// Bytes of the artifact.
    pub artifact_bytes: u64,
    /// Processes that were started: 0 in this process, 2 where the first one died.
    pub attempts: u32,
}

/// An artifact that came through the pipe of a child that this process started for an admitted module.
pub(crate) struct FromChild {
    bytes: Vec<u8>,
}

impl FromChild {
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// How one child ended.
pub(super) enum Ended {
    Artifact(FromChild),
    Refused(CompileEnd),
    Failed(CompileErrorCause),
}

/// One child's end, what it cost, and the protections it had.
pub(super) struct Run {
    pub(super) ended: Ended,
    pub(super) cost: CompileCost,
    /// `None` where it gave no answer.
    pub(super) protections: Option<u32>,
}

/// Kills and reaps on every way out.
struct Reaped(Child);

impl Reaped {
    fn end(&mut self) -> io::Result<ExitStatus> {
        // It may have ended by itself, and then there is nothing to kill.
        let _ = self.0.kill();
        self.0.wait()
    }
}

impl Drop for Reaped {
    fn drop(&mut self) {
        let _ = self.end();
    }
}

/// Has one child compile the module.
pub(super) fn compile(
    command: &CompilerCommand,
    limits: &CompileLimits,
    identity: &Digest,
    module: &AdmittedModule,
) -> Run {
    let bytes = module.compiled_bytes();
    match Request::new(identity, limits, bytes) {
        Ok(request) => run(command, limits, request, bytes.to_vec()),
        Err(error) => Run::failed(CompileErrorCause::Compiler(error.to_string())),
    }
}

/// Has one child say what it can still do after it confined itself: nothing, a line each.
pub(super) fn probe(
    command: &CompilerCommand,
    limits: &CompileLimits,
) -> Result<(String, u32), CompileErrorCause> {
    let request = Request {
        identity: [0; 32],
        processor_seconds_max: limits.processor_seconds_max,
        memory_bytes_max: limits.memory_bytes_max,
        module_bytes: 0,
        probe: true,
    };
    let run = run(command, limits, request, Vec::new());
    match (run.ended, run.protections) {
        (Ended::Artifact(found), Some(protections)) => {
            Ok((String::from_utf8_lossy(found.bytes()).into_owned(), protections))
        }
        (Ended::Failed(cause), _) => Err(cause),
        (Ended::Refused(end), _) => Err(CompileErrorCause::Compiler(end.to_string())),
        (Ended::Artifact(_), None) => Err(CompileErrorCause::Compiler("no protections".into())),
    }
}

impl Run {
    fn failed(cause: CompileErrorCause) -> Self {
        Self { ended: Ended::Failed(cause), cost: CompileCost::default(), protections: None }
    }
}

fn run(command: &CompilerCommand, limits: &CompileLimits, request: Request, module: Vec<u8>) -> Run {
    if std::env::var_os(VARIABLE).is_some() {
        return Run::failed(CompileErrorCause::Unserved);
    }
    let began = Instant::now();
    let mut child = match command.command().spawn() {
        Ok(child) => Reaped(child),
        Err(reason) => {
            return Run::failed(CompileErrorCause::Start { program: command.program(), reason });
        }
    };
    let (Some(mut input), Some(mut output), Some(words)) =
        (child.0.stdin.take(), child.0.stdout.take(), child.0.stderr.take())
    else {
        return Run::failed(CompileErrorCause::Compiler("a pipe is missing".into()));
    };
    // Threads of their own, so that a child that does not read, or does not end its answer, is killed all the same.
    thread::spawn(move || {
        let told = request.write(&mut input).and_then(|()| input.write_all(&module));
        // A child that has ended hears nothing; how it ended is told by its status.
        drop(told);
    });
    let artifact_bytes_max = limits.artifact_bytes_max;
    let answer = heard(move || Answer::read(&mut output, artifact_bytes_max));
    let last_words = heard(move || {
        let mut text = Vec::new();
        words.take(LAST_WORDS_BYTES_MAX).read_to_end(&mut text).map(|_| text)
    });
    let answer = answer.recv_timeout(limits.wall_time_max);
    let timed_out = matches!(answer, Err(mpsc::RecvTimeoutError::Timeout));
    let status = match &answer {
        // Its output is closed, so it has ended or is about to.
        Ok(Err(_)) => child.0.wait(),
        _ => child.end(),
    };
    let mut cost = CompileCost { wall_time: began.elapsed(), attempts: 1, ..CompileCost::default() };
    // Where it does not say, it is taken for busy the whole time.
    cost.processor_time = cost.wall_time;
    let answer = match answer {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => {
            let said = last_words.recv_timeout(LAST_WORDS_WAIT).ok().and_then(Result::ok).unwrap_or_default();
            let ended = died(command, limits, &status, &said, &error);
            return Run { ended, cost, protections: None };
        }
        Err(_) if timed_out => {
            let end = CompileEnd::WallTime { limit: limits.wall_time_max };
            return Run { ended: Ended::Refused(end), cost, protections: None };
        }
        Err(_) => return Run::failed(CompileErrorCause::Compiler("its answer was not heard".into())),
    };
    let (head, rest) = answer;
    cost.processor_time = Duration::from_micros(head.processor_micros);
    cost.memory_peak_bytes = head.peak_bytes;
    cost.artifact_bytes = head.bytes;
    Run { ended: answered(command, limits, head, rest), cost, protections: Some(head.protections) }
}

/// Does work in a thread of its own, and sends what came of it.
fn heard<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> mpsc::Receiver<T> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        // Nobody may be waiting any more.
        let _ = sender.send(work());
    });
    receiver
}

fn answered(command: &CompilerCommand, limits: &CompileLimits, head: Answer, rest: Option<Vec<u8>>) -> Ended {
    let Some(bytes) = rest else {
        let end = CompileEnd::Artifact { bytes: head.bytes, limit: limits.artifact_bytes_max };
        return Ended::Refused(end);
    };
    match head.status {
        Status::Artifact | Status::Probe => Ended::Artifact(FromChild { bytes }),
        Status::Memory => Ended::Refused(CompileEnd::memory(limits)),
        Status::Wrong => {
            let said = String::from_utf8_lossy(&bytes);
            let said: String = said.chars().filter(|character| !character.is_control()).take(400).collect();
            Ended::Failed(CompileErrorCause::Compiler(said))
        }
        Status::OtherEngine => Ended::Failed(CompileErrorCause::NotACompiler {
            program: command.program(),
            reason: "it is of another version".into(),
            hint: "start this program itself, with `CompilerCommand::this_program()`",
        }),
    }
}

/// A child that ended without a whole answer.
fn died(
    command: &CompilerCommand,
    limits: &CompileLimits,
    status: &io::Result<ExitStatus>,
    said: &[u8],
    error: &io::Error,
) -> Ended {
    let Ok(status) = status else { return Ended::Refused(CompileEnd::Died { how: "no status".into() }) };
    let signal = signal(*status);
    if signal == Some(SIGXCPU) {
        return Ended::Refused(CompileEnd::processor_time(limits));
    }
    // What the standard library says before it ends a process that gets no memory.
    if signal.is_some() && contains(said, b"memory allocation of ") {
        return Ended::Refused(CompileEnd::memory(limits));
    }
    if let Some(signal) = signal {
        return Ended::Refused(CompileEnd::Died { how: format!("signal {signal}") });
    }
    // A panic ends a program with this code.
    if status.code() == Some(101) {
        return Ended::Refused(CompileEnd::Died { how: "a panic".into() });
    }
    Ended::Failed(CompileErrorCause::NotACompiler {
        program: command.program(),
        reason: format!("{error}, and it ended with {status}"),
        hint: "call `fenrun::compilation::serve_if_asked()` first in its `main`",
    })
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

/// The number of the signal by which Linux, macOS and the BSDs say that the processor time is used up.
const SIGXCPU: i32 = 24;

#[cfg(unix)]
fn signal(status: ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

#[cfg(not(unix))]
fn signal(_status: ExitStatus) -> Option<i32> {
    None
}
