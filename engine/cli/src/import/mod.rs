//! `fenrun import`: a shop's export, as rows and columns, into order events.
//!
//! The mapping, in TOML, says which column becomes which part of an order. Every text in it is a template: `{name}` is
//! the column of that name, `{2}` the second column, `{row}` the number of the file's line, `{{` and `}}` are braces;
//! what stands outside of braces is meant as it is.
//!
//! ```toml
//! [file]                            # may be left out
//! delimiter = ","                   # "," (unless given), ";", "|", "tab", or "spaces" for one or more of them
//! header = true                     # unless given; without a header columns have numbers only
//! decimal_mark = "."                # unless given, or ","
//!
//! [order]
//! id = "{invoice}"                  # rows with the same id are one order, wherever they stand
//! time = "{date}"                   # of the order's first row
//! time_format = "%d/%m/%Y %H:%M"    # fields of strptime; left out: RFC 3339, with its offset
//! time_zone = "Europe/London"       # where that clock stood, unless the format has an offset
//! currency = "GBP"
//! pricing = "given"                 # the amounts were paid; or "engine": discounts are decided now
//! buyer = "{customer}"
//! buyer_when_empty = "guest-{invoice}"
//! seller = "{clerk}"                # optional, as are the following ones
//! source = "{channel}"
//! attributes = { country = "{country}" }
//! sort = "time"                     # or "file" (unless given): by the place of the order's first row
//!
//! [line]
//! id = "{line_number}"              # left out: numbered within the order
//! item = "{stock_code}"
//! category = "{department}"
//! kind = "{stock_code}"             # goods, shipping, fee or deposit; goods unless given
//! kinds = { POST = "shipping", "*" = "goods" } # what other texts of `kind` stand for
//! quantity = "{quantity}"
//! price = "{unit_price}"            # of one unit; or `amount`, of the whole line
//! paid = "{paid}"                   # of the whole line; cost and floor are of one unit, tax of the whole line
//! tags = ["{season}"]
//! attributes = { description = "{description}" }
//!
//! [[refuse]]                        # rows that are facts of another kind
//! value = "{invoice}"
//! starts_with = "C"                 # or is = "text", equals = 0, below = 0
//! reason = "cancellation lines are refused until refunds exist"
//!
//! [[skip]]                          # rows that are no facts at all
//! value = "{unit_price}"
//! equals = 0
//! reason = "no price, so no sale"
//! ```
//!
//! An `amount` that does not divide by its quantity becomes one unit at that amount, and the quantity is kept as the
//! attribute [`count`](COUNT_ATTRIBUTE). A time that the clocks showed twice is the earlier one. An empty text is an
//! absent one.
//!
//! Every row that is in no order is reported with its line and reason, and counted. A row that cannot be read takes its
//! whole order with it; the next one is read as usual.
//!
//! Invariant: exact. No amount is rounded, no time guessed, and nothing is left out without a word.

mod document;
mod input;
mod mapping;
mod orders;
mod refusal;
mod report;
mod rows;
mod sale;
mod shown;
mod template;

use std::fs;
use std::io::{self, BufRead, BufWriter, Write};
use std::path::{Path, PathBuf};

use fenrun::event::Event;

use crate::exit::Exit;
use crate::output::{Output, Reader};
use crate::problem::Problem;
use document::Source;
use mapping::{FileShape, Mapping, read_mapping, read_shape};
use orders::Orders;
use refusal::Refusal;
use report::Report;
use rows::{Row, Rows};
use sale::{order_id, sale};

pub use document::MappingError;
pub use report::{Summary, Verdict};
pub use rows::HeaderError;
pub use sale::COUNT_ATTRIBUTE;

