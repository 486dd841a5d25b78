//! What is known of a party, whatever order it appears in.
//!
//! Invariant: an answer; an event may say less of a party, never make one eligible that is not.

/// What is known of a party beside its tier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Whether it may be paid at all.
    pub eligible: bool,
    /// Words a rule may look for.
    pub tags: Vec<String>,
}

impl Default for Standing {
    fn default() -> Standing {
        Standing { eligible: true, tags: Vec::new() }
    }
}
