//! How a command ends.
//!
//! Invariant: every way to end has one code, and `fenrun --help` lists them all.

use std::process::ExitCode;

/// How a command ends. The documentation of `fenrun --help` is made from this list.
///
/// ```
/// use fenrun_cli::Exit;
///
/// assert_eq!(Exit::Held.code(), 5);
/// // One bad event never stops a stream; what was worst decides how the run ends.
/// assert_eq!(Exit::Rejected.and(Exit::Held), Exit::Held);
/// assert_eq!(Exit::Held.and(Exit::Internal), Exit::Internal);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Exit {
    /// All was done: every event was decided, noted, or known already.
    Success,
    /// We broke: neither the input nor a policy is at fault, and trying again may help.
    Internal,
    /// The command line is wrong.
    Usage,
    /// The program, a module, a configuration or an input file cannot be loaded.
    NotLoaded,
    /// Some events were rejected: they are malformed, or contradict what was told before.
    Rejected,
    /// Some events are held: a policy failed, or its decision is forbidden.
    Held,
    /// The output cannot be written.
    Output,
    /// A module is not admitted.
    Refused,
    /// Some cases failed or could not be run, or there were none; a property of a policy does not hold.
    Failed,
    /// A ledger is not what its log makes of it.
    Differs,
    /// The cases of a policy reach less of its code than is wanted.
    Unreached,
}

impl Exit {
    /// Every way to end, by rising code.
    pub const ALL: [Exit; 11] = [
        Exit::Success,
        Exit::Internal,
        Exit::Usage,
        Exit::NotLoaded,
        Exit::Rejected,
        Exit::Held,
        Exit::Output,
        Exit::Refused,
        Exit::Failed,
        Exit::Differs,
        Exit::Unreached,
    ];

    /// The exit code.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Exit::Success => 0,
            Exit::Internal => 1,
            Exit::Usage => 2,
            Exit::NotLoaded => 3,
            Exit::Rejected => 4,
            Exit::Held => 5,
            Exit::Output => 6,
            Exit::Refused => 7,
            Exit::Failed => 8,
            Exit::Differs => 9,
            Exit::Unreached => 10,
        }
    }

    /// What it means, in a few words.
    #[must_use]
    pub const fn about(self) -> &'static str {
        match self {
            Exit::Success => "all was done: every event was decided, noted, or known already",
            Exit::Internal => "internal error: neither the input nor a policy is at fault",
            Exit::Usage => "the command line is wrong",
            Exit::NotLoaded => "the program, a module, a configuration or an input file cannot be loaded",
            Exit::Rejected => "some events were rejected: malformed, or against what was told before",
            Exit::Held => "some events are held: a policy failed, or its decision is forbidden",
            Exit::Output => "the output cannot be written",
            Exit::Refused => "a module is not admitted (`build`, `check`)",
            Exit::Failed => {
                "some cases failed, could not be run, or were none (`test`); a property is broken (`check`)"
            }
            Exit::Differs => "a ledger is not what its log makes of it (`verify`)",
            Exit::Unreached => "cases reach less of a policy's code than is wanted (`test --fail-under`)",
        }
    }

    /// How a run ends in which both occurred: an internal error (1) counts before a held event (5), that before a
    /// rejected one (4), that before success. All other ways end a run at once.
    #[must_use]
    pub fn and(self, other: Exit) -> Exit {
        if self.rank() >= other.rank() { self } else { other }
    }

    const fn rank(self) -> u8 {
        match self {
            Exit::Success => 0,
            Exit::Rejected => 1,
            Exit::Held => 2,
            Exit::Internal => 3,
            Exit::Unreached => 4,
            Exit::Failed => 5,
            Exit::Differs => 6,
            Exit::Refused => 7,
            Exit::NotLoaded => 8,
            Exit::Output => 9,
            Exit::Usage => 10,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}

/// The list for `--help`.
pub(crate) fn help() -> String {
    let rows = Exit::ALL.map(|exit| format!("  {}  {}", exit.code(), exit.about()));
    format!(
        "Exit codes:\n{}\n\nWhere several apply to a run, 1 counts before 5, and 5 before 4.",
        rows.join("\n")
    )
}

#[cfg(test)]
mod tests {
    use super::Exit;

    #[test]
    fn codes_are_their_places_and_never_change() {
        let codes = Exit::ALL.map(Exit::code);
        assert_eq!(codes, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    }

    #[test]
    fn the_worst_counts_in_whichever_order_it_came() {
        for one in Exit::ALL {
            for other in Exit::ALL {
                assert_eq!(one.and(other), other.and(one));
                assert_eq!(one.and(Exit::Success), one);
            }
        }
    }
}
