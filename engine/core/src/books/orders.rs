//! An order's way into the books: priced, paid, completed, cancelled.
//!
//! Invariant: what a quote reserves is either paid or given back, once; a paid order becomes one lot and one accrual.

use fenrun_ledger::{AccountKind, Asset};
use fenrun_money::Overflow;
use jiff::{Timestamp, ToSpan};

use super::accounts::{lot as lot_account, negative, of, own, posting};
use super::coupons;
use super::desk::{Desk, key, kind};
use super::granting;
use super::history::{DeskHistory, MonthVolume, merged, volume_key};
use super::lot::{Lot, Stage};
use super::rail;
use super::recompute;
use super::records::{BuyerRecord, QuoteRecord};
use super::refunds;
use super::reprice::{self, Hearing, Repricing};
use super::setting::{Done, Setting};
use super::stop::Stop;
use crate::Program;
use crate::decision::Decision;
use crate::event::{Event, Order, OrderPriced, Pricing};
use crate::guard::Violation;
use crate::outcome::{HoldCause, Outcome};

/// Decides on the desk: what the history answers is what the ledger holds at this moment.
pub(crate) fn decide(
    setting: &Setting<'_>,
    desk: &mut Desk<'_>,
    event: &Event,
) -> Result<(Box<Decision>, Option<Repricing>), Stop> {
    let history = DeskHistory::new(desk, setting.expect, setting.zone());
    let (outcome, heard) = if reprice::may_be(setting.program) {
        let hearing = Hearing::of(&history);
        let outcome = setting.engine.decide(setting.program, event, &hearing);
        (outcome, Some(hearing.into_heard()))
    } else {
        (setting.engine.decide(setting.program, event, &history), None)
    };
    history.close()?;
    match outcome {
        Outcome::Decided(decision) => {
            let repricing = heard.and_then(|heard| Repricing::of(setting, event, &decision, heard));
            Ok((decision, repricing))
        }
        Outcome::Held(held) => Err(Stop::Held(held.cause)),
        Outcome::Error(error) => Err(Stop::Engine(error.to_string())),
        Outcome::Noted => Err(Stop::Engine("the engine decided nothing".into())),
    }
}

/// `order.priced`: the quote, with what it reserves.
pub(crate) fn priced(
    setting: &Setting<'_>,
    desk: &mut Desk<'_>,
    event: &Event,
    priced: &OrderPriced,
) -> Result<Done, Stop> {
    let (decision, repricing) = decide(setting, desk, event)?;
    let mut order = priced.order().clone();
    let buyer = merged(desk, &order.buyer.id)?;
    let mut record: BuyerRecord = desk.get(kind::BUYER, &buyer)?;
    order.buyer.order_number = order.buyer.order_number.or(record.next_number());
    record.reserved = record.reserved.saturating_add(1);
    desk.put(kind::BUYER, buyer.as_str(), &record)?;

    let minutes = i64::from(setting.program.definition().ledger().quote_minutes);
    let expires = match priced.expires() {
        Some(expires) => expires,
        None => order.time.checked_add(minutes.minutes()).unwrap_or(Timestamp::MAX),
    };
    let used = coupons_used(setting, &decision);
    let day = setting.day(order.time);
    for coupon in &used {
        coupons::reserve(desk, coupon, (&buyer, day), &order.id)?;
    }
    let budgets = spend(setting, desk, &decision)?;
    let quote = decision.quote(&order);
    let with_number = OrderPriced::with_expiry(order.clone(), priced.expires(), setting.expect)
        .map_err(|error| Stop::Refused(error.to_string()))?;
    let record = QuoteRecord {
        buyer: buyer.clone(),
        event: Event::from(with_number).to_json(),
        lines_paid: quote.lines_paid_minor,
        discounts: quote.discounts,
        total: quote.total_minor,
        expires,
        coupons: used,
        budgets,
        paid_by: None,
        lapsed: false,
        repricing: repricing.map(Box::new),
    };
    desk.put(kind::QUOTE, order.id.as_str(), &record)?;
    let day = setting.day(expires);
    desk.put(kind::AGENDA, key(&[&day.to_string(), "quote", &order.id]), &())?;
    Ok(Done::decided(decision))
}

/// The order of a held event with the place in the count that it has kept.
pub(crate) fn with_place(setting: &Setting<'_>, order: &Order, kept: u32) -> Result<Event, Stop> {
    let mut order = order.clone();
    order.buyer.order_number = order.buyer.order_number.or(Some(kept));
    Event::order_paid(order, setting.expect).map_err(|error| Stop::Refused(error.to_string()))
}

