//! Where in an event something stands, such as `lines[2].price`.
//!
//! Invariant: costs nothing until an error prints it, and prints no raw input.

use std::fmt;

use super::shown::Shown;

/// A path into an event, kept on the stack as a chain of steps.
#[derive(Clone, Copy)]
pub(super) enum Place<'up> {
    /// The event itself.
    Root,
    /// A field of an object.
    Field(&'up Place<'up>, &'up str),
    /// An element of a list, counted from 0.
    Index(&'up Place<'up>, usize),
}

impl Place<'_> {
    pub(super) fn field<'up>(&'up self, name: &'up str) -> Place<'up> {
        Place::Field(self, name)
    }

    pub(super) fn index(&self, index: usize) -> Place<'_> {
        Place::Index(self, index)
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Root => Ok(()),
            Place::Field(Place::Root, name) => write!(formatter, "{}", Shown(name)),
            Place::Field(up, name) => write!(formatter, "{up}.{}", Shown(name)),
            Place::Index(up, index) => write!(formatter, "{up}[{index}]"),
        }
    }
}
