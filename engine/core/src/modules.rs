//! Compiled modules by their digest: what was loaded before is not compiled again.
//!
//! Invariant: forgets only what no program holds, and so never changes a decision: a module that is loaded again comes from
//! the artifacts or the compiler, and is the same.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use crate::admission::Digest;

/// What is kept of modules that no program holds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct IdleLimits {
    /// How many.
    pub(crate) modules_max: usize,
    /// How large they may be together.
    pub(crate) bytes_max: usize,
}

/// What a module takes in memory.
pub(crate) trait Extent {
    /// Bytes of native code and what belongs to it.
    fn bytes(&self) -> usize;
}

/// The modules of an engine.
pub(crate) struct Modules<T> {
    idle: IdleLimits,
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

impl<T: Extent> Modules<T> {
    pub(crate) fn new(idle: IdleLimits) -> Self {
        let known = Known { uses: 0, by_digest: HashMap::new() };
        Self { idle, known: Mutex::new(known) }
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

    /// Keeps a module. Of those that no program holds, the ones used longest ago are forgotten beyond the bounds.
    pub(crate) fn insert(&self, digest: Digest, module: Arc<T>) {
        // What is forgotten is dropped after the lock is.
        let _forgotten: Vec<Arc<T>> = self.with(|known| {
            let now = known.next_use();
            known.by_digest.insert(digest, (now, module));
            let is_idle = |module: &Arc<T>| Arc::strong_count(module) == 1;
            let idle = known.by_digest.iter().filter(|(_, (_, module))| is_idle(module));
            let mut idle: Vec<(u64, Digest, usize)> =
                idle.map(|(digest, (used, module))| (*used, *digest, module.bytes())).collect();
            // The one used last comes first: what still fits within both bounds stays, all else goes.
            idle.sort_unstable_by(|one, other| other.cmp(one));
            let (mut modules_left, mut bytes_left) = (self.idle.modules_max, self.idle.bytes_max);
            idle.retain(|(_, _, bytes)| {
                match (modules_left.checked_sub(1), bytes_left.checked_sub(*bytes)) {
                    (Some(modules), Some(bytes)) => {
                        (modules_left, bytes_left) = (modules, bytes);
                        false
                    }
                    _ => true,
                }
            });
            let forget = |(_, digest, _): &(u64, Digest, usize)| Some(known.by_digest.remove(digest)?.1);
            idle.iter().filter_map(forget).collect()
        });
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Extent, IdleLimits, Modules};
    use crate::admission::Digest;

    /// In these tests, a module is a number, and as many bytes.
    impl Extent for u32 {
        fn bytes(&self) -> usize {
            usize::try_from(*self).unwrap()
        }
    }

    fn keeping(modules_max: usize) -> Modules<u32> {
        Modules::new(IdleLimits { modules_max, bytes_max: usize::MAX })
    }

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
        let modules = keeping(3);
        (0..3).for_each(|number| modules.insert(digest(number), Arc::new(number)));
        assert_eq!(modules.get(&digest(0)), Some(Arc::new(0)));
        modules.insert(digest(3), Arc::new(3));
        assert_eq!(known(&modules, 0..4), [0, 2, 3]);
        assert_eq!(modules.get(&digest(1)), None);
    }

    #[test]
    fn what_a_program_holds_is_never_forgotten() {
        let modules = keeping(1);
        let held: Vec<Arc<u32>> = (0..10).map(Arc::new).collect();
        held.iter().for_each(|module| modules.insert(digest(**module), module.clone()));
        (10..20).for_each(|number| modules.insert(digest(number), Arc::new(number)));
        assert_eq!(known(&modules, 0..20), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 19]);
        drop(held);
        modules.insert(digest(20), Arc::new(20));
        assert_eq!(known(&modules, 0..21), [20]);
    }

    #[test]
    fn large_ones_are_forgotten_before_there_are_many() {
        let modules = Modules::new(IdleLimits { modules_max: 64, bytes_max: 100 });
        for number in [10, 20, 30, 40] {
            modules.insert(digest(number), Arc::new(number));
        }
        assert_eq!(known(&modules, 0..100), [10, 20, 30, 40], "exactly the bound");
        assert_eq!(modules.get(&digest(10)), Some(Arc::new(10)));
        modules.insert(digest(1), Arc::new(1));
        assert_eq!(known(&modules, 0..100), [1, 10, 30, 40], "20 was used longest ago");
        // One that is larger than all that may be kept is not kept, and takes none of the small ones with it.
        modules.insert(digest(101), Arc::new(101));
        assert_eq!(known(&modules, 0..102), [1, 10, 30, 40]);
        let held = Arc::new(102);
        modules.insert(digest(102), held.clone());
        assert_eq!(known(&modules, 0..103), [1, 10, 30, 40, 102], "what a program holds does not count");
    }

    #[test]
    fn with_a_bound_of_nothing_only_held_modules_are_known() {
        let modules = keeping(0);
        modules.insert(digest(0), Arc::new(0));
        let held = Arc::new(1);
        modules.insert(digest(1), held.clone());
        assert_eq!(known(&modules, 0..2), [1]);
        assert_eq!(modules.get(&digest(1)), Some(held));
    }
}
