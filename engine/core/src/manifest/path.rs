//! Where a value stands: `tiers.0.from`.
//!
//! Invariant: costs nothing until it is shown, so that a long key over many values is not copied for each of them.

use std::fmt;

use crate::admission::printable::printable;

/// A place below another one, linked upwards.
#[derive(Clone, Copy, Debug)]
pub(super) struct Path<'a> {
    parent: Option<&'a Path<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Step<'a> {
    Root,
    Key(&'a str),
    Item(usize),
}

impl<'a> Path<'a> {
    /// The whole.
    pub(super) const ROOT: Path<'static> = Path { parent: None, step: Step::Root };

    /// The value of a key of this table.
    pub(super) const fn key(&'a self, key: &'a str) -> Path<'a> {
        Path { parent: Some(self), step: Step::Key(key) }
    }

    /// An item of this list.
    pub(super) const fn item(&'a self, at: usize) -> Path<'a> {
        Path { parent: Some(self), step: Step::Item(at) }
    }

    fn is_root(&self) -> bool {
        matches!(self.step, Step::Root)
    }
}

/// The path with hidden characters escaped; empty for the whole.
impl fmt::Display for Path<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent
            && !parent.is_root()
        {
            write!(out, "{parent}.")?;
        }
        match self.step {
            Step::Root => Ok(()),
            Step::Key(key) => write!(out, "{}", printable(key)),
            Step::Item(at) => write!(out, "{at}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Path;

    #[test]
    fn a_path_reads_from_the_whole_to_the_part() {
        let tiers = Path::ROOT.key("tiers");
        let first = tiers.item(0);
        assert_eq!(Path::ROOT.to_string(), "");
        assert_eq!(first.key("from").to_string(), "tiers.0.from");
    }
}
