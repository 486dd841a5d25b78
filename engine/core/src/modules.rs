//! Compiled modules by their digest: what was loaded before is not compiled again.
//!
//! Invariant: forgets only what no program holds, and so never changes a decision: a module that is loaded again comes from
//! the artifacts or the compiler, and is the same.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use crate::admission::Digest;

/// The modules of an engine.
pub(crate) struct Modules<T> {
    /// How many are kept that no program holds.
    idle_max: usize,
    known: Mutex<Known<T>>,
}

struct Known<T> {
    /// Counts each use, so that the one used longest ago is known.
    uses: u64,
    by_digest: HashMap<Digest, (u64, Arc<T>)>,
}

impl<T> Known<T> {
    fn next_use(&mut self) -> u64 {
        self.uses = self.uses.saturating_add(1);
        self.uses
    }
}

impl<T> Modules<T> {
    pub(crate) fn new(idle_max: usize) -> Self {
        let known = Known { uses: 0, by_digest: HashMap::new() };
        Self { idle_max, known: Mutex::new(known) }
    }

    fn with<R>(&self, work: impl FnOnce(&mut Known<T>) -> R) -> R {
        work(&mut self.known.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The module, if it is known.
    pub(crate) fn get(&self, digest: &Digest) -> Option<Arc<T>> {
        self.with(|known| {
            let now = known.next_use();
            let (used, module) = known.by_digest.get_mut(digest)?;
            *used = now;
            Some(module.clone())
        })
    }

    /// Keeps a module. Of those that no program holds, the ones used longest ago are forgotten beyond the bound.
    pub(crate) fn insert(&self, digest: Digest, module: Arc<T>) {
        // What is forgotten is dropped after the lock is.
        let _forgotten: Vec<Arc<T>> = self.with(|known| {
            let now = known.next_use();
            known.by_digest.insert(digest, (now, module));
            let is_idle = |module: &Arc<T>| Arc::strong_count(module) == 1;
            let idle = known.by_digest.iter().filter(|(_, (_, module))| is_idle(module));
            let mut idle: Vec<(u64, Digest)> = idle.map(|(digest, (used, _))| (*used, *digest)).collect();
            idle.sort_unstable();
            let excess = idle.len().saturating_sub(self.idle_max);
            let forget = |(_, digest): &(u64, Digest)| Some(known.by_digest.remove(digest)?.1);
            idle.iter().take(excess).filter_map(forget).collect()
        });
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::Modules;
    use crate::admission::Digest;

    fn digest(number: u32) -> Digest {
        Digest::of(&number.to_le_bytes())
    }

    fn known(modules: &Modules<u32>, numbers: std::ops::Range<u32>) -> Vec<u32> {
        numbers
            .filter(|number| modules.with(|known| known.by_digest.contains_key(&digest(*number))))
            .collect()
    }

    #[test]
    fn the_one_used_longest_ago_is_forgotten() {
        let modules = Modules::new(3);
        (0..3).for_each(|number| modules.insert(digest(number), Arc::new(number)));
        assert_eq!(modules.get(&digest(0)), Some(Arc::new(0)));
        modules.insert(digest(3), Arc::new(3));
        assert_eq!(known(&modules, 0..4), [0, 2, 3]);
        assert_eq!(modules.get(&digest(1)), None);
    }

    #[test]
    fn what_a_program_holds_is_never_forgotten() {
        let modules = Modules::new(1);
        let held: Vec<Arc<u32>> = (0..10).map(Arc::new).collect();
        held.iter().for_each(|module| modules.insert(digest(**module), module.clone()));
        (10..20).for_each(|number| modules.insert(digest(number), Arc::new(number)));
        assert_eq!(known(&modules, 0..20), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 19]);
        drop(held);
        modules.insert(digest(20), Arc::new(20));
        assert_eq!(known(&modules, 0..21), [20]);
    }

    #[test]
    fn with_a_bound_of_nothing_only_held_modules_are_known() {
        let modules = Modules::new(0);
        modules.insert(digest(0), Arc::new(0));
        let held = Arc::new(1);
        modules.insert(digest(1), held.clone());
        assert_eq!(known(&modules, 0..2), [1]);
        assert_eq!(modules.get(&digest(1)), Some(held));
    }
}
