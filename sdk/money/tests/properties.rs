//! What must hold for every amount, weight and rate: by enumeration where the domain is small, by property
//! where not.
//!
//! Invariant: each expectation is computed here in another way than the crate computes it.
#![expect(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "a test may stop at the first broken expectation"
)]

use fenrun_money::decimal::{format_minor, parse_minor};
use fenrun_money::{
    Allocation, AllocationError, Amount, Currency, ExactSum, Rate, Rounding, allocate, allocate_exact,
    allocate_rates, allocate_within,
};
use proptest::collection::vec;
use proptest::prelude::*;

fn any_method() -> impl Strategy<Value = Allocation> {
    proptest::sample::select(Allocation::ALL.to_vec())
}

fn joint_method() -> impl Strategy<Value = Allocation> {
    proptest::sample::select(
        Allocation::ALL.into_iter().filter(|method| method.is_joint()).collect::<Vec<_>>(),
    )
}

fn any_rate() -> impl Strategy<Value = Rate> {
    prop_oneof![
        (0_u32..=100).prop_map(Rate::percent),
        (0_u32..=10_000).prop_map(Rate::basis_points),
        (0_i64..=1000, 1_i64..=1000)
            .prop_map(|(numerator, denominator)| Rate::new(numerator, denominator).unwrap()),
        (0_i64..=i64::MAX, 1_i64..=i64::MAX).prop_map(|(numerator, denominator)| Rate::new(
            numerator,
            denominator
        )
        .unwrap()),
    ]
}

/// A rate whose denominator divides 10^12, so that a test can add up over that one denominator.
fn decimal_rate() -> impl Strategy<Value = (Rate, i128)> {
    const SCALE: i64 = 1_000_000_000_000;
    (0..=SCALE, proptest::sample::select(vec![1, 100, 10_000, SCALE])).prop_map(|(numerator, denominator)| {
        let numerator = numerator % (denominator + 1);
        (Rate::new(numerator, denominator).unwrap(), i128::from(numerator) * i128::from(SCALE / denominator))
    })
}

const DECIMAL_SCALE: i128 = 1_000_000_000_000;

/// The seven methods written down as plainly as possible, for positive totals.
fn expected_parts(total: i64, weights: &[i64], method: Allocation) -> Vec<i64> {
    let sum: i64 = weights.iter().sum();
    if sum == 0 {
        return vec![0; weights.len()];
    }
    let floor: Vec<i64> = weights.iter().map(|weight| total * weight / sum).collect();
    let rest: Vec<i64> = weights.iter().map(|weight| total * weight % sum).collect();
    let nearest = |tie_up: &dyn Fn(i64) -> bool| -> Vec<i64> {
        let up = |index: usize| rest[index] * 2 > sum || (rest[index] * 2 == sum && tie_up(floor[index]));
        (0..weights.len()).map(|index| floor[index] + i64::from(up(index))).collect()
    };
    let mut parts = match method {
        Allocation::HalfUpEach => nearest(&|_| true),
        Allocation::HalfEvenEach => nearest(&|floor| floor % 2 == 1),
        Allocation::HalfDownFirst => nearest(&|_| false),
        _ => floor.clone(),
    };
    let mut missing = total - parts.iter().sum::<i64>();
    let mut order: Vec<usize> = (0..weights.len()).filter(|index| weights[*index] > 0).collect();
    match method {
        Allocation::FloorResidual | Allocation::HalfUpEach | Allocation::HalfEvenEach => {}
        Allocation::LastTakesRest => parts[*order.last().unwrap()] += missing,
        Allocation::LargestRemainder | Allocation::FirstTakesRest | Allocation::HalfDownFirst => {
            if method == Allocation::LargestRemainder {
                order.sort_by_key(|index| -rest[*index]);
            }
            for index in order {
                let step = missing.signum();
                if parts[index] + step >= 0 {
                    parts[index] += step;
                    missing -= step;
                }
            }
            assert_eq!(missing, 0);
        }
    }
    parts
}

