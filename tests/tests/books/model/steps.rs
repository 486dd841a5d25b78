//! What may happen in a history: ids are few, so that things meet.

use proptest::prelude::*;

/// One step: words of an event and how far from its turn it happened, one of the events before again, or a program.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Words(String, i8),
    Again(usize),
    Program(u8),
}

fn orders() -> impl Strategy<Value = String> {
    let money = (1..9_000_u32).prop_map(|fen| format!("{}.{:02}", fen / 100, fen % 100));
    let (order, buyer, seller) = (0..8_u8, 0..4_u8, 0..3_u8);
    let coupons =
        prop_oneof![Just(""), Just(" coupons=SPRING"), Just(" coupons=GIFT"), Just(" coupons=GIFT,SPRING")];
    let cart = (1..4_u8, 0..20_000_u32, 0..4_000_u32, any::<bool>(), coupons).prop_map(
        |(units, one, other, ship, coupons)| {
            let price = |fen: u32| format!("{}.{:02}", fen / 100, fen % 100);
            let ship = if ship { " ship=8.00" } else { "" };
            format!("1={units}x{} 2={}@a 3=1.11{ship}{coupons}", price(one), price(other))
        },
    );
    let line = prop_oneof![4 => Just("1"), 2 => Just("2"), 1 => Just("3"), 1 => Just("ship"), 1 => Just("9")];
    prop_oneof![
        12 => (order.clone(), buyer, seller.clone(), cart.clone())
            .prop_map(|(order, buyer, seller, cart)| format!("paid A{order} b{buyer} s{seller} {cart}")),
        5 => (0..6_u8, cart).prop_map(|(quote, cart)| format!("priced Q{quote} b{} s{} {cart}", quote % 4, quote % 3)),
        // Now and then somebody else sells it than who gave the quote.
        5 => (order.clone(), 0..6_u8, 0..8_u8).prop_map(|(order, quote, other)| {
            format!("paid A{order} b{} s{} by Q{quote}", quote % 4, (quote + u8::from(other == 0)) % 3)
        }),
        6 => order.clone().prop_map(|order| format!("completed A{order}")),
        2 => order.clone().prop_map(|order| format!("cancelled A{order}")),
        5 => (any::<u8>(), order.clone(), line.clone(), 1..4_u8)
            .prop_map(|(refund, order, line, units)| format!("refund R{refund} A{order} {line}={units}*")),
        5 => (any::<u8>(), order.clone(), line.clone(), money.clone())
            .prop_map(|(refund, order, line, amount)| format!("refund R{refund} A{order} {line}={amount}")),
        // What belongs together has one number, and so one order.
        3 => (0..10_u8).prop_map(|refund| format!("requested R{refund} A{}", refund % 8)),
        3 => (0..10_u8).prop_map(|refund| format!("declined R{refund} A{}", refund % 8)),
        2 => (0..10_u8, line.clone()).prop_map(|(refund, line)| format!("refund R{refund} A{} {line}=1*", refund % 8)),
        2 => (0..10_u8).prop_map(|dispute| format!("dispute D{dispute} A{}", dispute % 8)),
        3 => (0..10_u8, line, money)
            .prop_map(|(dispute, line, amount)| format!("dispute D{dispute} A{} {line}={amount}", dispute % 8)),
        4 => (prop_oneof![Just("won"), Just("lost")], 0..10_u8)
            .prop_map(|(end, dispute)| format!("{end} D{dispute} A{}", dispute % 8)),
        4 => order.prop_map(|order| format!("retried order.paid/A{order}")),
        1 => (2..5_u8).prop_map(|month| format!("retried period.closed/2026-{month:02}")),
    ]
}

