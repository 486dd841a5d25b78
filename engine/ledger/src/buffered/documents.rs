//! The documents a batch has read and changed.
//!
//! Invariant: a changed document is found before one that is being written, that before a remembered one, and that before
//! a stored one.

use std::{collections::HashMap, ops::Bound, sync::Arc};

use super::store::ChangedDocuments;
use crate::entry::Change;

/// How many bytes of documents are remembered; all that are written are forgotten when there are more.
const REMEMBERED_BYTES_MAX: usize = 16 * 1024 * 1024;

/// What a remembered document costs beside its value.
const OVERHEAD_BYTES: usize = 128;

type Value = Option<Vec<u8>>;

#[derive(Debug, Default)]
pub(super) struct Documents {
    /// Not written yet.
    changed: ChangedDocuments,
    /// Being written behind: not to be found in the store yet.
    behind: Option<Arc<ChangedDocuments>>,
    /// Whether there is any document of a kind. Most kinds are of things that a shop never does, and are asked about with
    /// every event.
    kinds: HashMap<Box<str>, bool>,
    /// As it is stored; `None` is one that does not exist.
    remembered: HashMap<Box<str>, HashMap<String, Value>>,
    remembered_bytes: usize,
}

impl Documents {
    pub(super) fn find<'documents>(&'documents self, kind: &str, key: &str) -> Option<&'documents Value> {
        let in_changes = |changes: &'documents ChangedDocuments| changes.get(kind)?.get(key);
        in_changes(&self.changed)
            .or_else(|| self.behind.as_deref().and_then(in_changes))
            .or_else(|| self.remembered.get(kind)?.get(key))
    }

    /// Whether there is any document of a kind, changed or stored; `None` where it was not asked yet.
    pub(super) fn has_any(&self, kind: &str) -> Option<bool> {
        self.kinds.get(kind).copied()
    }

    /// Remembers whether the store holds any document of a kind.
    pub(super) fn learn_kind(&mut self, kind: &str, has_any: bool) {
        self.kinds.insert(kind.into(), has_any);
    }

    /// Remembers what the store holds.
    pub(super) fn learn(&mut self, kind: &str, key: &str, value: Value) {
        self.remember(kind, key.to_owned(), value);
    }

    fn remember(&mut self, kind: &str, key: String, value: Value) {
        self.make_room(key.len(), &value);
        match self.remembered.get_mut(kind) {
            Some(keys) => drop(keys.insert(key, value)),
            None => drop(self.remembered.insert(kind.into(), HashMap::from([(key, value)]))),
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
        match self.kinds.get_mut(kind) {
            Some(has_any) => *has_any |= value.is_some(),
            None if value.is_some() => self.learn_kind(kind, true),
            None => {}
        }
        self.changed.entry(kind).or_default().insert(key, value);
        bytes.saturating_add(OVERHEAD_BYTES)
    }

    /// What is to be written at once; what was written is given back to [`written`](Self::written).
    pub(super) fn take_changes(&mut self) -> Arc<ChangedDocuments> {
        Arc::new(std::mem::take(&mut self.changed))
    }

    /// What is to be written behind. Until [`settled`](Self::settled) it is found here.
    pub(super) fn write_behind(&mut self) -> Arc<ChangedDocuments> {
        let changes = self.take_changes();
        self.behind = Some(Arc::clone(&changes));
        changes
    }

    /// What was being written is stored.
    pub(super) fn settled(&mut self) {
        if let Some(written) = self.behind.take() {
            self.written(written);
        }
    }

    /// This was written.
    pub(super) fn written(&mut self, changes: Arc<ChangedDocuments>) {
        for (kind, keys) in Arc::unwrap_or_clone(changes) {
            for (key, value) in keys {
                self.remember(kind, key, value);
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
        if self.behind.is_none() && self.changed_in(kind, from, before).next().is_none() {
            return stored;
        }
        let mut changed = self.changed_in(kind, from, before).peekable();
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

    /// What of a range is not in the store as it is, in order; the newest of each.
    fn changed_in<'documents>(
        &'documents self,
        kind: &str,
        from: &str,
        before: Option<&str>,
    ) -> impl Iterator<Item = (&'documents String, &'documents Value)> {
        let range = (Bound::Included(from), before.map_or(Bound::Unbounded, Bound::Excluded));
        let in_changes = |changes: &'documents ChangedDocuments| {
            changes.get(kind).map(|keys| keys.range::<str, _>(range)).into_iter().flatten()
        };
        let behind = self.behind.as_deref().map(in_changes).into_iter().flatten();
        newest(in_changes(&self.changed), behind)
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
        self.behind = None;
        self.kinds.clear();
        self.remembered.clear();
        self.remembered_bytes = 0;
    }
}

/// Two ordered lists as one; where both have a key, the newer one's.
fn newest<'all, V>(
    newer: impl Iterator<Item = (&'all String, V)>,
    older: impl Iterator<Item = (&'all String, V)>,
) -> impl Iterator<Item = (&'all String, V)> {
    let (mut newer, mut older) = (newer.peekable(), older.peekable());
    std::iter::from_fn(move || {
        let Some((key, _)) = newer.peek() else { return older.next() };
        let key = *key;
        if let Some(first) = older.next_if(|(other, _)| *other < key) {
            return Some(first);
        }
        older.next_if(|(other, _)| *other == key);
        newer.next()
    })
}
