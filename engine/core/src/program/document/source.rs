//! The text a document was read from, kept so that later errors can still point into it.
//!
//! Invariant: immutable; cheap to clone.

use std::ops::Range;
use std::sync::Arc;

use toml::Spanned;
use toml::de::DeTable;

use super::keys::{KEY_PARTS_MAX, too_long_key};
use super::snippet::Snippet;
use super::spots::Spots;
use super::{Complaint, Flaw, Table};

/// A text and where it came from.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    origin: Arc<str>,
    text: Arc<str>,
    spots: Arc<Spots>,
}

impl Source {
    /// Keeps a text of at most `bytes_max` bytes; no place in it is known until [`Source::note_spots`].
    pub(crate) fn new(text: &str, origin: &str, bytes_max: usize) -> Result<Source, Complaint> {
        if text.len() > bytes_max {
            let flaw = Flaw::new(format!("expected at most {bytes_max} bytes, found {}", text.len()));
            return Err(Complaint::new(String::new(), flaw).of(&origin.into()));
        }
        Ok(Source { origin: origin.into(), text: text.into(), spots: Arc::default() })
    }

    /// Reads the text as TOML.
    pub(crate) fn parse(&self) -> Result<Spanned<DeTable<'_>>, Complaint> {
        if let Some(dot) = too_long_key(&self.text) {
            let flaw = Flaw::new(format!("expected a key of at most {KEY_PARTS_MAX} parts, found more"));
            return Err(self.complain("", Some(dot..dot.saturating_add(1)), flaw));
        }
        DeTable::parse(&self.text).map_err(|error| {
            let end = self.text.len();
            let flaw = Flaw::new(format!("not valid TOML: {}", error.message()));
            self.complain("", Some(error.span().unwrap_or(end..end)), flaw)
        })
    }

    /// The root of a parsed document.
    pub(crate) fn root<'document>(
        &'document self,
        parsed: &'document Spanned<DeTable<'document>>,
    ) -> Table<'document> {
        Table::new(self, String::new(), None, parsed.get_ref())
    }

    /// The same source, with every place of the parsed document noted under its path.
    pub(crate) fn note_spots(&self, parsed: &Spanned<DeTable<'_>>) -> Source {
        let spots = Arc::new(Spots::of(parsed.get_ref()));
        Source { origin: self.origin.clone(), text: self.text.clone(), spots }
    }

    /// An error at a path, or at the nearest place above it that the document has.
    pub(crate) fn complain_at_path(&self, path: &str, flaw: Flaw) -> Complaint {
        self.complain(path, self.spots.find(path), flaw)
    }

    /// An error at a place.
    pub(crate) fn complain(&self, path: &str, span: Option<Range<usize>>, flaw: Flaw) -> Complaint {
        let complaint = Complaint::new(path.to_owned(), flaw);
        match span {
            Some(span) => complaint.at(&self.origin, Snippet::of(&self.text, span)),
            None => complaint.of(&self.origin),
        }
    }
}
