//! `fenrun restate`: what past orders come to under a mended program, shown first, posted when asked.
//!
//! Invariant: without `--post` the ledger is only read; what is posted is what was shown.

use std::path::PathBuf;

use clap::Args;
use fenrun::books::{Books, BooksError, Code, Mended, Restatement, Restating};
use fenrun::program::ModuleFiles;
use fenrun_money::decimal::format_minor;
use jiff::{Timestamp, civil::Date};
use serde_json::{Value, json};

use super::{Format, rows};
use crate::arguments::StockArguments;
use crate::engine::CacheArguments;
use crate::exit::Exit;
use crate::modules::PolicyModules;
use crate::output;
use crate::problem::{Problem, split_hint};
use crate::program;

/// Letters of the mended program's digest in a restatement's own name.
const DIGEST_SHOWN: usize = 12;

/// Held payments that are named one by one.
const HELD_SHOWN_MAX: usize = 10;

#[derive(Args, Debug)]
pub(crate) struct RestateArguments {
    /// The ledger: a file, or `postgres://…`
    #[arg(value_name = "LEDGER")]
    ledger: String,
    /// The mended program; it decides these orders again and does not come into force
    #[arg(long, value_name = "PROGRAM")]
    program: PathBuf,
    /// The first day of payment, in the program's time zone
    #[arg(long, value_name = "DATE")]
    from: Date,
    /// The last day of payment, included
    #[arg(long, value_name = "DATE")]
    to: Date,
    /// Post the differences; without it they are only shown
    #[arg(long, requires = "reason")]
    post: bool,
    /// Why, as the log keeps it
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// What the restatement is called; made from the days and the program unless given, so that it happens once
    #[arg(long, value_name = "NAME", requires = "post")]
    name: Option<String>,
    /// The moment at which it is posted, such as `2026-04-01T10:00:00+08:00`; now unless given
    #[arg(long, value_name = "TIME", requires = "post")]
    at: Option<Timestamp>,
    /// What is printed
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    format: Format,
    #[command(flatten)]
    stock: StockArguments,
}

pub(crate) fn run(arguments: &RestateArguments, cache: &CacheArguments) -> anyhow::Result<Exit> {
    let (from, to) = (arguments.from, arguments.to);
    if to < from {
        let message = format!("`--to {to}` is before `--from {from}`");
        return Err(Problem::new(Exit::Usage, message).hint("name the first day behind `--from`").into());
    }
    let ledger =
        if arguments.post { super::open(&arguments.ledger)? } else { super::read(&arguments.ledger)? };
    let mut books =
        Books::open(cache.engine()?, ledger).map_err(|error| Problem::of(Exit::NotLoaded, error))?;
    let mended = mended(arguments, &books)?;
    let name = name(arguments, &mended);
    if arguments.post && known(&mut books, &name)? {
        eprintln!("`{name}` was posted before; nothing is posted twice");
        return Ok(Exit::Success);
    }
    if arguments.post {
        // What is shown is what is posted: nobody else writes in between.
        books.begin().map_err(|error| Problem::of(Exit::NotLoaded, error))?;
    }
    let told = books.preview(&mended, from, to).map_err(refused)?;
    output::print(shown(arguments.format, &told)?.as_bytes())?;
    words(&told);
    if !arguments.post {
        if told.nothing.is_none() {
            eprintln!("nothing was posted; `--post --reason TEXT` posts it");
        }
        return Ok(Exit::Success);
    }
    if told.nothing.is_some() {
        return Ok(Exit::Success);
    }
    post(arguments, &mut books, &mended, name)
}

fn mended(arguments: &RestateArguments, books: &Books) -> Result<Mended, Problem> {
    let path = &arguments.program;
    let folder = program::folder_of(path);
    let modules = PolicyModules::with_stock(folder, arguments.stock.policies.clone()).quiet(true);
    let (text, origin) = (program::text(path)?, path.display().to_string());
    books
        .mended(&text, &origin, &modules, &ModuleFiles::new(folder))
        .map_err(|error| Problem::of(Exit::NotLoaded, error))
}

/// The same days under the same program have the same name.
fn name(arguments: &RestateArguments, mended: &Mended) -> String {
    let digest = mended.program().digest().to_string();
    let digest = digest.get(..DIGEST_SHOWN).unwrap_or_default();
    arguments.name.clone().unwrap_or_else(|| format!("{}.{}.{digest}", arguments.from, arguments.to))
}

fn known(books: &mut Books, name: &str) -> Result<bool, Problem> {
    let fact = fenrun::event::FactKey::new("orders.restated", &[name]);
    let stored = books.ledger().stored(fact.as_str()).map_err(|error| Problem::of(Exit::NotLoaded, error))?;
    Ok(stored.is_some_and(|stored| stored.code == Code::Created))
}

fn post(
    arguments: &RestateArguments,
    books: &mut Books,
    mended: &Mended,
    restatement: String,
) -> anyhow::Result<Exit> {
    let restating = Restating {
        restatement,
        from: arguments.from,
        to: arguments.to,
        time: arguments.at.unwrap_or_else(Timestamp::now),
        reason: arguments.reason.clone().unwrap_or_default(),
    };
    let posted = books.restate(mended, &restating).map_err(refused)?;
    if posted.code != Code::Created {
        let because = posted.because.unwrap_or_default();
        return Err(refused(BooksError::Refused { because }).into());
    }
    books.commit().map_err(|error| Problem::of(Exit::Output, error))?;
    let note = posted.note.unwrap_or_default();
    eprintln!("posted `{}`: {note}", restating.restatement);
    Ok(Exit::Success)
}

