//! Exact money for rules engines: what is divided adds up again, to the last minor unit.
//!
//! The promise of this crate: **no float, no silent rounding, no lost cent.** Every amount is a whole number
//! of minor units of one currency, every rate is an exact ratio, every rounding has a name that the caller
//! chose, and a result that cannot be exact is an error. It has no dependencies, needs no allocator and runs
//! inside WebAssembly guests.
//!
//! # Example
//!
//! Three parties earn 20 %, 5 % and 3 % of 9.99. Each share is floored to the payee and the residual stays
//! with the merchant, because no other rule keeps a cap: rounded up one by one, the shares of 0.33 come to 10
//! fen, which is 30.3 %.
//!
//! ```
//! use fenrun_money::{Allocation, Amount, Currency, Rate, allocate_rates};
//!
//! let price = Amount::parse("9.99", Currency::CNY)?;
//! let rates = [Rate::parse("20%")?, Rate::parse("5%")?, Rate::parse("3%")?];
//!
//! let mut shares = [0; 3];
//! let merchant = allocate_rates(price.minor(), &rates, Allocation::FloorResidual, &mut shares)?;
//! assert_eq!(shares, [1_99, 49, 29]);
//! assert_eq!(Amount::new(merchant, price.currency()).to_string(), "7.22 CNY");
//!
//! // More decimals than the currency has is an error, never a rounding.
//! let error = Amount::parse("9.999", Currency::CNY).unwrap_err();
//! assert_eq!(error.to_string(), "expected at most 2 decimals, found 3");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Concepts
//!
//! - [`Currency`] is an ISO 4217 code with its exponent; an [`Amount`] is a number of its minor units.
//! - [`decimal`] reads and prints decimal text exactly.
//! - A [`Rate`] is an exact ratio; [`ExactSum`] adds up rates of amounts without rounding, and a [`Rounding`]
//!   ends it.
//! - An [`Allocation`] names how the units that rounding leaves over are handed out. [`allocate`] divides by
//!   weights, [`allocate_rates`] by rates, [`allocate_exact`] by exact sums, [`allocate_within`] by weights
//!   with an upper limit for each part, and [`distribute_integer`] evenly.
//! - Errors are small enums. Their messages are fragments: the caller quotes the input and puts the message
//!   behind it.
#![no_std]

#[cfg(test)]
extern crate std;

mod allocation;
mod amount;
mod currency;
pub mod decimal;
mod exact_sum;
mod fraction;
mod overflow;
mod rate;
mod rounding;
mod text_buffer;

pub use allocation::{
    Allocation, AllocationError, UnknownAllocation, allocate, allocate_exact, allocate_rates,
    allocate_within, distribute_integer,
};
pub use amount::{Amount, AmountError};
pub use currency::{Currency, CurrencyError};
pub use decimal::DecimalError;
pub use exact_sum::{ExactSum, FractionError};
pub use overflow::Overflow;
pub use rate::{Rate, RateError};
pub use rounding::{Rounding, UnknownRounding};
