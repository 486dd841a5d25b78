//! The canonical encoding of an entry, and the hash over it.
//!
//! Invariant: no two different entries have the same encoding; it never changes for entries that exist.
//!
//! The hash of an entry is SHA-256 over these bytes, in this order:
//!
//! | part | bytes |
//! | --- | --- |
//! | domain | `fenrun-ledger entry 1` and a zero byte |
//! | previous hash | 32 |
//! | number in the log | 8 |
//! | fact, kind | text each |
//! | time | seconds since 1970 in 8 (two's complement), nanoseconds in 4 (two's complement) |
//! | payload digest | 32 |
//! | event | text |
//! | code | its number in 1 |
//! | because, cause, receipt | each one byte 0 where absent, else 1 and a text |
//! | transactions | count in 4, then each: code, correlation, count of postings in 4, then each posting: kind of account by name, owner, lot, asset, amount in 8 (two's complement) |
//!
//! Numbers are big-endian; a text is its length in bytes in 4, then its UTF-8. Changes of documents are left out.

use sha2::{Digest, Sha256};

use crate::{
    account::{Account, AccountKind, Asset},
    entry::{Entry, Hash},
    transaction::{Posting, Transaction},
};

const DOMAIN: &[u8] = b"fenrun-ledger entry 1\0";

/// The hash of an entry at its place in the chain, and the bytes of its transactions as they are stored.
pub(crate) fn seal(previous: Hash, seq: u64, entry: &Entry) -> (Hash, Vec<u8>) {
    let transactions = transactions(&entry.transactions);
    let mut head = Vec::with_capacity(512);
    head.extend_from_slice(DOMAIN);
    head.extend_from_slice(&previous.0);
    head.extend_from_slice(&seq.to_be_bytes());
    text(&mut head, &entry.fact);
    text(&mut head, &entry.kind);
    head.extend_from_slice(&entry.time.as_second().to_be_bytes());
    head.extend_from_slice(&entry.time.subsec_nanosecond().to_be_bytes());
    head.extend_from_slice(&entry.payload);
    length(&mut head, entry.event.len());

    let mut tail = Vec::with_capacity(64);
    tail.push(entry.code.number());
    for optional in [&entry.because, &entry.cause, &entry.receipt] {
        match optional {
            None => tail.push(0),
            Some(present) => {
                tail.push(1);
                text(&mut tail, present);
            }
        }
    }
    let mut hasher = Sha256::new();
    hasher.update(&head);
    hasher.update(entry.event.as_bytes());
    hasher.update(&tail);
    hasher.update(&transactions);
    (Hash(hasher.finalize().into()), transactions)
}

