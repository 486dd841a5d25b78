//! Any text, and events of random parts.

use super::histories::bind;
use super::*;

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z0-9_./%-]{1,12}",
        prop::collection::vec(prop::char::any(), 1..20).prop_map(|characters| {
            let allowed = |character: &char| {
                let code = u32::from(*character);
                !character.is_control()
                    && code != 0x61c
                    && !matches!(code, 0x200e | 0x200f | 0x2028..=0x202e | 0x2066..=0x2069)
            };
            format!("x{}", characters.iter().filter(|character| allowed(character)).collect::<String>())
        }),
    ]
}

fn any_attributes() -> impl Strategy<Value = Attributes> {
    let value = prop_oneof![
        any_text().prop_map(AttributeValue::Text),
        any::<i64>().prop_map(AttributeValue::Integer),
        any::<bool>().prop_map(AttributeValue::Boolean),
    ];
    prop::collection::btree_map(any_text(), value, 0..4)
}

prop_compose! {
    fn any_line()(
        kind in prop::sample::select(LineKind::ALL.to_vec()),
        item in prop::option::of(any_text()),
        category in prop::option::of(any_text()),
        quantity in prop_oneof![1_u32..10, 1_u32..=1_000_000_000],
        price_minor in 0_i64..1_000_000_000,
        paid in prop::option::of(0_u8..=100),
        cost_minor in prop::option::of(0_i64..1_000_000_000),
        tax in prop::option::of(0_u8..=100),
        floor_minor in prop::option::of(0_i64..1_000_000_000),
        tags in prop::collection::vec(any_text(), 0..3),
        attributes in any_attributes(),
    ) -> Line {
        let mut line = Line::goods("", "", quantity, price_minor);
        let part = |percent: u8| line.list_minor().unwrap() / 100 * i64::from(percent);
        (line.paid_minor, line.tax_minor) = (paid.map(part), tax.map(part));
        (line.kind, line.item, line.category) = (kind, item, category);
        (line.cost_minor, line.floor_minor) = (cost_minor, floor_minor);
        (line.tags, line.attributes) = (tags, attributes);
        line
    }
}

prop_compose! {
    fn any_order()(
        id in any_text(),
        buyer in any_text(),
        seller in any_text(),
        nanosecond in -2_000_000_000_000_000_000_i64..4_000_000_000_000_000_000,
        pricing in prop_oneof![
            Just(Pricing::Given), Just(Pricing::Engine), any_text().prop_map(Pricing::Quote),
        ],
        numbers in (prop::option::of(1_u32..1_000), prop::option::of(0_u32..1_000)),
        uplines in prop::option::of(0_u32..5),
        mut lines in prop::collection::vec(any_line(), 1..6),
        tenders in prop::collection::vec((prop::sample::select(TenderKind::ALL.to_vec()), 0_i64..1_000_000, any::<bool>()), 0..4),
        fees_minor in prop::option::of(0_i64..1_000_000),
        source in prop::option::of(any_text()),
        attributes in any_attributes(),
    ) -> Order {
        let time = Timestamp::from_nanosecond(nanosecond.into()).unwrap();
        let mut order = Order::new(id, buyer, time, Currency::CNY).pricing(pricing).seller(seller.clone());
        (order.buyer.order_number, order.buyer.days_since_last_order) = numbers;
        if let Some(uplines) = uplines {
            order = order.party(Party::seller(seller));
            for depth in 1..=uplines {
                order = order.party(Party::upline(format!("\"{depth}\\"), depth));
            }
        }
        for (index, line) in lines.iter_mut().enumerate() {
            line.id = index.to_string();
            line.paid_minor = line.paid_minor.filter(|_| order.pricing == Pricing::Given);
        }
        order.lines = lines;
        for (kind, amount_minor, commissionable) in tenders {
            order = order.tender(Tender::new(kind, amount_minor).commissionable(commissionable));
        }
        (order.fees_minor, order.source, order.attributes) = (fees_minor, source, attributes);
        order
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(order in any_order()) {
        let limits = EventLimits { text_bytes_max: 256, ..EventLimits::default() };
        let expect = expect().limits(limits);
        let paid = Event::order_paid(order.clone(), &expect).unwrap();
        prop_assert_eq!(Event::parse(&paid.to_json(), &expect).unwrap(), paid);
        let mut cart = order;
        (cart.tenders, cart.fees_minor) = (Vec::new(), None);
        cart.lines.iter_mut().for_each(|line| line.paid_minor = None);
        let priced = Event::order_priced(cart, &expect).unwrap();
        prop_assert_eq!(Event::parse(&priced.to_json(), &expect).unwrap(), priced);
    }

    #[test]
    fn arbitrary_text_never_panics(text in any::<String>(), bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse(&text).map_err(|error| error.to_string());
        for (_, line) in EventReader::new(bytes.as_slice(), &EventLimits { line_bytes_max: 20, ..EventLimits::default() }) {
            let _ = line.and_then(|line| parse(&line)).map_err(|error| error.to_string());
        }
    }

    #[test]
    fn broken_json_never_panics_and_messages_stay_on_one_line(
        order in any_order(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), prop::sample::select(
            vec!["", "\"", "{", "}", "[", "]", ",", ":", "null", "1e999", "-1", "\\", "\\u0000", "\u{202e}", "é", "\n", "0.001"],
        ), 0_usize..4), 1..4),
    ) {
        let mut json = Event::order_paid(order, &expect().limits(EventLimits { text_bytes_max: 256, ..EventLimits::default() }))
            .unwrap()
            .to_json();
        for (place, text, removed) in edits {
            let places: Vec<usize> = json.char_indices().map(|(index, _)| index).collect();
            let first = place.index(places.len());
            let last = (first + removed).min(places.len() - 1);
            json.replace_range(places[first]..places[last], text);
        }
        if let Err(error) = parse(&json) {
            let message = error.to_string();
            prop_assert!(!message.contains(['\n', '\u{202e}', '\u{1b}']), "{}", message);
            prop_assert!(message.len() < 1_500, "{}", message);
        }
    }

    #[test]
    fn at_no_moment_is_there_a_circle(bindings in prop::collection::vec((0_u8..6, 0_u8..6, 0_i64..12), 1..60)) {
        let mut history = MemoryHistory::new();
        let mut accepted: Vec<(u8, u8, i64)> = Vec::new();
        // The oracle: walk the accepted bindings at every moment, with and without the new one.
        let circular = |bindings: &[(u8, u8, i64)]| (0..12).any(|moment| (0..6).any(|start| {
            let up = |party: u8| bindings.iter()
                .filter(|(member, _, since)| *member == party && *since <= moment)
                .max_by_key(|(_, _, since)| *since)
                .map(|(_, to, _)| *to);
            let mut party = up(start);
            for _ in 0..6 {
                if party == Some(start) {
                    return true;
                }
                party = party.and_then(up);
            }
            false
        }));
        for (member, to, since) in bindings {
            let conflict = accepted.iter().any(|(other, _, at)| (*other, *at) == (member, since));
            let result = bind(&mut history, "upline", &member.to_string(), &to.to_string(), day(since));
            let mut extended = accepted.clone();
            extended.push((member, to, since));
            match result {
                Ok(Lesson::New) => {
                    prop_assert!(!conflict && !circular(&extended));
                    accepted = extended;
                }
                Ok(Lesson::Duplicate) => prop_assert!(accepted.contains(&(member, to, since))),
                Err(LearnError::Conflict { .. }) => prop_assert!(conflict),
                Err(_) => prop_assert!(circular(&extended)),
            }
        }
    }
}
