//! Reading the keys of a profile, in a profile file and in the overrides of a program.
//!
//! Invariant: a file names every key, an override only those it changes; both are read by the same code.

use std::collections::{BTreeMap, BTreeSet};

use fenrun_abi::word;
use fenrun_money::{Rate, RateError};
use toml::de::DeValue;

use super::guard::{HOLD_DAYS_MAX, checked_cap};
use super::named::{Kind, Named};
use super::{GuardProfile, LineFloors, OverCap, RefundOverCap, RoleClass, SHIPPED};
use crate::admission::printable::printable;
use crate::manifest::word::nearest;
use crate::program::document::{Complaint, Flaw, Item, Table, choices};
use crate::program::words;

/// The keys that an override may change.
pub(super) const OVERRIDES: [&str; 13] = [
    "max_paid_uplines",
    "promoters_cap",
    "trade_partners_cap",
    "platform_cap",
    "total_cap",
    "pay_for_recruiting",
    "pay_from_fees",
    "buyer_may_earn",
    "line_floors",
    "hold_days_min",
    "over_cap",
    "refund_over_cap",
    "classes",
];

/// The most uplines a profile can name; far above any chain, so that a count always fits.
const UPLINES_MAX: u32 = 1_000_000;

const LINE_FLOORS: [(&str, LineFloors); 2] = [("clamp", LineFloors::Clamp), ("reject", LineFloors::Reject)];
const OVER_CAP: [(&str, OverCap); 2] = [("reject", OverCap::Reject), ("trim", OverCap::Trim)];
const REFUND_OVER_CAP: [(&str, RefundOverCap); 2] =
    [("report", RefundOverCap::Report), ("claw", RefundOverCap::Claw)];
const CLASSES: [(&str, RoleClass); 3] = [
    ("promoters", RoleClass::Promoters),
    ("trade_partners", RoleClass::TradePartners),
    ("platform", RoleClass::Platform),
];

/// What a guard profile consists of.
const KIND: Kind =
    Kind { keys: &OVERRIDES, remedies: &REMEDIES, shipped: &SHIPPED, called: "profile", key: "guard" };

/// Reads a file that comes with the engine.
pub(super) fn parse_shipped(text: &str, origin: &str) -> Result<GuardProfile, Complaint> {
    KIND.read((text, origin), false, fill)
}

/// Reads a file of the host's own, which may not pass for a shipped one.
pub(super) fn parse_own(text: &str, origin: &str) -> Result<GuardProfile, Complaint> {
    KIND.read((text, origin), true, fill)
}

fn fill(named: Named<'_>, table: &Table<'_>) -> Result<GuardProfile, Complaint> {
    let mut profile = GuardProfile {
        name: named.name.to_owned(),
        about: named.about.to_owned(),
        max_paid_uplines: None,
        promoters_cap: None,
        trade_partners_cap: None,
        platform_cap: None,
        total_cap: None,
        pay_for_recruiting: false,
        pay_from_fees: false,
        buyer_may_earn: false,
        line_floors: LineFloors::Reject,
        hold_days_min: 0,
        over_cap: OverCap::Reject,
        refund_over_cap: RefundOverCap::default(),
        classes: BTreeMap::new(),
        overridden: BTreeSet::new(),
    };
    read_rules(&mut profile, table, words::identifier)?;
    refuse_missing_classes(&profile, table)?;
    Ok(profile)
}

/// What to write where a key is missing. `refund_over_cap` may be left out: it came later, and files from before stay good.
const REMEDIES: [(&str, &str); 12] = [
    ("max_paid_uplines", "write `max_paid_uplines = 2`, or `\"none\"` for any number"),
    ("promoters_cap", "write a rate such as `promoters_cap = \"50%\"`, or `\"none\"` for no cap"),
    ("trade_partners_cap", "write a rate such as `trade_partners_cap = \"50%\"`, or `\"none\"` for no cap"),
    ("platform_cap", "write a rate such as `platform_cap = \"30%\"`, or `\"none\"` for no cap"),
    ("total_cap", "write a rate such as `total_cap = \"70%\"`, or `\"none\"` for no cap"),
    ("pay_for_recruiting", "write `pay_for_recruiting = false`, or `true` where that is allowed"),
    ("pay_from_fees", "write `pay_from_fees = false`, or `true` where that is allowed"),
    ("buyer_may_earn", "write `buyer_may_earn = true` or `false`"),
    ("line_floors", "write `line_floors = \"clamp\"` or `\"reject\"`"),
    ("hold_days_min", "write `hold_days_min = 7`, or `0` for no hold"),
    ("over_cap", "write `over_cap = \"reject\"` or `\"trim\"`"),
    (
        "classes",
        "add a table `[classes]` with a line such as `seller = \"promoters\"` for every well-known role",
    ),
];

