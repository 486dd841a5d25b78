//! Coupons: created, issued, reserved for a quote, redeemed by an order, released, given back, revoked.
//!
//! Invariant: a limit is a balance that cannot fall below zero, so it holds under any concurrency (I11); every use is
//! reserved, and every reservation is redeemed or released.

use fenrun_ledger::{Account, AccountKind, Asset};
use fenrun_money::Rate;
use jiff::civil::Date;

use super::accounts::{own, posting};
use super::desk::{Desk, key, kind};
use super::records::{CouponRecord, IssueRecord, QuoteRecord};
use super::relations::expires_with;
use super::setting::Done;
use super::stop::Stop;
use crate::event::{CouponCreated, CouponIssued};
use crate::history::PresentedCoupon;

fn asset(coupon: &str) -> Asset {
    Asset::new(format!("coupon/{coupon}"))
}

/// Where uses of a public coupon come from: what is left of its limit, or nowhere where nothing limits it.
fn public_source(record: &CouponRecord, coupon: &str) -> Account {
    match record.uses_max {
        Some(_) => Account::new(AccountKind::Wallet, "", coupon),
        None => own(AccountKind::Issuance),
    }
}

/// The buyer's wallet that holds an issued coupon which is still good on a day; what expires first is used first.
fn wallet(desk: &mut Desk<'_>, coupon: &str, buyer: &str, day: Date) -> Result<Option<Account>, Stop> {
    let asset = asset(coupon);
    let today = day.to_string();
    let mut wallets = Vec::new();
    for found in desk.balances(Some(buyer), AccountKind::Wallet)? {
        let until = found.account.lot().split('/').next().unwrap_or_default();
        // Dates sort as text, and `never` behind all of them.
        if found.asset == asset && until >= today.as_str() && desk.balance(&found.account, &asset)? > 0 {
            wallets.push(found.account);
        }
    }
    wallets.sort_by(|one, other| one.lot().cmp(other.lot()));
    Ok(wallets.into_iter().next())
}

/// Under which key the books keep which wallet a reserved use came from.
fn origin(holder: &str, coupon: &str) -> String {
    key(&["", holder, coupon])
}

/// Where a use goes back to.
fn way_back(
    desk: &mut Desk<'_>,
    record: &CouponRecord,
    coupon: &str,
    buyer: &str,
    holder: &str,
) -> Result<Account, Stop> {
    if record.public {
        return Ok(public_source(record, coupon));
    }
    let lot: String = desk.get(kind::COUPON_USE, &origin(holder, coupon))?;
    // Who used it may have turned out to be somebody else since: it goes back to who that is now.
    let owner = super::history::merged(desk, buyer)?;
    // Its last day may have been closed while it was in use.
    expires_with(desk, asset(coupon).as_str(), &owner, &lot)?;
    Ok(Account::new(AccountKind::Wallet, owner, lot))
}

/// `coupon.created`.
pub(crate) fn created(desk: &mut Desk<'_>, created: &CouponCreated) -> Result<Done, Stop> {
    let coupon = created.coupon();
    let record = CouponRecord {
        public: created.public().unwrap_or(true),
        uses_max: created.uses_max().map(u64::from),
        uses_per_buyer_max: created.uses_per_buyer_max().map(u64::from),
        expires: created.expires(),
        revoked: false,
        kind: created.coupon_kind().map(str::to_owned),
        issuer: created.issuer().map(str::to_owned),
        giver: created.giver().map(str::to_owned),
        amount: created.amount_minor(),
        rate: created.rate().map(|rate| (rate.numerator(), rate.denominator())),
        minimum: created.minimum_minor(),
        since: Some(created.time()),
    };
    if let Some(uses) = record.uses_max.filter(|_| record.public) {
        let uses = i64::try_from(uses).map_err(|_| fenrun_money::Overflow)?;
        let left = Account::new(AccountKind::Wallet, "", coupon);
        move_units(desk, coupon, own(AccountKind::Issuance), left, uses, "coupon_created", coupon)?;
    }
    desk.put(kind::COUPON, coupon, &record)?;
    Ok(Done::created())
}

