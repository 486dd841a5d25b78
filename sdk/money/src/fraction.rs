//! Arithmetic on fractions of two `i128`, shared by rates and exact sums.
//!
//! Invariant: exact or nothing. Denominators are positive; `None` means the exact result does not fit.

use core::cmp::Ordering;

/// The greatest common divisor; `gcd(0, n)` is `n`.
pub(crate) const fn gcd(mut first: u128, mut second: u128) -> u128 {
    // Most denominators are small, and a 64-bit division is one machine instruction.
    while first > u64::MAX as u128 || second > u64::MAX as u128 {
        match first.checked_rem(second) {
            Some(rest) => (first, second) = (second, rest),
            None => return first,
        }
    }
    gcd_short(first, second)
}

#[expect(clippy::cast_possible_truncation, reason = "the caller has checked that both fit 64 bits")]
const fn gcd_short(first: u128, second: u128) -> u128 {
    let (mut first, mut second) = (first as u64, second as u64);
    while let Some(rest) = first.checked_rem(second) {
        (first, second) = (second, rest);
    }
    first as u128
}

/// The same fraction with the smallest denominator.
pub(crate) fn lowest_terms(numerator: i128, denominator: i128) -> (i128, i128) {
    let divisor = i128::try_from(gcd(numerator.unsigned_abs(), denominator.unsigned_abs())).unwrap_or(1);
    match (numerator.checked_div(divisor), denominator.checked_div(divisor)) {
        (Some(numerator), Some(denominator)) => (numerator, denominator),
        _ => (numerator, denominator),
    }
}

/// The sum of two fractions over their least common denominator.
pub(crate) fn sum(first: (i128, i128), second: (i128, i128)) -> Option<(i128, i128)> {
    sum_as_given(first, second).or_else(|| {
        let first = lowest_terms(first.0, first.1);
        sum_as_given(first, lowest_terms(second.0, second.1))
    })
}

fn sum_as_given(first: (i128, i128), second: (i128, i128)) -> Option<(i128, i128)> {
    if first.1 == second.1 {
        return Some((first.0.checked_add(second.0)?, first.1));
    }
    let divisor = i128::try_from(gcd(first.1.unsigned_abs(), second.1.unsigned_abs())).ok()?;
    let widen_first = second.1.checked_div(divisor)?;
    let widen_second = first.1.checked_div(divisor)?;
    let numerator = first.0.checked_mul(widen_first)?.checked_add(second.0.checked_mul(widen_second)?)?;
    Some((numerator, first.1.checked_mul(widen_first)?))
}

/// Floor and remainder: `numerator = floor × denominator + remainder`, with `0 ≤ remainder < denominator`.
pub(crate) fn split(numerator: i128, denominator: i128) -> Option<(i128, i128)> {
    // Most amounts are small, and a 64-bit division takes a tenth of the time.
    if let (Ok(short_numerator), Ok(short_denominator)) =
        (u64::try_from(numerator), u64::try_from(denominator))
    {
        let whole = short_numerator.checked_div(short_denominator)?;
        return Some((i128::from(whole), i128::from(short_numerator.checked_rem(short_denominator)?)));
    }
    Some((numerator.checked_div_euclid(denominator)?, numerator.checked_rem_euclid(denominator)?))
}

/// Compares two fractions by value; never overflows.
pub(crate) fn compare(first: (i128, i128), second: (i128, i128)) -> Ordering {
    if first.1 == second.1 {
        return first.0.cmp(&second.0);
    }
    match (first.0.checked_mul(second.1), second.0.checked_mul(first.1)) {
        (Some(left), Some(right)) => left.cmp(&right),
        _ => compare_by_quotients(first, second),
    }
}

/// Euclid's way, for products beyond 128 bits: whole parts first, then the reciprocals of what is left.
fn compare_by_quotients(mut first: (i128, i128), mut second: (i128, i128)) -> Ordering {
    while let (Some((first_whole, first_rest)), Some((second_whole, second_rest))) =
        (split(first.0, first.1), split(second.0, second.1))
    {
        if first_whole != second_whole {
            return first_whole.cmp(&second_whole);
        }
        if first_rest == 0 || second_rest == 0 {
            return first_rest.cmp(&second_rest);
        }
        // x/b < y/d exactly when d/y < b/x.
        let reciprocal = (first.1, first_rest);
        first = (second.1, second_rest);
        second = reciprocal;
    }
    Ordering::Equal
}

#[cfg(test)]
mod tests {
    use super::{compare, compare_by_quotients, gcd, split, sum};
    use core::cmp::Ordering;

    #[test]
    fn both_ways_to_compare_agree_on_every_small_fraction() {
        for (a, b, c, d) in (-9..=9).flat_map(|a| {
            (1..=9).flat_map(move |b| (-9..=9).flat_map(move |c| (1..=9).map(move |d| (a, b, c, d))))
        }) {
            let expected: Ordering = (a * d).cmp(&(c * b));
            assert_eq!(compare((a, b), (c, d)), expected, "{a}/{b} against {c}/{d}");
            assert_eq!(compare_by_quotients((a, b), (c, d)), expected, "{a}/{b} against {c}/{d}");
        }
    }

    #[test]
    fn fractions_beyond_128_bit_products_still_compare() {
        let large = i128::MAX;
        assert_eq!(compare((large, large - 1), (large - 1, large - 2)), Ordering::Less);
        assert_eq!(compare((-large, large - 1), (1 - large, large - 2)), Ordering::Greater);
        assert_eq!(compare((large - 1, large), (large - 1, large)), Ordering::Equal);
    }

    #[test]
    fn a_fraction_splits_alike_on_both_sides_of_64_bits() {
        let edge = i128::from(u64::MAX);
        let near = |middle: i128| (-2..=2).map(move |step| middle + step);
        let numerators = || near(0).chain(near(edge)).chain(near(-edge)).chain(near(edge * 7));
        for denominator in (1..=3).chain(near(edge)).chain(near(edge * 2)) {
            for numerator in numerators() {
                let expected = (numerator.div_euclid(denominator), numerator.rem_euclid(denominator));
                assert_eq!(split(numerator, denominator), Some(expected), "{numerator} / {denominator}");
            }
        }
        assert_eq!(split(1, 0), None);
    }

    #[test]
    fn the_greatest_common_divisor_works_above_64_bits() {
        assert_eq!(gcd(1 << 100, 3 << 90), 1 << 90);
        assert_eq!(gcd(0, 7), 7);
        assert_eq!(gcd(7, 0), 7);
        assert_eq!(gcd(u128::MAX, 0), u128::MAX);
    }

    #[test]
    fn a_sum_reduces_before_it_gives_up() {
        let (twos, threes) = (1_i128 << 80, 3_i128.pow(50));
        assert_eq!(sum((twos, twos * 3), (threes, threes * 5)), Some((8, 15)));
        assert_eq!(sum((i128::MAX, 1), (1, 2)), None);
    }
}
