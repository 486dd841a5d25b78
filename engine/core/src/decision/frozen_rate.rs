//! An exact rate as two whole numbers, as decisions are kept.
//!
//! Invariant: what is read back is the same ratio, bit for bit.

use fenrun_money::Rate;
use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer, de::Error as _};

pub(super) fn serialize<S: Serializer>(rate: &Rate, out: S) -> Result<S::Ok, S::Error> {
    (rate.numerator(), rate.denominator()).serialize(out)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Rate, D::Error> {
    let (numerator, denominator) = <(i64, i64)>::deserialize(from)?;
    Rate::new(numerator, denominator).map_err(D::Error::custom)
}
