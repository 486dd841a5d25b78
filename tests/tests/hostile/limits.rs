//! What one hook call may ask for: each bound at the limit, and one past it.

use fenrun::{
    Outcome, Undecided,
    admission::AdmissionLimits,
    granting::{NoHoldings, Occasion},
    history::NoHistory,
    sandbox::ExecutionLimits,
};
use fenrun_abi::{
    code::Hook,
    host::{Facts, OrderTexts},
    limit,
};

use crate::host::{Host, fields, hook, order, shares};

/// Runs a body so often, in a hook that is done; the answer, or how it failed.
fn times(host: &Host, count: usize, before: &str, call: &str, after: &str) -> Result<(), String> {
    let body = format!(
        "{before} (local.set $i (i32.const {count}))
         (loop $again {call} (local.set $i (i32.sub (local.get $i) (i32.const 1))) (br_if $again (local.get $i)))
         {after}"
    );
    said(host.outcome(&shares(&body), order(&[10_000])))
}

fn said(outcome: Outcome) -> Result<(), String> {
    match outcome {
        Outcome::Decided(_) => Ok(()),
        Outcome::Held(held) => Err(held.cause.to_string()),
        other => panic!("{other:?}"),
    }
}

fn at_the_limit_and_one_past(limit: usize, what: &str, run: impl Fn(usize) -> Result<(), String>) {
    assert_eq!(run(limit), Ok(()), "{limit} {what}");
    assert_eq!(run(limit + 1), Err(format!("policy `p0` failed: more than {limit} {what}")));
}

#[test]
fn effects_terms_groups_and_notes() {
    let host = Host::new();
    let refuse = "(return (i32.const 1))";
    // A refusal drops the effects, so that only their number is judged.
    at_the_limit_and_one_past(limit::EFFECTS_MAX, "effects", |count| {
        times(&host, count, "", "(drop (call $share (i32.const 0)))", refuse)
    });
    let term =
        "(call $share_term (local.get $effect) (i32.const -1) (i32.const 1) (i64.const 1) (i64.const 1000))";
    let begun = "(local.set $effect (call $share (i32.const 0)))";
    at_the_limit_and_one_past(limit::TERMS_MAX, "terms of a share", |count| {
        times(&host, count, begun, term, refuse)
    });
    let fixed = "(call $share_fixed (local.get $effect) (i32.const -1) (i64.const 1))";
    at_the_limit_and_one_past(limit::TERMS_MAX, "terms of a share", |count| {
        times(&host, count, begun, fixed, refuse)
    });
    let funder = "(call $discount_funder (local.get $effect) (i32.const 0) (i64.const 1) (i64.const 100))";
    at_the_limit_and_one_past(limit::FUNDERS_MAX, "funders of a discount", |count| {
        times(&host, count, "(local.set $effect (call $discount (i32.const -1)))", funder, refuse)
    });
    at_the_limit_and_one_past(limit::GROUPS_MAX, "groups", |count| {
        times(&host, count, "", "(drop (call $group (i32.const -1) (i32.const 0) (i64.const 1)))", "")
    });
    at_the_limit_and_one_past(limit::NOTES_MAX, "notes", |count| {
        times(&host, count, "", "(call $note (i32.const 0) (i32.const 7))", "")
    });
}

#[test]
fn texts() {
    let host = Host::new();
    for (call, what, limit) in [
        ("(call $note (i32.const 0) (i32.const BYTES))", "note", limit::NOTE_BYTES_MAX),
        ("(call $refuse (i32.const 0) (i32.const BYTES))", "refusal", limit::REASON_BYTES_MAX),
        (
            "(call $reason (call $share (i32.const 0)) (i32.const 0) (i32.const BYTES)) (return (i32.const 1))",
            "reason",
            limit::REASON_BYTES_MAX,
        ),
    ] {
        let run = |bytes: usize| {
            said(host.outcome(&shares(&call.replace("BYTES", &bytes.to_string())), order(&[1])))
        };
        assert_eq!(run(limit), Ok(()), "{what}");
        let past = limit + 1;
        assert_eq!(
            run(past),
            Err(format!("policy `p0` failed: a {what} of {past} bytes, at most {limit} are allowed"))
        );
    }
    // A text is copied up to its bound, whatever room there is.
    let copied = r#"(if (i32.ne (call $text (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 9999)) (i32.const 2)) (then unreachable))"#;
    assert_eq!(said(host.outcome(&shares(copied), order(&[1]))), Ok(()));
}

fn configured(host: &Host, body: &str) -> Result<(), String> {
    let module = fields(
        &["shares"],
        &format!(
            r#"(memory (export "memory") 1)
            (func (export "configure") (result i32) (local $i i32) {body} (i32.const 0))
            (func (export "shares") (result i32) (i32.const 0))"#
        ),
    );
    let loaded = host.load(&module).map(drop).map_err(|error| error.cause.to_string());
    host.well();
    loaded
}

