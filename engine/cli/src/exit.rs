//! How a command ends.
//!
//! Invariant: every way to end has one code, and each code is documented in `fenrun --help`.

use std::process::ExitCode;

/// How a command ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Exit {
    /// Everything was done: every event was decided or noted.
    Success,
    /// We broke: neither the input nor a policy is at fault.
    Internal,
    /// The command line is wrong.
    Usage,
    /// The program, a module, a configuration or an input file cannot be loaded.
    NotLoaded,
    /// Some events were rejected: they are not what they should be.
    Rejected,
    /// Some events are held: a policy failed, or its decision is forbidden.
    Held,
    /// The output cannot be written.
    Output,
    /// A module is not admitted.
    Refused,
}

impl Exit {
    /// Every way to end, by its code.
    pub const ALL: [Exit; 8] = [
        Exit::Success,
        Exit::Internal,
        Exit::Usage,
        Exit::NotLoaded,
        Exit::Rejected,
        Exit::Held,
        Exit::Output,
        Exit::Refused,
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
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}
