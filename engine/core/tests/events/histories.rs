//! What orders and relations leave behind.

use super::*;

pub(super) fn bind(
    history: &mut MemoryHistory,
    relation: &str,
    member: &str,
    to: &str,
    at: Timestamp,
) -> Result<Lesson, LearnError> {
    let bound = RelationBound::new(relation, member, to, at, &expect()).unwrap();
    history.learn(&bound.into(), &Learned::default())
}

fn pay(
    history: &mut MemoryHistory,
    order: &str,
    buyer: &str,
    seller: &str,
    at: Timestamp,
    goods_paid_minor: i64,
) -> Lesson {
    let order = Order::new(order, buyer, at, Currency::CNY)
        .line(Line::goods("1", "SKU1", 1, goods_paid_minor))
        .seller(seller);
    let event = Event::order_paid(order, &expect()).unwrap();
    history.learn(&event, &Learned { goods_paid_minor, quote: None }).unwrap()
}

fn names(chain: &[Binding]) -> Vec<&str> {
    chain.iter().map(|link| link.to.as_str()).collect()
}

#[test]
fn no_circle_closes_at_any_length() {
    let mut history = MemoryHistory::new();
    assert_eq!(
        bind(&mut history, "upline", "p0", "p0", day(0)).unwrap_err().to_string(),
        "`p0` cannot be bound to itself as upline; hint: relations must not close a circle"
    );
    for length in [2, 3, 50] {
        let mut history = MemoryHistory::new();
        let party = |index: usize| format!("p{index}");
        for index in 1..length {
            bind(&mut history, "upline", &party(index - 1), &party(index), day(0)).unwrap();
        }
        let last = party(length - 1);
        let error = bind(&mut history, "upline", &last, "p0", day(1)).unwrap_err();
        let LearnError::Relation(RelationError::Circle { path, .. }) = &error else { panic!("{error}") };
        assert_eq!(*path, (0..length).map(party).collect::<Vec<_>>());
        assert_eq!(history.upline(&last, day(2)), None, "a refused binding leaves no trace");
        assert_eq!(history.chain("p0", 100, day(2)).len(), length - 1);
        if length == 50 {
            assert_eq!(
                error.to_string(),
                "`p49` cannot have `p0` as upline: `p0` is below `p49` \
                 (`p0` → `p1` → `p2` → `p3` → … → `p46` → `p47` → `p48` → `p49`); \
                 hint: relations must not close a circle"
            );
        }
        // Another relation is another graph.
        bind(&mut history, "guide", &last, "p0", day(1)).unwrap();
    }
}

#[test]
fn a_circle_in_the_past_is_refused_as_well() {
    let mut history = MemoryHistory::new();
    bind(&mut history, "upline", "a", "b", day(10)).unwrap();
    bind(&mut history, "upline", "a", "c", day(20)).unwrap();
    // From day 20 on, a is no longer below b: then b may be bound to a, but not before.
    assert!(bind(&mut history, "upline", "b", "a", day(15)).is_err());
    bind(&mut history, "upline", "b", "a", day(20)).unwrap();
    assert_eq!(names(&history.chain("b", 9, day(20))), ["a", "c"]);
    // A binding told late is valid only until the next one, and only that stretch counts.
    assert!(bind(&mut history, "upline", "c", "b", day(12)).is_err(), "from day 20 on, c is above b");
    bind(&mut history, "upline", "c", "z", day(18)).unwrap();
    bind(&mut history, "upline", "c", "b", day(12)).unwrap();
    assert_eq!(names(&history.chain("c", 9, day(15))), ["b"]);
}

#[test]
fn the_last_touch_wins_and_every_moment_keeps_its_relations() {
    let mut history = MemoryHistory::new();
    assert_eq!(bind(&mut history, "guide", "b1", "g1", day(1)).unwrap(), Lesson::New);
    assert_eq!(bind(&mut history, "guide", "b1", "g3", day(9)).unwrap(), Lesson::New);
    // Told late: it takes its place in time.
    assert_eq!(bind(&mut history, "guide", "b1", "g2", day(5)).unwrap(), Lesson::New);
    assert_eq!(bind(&mut history, "guide", "b1", "g2", day(5)).unwrap(), Lesson::Duplicate);
    assert_eq!(
        bind(&mut history, "guide", "b1", "g4", day(5)).unwrap_err().to_string(),
        "`relation.bound/guide/b1/2026-01-06T00:00:00Z` was learned before with another content; \
         hint: a fact is told once, correct it by a new one"
    );
    bind(&mut history, "store", "b1", "store-7", day(5)).unwrap();
    bind(&mut history, "upline", "b1", "s9", day(0)).unwrap();
    for (at, expected) in [
        (0, vec![]),
        (1, vec!["g1"]),
        (4, vec!["g1"]),
        (5, vec!["g2", "store-7"]),
        (30, vec!["g3", "store-7"]),
    ] {
        assert_eq!(names(&history.bindings("b1", day(at))), expected, "day {at}");
    }
    let second_before = Timestamp::from_second(day(5).as_second() - 1).unwrap();
    assert_eq!(names(&history.bindings("b1", second_before)), ["g1"]);
    assert_eq!(
        history.bindings("b1", day(6))[0],
        Binding { relation: "guide".to_owned(), member: "b1".to_owned(), to: "g2".to_owned(), since: day(5) }
    );
    assert!(history.bindings("b2", day(6)).is_empty());
}

