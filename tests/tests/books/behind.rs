//! Batches that are handed over: the same ledger as with commits, and the programs of before where one is lost.

use fenrun::books::{Books, BooksError, Code};
use fenrun_cli::modules::PolicyModules;
use fenrun_ledger::{
    Account, AccountKind, Asset, Balance, Entry, HandedOver, Head, Ledger, LedgerError, MemoryLedger,
    SqliteLedger, Stored, StoredEntry, verify_chain,
};

use super::backends::histories;
use super::scenario::{ENGINE, THREE_LEVEL, event};

/// A ledger in memory whose batches are kept only when they are settled, and lost where there is no room.
struct Roomless {
    now: MemoryLedger,
    kept: MemoryLedger,
    behind: bool,
    has_room: bool,
}

macro_rules! hand_on {
    ($($name:ident($($given:ident: $kind:ty),*) -> $answer:ty;)+) => {
        $(fn $name(&mut self, $($given: $kind),*) -> Result<$answer, LedgerError> {
            self.now.$name($($given),*)
        })+
    };
}

impl Ledger for Roomless {
    hand_on! {
        head() -> Head;
        begin() -> ();
        stored(fact: &str) -> Option<Stored>;
        document(kind: &str, key: &str) -> Option<Vec<u8>>;
        scan(kind: &str, from: &str, before: Option<&str>, limit: usize) -> Vec<(String, Vec<u8>)>;
        balance(account: &Account, asset: &Asset) -> i64;
        balances(owner: Option<&str>, kind: Option<AccountKind>) -> Vec<Balance>;
        append(entry: Entry) -> u64;
        entries(after: u64, limit: usize) -> Vec<StoredEntry>;
        entries_about(correlation: &str) -> Vec<StoredEntry>;
        entries_of(owner: &str) -> Vec<StoredEntry>;
        put_module(digest: [u8; 32], bytes: &[u8]) -> ();
        module(digest: [u8; 32]) -> Option<Vec<u8>>;
    }

    fn commit(&mut self) -> Result<Head, LedgerError> {
        self.settle()?;
        let head = self.now.commit()?;
        self.kept = self.now.clone();
        Ok(head)
    }

    fn hand_over(&mut self) -> Result<HandedOver, LedgerError> {
        self.settle()?;
        self.behind = true;
        Ok(HandedOver { head: self.now.commit()?, is_durable: false })
    }

    fn settle(&mut self) -> Result<(), LedgerError> {
        if !std::mem::take(&mut self.behind) {
            return Ok(());
        }
        if self.has_room {
            self.kept = self.now.clone();
            return Ok(());
        }
        // The open batch, which builds on it, goes with it.
        self.now = self.kept.clone();
        Err(LedgerError::Full { place: "shop.db".into() })
    }

    fn rollback(&mut self) -> Result<(), LedgerError> {
        self.settle()?;
        self.now.rollback()
    }
}

fn prepared(ledger: Box<dyn Ledger + Send>, program: &str) -> Books {
    let mut books = Books::open(ENGINE.clone(), ledger).unwrap();
    books.prepare(program, "program.toml", &PolicyModules::new(".").quiet(true)).unwrap();
    books
}

fn paid(number: i64) -> String {
    event(&format!("paid A{number} b1 s1 1=10.00"), number).to_string()
}

fn held(books: &mut Books, order: &str) -> i64 {
    books.ledger().balance(&Account::new(AccountKind::Held, "s1", order), &Asset::new("CNY")).unwrap()
}

/// The shop's program with another rate for the seller.
fn better() -> String {
    format!("{THREE_LEVEL}configuration = {{ rates = [\"30%\", \"5%\", \"3%\"] }}\n")
}

#[test]
fn batches_that_are_handed_over_end_in_the_same_ledger() {
    for (number, history) in histories(12, 240).iter().enumerate() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        let mut oracle = prepared(Box::new(MemoryLedger::new()), THREE_LEVEL);
        let mut books = prepared(Box::new(SqliteLedger::open(&path).unwrap()), THREE_LEVEL);
        for batch in history.chunks(number + 1) {
            oracle.begin().unwrap();
            books.begin().unwrap();
            for event in batch {
                let expected = oracle.take_json(&event.to_string()).unwrap();
                let found = books.take_json(&event.to_string()).unwrap();
                let short =
                    |posted: &fenrun::books::Posted| (posted.code, posted.because.clone(), posted.seq);
                assert_eq!(short(&found), short(&expected), "{event}");
            }
            assert_eq!(books.hand_over().unwrap().head, oracle.commit().unwrap());
        }
        let expected = oracle.ledger().balances(None, None).unwrap();
        assert_eq!(books.ledger().balances(None, None).unwrap(), expected);
        drop(books);
        let mut file = SqliteLedger::open(&path).unwrap();
        assert_eq!(verify_chain(&mut file).unwrap(), oracle.ledger().head().unwrap());
        assert_eq!(file.balances(None, None).unwrap(), expected);
    }
}

