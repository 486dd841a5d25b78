//! Writing results: to standard output or to a file.
//!
//! Invariant: a reader that has gone away is no error; anything else that cannot be written is.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::exit::Exit;
use crate::problem::Problem;

/// Where results go.
pub(crate) struct Output {
    writer: Box<dyn Write>,
    path: Option<PathBuf>,
}

/// Whether anybody still reads the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reader {
    Listens,
    HasGone,
}

impl Output {
    /// Standard output, or a file. `-` is standard output.
    pub(crate) fn open(path: Option<&Path>) -> Result<Output, Problem> {
        match path.filter(|path| *path != Path::new("-")) {
            None => Ok(Output { writer: Box::new(BufWriter::new(io::stdout().lock())), path: None }),
            Some(path) => {
                let file = File::create(path).map_err(|error| cannot_write(Some(path), &error))?;
                Ok(Output { writer: Box::new(BufWriter::new(file)), path: Some(path.to_owned()) })
            }
        }
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<Reader, Problem> {
        let written = self.writer.write_all(bytes);
        self.judge(written)
    }

    /// Has everything written; to be called at the end, because what fails while dropping is not seen.
    pub(crate) fn flush(&mut self) -> Result<Reader, Problem> {
        let written = self.writer.flush();
        self.judge(written)
    }

    fn judge(&self, written: io::Result<()>) -> Result<Reader, Problem> {
        match written {
            Ok(()) => Ok(Reader::Listens),
            Err(error) if self.path.is_none() && error.kind() == io::ErrorKind::BrokenPipe => {
                Ok(Reader::HasGone)
            }
            Err(error) => Err(cannot_write(self.path.as_deref(), &error)),
        }
    }
}

/// Prints a whole result to standard output.
pub(crate) fn print(bytes: &[u8]) -> anyhow::Result<Exit> {
    let mut output = Output::open(None)?;
    output.write(bytes)?;
    output.flush()?;
    Ok(Exit::Success)
}

fn cannot_write(path: Option<&Path>, error: &io::Error) -> Problem {
    let message = match path {
        Some(path) => format!("`{}` cannot be written", path.display()),
        None => "standard output cannot be written".to_owned(),
    };
    Problem::new(Exit::Output, message).because_io(error)
}
