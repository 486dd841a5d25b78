//! fenrun: front page in the making.

pub mod admission;
mod cart;
mod decide;
pub mod decision;
mod engine;
pub mod event;
mod facts;
mod guard;
pub mod history;
mod loaded;
pub mod manifest;
mod outcome;
mod pricing;
pub mod profile;
pub mod program;
pub mod sandbox;
mod sharing;

pub use decision::Decision;
pub use engine::{Engine, EngineOptions, LoadCause, LoadError, StartError};
pub use guard::Violation;
pub use loaded::{LoadedPolicy, Program};
pub use outcome::{EngineError, Held, HoldCause, Outcome};
