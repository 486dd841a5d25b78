//! Dividing one amount among several, to the last minor unit.
//!
//! Invariant: what is handed out plus what is returned is exactly what came in, for every method.

mod error;
mod method;
mod quota;
mod room;

pub use self::error::AllocationError;
pub use self::method::{Allocation, UnknownAllocation};
use self::quota::Quota;
pub use self::room::allocate_within;
use crate::{ExactSum, Overflow, Rate};

/// Divides `total` minor units in proportion to `weights`; part `i` goes to `out[i]`.
///
/// Returns what was not handed out: more than zero only for [`Allocation::FloorResidual`] and the `_each`
/// methods, below zero only for the `_each` methods, which may hand out more than there was. A negative total
/// is the mirror image of the positive one. A part of weight zero gets nothing under every method (bug B17).
///
/// "First", "last" and ties go by position, so the caller sorts by line id (DESIGN §6.3).
///
/// # Errors
///
/// An [`AllocationError`] when `weights` and `out` differ in length, a weight is negative, or there is money
/// but no weight to carry it. `out` then has no meaning.
///
/// ```
/// use fenrun_money::{Allocation, allocate};
///
/// let mut parts = [0; 3];
/// let left = allocate(10_00, &[10_00, 10_00, 10_00], Allocation::LargestRemainder, &mut parts)?;
/// assert_eq!((parts, left), ([3_34, 3_33, 3_33], 0)); // not 9.99 (bug B20)
///
/// let error = allocate(10_00, &[0, 0, 0], Allocation::LargestRemainder, &mut parts).unwrap_err();
/// assert_eq!(error.to_string(), "there is an amount to allocate, but every weight is zero");
/// # Ok::<(), fenrun_money::AllocationError>(())
/// ```
pub fn allocate(
    total: i64,
    weights: &[i64],
    method: Allocation,
    out: &mut [i64],
) -> Result<i64, AllocationError> {
    same_length(weights.len(), out.len())?;
    let weight_total = total_weight(weights)?;
    if weight_total == 0 && total != 0 {
        return Err(AllocationError::NoWeight);
    }
    let magnitude = magnitude_of(total);
    let quota_of = |index: usize| {
        let weight = weights.get(index).copied().ok_or(Overflow)?;
        Quota::of(magnitude.checked_mul(i128::from(weight)).ok_or(Overflow)?, weight_total.max(1))
    };
    quota::apportion(&quota_of, || Ok(magnitude), method, out)?;
    finish(total, out)
}

/// Divides `total` minor units by rates that need not add up to 100 %; part `i` goes to `out[i]`.
///
/// The methods that look at all parts together hand out `floor(total × Σ rates)`, so a cap on the sum of the
/// rates holds to the last minor unit, and rates of exactly 100 % hand out everything. Returns what stays
/// with whoever pays: `total` less all parts.
///
/// # Errors
///
/// An [`AllocationError`] when `rates` and `out` differ in length or a result does not fit.
///
/// ```
/// use fenrun_money::{Allocation, Rate, allocate_rates};
///
/// // Case C05: 99.99 at 20 %, 5 % and 3 %; 72.02 stays with the merchant.
/// let rates = [Rate::percent(20), Rate::percent(5), Rate::percent(3)];
/// let mut shares = [0; 3];
/// let merchant = allocate_rates(99_99, &rates, Allocation::FloorResidual, &mut shares)?;
/// assert_eq!((shares, merchant), ([19_99, 4_99, 2_99], 72_02));
///
/// let error = allocate_rates(99_99, &rates, Allocation::FloorResidual, &mut [0; 2]).unwrap_err();
/// assert_eq!(error.to_string(), "expected room for 3 parts, found 2");
/// # Ok::<(), fenrun_money::AllocationError>(())
/// ```
pub fn allocate_rates(
    total: i64,
    rates: &[Rate],
    method: Allocation,
    out: &mut [i64],
) -> Result<i64, AllocationError> {
    same_length(rates.len(), out.len())?;
    let magnitude = magnitude_of(total);
    let quota_of = |index: usize| {
        let (numerator, denominator) = rates.get(index).ok_or(Overflow)?.as_fraction();
        Quota::of(magnitude.checked_mul(numerator).ok_or(Overflow)?, denominator)
    };
    quota::apportion(&quota_of, || quota::floor_of_sum(&quota_of, rates.len()), method, out)?;
    finish(total, out)
}

