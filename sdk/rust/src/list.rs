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
    #[must_use]
    pub fn iter(&self) -> Values<'_, T> {
        Values { rest: self.items.get(..self.length).unwrap_or_default().iter() }
    }
}

impl<T: Copy + PartialEq, const N: usize> List<T, N> {
    /// Whether the value is one of them.
    #[must_use]
    pub fn contains(&self, value: T) -> bool {
        self.iter().any(|known| known == value)
    }
}

impl<T: Copy, const N: usize> Default for List<T, N> {
    fn default() -> Self {
        Self::new()
    }
}

/// The values of a [`List`], in order.
#[derive(Clone, Debug)]
pub struct Values<'list, T> {
    rest: core::slice::Iter<'list, Option<T>>,
}

impl<T: Copy> Iterator for Values<'_, T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        self.rest.next().copied().flatten()
    }
}

impl<T: Copy> DoubleEndedIterator for Values<'_, T> {
    #[inline]
    fn next_back(&mut self) -> Option<T> {
        self.rest.next_back().copied().flatten()
    }
}

impl<'list, T: Copy, const N: usize> IntoIterator for &'list List<T, N> {
    type Item = T;
    type IntoIter = Values<'list, T>;

    fn into_iter(self) -> Values<'list, T> {
        self.iter()
    }
}