/// `order.paid`: the accrual, as the order's own lot. `counted`: whether a held order has kept its place in the count.
pub(crate) fn paid(
    setting: &Setting<'_>,
    desk: &mut Desk<'_>,
    event: &Event,
    order: &Order,
    counted: bool,
) -> Result<Done, Stop> {
    let quote = match &order.pricing {
        Pricing::Quote(id) => desk.find::<QuoteRecord>(kind::QUOTE, id)?.map(|quote| (id.clone(), quote)),
        Pricing::Given | Pricing::Engine => None,
    };
    if let Some((id, _)) = quote.as_ref().filter(|(_, quote)| quote.has_given_back()) {
        let message =
            format!("quote `{id}` lapsed when a day was closed, and what it reserved was given back");
        return Err(Stop::Held(HoldCause::Violations(vec![Violation::new("quote_lapsed", None, message)])));
    }
    let (decision, repricing) = decide(setting, desk, event)?;
    // By a quote, the discounts were decided when that was given.
    let repricing = match &quote {
        Some((_, quote)) => quote.repricing.as_deref().cloned(),
        None => repricing,
    };
    if let Some(watch) = setting.watch {
        watch.decide_again(setting, desk, event, &decision)?;
    }
    let seller =
        decision.parties.iter().find(|party| party.depth == Some(0)).map(|party| party.id.to_string());
    let granted = granting::ask(setting, desk, event, Some(&decision))?;
    let mut lot = Lot::of(&decision, seller.as_deref(), repricing)?;
    lot.money_paid = setting.program.rail().ratio_max().map(|_| decision.totals.money_paid);
    if let Some(granted) = &granted {
        lot.grants = granting::book(setting, desk, granted, &order.id, order.time)?;
    }
    let buyer = merged(desk, &order.buyer.id)?;
    lot.buyer.clone_from(&buyer);

    let mut used = coupons_used(setting, &decision);
    if let Some((id, mut quote)) = quote {
        for coupon in &quote.coupons {
            coupons::redeem(desk, coupon, &quote.buyer, &id, &order.id)?;
        }
        used.retain(|coupon| !quote.coupons.contains(coupon));
        lot.buyer.clone_from(&quote.buyer);
        lot.coupons.clone_from(&quote.coupons);
        lot.budgets.clone_from(&quote.budgets);
        quote.paid_by = Some(order.id.clone());
        let lapsed = std::mem::replace(&mut quote.lapsed, true);
        desk.put(kind::QUOTE, id.as_str(), &quote)?;
        if !lapsed {
            release_place(desk, &buyer)?;
        }
        lot.quote = Some(id);
    }
    let day = setting.day(order.time);
    for coupon in used {
        coupons::reserve(desk, &coupon, (&buyer, day), &order.id)?;
        coupons::redeem(desk, &coupon, &buyer, &order.id, &order.id)?;
        lot.coupons.push(coupon);
    }
    let spent = spend_shares(setting, desk, &decision, lot.quote.is_some())?;
    lot.budgets.extend(spent);
    lot.order_before = count(desk, &buyer, order.time, counted)?;
    accrue(desk, &decision)?;
    sold(setting, desk, &lot)?;
    rail::watch(setting, desk, &lot)?;
    desk.put(kind::LOT, order.id.as_str(), &lot)?;
    Ok(Done { granted: granted.map(Box::new), ..Done::decided(decision) })
}

/// The order takes its place in the buyer's count; answers when the buyer had ordered before.
fn count(
    desk: &mut Desk<'_>,
    buyer: &str,
    time: Timestamp,
    counted: bool,
) -> Result<Option<Timestamp>, Stop> {
    let mut record: BuyerRecord = desk.get(kind::BUYER, buyer)?;
    let before = record.last;
    if !counted {
        record.paid = record.paid.checked_add(1).ok_or(Overflow)?;
        record.last = Some(record.last.map_or(time, |last| last.max(time)));
        desk.put(kind::BUYER, buyer, &record)?;
    }
    Ok(before)
}

/// A held sale keeps its place in the buyer's count; answers which one it is.
pub(crate) fn keep_place(desk: &mut Desk<'_>, order: &Order) -> Result<Option<u32>, Stop> {
    let buyer = merged(desk, &order.buyer.id)?;
    let record: BuyerRecord = desk.get(kind::BUYER, &buyer)?;
    count(desk, &buyer, order.time, false)?;
    Ok(record.next_number())
}

/// A reserved place in the count is free again, or has become an order.
pub(crate) fn release_place(desk: &mut Desk<'_>, buyer: &str) -> Result<(), Stop> {
    let mut record: BuyerRecord = desk.get(kind::BUYER, buyer)?;
    record.reserved = record.reserved.saturating_sub(1);
    desk.put(kind::BUYER, buyer, &record)
}

