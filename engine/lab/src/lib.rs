//! The policy laboratory: case files, their runner, what it reports; coverage; properties; backtests; templates of new policies.
//!
//! Invariant: opens no file; a case is judged by money that moved, never by how a policy is written.
//!
//! ```
//! use std::num::NonZeroUsize;
//!
//! use fenrun::program::PolicySource;
//! use fenrun::{Engine, EngineOptions};
//! use fenrun_lab::{CaseSet, Lab, Subject};
//!
//! let cases = CaseSet::read("cases/seller.json", r#"{
//!   "cases": [
//!     {
//!       "it": "gives the seller a fifth, rounded down, and takes it back with the order",
//!       "configuration": { "rate": "20%" },
//!       "given": { "order": { "seller": "s1", "lines": [{ "price": "9.99" }] } },
//!       "expect": { "shares": { "s1": "1.99" }, "merchant_net": "8.00" },
//!       "then": [
//!         {
//!           "event": { "kind": "order.cancelled", "order": "A1", "time": "2026-03-03T10:00:00+08:00" },
//!           "expect": { "held": {}, "merchant": "0.00" }
//!         }
//!       ]
//!     }
//!   ]
//! }"#)?;
//!
//! // Where modules and guard profiles come from is the host's business.
//! let modules = |_: &PolicySource| Ok(wat::parse_str(include_str!("../../core/examples/seller-share.wat")).unwrap());
//! let profiles = |_: &str| -> std::io::Result<String> { Err(std::io::ErrorKind::NotFound.into()) };
//! let subject = Subject { name: "seller".into(), uses: "./seller".into() };
//! let lab = Lab { engine: Engine::new(EngineOptions::default())?, modules: &modules, profiles: &profiles, subject,
//!     explain: false };
//!
//! let reports = lab.run_all(&[cases], NonZeroUsize::MIN);
//! assert!(reports[0].passed());
//! assert_eq!(reports[0].fuel, Some(98));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod backtest;
mod compare;
pub mod coverage;
pub mod explanation;
mod file;
mod flaw;
mod given;
mod observed;
mod program_text;
pub mod properties;
mod raw;
mod read;
pub mod report;
mod rows;
mod run;
mod schema;
mod spot;
mod suite;
pub mod template;
mod verdict;

pub use flaw::Flaw;
pub use program_text::Subject;
pub use read::CaseSet;
pub use run::Lab;
pub use schema::schema;
pub use verdict::{CaseReport, Difference, Failing, Verdict};