#[test]
fn symbols_and_paths() {
    let host = Host::new();
    let symbols = |count: usize| {
        configured(
            &host,
            &format!(
                "(local.set $i (i32.const {count}))
                 (loop $again
                   (i32.store (i32.const 8) (i32.add (i32.const 0x21212121)
                     (i32.or (i32.and (local.get $i) (i32.const 31))
                     (i32.or (i32.shl (i32.and (local.get $i) (i32.const 0x3e0)) (i32.const 3))
                             (i32.shl (i32.and (local.get $i) (i32.const 0x7c00)) (i32.const 6))))))
                   (drop (call $symbol (i32.const 8) (i32.const 4)))
                   (local.set $i (i32.sub (local.get $i) (i32.const 1))) (br_if $again (local.get $i)))"
            ),
        )
    };
    assert_eq!(symbols(limit::SYMBOLS_MAX), Ok(()));
    assert_eq!(symbols(limit::SYMBOLS_MAX + 1), Err("`configure` failed: more than 1024 symbols".into()));
    for (call, what, limit) in [
        ("(drop (call $symbol (i32.const 0) (i32.const BYTES)))", "symbol", limit::SYMBOL_BYTES_MAX),
        (
            "(drop (call $config (i32.const 0) (i32.const BYTES) (i32.const 0)))",
            "configuration path",
            limit::PATH_BYTES_MAX,
        ),
    ] {
        let run = |bytes: usize| configured(&host, &call.replace("BYTES", &bytes.to_string()));
        assert_eq!(run(limit), Ok(()), "{what}");
        let past = limit + 1;
        assert_eq!(
            run(past),
            Err(format!("`configure` failed: a {what} of {past} bytes, at most {limit} are allowed"))
        );
    }
}

#[test]
fn lines_that_terms_touch() {
    let host = Host::new();
    // 128 lines: each term of all goods touches them all, so 512 terms are the limit, over 8 shares.
    let run = |shares_of_64: usize, more: usize| {
        let share = |terms: usize| {
            let term = "(call $share_term (local.get $effect) (i32.const -1) (i32.const 1) (i64.const 1) (i64.const 100000))";
            format!(
                "(local.set $effect (call $share (i32.const 0))) {}
                 (call $reason (local.get $effect) (i32.const 0) (i32.const 7)) (call $end (local.get $effect))",
                term.repeat(terms)
            )
        };
        let body = share(64).repeat(shares_of_64) + &if more > 0 { share(more) } else { String::new() };
        match host.outcome(&hook("shares", &format!("{body} (i32.const 0)")), order(&[100; 128])) {
            Outcome::Held(held) => held.cause.to_string(),
            other => format!("{other:?}"),
        }
    };
    let (at, past) = (run(8, 0), run(8, 1));
    assert!(!at.contains("terms over"), "{at:.300}");
    assert_eq!(
        past,
        "too_many_terms: policy `p0`: 513 terms over 128 lines, at most 65536 together are allowed; hint: name a set of \
         lines once"
    );
}

#[test]
fn the_sandbox_at_its_limits() {
    let host = Host::new();
    // Memory: 16 pages, not one more; from the start, too.
    for (pages, admitted) in [(16, true), (17, false)] {
        let module = fields(
            &["shares"],
            &format!(
                r#"(memory (export "memory") {pages}) (func (export "shares") (result i32) (i32.const 0))"#
            ),
        );
        assert_eq!(host.load(&module).is_ok(), admitted, "{pages} pages");
    }
    // Fuel: a hook that uses exactly its limit is done, with one unit less it is not.
    let module = shares("(drop (call $order (i32.const 0)))");
    let Outcome::Decided(decision) = host.outcome(&module, order(&[1])) else { panic!() };
    let used = decision.policies[0].fuel;
    let limited = |fuel: u64| {
        use fenrun::program::{PolicyEntry, PolicySource, ProgramBuilder};
        let builder = ProgramBuilder::new("shop", fenrun_money::Currency::CNY).time_zone("UTC").unwrap();
        let builder = builder.guard(fenrun::profile::GuardProfile::named("open").unwrap());
        let entry = PolicyEntry::new("p0", PolicySource::Stock("m".into())).with_fuel_limit(fuel);
        let definition = builder.policy(entry).build().unwrap();
        let program = host.engine.load(definition, &|_: &PolicySource| Ok(module.clone())).unwrap();
        said(host.engine.decide(&program, &crate::host::paid(order(&[1])), &NoHistory))
    };
    assert_eq!(limited(used), Ok(()));
    let past = used - 1;
    assert_eq!(
        limited(past),
        Err(format!(
            "policy `p0` failed: out of fuel after {past} units; hint: look for a loop that does not end"
        ))
    );
    // The image that `configure` leaves: 64 KiB, not one byte more.
    let image = |bytes: u32| {
        configured(
            &host,
            &format!(
                "(drop (memory.grow (i32.const 1))) (memory.fill (i32.const 0) (i32.const 1) (i32.const {bytes}))"
            ),
        )
    };
    assert_eq!(image(65_536), Ok(()));
    assert_eq!(
        image(65_537),
        Err("`configure` changed 65537 bytes of memory, at most 65536 are allowed; hint: keep the configuration small".into())
    );
    host.well();
}

