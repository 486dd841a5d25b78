//! What a hook call came to.
//!
//! Invariant: a refusal is an answer of the policy, a failure is a fault of the policy, and the two are never mixed.

use fenrun_abi::host::{Asked, Reads};

/// The answer of a hook that ended by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answer {
    /// What it asked for; empty of effects where it refused.
    pub asked: Asked,
    /// Whether it refused; the reason is in `asked.refusal`.
    pub refused: bool,
    /// Fuel used, in instructions and prices of imports.
    pub fuel: u64,
    /// Which fields it read.
    pub reads: Reads,
}

/// A policy broke: the call ended without an answer. Its effects are dropped, and nothing is paid on its word.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
#[non_exhaustive]
pub struct Failure {
    /// How it broke.
    pub kind: FailureKind,
    /// Fuel charged: what was used where that is known, else the whole limit.
    pub fuel: u64,
}

/// How a policy broke.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FailureKind {
    /// It used all its fuel.
    #[error("out of fuel after {limit} units; hint: look for a loop that does not end")]
    OutOfFuel {
        /// The limit it ran under.
        limit: u64,
    },
    /// It recursed too deep.
    #[error("its call stack is full; hint: look for a recursion that does not end")]
    StackOverflow,
    /// It stopped itself, as a Rust policy does where it panics or overflows.
    #[error("it stopped itself (`unreachable`); hint: a panic or an overflow in the policy")]
    Unreachable,
    /// It did something WebAssembly does not allow.
    #[error("{trap}")]
    Trap {
        /// The runtime's words for it.
        trap: String,
    },
    /// It made a call that the contract does not allow.
    #[error("{fault}")]
    Contract {
        /// What the contract says.
        fault: fenrun_abi::host::Fault,
    },
    /// The hook returned a number that is neither done nor refused.
    #[error("the hook returned {code}, expected 0 (done) or 1 (refused)")]
    Code {
        /// The number.
        code: i32,
    },
    /// It had failed too often, and was not run.
    #[error(
        "it is suspended after {failures} failures in a row; hint: bring a mended version into force, or resume it once its cause is gone"
    )]
    Suspended {
        /// How often in a row.
        failures: u32,
    },
    /// Two engines ran it and do not agree.
    #[error(
        "two engines do not agree about it: {difference}; hint: report the module and the event, one of the engines has a fault"
    )]
    Disputed {
        /// The first thing they do not agree about.
        difference: String,
    },
    /// Two engines did not agree about it, and it was not run.
    #[error(
        "it is in quarantine, because two engines did not agree about it; hint: bring another version into force, or resume it once its cause is gone"
    )]
    Quarantined,
}
