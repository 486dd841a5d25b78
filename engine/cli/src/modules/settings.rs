//! How policies are compiled: one table, so that every build of a policy is the same.
//!
//! Invariant: part of a policy's identity. A change here changes the digest of every policy that is built.

/// The target of policies.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// The name of the profile, and of the folder that cargo puts its results in.
pub const PROFILE: &str = "fenrun-policy";

/// The profile's settings, as `--config profile.fenrun-policy.…`.
pub const PROFILE_SETTINGS: [(&str, &str); 8] = [
    ("inherits", "\"release\""),
    // Fuel counts instructions. Level 2 is measured to need fewer than 3 in the stock policies (unrolling costs more than
    // it saves on orders of a few lines), and is smaller.
    ("opt-level", "2"),
    ("lto", "true"),
    ("codegen-units", "1"),
    // An unwinding table is of no use where a panic ends the instance.
    ("panic", "\"abort\""),
    ("strip", "\"debuginfo\""),
    ("debug", "false"),
    // A sum that does not fit stops the policy instead of paying a wrong amount.
    ("overflow-checks", "true"),
];

/// Flags for rustc.
pub const RUSTC_FLAGS: [&str; 2] = [
    // A small stack keeps the memory of an instance at one or two pages, all of which stay resident (DESIGN §5).
    "-Clink-arg=-zstack-size=16384",
    // Short numbers for addresses and functions: some 400 bytes of each module.
    "-Clink-arg=--compress-relocations",
];
