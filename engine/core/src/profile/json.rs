//! A profile as JSON.
//!
//! Invariant: the same profile is always the same bytes.

use fenrun_money::Rate;
use serde_json::Value;

use super::{GuardProfile, RefundOverCap, RoleClass};
use crate::program::canonical::object;

pub(super) fn of(profile: &GuardProfile) -> Value {
    let cap = |cap: Option<Rate>| cap.map_or(Value::Null, |rate| rate.to_string().into());
    let mut entries = vec![
        ("name", profile.name().into()),
        ("about", profile.about().into()),
        ("max_paid_uplines", profile.max_paid_uplines().into()),
        ("promoters_cap", cap(profile.cap(RoleClass::Promoters))),
        ("trade_partners_cap", cap(profile.cap(RoleClass::TradePartners))),
        ("platform_cap", cap(profile.cap(RoleClass::Platform))),
        ("total_cap", cap(profile.total_cap())),
        ("pay_for_recruiting", profile.pay_for_recruiting().into()),
        ("pay_from_fees", profile.pay_from_fees().into()),
        ("buyer_may_earn", profile.buyer_may_earn().into()),
        ("line_floors", profile.line_floors().name().into()),
        ("hold_days_min", profile.hold_days_min().into()),
        ("over_cap", profile.over_cap().name().into()),
        ("classes", object(profile.classes().map(|(role, class)| (role, class.name().into())))),
        ("overridden", profile.overridden().collect()),
    ];
    // What came later does not show at its default, so that digests from before stay.
    if profile.refund_over_cap() != RefundOverCap::default() {
        entries.push(("refund_over_cap", profile.refund_over_cap().name().into()));
    }
    object(entries)
}