#[test]
fn holdings() {
    let host = Host::new();
    let occasion = Occasion::new("check_in", "2026-03-01T10:00:00+08:00".parse().unwrap()).buyer("b1");
    at_the_limit_and_one_past(limit::HOLDINGS_MAX, "holdings", |count| {
        // `configure` registers one symbol more than may be asked for; the hook asks for so many of them.
        let module = fields(
            &["grants"],
            &format!(
                r#"(memory (export "memory") 1)
                (func (export "configure") (result i32) (local $i i32)
                  (local.set $i (i32.const {registered}))
                  (loop $again
                    (i32.store8 (i32.const 0) (i32.add (i32.const 64) (local.get $i)))
                    (drop (call $symbol (i32.const 0) (i32.const 1)))
                    (br_if $again (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
                  (i32.const 0))
                (func (export "grants") (result i32) (local $i i32)
                  (local.set $i (i32.const {count}))
                  (loop $again
                    (drop (call $holding (i32.const -1) (i32.add (i32.const 63) (local.get $i)) (i32.const 0)))
                    (br_if $again (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
                  (i32.const 0))"#,
                registered = limit::HOLDINGS_MAX + 1,
            ),
        );
        let program = host.load(&module).unwrap();
        match host.engine.grants_for(&program, &occasion, &NoHoldings, &NoHistory) {
            Ok(_) => Ok(()),
            Err(Undecided::Held(cause)) => Err(cause.to_string()),
            Err(other) => panic!("{other:?}"),
        }
    });
    host.well();
}

/// An event's texts are shorter; a host that hands facts over itself may have longer ones.
#[test]
fn a_long_text_is_copied_up_to_its_bound_and_cut_where_that_falls() {
    let host = Host::new();
    for (length, copied) in [
        (limit::TEXT_BYTES_MAX - 1, limit::TEXT_BYTES_MAX - 1),
        (limit::TEXT_BYTES_MAX, limit::TEXT_BYTES_MAX),
        (limit::TEXT_BYTES_MAX + 1, limit::TEXT_BYTES_MAX),
        (100_000, limit::TEXT_BYTES_MAX),
    ] {
        // The whole length is answered; the last byte that is copied is there, the one behind it is not.
        let body = format!(
            r#"(if (i32.ne (call $text (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 4096) (i32.const -1))
                 (i32.const {length})) (then unreachable))
               (if (i32.ne (i32.load8_u (i32.const {last})) (i32.const 98)) (then unreachable))
               (if (i32.load8_u (i32.const {behind})) (then unreachable))"#,
            last = 4_096 + copied - 1,
            behind = 4_096 + copied,
        );
        let program = host.load(&shares(&body)).unwrap();
        let id = "b".repeat(length);
        let mut facts = Facts::new(OrderTexts { id: &id, ..OrderTexts::default() });
        let answer = program.policies()[0].run(Hook::Shares, &mut facts).unwrap();
        assert!(answer.is_ok(), "{length} bytes: {answer:?}");
    }
    host.well();
}

/// Admission and the sandbox have the same bound for tables; each of them holds without the other.
#[test]
fn tables() {
    let module = |elements: u64| {
        let table = format!(
            r#"(memory (export "memory") 1) (table {elements} funcref) (func (export "shares") (result i32) (i32.const 0))"#
        );
        fields(&["shares"], &table)
    };
    let limit = AdmissionLimits::default().table_elements_max;
    assert_eq!(limit, ExecutionLimits::default().table_elements_max as u64);
    let host = Host::new();
    assert!(host.load(&module(limit)).is_ok());
    assert_eq!(
        host.load(&module(limit + 1)).unwrap_err().cause.to_string(),
        "`table_elements`: found 1025, at most 1024 are allowed"
    );
    // A host that admits more finds that the sandbox does not.
    let mut options = fenrun::EngineOptions::default();
    options.admission.table_elements_max = limit + 1;
    let engine = fenrun::Engine::new(options).unwrap();
    assert!(crate::host::load(&engine, &[module(limit)]).is_ok());
    assert!(crate::host::load(&engine, &[module(limit + 1)]).is_err());
    host.well();
}
