//! A list with room for `N` values, so that policies need no allocator.
//!
//! Invariant: never longer than `N`; configurations that do not fit are refused by `configure`.

/// Up to `N` values. It reads like a slice, and iterates by value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct List<T, const N: usize> {
    items: [Option<T>; N],
    length: usize,
}

impl<T: Copy, const N: usize> List<T, N> {
    /// A list without values.
    #[must_use]
    pub const fn new() -> Self {
        Self { items: [None; N], length: 0 }
    }

    /// Adds a value; gives it back where there is no room.
    ///
    /// # Errors
    ///
    /// The value itself, where the list is full.
    pub fn push(&mut self, value: T) -> Result<(), T> {
        match self.items.get_mut(self.length) {
            Some(slot) => {
                *slot = Some(value);
                self.length = self.length.saturating_add(1);
                Ok(())
            }
            None => Err(value),
        }
    }

    /// The value at a place, from 0.
    #[must_use]
    pub fn get(&self, place: usize) -> Option<T> {
        self.items.get(place).copied().flatten()
    }

    /// How many values there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.length
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The values, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = T> + '_ {
        self.items.iter().copied().flatten()
    }
}

impl<T: Copy, const N: usize> Default for List<T, N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Copy, const N: usize> IntoIterator for List<T, N> {
    type Item = T;
    type IntoIter = core::iter::Flatten<core::array::IntoIter<Option<T>, N>>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.into_iter().flatten()
    }
}