/// What `fenrun import` is told.
#[derive(Clone, Debug, clap::Args)]
pub struct ImportArguments {
    /// The TOML file that says which column becomes which part of an order
    #[arg(long, value_name = "MAPPING")]
    pub mapping: PathBuf,
    /// The export, plain or packed with gzip; `-` is the standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Where the events go, one JSON text per line; the standard output unless given
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// A mapping file whose own text is in order; whether it fits an export shows when that is read.
///
/// ```
/// use fenrun_cli::import::{MappingFile, import};
///
/// let mapping = r#"
/// [order]
/// id = "{invoice}"
/// time = "{date}"
/// time_format = "%Y-%m-%d"
/// time_zone = "Europe/London"
/// currency = "GBP"
/// pricing = "given"
/// buyer = "{customer}"
///
/// [line]
/// item = "{item}"
/// quantity = "{quantity}"
/// price = "{price}"
/// "#;
/// let export = "invoice,date,customer,item,quantity,price\nA1,2011-07-01,c1,tea,2,3.39\nA2,2011-07-01,c2,tea,1,0.001\n";
/// let mut words = Vec::new();
/// let imported = import(&MappingFile::parse(mapping, "shop.toml")?, export.as_bytes(), "shop.csv", &mut words)?;
/// assert_eq!(imported.events[0].to_json(), concat!(
///     r#"{"kind":"order.paid","order":"A1","time":"2011-06-30T23:00:00Z","currency":"GBP","buyer":{"id":"c1"},"#,
///     r#""lines":[{"id":"1","item":"tea","quantity":2,"price":"3.39"}]}"#,
/// ));
/// assert_eq!(
///     String::from_utf8(words)?,
///     "shop.csv:3: refused: price: `0.001` is not an amount in GBP: expected at most 2 decimals, found 3\n",
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct MappingFile {
    source: Source,
    shape: FileShape,
}

/// What an export came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// The orders, sorted as the mapping says.
    pub events: Vec<Event>,
    /// The counts.
    pub summary: Summary,
}

