//! Money beside orders: payouts, balances from elsewhere, adjustments, debts that are given up.
//!
//! Invariant: every amount has its currency, and every move its other side.

use fenrun_money::{Currency, decimal::format_minor};
use jiff::Timestamp;

use super::define::life_event;
use super::moves::AdjustmentMove;
use crate::event::Expectations;
use crate::event::error::{EventError, EventErrorKind as Kind};
use crate::event::place::Place;

life_event! {
    /// A party is to be paid out.
    PayoutRequested = "payout.requested", key(payout), wire PayoutRequestedWire;
    /// This payout.
    "payout" payout: String => &str;
    /// Who is paid.
    "party" party: String => &str;
    /// When.
    "time" time: Timestamp => Timestamp;
    /// The ISO 4217 code of every amount in the event.
    "currency" currency: Currency => Currency;
    /// How much; left out, everything that is available.
    "amount" amount_minor: Option<i64> => Option<i64>, optional, "minor units" in JSON "major units";
}

life_event! {
    /// The rail has paid.
    PayoutSucceeded = "payout.succeeded", key(payout), wire PayoutSucceededWire;
    /// The payout.
    "payout" payout: String => &str;
    /// When.
    "time" time: Timestamp => Timestamp;
    /// The rail's own name for it.
    "reference" reference: Option<String> => Option<&str>, optional;
}

life_event! {
    /// The rail has not paid, for certain.
    PayoutFailed = "payout.failed", key(payout), wire PayoutFailedWire;
    /// The payout.
    "payout" payout: String => &str;
    /// When.
    "time" time: Timestamp => Timestamp;
    /// Why.
    "reason" reason: String => &str;
}

life_event! {
    /// What the rail has paid came back.
    PayoutReturned = "payout.returned", key(payout), wire PayoutReturnedWire;
    /// The payout.
    "payout" payout: String => &str;
    /// When.
    "time" time: Timestamp => Timestamp;
    /// Why.
    "reason" reason: String => &str;
}

life_event! {
    /// The rail did not say whether it has paid: nothing is done again until it does.
    PayoutUnknown = "payout.unknown", key(payout), wire PayoutUnknownWire;
    /// The payout.
    "payout" payout: String => &str;
    /// When.
    "time" time: Timestamp => Timestamp;
    /// What the rail said instead.
    "reason" reason: String => &str;
}

life_event! {
    /// What a party owes and will not pay is given up.
    ReceivableWrittenOff = "receivable.written_off", key(write_off), wire ReceivableWrittenOffWire;
    /// This write-off.
    "write_off" write_off: String => &str;
    /// Who owes.
    "party" party: String => &str;
    /// When.
    "time" time: Timestamp => Timestamp;
    /// The ISO 4217 code of every amount in the event.
    "currency" currency: Currency => Currency;
    /// How much; left out, all of it.
    "amount" amount_minor: Option<i64> => Option<i64>, optional, "minor units" in JSON "major units";
    /// Why.
    "reason" reason: String => &str;
}

life_event! {
    /// What a party has, or owes, when it moves in from another system.
    BalanceOpened = "balance.opened", key(party), wire BalanceOpenedWire;
    /// The party.
    "party" party: String => &str;
    /// When.
    "time" time: Timestamp => Timestamp;
    /// The ISO 4217 code of every amount in the event.
    "currency" currency: Currency => Currency;
    /// What is free to be paid out.
    "available" available_minor: Option<i64> => Option<i64>, optional, "minor units" in JSON "major units";
    /// What the party owes.
    "owed" owed_minor: Option<i64> => Option<i64>, optional, "minor units" in JSON "major units";
    check something_opened;
}

life_event! {
    /// Money is moved by hand, for a reason.
    AdjustmentMade = "adjustment.made", key(adjustment), wire AdjustmentMadeWire;
    /// This adjustment.
    "adjustment" adjustment: String => &str;
    /// When.
    "time" time: Timestamp => Timestamp;
    /// The ISO 4217 code of every amount in the event.
    "currency" currency: Currency => Currency;
    /// Why.
    "reason" reason: String => &str;
    /// Who gets or gives how much; together zero.
    #[schemars(length(min = 2, max = 1000))]
    "moves" moves: Vec<AdjustmentMove> => &[AdjustmentMove];
    check balanced;
}

fn something_opened(opened: &BalanceOpened, _: &Expectations) -> Result<(), EventError> {
    if opened.available_minor.is_some() || opened.owed_minor.is_some() {
        return Ok(());
    }
    let problem = "a balance of nothing".to_owned();
    let remedy = "say what is `available` or `owed`";
    Err(EventError::at(&Place::Root.field("party"), Kind::Contradiction { problem, remedy }))
}

fn balanced(made: &AdjustmentMade, _: &Expectations) -> Result<(), EventError> {
    let root = Place::Root;
    let place = root.field("moves");
    let sum = made.moves.iter().try_fold(0_i64, |sum, each| sum.checked_add(each.amount_minor));
    let sum = sum.ok_or_else(|| EventError::at(&place, Kind::Overflow { what: "the sum of the moves" }))?;
    if sum == 0 && !made.moves.is_empty() {
        return Ok(());
    }
    let sum = format_minor(sum, made.currency.exponent());
    let problem = format!("the moves come to {sum}, not to zero");
    let remedy = "give what one gets to whom it is taken from; leave `party` out for the merchant";
    Err(EventError::at(&place, Kind::Contradiction { problem, remedy }))
}