/// The buyers' payment becomes shares in the order's lot; the rest is the merchant's. Funders owe what they carry.
fn accrue(desk: &mut Desk<'_>, decision: &Decision) -> Result<(), Stop> {
    let asset = Asset::new(decision.currency.code());
    let totals = &decision.totals;
    let mut postings = vec![
        posting(own(AccountKind::Payments), &asset, negative(totals.due)?),
        posting(own(AccountKind::Merchant), &asset, totals.merchant_net),
    ];
    for share in &decision.shares {
        postings.push(posting(lot_account(&share.party.id, &decision.order), &asset, share.amount_minor));
    }
    desk.post("accrual", &decision.order, postings)?;
    let mut funding = Vec::new();
    for share in &decision.shares {
        for funder in &share.funders {
            let carried = funder.of(share.amount_minor);
            funding.push(posting(of(AccountKind::Funding, &funder.party.id), &asset, negative(carried)?));
            funding.push(posting(own(AccountKind::Merchant), &asset, carried));
        }
    }
    for funder in decision.discounts.iter().flat_map(|discount| &discount.funders) {
        funding.push(posting(
            of(AccountKind::Funding, &funder.party.id),
            &asset,
            negative(funder.amount_minor)?,
        ));
        funding.push(posting(own(AccountKind::Merchant), &asset, funder.amount_minor));
    }
    desk.post("funding", &decision.order, funding)
}

/// The order counts towards its seller's volume.
fn sold(setting: &Setting<'_>, desk: &mut Desk<'_>, lot: &Lot) -> Result<(), Stop> {
    add_volume(setting, desk, lot, lot.goods_paid)?;
    if let Some(seller) = &lot.seller {
        let day = setting.day(lot.paid_at).to_string();
        desk.put(kind::SOLD, key(&[seller, &day, &lot.order]), &())?;
    }
    Ok(())
}

/// Changes the volume of an order's seller, on the day the order was paid.
pub(crate) fn add_volume(
    setting: &Setting<'_>,
    desk: &mut Desk<'_>,
    lot: &Lot,
    amount: i64,
) -> Result<(), Stop> {
    let Some(seller) = lot.seller.as_deref().filter(|_| amount != 0) else { return Ok(()) };
    let day = setting.day(lot.paid_at);
    let month_key = volume_key(day, seller);
    let mut month: MonthVolume = desk.get(kind::VOLUME, &month_key)?;
    let sum = month.entry(day.day()).or_default();
    *sum = sum.checked_add(amount).ok_or(Overflow)?;
    desk.put(kind::VOLUME, month_key, &month)?;
    desk.add(kind::VOLUME, key(&["all", seller]), amount)
}

/// The coupons of the policies whose effects count.
fn coupons_used(setting: &Setting<'_>, decision: &Decision) -> Vec<String> {
    let mut used: Vec<String> = Vec::new();
    let discounts = decision.discounts.iter().filter(|effect| effect.amount_minor > 0);
    let shares = decision.shares.iter().filter(|effect| effect.amount_minor > 0);
    let named = discounts.flat_map(|effect| &effect.coupons).chain(shares.flat_map(|effect| &effect.coupons));
    for coupon in named {
        if !used.contains(coupon) {
            used.push(coupon.clone());
        }
    }
    for policy in setting.program.policies() {
        let Some(coupon) = policy.entry().coupon() else { continue };
        let discounts =
            decision.discounts.iter().any(|effect| effect.policy == policy.name() && effect.amount_minor > 0);
        let shares =
            decision.shares.iter().any(|effect| effect.policy == policy.name() && effect.amount_minor > 0);
        if (discounts || shares) && !used.iter().any(|known| known == coupon) {
            used.push(coupon.to_owned());
        }
    }
    used
}

/// Takes the discounts of a decision from their budgets.
fn spend(
    setting: &Setting<'_>,
    desk: &mut Desk<'_>,
    decision: &Decision,
) -> Result<Vec<(String, i64)>, Stop> {
    let amounts = decision
        .discounts
        .iter()
        .map(|discount| (discount.policy.as_str(), decision.buyer.as_str(), discount.amount_minor));
    let amounts: Vec<_> = amounts.collect();
    take_from_budgets(desk, of_budgets(setting.program, decision, &amounts))
}

