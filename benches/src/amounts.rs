//! What a decision comes to: the same for every engine.

/// Amounts in minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amounts {
    /// What the discount takes off.
    pub discount: i64,
    /// The shares of the seller, its upline and the upline's upline; 0 where there is none.
    pub shares: [i64; 3],
}

impl Amounts {
    /// Amounts with the shares in the order of the chain.
    #[must_use]
    pub fn new(discount: i64, shares: impl IntoIterator<Item = i64>) -> Self {
        let mut amounts = Self { discount, ..Self::default() };
        for (slot, share) in amounts.shares.iter_mut().zip(shares) {
            *slot = share;
        }
        amounts
    }
}
