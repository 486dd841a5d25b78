//! Guard profiles: what must be true of every decision, whatever a policy says; and rail profiles: what the payment rail
//! can carry out.
//!
//! Invariant: data, not code, and no limit without a word: a profile file names every key, `"none"` included.
//!
//! A profile belongs to the host, not to a policy module. Two are shipped, [`cn`](SHIPPED) and `open`; a host writes
//! its own as a TOML file of the same keys, and a program file overrides single keys. A [rail profile](RailProfile) is
//! written, named and overridden the same way. **A profile is a default to be
//! checked with counsel; it is not legal advice.**
//!
//! ```
//! use fenrun::profile::{GuardProfile, RoleClass};
//! use fenrun_money::Rate;
//!
//! let cn = GuardProfile::named("cn")?;
//! assert_eq!(cn.max_paid_uplines(), Some(2));
//! assert_eq!(cn.cap(RoleClass::Promoters), Some(Rate::percent(50)));
//! assert_eq!(cn.class("guide"), RoleClass::Promoters);
//!
//! // What a cap would forbid, arithmetic may still allow: `open` has no caps.
//! assert_eq!(GuardProfile::named("open")?.cap(RoleClass::Promoters), None);
//!
//! let error = GuardProfile::named("cm").unwrap_err();
//! assert_eq!(error.to_string(), "no guard profile is named `cm`\nhint: did you mean `cn`?");
//! # Ok::<(), fenrun::profile::ProfileError>(())
//! ```

mod class;
mod guard;
mod json;
mod named;
mod rail;
mod rules;
mod schema;
mod shipped;
mod source;

pub use class::RoleClass;
pub use guard::{GuardProfile, LineFloors, OverCap, RefundOverCap};
pub use rail::{RAILS, RailProfile};
pub use schema::schema;
pub use shipped::SHIPPED;
pub use source::ProfileSource;

pub(crate) use guard::unknown_name;
pub(crate) use rail::unknown_rail;
pub(crate) use rules::apply_overrides;
pub(crate) use schema::{Overrides, RailOverrides};

use crate::program::document::located_error;

located_error! {
    /// Why a profile cannot be used, and where in its text.
    ///
    /// ```
    /// use fenrun::profile::GuardProfile;
    ///
    /// let error = GuardProfile::parse("name = \"ours\"\nabut = \"\"", "ours.toml").unwrap_err();
    /// assert_eq!((error.line(), error.column(), error.key()), (Some(2), Some(1), "abut"));
    /// assert_eq!(error.message(), "unknown key");
    /// assert_eq!(error.hint(), Some("did you mean `about`?"));
    /// ```
    ProfileError
}
