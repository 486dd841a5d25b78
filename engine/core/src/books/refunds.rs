//! Money that goes back: refunds, their requests, disputes.
//!
//! Invariant: the frozen formulas run again on what remains; the same units go back once (I6); clawbacks come from the
//! order's own lot, then from what is free, then become a receivable, never from another order's lot.

use fenrun_ledger::{AccountKind, Asset};
use fenrun_money::Overflow;

use super::accounts::{debit, lot as lot_account, negative, of, own, posting};
use super::caps;
use super::desk::{Desk, kind};
use super::granting;
use super::lot::{Dispute, Lot, Reduction, Stage, parts};
use super::orders::{add_volume, lot_of};
use super::recompute;
use super::reprice;
use super::setting::{Done, Setting};
use super::stop::Stop;
use crate::event::{DisputeOpened, OrderRefunded};

/// Posts what a refund changes: the money back to the buyer, the clawbacks, and what funders get back.
pub(crate) fn post(
    setting: &Setting<'_>,
    desk: &mut Desk<'_>,
    lot: &Lot,
    reduction: &Reduction,
    code: &str,
) -> Result<(), Stop> {
    let asset = Asset::new(lot.currency.as_str());
    let merchant = own(AccountKind::Merchant);
    desk.post(
        code,
        &lot.order,
        vec![
            posting(own(AccountKind::Payments), &asset, reduction.refund),
            posting(merchant.clone(), &asset, negative(reduction.refund)?),
        ],
    )?;
    let mut clawback = Vec::new();
    for (party, released, amount) in &reduction.clawbacks {
        clawback.push(posting(merchant.clone(), &asset, *amount));
        if *released {
            debit(desk, &mut clawback, party, &asset, *amount)?;
        } else {
            clawback.push(posting(lot_account(party, &lot.order), &asset, negative(*amount)?));
        }
    }
    desk.post("clawback", &lot.order, clawback)?;
    let mut funding = Vec::new();
    for (party, amount) in &reduction.funders {
        funding.push(posting(of(AccountKind::Funding, party), &asset, *amount));
        funding.push(posting(merchant.clone(), &asset, negative(*amount)?));
    }
    desk.post("funding_back", &lot.order, funding)?;
    add_volume(setting, desk, lot, negative(reduction.goods)?)
}

fn in_its_currency(lot: &Lot, found: fenrun_money::Currency) -> Result<(), Stop> {
    if lot.currency == found.code() {
        return Ok(());
    }
    Err(Stop::refused(format!("order `{}` is in {}, not in {found}", lot.order, lot.currency)))
}

/// `order.refunded`: the lines that came back.
pub(crate) fn refunded(
    setting: &Setting<'_>,
    desk: &mut Desk<'_>,
    refund: &OrderRefunded,
) -> Result<Done, Stop> {
    let mut lot = lot_of(desk, refund.order())?;
    in_its_currency(&lot, refund.currency())?;
    if lot.stage == Stage::Cancelled {
        return Err(Stop::refused(format!("order `{}` was cancelled, nothing of it is left", lot.order)));
    }
    let shipping = refund.shipping_minor().unwrap_or(0);
    let show = |amount| setting.show(amount);
    let before = lot.clone();
    lot.take_back(&parts(refund.lines()), shipping, show)?;
    reprice::rest(setting, desk, &mut lot, &before)?;
    let mut reduction = lot.reduce(&before)?;
    let above = caps::after_refund(setting.program.guard(), &mut lot, &mut reduction, show)?;
    let note = both(kept_back(&lot, &before, show)?, above);
    lot.frozen_by.remove(&request(refund.refund()));
    post(setting, desk, &lot, &reduction, "refund")?;
    granting::restate(desk, &mut lot)?;
    desk.put(kind::LOT, refund.order(), &lot)?;
    recompute::after_refund(setting, desk, refund.order(), Done { note, ..Done::created() })
}

