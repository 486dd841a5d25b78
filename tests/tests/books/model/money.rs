//! The model's parties and their money: payouts, balances from elsewhere, corrections.

use serde_json::Value;

use super::accounts::MONEY;
use super::world::{Answer, World, minor, text};

/// A payout and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Payout {
    party: String,
    amount: i128,
    state: &'static str,
}

impl World {
    pub(super) fn party_changed(&mut self, event: &Value) -> Answer {
        let standing = self.standings.entry(text(event, "party")).or_default();
        standing.ineligible = event["eligible"].as_bool().map_or(standing.ineligible, |eligible| !eligible);
        standing.frozen = event["frozen"].as_bool().unwrap_or(standing.frozen);
        Answer::Noted
    }

    pub(super) fn payout(&mut self, event: &Value) -> Answer {
        let (payout, party) = (text(event, "payout"), text(event, "party"));
        let available = self.accounts.of("available", &party, "", MONEY);
        let amount = event["amount"].as_str().map_or(available, minor);
        let frozen = self.standings.get(&party).is_some_and(|standing| standing.frozen);
        if frozen || amount > available || amount < 1 {
            return Answer::Refused;
        }
        self.accounts.add("available", (&party, ""), MONEY, -amount);
        self.accounts.add("in_payout", (&party, &payout), MONEY, amount);
        self.payouts.insert(payout, Payout { party, amount, state: "requested" });
        Answer::Created
    }

    pub(super) fn payout_told(&mut self, event: &Value, told: &'static str) -> Answer {
        let id = text(event, "payout");
        let Some(Payout { party, amount, state }) = self.payouts.get(&id).cloned() else {
            return Answer::Parked(format!("payout.requested/{id}"));
        };
        let open = matches!(state, "requested" | "unknown");
        match told {
            "unknown" if state == "requested" => {}
            "succeeded" if open => {
                self.accounts.add("in_payout", (&party, &id), MONEY, -amount);
                self.accounts.add("paid", (&party, ""), MONEY, amount);
            }
            "failed" if open => {
                self.accounts.add("in_payout", (&party, &id), MONEY, -amount);
                self.accounts.credit(&party, amount);
            }
            "returned" if state == "succeeded" => {
                self.accounts.add("paid", (&party, ""), MONEY, -amount);
                self.accounts.credit(&party, amount);
            }
            "returned" if open => return Answer::Parked(format!("payout.succeeded/{id}")),
            _ => return Answer::Refused,
        }
        self.payouts.get_mut(&id).unwrap().state = told;
        if told == "unknown" { Answer::Noted } else { Answer::Created }
    }

    pub(super) fn written_off(&mut self, event: &Value) -> Answer {
        let party = text(event, "party");
        let owed = -self.accounts.of("receivable", &party, "", MONEY);
        if owed == 0 {
            return Answer::Refused;
        }
        self.accounts.add("receivable", (&party, ""), MONEY, owed);
        self.accounts.own("merchant", -owed);
        Answer::Created
    }

    pub(super) fn opened(&mut self, event: &Value) -> Answer {
        let party = text(event, "party");
        let amount = |key: &str| event[key].as_str().map_or(0, minor);
        let (available, owed) = (amount("available"), amount("owed"));
        self.accounts.own("opening", owed - available);
        self.accounts.credit(&party, available);
        self.accounts.debit(&party, owed);
        Answer::Created
    }

    pub(super) fn adjusted(&mut self, event: &Value) -> Answer {
        for each in event["moves"].as_array().unwrap() {
            let amount = minor(each["amount"].as_str().unwrap());
            match each["party"].as_str() {
                None => self.accounts.own("merchant", amount),
                Some(party) if amount > 0 => self.accounts.credit(party, amount),
                Some(party) => self.accounts.debit(party, -amount),
            }
        }
        Answer::Created
    }
}
