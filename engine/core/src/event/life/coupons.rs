//! Coupons, points and stars from outside: created, issued, revoked, given, redeemed.
//!
//! Invariant: whole units, at least one; what they are worth is the program's business.

use fenrun_money::Rate;
use jiff::{Timestamp, ToSpan as _, civil::Date, tz::TimeZone};

use super::define::life_event;
use crate::event::Expectations;
use crate::event::error::{EventError, EventErrorKind as Kind};
use crate::event::place::Place;
use crate::event::shown::Shown;

life_event! {
    /// A coupon exists from now on. Policies that name it are asked about orders that present it.
    CouponCreated = "coupon.created", key(coupon), wire CouponCreatedWire;
    /// The coupon, as buyers present it.
    "coupon" coupon: String => &str;
    /// From when on.
    "time" time: Timestamp => Timestamp;
    /// How often it can be used in all; left out, without limit.
    "uses_max" uses_max: Option<u32> => Option<u32>, optional;
    /// How often one buyer can use it; left out, without limit.
    "uses_per_buyer_max" uses_per_buyer_max: Option<u32> => Option<u32>, optional;
    /// The last day on which it is good, in the program's time zone.
    "expires" expires: Option<Date> => Option<Date>, optional;
    /// Whether anybody may present it, or only who was issued one; left out, anybody.
    "public" public: Option<bool> => Option<bool>, optional;
    /// Its kind: a template that policies know, such as `welcome`.
    "coupon_kind" coupon_kind: Option<String> => Option<&str>, optional;
    /// Whose coupon it is, such as the merchant that redeems it.
    "issuer" issuer: Option<String> => Option<&str>, optional;
    /// Who hands it out, such as a partner.
    "giver" giver: Option<String> => Option<&str>, optional;
    /// The amount it is worth; policies apply it.
    "amount" amount_minor: Option<i64> => Option<i64>, optional, "minor units" in JSON "major units";
    /// The rate it is worth, such as `20%`; policies apply it.
    "rate" rate: Option<Rate> => Option<Rate>, optional;
    /// What the goods have to come to; policies ask for it.
    "minimum" minimum_minor: Option<i64> => Option<i64>, optional, "minor units" in JSON "major units";
    check created_good;
    normal public_unsaid;
}

life_event! {
    /// A buyer is issued a coupon that is not public.
    CouponIssued = "coupon.issued", key(issue), wire CouponIssuedWire;
    /// This issue. It is told once: the id is the key by which a repeated event is recognised.
    "issue" issue: String => &str;
    /// The coupon.
    "coupon" coupon: String => &str;
    /// The buyer.
    "to" to: String => &str;
    /// When it was issued.
    "time" time: Timestamp => Timestamp;
    /// How often it can be used; left out, once.
    "count" count: Option<u32> => Option<u32>, optional;
    /// The last day on which it is good; left out, as the coupon.
    "expires" expires: Option<Date> => Option<Date>, optional;
    /// Who hands this one out; left out, as the coupon.
    "giver" giver: Option<String> => Option<&str>, optional;
    check issued_good;
    normal once_unsaid;
}

life_event! {
    /// Nobody can use a coupon any more.
    CouponRevoked = "coupon.revoked", key(coupon), wire CouponRevokedWire;
    /// The coupon.
    "coupon" coupon: String => &str;
    /// From when on.
    "time" time: Timestamp => Timestamp;
    /// Why.
    "reason" reason: Option<String> => Option<&str>, optional;
}

life_event! {
    /// Somebody is given points, stars or other units.
    GrantGiven = "grant.given", key(grant), wire GrantGivenWire;
    /// This grant.
    "grant" grant: String => &str;
    /// Who gets them.
    "to" to: String => &str;
    /// Units of what, such as `points`.
    "asset" asset: String => &str;
    /// How many.
    "units" units: u32 => u32;
    /// When.
    "time" time: Timestamp => Timestamp;
    /// The last day on which they are good.
    "expires" expires: Option<Date> => Option<Date>, optional;
    /// Why.
    "reason" reason: String => &str;
    check given_good;
}

life_event! {
    /// Somebody uses points, stars or other units.
    GrantRedeemed = "grant.redeemed", key(redemption), wire GrantRedeemedWire;
    /// This redemption.
    "redemption" redemption: String => &str;
    /// Who uses them.
    "from" from: String => &str;
    /// Units of what.
    "asset" asset: String => &str;
    /// How many.
    "units" units: u32 => u32;
    /// When.
    "time" time: Timestamp => Timestamp;
    /// For what.
    "reason" reason: Option<String> => Option<&str>, optional;
    check no_money_redeemed;
}

/// What is so by default is left out.
fn public_unsaid(mut created: CouponCreated) -> CouponCreated {
    created.public = created.public.filter(|public| !public);
    created
}

/// What is so by default is left out.
fn once_unsaid(mut issued: CouponIssued) -> CouponIssued {
    issued.count = issued.count.filter(|count| *count != 1);
    issued
}

fn created_good(created: &CouponCreated, _: &Expectations) -> Result<(), EventError> {
    if created.amount_minor.is_some() && created.rate.is_some() {
        let problem = "a coupon is worth an amount or a rate, not both".to_owned();
        let remedy = "leave `amount` or `rate` out";
        return Err(EventError::at(&Place::Root.field("rate"), Kind::Contradiction { problem, remedy }));
    }
    not_over(created.expires, created.time)
}

fn issued_good(issued: &CouponIssued, _: &Expectations) -> Result<(), EventError> {
    not_over(issued.expires, issued.time)
}

fn given_good(given: &GrantGiven, _: &Expectations) -> Result<(), EventError> {
    no_money(&given.asset)?;
    not_over(given.expires, given.time)
}

/// The last time zone in which a day ends, in hours behind UTC.
const LAST_ZONE_HOURS: i64 = 12;

/// A last day may not be over already, wherever the program's time zone is.
fn not_over(expires: Option<Date>, time: Timestamp) -> Result<(), EventError> {
    let last = time.checked_sub(LAST_ZONE_HOURS.hours()).unwrap_or(time);
    let today = last.to_zoned(TimeZone::UTC).date();
    match expires {
        Some(expires) if expires < today => {
            let problem = format!("{expires} is over at {time}");
            let remedy = "name a day that is not over yet, or leave `expires` out";
            Err(EventError::at(&Place::Root.field("expires"), Kind::Contradiction { problem, remedy }))
        }
        _ => Ok(()),
    }
}

fn no_money_redeemed(redeemed: &GrantRedeemed, _: &Expectations) -> Result<(), EventError> {
    no_money(&redeemed.asset)
}

/// Money moves by other events; a coupon is issued, not granted.
fn no_money(asset: &str) -> Result<(), EventError> {
    let problem = if fenrun_money::Currency::of(asset).is_ok() {
        format!("`{}` is a currency, not a unit that is given", Shown(asset))
    } else if asset.starts_with("coupon/") {
        format!("`{}` is a coupon", Shown(asset))
    } else {
        return Ok(());
    };
    let remedy =
        "name units such as `points`; use `coupon.issued` for coupons and `adjustment.made` for money";
    Err(EventError::at(&Place::Root.field("asset"), Kind::Contradiction { problem, remedy }))
}
