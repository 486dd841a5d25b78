//! Points, stars and days in the model: given, counted over others, taken back, spent, expired.

use jiff::{Span, civil::Date};
use serde_json::Value;

use super::orders::Order;
use super::world::{Answer, World, number, text};

pub(super) const WELCOME: &str = "coupon/WELCOME";
/// What a star costs, minor units.
const EACH: i128 = 5_000;

/// Units that came of an order.
#[derive(Clone, Debug)]
pub(super) struct Given {
    to: String,
    lot: String,
    units: i128,
}

impl World {
    pub(super) fn earned(&self, who: &str, asset: &str) -> i128 {
        self.earned.get(&(who.to_owned(), asset.to_owned())).copied().unwrap_or(0)
    }

    fn earn(&mut self, who: &str, asset: &str, units: i128) {
        *self.earned.entry((who.to_owned(), asset.to_owned())).or_default() += units;
    }

    /// Answers the lot of the wallet.
    pub(super) fn give(
        &mut self,
        id: &str,
        to: &str,
        asset: &str,
        units: i128,
        until: Option<Date>,
    ) -> String {
        let lot = format!("{}/{id}", until.map_or_else(|| "never".to_owned(), |date| date.to_string()));
        self.accounts.add("issuance", ("", ""), asset, -units);
        self.accounts.add("wallet", (to, &lot), asset, units);
        self.earn(to, asset, units);
        lot
    }

    pub(super) fn given(&mut self, event: &Value) -> Answer {
        let until = event["expires"].as_str().map(|date| date.parse().unwrap());
        let (id, to) = (text(event, "grant"), self.person(&text(event, "to")));
        self.give(&id, &to, &text(event, "asset"), number(event, "units"), until);
        Answer::Created
    }

    pub(super) fn redeemed(&mut self, event: &Value) -> Answer {
        let (from, asset, mut left) =
            (self.person(&text(event, "from")), text(event, "asset"), number(event, "units"));
        if self.accounts.held_units(&from, &asset) < left {
            return Answer::Refused;
        }
        self.accounts.add("redeemed", (&from, &text(event, "redemption")), &asset, left);
        for (lot, units) in self.accounts.wallets(&from, &asset) {
            let taken = left.min(units);
            self.accounts.add("wallet", (&from, &lot), &asset, -taken);
            left -= taken;
        }
        Answer::Created
    }

    /// A day in a row counts one more than is held of the series, up to three; then it begins anew.
    pub(super) fn occasion(&mut self, fact: &str, event: &Value) -> Answer {
        let who = self.person(&text(event, "of"));
        let before = self.accounts.held_units(&who, "check-in-days");
        let day = if before < 3 { before + 1 } else { 1 };
        let tomorrow = self.day(event).checked_add(Span::new().days(1)).unwrap();
        self.give(&format!("{fact}/0"), &who, "check-in-days", day, Some(tomorrow));
        self.give(&format!("{fact}/1"), &who, "points", 1, None);
        if day == 3 {
            self.give(&format!("{fact}/2"), &who, "points", 2, None);
        }
        Answer::Created
    }

    /// Every cent spent is a unit, and each full fifty a star.
    pub(super) fn stars(&mut self, order: &str, buyer: &str, paid: i128) -> Option<Given> {
        let owed = (self.earned(buyer, "spending") + paid) / EACH - self.earned(buyer, "stars");
        let spent = (paid > 0).then(|| {
            let lot = self.give(&format!("{order}/0"), buyer, "spending", paid, None);
            Given { to: buyer.to_owned(), lot, units: paid }
        });
        if owed > 0 {
            let place = if spent.is_some() { 1 } else { 0 };
            self.give(&format!("{order}/{place}"), buyer, "stars", owed, None);
        }
        spent
    }

    /// What remains of an order is what it counts for; stars that it no longer allows go back as far as they are held.
    pub(super) fn restate(&mut self, order: &mut Order, kept: i128) {
        let Some(given) = &mut order.given else { return };
        let lacking = given.units - kept;
        if lacking <= 0 {
            return;
        }
        given.units = kept;
        let (who, lot) = (self.person(&given.to), given.lot.clone());
        self.take_units(&who, &lot, "spending", lacking);
        self.earn(&who, "spending", -lacking);
        let mut excess = self.earned(&who, "stars") - self.earned(&who, "spending").max(0) / EACH;
        for (lot, _) in self.accounts.wallets(&who, "stars").into_iter().rev() {
            if excess > 0 {
                let taken = self.take_units(&who, &lot, "stars", excess);
                self.earn(&who, "stars", -taken);
                excess -= taken;
            }
        }
    }

    fn take_units(&mut self, who: &str, lot: &str, asset: &str, units: i128) -> i128 {
        let taken = units.min(self.accounts.of("wallet", who, lot, asset));
        self.accounts.add("wallet", (who, lot), asset, -taken);
        self.accounts.add("issuance", ("", ""), asset, taken);
        taken
    }

    /// What is good until a day or before has expired when that day closes.
    pub(super) fn expire(&mut self, day: Date) {
        for ((kind, owner, lot, asset), units) in self.accounts.0.clone() {
            let until = lot.split('/').next().and_then(|until| until.parse::<Date>().ok());
            if kind == "wallet" && until.is_some_and(|until| until <= day) {
                self.accounts.add("wallet", (&owner, &lot), &asset, -units);
                self.accounts.add("expired", (&owner, &lot), &asset, units);
            }
        }
    }
}
