//! Writing a whole batch: one statement for each table, its rows sent as arrays.
//!
//! Invariant: runs inside the transaction that holds the lock of the head.

use postgres::Error;

use super::{rows::signed, session::Session};
use crate::{
    buffered::{NewEntry, Writing},
    entry::Entry,
};

pub(super) fn write(session: &mut Session, writing: &Writing) -> Result<(), Error> {
    write_entries(session, &writing.entries)?;
    write_accounts(session, writing)?;
    let lines = writing.lines();
    if !lines.is_empty() {
        let account: Vec<_> = lines.iter().map(|line| line.account).collect();
        let seq: Vec<_> = lines.iter().map(|line| signed(line.seq)).collect();
        let number: Vec<_> = lines.iter().map(|line| line.number).collect();
        let amount: Vec<_> = lines.iter().map(|line| line.amount_minor).collect();
        session.execute(
            "INSERT INTO postings (account, seq, number, amount)
                SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[])",
            &[&account, &seq, &number, &amount],
        )?;
    }
    let (correlation, seq): (Vec<&str>, Vec<i64>) =
        writing.correlations().into_iter().map(|(correlation, seq)| (correlation, signed(seq))).unzip();
    if !seq.is_empty() {
        session.execute(
            "INSERT INTO correlations (correlation, seq) SELECT * FROM unnest($1::text[], $2::bigint[])",
            &[&correlation, &seq],
        )?;
    }
    write_documents(session, writing)?;
    let head = writing.position.head;
    session
        .execute(
            "UPDATE head SET entries = $1, hash = $2, accounts = $3",
            &[&signed(head.entries), &&head.hash.0[..], &writing.position.accounts],
        )
        .map(drop)
}

fn write_entries(session: &mut Session, entries: &[NewEntry]) -> Result<(), Error> {
    fn column<'a, T>(entries: &'a [NewEntry], take: impl Fn(&'a Entry) -> T) -> Vec<T> {
        entries.iter().map(|new| take(&new.entry)).collect()
    }
    let seq: Vec<_> = entries.iter().map(|new| signed(new.seq)).collect();
    let hash: Vec<_> = entries.iter().map(|new| &new.hash.0[..]).collect();
    let transactions: Vec<_> = entries.iter().map(|new| new.transactions.as_slice()).collect();
    session
        .execute(
            "INSERT INTO entries
                (seq, fact, kind, time, payload, code, because, cause, hash, transactions, event, receipt)
                SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::text[],
                    $7::text[], $8::text[], $9::bytea[], $10::bytea[], $11::text[], $12::text[])",
            &[
                &seq,
                &column(entries, |entry| entry.fact.as_str()),
                &column(entries, |entry| entry.kind.as_str()),
                &column(entries, |entry| entry.time.to_string()),
                &column(entries, |entry| &entry.payload[..]),
                &column(entries, |entry| entry.code.name()),
                &column(entries, |entry| entry.because.as_deref()),
                &column(entries, |entry| entry.cause.as_deref()),
                &hash,
                &transactions,
                &column(entries, |entry| entry.event.as_str()),
                &column(entries, |entry| entry.receipt.as_deref()),
            ],
        )
        .map(drop)
}

fn write_accounts(session: &mut Session, writing: &Writing) -> Result<(), Error> {
    let new = writing.new_accounts();
    if !new.is_empty() {
        let id: Vec<_> = new.iter().map(|new| new.id).collect();
        let kind: Vec<_> = new.iter().map(|new| new.account.kind().name()).collect();
        let owner: Vec<_> = new.iter().map(|new| new.account.owner()).collect();
        let lot: Vec<_> = new.iter().map(|new| new.account.lot()).collect();
        let asset: Vec<_> = new.iter().map(|new| new.asset.as_str()).collect();
        let balance: Vec<_> = new.iter().map(|new| new.balance_minor).collect();
        session.execute(
            "INSERT INTO accounts (id, kind, owner, lot, asset, balance)
                SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[])",
            &[&id, &kind, &owner, &lot, &asset, &balance],
        )?;
    }
    if !writing.balances.changed.is_empty() {
        let (id, balance): (Vec<i64>, Vec<i64>) = writing.balances.changed.iter().copied().unzip();
        session.execute(
            "UPDATE accounts SET balance = new.balance
                FROM unnest($1::bigint[], $2::bigint[]) AS new (id, balance) WHERE accounts.id = new.id",
            &[&id, &balance],
        )?;
    }
    Ok(())
}

fn write_documents(session: &mut Session, writing: &Writing) -> Result<(), Error> {
    let put: Vec<_> = writing.put().collect();
    if !put.is_empty() {
        let kind: Vec<_> = put.iter().map(|put| put.0).collect();
        let key: Vec<_> = put.iter().map(|put| put.1).collect();
        let value: Vec<_> = put.iter().map(|put| put.2).collect();
        session.execute(
            "INSERT INTO documents (kind, key, value) SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[])
                ON CONFLICT (kind, key) DO UPDATE SET value = excluded.value",
            &[&kind, &key, &value],
        )?;
    }
    let (kind, key): (Vec<&str>, Vec<&str>) = writing.deleted().unzip();
    if !key.is_empty() {
        session.execute(
            r#"DELETE FROM documents USING unnest($1::text[], $2::text[]) AS old (kind, key)
                WHERE documents.kind = old.kind COLLATE "C" AND documents.key = old.key COLLATE "C""#,
            &[&kind, &key],
        )?;
    }
    Ok(())
}
