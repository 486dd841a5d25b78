//! A list with room for `N` values, so that policies need no allocator.
//!
//! Invariant: never longer than `N`, and what lies behind its end is never read; configurations that do not fit are
//! refused by `configure`.

use core::{fmt, iter::Copied, mem::MaybeUninit, slice};

/// Up to `N` values. It reads like a slice, and iterates by value. Making one costs nothing, however much room it has.
pub struct List<T, const N: usize> {
    items: [MaybeUninit<T>; N],
    length: usize,
}

impl<T: Copy, const N: usize> List<T, N> {
    /// A list without values.
    #[must_use]
    pub const fn new() -> Self {
        Self { items: [MaybeUninit::uninit(); N], length: 0 }
    }

    /// Adds a value; gives it back where there is no room.
    ///
    /// # Errors
    ///
    /// The value itself, where the list is full.
    pub fn push(&mut self, value: T) -> Result<(), T> {
        match self.items.get_mut(self.length) {
            Some(slot) => {
                slot.write(value);
                self.length = self.length.wrapping_add(1);
                Ok(())
            }
            None => Err(value),
        }
    }

    /// The values, in order.
    #[must_use]
    pub fn as_slice(&self) -> &[T] {
        let written = self.items.get(..self.length).unwrap_or_default();
        #[expect(unsafe_code, reason = "`push` alone makes the list longer, and has written each value")]
        unsafe {
            written.assume_init_ref()
        }
    }

    /// The value at a place, from 0.
    #[must_use]
    pub fn get(&self, place: usize) -> Option<T> {
        self.as_slice().get(place).copied()
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
    pub fn iter(&self) -> Copied<slice::Iter<'_, T>> {
        self.as_slice().iter().copied()
    }
}

impl<T: Copy, const N: usize> Copy for List<T, N> {}

impl<T: Copy, const N: usize> Clone for List<T, N> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Copy + PartialEq, const N: usize> List<T, N> {
    /// Whether the value is one of them.
    #[must_use]
    pub fn contains(&self, value: T) -> bool {
        self.as_slice().contains(&value)
    }
}

impl<T: Copy, const N: usize> Default for List<T, N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Copy + PartialEq, const N: usize> PartialEq for List<T, N> {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl<T: Copy + Eq, const N: usize> Eq for List<T, N> {}

impl<T: Copy + fmt::Debug, const N: usize> fmt::Debug for List<T, N> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_slice().fmt(out)
    }
}

impl<'list, T: Copy, const N: usize> IntoIterator for &'list List<T, N> {
    type Item = T;
    type IntoIter = Copied<slice::Iter<'list, T>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::List;

    #[test]
    fn a_full_list_gives_the_value_back() {
        let mut list: List<i64, 2> = List::new();
        assert!(list.is_empty() && list.get(0).is_none());
        assert_eq!((list.push(7), list.push(8), list.push(9)), (Ok(()), Ok(()), Err(9)));
        assert_eq!((list.as_slice(), list.get(1), list.get(2)), (&[7, 8][..], Some(8), None));
        assert!(list.contains(8) && !list.contains(9));
        let copy = list;
        assert_eq!(copy, list);
        assert_eq!(format!("{copy:?}"), "[7, 8]");
    }
}