/// Changes the keys that `[guard_overrides]` names; `check_role` says whether the program knows a role.
pub(crate) fn apply_overrides(
    mut profile: GuardProfile,
    table: &Table<'_>,
    check_role: impl Fn(&str) -> Result<(), Flaw>,
) -> Result<GuardProfile, Complaint> {
    KIND.check_overrides(table)?;
    read_rules(&mut profile, table, check_role)?;
    for (key, item) in table.entries() {
        if key == "classes" {
            let roles = item.table()?;
            profile.overridden.extend(roles.entries().into_iter().map(|(role, _)| format!("classes.{role}")));
        } else {
            profile.overridden.insert(key.to_owned());
        }
    }
    Ok(profile)
}

/// Sets every rule whose key the table has; keys that are no rule have been dealt with before.
fn read_rules(
    profile: &mut GuardProfile,
    table: &Table<'_>,
    check_role: impl Fn(&str) -> Result<(), Flaw>,
) -> Result<(), Complaint> {
    for (key, item) in table.entries() {
        match key {
            "max_paid_uplines" => profile.max_paid_uplines = count_or_none(&item, UPLINES_MAX)?,
            "promoters_cap" => profile.promoters_cap = cap(&item)?,
            "trade_partners_cap" => profile.trade_partners_cap = cap(&item)?,
            "platform_cap" => profile.platform_cap = cap(&item)?,
            "total_cap" => profile.total_cap = cap(&item)?,
            "pay_for_recruiting" => profile.pay_for_recruiting = item.boolean()?,
            "pay_from_fees" => profile.pay_from_fees = item.boolean()?,
            "buyer_may_earn" => profile.buyer_may_earn = item.boolean()?,
            "line_floors" => profile.line_floors = item.choice(&LINE_FLOORS)?,
            "hold_days_min" => profile.hold_days_min = count(&item, HOLD_DAYS_MAX)?,
            "over_cap" => profile.over_cap = item.choice(&OVER_CAP)?,
            "refund_over_cap" => profile.refund_over_cap = item.choice(&REFUND_OVER_CAP)?,
            "classes" => read_classes(&mut profile.classes, &item, &check_role)?,
            _ => {}
        }
    }
    Ok(())
}

fn read_classes(
    classes: &mut BTreeMap<String, RoleClass>,
    item: &Item<'_>,
    check_role: impl Fn(&str) -> Result<(), Flaw>,
) -> Result<(), Complaint> {
    for (role, class) in item.table()?.entries() {
        class.check(check_role(role))?;
        classes.insert(role.to_owned(), class.choice(&CLASSES)?);
    }
    Ok(())
}

fn is_none(item: &Item<'_>) -> bool {
    matches!(item.value(), DeValue::String(text) if text == "none")
}

/// A whole number, or no limit.
pub(super) fn count_or_none(item: &Item<'_>, max: u32) -> Result<Option<u32>, Complaint> {
    match item.value() {
        _ if is_none(item) => Ok(None),
        DeValue::Integer(_) => count(item, max).map(Some),
        _ => Err(item.expected("a whole number or `none`")),
    }
}

fn count(item: &Item<'_>, max: u32) -> Result<u32, Complaint> {
    item.count(u64::from(max)).map(|number| u32::try_from(number).unwrap_or(max))
}

/// A rate up to 100 %, or no limit.
pub(super) fn cap(item: &Item<'_>) -> Result<Option<Rate>, Complaint> {
    if is_none(item) {
        return Ok(None);
    }
    let text = item.text_or_number("a rate such as `20%`, or `none`")?;
    let rate = Rate::parse(&text).map_err(|error| {
        let found = printable(&text);
        let mut flaw = Flaw::from_message(&error.to_string());
        flaw.message = format!("expected a rate such as `20%`, found `{found}`: {}", flaw.message);
        item.complain(if error == RateError::NoUnit { flaw.hint(format!("write `{found}%`")) } else { flaw })
    })?;
    item.check(checked_cap(Some(rate)))
}

/// A well-known role without a class would be bounded by accident.
fn refuse_missing_classes(profile: &GuardProfile, table: &Table<'_>) -> Result<(), Complaint> {
    let missing: Vec<&str> = word::ROLES
        .iter()
        .map(|(role, _)| *role)
        .filter(|role| !profile.classes.contains_key(*role))
        .collect();
    let (Some(first), Some(classes)) = (missing.first(), table.get("classes")) else {
        return Ok(());
    };
    let near = profile.classes.keys().find(|role| nearest(role, [*first]).is_some());
    let flaw = Flaw::new(format!("no class for {}", choices(missing.iter().copied(), "and")));
    Err(classes.complain(match near.filter(|role| !word::is_role(role)) {
        Some(role) => flaw.hint(format!("`{role}` is not a well-known role; did you mean `{first}`?")),
        None => flaw.hint(format!("add a line such as `{first} = \"promoters\"`")),
    }))
}
