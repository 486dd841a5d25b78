//! The durable double-entry store of fenrun.
//!
//! The promise of this crate: **what a batch appended is there whole or not at all, nothing that was appended ever
//! changes, and every balance is the sum of its postings.** It knows accounts, assets, balanced transactions, an
//! append-only hash-chained log of entries, and keyed documents. It knows nothing of orders or policies.
//!
//! # Example
//!
//! ```
//! use fenrun_ledger::{
//!     Account, AccountKind, Asset, Code, Entry, Ledger, LedgerError, MemoryLedger, Posting, Transaction,
//!     verify_chain,
//! };
//!
//! let points = Asset::new("points");
//! let wallet = Account::new(AccountKind::Wallet, "b1", "");
//! let issuance = Account::new(AccountKind::Issuance, "", "");
//! let give = |fact: &str, amount_minor: i64| -> Result<Entry, Box<dyn std::error::Error>> {
//!     let postings = vec![
//!         Posting { account: wallet.clone(), asset: points.clone(), amount_minor },
//!         Posting { account: issuance.clone(), asset: points.clone(), amount_minor: -amount_minor },
//!     ];
//!     Ok(Entry {
//!         fact: fact.to_owned(),
//!         kind: "points.given".to_owned(),
//!         time: "2026-03-01T10:00:00Z".parse()?,
//!         payload: [0; 32],
//!         event: "{}".to_owned(),
//!         code: Code::Created,
//!         because: None,
//!         cause: None,
//!         receipt: None,
//!         transactions: Transaction::balanced("gift", "b1", postings)?.into_iter().collect(),
//!         changes: Vec::new(),
//!     })
//! };
//!
//! let mut ledger = MemoryLedger::new();
//! ledger.begin()?;
//! ledger.append(give("points.given/1", 100)?)?;
//! // A wallet is never negative: the entry is refused whole, and the batch goes on.
//! let error = ledger.append(give("points.given/2", -101)?).unwrap_err();
//! assert_eq!(error.to_string(), "`wallet:b1` would hold -1 `points`, which its kind must not");
//! let head = ledger.commit()?;
//!
//! assert_eq!(head.entries, 1);
//! assert_eq!(ledger.balance(&wallet, &points)?, 100);
//! assert_eq!(verify_chain(&mut ledger)?, head);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Concepts
//!
//! - An [`Account`] has an [`AccountKind`], an owner and a lot. A balance is what is owed to the owner; over all accounts
//!   of one [`Asset`] balances sum to zero, always. The kind says which [`Sign`] a balance may have.
//! - A [`Transaction`] is a set of [`Posting`]s that balances; [`Transaction::balanced`] is the only way to make one.
//! - An [`Entry`] is one fact, what became of it ([`Code`]), what it moved and which documents change with it
//!   ([`Change`]). Under a fact there is at most one final entry, as the last.
//! - Each [`StoredEntry`] carries the hash over itself and the entry before it, the same in every backend;
//!   [`verify_chain`] walks them all.
//! - A [`Ledger`] is one of `MemoryLedger`, `SqliteLedger` (feature `sqlite`) or `PostgresLedger` (feature `postgres`).
//!
//! # Features
//!
//! None is on by default. `sqlite` brings SQLite itself, `postgres` a synchronous client without TLS.

mod account;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod buffered;
mod chain;
mod check;
mod encoding;
mod entry;
mod error;
mod ledger;
mod memory;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;
mod transaction;

pub use account::{Account, AccountKind, Asset, Balance, Sign};
pub use chain::verify_chain;
pub use entry::{Change, Code, Entry, Hash, Head, Stored, StoredEntry};
pub use error::{ChainError, Found, LedgerError};
pub use ledger::{HandedOver, KEY_BYTES_MAX, KIND_BYTES_MAX, Ledger, VALUE_BYTES_MAX};
pub use memory::MemoryLedger;
#[cfg(feature = "postgres")]
pub use postgres::PostgresLedger;
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteLedger;
pub use transaction::{Posting, Transaction, TransactionError};
