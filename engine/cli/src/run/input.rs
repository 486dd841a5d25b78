//! Where events come from, and how far they are read.
//!
//! Invariant: bytes only; lines are the reader's.

use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal as _};
use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};

use crate::exit::Exit;
use crate::problem::Problem;

/// Bytes that are read at once.
const BUFFER_BYTES: usize = 256 << 10;

/// An opened input.
pub(crate) struct Input {
    /// Its bytes.
    pub(crate) reader: Box<dyn BufRead>,
    /// Its name in messages.
    pub(crate) origin: String,
    /// Whether somebody may be writing it while it is read, and waits for each answer.
    pub(crate) live: bool,
    /// How far it is read; hidden unless a person watches.
    pub(crate) progress: ProgressBar,
}

impl Input {
    /// A file, or standard input for `-` and for nothing. `watched` says whether a person wants to see the progress of
    /// a file, `quiet` that nothing is to be said at all.
    pub(crate) fn open(path: Option<&Path>, watched: bool, quiet: bool) -> Result<Input, Problem> {
        let Some(path) = path.filter(|path| *path != Path::new("-")) else {
            return Ok(Input::standard(quiet));
        };
        let cannot_be_opened =
            || Problem::new(Exit::NotLoaded, format!("the events `{}` cannot be opened", path.display()));
        let file = File::open(path).map_err(|error| cannot_be_opened().because_io(&error))?;
        let about = file.metadata().map_err(|error| cannot_be_opened().because_io(&error))?;
        if about.is_dir() {
            return Err(cannot_be_opened().because("it is a folder".to_owned()));
        }
        let progress = if watched && about.is_file() { bar(about.len()) } else { ProgressBar::hidden() };
        let reader = BufReader::with_capacity(BUFFER_BYTES, progress.wrap_read(file));
        let origin = path.display().to_string();
        Ok(Input { reader: Box::new(reader), origin, live: !about.is_file(), progress })
    }

    fn standard(quiet: bool) -> Input {
        if !quiet && io::stdin().is_terminal() {
            eprintln!("reading order events from standard input, one JSON object for each line …");
        }
        Input {
            reader: Box::new(BufReader::with_capacity(BUFFER_BYTES, io::stdin().lock())),
            origin: "standard input".into(),
            live: true,
            progress: ProgressBar::hidden(),
        }
    }
}

fn bar(bytes: u64) -> ProgressBar {
    let bar = ProgressBar::new(bytes);
    let style = ProgressStyle::with_template("{bar:40} {percent:>3} % of {total_bytes} · {eta} left");
    // The template is a constant; without it the plain bar is shown.
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
