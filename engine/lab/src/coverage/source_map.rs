//! Source maps (version 3), as AssemblyScript's compiler writes them for a module.
//!
//! Invariant: a map is read whole or not at all; the place of an instruction is its offset in the module, as a column of
//! the map's only line.

use std::ops::Range;

use serde::Deserialize;

use super::CoverageError;
use super::lines::Line;

/// Where instructions from an offset on were made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Segment {
    offset: usize,
    /// The number of the source, and the line in it from 1; `None` where the compiler made it up.
    from: Option<(usize, u32)>,
}

/// A map that was read.
#[derive(Debug)]
pub(super) struct SourceMap {
    sources: Vec<String>,
    /// By rising offset.
    segments: Vec<Segment>,
}

#[derive(Deserialize)]
struct File {
    version: u32,
    sources: Vec<String>,
    mappings: String,
}

/// The digits of base 64, in order.
const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Bits of a digit that carry a number, and the one that says that more follow.
const CARRIED: u32 = 5;
const MORE: i64 = 1 << CARRIED;

impl SourceMap {
    /// Reads a map.
    pub(super) fn read(text: &str) -> Result<Self, CoverageError> {
        let wrong = |what: &str| CoverageError::SourceMap(what.to_owned());
        let file: File = serde_json::from_str(text).map_err(|error| wrong(&error.to_string()))?;
        if file.version != 3 {
            return Err(wrong("its version is not 3"));
        }
        let (mut column, mut source, mut line) = (0_i64, 0_i64, 0_i64);
        let mut segments = Vec::new();
        // Lines end with `;`: a module has one.
        let mappings = file.mappings.split(';').next().unwrap_or_default();
        for text in mappings.split(',').filter(|text| !text.is_empty()) {
            let numbers = numbers(text).ok_or_else(|| wrong("a mapping is not in base 64"))?;
            let mut next = numbers.iter().copied();
            column = column.saturating_add(next.next().unwrap_or(0));
            let from = match (next.next(), next.next()) {
                (Some(sources), Some(lines)) => {
                    source = source.saturating_add(sources);
                    line = line.saturating_add(lines);
                    usize::try_from(source).ok().zip(u32::try_from(line.saturating_add(1)).ok())
                }
                _ => None,
            };
            let offset = usize::try_from(column).map_err(|_| wrong("a mapping lies before the module"))?;
            segments.push(Segment { offset, from });
        }
        segments.sort_by_key(|segment| segment.offset);
        Ok(Self { sources: file.sources, segments })
    }

    /// The lines that these bytes of the module were made from: what is said of the first one may stand before it.
    pub(super) fn at(&self, bytes: &Range<usize>) -> Vec<Line> {
        let after = self.segments.partition_point(|segment| segment.offset <= bytes.start);
        let segments = self.segments.iter().skip(after.saturating_sub(1));
        let within = segments.take_while(|segment| segment.offset < bytes.end);
        let line = |segment: &Segment| {
            let (source, number) = segment.from?;
            Some(Line { file: self.sources.get(source)?.clone(), number })
        };
        within.filter_map(line).collect()
    }
}

/// The numbers of one mapping: base 64, least part first, the sign in the lowest bit.
fn numbers(text: &str) -> Option<Vec<i64>> {
    let mut numbers = Vec::with_capacity(CARRIED as usize);
    let (mut number, mut shift) = (0_i64, 0_u32);
    for byte in text.bytes() {
        let digit = i64::try_from(DIGITS.iter().position(|digit| *digit == byte)?).ok()?;
        number |= (digit & (MORE - 1)).checked_shl(shift)?;
        if digit & MORE == 0 {
            let value = number >> 1;
            numbers.push(if number & 1 == 0 { value } else { value.checked_neg()? });
            (number, shift) = (0, 0);
        } else {
            shift = shift.checked_add(CARRIED).filter(|shift| *shift < 32)?;
        }
    }
    (shift == 0).then_some(numbers)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first broken expectation")]

    use super::{Line, SourceMap, numbers};

    #[test]
    fn numbers_are_signed_and_of_any_length() {
        assert_eq!(numbers("A"), Some(vec![0]));
        assert_eq!(numbers("CDE"), Some(vec![1, -1, 2]));
        assert_eq!(numbers("gB"), Some(vec![16]));
        assert_eq!(numbers("qxmvrH"), Some(vec![123_456_789]));
        for wrong in ["g", "*", "gggggggg"] {
            assert_eq!(numbers(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn an_instruction_belongs_to_what_was_said_last() {
        // Offset 10: b, line 3. Offset 14: nothing. Offset 18: b, line 4. Offset 20: a, line 2.
        let map = r#"{"version":3,"sources":["a","b"],"names":[],"mappings":"UCEA,I,IACA,EDFA"}"#;
        let map = SourceMap::read(map).unwrap();
        let at = |start, end| {
            let lines = map.at(&(start..end)).into_iter();
            lines.map(|Line { file, number }| format!("{file}:{number}")).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(at(0, 10), "");
        assert_eq!(at(10, 11), "b:3");
        assert_eq!(at(12, 14), "b:3");
        assert_eq!(at(14, 18), "");
        assert_eq!(at(12, 21), "b:3 b:4 a:2");
        assert_eq!(at(30, 31), "a:2");
    }

    #[test]
    fn what_is_no_map_says_why() {
        let wrong = |text: &str| SourceMap::read(text).unwrap_err().to_string();
        assert_eq!(
            wrong(r#"{"version":2,"sources":[],"mappings":""}"#),
            "the source map cannot be read: its version is not 3"
        );
        assert_eq!(
            wrong(r#"{"version":3,"sources":[],"mappings":"?"}"#),
            "the source map cannot be read: a mapping is not in base 64"
        );
    }
}
