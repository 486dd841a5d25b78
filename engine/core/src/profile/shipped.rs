//! The profiles that come with the engine.
//!
//! Invariant: their text is part of the binary; a test reads each.

/// The names of the shipped profiles.
///
/// `cn` is the default to begin with in mainland China; `open` holds the arithmetic rules only. Their files, with the
/// reason of every value, are in `engine/core/profiles`.
///
/// ```
/// use fenrun::profile::{GuardProfile, SHIPPED};
///
/// assert_eq!(SHIPPED, ["cn", "open"]);
/// assert!(SHIPPED.iter().all(|name| GuardProfile::named(name).is_ok()));
/// assert!(GuardProfile::named("none").is_err());
/// ```
pub const SHIPPED: [&str; 2] = ["cn", "open"];

/// The text of a shipped profile.
pub(super) fn text(name: &str) -> Option<&'static str> {
    match name {
        "cn" => Some(include_str!("../../profiles/cn.toml")),
        "open" => Some(include_str!("../../profiles/open.toml")),
        _ => None,
    }
}