/// `coupon.issued`: a buyer gets uses of a coupon that is not public.
pub(crate) fn issued(desk: &mut Desk<'_>, issued: &CouponIssued) -> Result<Done, Stop> {
    let coupon = issued.coupon();
    let record = find(desk, coupon)?.ok_or_else(|| awaits(coupon))?;
    if record.public {
        let hint = "hint: create it with `\"public\": false`";
        return Err(Stop::refused(format!(
            "coupon `{coupon}` is public, nobody needs to be given it; {hint}"
        )));
    }
    if record.revoked {
        return Err(Stop::refused(format!("coupon `{coupon}` was revoked")));
    }
    let to = super::history::merged(desk, issued.to())?;
    let count = issued.count().unwrap_or(1);
    let units = i64::from(count);
    if let Some(limit) = record.uses_max {
        let given: u64 = desk.get(kind::COUPON_USE, &key(&["", coupon]))?;
        let sum = given.saturating_add(u64::from(count));
        if sum > limit {
            return Err(Stop::refused(format!(
                "coupon `{coupon}` may be given {limit} times, {given} were given"
            )));
        }
        desk.put(kind::COUPON_USE, key(&["", coupon]), &sum)?;
    }
    let until = issued.expires().or(record.expires);
    let until_text = until.map_or_else(|| "never".to_owned(), |date| date.to_string());
    let wallet = Account::new(AccountKind::Wallet, to.as_str(), format!("{until_text}/{}", issued.issue()));
    if until.is_some() {
        let id = key(&[asset(coupon).as_str(), &to, wallet.lot()]);
        desk.put(kind::AGENDA, key(&[&until_text, "wallet", &id]), &())?;
    }
    let record = IssueRecord { giver: issued.giver().map(str::to_owned), since: Some(issued.time()) };
    desk.put(kind::COUPON_ISSUE, issued.issue(), &record)?;
    move_units(desk, coupon, own(AccountKind::Issuance), wallet, units, "coupon_issued", issued.issue())?;
    Ok(Done::created())
}

/// `coupon.revoked`: nobody can use it any more; what is reserved stays good.
pub(crate) fn revoked(desk: &mut Desk<'_>, coupon: &str) -> Result<Done, Stop> {
    let mut record = find(desk, coupon)?.ok_or_else(|| awaits(coupon))?;
    record.revoked = true;
    desk.put(kind::COUPON, coupon, &record)?;
    Ok(Done::noted())
}

fn find(desk: &mut Desk<'_>, coupon: &str) -> Result<Option<CouponRecord>, Stop> {
    desk.find(kind::COUPON, coupon)
}

fn awaits(coupon: &str) -> Stop {
    Stop::awaits("coupon.created", coupon)
}

/// Whether a buyer can use a coupon on a day; the inner error is the reason, for whoever presented it.
pub(crate) fn usable(
    desk: &mut Desk<'_>,
    coupon: &str,
    buyer: &str,
    day: Date,
) -> Result<Result<(), String>, Stop> {
    let buyer = super::history::merged(desk, buyer)?;
    let Some(record) = find(desk, coupon)? else {
        return Ok(Err(format!("coupon `{coupon}` does not exist")));
    };
    if record.revoked {
        return Ok(Err(format!("coupon `{coupon}` was revoked")));
    }
    if let Some(expires) = record.expires.filter(|expires| *expires < day) {
        return Ok(Err(format!("coupon `{coupon}` was good until {expires}")));
    }
    if let Some(limit) = record.uses_per_buyer_max {
        let used: u64 = desk.get(kind::COUPON_USE, &key(&[&buyer, coupon]))?;
        if used >= limit {
            return Ok(Err(format!("coupon `{coupon}` can be used {limit} times by one buyer")));
        }
    }
    if record.public && record.uses_max.is_none() {
        return Ok(Ok(()));
    }
    let left = if record.public {
        desk.balance(&public_source(&record, coupon), &asset(coupon))? > 0
    } else {
        wallet(desk, coupon, &buyer, day)?.is_some()
    };
    if left {
        return Ok(Ok(()));
    }
    Ok(Err(match (record.public, record.uses_max) {
        (true, Some(limit)) => format!("coupon `{coupon}` was used {limit} times, no more are allowed"),
        _ => format!("`{buyer}` has no coupon `{coupon}`"),
    }))
}

