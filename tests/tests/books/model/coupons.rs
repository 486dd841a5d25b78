//! Coupons in the model: how often each may be used, by whom, and where a use goes.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde_json::Value;

use super::world::{Answer, World, text};

/// A coupon.
#[derive(Clone, Debug, Default)]
pub(super) struct Coupon {
    public: bool,
    most: Option<i128>,
    most_per_buyer: Option<i128>,
    revoked: bool,
    given: i128,
    pub(super) uses: BTreeMap<String, i128>,
}

fn asset(coupon: &str) -> String {
    format!("coupon/{coupon}")
}

/// Where a use comes from: an account's kind, owner and lot.
type Source = (&'static str, String, String);

impl World {
    pub(super) fn coupon_created(&mut self, event: &Value) -> Answer {
        let id = text(event, "coupon");
        let bound = |key: &str| event[key].as_i64().map(i128::from);
        let coupon = Coupon {
            public: event["public"].as_bool().unwrap_or(true),
            most: bound("uses_max"),
            most_per_buyer: bound("uses_per_buyer_max"),
            ..Coupon::default()
        };
        if let Some(most) = coupon.most.filter(|_| coupon.public) {
            self.accounts.add("issuance", ("", ""), &asset(&id), -most);
            self.accounts.add("wallet", ("", &id), &asset(&id), most);
        }
        self.coupons.insert(id, coupon);
        Answer::Created
    }

    pub(super) fn coupon_issued(&mut self, event: &Value) -> Answer {
        let (id, issue) = (text(event, "coupon"), text(event, "issue"));
        let to = self.person(&text(event, "to"));
        let Some(coupon) = self.coupons.get_mut(&id) else {
            return Answer::Parked(format!("coupon.created/{id}"));
        };
        if coupon.public || coupon.revoked || coupon.most.is_some_and(|most| coupon.given >= most) {
            return Answer::Refused;
        }
        coupon.given += 1;
        let lot = format!("{}/{issue}", event["expires"].as_str().unwrap_or("never"));
        self.issues.insert(issue, text(event, "giver"));
        self.accounts.add("issuance", ("", ""), &asset(&id), -1);
        self.accounts.add("wallet", (&to, &lot), &asset(&id), 1);
        Answer::Created
    }

    pub(super) fn coupon_revoked(&mut self, event: &Value) -> Answer {
        let id = text(event, "coupon");
        match self.coupons.get_mut(&id) {
            None => Answer::Parked(format!("coupon.created/{id}")),
            Some(coupon) => {
                coupon.revoked = true;
                Answer::Noted
            }
        }
    }

    /// Where one more use of a buyer would come from on a day; `None` where there is none.
    pub(super) fn use_of(&self, id: &str, buyer: &str, day: Date) -> Option<Source> {
        let coupon = self.coupons.get(id).filter(|coupon| !coupon.revoked)?;
        let used = coupon.uses.get(buyer).copied().unwrap_or(0);
        if coupon.most_per_buyer.is_some_and(|most| used >= most) {
            return None;
        }
        if coupon.public {
            let limited = coupon.most.is_some();
            let left = !limited || self.accounts.of("wallet", "", id, &asset(id)) > 0;
            let from = if limited {
                ("wallet", String::new(), id.to_owned())
            } else {
                ("issuance", String::new(), String::new())
            };
            return left.then_some(from);
        }
        let good = |lot: &str| lot.split('/').next().is_some_and(|until| until >= day.to_string().as_str());
        let (lot, _) = self.accounts.wallets(buyer, &asset(id)).into_iter().find(|(lot, _)| good(lot))?;
        Some(("wallet", buyer.to_owned(), lot))
    }

    /// Who handed out the coupon behind a use.
    pub(super) fn giver(&self, (_, _, lot): &Source) -> Option<String> {
        self.issues.get(lot.split_once('/')?.1).cloned()
    }

    /// A use goes from its source to whoever holds it: reserved for a quote, or redeemed by an order.
    pub(super) fn use_up(&mut self, id: &str, buyer: &str, from: &Source, to: (&'static str, &str)) {
        *self.coupons.get_mut(id).unwrap().uses.entry(buyer.to_owned()).or_default() += 1;
        self.accounts.add(from.0, (&from.1, &from.2), &asset(id), -1);
        self.accounts.add(to.0, (buyer, to.1), &asset(id), 1);
    }

    /// What was reserved for a quote is redeemed by its order.
    pub(super) fn redeem_reserved(&mut self, id: &str, buyer: &str, (quote, order): (&str, &str)) {
        self.accounts.add("reserved", (buyer, quote), &asset(id), -1);
        self.accounts.add("redeemed", (buyer, order), &asset(id), 1);
    }

    /// It goes back to where it came from, under the name that its buyer has by now.
    pub(super) fn use_back(&mut self, id: &str, buyer: &str, from: &Source, held: (&'static str, &str)) {
        let now = self.person(buyer);
        *self.coupons.get_mut(id).unwrap().uses.entry(now.clone()).or_default() -= 1;
        let owner = if from.1.is_empty() { "" } else { &now };
        self.accounts.add(held.0, (buyer, held.1), &asset(id), -1);
        self.accounts.add(from.0, (owner, &from.2), &asset(id), 1);
    }
}