/// A restatement that cannot be done is refused like an event; the batch that was open is never committed.
fn refused(error: BooksError) -> Problem {
    match &error {
        BooksError::Refused { because } => {
            let (message, hint) = split_hint(because);
            let problem = Problem::new(Exit::Rejected, message);
            hint.into_iter().fold(problem, Problem::hint)
        }
        BooksError::Event(_) => Problem::of(Exit::Rejected, error),
        _ => Problem::of(Exit::NotLoaded, error),
    }
}

/// What is said beside the rows.
fn words(told: &Restatement) {
    let show = |amount: i64| format_minor(amount, told.currency.exponent()).to_string();
    if let Some(nothing) = &told.nothing {
        eprintln!("{nothing}");
    } else {
        eprintln!(
            "{} orders change, {} stay as they are, {} were cancelled; the merchant's difference is {}",
            told.orders.len(),
            told.same,
            told.cancelled,
            show(told.merchant_minor)
        );
    }
    if told.bonuses_staying_minor != 0 {
        eprintln!(
            "bonuses of closed periods stay as they are: {} in these orders",
            show(told.bonuses_staying_minor)
        );
    }
    if !told.held.is_empty() {
        let named: Vec<&str> = told.held.iter().take(HELD_SHOWN_MAX).map(String::as_str).collect();
        let more = told.held.len().saturating_sub(named.len());
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        eprintln!(
            "held and not restated: {}{more}; `fenrun held retry` decides them under the program in force",
            named.join(", ")
        );
    }
}

const ORDERS: [&str; 8] = ["order", "party", "role", "policy", "was", "becomes", "difference", "why"];
const PARTIES: [&str; 7] = ["party", "was", "becomes", "difference", "held", "available", "receivable"];

fn shown(format: Format, told: &Restatement) -> anyhow::Result<String> {
    let show = |amount: i64| format_minor(amount, told.currency.exponent()).to_string();
    let orders = told.orders.iter().flat_map(|order| {
        order.shares.iter().map(|share| {
            [
                order.order.clone(),
                share.party.clone(),
                share.role.clone(),
                share.policy.clone(),
                show(share.was_minor),
                show(share.becomes_minor),
                show(share.difference_minor()),
                share.why.clone(),
            ]
        })
    });
    match format {
        Format::Json => Ok(format!("{:#}\n", document(told))),
        Format::Csv => rows::render(format, ORDERS, orders.collect()),
        Format::Table if told.orders.is_empty() => Ok(String::new()),
        Format::Table => {
            let mut parties: Vec<[String; 7]> = told
                .parties
                .iter()
                .map(|party| {
                    let amounts = [
                        party.was_minor,
                        party.becomes_minor,
                        party.difference_minor(),
                        party.held_minor,
                        party.available_minor,
                        party.receivable_minor,
                    ];
                    let [was, becomes, difference, held, available, receivable] = amounts.map(show);
                    [party.party.clone(), was, becomes, difference, held, available, receivable]
                })
                .collect();
            let merchant =
                [String::from("(merchant)"), String::new(), String::new(), show(told.merchant_minor)];
            let [name, was, becomes, difference] = merchant;
            parties.push([name, was, becomes, difference, String::new(), String::new(), String::new()]);
            let orders = rows::render(format, ORDERS, orders.collect())?;
            Ok(format!("{orders}\n{}", rows::render(format, PARTIES, parties)?))
        }
    }
}

/// The whole of it, amounts as decimal text.
fn document(told: &Restatement) -> Value {
    let show = |amount: i64| format_minor(amount, told.currency.exponent()).to_string();
    let orders = told.orders.iter().map(|order| {
        let shares = order.shares.iter().map(|share| {
            json!({
                "party": share.party,
                "role": share.role,
                "policy": share.policy,
                "was": show(share.was_minor),
                "becomes": show(share.becomes_minor),
                "difference": show(share.difference_minor()),
                "why": share.why,
            })
        });
        json!({
            "order": order.order,
            "paid_at": order.paid_at.to_string(),
            "remaining": show(order.remaining_minor),
            "released": order.released,
            "shares": shares.collect::<Vec<_>>(),
        })
    });
    let parties = told.parties.iter().map(|party| {
        json!({
            "party": party.party,
            "was": show(party.was_minor),
            "becomes": show(party.becomes_minor),
            "difference": show(party.difference_minor()),
            "held": show(party.held_minor),
            "available": show(party.available_minor),
            "receivable": show(party.receivable_minor),
        })
    });
    json!({
        "program": told.program,
        "from": told.from.to_string(),
        "to": told.to.to_string(),
        "currency": told.currency.code(),
        "orders": orders.collect::<Vec<_>>(),
        "parties": parties.collect::<Vec<_>>(),
        "merchant": show(told.merchant_minor),
        "same": told.same,
        "cancelled": told.cancelled,
        "held": told.held,
        "bonuses_staying": show(told.bonuses_staying_minor),
        "nothing": told.nothing,
    })
}