/// What is known of a coupon that a buyer presents on a day, if it can be used; what a quote has reserved can.
pub(crate) fn presented(
    desk: &mut Desk<'_>,
    coupon: &str,
    buyer: &str,
    quote: Option<&str>,
    day: Date,
) -> Result<Result<PresentedCoupon, String>, Stop> {
    let reserved = match quote {
        Some(id) => desk
            .find::<QuoteRecord>(kind::QUOTE, id)?
            .filter(|quote| quote.coupons.iter().any(|one| one == coupon)),
        None => None,
    };
    let Some(record) = find(desk, coupon)? else {
        return Ok(Err(format!("coupon `{coupon}` does not exist")));
    };
    if reserved.is_none()
        && let Err(reason) = usable(desk, coupon, buyer, day)?
    {
        return Ok(Err(reason));
    }
    let mut known = PresentedCoupon {
        kind: record.kind.clone(),
        issuer: record.issuer.clone(),
        giver: record.giver.clone(),
        amount_minor: record.amount,
        rate: record.rate.and_then(|(numerator, denominator)| Rate::new(numerator, denominator).ok()),
        minimum_minor: record.minimum,
        uses_left: None,
        expires: record.expires,
        since: record.since,
    };
    if !record.public {
        let lot = match (&reserved, quote) {
            (Some(_), Some(quote)) => desk.find::<String>(kind::COUPON_USE, &origin(quote, coupon))?,
            _ => {
                let buyer = super::history::merged(desk, buyer)?;
                wallet(desk, coupon, &buyer, day)?.map(|wallet| wallet.lot().to_owned())
            }
        };
        if let Some((until, issue)) = lot.as_deref().and_then(|lot| lot.split_once('/')) {
            known.expires = until.parse().ok();
            let issue: IssueRecord = desk.get(kind::COUPON_ISSUE, issue)?;
            known.giver = issue.giver.or(known.giver);
            known.since = issue.since.or(known.since);
        }
    }
    known.uses_left = uses_left(desk, coupon, &record, buyer, reserved.is_some(), day)?;
    Ok(Ok(known))
}

/// How often a buyer can use a coupon, this time included; `None` where nothing limits it.
fn uses_left(
    desk: &mut Desk<'_>,
    coupon: &str,
    record: &CouponRecord,
    buyer: &str,
    reserved: bool,
    day: Date,
) -> Result<Option<i64>, Stop> {
    let buyer = super::history::merged(desk, buyer)?;
    let this = i64::from(reserved);
    let mut left: Option<i64> = None;
    let mut at_most = |uses: i64| left = Some(left.map_or(uses, |left| left.min(uses)));
    if let Some(limit) = record.uses_per_buyer_max {
        let used: u64 = desk.get(kind::COUPON_USE, &key(&[&buyer, coupon]))?;
        at_most(i64::try_from(limit.saturating_sub(used)).unwrap_or(i64::MAX).saturating_add(this));
    }
    if record.public && record.uses_max.is_some() {
        at_most(desk.balance(&public_source(record, coupon), &asset(coupon))?.saturating_add(this));
    }
    if !record.public {
        let (asset, today) = (asset(coupon), day.to_string());
        let mut held = this;
        for found in desk.balances(Some(&buyer), AccountKind::Wallet)? {
            let until = found.account.lot().split('/').next().unwrap_or_default();
            if found.asset == asset && until >= today.as_str() {
                held = held.saturating_add(found.balance_minor);
            }
        }
        at_most(held);
    }
    Ok(left)
}

