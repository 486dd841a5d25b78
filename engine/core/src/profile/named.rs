//! What every kind of profile file has: a name, a sentence about it, and all its keys.
//!
//! Invariant: an unknown key and a missing key are errors; a file of a host's own never passes for a shipped one.

use crate::program::document::{Complaint, Flaw, Source, Table};
use crate::program::limits::PROFILE_BYTES_MAX;
use crate::program::words;

/// What a kind of profile consists of.
pub(super) struct Kind {
    /// The keys beside `name` and `about`.
    pub(super) keys: &'static [&'static str],
    /// What to write where a key is missing; a key that is not here may be left out.
    pub(super) remedies: &'static [(&'static str, &'static str)],
    /// The names of those that come with the engine.
    pub(super) shipped: &'static [&'static str],
    /// What a shipped one is called, such as `rail profile`.
    pub(super) called: &'static str,
    /// The key under which a program names one.
    pub(super) key: &'static str,
}

/// The head of a profile file.
pub(super) struct Named<'text> {
    pub(super) name: &'text str,
    pub(super) about: &'text str,
}

impl Kind {
    /// Reads a file; `fill` makes the profile of its head and its keys. `own` is a file of the host's.
    pub(super) fn read<Profile>(
        &self,
        (text, origin): (&str, &str),
        own: bool,
        fill: impl FnOnce(Named<'_>, &Table<'_>) -> Result<Profile, Complaint>,
    ) -> Result<Profile, Complaint> {
        let source = Source::new(text, origin, PROFILE_BYTES_MAX)?;
        let parsed = source.parse()?;
        let table = source.root(&parsed);
        let known: Vec<&str> = ["name", "about"].into_iter().chain(self.keys.iter().copied()).collect();
        table.refuse_unknown_keys(&known)?;
        let name = table.require("name", "give the profile a name, such as `name = \"ours\"`")?;
        let name_text = name.text()?;
        name.check(words::identifier(name_text))?;
        if own && self.shipped.contains(&name_text) {
            let flaw = Flaw::new(format!("`{name_text}` is the name of a shipped {}", self.called));
            return Err(name.complain(flaw.hint("give your profile a name of its own")));
        }
        let about = table.require("about", "say in one sentence what the profile is for: `about = \"…\"`")?;
        let about_text = about.text()?;
        about.check(words::sentence(about_text))?;
        for (key, remedy) in self.remedies {
            table.require(key, remedy)?;
        }
        fill(Named { name: name_text, about: about_text }, &table)
    }

    /// Whether a program's table of overrides names only keys that can be overridden.
    pub(super) fn check_overrides(&self, table: &Table<'_>) -> Result<(), Complaint> {
        let fixed = table.entries().into_iter().find(|(key, _)| matches!(*key, "name" | "about"));
        if let Some((key, item)) = fixed {
            let flaw = Flaw::new(format!("the `{key}` of a profile cannot be overridden"));
            let hint = format!("write a profile file of your own and name its path in `{}`", self.key);
            return Err(item.complain(flaw.hint(hint)));
        }
        table.refuse_unknown_keys(self.keys)
    }
}
