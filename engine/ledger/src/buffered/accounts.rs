//! The balances a batch has read and moved.
//!
//! Invariant: a cell is what the store holds, or what it will hold when the batch is written.

use std::collections::HashMap;

use super::store::{Balances, Line, StoredAccount};
use crate::{
    account::{Account, Asset},
    transaction::Transaction,
};

/// How many accounts are remembered; all are written and forgotten when there are more.
const ACCOUNTS_MAX: usize = 65_536;

#[derive(Debug, Default)]
pub(super) struct Accounts {
    places: HashMap<Account, Vec<(Asset, usize)>>,
    cells: Vec<Cell>,
    /// Places of cells that are not written yet.
    dirty: Vec<usize>,
    /// Places of those that are new, in the order of their numbers, which follow each other.
    new: Vec<usize>,
    /// The number of the first of them.
    first_new: i64,
}

#[derive(Debug)]
struct Cell {
    /// 0 where the account does not exist yet.
    id: i64,
    balance_minor: i64,
    is_new: bool,
    is_dirty: bool,
}

impl Accounts {
    pub(super) fn find(&self, account: &Account, asset: &Asset) -> Option<usize> {
        let places = self.places.get(account)?;
        places.iter().find(|(held, _)| held == asset).map(|(_, place)| *place)
    }

    pub(super) fn balance(&self, place: usize) -> i64 {
        self.cells.get(place).map_or(0, |cell| cell.balance_minor)
    }

    /// Remembers what the store holds, and answers where.
    pub(super) fn learn(&mut self, account: &Account, asset: &Asset, found: Option<StoredAccount>) -> usize {
        let found = found.unwrap_or(StoredAccount { id: 0, balance_minor: 0 });
        let place = self.cells.len();
        self.cells.push(Cell {
            id: found.id,
            balance_minor: found.balance_minor,
            is_new: false,
            is_dirty: false,
        });
        match self.places.get_mut(account) {
            Some(places) => places.push((asset.clone(), place)),
            None => drop(self.places.insert(account.clone(), vec![(asset.clone(), place)])),
        }
        place
    }

    /// Sets a balance; an account that does not exist yet gets the next number.
    pub(super) fn set(&mut self, place: usize, balance_minor: i64, accounts: &mut i64) {
        let Some(cell) = self.cells.get_mut(place) else { return };
        if cell.id == 0 {
            *accounts = accounts.saturating_add(1);
            cell.id = *accounts;
            cell.is_new = true;
            if self.new.is_empty() {
                self.first_new = cell.id;
            }
            self.new.push(place);
        }
        cell.balance_minor = balance_minor;
        if !cell.is_dirty {
            cell.is_dirty = true;
            self.dirty.push(place);
        }
    }

    /// The postings as lines of their accounts, whose places are given in the same order.
    pub(super) fn lines(&self, seq: u64, transactions: &[Transaction], places: &[usize]) -> Vec<Line> {
        let mut lines = Vec::with_capacity(places.len());
        let mut places = places.iter();
        for (number, transaction) in (1..).zip(transactions) {
            for (posting, place) in transaction.postings().iter().zip(&mut places) {
                let account = self.cells.get(*place).map_or(0, |cell| cell.id);
                lines.push(Line { account, seq, number, amount_minor: posting.amount_minor });
            }
        }
        lines
    }

    /// What is to be written, and is taken for written from here on.
    pub(super) fn take_changes(&mut self) -> Balances {
        let balance = |place: &usize| self.cells.get(*place).map_or(0, |cell| cell.balance_minor);
        let new = self.new.iter().map(balance).collect();
        let mut changed: Vec<_> = self
            .dirty
            .iter()
            .filter_map(|place| self.cells.get(*place))
            .filter(|cell| !cell.is_new)
            .map(|cell| (cell.id, cell.balance_minor))
            .collect();
        changed.sort_unstable();
        self.new.clear();
        for place in self.dirty.drain(..) {
            if let Some(cell) = self.cells.get_mut(place) {
                cell.is_new = false;
                cell.is_dirty = false;
            }
        }
        Balances { first_new: self.first_new, new, changed }
    }

    /// Whether there are so many that they are to be written and forgotten.
    pub(super) fn are_many(&self) -> bool {
        self.cells.len() > ACCOUNTS_MAX
    }

    pub(super) fn clear(&mut self) {
        self.places.clear();
        self.cells.clear();
        self.dirty.clear();
        self.new.clear();
    }
}
