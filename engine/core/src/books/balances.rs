//! Balances that come from elsewhere: opened, adjusted by hand, written off.
//!
//! Invariant: every movement has its other side and its reason.

use fenrun_ledger::{AccountKind, Asset};

use super::accounts::{credit, debit, negative, of, own, posting};
use super::desk::Desk;
use super::setting::{Done, Setting};
use super::stop::Stop;
use crate::event::{AdjustmentMade, BalanceOpened, ReceivableWrittenOff};

/// `balance.opened`: what a party has, or owes, when it moves in from another system.
pub(crate) fn opened(desk: &mut Desk<'_>, opened: &BalanceOpened) -> Result<Done, Stop> {
    let asset = Asset::new(opened.currency().code());
    let (party, opening) = (opened.party(), own(AccountKind::Opening));
    let (available, owed) = (opened.available_minor().unwrap_or(0), opened.owed_minor().unwrap_or(0));
    let mut postings = Vec::new();
    if available > 0 {
        postings.push(posting(opening.clone(), &asset, negative(available)?));
        credit(desk, &mut postings, party, &asset, available)?;
    }
    if owed > 0 {
        postings.push(posting(opening, &asset, owed));
        debit(desk, &mut postings, party, &asset, owed)?;
    }
    desk.post("opening", party, postings)?;
    Ok(Done::created())
}

/// `adjustment.made`: moves by hand, which come to zero.
pub(crate) fn adjusted(desk: &mut Desk<'_>, adjustment: &AdjustmentMade) -> Result<Done, Stop> {
    let asset = Asset::new(adjustment.currency().code());
    let mut postings = Vec::new();
    for each in adjustment.moves() {
        let amount = each.amount_minor;
        match each.party.as_deref() {
            None => postings.push(posting(own(AccountKind::Merchant), &asset, amount)),
            Some(party) if amount > 0 => credit(desk, &mut postings, party, &asset, amount)?,
            Some(party) => debit(desk, &mut postings, party, &asset, negative(amount)?)?,
        }
    }
    desk.post("adjustment", adjustment.adjustment(), postings)?;
    Ok(Done::created())
}

/// `receivable.written_off`: what a party owes and will not pay is the merchant's loss.
pub(crate) fn written_off(
    setting: &Setting<'_>,
    desk: &mut Desk<'_>,
    written: &ReceivableWrittenOff,
) -> Result<Done, Stop> {
    let asset = Asset::new(written.currency().code());
    let receivable = of(AccountKind::Receivable, written.party());
    let owed = negative(desk.balance(&receivable, &asset)?)?;
    let amount = written.amount_minor().unwrap_or(owed);
    if amount > owed || owed == 0 {
        let (owed, amount) = (setting.show(owed), setting.show(amount));
        let party = written.party();
        return Err(Stop::refused(format!("`{party}` owes {owed}, {amount} is to be written off")));
    }
    // The merchant was credited when the share was taken back; what does not come in is its loss after all.
    let loss = posting(own(AccountKind::Merchant), &asset, negative(amount)?);
    let postings = vec![posting(receivable, &asset, amount), loss];
    desk.post("write_off", written.write_off(), postings)?;
    Ok(Done::created())
}