/// The SHA-256 of some bytes.
pub(crate) fn digest(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

fn transactions(transactions: &[Transaction]) -> Vec<u8> {
    let mut to = Vec::with_capacity(512);
    length(&mut to, transactions.len());
    for transaction in transactions {
        text(&mut to, transaction.code());
        text(&mut to, transaction.correlation());
        length(&mut to, transaction.postings().len());
        for posting in transaction.postings() {
            text(&mut to, posting.account.kind().name());
            text(&mut to, posting.account.owner());
            text(&mut to, posting.account.lot());
            text(&mut to, posting.asset.as_str());
            to.extend_from_slice(&posting.amount_minor.to_be_bytes());
        }
    }
    to
}

/// Lengths are checked to fit before anything is encoded; one that does not would say so by its value.
fn length(to: &mut Vec<u8>, length: usize) {
    to.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
}

fn text(to: &mut Vec<u8>, text: &str) {
    length(to, text.len());
    to.extend_from_slice(text.as_bytes());
}

/// Reads transactions back from their bytes. `None` where the bytes are not such, or do not balance.
#[cfg_attr(
    not(any(feature = "sqlite", feature = "postgres")),
    expect(dead_code, reason = "the ledger in memory keeps transactions as they are")
)]
pub(crate) fn read_transactions(bytes: &[u8]) -> Option<Vec<Transaction>> {
    let mut reader = Reader(bytes);
    let count = reader.length()?;
    let mut transactions = Vec::with_capacity(count.min(bytes.len()));
    for _ in 0..count {
        let code = reader.text()?;
        let correlation = reader.text()?;
        let count = reader.length()?;
        let mut postings = Vec::with_capacity(count.min(bytes.len()));
        for _ in 0..count {
            let kind = AccountKind::named(reader.text()?)?;
            let account = Account::new(kind, reader.text()?, reader.text()?);
            let asset = Asset::new(reader.text()?);
            let amount_minor = i64::from_be_bytes(*reader.take(8)?.as_array()?);
            postings.push(Posting { account, asset, amount_minor });
        }
        transactions.push(Transaction::balanced(code, correlation, postings).ok()??);
    }
    reader.0.is_empty().then_some(transactions)
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn length(&mut self) -> Option<usize> {
        usize::try_from(u32::from_be_bytes(*self.take(4)?.as_array()?)).ok()
    }

    fn text(&mut self) -> Option<&'a str> {
        let length = self.length()?;
        std::str::from_utf8(self.take(length)?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::Code;
    use AccountKind::{Held, Merchant, Payments};

    fn entry() -> Entry {
        let posting = |kind, owner: &str, amount_minor| Posting {
            account: Account::new(kind, owner, "A1001"),
            asset: Asset::new("CNY"),
            amount_minor,
        };
        let postings =
            vec![posting(Payments, "", -999), posting(Held, "s1", 199), posting(Merchant, "", 800)];
        Entry {
            fact: "order.paid/A1001".into(),
            kind: "order.paid".into(),
            time: "2026-03-01T10:00:00.000000001Z".parse().unwrap(),
            payload: [7; 32],
            event: "{}".into(),
            code: Code::Created,
            because: None,
            cause: Some("order.priced/A1001".into()),
            receipt: None,
            transactions: vec![Transaction::balanced("accrual", "A1001", postings).unwrap().unwrap()],
            changes: Vec::new(),
        }
    }

    #[test]
    fn the_hash_of_an_entry_never_changes() {
        assert_eq!(
            seal(Hash::ZERO, 1, &entry()).0.to_string(),
            "b76906820fc429500f55c77a29b4decbded9fdeb53a012494fb29584cc668f93"
        );
    }

    #[test]
    fn every_field_but_the_changes_is_hashed() {
        let changed = |change: fn(&mut Entry)| {
            let mut entry = entry();
            change(&mut entry);
            seal(Hash::ZERO, 1, &entry).0
        };
        let first = changed(|_| ());
        let mut seen = vec![
            first,
            seal(Hash([1; 32]), 1, &entry()).0,
            seal(Hash::ZERO, 2, &entry()).0,
            changed(|entry| entry.fact.push('x')),
            changed(|entry| entry.kind.push('x')),
            changed(|entry| entry.time += jiff::SignedDuration::from_nanos(1)),
            changed(|entry| entry.time += jiff::SignedDuration::from_secs(1)),
            changed(|entry| entry.payload[31] = 8),
            changed(|entry| entry.event.push(' ')),
            changed(|entry| entry.code = Code::Noted),
            changed(|entry| entry.because = Some(String::new())),
            changed(|entry| entry.receipt = Some(String::new())),
            changed(|entry| entry.because = entry.cause.take()),
            changed(|entry| entry.cause = None),
            changed(|entry| entry.transactions.clear()),
            changed(|entry| entry.transactions.push(entry.transactions[0].clone())),
            changed(|entry| {
                let postings = entry.transactions[0].postings().to_vec();
                entry.transactions = vec![Transaction::balanced("accrual", "A1", postings).unwrap().unwrap()];
            }),
            changed(|entry| {
                let mut postings = entry.transactions[0].postings().to_vec();
                postings[0].amount_minor -= 1;
                postings[1].amount_minor += 1;
                entry.transactions =
                    vec![Transaction::balanced("accrual", "A1001", postings).unwrap().unwrap()];
            }),
        ];
        let count = seen.len();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), count);
        let with_changes =
            changed(|entry| entry.changes.push(crate::Change::Delete { kind: "order", key: "A1".into() }));
        assert_eq!(with_changes, first);
    }

    #[test]
    fn transactions_are_read_back_and_anything_else_is_not() {
        let entry = entry();
        let bytes = transactions(&entry.transactions);
        assert_eq!(read_transactions(&bytes), Some(entry.transactions));
        assert_eq!(read_transactions(&transactions(&[])), Some(vec![]));
        for end in 0..bytes.len() {
            assert_eq!(read_transactions(&bytes[..end]), None, "cut at {end}");
        }
        let mut longer = bytes.clone();
        longer.push(0);
        assert_eq!(read_transactions(&longer), None);
        let mut unbalanced = bytes;
        *unbalanced.last_mut().unwrap() ^= 1;
        assert_eq!(read_transactions(&unbalanced), None);
    }
}