/// Takes the shares of a decision from their budgets, and its discounts where no quote did.
fn spend_shares(
    setting: &Setting<'_>,
    desk: &mut Desk<'_>,
    decision: &Decision,
    quoted: bool,
) -> Result<Vec<(String, i64)>, Stop> {
    let mut spent = if quoted { Vec::new() } else { spend(setting, desk, decision)? };
    spent.extend(take_from_budgets(desk, of_budgets(setting.program, decision, &share_amounts(decision)))?);
    Ok(spent)
}

/// Each share's policy, party and amount.
fn share_amounts(decision: &Decision) -> Vec<(&str, &str, i64)> {
    let shares = decision.shares.iter();
    shares.map(|share| (share.policy.as_str(), &*share.party.id, share.amount_minor)).collect()
}

/// What the shares of a decision take from budgets, by the budget's key.
pub(crate) fn share_spending(program: &Program, decision: &Decision) -> Vec<(String, i64)> {
    of_budgets(program, decision, &share_amounts(decision))
}

/// What effects take from the budgets of their policies: each with its policy, its party and its amount.
fn of_budgets(program: &Program, decision: &Decision, amounts: &[(&str, &str, i64)]) -> Vec<(String, i64)> {
    let mut spent = Vec::new();
    for policy in program.policies().iter().filter(|policy| policy.entry().budget().is_limited()) {
        let mut taken = crate::budget::Taken::default();
        for (_, party, amount) in amounts.iter().filter(|(name, _, _)| *name == policy.name()) {
            let scopes = crate::budget::Scopes::of(program, policy, party, decision.time);
            scopes.take(&mut taken, *amount);
        }
        spent.extend(taken.kept.into_iter().filter(|(_, amount)| *amount > 0));
    }
    spent
}

fn take_from_budgets(desk: &mut Desk<'_>, spent: Vec<(String, i64)>) -> Result<Vec<(String, i64)>, Stop> {
    for (budget, amount) in &spent {
        desk.add(kind::BUDGET, budget.as_str(), *amount)?;
    }
    Ok(spent)
}

/// The lot of an order; the event waits where the order is not in the books yet.
pub(crate) fn lot_of(desk: &mut Desk<'_>, order: &str) -> Result<Lot, Stop> {
    match desk.find(kind::LOT, order)? {
        Some(lot) => Ok(lot),
        None => Err(Stop::awaits("order.paid", order)),
    }
}

/// `order.completed`: the hold runs from here.
pub(crate) fn completed(
    setting: &Setting<'_>,
    desk: &mut Desk<'_>,
    order: &str,
    at: Timestamp,
) -> Result<Done, Stop> {
    let mut lot = lot_of(desk, order)?;
    if lot.stage == Stage::Cancelled {
        return Err(Stop::refused(format!("order `{order}` was cancelled")));
    }
    let days = i64::from(setting.hold_days());
    let due = setting.day(at).checked_add(days.days()).map_err(|_| Overflow)?;
    lot.stage = Stage::Completed;
    lot.due = Some(due);
    desk.put(kind::LOT, order, &lot)?;
    desk.put(kind::AGENDA, key(&[&due.to_string(), "release", order]), &())?;
    Ok(Done::created())
}

/// `order.cancelled`: all that remains goes back, and so do coupon, budget, benefit and place in the count (I14).
pub(crate) fn cancelled(setting: &Setting<'_>, desk: &mut Desk<'_>, order: &str) -> Result<Done, Stop> {
    let mut lot = lot_of(desk, order)?;
    if lot.stage == Stage::Cancelled {
        return Err(Stop::refused(format!("order `{order}` was cancelled before")));
    }
    let reduction = lot.refund_all()?;
    lot.stage = Stage::Cancelled;
    lot.frozen_by.clear();
    refunds::post(setting, desk, &lot, &reduction, "cancellation")?;
    granting::take_back(desk, &mut lot)?;
    for coupon in &lot.coupons {
        coupons::give_back(desk, coupon, &lot.buyer, &lot.order)?;
    }
    for (budget, amount) in &lot.budgets {
        desk.add(kind::BUDGET, budget.as_str(), negative(*amount)?)?;
    }
    let who = merged(desk, &lot.buyer)?;
    let mut buyer: BuyerRecord = desk.get(kind::BUYER, &who)?;
    buyer.paid = buyer.paid.saturating_sub(1);
    if buyer.last == Some(lot.paid_at) {
        buyer.last = lot.order_before;
    }
    desk.put(kind::BUYER, who, &buyer)?;
    if let Some(seller) = &lot.seller {
        desk.remove(kind::SOLD, key(&[seller, &setting.day(lot.paid_at).to_string(), order]));
    }
    desk.put(kind::LOT, order, &lot)?;
    recompute::after_refund(setting, desk, order, Done::created())
}