/// Reserves one use for a quote or an order of a day.
pub(crate) fn reserve(
    desk: &mut Desk<'_>,
    coupon: &str,
    (buyer, day): (&str, Date),
    holder: &str,
) -> Result<(), Stop> {
    let Some(record) = find(desk, coupon)? else { return Ok(()) };
    let from = if record.public {
        public_source(&record, coupon)
    } else {
        let none = || Stop::refused(format!("`{buyer}` has no coupon `{coupon}`"));
        let from = wallet(desk, coupon, buyer, day)?.ok_or_else(none)?;
        desk.put(kind::COUPON_USE, origin(holder, coupon), &from.lot())?;
        from
    };
    let to = Account::new(AccountKind::Reserved, buyer, holder);
    change_uses(desk, coupon, buyer, 1)?;
    move_units(desk, coupon, from, to, 1, "coupon_reserved", holder)
}

/// A quote was not paid: what it reserved can be used again.
pub(crate) fn release(desk: &mut Desk<'_>, coupon: &str, buyer: &str, holder: &str) -> Result<(), Stop> {
    let Some(record) = find(desk, coupon)? else { return Ok(()) };
    let from = Account::new(AccountKind::Reserved, buyer, holder);
    let to = way_back(desk, &record, coupon, buyer, holder)?;
    change_uses(desk, coupon, buyer, -1)?;
    move_units(desk, coupon, from, to, 1, "coupon_released", holder)
}

/// What was reserved is used by an order.
pub(crate) fn redeem(
    desk: &mut Desk<'_>,
    coupon: &str,
    buyer: &str,
    holder: &str,
    order: &str,
) -> Result<(), Stop> {
    if find(desk, coupon)?.is_none() {
        return Ok(());
    }
    let (from, to) = (
        Account::new(AccountKind::Reserved, buyer, holder),
        Account::new(AccountKind::Redeemed, buyer, order),
    );
    if holder != order
        && let Some(lot) = desk.find::<String>(kind::COUPON_USE, &origin(holder, coupon))?
    {
        desk.put(kind::COUPON_USE, origin(order, coupon), &lot)?;
        desk.remove(kind::COUPON_USE, origin(holder, coupon));
    }
    move_units(desk, coupon, from, to, 1, "coupon_redeemed", order)
}

/// The order was cancelled: its coupon can be used again (I14).
pub(crate) fn give_back(desk: &mut Desk<'_>, coupon: &str, buyer: &str, order: &str) -> Result<(), Stop> {
    let Some(record) = find(desk, coupon)? else { return Ok(()) };
    let from = Account::new(AccountKind::Redeemed, buyer, order);
    let to = way_back(desk, &record, coupon, buyer, order)?;
    change_uses(desk, coupon, buyer, -1)?;
    move_units(desk, coupon, from, to, 1, "coupon_given_back", order)
}

fn change_uses(desk: &mut Desk<'_>, coupon: &str, buyer: &str, by: i64) -> Result<(), Stop> {
    let buyer = super::history::merged(desk, buyer)?;
    let key = key(&[&buyer, coupon]);
    let used: u64 = desk.get(kind::COUPON_USE, &key)?;
    desk.put(kind::COUPON_USE, key, &used.saturating_add_signed(by))
}

fn move_units(
    desk: &mut Desk<'_>,
    coupon: &str,
    from: Account,
    to: Account,
    units: i64,
    code: &str,
    correlation: &str,
) -> Result<(), Stop> {
    let asset = asset(coupon);
    let taken = posting(from, &asset, super::accounts::negative(units)?);
    desk.post(code, correlation, vec![taken, posting(to, &asset, units)])
}
