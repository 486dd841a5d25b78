//! From the instructions of a module to lines of its source.
//!
//! Invariant: a module without debug information has no lines, never wrong ones.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use addr2line::gimli::{Dwarf, EndianSlice, LittleEndian, SectionId};
use wasmparser::{Parser, Payload};

use super::CoverageError;
use super::source_map::SourceMap;

type Slice<'a> = EndianSlice<'a, LittleEndian>;

/// A line of a source file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Line {
    pub(super) file: String,
    pub(super) number: u32,
}

/// Where a module says what its instructions were made from.
pub(super) enum Lines<'a> {
    /// In debug information of its own (Rust, C, Zig and others).
    Dwarf { context: Box<addr2line::Context<Slice<'a>>>, code: usize },
    /// In a map beside it (AssemblyScript).
    Map(SourceMap),
    /// Nowhere.
    None,
}

impl<'a> Lines<'a> {
    /// Looks for what a module says.
    pub(super) fn of(module: &'a [u8], source_map: Option<&str>) -> Result<Self, CoverageError> {
        if let Some(text) = source_map {
            return Ok(Self::Map(SourceMap::read(text)?));
        }
        let mut sections: HashMap<&str, &[u8]> = HashMap::new();
        let mut code = 0;
        for payload in Parser::new(0).parse_all(module) {
            match payload? {
                Payload::CodeSectionStart { range, .. } => code = range.start,
                Payload::CustomSection(custom) => {
                    sections.insert(custom.name(), custom.data());
                }
                _ => {}
            }
        }
        if !sections.contains_key(SectionId::DebugLine.name()) {
            return Ok(Self::None);
        }
        let load = |id: SectionId| {
            let bytes = sections.get(id.name()).copied().unwrap_or_default();
            Ok::<_, addr2line::gimli::Error>(EndianSlice::new(bytes, LittleEndian))
        };
        let context = Dwarf::load(load).and_then(addr2line::Context::from_dwarf);
        let context = context.map_err(|error| CoverageError::DebugInformation(error.to_string()))?;
        Ok(Self::Dwarf { context: Box::new(context), code })
    }

    /// Whether there are any.
    pub(super) fn are_known(&self) -> bool {
        !matches!(self, Self::None)
    }

    /// Whether they stand in a source map.
    pub(super) fn are_mapped(&self) -> bool {
        matches!(self, Self::Map(_))
    }

    /// The lines that these bytes of the module were made from, in the order of the bytes.
    pub(super) fn at(&self, bytes: &Range<usize>) -> Vec<Line> {
        match self {
            Self::None => Vec::new(),
            Self::Map(map) => map.at(bytes),
            Self::Dwarf { context, code } => {
                let address = |place: usize| u64::try_from(place.saturating_sub(*code)).unwrap_or(u64::MAX);
                let found = context.find_location_range(address(bytes.start), address(bytes.end));
                let found = found.into_iter().flatten();
                let line = |(_, _, place): (u64, u64, addr2line::Location<'_>)| {
                    let number = place.line.filter(|number| *number > 0)?;
                    Some(Line { file: normal(place.file?).into_owned(), number })
                };
                found.filter_map(line).collect()
            }
        }
    }
}

/// A path with `/` and without `.` parts.
fn normal(path: &str) -> Cow<'_, str> {
    if path.contains('\\') || path.contains("/./") {
        Cow::Owned(path.replace('\\', "/").replace("/./", "/"))
    } else {
        Cow::Borrowed(path)
    }
}
