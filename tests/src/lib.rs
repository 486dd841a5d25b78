//! Tests that need more than one crate; they are in `tests/`.
