//! Where a backtest's events come from: a file or a ledger, which are read twice, or a stream, which is kept for that.
//!
//! Invariant: both readings see the same bytes; what a stream brought is kept on disk, never in memory.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use indicatif::ProgressBar;

use crate::exit::Exit;
use crate::ledger;
use crate::problem::Problem;
use crate::run::Input;

/// Bytes that are read at once.
const BUFFER_BYTES: usize = 256 << 10;

/// Entries of a ledger that are read at once.
const PAGE: usize = 512;

/// What every SQLite file begins with.
const SQLITE_MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// The events of a backtest.
pub(crate) struct Events {
    origin: String,
    from: From,
    quiet: bool,
}

enum From {
    /// A file that can be read again.
    Path(PathBuf),
    /// What a stream or a ledger brought, in a file that has no name any more.
    Kept(File),
}

impl Events {
    /// A file, a ledger, or standard input for `-` and for nothing.
    pub(crate) fn open(path: Option<&Path>, quiet: bool) -> Result<Events, Problem> {
        if let Some(place) = path.filter(|path| is_ledger(path)) {
            let origin = shown(place);
            return Ok(Events { from: From::Kept(told_to(place)?), origin, quiet });
        }
        let input = Input::open(path, false, quiet)?;
        let origin = input.origin.clone();
        let from = match path {
            Some(path) if !input.live => From::Path(path.to_owned()),
            _ => From::Kept(keep(input.reader)?),
        };
        Ok(Events { from, origin, quiet })
    }

    /// Their name in messages.
    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    /// The first reading.
    pub(crate) fn first(&mut self) -> Result<Box<dyn BufRead>, Problem> {
        match &mut self.from {
            From::Path(path) => Ok(Input::open(Some(path), false, true)?.reader),
            From::Kept(file) => again(file),
        }
    }

    /// The second reading, with its progress where a person watches.
    pub(crate) fn second(&mut self) -> Result<Input, Problem> {
        match &mut self.from {
            From::Path(path) => {
                let watched = !self.quiet && io::IsTerminal::is_terminal(&io::stderr());
                Input::open(Some(path), watched, self.quiet)
            }
            From::Kept(file) => {
                let (reader, origin) = (again(file)?, self.origin.clone());
                Ok(Input { reader, origin, live: false, progress: ProgressBar::hidden() })
            }
        }
    }
}

fn cannot_keep(error: &io::Error) -> Problem {
    Problem::new(Exit::Output, "the events cannot be kept for a second reading").because_io(error).hint(
        "they are kept in the folder for temporary files (TMPDIR); a file of events is read where it is",
    )
}

fn again(file: &mut File) -> Result<Box<dyn BufRead>, Problem> {
    let opened = file.rewind().and_then(|()| file.try_clone());
    let file = opened.map_err(|error| cannot_keep(&error))?;
    Ok(Box::new(BufReader::with_capacity(BUFFER_BYTES, file)))
}

/// A new file without a name: it is gone with the process, however that ends.
fn nameless() -> io::Result<File> {
    let folder = std::env::temp_dir();
    let mut number = 0_u32;
    loop {
        let path = folder.join(format!("fenrun-backtest-{}-{number}", std::process::id()));
        let opened = File::options().read(true).write(true).create_new(true).open(&path);
        match opened {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < 1_000 => {
                number = number.saturating_add(1);
            }
            Err(error) => return Err(error),
            Ok(file) => {
                fs::remove_file(&path)?;
                return Ok(file);
            }
        }
    }
}

fn keep(mut reader: Box<dyn BufRead>) -> Result<File, Problem> {
    let mut file = nameless().map_err(|error| cannot_keep(&error))?;
    io::copy(&mut reader, &mut file).map_err(|error| cannot_keep(&error))?;
    Ok(file)
}

/// Whether a place is a ledger: a server, or a file that SQLite made.
fn is_ledger(place: &Path) -> bool {
    if place.to_str().is_some_and(ledger::is_server) {
        return true;
    }
    let mut magic = [0; 16];
    // A pipe must not be opened to look at it: what is read there is gone.
    let is_file = fs::metadata(place).is_ok_and(|about| about.is_file());
    is_file
        && File::open(place).and_then(|mut file| file.read_exact(&mut magic)).is_ok()
        && magic == *SQLITE_MAGIC
}

/// A ledger's name without what it takes to get in.
fn shown(place: &Path) -> String {
    let text = place.display().to_string();
    match (text.split_once("://"), text.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://…@{rest}"),
        _ => text,
    }
}

/// What a ledger was told from outside, in its order, one event for each line.
fn told_to(place: &Path) -> Result<File, Problem> {
    let text = place.to_str().ok_or_else(|| {
        Problem::new(Exit::NotLoaded, format!("`{}` is no name of a ledger", place.display()))
    })?;
    let mut ledger = ledger::read(text)?;
    let file = nameless().map_err(|error| cannot_keep(&error))?;
    let mut out = BufWriter::with_capacity(BUFFER_BYTES, file);
    let mut after = 0_u64;
    loop {
        let page = ledger.entries(after, PAGE).map_err(|error| Problem::of(Exit::NotLoaded, error))?;
        let Some(last) = page.last() else { break };
        after = last.seq;
        for stored in page.iter().filter(|stored| stored.entry.cause.is_none()) {
            let written = out.write_all(stored.entry.event.as_bytes()).and_then(|()| out.write_all(b"\n"));
            written.map_err(|error| cannot_keep(&error))?;
        }
    }
    out.into_inner().map_err(|error| cannot_keep(error.error()))
}