#[test]
fn every_small_allocation_is_as_the_definition_says() {
    for (first, second, third, fourth) in (0..=3).flat_map(|first| {
        (0..=4).flat_map(move |second| {
            (0..=5).flat_map(move |third| (0..=6).map(move |fourth| (first, second, third, fourth)))
        })
    }) {
        let weights = [first, second, third, fourth];
        for method in Allocation::ALL {
            for total in 0..=17_i64 {
                let mut parts = [0; 4];
                let left = allocate(total, &weights, method, &mut parts);
                if total > 0 && weights == [0; 4] {
                    assert_eq!(left, Err(AllocationError::NoWeight));
                    continue;
                }
                let expected = expected_parts(total, &weights, method);
                let name = format!("{total} over {weights:?} by {method}");
                assert_eq!(parts.as_slice(), expected.as_slice(), "{name}");
                assert_eq!(left, Ok(total - expected.iter().sum::<i64>()), "{name}");

                let mut mirrored = [0; 4];
                assert_eq!(
                    allocate(-total, &weights, method, &mut mirrored),
                    left.map(|left| -left),
                    "-{name}"
                );
                assert_eq!(mirrored, parts.map(|part| -part), "-{name}");
            }
        }
    }
}

#[test]
fn every_small_allocation_within_limits_conserves_and_keeps_them() {
    let small = |code: i64| [code % 4, code / 4 % 4, code / 16 % 4];
    for (weights, room) in (0..64).flat_map(|weights| (0..64).map(move |room| (small(weights), small(room))))
    {
        for method in Allocation::ALL {
            for total in 0..=10 {
                let mut parts = [0; 3];
                let left = allocate_within(total, &weights, &room, method, &mut parts).unwrap();
                let name = format!("{total} over {weights:?} within {room:?} by {method}: {parts:?}");
                assert_eq!(parts.iter().sum::<i64>() + left, total, "{name}");
                for index in 0..3 {
                    assert!((0..=room[index]).contains(&parts[index]), "{name}");
                    assert!(weights[index] > 0 || parts[index] == 0, "{name}");
                    let is_open = weights[index] > 0 && parts[index] < room[index];
                    assert!(!method.is_joint() || left == 0 || !is_open, "{name}");
                }
                let mut mirrored = [0; 3];
                assert_eq!(
                    allocate_within(-total, &weights, &room, method, &mut mirrored),
                    Ok(-left),
                    "-{name}"
                );
                assert_eq!(mirrored, parts.map(|part| -part), "-{name}");
            }
        }
    }
}

/// DESIGN §6.3: no other rule can keep a cap. Every base up to 10.00, the three-tier rates and some awkward
/// ones.
#[test]
fn floored_shares_keep_every_cap_for_every_small_base() {
    let profiles: [&[&str]; 4] =
        [&["20%", "5%", "3%"], &["10%", "10%", "10%"], &["1/3", "1/7", "2/9"], &["49.99%", "0.01%"]];
    for texts in profiles {
        let rates: Vec<Rate> = texts.iter().map(|text| Rate::parse(text).unwrap()).collect();
        let cap = rates.iter().try_fold(Rate::ZERO, |sum, rate| sum.checked_add(*rate)).unwrap();
        for base in 0..=1000 {
            let mut parts = vec![0; rates.len()];
            allocate_rates(base, &rates, Allocation::FloorResidual, &mut parts).unwrap();
            let paid: i64 = parts.iter().sum();
            assert!(paid <= cap.of(base, Rounding::Floor).unwrap(), "{base} at {texts:?}");
            assert!(
                i128::from(paid) * i128::from(cap.denominator())
                    <= i128::from(base) * i128::from(cap.numerator())
            );
        }
    }
}

/// DESIGN §6.4: what is retained of a shrinking base never grows and ends at nothing, for every rate and
/// base.
#[test]
fn floored_shares_of_a_shrinking_base_only_shrink() {
    for rate in [Rate::percent(20), Rate::percent(5), Rate::percent(3), Rate::new(1, 3).unwrap(), Rate::ONE] {
        let retained: Vec<i64> = (0..=1000).map(|base| rate.of(base, Rounding::Floor).unwrap()).collect();
        assert_eq!(retained[0], 0);
        assert!(retained.windows(2).all(|pair| pair[0] <= pair[1]), "{rate}");
    }
}

