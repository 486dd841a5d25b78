//! The documents a batch has read and changed.
//!
//! Invariant: a changed document is found before a remembered one, and that before a stored one.

use std::{
    collections::{BTreeMap, HashMap},
    ops::Bound,
};

use crate::entry::Change;

/// How many bytes of documents are remembered; all that are written are forgotten when there are more.
const REMEMBERED_BYTES_MAX: usize = 16 * 1024 * 1024;

/// What a remembered document costs beside its value.
const OVERHEAD_BYTES: usize = 128;

type Value = Option<Vec<u8>>;

#[derive(Debug, Default)]
pub(super) struct Documents {
    /// Not written yet, by kind and key; `None` is one that was deleted.
    changed: BTreeMap<&'static str, BTreeMap<String, Value>>,
    /// As it is stored; `None` is one that does not exist.
    remembered: HashMap<Box<str>, HashMap<String, Value>>,
    remembered_bytes: usize,
}

impl Documents {
    pub(super) fn find(&self, kind: &str, key: &str) -> Option<&Value> {
        let changed = self.changed.get(kind).and_then(|keys| keys.get(key));
        changed.or_else(|| self.remembered.get(kind).and_then(|keys| keys.get(key)))
    }

    /// Remembers what the store holds.
    pub(super) fn learn(&mut self, kind: &str, key: &str, value: Value) {
        self.make_room(key.len(), &value);
        match self.remembered.get_mut(kind) {
            Some(keys) => drop(keys.insert(key.to_owned(), value)),
            None => drop(self.remembered.insert(kind.into(), HashMap::from([(key.to_owned(), value)]))),
        }
    }

    fn make_room(&mut self, key_bytes: usize, value: &Value) {
        let bytes = key_bytes.saturating_add(value.as_ref().map_or(0, Vec::len));
        self.remembered_bytes = self.remembered_bytes.saturating_add(bytes).saturating_add(OVERHEAD_BYTES);
        self.shrink();
    }

    /// Takes a change and says about how many bytes it holds.
    pub(super) fn change(&mut self, change: Change) -> usize {
        let kind = change.kind();
        let (key, value) = match change {
            Change::Put { key, value, .. } => (key, Some(value)),
            Change::Delete { key, .. } => (key, None),
        };
        let bytes = key.len().saturating_add(value.as_ref().map_or(0, Vec::len));
        self.changed.entry(kind).or_default().insert(key, value);
        bytes.saturating_add(OVERHEAD_BYTES)
    }

    /// What is to be written, in the order of the table it goes to: documents to put, documents to delete.
    #[expect(clippy::type_complexity, reason = "two lists that are taken apart at once")]
    pub(super) fn changes(&self) -> (Vec<(&str, &str, &[u8])>, Vec<(&str, &str)>) {
        let (mut put, mut deleted) = (Vec::new(), Vec::new());
        for (kind, keys) in &self.changed {
            for (key, value) in keys {
                match value {
                    Some(value) => put.push((*kind, key.as_str(), value.as_slice())),
                    None => deleted.push((*kind, key.as_str())),
                }
            }
        }
        (put, deleted)
    }

    /// Everything was written.
    pub(super) fn written(&mut self) {
        for (kind, keys) in std::mem::take(&mut self.changed) {
            for (key, value) in keys {
                self.make_room(key.len(), &value);
                match self.remembered.get_mut(kind) {
                    Some(keys) => drop(keys.insert(key, value)),
                    None => drop(self.remembered.insert(kind.into(), HashMap::from([(key, value)]))),
                }
            }
        }
    }

    /// How many documents of a range were deleted and not written: so many more must be read.
    pub(super) fn deleted_in(&self, kind: &str, from: &str, before: Option<&str>) -> usize {
        self.changed_in(kind, from, before).filter(|(_, value)| value.is_none()).count()
    }

    /// What was read from the store with what was changed since, at most so many.
    pub(super) fn merge(
        &self,
        kind: &str,
        from: &str,
        before: Option<&str>,
        limit: usize,
        stored: Vec<(String, Vec<u8>)>,
    ) -> Vec<(String, Vec<u8>)> {
        let mut changed = self.changed_in(kind, from, before).peekable();
        if changed.peek().is_none() {
            return stored;
        }
        let mut merged = Vec::new();
        let mut stored = stored.into_iter().peekable();
        while merged.len() < limit {
            let take_changed = match (changed.peek(), stored.peek()) {
                (Some((changed, _)), Some((stored, _))) => *changed <= stored,
                (Some(_), None) => true,
                (None, Some(_)) => false,
                (None, None) => break,
            };
            if !take_changed {
                merged.extend(stored.next());
            } else if let Some((key, value)) = changed.next() {
                stored.next_if(|(stored, _)| stored == key);
                merged.extend(value.as_ref().map(|value| (key.clone(), value.clone())));
            }
        }
        merged
    }

    fn changed_in(
        &self,
        kind: &str,
        from: &str,
        before: Option<&str>,
    ) -> impl Iterator<Item = (&String, &Value)> {
        let range = (Bound::Included(from), before.map_or(Bound::Unbounded, Bound::Excluded));
        self.changed.get(kind).into_iter().flat_map(move |keys| keys.range::<str, _>(range))
    }

    /// Forgets what is written, where it is too much.
    fn shrink(&mut self) {
        if self.remembered_bytes > REMEMBERED_BYTES_MAX {
            self.remembered.clear();
            self.remembered_bytes = 0;
        }
    }

    pub(super) fn clear(&mut self) {
        self.changed.clear();
        self.remembered.clear();
        self.remembered_bytes = 0;
    }
}