/// Rounds exact parts to minor units together; part `i` goes to `out[i]`. The general form of
/// [`allocate_rates`].
///
/// The methods that look at all parts together hand out the floor of the exact sum. Parts that are all zero
/// or less are the mirror image of positive ones. Returns that floor (mirrored likewise) less all parts.
///
/// # Errors
///
/// An [`AllocationError`] when `parts` and `out` differ in length, positive and negative parts are mixed, or
/// a result does not fit.
///
/// ```
/// use fenrun_money::{Allocation, ExactSum, Rate, allocate_exact};
///
/// let mut half = ExactSum::ZERO;
/// half.add_product(15, Rate::percent(50))?;
/// let mut out = [0; 2];
/// assert_eq!(allocate_exact(&[half, half], Allocation::FirstTakesRest, &mut out)?, 0);
/// assert_eq!(out, [8, 7]); // case A15
///
/// let error = allocate_exact(&[half, ExactSum::whole(-1)], Allocation::FirstTakesRest, &mut out).unwrap_err();
/// assert_eq!(error.to_string(), "positive and negative parts cannot be rounded together");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn allocate_exact(
    parts: &[ExactSum],
    method: Allocation,
    out: &mut [i64],
) -> Result<i64, AllocationError> {
    same_length(parts.len(), out.len())?;
    let mirrored = parts.iter().any(ExactSum::is_negative);
    if mirrored && parts.iter().any(|part| *part > 0) {
        return Err(AllocationError::MixedSigns);
    }
    let quota_of = |index: usize| {
        let (numerator, denominator) = parts.get(index).ok_or(Overflow)?.as_fraction();
        Quota::of(numerator.checked_abs().ok_or(Overflow)?, denominator)
    };
    let floor = quota::floor_of_sum(&quota_of, parts.len())?;
    quota::apportion(&quota_of, || Ok(floor), method, out)?;
    let floor = i64::try_from(floor).map_err(|_| Overflow)?;
    finish(if mirrored { floor.checked_neg().ok_or(Overflow)? } else { floor }, out)
}

/// Divides `total` minor units into equal whole parts; the first ones get one more (case D15).
///
/// # Errors
///
/// [`AllocationError::NoWeight`] when there is something to divide but nobody to take it.
///
/// ```
/// use fenrun_money::distribute_integer;
///
/// let mut parts = [0; 3];
/// distribute_integer(1000, &mut parts)?;
/// assert_eq!(parts, [334, 333, 333]);
/// distribute_integer(-1000, &mut parts)?;
/// assert_eq!(parts, [-334, -333, -333]);
///
/// let error = distribute_integer(1000, &mut []).unwrap_err();
/// assert_eq!(error.to_string(), "there is an amount to allocate, but every weight is zero");
/// # Ok::<(), fenrun_money::AllocationError>(())
/// ```
pub fn distribute_integer(total: i64, out: &mut [i64]) -> Result<(), AllocationError> {
    if out.is_empty() {
        return if total == 0 { Ok(()) } else { Err(AllocationError::NoWeight) };
    }
    let count = i128::try_from(out.len()).map_err(|_| Overflow)?;
    let magnitude = magnitude_of(total);
    let quota_of = |_: usize| Quota::of(magnitude, count);
    quota::apportion(&quota_of, || Ok(magnitude), Allocation::FirstTakesRest, out)?;
    finish(total, out).map(|_| ())
}

fn same_length(expected: usize, found: usize) -> Result<(), AllocationError> {
    if expected == found { Ok(()) } else { Err(AllocationError::LengthMismatch { expected, found }) }
}

/// The sum of all weights, none of them negative.
fn total_weight(weights: &[i64]) -> Result<i128, AllocationError> {
    let mut sum = 0_i128;
    for (index, weight) in weights.iter().enumerate() {
        if *weight < 0 {
            return Err(AllocationError::NegativeWeight { index });
        }
        sum = sum.checked_add(i128::from(*weight)).ok_or(Overflow)?;
    }
    Ok(sum)
}

fn magnitude_of(total: i64) -> i128 {
    i128::from(total.unsigned_abs())
}

/// Gives the parts the sign of `total` and returns `total` less all of them.
///
/// The parts arrive as magnitudes, kept negative so that even the smallest `i64` has room.
fn finish(total: i64, out: &mut [i64]) -> Result<i64, AllocationError> {
    let mut rest = i128::from(total);
    for part in out {
        if total >= 0 {
            *part = part.checked_neg().ok_or(Overflow)?;
        }
        rest = rest.checked_sub(i128::from(*part)).ok_or(Overflow)?;
    }
    Ok(i64::try_from(rest).map_err(|_| Overflow)?)
}
