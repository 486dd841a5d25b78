//! Payouts: requested, succeeded, failed, returned, unknown.
//!
//! Invariant: what is on its way to a party cannot be paid a second time under any key; a payout whose result is unknown
//! stays where it is until the rail says what became of it (I16).

use fenrun_ledger::{Account, AccountKind, Asset};

use super::accounts::{credit, negative, of, posting};
use super::desk::{Desk, kind};
use super::records::{PartyRecord, PayoutRecord, PayoutState};
use super::setting::{Done, Setting};
use super::stop::Stop;
use crate::event::PayoutRequested;

fn on_its_way(payout: &str, party: &str) -> Account {
    Account::new(AccountKind::InPayout, party, payout)
}

/// `payout.requested`: the amount leaves what is available.
pub(crate) fn requested(
    setting: &Setting<'_>,
    desk: &mut Desk<'_>,
    requested: &PayoutRequested,
) -> Result<Done, Stop> {
    let party = requested.party();
    let known: PartyRecord = desk.get(kind::PARTY, party)?;
    if known.frozen {
        return Err(Stop::refused(format!("`{party}` is frozen, nothing is paid out to it")));
    }
    let asset = Asset::new(requested.currency().code());
    let available = desk.balance(&of(AccountKind::Available, party), &asset)?;
    let amount = requested.amount_minor().unwrap_or(available);
    let (has, asked) = (setting.show(available), setting.show(amount));
    if amount > available {
        return Err(Stop::refused(format!("`{party}` has {has} available, {asked} is to be paid out")));
    }
    let least = setting.program.definition().ledger().payout_min_minor.max(1);
    if amount < least {
        let least = setting.show(least);
        return Err(Stop::refused(format!(
            "{asked} is to be paid out to `{party}`, at least {least} is paid at once; it is carried forward"
        )));
    }
    let postings = vec![
        posting(of(AccountKind::Available, party), &asset, negative(amount)?),
        posting(on_its_way(requested.payout(), party), &asset, amount),
    ];
    desk.post("payout", requested.payout(), postings)?;
    let record = PayoutRecord { party: party.to_owned(), amount, state: PayoutState::Requested };
    desk.put(kind::PAYOUT, requested.payout(), &record)?;
    Ok(Done::created())
}

/// What the rail says of a payout.
pub(crate) fn told(
    setting: &Setting<'_>,
    desk: &mut Desk<'_>,
    payout: &str,
    told: PayoutState,
) -> Result<Done, Stop> {
    use PayoutState::{Failed, Requested, Returned, Succeeded, Unknown};
    let Some(mut record) = desk.find::<PayoutRecord>(kind::PAYOUT, payout)? else {
        return Err(Stop::awaits("payout.requested", payout));
    };
    let asset = Asset::new(setting.program.currency().code());
    let (party, amount) = (record.party.clone(), record.amount);
    let way = posting(on_its_way(payout, &party), &asset, negative(amount)?);
    let paid = of(AccountKind::Paid, &party);
    match (record.state, told) {
        (Requested, Unknown) => {}
        (Requested | Unknown, Succeeded) => {
            desk.post("payout_succeeded", payout, vec![way, posting(paid, &asset, amount)])?;
        }
        (Requested | Unknown, Failed) => {
            let mut postings = vec![way];
            credit(desk, &mut postings, &party, &asset, amount)?;
            desk.post("payout_failed", payout, postings)?;
        }
        (Succeeded, Returned) => {
            let mut postings = vec![posting(paid, &asset, negative(amount)?)];
            credit(desk, &mut postings, &party, &asset, amount)?;
            desk.post("payout_returned", payout, postings)?;
        }
        (Requested | Unknown, Returned) => {
            return Err(Stop::awaits("payout.succeeded", payout));
        }
        (state, told) => {
            let (state, told) = (state.name(), told.name());
            return Err(Stop::refused(format!("payout `{payout}` is {state}, it cannot become {told}")));
        }
    }
    record.state = told;
    desk.put(kind::PAYOUT, payout, &record)?;
    Ok(if told == Unknown { Done::noted() } else { Done::created() })
}