#[test]
fn a_batch_that_is_lost_takes_its_program_and_the_next_batch_with_it() {
    type Way = fn(&mut Books) -> Result<(), BooksError>;
    let ways: [(&str, Way); 4] = [
        ("settle", Books::settle),
        ("hand over", |books| books.hand_over().map(drop)),
        ("commit", |books| books.commit().map(drop)),
        ("rollback", Books::rollback),
    ];
    let undisturbed = {
        let mut books = prepared(Box::new(MemoryLedger::new()), THREE_LEVEL);
        books.begin().unwrap();
        books.take_json(&paid(1)).unwrap();
        books.commit().unwrap();
        books.prepare(&better(), "better.toml", &PolicyModules::new(".").quiet(true)).unwrap();
        books.begin().unwrap();
        books.take_json(&paid(2)).unwrap();
        books.take_json(&paid(3)).unwrap();
        let head = books.commit().unwrap();
        assert_eq!([held(&mut books, "A1"), held(&mut books, "A2"), held(&mut books, "A3")], [200, 300, 300]);
        head
    };
    for (name, way) in ways {
        let (now, kept) = (MemoryLedger::new(), MemoryLedger::new());
        let roomless = Roomless { now, kept, behind: false, has_room: false };
        let mut books = prepared(Box::new(roomless), THREE_LEVEL);
        books.begin().unwrap();
        books.take_json(&paid(1)).unwrap();
        books.commit().unwrap();
        let before = books.program().unwrap().digest();

        // The better program comes into force in a batch that will be lost; the next one builds on it.
        books.prepare(&better(), "better.toml", &PolicyModules::new(".").quiet(true)).unwrap();
        books.begin().unwrap();
        assert_eq!(books.take_json(&paid(2)).unwrap().code, Code::Created);
        books.hand_over().unwrap();
        assert_eq!(held(&mut books, "A2"), 300, "{name}");
        books.begin().unwrap();
        assert_eq!(books.take_json(&paid(3)).unwrap().code, Code::Created);
        let lost = way(&mut books).unwrap_err().to_string();
        assert_eq!(
            lost, "`shop.db` has no room left; hint: free some space and send the batch again",
            "{name}"
        );

        // Nothing of both is left, and the program that was to come into force still is.
        assert_eq!(held(&mut books, "A2"), 0, "{name}");
        assert_eq!(books.ledger().stored("order.paid/A3").unwrap(), None, "{name}");
        assert_ne!(books.program().unwrap().digest(), before, "{name}");
        books.begin().unwrap();
        assert_eq!(books.take_json(&paid(2)).unwrap().code, Code::Created, "{name}");
        assert_eq!(books.take_json(&paid(3)).unwrap().code, Code::Created, "{name}");
        let again = books.ledger().head().unwrap();
        assert_eq!(again, undisturbed, "{name}");
    }
}

#[test]
fn what_is_lost_later_leaves_what_was_kept_before() {
    let (now, kept) = (MemoryLedger::new(), MemoryLedger::new());
    let mut books = prepared(Box::new(Roomless { now, kept, behind: false, has_room: true }), THREE_LEVEL);
    books.begin().unwrap();
    books.take_json(&paid(1)).unwrap();
    books.hand_over().unwrap();
    // The open batch alone is undone; what was handed over stays, and so does the program that came with it.
    books.begin().unwrap();
    books.take_json(&paid(2)).unwrap();
    books.rollback().unwrap();
    assert_eq!([held(&mut books, "A1"), held(&mut books, "A2")], [200, 0]);
    books.begin().unwrap();
    assert_eq!(books.take_json(&paid(1)).unwrap().code, Code::Duplicate);
    assert_eq!(books.take_json(&paid(2)).unwrap().code, Code::Created);
    books.hand_over().unwrap();
    books.settle().unwrap();
    assert_eq!(held(&mut books, "A2"), 200);
    let activations = books.ledger().entries(0, 10).unwrap();
    assert_eq!(activations.iter().filter(|stored| stored.entry.kind == "program.activated").count(), 1);
}
