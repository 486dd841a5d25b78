//! Programs: one merchant's policies in order, with what they share.
//!
//! A program is written as TOML and read by [`ProgramFile`], or made in code by [`ProgramBuilder`]; both give the same
//! [`ProgramDefinition`]. It names modules, which a [`ModuleSource`] gives, and a
//! [guard profile](crate::profile::GuardProfile), which bounds what they may decide.
//!
//! ```toml
//! merchant  = "old-cellar"
//! currency  = "CNY"
//! time_zone = "Asia/Shanghai"
//! roles = ["ambassador"]            # beyond the well-known ones; optional
//! volume_window = "month"           # day, month, quarter, year or all; month unless given
//! guard = "cn"                      # a shipped profile, or the path of a profile file
//! rail = "wechat"                   # what the payment rail can carry out: wechat, none, or a path; none unless given
//! discounts = "stack"               # stack, exclusive or best_deal; stack unless given
//!
//! [guard_overrides]                 # what the host changes in the profile; the same keys
//! promoters_cap = "40%"
//!
//! [rail_overrides]                  # as the merchant's contract with the rail says; the same keys
//! ratio_max = "20%"
//!
//! [[policy]]
//! name = "first-order"              # unique; shown with every effect
//! use  = "nth-order-discount"       # a stock policy, "./folder" of source, or "./file.wasm"
//! combine = "stack"                 # discounts policies: unless as the program says
//! on_failure = "skip"               # discounts policies: skip or refuse; skip unless given
//! rounding = "floor_to_payee"       # shares policies: a name of fenrun_money::Allocation; this unless given
//! fuel_limit = 1_000_000            # of one hook call
//! [policy.configuration]            # as the policy's manifest says
//! rates = ["20%", "5%", "3%"]
//! ```
//!
//! Errors point at line, column and key, show the line, and say what to do:
//!
//! ```
//! use fenrun::program::ProgramFile;
//!
//! let text = "merchant = 'm'\ncurrency = 'CNY'\ntime_zone = 'Asia/Shangai'\nguard = 'cn'\npolicy = []";
//! assert_eq!(ProgramFile::parse(text, "program.toml").unwrap_err().to_string(), "\
//! program.toml:3:13: time_zone: no time zone is named `Asia/Shangai`
//!   |
//! 3 | time_zone = 'Asia/Shangai'
//!   |             ^^^^^^^^^^^^^^
//! hint: did you mean `Asia/Shanghai`?");
//! ```
//!
//! Invariant: strict and pure. Nothing here runs a module or decides anything; only [`ModuleFiles`] touches files.

pub(crate) mod canonical;
mod configuration;
mod definition;
pub(crate) mod document;
mod file;
pub mod limits;
mod module_source;
mod policy;
mod terms;
pub(crate) mod wire;
pub(crate) mod words;

pub use definition::{ProgramBuilder, ProgramDefinition};
pub use file::ProgramFile;
pub use module_source::{ModuleFiles, ModuleSource, ModuleSourceError};
pub use policy::{Budget, Combine, OnFailure, OnRefund, PolicyEntry, PolicySource};
pub use terms::{LateRefund, LedgerTerms, Touch};
pub use wire::schema;

use document::located_error;

located_error! {
    /// Why a program cannot be used, and where in its text.
    ///
    /// ```
    /// use fenrun::program::ProgramFile;
    ///
    /// let error = ProgramFile::parse("merchant = 5", "program.toml").unwrap_err();
    /// assert_eq!(error.key(), "currency");
    /// assert_eq!((error.origin(), error.line()), (Some("program.toml"), None), "it stands nowhere");
    /// assert_eq!(error.message(), "missing key");
    /// assert_eq!(error.hint(), Some("name the currency by its ISO 4217 code: `currency = \"CNY\"`"));
    /// ```
    ProgramError
}
