//! Exact, guarded, sandboxed decisions about payouts and discounts.
//!
//! A merchant's rules are WebAssembly modules. The engine runs each of them, sandboxed and metered, on every order
//! event; they say what they want ("20 % of what was paid, to the seller, because …"), and the engine does the
//! arithmetic, checks it, and says where each cent goes and why. No cent is lost, no policy sees more than the facts of
//! one order, and a policy that loops or lies hurts nobody.
//!
//! ```
//! use fenrun::{Engine, EngineOptions, Outcome};
//! use fenrun::event::{Event, Expectations, Line, Order};
//! use fenrun::history::NoHistory;
//! use fenrun::program::{PolicySource, ProgramFile};
//! use fenrun_money::Currency;
//!
//! let program = r#"
//! merchant  = "corner-shop"
//! currency  = "CNY"
//! time_zone = "Asia/Shanghai"
//! guard     = "cn"
//!
//! [[policy]]
//! name = "seller"
//! use  = "seller-share"
//! [policy.configuration]
//! rate = "20%"
//! "#;
//! // Where modules come from is the host's business: here, one that is compiled from text.
//! let modules = |_: &PolicySource| Ok(wat::parse_str(include_str!("../examples/seller-share.wat")).unwrap());
//!
//! let engine = Engine::new(EngineOptions::default())?;
//! let definition = ProgramFile::parse(program, "corner-shop.toml")?.into_definition();
//! let program = engine.load(definition, &modules)?;
//!
//! let expect = Expectations::new(Currency::CNY);
//! let order = Order::new("A1001", "b1", "2026-03-01T10:00:00+08:00".parse()?, Currency::CNY)
//!     .line(Line::goods("1", "SKU1", 1, 9_99))
//!     .seller("s1");
//! let event = Event::order_paid(order.clone(), &expect)?;
//! let Outcome::Decided(decision) = engine.decide(&program, &event, &NoHistory) else { panic!() };
//! assert_eq!(decision.amount_of("s1"), 1_99); // 20 % of 9.99 is 1.998: floored, the rest stays with the merchant
//! assert_eq!(decision.totals.merchant_net, 8_00);
//! assert!(decision.totals.balance());
//!
//! // What the tenders say must be what is due; otherwise the event waits, nothing is paid, and the numbers are named.
//! let short = order.tender(fenrun::event::Tender::new(fenrun::event::TenderKind::Money, 9_00));
//! let event = Event::order_paid(short, &expect)?;
//! let Outcome::Held(held) = engine.decide(&program, &event, &NoHistory) else { panic!() };
//! assert_eq!(held.cause.to_string(), "tenders_match: the tenders come to 9.00, 9.99 is due");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Concepts
//!
//! - An [`Engine`] holds the runtime and the compiled modules. One is enough for a process; it is shared by threads.
//! - A [`Program`] is one merchant's list of policies, configured and in order. Write it as TOML
//!   ([`program::ProgramFile`]) or in code ([`program::ProgramBuilder`]); [`Engine::load`] admits, compiles and
//!   configures its modules, which a [`program::ModuleSource`] of the host gives.
//! - An [`Event`](event::Event) is a fact from outside. What it leaves out (order numbers, chains, volumes) comes from a
//!   [`History`](history::History); [`MemoryHistory`](history::MemoryHistory) learns from the stream.
//! - [`Engine::decide`] answers with an [`Outcome`]: a [`Decision`], a [`Held`] event, or an error of ours.
//! - A [`Decision`] holds discounts and shares, each with base, exact rate, amount, reason and allocation to lines, and
//!   the sums. It exists only after the guard has verified it against the program's [`profile`].
//!
//! # What can go wrong, and whose it is
//!
//! | kind | whose | type |
//! | --- | --- | --- |
//! | refusal | the policy says no, with a reason; the order goes on | [`PolicyAnswer::Refused`](decision::PolicyAnswer) |
//! | failure | the policy broke: trap, out of fuel, a call the contract forbids | [`sandbox::Failure`] |
//! | violation | a well-formed decision that the guard forbids, with the numbers | [`Violation`] |
//! | error | we broke, or what we were given cannot be used | [`EngineError`], [`LoadError`], [`event::EventError`] |
//!
//! A failing discount policy never blocks a sale unless the program wants it to. A failing share policy, and every
//! violation, holds the event: the sale stands, nothing is paid, and it can be decided again.
//!
//! # The rooms
//!
//! | module | what lives there |
//! | --- | --- |
//! | [`event`] | order events, parsed exactly and bounded |
//! | [`history`] | what an event leaves out |
//! | [`program`], [`profile`], [`manifest`] | what the merchant, the platform and the author write |
//! | [`admission`] | checks on a module's bytes, before any compiler runs |
//! | [`compilation`], [`artifacts`] | from an admitted module to native code: in a child process, under limits; kept under a seal |
//! | [`sandbox`] | compiled modules, configured images, calls that see nothing of one another |
//! | [`decision`] | what was decided, and why, to the cent |
//! | [`periods`] | the close of a period: bonuses and tiers, for one party at a time |
//! | [`granting`] | points, stars, coupons and tiers for what has happened; no money |
//! | [`conduct`], [`fair`] | who is suspended after failures in a row; whose turn it is |
//!
//! # Features
//!
//! - `second-engine`: an interpreter that makes a share of the calls again and compares
//!   (`EngineOptions::second_engine`). Off by default; it adds `wasmi`.
//!
//! The engine is synchronous, opens no file, starts no process and makes no connection by itself, and needs no async
//! runtime. A host that asks for it gets a compiler in a child process ([`compilation::Compilation::Child`]) and a cache
//! of compiled modules ([`artifacts::ArtifactCache`]).

pub mod admission;
pub mod artifacts;
pub mod books;
mod budget;
mod cart;
pub mod compilation;
pub mod conduct;
mod decide;
pub mod decision;
mod engine;
pub mod event;
mod facts;
pub mod fair;
pub mod granting;
mod guard;
pub mod history;
mod in_play;
mod loaded;
pub mod manifest;
mod modules;
mod outcome;
pub mod periods;
mod pricing;
pub mod profile;
pub mod program;
pub mod quota;
mod quoted;
pub mod sandbox;
mod sharing;

pub use decision::Decision;
pub use engine::{Engine, EngineOptions, LoadCause, LoadError, StartError};
pub use granting::GrantsDecision;
pub use guard::{GuardCheck, Relation, Violation};
pub use loaded::{LoadedPolicy, Program};
pub use outcome::{EngineError, Held, HoldCause, Outcome, Undecided};
pub use periods::{PeriodDecision, PeriodFacts};
