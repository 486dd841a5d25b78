//! The rule as a Rust function: what is left when nothing isolates, meters or explains it.

use crate::{Amounts, Sale};

const RATES: [i64; 3] = [20, 5, 3];

/// The lines at list price, in minor units.
///
/// # Panics
///
/// Where the sum does not fit, as for each function here.
#[must_use]
pub fn list(sale: &Sale) -> i64 {
    let part = |sum: i64, line: &crate::sale::SaleLine| {
        sum.checked_add(line.price.checked_mul(i64::from(line.quantity))?)
    };
    sale.lines.iter().try_fold(0, part).expect("it fits")
}

/// 20 % off the first order, half up.
#[must_use]
pub fn discount(sale: &Sale) -> i64 {
    if sale.number != 1 {
        return 0;
    }
    list(sale).checked_mul(20).and_then(|part| part.checked_add(50)).expect("it fits") / 100
}

/// The shares of what was paid.
#[must_use]
pub fn shares(paid: i64, chain: &[String]) -> [i64; 3] {
    let mut shares = [0; 3];
    for ((slot, rate), _) in shares.iter_mut().zip(RATES).zip(chain) {
        *slot = paid.checked_mul(rate).expect("it fits") / 100;
    }
    shares
}

/// The whole rule.
#[must_use]
pub fn decide(sale: &Sale) -> Amounts {
    let (list, discount) = (list(sale), discount(sale));
    Amounts { discount, shares: shares(list - discount, &sale.chain) }
}
