//! The rows of an export: fields with the number of the line they begin in.
//!
//! Invariant: a row in hand is UTF-8 and has as many fields as the file has columns; a row that is not is reported and
//! the next one is read.

use std::io::{self, BufRead};

use csv::{ByteRecord, StringRecord};
use fenrun::event::{EventErrorKind, EventLimits, EventReader};

use super::mapping::{Delimiter, FileShape};
use super::refusal::Refusal;
use super::template::Columns;

/// Bytes of one row. Stops a quote that is never closed from hiding the rest of the file in one field.
const ROW_BYTES_MAX: usize = 1 << 20;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    line: u64,
    fields: StringRecord,
}

impl Row {
    /// A row of these fields.
    #[cfg(test)]
    pub(super) fn new(line: u64, fields: impl IntoIterator<Item = &'static str>) -> Row {
        Row { line, fields: fields.into_iter().collect() }
    }

    /// The number of the file's line in which it begins, counted from 1.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// A field, counted from 0.
    pub(super) fn field(&self, index: usize) -> &str {
        self.fields.get(index).unwrap_or_default()
    }
}

/// The rows of a file, the header apart.
pub(super) struct Rows<R> {
    reader: Reader<R>,
    columns: Columns,
    /// The first row of a file without a header, which told how many columns there are.
    first: Option<Found>,
}

/// What stands in one place of the file, with its line.
type Found = (u64, Result<StringRecord, Refusal>);

enum Reader<R> {
    Delimited(Box<csv::Reader<R>>),
    Spaces(EventReader<R>),
}

impl<R: BufRead> Rows<R> {
    /// Reads the header, or the first row of a file without one, to know the columns.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or its first line cannot.
    pub(super) fn new(input: R, shape: &FileShape) -> Result<Rows<R>, HeaderError> {
        let mut reader = Reader::new(input, shape.delimiter);
        let first = reader.next()?;
        let (columns, first) = match first {
            None if shape.header => return Err(HeaderError::Missing),
            None => (Columns::numbered(0), None),
            Some((_, Err(refusal))) => return Err(HeaderError::Refused(refusal.to_string())),
            Some((_, Ok(fields))) if shape.header => (Columns::named(fields.iter()), None),
            Some((line, Ok(fields))) => (Columns::numbered(fields.len()), Some((line, Ok(fields)))),
        };
        Ok(Rows { reader, columns, first })
    }

    /// The columns of the file.
    pub(super) fn columns(&self) -> &Columns {
        &self.columns
    }

    /// The next row, or why there is none in this place.
    ///
    /// # Errors
    ///
    /// When the file cannot be read any further.
    pub(super) fn next(&mut self) -> io::Result<Option<(u64, Result<Row, Refusal>)>> {
        let found = match self.first.take() {
            Some(first) => Some(first),
            None => self.reader.next()?,
        };
        Ok(found.map(|(line, fields)| (line, fields.and_then(|fields| self.whole(line, fields)))))
    }

    fn whole(&self, line: u64, fields: StringRecord) -> Result<Row, Refusal> {
        let (expected, found) = (self.columns.count(), fields.len());
        if found == expected {
            return Ok(Row { line, fields });
        }
        Err(Refusal::new("wrong number of columns", format!("expected {expected} columns, found {found}")))
    }
}

/// Why the columns of a file cannot be known.
#[derive(Debug, thiserror::Error)]
pub enum HeaderError {
    /// The file is empty.
    #[error("expected a header, found an empty file\nhint: a file without a header needs `header = false`")]
    Missing,
    /// The first row is no row.
    #[error("the first row cannot be read: {0}")]
    Refused(String),
    /// The file cannot be read.
    #[error("it cannot be read")]
    Unreadable(#[from] io::Error),
}

impl<R: BufRead> Reader<R> {
    fn new(input: R, delimiter: Delimiter) -> Reader<R> {
        let Delimiter::Character(delimiter) = delimiter else {
            let limits = EventLimits { line_bytes_max: ROW_BYTES_MAX, ..EventLimits::default() };
            return Reader::Spaces(EventReader::new(input, &limits));
        };
        let mut builder = csv::ReaderBuilder::new();
        builder.delimiter(delimiter).has_headers(false).flexible(true);
        Reader::Delimited(Box::new(builder.from_reader(input)))
    }

    fn next(&mut self) -> io::Result<Option<Found>> {
        match self {
            Reader::Delimited(reader) => {
                let mut record = ByteRecord::new();
                let more = reader.read_byte_record(&mut record).map_err(io::Error::other)?;
                let line = record.position().map_or(0, csv::Position::line);
                Ok(more.then(|| (line, text_record(record))))
            }
            Reader::Spaces(reader) => match reader.next_line() {
                None => Ok(None),
                Some((line, Ok(text))) => Ok(Some((line, Ok(text.split_ascii_whitespace().collect())))),
                Some((line, Err(error))) => match error.kind {
                    EventErrorKind::Unreadable { reason } => Err(io::Error::other(reason)),
                    EventErrorKind::NotUtf8 { byte } => Ok(Some((line, Err(not_utf8(byte))))),
                    _ => Ok(Some((line, Err(too_long())))),
                },
            },
        }
    }
}

fn text_record(record: ByteRecord) -> Result<StringRecord, Refusal> {
    if record.as_slice().len() > ROW_BYTES_MAX {
        return Err(too_long());
    }
    StringRecord::from_byte_record(record).map_err(|error| {
        let field = error.utf8_error().field().saturating_add(1);
        let message = format!("column {field} is not UTF-8; hint: save the file as UTF-8");
        Refusal::new("not UTF-8", message)
    })
}

fn not_utf8(byte: usize) -> Refusal {
    Refusal::new("not UTF-8", format!("byte {byte} of the line is not UTF-8; hint: save the file as UTF-8"))
}

fn too_long() -> Refusal {
    let message = format!(
        "expected a row of at most {ROW_BYTES_MAX} bytes; hint: is there a quote that is not closed?"
    );
    Refusal::new("a row that is too long", message)
}
