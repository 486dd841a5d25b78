//! A table of a document.
//!
//! Invariant: keys are asked for by name; what nobody knows is refused with the nearest known name.

use std::ops::Range;

use toml::de::DeTable;

use super::{Complaint, Flaw, Item, Source, choices};
use crate::admission::printable::printable;
use crate::manifest::word::did_you_mean;

/// A table with its place.
#[derive(Clone, Debug)]
pub(crate) struct Table<'document> {
    source: &'document Source,
    path: String,
    span: Option<Range<usize>>,
    entries: &'document DeTable<'document>,
}

impl<'document> Table<'document> {
    pub(crate) fn new(
        source: &'document Source,
        path: String,
        span: Option<Range<usize>>,
        entries: &'document DeTable<'document>,
    ) -> Table<'document> {
        Table { source, path, span, entries }
    }

    /// The value of a key, if the table has it.
    pub(crate) fn get(&self, key: &str) -> Option<Item<'document>> {
        let value = self.entries.get(key)?;
        Some(Item::new(self.source, key_path(&self.path, key), value))
    }

    /// The value of a key that has to be there; `remedy` says what to write.
    pub(crate) fn require(&self, key: &str, remedy: &str) -> Result<Item<'document>, Complaint> {
        self.get(key).ok_or_else(|| {
            let flaw = Flaw::new("missing key").hint(remedy);
            self.source.complain(&key_path(&self.path, key), self.span.clone(), flaw)
        })
    }

    /// Every key with its value, by place in the text.
    pub(crate) fn entries(&self) -> Vec<(&'document str, Item<'document>)> {
        let mut entries: Vec<_> = self.entries.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        let item = |key: &str, value| Item::new(self.source, key_path(&self.path, key), value);
        entries.into_iter().map(|(key, value)| (key.get_ref().as_ref(), item(key.get_ref(), value))).collect()
    }

    /// Refuses the first key that is not among the known ones.
    pub(crate) fn refuse_unknown_keys(&self, known: &[&str]) -> Result<(), Complaint> {
        let unknown = self.entries.keys().filter(|key| !known.contains(&key.get_ref().as_ref()));
        let Some(key) = unknown.min_by_key(|key| key.span().start) else {
            return Ok(());
        };
        let hint = did_you_mean(key.get_ref(), known.iter().copied());
        let all = format!("the keys here are {}", choices(known.iter().copied(), "and"));
        let flaw = Flaw::new("unknown key").hint_or(hint, all);
        Err(self.source.complain(&key_path(&self.path, key.get_ref()), Some(key.span()), flaw))
    }
}

/// The path of a key below another path; a key that is not a bare word is quoted.
pub(crate) fn key_path(above: &str, key: &str) -> String {
    let bare = !key.is_empty()
        && key.chars().all(|character| character.is_alphanumeric() || matches!(character, '-' | '_'));
    let key = if bare { printable(key).to_string() } else { format!("\"{}\"", printable(key)) };
    if above.is_empty() { key } else { format!("{above}.{key}") }
}
