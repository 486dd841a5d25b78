//! What a hook returns: the effects it asks for, or why it refuses.
//!
//! Invariant: an effect counts only when it is returned; a built effect that is dropped is a violation, never silence.

use core::marker::PhantomData;

mod sealed {
    pub trait Sealed {}
}

pub(crate) use sealed::Sealed;

/// A finished effect: a [`crate::Share`], a [`crate::Discount`], a [`crate::Bonus`], a [`crate::Grant`] or a
/// [`crate::TierChange`].
pub trait Effect: Sealed {
    #[doc(hidden)]
    fn end(self);
}

/// The effects of one hook call. Collect an iterator into it, or convert one effect or an array.
///
/// A refusal says "this policy does not apply, for this reason": its effects are dropped, the reason is shown, and
/// the order goes on.
#[must_use = "a hook returns what it asks for"]
#[derive(Debug)]
pub struct Decided<E> {
    refusal: Option<&'static str>,
    effects: PhantomData<E>,
}

impl<E> Decided<E> {
    /// Nothing is asked for.
    pub const fn none() -> Self {
        Self { refusal: None, effects: PhantomData }
    }

    /// The policy says no, and why (at most 200 bytes).
    pub const fn refuse(reason: &'static str) -> Self {
        Self { refusal: Some(reason), effects: PhantomData }
    }

    pub(crate) const fn refusal(&self) -> Option<&'static str> {
        self.refusal
    }
}

impl<E: Effect> Decided<E> {
    /// The same with one more effect: for a hook that asks for several kinds.
    pub fn with(self, effect: impl Into<E>) -> Self {
        effect.into().end();
        self
    }
}

impl<E: Effect> FromIterator<E> for Decided<E> {
    fn from_iter<I: IntoIterator<Item = E>>(effects: I) -> Self {
        effects.into_iter().for_each(E::end);
        Self::none()
    }
}

impl<E: Effect> From<E> for Decided<E> {
    fn from(effect: E) -> Self {
        effect.end();
        Self::none()
    }
}

impl<E: Effect> From<Option<E>> for Decided<E> {
    fn from(effect: Option<E>) -> Self {
        effect.into_iter().collect()
    }
}

impl<E: Effect, const N: usize> From<[E; N]> for Decided<E> {
    fn from(effects: [E; N]) -> Self {
        effects.into_iter().collect()
    }
}

/// What a policy works out with `?`: effects, or a reason to refuse with.
impl<E: Effect, I: IntoIterator<Item = E>> From<Result<I, &'static str>> for Decided<E> {
    fn from(effects: Result<I, &'static str>) -> Self {
        effects.map_or_else(Self::refuse, |effects| effects.into_iter().collect())
    }
}
