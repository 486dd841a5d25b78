//! Instances that wait for their next call, so that a call need not make one.
//!
//! Invariant: what lies here is in the state that `configure` left; a policy takes only its own; there are never more
//! than the limit, and one that somebody else needs the place of goes at once.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, AtomicUsize, Ordering},
};

use super::{ExecutionLimits, instance::Ready};

/// Parts of the shelf, each with a lock of its own: threads that decide at once each use their own part. More threads
/// than these share parts, and a lock is held for some nanoseconds; more parts would leave each thread fewer policies.
const STRIPES_MAX: usize = 8;

/// The kept instances of all configured modules of an engine.
pub(super) struct Shelf {
    stripes: Box<[Stripe]>,
    /// Instances in one stripe.
    stripe_max: usize,
    /// Instances of one configured module in one stripe: a busy policy never has the whole of it.
    each_max: usize,
    next: AtomicU64,
}

/// On cache lines of its own, so that threads that use neighbours do not slow each other down.
#[derive(Default)]
#[repr(align(128))]
struct Stripe {
    /// The one used longest ago first.
    kept: Mutex<Vec<(u64, Box<Ready>)>>,
}

impl Stripe {
    fn with<T>(&self, work: impl FnOnce(&mut Vec<(u64, Box<Ready>)>) -> T) -> T {
        work(&mut self.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The right of one configured module to keep instances; they go with it.
pub(super) struct Tenancy {
    shelf: Arc<Shelf>,
    number: u64,
}

/// A number for each thread, from 0, in the order in which they first ask.
fn thread_number() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static NUMBER: usize = NEXT.fetch_add(1, Ordering::Relaxed);
    }
    // While a thread ends, its own number may be gone already; any stripe will do.
    NUMBER.try_with(|number| *number).unwrap_or(0)
}

impl Shelf {
    pub(super) fn new(limits: &ExecutionLimits) -> Self {
        let most = usize::try_from(limits.kept_instances()).unwrap_or(usize::MAX);
        let stripes = most.min(STRIPES_MAX);
        let stripe_max = most.checked_div(stripes).unwrap_or(0);
        Self {
            stripes: (0..stripes).map(|_| Stripe::default()).collect(),
            stripe_max,
            each_max: stripe_max.div_ceil(2),
            next: AtomicU64::new(0),
        }
    }

    /// A place for a module that was just configured.
    pub(super) fn tenancy(self: &Arc<Self>) -> Tenancy {
        Tenancy { shelf: self.clone(), number: self.next.fetch_add(1, Ordering::Relaxed) }
    }

    fn stripe(&self) -> Option<&Stripe> {
        self.stripes.get(thread_number().checked_rem(self.stripes.len())?)
    }

    /// Gives up one instance, whosever it is, so that its place in the pool can be used. Whether there was one.
    pub(super) fn give_up(&self) -> bool {
        let own = thread_number().checked_rem(self.stripes.len()).unwrap_or(0);
        let stripes = self.stripes.iter().skip(own).chain(self.stripes.iter().take(own));
        let oldest = |kept: &mut Vec<(u64, Box<Ready>)>| (!kept.is_empty()).then(|| kept.remove(0));
        // It is dropped after the lock is.
        stripes.map(|stripe| stripe.with(oldest)).find(Option::is_some).flatten().is_some()
    }

    /// How many there are.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.stripes.iter().map(|stripe| stripe.with(|kept| kept.len())).sum()
    }
}

impl Tenancy {
    pub(super) fn shelf(&self) -> &Shelf {
        &self.shelf
    }

    /// An instance of the module, if one waits in this thread's stripe.
    pub(super) fn take(&self) -> Option<Box<Ready>> {
        self.shelf.stripe()?.with(|kept| {
            let place = kept.iter().rposition(|(number, _)| *number == self.number)?;
            Some(kept.remove(place).1)
        })
    }

    /// Keeps an instance for the next call of the module; the one used longest ago makes room.
    pub(super) fn keep(&self, ready: Box<Ready>) {
        let Some(stripe) = self.shelf.stripe() else { return };
        // What has to go is dropped after the lock is.
        let _gone = stripe.with(|kept| {
            let own = kept.iter().filter(|(number, _)| *number == self.number).count();
            if own >= self.shelf.each_max {
                return Some((self.number, ready));
            }
            let oldest = (kept.len() >= self.shelf.stripe_max && !kept.is_empty()).then(|| kept.remove(0));
            kept.push((self.number, ready));
            oldest
        });
    }
}

impl Drop for Tenancy {
    fn drop(&mut self) {
        for stripe in &self.shelf.stripes {
            let _gone: Vec<_> =
                stripe.with(|kept| kept.extract_if(.., |(number, _)| *number == self.number).collect());
        }
    }
}
