//! For what a policy is compiled: to decide, or to have its code counted.
//!
//! Invariant: what decides is compiled by [`settings`](super::settings) alone; a build for counting lies apart from it and
//! changes nothing of it.

use super::settings::{PROFILE, PROFILE_SETTINGS, RUSTC_FLAGS, TARGET};

/// A way to compile a policy in Rust.
#[derive(Debug)]
pub(super) struct Recipe {
    /// The name of the profile, and of the folder that cargo puts its results in.
    pub(super) profile: &'static str,
    /// The profile's settings.
    pub(super) settings: &'static [(&'static str, &'static str)],
    /// Flags for rustc.
    pub(super) flags: &'static [&'static str],
}

/// What programs run.
pub(super) static POLICY: Recipe =
    Recipe { profile: PROFILE, settings: &PROFILE_SETTINGS, flags: &RUSTC_FLAGS };

/// What `fenrun test --coverage` counts in, beside what programs run.
pub(super) static COVERAGE: Recipe = Recipe {
    profile: "fenrun-coverage",
    settings: &[
        ("inherits", "\"release\""),
        // Nothing is inlined, merged or turned from a branch into arithmetic: every branch of the source can be seen.
        ("opt-level", "0"),
        ("lto", "false"),
        ("codegen-units", "1"),
        ("panic", "\"abort\""),
        // From which line each instruction was made.
        ("debug", "\"line-tables-only\""),
        ("strip", "\"none\""),
        // As in what programs run, because the two have to answer alike.
        ("overflow-checks", "true"),
        ("debug-assertions", "false"),
    ],
    // Without optimisation a call needs more of the stack.
    flags: &["-Clink-arg=-zstack-size=131072"],
};

impl Recipe {
    /// All of it as one text: a module that was built with another one is out of date.
    pub(super) fn fingerprint(&self) -> String {
        let profile: Vec<String> =
            self.settings.iter().map(|(key, value)| format!("{key}={value}")).collect();
        format!("{TARGET} {} {} {}", self.profile, profile.join(" "), self.flags.join(" "))
    }
}