fn people() -> impl Strategy<Value = String> {
    let party = prop_oneof![Just("s0"), Just("s1"), Just("s2"), Just("p1"), Just("t0")];
    let money = (1..3_000_u32).prop_map(|fen| format!("{}.{:02}", fen / 100, fen % 100));
    prop_oneof![
        4 => (0..4_u8, 0..4_u8).prop_map(|(member, to)| format!("bound upline s{member} s{to}")),
        1 => (0..4_u8).prop_map(|member| format!("unbound upline s{member}")),
        4 => (0..4_u8, 1..3_u8).prop_map(|(member, to)| format!("bound platform b{member} p{to}")),
        1 => (0..4_u8).prop_map(|member| format!("unbound platform b{member}")),
        2 => (0..4_u8, 1..4_u8).prop_map(|(from, by)| format!("moved upline s{from} s{}", (from + by) % 4)),
        1 => (0..4_u8, 1..4_u8).prop_map(|(from, by)| format!("merged b{from} b{}", (from + by) % 4)),
        1 => (party.clone(), any::<bool>()).prop_map(|(party, frozen)| format!("party {party} frozen={frozen}")),
        1 => (party.clone(), 0..3_u8).prop_map(|(party, no)| format!("party {party} eligible={}", no > 0)),
        // What was refused once is refused for ever, so there are more ids than payouts.
        1 => (0..14_u8).prop_map(|payout| format!("payout P{payout} s{}", payout % 3)),
        8 => (0..14_u8, 1..99_u8)
            .prop_map(|(payout, fen)| format!("payout P{payout} s{} amount=0.{fen:02}", payout % 3)),
        12 => (prop_oneof![2 => Just("succeeded"), 2 => Just("failed"), 2 => Just("returned"), 1 => Just("unknown")], 0..14_u8)
            .prop_map(|(told, payout)| format!("{told} P{payout}")),
        1 => (any::<u8>(), party.clone()).prop_map(|(id, party)| format!("write_off W{id} {party}")),
        4 => (party.clone(), money.clone(), money.clone())
            .prop_map(|(party, has, owes)| format!("opened {party} available={has} owed={owes}")),
        1 => (any::<u8>(), party.clone(), money.clone())
            .prop_map(|(id, party, amount)| format!("adjusted J{id} {party} merchant {amount}")),
        1 => (any::<u8>(), party, money).prop_map(|(id, party, amount)| format!("adjusted J{id} merchant {party} {amount}")),
    ]
}

fn units() -> impl Strategy<Value = String> {
    let expires =
        prop_oneof![Just(String::new()), (5..32_u8).prop_map(|day| format!(" expires=2026-03-{day:02}"))];
    prop_oneof![
        1 => Just("coupon SPRING uses_max=5 uses_per_buyer_max=2".to_owned()),
        2 => Just("coupon GIFT public=false uses_max=12".to_owned()),
        4 => (any::<u8>(), 0..4_u8, 0..2_u8, expires.clone())
            .prop_map(|(issue, to, giver, expires)| format!("issued I{issue} GIFT b{to} giver=t{giver}{expires}")),
        1 => (0..6_u8).prop_map(|rare| if rare == 0 { "revoked GIFT" } else { "revoked SPRING" }.to_owned()),
        2 => (any::<u8>(), 0..4_u8, 1..9_u8, expires)
            .prop_map(|(grant, to, units, expires)| format!("grant G{grant} b{to} {units} points{expires}")),
        2 => (any::<u8>(), 0..4_u8, 1..9_u8).prop_map(|(id, from, units)| format!("redeem X{id} b{from} {units} points")),
        1 => (any::<u8>(), 0..4_u8).prop_map(|(id, from)| format!("redeem X{id} b{from} 1 stars")),
        3 => (any::<u8>(), 0..4_u8).prop_map(|(id, of)| format!("occasion O{id} b{of} check_in")),
        1 => Just("resumed levels".to_owned()),
    ]
}

pub(super) fn step() -> impl Strategy<Value = Step> {
    let time = prop_oneof![
        5 => (1..32_u8).prop_map(|day| format!("day 2026-03-{day:02}")),
        1 => (1..10_u8).prop_map(|day| format!("day 2026-04-{day:02}")),
        2 => (2..5_u8).prop_map(|month| format!("period 2026-{month:02}")),
    ];
    let words = prop_oneof![8 => orders(), 5 => people(), 3 => units(), 2 => time];
    prop_oneof![
        40 => (words, -15..15_i8).prop_map(|(words, shift)| Step::Words(words, shift)),
        2 => any::<usize>().prop_map(Step::Again),
        1 => (0..2_u8).prop_map(Step::Program),
    ]
}