proptest! {
    #[test]
    fn nothing_is_lost_or_made(
        total in any::<i64>(), weights in vec(0..=i64::MAX, 1..9), method in any_method(),
    ) {
        prop_assume!(weights.iter().any(|weight| *weight > 0));
        let mut parts = vec![0; weights.len()];
        let left = allocate(total, &weights, method, &mut parts).unwrap();
        let sum: i128 = parts.iter().map(|part| i128::from(*part)).sum();
        prop_assert_eq!(sum + i128::from(left), i128::from(total));
        if method.is_joint() {
            prop_assert_eq!(left, 0);
        }
        if method == Allocation::FloorResidual {
            prop_assert!(left.unsigned_abs() < weights.len() as u64);
            prop_assert!(left.signum() * total.signum() >= 0);
        }
        for (part, weight) in parts.iter().zip(&weights) {
            prop_assert!(*part == 0 || part.signum() == total.signum());
            prop_assert!(*weight > 0 || *part == 0);
        }
    }

    #[test]
    fn every_part_is_within_one_unit_of_exact(
        total in -(1_i64 << 50)..=1 << 50, weights in vec(0..=1_i64 << 50, 1..9), method in any_method(),
    ) {
        prop_assume!(weights.iter().any(|weight| *weight > 0));
        let sum: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
        let mut parts = vec![0; weights.len()];
        allocate(total, &weights, method, &mut parts).unwrap();
        for (index, (part, weight)) in parts.iter().zip(&weights).enumerate() {
            let distance = (i128::from(*part) * sum - i128::from(total) * i128::from(*weight)).abs();
            let bound = match method {
                Allocation::FloorResidual | Allocation::LargestRemainder => sum - 1,
                Allocation::HalfUpEach | Allocation::HalfEvenEach => sum / 2,
                Allocation::FirstTakesRest => sum,
                Allocation::HalfDownFirst => sum * 3 / 2,
                Allocation::LastTakesRest => sum * weights.len() as i128,
            };
            prop_assert!(distance <= bound, "part {} is off by {} of {}", index, distance, sum);
        }
    }

    /// Moving the lines moves their parts with them; only lines of equal remainder are told apart, by
    /// position.
    #[test]
    fn largest_remainder_does_not_depend_on_the_order(
        total in 0_i64..=1_000_000, weights in vec(0_i64..=10_000, 1..9), seed in any::<u64>(),
    ) {
        prop_assume!(weights.iter().any(|weight| *weight > 0));
        let mut order: Vec<usize> = (0..weights.len()).collect();
        order.sort_by_key(|index| seed.rotate_left(*index as u32 * 7).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let moved: Vec<i64> = order.iter().map(|index| weights[*index]).collect();

        let (mut parts, mut moved_parts) = (vec![0; weights.len()], vec![0; weights.len()]);
        allocate(total, &weights, Allocation::LargestRemainder, &mut parts).unwrap();
        allocate(total, &moved, Allocation::LargestRemainder, &mut moved_parts).unwrap();

        let sum: i64 = weights.iter().sum();
        let remainder = |weight: i64| total * weight % sum;
        for (place, index) in order.iter().enumerate() {
            let weight = weights[*index];
            let is_tied = weights.iter().enumerate()
                .any(|(other, candidate)| other != *index && remainder(*candidate) == remainder(weight));
            if !is_tied {
                prop_assert_eq!(moved_parts[place], parts[*index]);
            }
        }
        // Lines that the caller sorts by id come back to the same parts, ties included.
        let mut by_id: Vec<(usize, i64)> = order.iter().map(|index| (*index, weights[*index])).collect();
        by_id.sort_unstable();
        let sorted: Vec<i64> = by_id.iter().map(|(_, weight)| *weight).collect();
        allocate(total, &sorted, Allocation::LargestRemainder, &mut moved_parts).unwrap();
        prop_assert_eq!(moved_parts, parts);
    }

    #[test]
    fn shares_by_rate_keep_the_cap_and_the_whole(
        total in -1_000_000_000_000_i64..=1_000_000_000_000, rates in vec(decimal_rate(), 1..6), method in any_method(),
    ) {
        let (rates, numerators): (Vec<Rate>, Vec<i128>) = rates.into_iter().unzip();
        let exact: i128 = numerators.iter().map(|numerator| i128::from(total.abs()) * numerator).sum();
        let cap = exact / DECIMAL_SCALE;
        let mut parts = vec![0; rates.len()];
        let left = allocate_rates(total, &rates, method, &mut parts).unwrap();
        let sum: i128 = parts.iter().map(|part| i128::from(*part)).sum();
        prop_assert_eq!(sum + i128::from(left), i128::from(total));
        if method.is_joint() {
            prop_assert_eq!(sum.abs(), cap);
        } else if method == Allocation::FloorResidual {
            prop_assert!(sum.abs() <= cap);
        }
        if method == Allocation::LargestRemainder {
            for (part, numerator) in parts.iter().zip(&numerators) {
                let distance = (i128::from(part.abs()) * DECIMAL_SCALE - i128::from(total.abs()) * numerator).abs();
                prop_assert!(distance < DECIMAL_SCALE);
            }
        }
    }

    #[test]
    fn rates_of_exactly_one_hand_out_everything(
        total in any::<i64>(), weights in vec(0_i64..=1_000_000, 1..7), method in joint_method(),
    ) {
        let sum: i64 = weights.iter().sum();
        prop_assume!(sum > 0);
        let rates: Vec<Rate> = weights.iter().map(|weight| Rate::new(*weight, sum).unwrap()).collect();
        let (mut by_rate, mut by_weight) = (vec![0; rates.len()], vec![0; rates.len()]);
        prop_assert_eq!(allocate_rates(total, &rates, method, &mut by_rate), Ok(0));
        prop_assert_eq!(allocate(total, &weights, method, &mut by_weight), Ok(0));
        prop_assert_eq!(by_rate, by_weight);
    }

    #[test]
    fn limits_hold_and_shares_stay_fair(
        total in any::<i64>(),
        lines in vec((0..=i64::from(u32::MAX), 0..=i64::MAX / 16), 1..9),
        method in any_method(),
    ) {
        let (weights, room): (Vec<i64>, Vec<i64>) = lines.into_iter().unzip();
        let mut parts = vec![0; weights.len()];
        let left = allocate_within(total, &weights, &room, method, &mut parts).unwrap();
        let sum: i128 = parts.iter().map(|part| i128::from(*part)).sum();
        prop_assert_eq!(sum + i128::from(left), i128::from(total));

        let is_open = |index: usize| weights[index] > 0 && parts[index].abs() < room[index];
        for index in 0..parts.len() {
            prop_assert!(parts[index].abs() <= room[index] && parts[index].signum() * total.signum() >= 0);
            prop_assert!(!(method.is_joint() && left != 0 && is_open(index)));
        }
        if method != Allocation::HalfDownFirst && method != Allocation::LastTakesRest {
            // Nobody with room left has got less per unit of weight than anybody else, up to one unit of
            // rounding each.
            for (open, other) in (0..parts.len()).flat_map(|open| (0..parts.len()).map(move |other| (open, other))) {
                let below = (i128::from(parts[other].abs()) - 1) * i128::from(weights[open]);
                let above = (i128::from(parts[open].abs()) + 1) * i128::from(weights[other]);
                prop_assert!(!is_open(open) || weights[other] == 0 || below <= above);
            }
        }
    }

    #[test]
    fn limits_that_do_not_bind_change_nothing(
        total in any::<i32>(), weights in vec(0_i64..=1_000_000, 1..9), method in any_method(),
    ) {
        prop_assume!(weights.iter().any(|weight| *weight > 0));
        let room = vec![i64::MAX / 4; weights.len()];
        let (mut free, mut limited) = (vec![0; weights.len()], vec![0; weights.len()]);
        let left = allocate(i64::from(total), &weights, method, &mut free);
        prop_assert_eq!(allocate_within(i64::from(total), &weights, &room, method, &mut limited), left);
        prop_assert_eq!(limited, free);
    }

    #[test]
    fn exact_sums_agree_with_one_common_denominator(
        terms in vec((-1_000_000_000_000_i64..=1_000_000_000_000, decimal_rate()), 0..12), fixed in any::<i32>(),
    ) {
        let mut sum = ExactSum::whole(i64::from(fixed));
        let mut expected = i128::from(fixed) * DECIMAL_SCALE;
        for (amount, (rate, numerator)) in &terms {
            sum.add_product(*amount, *rate).unwrap();
            expected += i128::from(*amount) * numerator;
        }
        prop_assert_eq!(sum.numerator() * (DECIMAL_SCALE / sum.denominator()), expected);
        let floor = expected.div_euclid(DECIMAL_SCALE);
        let twice_rest = expected.rem_euclid(DECIMAL_SCALE) * 2;
        let ceiling = floor + i128::from(twice_rest > 0);
        let nearest = |tie: i128| match twice_rest.cmp(&DECIMAL_SCALE) {
            std::cmp::Ordering::Less => floor,
            std::cmp::Ordering::Equal => tie,
            std::cmp::Ordering::Greater => floor + 1,
        };
        let (away, toward) = if expected > 0 { (floor + 1, floor) } else { (floor, floor + 1) };
        let even = if floor % 2 == 0 { floor } else { floor + 1 };
        for (rounding, expected) in [
            (Rounding::Floor, floor), (Rounding::Ceiling, ceiling), (Rounding::HalfUp, nearest(away)),
            (Rounding::HalfDown, nearest(toward)), (Rounding::HalfEven, nearest(even)),
        ] {
            prop_assert_eq!(sum.round(rounding).map(i128::from), Ok(expected), "{}", rounding);
        }
    }

    #[test]
    fn exact_sums_do_not_depend_on_the_order_and_undo_themselves(
        terms in vec((any::<i32>(), 0_i64..=1000, 1_i64..=60), 0..10),
    ) {
        let (mut forward, mut backward) = (ExactSum::ZERO, ExactSum::ZERO);
        for (amount, numerator, denominator) in &terms {
            forward.add_product(i64::from(*amount), Rate::new(*numerator, *denominator).unwrap()).unwrap();
        }
        for (amount, numerator, denominator) in terms.iter().rev() {
            backward.add_fraction(i128::from(*amount) * i128::from(*numerator), i128::from(*denominator)).unwrap();
        }
        prop_assert_eq!(forward, backward);
        prop_assert_eq!((forward.numerator(), forward.denominator()), (backward.numerator(), backward.denominator()));
        for (amount, numerator, denominator) in &terms {
            forward.add_product(-i64::from(*amount), Rate::new(*numerator, *denominator).unwrap()).unwrap();
        }
        prop_assert_eq!(forward, 0);
        prop_assert!(forward.is_zero());
    }

    /// An exact part of any size either comes out right or is refused; it never wraps.
    #[test]
    fn exact_parts_conserve_or_refuse(
        terms in vec((0..=i64::MAX, any_rate()), 1..6), method in any_method(),
    ) {
        let mut parts = Vec::new();
        for (amount, rate) in &terms {
            let mut sum = ExactSum::ZERO;
            sum.add_product(*amount, *rate).unwrap();
            parts.push(sum);
        }
        let mut out = vec![0; parts.len()];
        if let Ok(left) = allocate_exact(&parts, method, &mut out) {
            let floors: i128 = parts.iter().map(|part| i128::from(part.floor().unwrap())).sum();
            let handed_out: i128 = out.iter().map(|part| i128::from(*part)).sum();
            let target = handed_out + i128::from(left);
            prop_assert!(floors <= target && target < floors + parts.len() as i128);
            prop_assert!(!method.is_joint() || left == 0);
        }
    }

    #[test]
    fn rates_add_multiply_and_compare_by_value(
        (a, b, c, d) in (0_i64..=10_000, 1_i64..=10_000, 0_i64..=10_000, 1_i64..=10_000),
    ) {
        let (first, second) = (Rate::new(a, b).unwrap(), Rate::new(c, d).unwrap());
        prop_assert_eq!(first.cmp(&second), (a * d).cmp(&(c * b)));
        prop_assert_eq!(first == second, a * d == c * b);
        prop_assert_eq!(first.checked_add(second), Rate::new(a * d + c * b, b * d));
        prop_assert_eq!(first.checked_mul(second), Rate::new(a * c, b * d));
        prop_assert_eq!(first.exceeds_one(), a > b);
        if a <= b {
            prop_assert_eq!(first.complement(), Rate::new(b - a, b));
            prop_assert_eq!(first.checked_add(first.complement().unwrap()), Ok(Rate::ONE));
        } else {
            prop_assert!(first.complement().is_err());
        }
    }

    #[test]
    fn a_sum_times_a_rate_is_the_sum_of_the_products(
        terms in vec((any::<i32>(), 0_u32..=200), 0..6), rate in 0_u32..=200,
    ) {
        let rate = Rate::percent(rate);
        let (mut whole, mut parts) = (ExactSum::ZERO, ExactSum::ZERO);
        for (amount, percent) in terms {
            whole.add_product(i64::from(amount), Rate::percent(percent)).unwrap();
            parts.add_product(i64::from(amount), Rate::percent(percent).checked_mul(rate).unwrap()).unwrap();
        }
        prop_assert_eq!(whole.checked_mul(rate), Ok(parts));
    }

    #[test]
    fn amounts_read_back_as_printed(minor in any::<i64>(), exponent in any::<u8>()) {
        let text = format_minor(minor, exponent).to_string();
        prop_assert_eq!(parse_minor(&text, exponent), Ok(minor), "{}", text);
        for currency in Currency::TABLE {
            let amount = Amount::new(minor, *currency);
            let text = amount.to_string();
            let (number, code) = text.split_once(' ').unwrap();
            prop_assert_eq!(Amount::parse(number, code.parse().unwrap()), Ok(amount));
        }
    }

    #[test]
    fn rates_read_back_as_printed(rate in any_rate()) {
        let text = rate.to_string();
        prop_assert_eq!(Rate::parse(&text), Ok(rate), "{}", text);
    }

    #[test]
    fn decimals_mean_what_their_digits_say(
        negative in any::<bool>(), whole in 0_u32.., fraction in proptest::option::of("[0-9]{1,4}"),
        shift in proptest::option::of(-6_i32..=6), exponent in 0_u8..=6,
    ) {
        let sign = if negative { "-" } else { "" };
        let point = fraction.as_ref().map(|digits| format!(".{digits}")).unwrap_or_default();
        let power = shift.map(|shift| format!("e{shift}")).unwrap_or_default();
        let text = format!("{sign}{whole}{point}{power}");

        let digits = format!("{whole}{}", fraction.clone().unwrap_or_default());
        let decimals = fraction.map_or(0, |digits| digits.len() as i32) - shift.unwrap_or(0);
        let missing = i32::from(exponent) - decimals;
        let found = parse_minor(&text, exponent).ok().map(i128::from);
        if missing < 0 {
            prop_assert_eq!(found, None, "{}", text);
        } else {
            let magnitude: i128 = format!("{digits}{}", "0".repeat(missing as usize)).parse().unwrap();
            let expected = if negative { -magnitude } else { magnitude };
            let fits = i64::try_from(expected).is_ok();
            prop_assert_eq!(found, fits.then_some(expected), "{}", text);
        }
    }

    #[test]
    fn no_text_makes_a_reader_panic(text in "\\PC{0,40}", numeric in "[-+0-9.eE%‰/ ]{0,30}", exponent in any::<u8>()) {
        for text in [&text, &numeric] {
            let _ = parse_minor(text, exponent);
            let _ = Currency::of(text);
            if let Ok(rate) = Rate::parse(text) {
                prop_assert_eq!(Rate::parse(&rate.to_string()), Ok(rate));
            }
        }
    }

    #[test]
    fn allocations_of_anything_never_panic(
        total in any::<i64>(), weights in vec(any::<i64>(), 0..6), room in vec(any::<i64>(), 0..6), method in any_method(),
    ) {
        let mut out = vec![0; weights.len()];
        let _ = allocate(total, &weights, method, &mut out);
        let _ = allocate_within(total, &weights, &room, method, &mut out);
    }
}