/// Why an export cannot be imported at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The mapping does not fit the export.
    #[error(transparent)]
    Mapping(#[from] MappingError),
    /// The export's columns cannot be known.
    #[error("{origin}: {cause}")]
    Header {
        /// The name of the export.
        origin: String,
        /// Why.
        cause: HeaderError,
    },
    /// The export cannot be read to its end.
    #[error("`{origin}` cannot be read to its end")]
    Unreadable {
        /// The name of the export.
        origin: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// What there is to say about a row cannot be written, so that nobody would know of it.
    #[error("the report on `{origin}` cannot be written")]
    Unreported {
        /// The name of the export.
        origin: String,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl From<ImportError> for Problem {
    fn from(error: ImportError) -> Problem {
        match error {
            ImportError::Unreadable { ref source, .. } => {
                Problem::new(Exit::NotLoaded, error.to_string()).because_io(source)
            }
            ImportError::Unreported { ref source, .. } => {
                Problem::new(Exit::Output, error.to_string()).because_io(source)
            }
            error => Problem::of(Exit::NotLoaded, error),
        }
    }
}

impl MappingFile {
    /// Reads a mapping; `origin` is its name in errors.
    ///
    /// # Errors
    ///
    /// A [`MappingError`] where the text is no TOML, or its top level or `[file]` is wrong. The rest is checked against
    /// the columns of an export.
    pub fn parse(text: &str, origin: &str) -> Result<MappingFile, MappingError> {
        let source = Source::new(text, origin)?;
        let shape = read_shape(&source)?;
        Ok(MappingFile { source, shape })
    }
}

/// Runs the command: events to the file or the standard output, words to the standard error.
///
/// # Errors
///
/// As [`run_with`].
pub fn run(arguments: &ImportArguments) -> anyhow::Result<Exit> {
    Ok(run_with(arguments, &mut BufWriter::new(io::stderr()))?)
}

/// Runs the command with its words going elsewhere.
///
/// # Errors
///
/// A [`Problem`] when nothing could be imported. Rows that are refused are no error: they end the command with
/// [`Exit::Rejected`].
pub fn run_with(arguments: &ImportArguments, words: &mut dyn Write) -> Result<Exit, Problem> {
    let unopened = |path: &Path, error: &io::Error| {
        Problem::new(Exit::NotLoaded, format!("`{}` cannot be read", path.display())).because_io(error)
    };
    let (file, mapping) = (&arguments.file, &arguments.mapping);
    let text = fs::read_to_string(mapping).map_err(|error| unopened(mapping, &error))?;
    let mapping = MappingFile::parse(&text, &mapping.display().to_string())
        .map_err(|error| Problem::of(Exit::NotLoaded, error))?;
    let export = input::open(file).map_err(|error| unopened(file, &error))?;
    let origin = file.display().to_string();
    let Imported { events, summary } = import(&mapping, export, &origin, words).map_err(Problem::from)?;
    write_events(&events, arguments.out.as_deref())?;
    let said = writeln!(words, "{}", summary.to_text(&origin)).and_then(|()| words.flush());
    said.map_err(|source| Problem::from(ImportError::Unreported { origin, source }))?;
    Ok(if summary.count(Verdict::Refused) == 0 { Exit::Success } else { Exit::Rejected })
}

/// Imports an export; `origin` is its name in messages, `words` gets one line for each row that is in no order.
///
/// # Errors
///
/// An [`ImportError`] where the mapping does not fit the export's columns, or something cannot be read or written.
pub fn import(
    mapping: &MappingFile,
    export: impl BufRead,
    origin: &str,
    words: &mut dyn Write,
) -> Result<Imported, ImportError> {
    let header = |cause| ImportError::Header { origin: origin.to_owned(), cause };
    let mut rows = Rows::new(export, &mapping.shape).map_err(header)?;
    let mapping = read_mapping(&mapping.source, &mapping.shape, rows.columns())?;
    let mut report = Report::new(origin, words);
    let mut orders = Orders::new(&mapping);
    let unreadable = |source| ImportError::Unreadable { origin: origin.to_owned(), source };
    while let Some((line, row)) = rows.next().map_err(unreadable)? {
        report.row();
        let taken = row.map_err(|refusal| (Verdict::Refused, refusal));
        if let Err((verdict, refusal)) = taken.and_then(|row| take(&row, &mapping, &mut orders)) {
            report.left_out(line, verdict, &refusal);
        }
    }
    let events = orders.finish(|line, refusal| report.left_out(line, Verdict::Refused, refusal));
    report.imported(&events);
    let unreported = |source| ImportError::Unreported { origin: origin.to_owned(), source };
    Ok(Imported { events, summary: report.finish().map_err(unreported)? })
}

/// Takes one row into its order, or says why not.
fn take(row: &Row, mapping: &Mapping, orders: &mut Orders<'_>) -> Result<(), (Verdict, Refusal)> {
    for (rules, verdict) in [(&mapping.refuse, Verdict::Refused), (&mapping.skip, Verdict::Skipped)] {
        if let Some(rule) = rules.iter().find(|rule| rule.matches(row, mapping.line.decimal_comma)) {
            return Err((verdict, Refusal::by_rule(&rule.reason)));
        }
    }
    let refused = |refusal| (Verdict::Refused, refusal);
    let order = order_id(row, mapping).map_err(refused)?;
    match sale(row, mapping) {
        Ok(sale) => orders.add(&order, row.line(), sale).map_err(refused),
        Err(refusal) => {
            orders.add_broken(&order, row.line());
            Err(refused(refusal))
        }
    }
}

fn write_events(events: &[Event], out: Option<&Path>) -> Result<(), Problem> {
    let mut output = Output::open(out)?;
    for event in events {
        let mut line = event.to_json();
        line.push('\n');
        if output.write(line.as_bytes())? == Reader::HasGone {
            break;
        }
    }
    output.flush().map(|_| ())
}