/// What is told where the rest costs more by itself.
fn kept_back(lot: &Lot, before: &Lot, show: impl Fn(i64) -> String) -> Result<Option<String>, Overflow> {
    let sum = |lot: &Lot| lot.lines.iter().map(|line| line.kept_back).try_fold(0_i64, i64::checked_add);
    let more = sum(lot).and_then(|now| now.checked_sub(sum(before)?)).ok_or(Overflow)?;
    Ok((more > 0).then(|| format!("{} is kept back, what remains costs more by itself", show(more))))
}

/// Two notes as one.
fn both(one: Option<String>, other: Option<String>) -> Option<String> {
    match (one, other) {
        (Some(one), Some(other)) => Some(format!("{one}; {other}")),
        (one, other) => one.or(other),
    }
}

fn request(refund: &str) -> String {
    format!("refund/{refund}")
}

/// `refund.requested`: the lot stays where it is until the request ends.
pub(crate) fn requested(desk: &mut Desk<'_>, refund: &str, order: &str) -> Result<Done, Stop> {
    let done = crate::event::FactKey::new("order.refunded", &[refund]);
    let mut lot = lot_of(desk, order)?;
    if desk.stored(done.as_str())?.is_some_and(|stored| stored.code.is_final()) {
        return Ok(Done::noting(format!("refund `{refund}` was made before")));
    }
    lot.frozen_by.insert(request(refund));
    desk.put(kind::LOT, order, &lot)?;
    Ok(Done::noted())
}

/// `refund.declined`: the request no longer keeps the lot.
pub(crate) fn declined(desk: &mut Desk<'_>, refund: &str, order: &str) -> Result<Done, Stop> {
    let mut lot = lot_of(desk, order)?;
    if !lot.frozen_by.remove(&request(refund)) {
        return Err(Stop::awaits("refund.requested", refund));
    }
    desk.put(kind::LOT, order, &lot)?;
    Ok(Done::noted())
}

fn freeze(dispute: &str) -> String {
    format!("dispute/{dispute}")
}

/// `dispute.opened`: the lot stays where it is until the dispute ends.
pub(crate) fn opened(desk: &mut Desk<'_>, dispute: &DisputeOpened) -> Result<Done, Stop> {
    let mut lot = lot_of(desk, dispute.order())?;
    in_its_currency(&lot, dispute.currency())?;
    let lines = dispute.lines().map(parts).unwrap_or_default();
    if let Some((unknown, _)) = lines.iter().find(|(id, _)| !lot.lines.iter().any(|line| line.id == *id)) {
        return Err(Stop::refused(format!("order `{}` has no line `{unknown}`", lot.order)));
    }
    lot.frozen_by.insert(freeze(dispute.dispute()));
    lot.disputes.insert(dispute.dispute().to_owned(), Dispute { lines, open: true });
    desk.put(kind::LOT, dispute.order(), &lot)?;
    Ok(Done::noted())
}

/// `dispute.won` and `dispute.lost`: the lot is free again; what was lost goes back.
pub(crate) fn closed(
    setting: &Setting<'_>,
    desk: &mut Desk<'_>,
    dispute: &str,
    order: &str,
    lost: bool,
) -> Result<Done, Stop> {
    let mut lot = lot_of(desk, order)?;
    let Some(found) = lot.disputes.get_mut(dispute) else {
        return Err(Stop::awaits("dispute.opened", dispute));
    };
    if !found.open {
        return Err(Stop::refused(format!("dispute `{dispute}` was closed before")));
    }
    found.open = false;
    let about = found.clone();
    lot.frozen_by.remove(&freeze(dispute));
    let mut note = None;
    if lost {
        let show = |amount| setting.show(amount);
        let mut reduction = match lot.lost(&about)? {
            None => lot.refund_all()?,
            Some(parts) => {
                let before = lot.clone();
                lot.take_back(&parts, 0, show)?;
                reprice::rest(setting, desk, &mut lot, &before)?;
                lot.reduce(&before)?
            }
        };
        note = caps::after_refund(setting.program.guard(), &mut lot, &mut reduction, show)?;
        post(setting, desk, &lot, &reduction, "dispute")?;
        granting::restate(desk, &mut lot)?;
    }
    desk.put(kind::LOT, order, &lot)?;
    if lost {
        return recompute::after_refund(setting, desk, order, Done { note, ..Done::created() });
    }
    Ok(Done::noted())
}
