//! What went wrong with a command, and how it is said.
//!
//! Invariant: the one place where an error and its causes are printed; each level says its own part only.

use std::error::Error;
use std::fmt::Write as _;
use std::io;

use console::style;

use crate::exit::Exit;

/// What went wrong: how the command ends, what to say, and what to do about it.
///
/// ```
/// use fenrun_cli::{Exit, Problem};
///
/// let missing = std::io::Error::from(std::io::ErrorKind::NotFound);
/// let problem = Problem::new(Exit::NotLoaded, "`orders.jsonl` cannot be opened").because_io(&missing);
/// let report = problem.hint("name a file, or `-` for standard input").report();
/// assert_eq!(report, "\
/// error: `orders.jsonl` cannot be opened
///   because: entity not found
/// hint: name a file, or `-` for standard input
/// ");
/// ```
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Problem {
    exit: Exit,
    message: String,
    hint: Option<String>,
    #[source]
    cause: Option<Box<dyn Error + Send + Sync>>,
}

/// A cause that is only words.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Words(String);

impl Problem {
    /// A problem: a lower-case fragment, input in backticks.
    pub fn new(exit: Exit, message: impl Into<String>) -> Problem {
        Problem { exit, message: message.into(), hint: None, cause: None }
    }

    /// A problem whose message is an error's own. A remedy in its words becomes the hint.
    pub fn of(exit: Exit, error: impl Error + Send + Sync + 'static) -> Problem {
        let message = error.to_string();
        match error.source() {
            Some(source) => Problem::new(exit, message).because(Words(chain(source).join(": "))),
            None => Problem::new(exit, message),
        }
    }

    /// The same with a remedy.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Problem {
        self.hint = Some(hint.into());
        self
    }

    /// The same with its cause.
    #[must_use]
    pub fn because(mut self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Problem {
        self.cause = Some(cause.into());
        self
    }

    /// The same with what the operating system said.
    #[must_use]
    pub fn because_io(self, error: &io::Error) -> Problem {
        self.because(Words(io_reason(error)))
    }

    /// How the command ends.
    #[must_use]
    pub fn exit(&self) -> Exit {
        self.exit
    }

    /// The whole report as it is printed, without colour.
    #[must_use]
    pub fn report(&self) -> String {
        report(self)
    }
}

/// What the operating system said, as a fragment: `no such file or directory`.
pub(crate) fn io_reason(error: &io::Error) -> String {
    let said = error.to_string();
    let said = said.split(" (os error ").next().unwrap_or_default();
    let mut characters = said.chars();
    let first = characters.next().map(|first| first.to_lowercase().to_string()).unwrap_or_default();
    first + characters.as_str()
}

/// An error's own message and its remedy, where its words hold one.
pub(crate) fn split_hint(message: &str) -> (&str, Option<&str>) {
    let split = |mark| message.split_once(mark);
    match split("\nhint: ").or_else(|| split("; hint: ")) {
        Some((message, hint)) => (message, Some(hint)),
        None => (message, None),
    }
}

fn levels<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source())
}

fn chain(error: &(dyn Error + 'static)) -> Vec<String> {
    levels(error).map(ToString::to_string).collect()
}

/// Message, causes, then every remedy, each on lines of its own.
fn report(error: &(dyn Error + 'static)) -> String {
    let red = |text| style(text).for_stderr().red().bold();
    let cyan = |text| style(text).for_stderr().cyan();
    let mut text = String::new();
    let mut hints = Vec::new();
    for (level, shown) in chain(error).iter().enumerate() {
        let (message, hint) = split_hint(shown);
        hints.extend(hint.map(str::to_owned));
        // Writing to a string cannot fail.
        let _ = match level {
            0 => writeln!(text, "{} {message}", red("error:")),
            _ => writeln!(text, "  because: {message}"),
        };
    }
    let problems = levels(error).filter_map(|error| error.downcast_ref::<Problem>());
    hints.extend(problems.filter_map(|problem| problem.hint.clone()));
    for hint in hints {
        let _ = writeln!(text, "{} {hint}", cyan("hint:"));
    }
    text
}

/// Prints an error with its causes to standard error, and says how the command ends.
pub(crate) fn print(error: &anyhow::Error) -> Exit {
    let exit = error.chain().find_map(|error| error.downcast_ref::<Problem>()).map(Problem::exit);
    let shown: &(dyn Error + 'static) = error.as_ref();
    eprint!("{}", report(shown));
    exit.unwrap_or(Exit::Internal)
}