#[test]
fn orders_count_once_for_buyer_and_seller() {
    let shanghai = TimeZone::get("Asia/Shanghai").unwrap();
    let mut history = MemoryHistory::new();
    assert_eq!((history.paid_orders("b1"), history.last_order_time("b1")), (0, None));
    let new_year = time("2025-12-31T16:00:00Z");
    let before = time("2025-12-31T15:59:59Z");
    for (order, buyer, at, minor, lesson) in [
        ("A1", "b1", before, 100, Lesson::New),
        ("A2", "b1", new_year, 200, Lesson::New),
        ("A2", "b1", new_year, 200, Lesson::Duplicate),
        ("A3", "b2", time("2026-02-10T00:00:00Z"), 400, Lesson::New),
        ("A4", "b2", time("2026-04-01T00:00:00+08:00"), 800, Lesson::New),
    ] {
        assert_eq!(pay(&mut history, order, buyer, "s1", at, minor), lesson, "{order}");
    }
    assert_eq!((history.paid_orders("b1"), history.last_order_time("b1")), (2, Some(new_year)));
    for (window, at, expected) in [
        (VolumeWindow::All, new_year, 1_500),
        (VolumeWindow::Year, new_year, 1_400),
        (VolumeWindow::Year, before, 100),
        (VolumeWindow::Quarter, new_year, 600),
        (VolumeWindow::Month, new_year, 200),
        (VolumeWindow::Day, before, 100),
        (VolumeWindow::Day, time("2026-03-31T15:59:59Z"), 0),
        (VolumeWindow::Day, time("2026-03-31T16:00:00Z"), 800),
    ] {
        assert_eq!(history.volume("s1", window, &shanghai, at), expected, "{window:?} of {at}");
    }
    assert_eq!(
        history.volume("s1", VolumeWindow::Day, &TimeZone::UTC, before),
        300,
        "one UTC day holds both"
    );
    assert_eq!(history.volume("nobody", VolumeWindow::All, &shanghai, before), 0);

    let order =
        Order::new("A5", "b1", new_year, Currency::CNY).line(Line::goods("1", "SKU1", 1, 1)).seller("s1");
    let event = Event::order_paid(order, &expect()).unwrap();
    let error = history.learn(&event, &Learned { goods_paid_minor: i64::MAX, quote: None }).unwrap_err();
    assert_eq!(error.to_string(), "the volume of `s1` is too large for an amount");
    assert_eq!((history.paid_orders("b1"), history.knows_order(&event.fact_key())), (2, false));
}

#[test]
fn a_quote_is_paid_once() {
    let cart =
        Order::new("Q1", "b1", day(0), Currency::CNY).line(Line::goods("1", "SKU1", 2, 500)).seller("s1");
    let priced = Event::order_priced(cart.clone(), &expect()).unwrap();
    let quote = PricedQuote {
        quote: "Q1".to_owned(),
        order: cart,
        lines_paid_minor: vec![("1".to_owned(), 800)],
        discounts: Vec::new(),
        total_minor: 800,
        expires: None,
    };
    let learned = Learned { goods_paid_minor: 0, quote: Some(quote.clone()) };
    let mut history = MemoryHistory::new();
    assert_eq!(history.learn(&priced, &learned).unwrap(), Lesson::New);
    assert_eq!(history.learn(&priced, &learned).unwrap(), Lesson::Duplicate);
    let other =
        Learned { goods_paid_minor: 0, quote: Some(PricedQuote { total_minor: 900, ..quote.clone() }) };
    assert!(matches!(history.learn(&priced, &other), Err(LearnError::Conflict { .. })));
    assert_eq!(history.quote("Q1").as_deref(), Some(&quote));
    assert_eq!(history.quote_paid_by("Q1"), None);

    let order = Order::new("A1", "b1", day(1), Currency::CNY).pricing(Pricing::Quote("Q1".to_owned()));
    let paid = Event::order_paid(order, &expect()).unwrap();
    history.learn(&paid, &Learned { goods_paid_minor: 800, quote: None }).unwrap();
    assert_eq!(history.quote("Q1"), None);
    assert_eq!(history.quote_paid_by("Q1").as_deref(), Some("A1"));
    assert_eq!(
        history.volume("s1", VolumeWindow::All, &TimeZone::UTC, day(1)),
        800,
        "the quote names the seller"
    );
    assert_eq!(
        history.learn(&priced, &learned).unwrap(),
        Lesson::Duplicate,
        "a paid quote is not opened again"
    );
}

#[test]
fn histories_are_objects_and_chains_end() {
    /// A store somebody else filled badly: everybody is above everybody.
    struct Circular;
    impl History for Circular {
        fn paid_orders(&self, _: &str) -> u64 {
            0
        }
        fn last_order_time(&self, _: &str) -> Option<Timestamp> {
            None
        }
        fn upline(&self, party: &str, at: Timestamp) -> Option<Binding> {
            let to = match party {
                "a" => "b",
                "b" => "c",
                _ => "b",
            };
            Some(Binding {
                relation: "upline".to_owned(),
                member: party.to_owned(),
                to: to.to_owned(),
                since: at,
            })
        }
        fn bindings(&self, _: &str, _: Timestamp) -> Vec<Binding> {
            Vec::new()
        }
        fn volume(&self, _: &str, _: VolumeWindow, _: &TimeZone, _: Timestamp) -> i64 {
            0
        }
        fn tier(&self, _: &str) -> Option<String> {
            None
        }
        fn quote(&self, _: &str) -> Option<std::sync::Arc<PricedQuote>> {
            None
        }
    }
    let mut memory = MemoryHistory::new();
    memory.set_tier("s1", "gold");
    let histories: [&dyn History; 3] = [&Circular, &memory, &NoHistory];
    assert_eq!(histories.map(|history| history.chain("a", 1_000, day(0)).len()), [2, 0, 0]);
    assert_eq!(histories.map(|history| history.tier("s1")), [None, Some("gold".to_owned()), None]);
    assert_eq!(Circular.chain("a", 1, day(0)).len(), 1);
}
