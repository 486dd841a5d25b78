//! `day.closed`: what is due is released, what has passed expires.
//!
//! Invariant: nothing happens in the background; closing a day does what was due on it and before, in a fixed order.

use fenrun_ledger::Asset;
use jiff::{ToSpan, civil::Date};

use super::accounts::{credit, lot as lot_account, negative, posting};
use super::coupons;
use super::desk::{Desk, SEPARATOR, kind};
use super::grants;
use super::history::merged;
use super::lot::{Lot, Stage};
use super::orders::release_place;
use super::rail;
use super::records::QuoteRecord;
use super::setting::{Done, Setting};
use super::stop::Stop;

/// `day.closed`.
pub(crate) fn closed(setting: &Setting<'_>, desk: &mut Desk<'_>, date: Date) -> Result<Done, Stop> {
    let after = date.checked_add(1.day()).map_err(|_| Stop::refused(format!("no day follows {date}")))?;
    let (mut done, mut late) = (Counts::default(), rail::Late::default());
    // What a lapsed quote gives back may have expired while it was reserved, so wallets come last.
    for wallets in [false, true] {
        for key in desk.keys(kind::AGENDA, "", Some(&after.to_string()))? {
            let mut parts = key.splitn(3, SEPARATOR);
            let (_, what, id) =
                (parts.next(), parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
            let settled = match what {
                "wallet" if wallets => grants::expire(desk, id, &mut done.expired)?,
                _ if wallets => false,
                "release" => release(desk, id, date, &mut done)?,
                "quote" => lapse(setting, desk, id, date, &mut done)?,
                rail::SHARE_BY => late.meet(setting, desk, &key, id)?,
                _ => false,
            };
            if settled {
                desk.remove(kind::AGENDA, key);
            }
        }
    }
    let mut told = format!(
        "{} released, {} quotes lapsed, {} grants expired, {} kept back",
        done.released, done.lapsed, done.expired, done.kept
    );
    if let Some(late) = late.note(setting.program.rail()) {
        told = format!("{told}; {late}");
    }
    Ok(Done { note: Some(told), ..Done::created() })
}

/// What closing a day did.
#[derive(Default)]
struct Counts {
    released: u64,
    lapsed: u64,
    expired: u64,
    kept: u64,
}

/// Releases an order's lot: what its parties owe is netted, the rest is theirs. A frozen lot stays on the agenda.
fn release(desk: &mut Desk<'_>, order: &str, date: Date, done: &mut Counts) -> Result<bool, Stop> {
    let Some(mut lot) = desk.find::<Lot>(kind::LOT, order)? else { return Ok(true) };
    if lot.stage != Stage::Completed || lot.due.is_none_or(|due| due > date) {
        return Ok(true);
    }
    if lot.is_frozen() {
        done.kept = done.kept.saturating_add(1);
        return Ok(false);
    }
    let asset = Asset::new(lot.currency.as_str());
    let mut postings = Vec::new();
    for share in lot.shares.iter_mut().filter(|share| !share.released) {
        share.released = true;
        if share.retained > 0 {
            postings.push(posting(lot_account(&share.party, &lot.order), &asset, negative(share.retained)?));
            credit(desk, &mut postings, &share.party, &asset, share.retained)?;
        }
    }
    desk.post("release", &lot.order, postings)?;
    desk.put(kind::LOT, order, &lot)?;
    done.released = done.released.saturating_add(1);
    Ok(true)
}

/// A quote that was not paid gives back what it reserved.
fn lapse(
    setting: &Setting<'_>,
    desk: &mut Desk<'_>,
    id: &str,
    date: Date,
    done: &mut Counts,
) -> Result<bool, Stop> {
    let Some(mut quote) = desk.find::<QuoteRecord>(kind::QUOTE, id)? else { return Ok(true) };
    if quote.paid_by.is_some() || quote.lapsed {
        return Ok(true);
    }
    if setting.day(quote.expires) > date {
        return Ok(false);
    }
    let buyer = merged(desk, &quote.buyer)?;
    release_place(desk, &buyer)?;
    for coupon in &quote.coupons {
        coupons::release(desk, coupon, &quote.buyer, id)?;
    }
    for (budget, amount) in &quote.budgets {
        desk.add(kind::BUDGET, budget.as_str(), negative(*amount)?)?;
    }
    quote.lapsed = true;
    desk.put(kind::QUOTE, id, &quote)?;
    done.lapsed = done.lapsed.saturating_add(1);
    Ok(true)
}
