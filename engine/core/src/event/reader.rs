//! Lines of events from a stream, each bounded.
//!
//! Invariant: never holds more than one line of the permitted length, however long a line of the input is.

use std::io::{self, BufRead, Read};

use super::EventLimits;
use super::error::{EventError, EventErrorKind as Kind};

/// What a line may have around its text: a byte order mark (3 bytes), a carriage return and a line feed.
const FRAME_BYTES: u64 = 5;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The lines of a stream of events (JSON Lines), with their numbers counted from 1.
///
/// Blank lines are passed over but counted, a byte order mark at the beginning and carriage returns at line ends are
/// dropped. A line that is too long is skipped to its end without being held, and reported; so is a line that is not
/// UTF-8. The lines after it are read as usual. Only an input that cannot be read at all ends the stream early, after
/// an [`EventErrorKind::Unreadable`](super::EventErrorKind::Unreadable).
///
/// ```
/// use fenrun::event::{EventLimits, EventReader};
///
/// let limits = EventLimits { line_bytes_max: 12, ..EventLimits::default() };
/// let input = "{\"kind\":1}\r\n\n{\"kind\":\"too long\"}\n{}";
/// let mut lines = EventReader::new(input.as_bytes(), &limits);
/// assert_eq!(lines.next(), Some((1, Ok("{\"kind\":1}".to_owned()))));
/// let (number, error) = lines.next().unwrap();
/// assert_eq!(number, 3);
/// assert_eq!(
///     error.unwrap_err().to_string(),
///     "expected an event of at most 12 bytes; hint: send one event per line and split very long orders",
/// );
/// assert_eq!(lines.next(), Some((4, Ok("{}".to_owned()))));
/// assert_eq!(lines.next(), None);
/// ```
#[derive(Debug)]
pub struct EventReader<R> {
    input: R,
    line_bytes_max: usize,
    buffer: Vec<u8>,
    number: u64,
    ended: bool,
}

impl<R: BufRead> EventReader<R> {
    /// The lines of `input`, none longer than `limits.line_bytes_max`.
    pub fn new(input: R, limits: &EventLimits) -> EventReader<R> {
        EventReader {
            input,
            line_bytes_max: limits.line_bytes_max,
            buffer: Vec::new(),
            number: 0,
            ended: false,
        }
    }

    /// The next line that is not blank, with its number; borrowed, so that reading a line allocates nothing.
    ///
    /// # Errors
    ///
    /// `TooLong` and `NotUtf8` concern this line alone; `Unreadable` is the last answer of the stream.
    pub fn next_line(&mut self) -> Option<(u64, Result<&str, EventError>)> {
        loop {
            match self.fill() {
                Ok(Filled::End) => return None,
                Ok(Filled::TooLong) => {
                    let error = EventError::whole(Kind::TooLong { bytes_max: self.line_bytes_max });
                    return Some((self.number, Err(error)));
                }
                Ok(Filled::Line) if self.buffer.iter().all(u8::is_ascii_whitespace) => {}
                Ok(Filled::Line) => break,
                Err(error) => {
                    self.ended = true;
                    let reason = error.to_string();
                    return Some((self.number, Err(EventError::whole(Kind::Unreadable { reason }))));
                }
            }
        }
        let text = str::from_utf8(&self.buffer).map_err(|error| {
            EventError::whole(Kind::NotUtf8 { byte: error.valid_up_to().saturating_add(1) })
        });
        Some((self.number, text))
    }

    /// Reads the next line into the buffer, without what frames it.
    fn fill(&mut self) -> io::Result<Filled> {
        if self.ended {
            return Ok(Filled::End);
        }
        self.buffer.clear();
        self.number = self.number.saturating_add(1);
        let bytes_max = u64::try_from(self.line_bytes_max).unwrap_or(u64::MAX);
        let mut bounded = self.input.by_ref().take(bytes_max.saturating_add(FRAME_BYTES));
        if bounded.read_until(b'\n', &mut self.buffer)? == 0 {
            self.ended = true;
            return Ok(Filled::End);
        }
        let complete = self.buffer.pop_if(|last| *last == b'\n').is_some();
        self.buffer.pop_if(|last| *last == b'\r');
        if self.number == 1 && self.buffer.starts_with(BYTE_ORDER_MARK) {
            self.buffer.drain(..BYTE_ORDER_MARK.len());
        }
        if self.buffer.len() <= self.line_bytes_max {
            return Ok(Filled::Line);
        }
        if !complete {
            self.input.skip_until(b'\n')?;
        }
        Ok(Filled::TooLong)
    }
}

impl<R: BufRead> Iterator for EventReader<R> {
    type Item = (u64, Result<String, EventError>);

    fn next(&mut self) -> Option<Self::Item> {
        self.next_line().map(|(number, line)| (number, line.map(str::to_owned)))
    }
}

/// What became of a line.
enum Filled {
    Line,
    TooLong,
    End,
}
