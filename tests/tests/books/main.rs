//! The books over whole lives of orders: exact to the cent after every step.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test may stop where something is not as it should be"
)]

mod backends;
mod behind;
mod by_hand;
mod coupons;
mod guarded;
mod histories;
mod known;
mod life;
mod model;
mod rail;
mod recompute;
mod reprice;
mod restate;
mod scenario;
mod versions;
mod wide;
mod worked;
mod writers;
