//! The model's accounts: plain sums in 128 bits.

use std::collections::BTreeMap;

/// Kind, owner, lot and asset.
pub(super) type Name = (&'static str, String, String, String);

pub(super) const MONEY: &str = "CNY";

/// What every account holds; what holds nothing is not there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Accounts(pub(super) BTreeMap<Name, i128>);

impl Accounts {
    pub(super) fn of(&self, kind: &'static str, owner: &str, lot: &str, asset: &str) -> i128 {
        self.0.get(&(kind, owner.into(), lot.into(), asset.into())).copied().unwrap_or(0)
    }

    pub(super) fn add(&mut self, kind: &'static str, (owner, lot): (&str, &str), asset: &str, amount: i128) {
        let name = (kind, owner.to_owned(), lot.to_owned(), asset.to_owned());
        let sum = self.of(kind, owner, lot, asset) + amount;
        if sum == 0 {
            self.0.remove(&name);
        } else {
            self.0.insert(name, sum);
        }
    }

    /// Money of the merchant and of the buyers.
    pub(super) fn own(&mut self, kind: &'static str, amount: i128) {
        self.add(kind, ("", ""), MONEY, amount);
    }

    /// A party has this more, after what it owes.
    pub(super) fn credit(&mut self, party: &str, amount: i128) {
        let netted = amount.min(-self.of("receivable", party, "", MONEY));
        self.add("receivable", (party, ""), MONEY, netted);
        self.add("available", (party, ""), MONEY, amount - netted);
    }

    /// A party has this less, and owes what it has not.
    pub(super) fn debit(&mut self, party: &str, amount: i128) {
        let taken = amount.min(self.of("available", party, "", MONEY));
        self.add("available", (party, ""), MONEY, -taken);
        self.add("receivable", (party, ""), MONEY, taken - amount);
    }

    /// The wallets of an owner in an asset, what expires first at the front.
    pub(super) fn wallets(&self, owner: &str, asset: &str) -> Vec<(String, i128)> {
        let of = |name: &&Name| name.0 == "wallet" && name.1 == owner && name.3 == asset;
        self.0.keys().filter(of).map(|name| (name.2.clone(), self.0[name])).collect()
    }

    pub(super) fn held_units(&self, owner: &str, asset: &str) -> i128 {
        self.wallets(owner, asset).iter().map(|(_, units)| units).sum()
    }
}

/// Largest remainder: floors first, then one more where most was cut off, the first of equals.
pub(super) fn spread(amount: i128, weights: &[i128]) -> Vec<i128> {
    let all: i128 = weights.iter().sum();
    if all == 0 {
        return vec![0; weights.len()];
    }
    let mut parts: Vec<i128> = weights.iter().map(|weight| amount * weight / all).collect();
    let mut places: Vec<usize> = (0..weights.len()).collect();
    places.sort_by_key(|place| (-(amount * weights[*place] % all), *place));
    let left = amount - parts.iter().sum::<i128>();
    for place in places.into_iter().take(usize::try_from(left).unwrap()) {
        parts[place] += 1;
    }
    parts
}
