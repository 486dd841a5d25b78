//! The close of a period: what a party gets for all it sold, and which tier it has reached.
//!
//! One call is about one party; the host application makes one for each. A bonus is a formula of the party's volumes,
//! reckoned like a share and floored; a true-up is a bonus of which what was accrued is taken off. The host allocates it
//! over the period's orders, so that it counts in their caps and is clawed back with them.
//!
//! ```
//! use fenrun::{Engine, EngineOptions, PeriodFacts};
//! use fenrun::event::Party;
//! use fenrun::history::VolumeWindow;
//! use fenrun::program::{PolicySource, ProgramFile};
//!
//! let program = r#"
//! merchant  = "corner-shop"
//! currency  = "CNY"
//! time_zone = "Asia/Shanghai"
//! guard     = "cn"
//!
//! [[policy]]
//! name = "monthly"
//! use  = "seller-share"
//! [policy.configuration]
//! rate = "20%"
//! "#;
//! let modules = |_: &PolicySource| Ok(wat::parse_str(include_str!("../../examples/seller-share.wat")).unwrap());
//! let engine = Engine::new(EngineOptions::default())?;
//! let program = engine.load(ProgramFile::parse(program, "corner-shop.toml")?.into_definition(), &modules)?;
//!
//! let march = ("2026-02-28T16:00:00Z".parse()?, "2026-03-31T16:00:00Z".parse()?);
//! let mut facts = PeriodFacts::new(VolumeWindow::Month, march.0, march.1, Party::seller("s1"));
//! facts.volume_minor = 9_990_00;
//! let decision = engine.close_period(&program, &facts)?;
//! assert!(decision.policies.is_empty(), "the policy has no hook `period`, so it is not asked");
//! assert_eq!(decision.bonus_minor(), 0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Invariant: pure; a bonus is one exact sum, floored once and never below zero.

mod arithmetic;
mod ask;
mod decision;
mod facts;
mod json;

pub(crate) use ask::close;
pub use decision::{Bonus, BonusTerm, PeriodDecision};
pub use facts::PeriodFacts;
pub use json::schema;
