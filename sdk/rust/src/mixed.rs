//! What the hooks with several kinds of effect return.
//!
//! Invariant: a kind of effect that a hook may not ask for does not convert, so it does not compile.

use crate::{
    Bonus, Decided, Grant, TierChange,
    decided::{Effect, Sealed},
};

macro_rules! mixed {
    ($(#[$about:meta])* $name:ident { $($kind:ident),+ }) => {
        $(#[$about])*
        #[must_use = "an effect counts only when the hook returns it"]
        #[derive(Debug)]
        pub enum $name {
            $(#[doc(hidden)] $kind($kind),)+
        }

        impl Sealed for $name {}

        impl Effect for $name {
            fn end(self) {
                match self { $(Self::$kind(effect) => effect.end(),)+ }
            }
        }

        $(
            impl From<$kind> for $name {
                fn from(effect: $kind) -> Self {
                    Self::$kind(effect)
                }
            }

            impl From<$kind> for Decided<$name> {
                fn from(effect: $kind) -> Self {
                    Self::none().with(effect)
                }
            }

            impl From<Option<$kind>> for Decided<$name> {
                fn from(effect: Option<$kind>) -> Self {
                    effect.into_iter().collect()
                }
            }

            impl FromIterator<$kind> for Decided<$name> {
                fn from_iter<I: IntoIterator<Item = $kind>>(effects: I) -> Self {
                    effects.into_iter().map($name::from).collect()
                }
            }
        )+
    };
}

mixed! {
    /// What the hook `period` may ask for: a [`Bonus`] or a [`TierChange`]. Both convert into it.
    PeriodEffect { Bonus, TierChange }
}

mixed! {
    /// What the hook `grants` may ask for: a [`Grant`] or a [`TierChange`]. Both convert into it.
    GrantsEffect { Grant, TierChange }
}
