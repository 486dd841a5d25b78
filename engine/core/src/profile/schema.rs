//! The JSON Schema of a profile file.
//!
//! Invariant: says what `rules` reads; a test compares their keys.
#![expect(dead_code, reason = "these types only describe the file; the fields are never read")]

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema};

use super::{LineFloors, OverCap, RefundOverCap, RoleClass};
use crate::program::wire::{RateText, describe};

/// The JSON Schema of a profile file, for editors and for `fenrun schema`.
///
/// ```
/// let schema = fenrun::profile::schema();
/// assert!(schema.pointer("/properties/promoters_cap").is_some());
/// assert!(schema.pointer("/properties/promoter_cap").is_none());
/// ```
#[must_use]
pub fn schema() -> Schema {
    describe::<ProfileText>()
}

/// A guard profile: what must be true of every decision, whatever a policy says. A default to be checked with counsel,
/// not legal advice.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename = "GuardProfile")]
struct ProfileText {
    /// The profile's name, shown with every violation; not that of a shipped profile.
    name: String,
    /// One sentence about the profile, for people.
    about: String,
    /// How many parties above the seller may be paid for one order.
    max_paid_uplines: NumberOrNone,
    /// The most that all promoters together may get, as a part of the goods paid in money.
    promoters_cap: CapOrNone,
    /// The most that all trade partners together may get, as a part of the goods paid in money.
    trade_partners_cap: CapOrNone,
    /// The most that the platform may get, as a part of the goods paid in money.
    platform_cap: CapOrNone,
    /// The most that all of them together may get, as a part of the goods paid in money.
    total_cap: CapOrNone,
    /// Whether money may be paid for bringing somebody in.
    pay_for_recruiting: bool,
    /// Whether shares may be taken from lines of kind `fee` or `deposit`.
    pay_from_fees: bool,
    /// Whether the buyer may earn on the own order.
    buyer_may_earn: bool,
    /// What happens to a discount that would take a line below its floor.
    line_floors: LineFloors,
    /// The shortest time a share is held after the order is completed, in days.
    #[schemars(range(max = 3_650))]
    hold_days_min: u32,
    /// What happens to shares above a cap.
    over_cap: OverCap,
    /// What happens where a refund alone lifts what is left of the shares above a cap; `report` unless given.
    refund_over_cap: Option<RefundOverCap>,
    /// The class of every well-known role, and of others.
    classes: BTreeMap<String, RoleClass>,
}

/// Some keys of a guard profile, changed for one program.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename = "GuardOverrides")]
pub(crate) struct Overrides {
    /// How many parties above the seller may be paid for one order.
    max_paid_uplines: Option<NumberOrNone>,
    /// The most that all promoters together may get, as a part of the goods paid in money.
    promoters_cap: Option<CapOrNone>,
    /// The most that all trade partners together may get, as a part of the goods paid in money.
    trade_partners_cap: Option<CapOrNone>,
    /// The most that the platform may get, as a part of the goods paid in money.
    platform_cap: Option<CapOrNone>,
    /// The most that all of them together may get, as a part of the goods paid in money.
    total_cap: Option<CapOrNone>,
    /// Whether money may be paid for bringing somebody in.
    pay_for_recruiting: Option<bool>,
    /// Whether shares may be taken from lines of kind `fee` or `deposit`.
    pay_from_fees: Option<bool>,
    /// Whether the buyer may earn on the own order.
    buyer_may_earn: Option<bool>,
    /// What happens to a discount that would take a line below its floor.
    line_floors: Option<LineFloors>,
    /// The shortest time a share is held after the order is completed, in days.
    #[schemars(range(max = 3_650))]
    hold_days_min: Option<u32>,
    /// What happens to shares above a cap.
    over_cap: Option<OverCap>,
    /// What happens where a refund alone lifts what is left of the shares above a cap.
    refund_over_cap: Option<RefundOverCap>,
    /// The class of single roles: well-known ones, and those of the program's `roles`.
    classes: Option<BTreeMap<String, RoleClass>>,
}

/// Some keys of a rail profile, changed for one program.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename = "RailOverrides")]
pub(crate) struct RailOverrides {
    /// The most that all others together may get of one payment, as a part of what was paid in money.
    ratio_max: Option<CapOrNone>,
    /// How many receivers one order, and one batch of payouts, may have.
    receivers_max: Option<NumberOrNone>,
    /// The days after a payment in which its shares must be made.
    share_days_max: Option<DaysOrNone>,
    /// Whether the rail can ask money back from receivers who are persons.
    asks_persons_back: Option<bool>,
}

/// A whole number of days, or `none` for no limit.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum DaysOrNone {
    Number(#[schemars(range(max = 3_650))] u32),
    None(NoLimit),
}

/// A whole number, or `none` for no limit.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum NumberOrNone {
    Number(#[schemars(range(max = 1_000_000))] u32),
    None(NoLimit),
}

/// A rate from 0 % to 100 %, or `none` for no limit.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum CapOrNone {
    Cap(RateText),
    None(NoLimit),
}

/// No limit.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
enum NoLimit {
    None,
}
