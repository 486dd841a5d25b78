//! The same events into every backend: after every step the same hash, the same balances.

use std::io::Write as _;

use fenrun::books::Books;
use fenrun_cli::modules::PolicyModules;
use fenrun_ledger::{Ledger, MemoryLedger, PostgresLedger, SqliteLedger};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::histories::{Step, step};
use super::scenario::{ENGINE, Scenario, THREE_LEVEL, event};

/// A schema of its own on the test server, dropped at the end; `None`, said aloud, where there is no server.
pub(crate) struct Server {
    url: String,
    schema: String,
}

impl Server {
    pub(crate) fn find() -> Option<Server> {
        let url = std::env::var("FENRUN_POSTGRES").unwrap_or_else(|_| {
            "host=127.0.0.1 port=5432 user=postgres dbname=test connect_timeout=5".into()
        });
        let nanos = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos();
        let server = Server { url, schema: format!("fenrun_books_{nanos}") };
        match PostgresLedger::connect(&server.url, &server.schema) {
            Ok(_) => Some(server),
            Err(error) => {
                assert!(std::env::var("FENRUN_REQUIRE_POSTGRES").is_err(), "PostgreSQL is required: {error}");
                let words =
                    format!("LEFT OUT: no PostgreSQL is reachable, so nothing was tested on it: {error}\n");
                std::io::stderr().write_all(words.as_bytes()).unwrap();
                None
            }
        }
    }

    pub(crate) fn ledger(&self, number: usize) -> PostgresLedger {
        PostgresLedger::connect(&self.url, &format!("{}_{number}", self.schema)).unwrap()
    }

    pub(crate) fn drop_schemas(&self, count: usize) {
        let mut client = postgres::Client::connect(&self.url, postgres::NoTls).unwrap();
        client.batch_execute(&format!("DROP SCHEMA IF EXISTS {} CASCADE", self.schema)).unwrap();
        for number in 0..count {
            client.batch_execute(&format!("DROP SCHEMA IF EXISTS {}_{number} CASCADE", self.schema)).unwrap();
        }
    }
}

fn books(ledger: Box<dyn Ledger + Send>) -> Books {
    let mut books = Books::open(ENGINE.clone(), ledger).unwrap();
    books.prepare(THREE_LEVEL, "program.toml", &PolicyModules::new(".").quiet(true)).unwrap();
    books
}

/// Tells the same to all, and compares after every step.
fn told_alike(all: &mut [Books], events: &[serde_json::Value]) {
    for event in events {
        let mut answers = Vec::new();
        for books in all.iter_mut() {
            books.begin().unwrap();
            let posted = books.take_json(&event.to_string()).unwrap();
            let head = books.commit().unwrap();
            let balances = books.ledger().balances(None, None).unwrap();
            answers.push((posted.code, posted.because, posted.seq, head, balances));
        }
        for answer in &answers {
            assert_eq!(answer, &answers[0], "{event}");
        }
    }
}

fn events(steps: &[Step]) -> Vec<serde_json::Value> {
    let mut all = vec![event("bound upline s0 s1", 1), event("bound upline s1 s2", 1)];
    for (minute, step) in (2..).zip(steps) {
        match step.words() {
            Some(words) => all.push(event(&words, minute)),
            None => all.push(all[all.len() / 2].clone()),
        }
    }
    all
}

pub(crate) fn histories(cases: u32, steps: usize) -> Vec<Vec<serde_json::Value>> {
    let mut runner = TestRunner::new_with_rng(
        Config::default(),
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    let strategy = prop::collection::vec(step(), steps..steps + 1);
    let history = |_| {
        let tree = strategy.new_tree(&mut runner).unwrap();
        events(&proptest::strategy::ValueTree::current(&tree))
    };
    (0..cases).map(history).collect()
}

#[test]
fn sqlite_answers_like_memory_after_every_step() {
    for history in histories(20, 120) {
        let folder = tempfile::tempdir().unwrap();
        let file = SqliteLedger::open(&folder.path().join("ledger.db")).unwrap();
        told_alike(&mut [books(Box::new(MemoryLedger::new())), books(Box::new(file))], &history);
    }
}

#[test]
fn postgresql_answers_like_memory_after_every_step() {
    let Some(server) = Server::find() else { return };
    let histories = histories(4, 120);
    for (number, history) in histories.iter().enumerate() {
        let remote = server.ledger(number);
        told_alike(&mut [books(Box::new(MemoryLedger::new())), books(Box::new(remote))], history);
    }
    server.drop_schemas(histories.len());
}

/// Two processes' worth of books over one schema: what one has posted, the other knows.
#[test]
fn two_writers_on_one_server_see_each_other() {
    let Some(server) = Server::find() else { return };
    let mut writers = [books(Box::new(server.ledger(0))), books(Box::new(server.ledger(0)))];
    let mut codes = Vec::new();
    for number in 0..4 {
        let books = &mut writers[number % 2];
        let minute = i64::try_from(number).unwrap();
        for words in
            [format!("paid A{number} b1 s1 1=10.00"), "paid SAME b1 s1 1=5.00 at=2026-03-01T02:00:00Z".into()]
        {
            books.begin().unwrap();
            codes.push(books.take_json(&event(&words, minute).to_string()).unwrap().code.to_string());
            books.commit().unwrap();
        }
    }
    assert_eq!(
        codes,
        ["created", "created", "created", "duplicate", "created", "duplicate", "created", "duplicate"]
    );
    let [_, other] = writers;
    let mut scenario = Scenario { books: other, minute: 0 };
    assert_eq!(scenario.balance("payments", "", "", "CNY"), -45_00);
    server.drop_schemas(1);
}
