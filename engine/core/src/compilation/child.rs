//! The child's side: confine itself, read one module, compile it, answer, end.
//!
//! Invariant: the module is read after everything is taken away that compiling it does not need; nothing of the module
//! ever runs here.

use std::{
    ffi::OsStr,
    io::{self, Read, Write},
    net::TcpStream,
    process,
};

use super::{
    command::ARGUMENT,
    confine,
    frame::{Answer, Request, Status},
};
use crate::sandbox::{self, PrecompileError};

/// How a child ends that has answered.
const ANSWERED: i32 = 0;

/// How a child ends that could not even read its request, or not write its answer.
const UNHEARD: i32 = 3;

/// Compiles one module and ends the process, where it was started for that; otherwise returns at once.
///
/// A host that has [`Compilation::Child`](super::Compilation::Child) with
/// [`CompilerCommand::this_program`](super::CompilerCommand::this_program) calls this first in its `main`, before it
/// reads its command line, starts a thread or opens a file:
///
/// ```no_run
/// use fenrun::compilation::{Compilation, CompilerCommand, serve_if_asked};
/// use fenrun::{Engine, EngineOptions};
///
/// fn main() -> Result<(), Box<dyn std::error::Error>> {
///     serve_if_asked();
///     let mut options = EngineOptions::default();
///     options.compilation = Compilation::Child(CompilerCommand::this_program()?);
///     let engine = Engine::new(options)?;
///     // …
///     Ok(())
/// }
/// ```
pub fn serve_if_asked() {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().as_deref() == Some(OsStr::new(ARGUMENT)) && arguments.next().is_none() {
        process::exit(if serve().is_ok() { ANSWERED } else { UNHEARD });
    }
}

fn serve() -> io::Result<()> {
    let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
    let request = Request::read(&mut input)?;
    let limited = confine::limit(request.processor_seconds_max);
    let compiler = sandbox::compiler();
    let (sealed, mut usage) = confine::seal(request.memory_bytes_max);
    let protections = limited | sealed;
    let (status, bytes) = match compiler {
        Err(error) => (Status::Wrong, format!("{error:#}").into_bytes()),
        Ok(_) if request.probe => (Status::Probe, probe().into_bytes()),
        Ok((_, identity)) if *identity.as_bytes() != request.identity => (Status::OtherEngine, Vec::new()),
        Ok((engine, _)) => {
            let mut module = Vec::new();
            input.take(u64::from(request.module_bytes)).read_to_end(&mut module)?;
            match sandbox::precompile(&engine, &module) {
                Ok(artifact) => (Status::Artifact, artifact),
                Err(PrecompileError::Memory) => (Status::Memory, Vec::new()),
                Err(PrecompileError::Other(error)) => (Status::Wrong, format!("{error:#}").into_bytes()),
            }
        }
    };
    let (peak_bytes, processor_micros) = usage.read();
    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    Answer { status, protections, peak_bytes, processor_micros, bytes: length }.write(&mut output)?;
    output.write_all(&bytes)?;
    output.flush()
}

/// Tries what must not be possible any more, and lists what was: a line each.
fn probe() -> String {
    let tried = [
        ("opened a file", std::fs::File::open("/").is_ok()),
        ("made a file", std::fs::File::create("fenrun-probe").is_ok()),
        ("listed a folder", std::fs::read_dir("/").is_ok()),
        ("opened a connection", may_connect()),
        ("started a thread", std::thread::Builder::new().spawn(|| ()).is_ok()),
        ("started a process", process::Command::new("/bin/true").status().is_ok()),
        ("took 8 GiB of memory", Vec::<u8>::new().try_reserve_exact(8 << 30).is_ok()),
    ];
    tried.iter().filter(|(_, possible)| *possible).map(|(what, _)| format!("{what}\n")).collect()
}

/// Whether a socket can be made: a connection that is turned down was tried.
fn may_connect() -> bool {
    match TcpStream::connect(("127.0.0.1", 9)) {
        Ok(_) => true,
        Err(error) => error.kind() == io::ErrorKind::ConnectionRefused,
    }
}
