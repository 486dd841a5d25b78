//! What posting a stream of order events costs: the books over each ledger, and the same postings written by hand.
//!
//! ```no_run
//! use fenrun_ledger_benches::{posted, stream};
//!
//! let mut books = fenrun_ledger_benches::books(Box::new(fenrun_ledger::MemoryLedger::new()));
//! posted(&mut books, &stream::of(0..1_000));
//! ```
//!
//! Invariant: the same events, the same number of them for each commit, and the same care for durability in every row.

pub mod by_hand;
pub mod stream;

use fenrun::books::{Books, Code};
use fenrun::program::{ModuleSourceError, PolicySource};
use fenrun::{Engine, EngineOptions};
use fenrun_ledger::Ledger;

/// Events that are committed together.
pub const BATCH: usize = 1_000;

const THREE_LEVEL: &[u8] = include_bytes!(env!("THREE_LEVEL"));

const PROGRAM: &str = r#"
merchant  = "old-cellar"
currency  = "CNY"
time_zone = "Asia/Shanghai"
guard     = "cn"

[[policy]]
name = "levels"
use  = "three-level"
"#;

/// Books over a ledger, under a program with 20/5/3 % over three levels.
///
/// # Panics
///
/// Where the program cannot be loaded or the ledger not be opened.
#[must_use]
pub fn books(ledger: Box<dyn Ledger + Send>) -> Books {
    let modules = |source: &PolicySource| match source {
        PolicySource::Stock(name) if name == "three-level" => Ok(THREE_LEVEL.to_vec()),
        other => Err(ModuleSourceError::unknown(other)),
    };
    let engine = Engine::new(EngineOptions::default()).expect("the engine starts");
    let mut books = Books::open(engine, ledger).expect("the ledger opens");
    books.prepare(PROGRAM, "program.toml", &modules).expect("the program loads");
    books
}

/// Posts events, a commit for each [`BATCH`], written behind where the ledger can; all is durable in the end.
///
/// # Panics
///
/// Where one is not posted.
pub fn posted(books: &mut Books, events: &[String]) {
    for batch in events.chunks(BATCH) {
        books.begin().expect("a batch opens");
        for event in batch {
            let posted = books.take_json(event).expect("the event is taken");
            assert!(matches!(posted.code, Code::Created | Code::Noted), "{:?}", posted.because);
        }
        books.hand_over().expect("the batch is kept");
    }
    books.settle().expect("the last batch is durable");
}
