//! A table of cutoffs with rates.
//!
//! Invariant: the table is sorted by cutoff; a volume below the first cutoff has no tier.

use crate::{Config, List, Rate, Refusal, ShareOf, ShareTerms, sys};

/// Whether a volume that is exactly the cutoff has reached the tier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cutoff {
    /// It has: "from 5,000".
    Inclusive,
    /// It has not: "above 5,000".
    Exclusive,
}

/// One tier: its rate counts from this volume on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tier {
    /// The cutoff in minor units.
    pub from_minor: i64,
    /// The rate.
    pub rate: Rate,
}

/// A table of up to `N` tiers, by rising cutoff.
#[derive(Clone, Copy, Debug)]
pub struct Tiers<const N: usize> {
    tiers: List<Tier, N>,
    cutoff: Cutoff,
}

impl<const N: usize> Tiers<N> {
    /// Reads a list of tables with `from` (an amount) and `rate`.
    ///
    /// # Errors
    ///
    /// A refusal where a value is missing, where there are more than `N` tiers, and where cutoffs do not rise.
    pub fn read(config: &Config, name: &str, cutoff: Cutoff) -> Result<Self, Refusal> {
        let tiers: List<Tier, N> = config
            .list(name, |tier| Ok(Tier { from_minor: tier.amount("from")?, rate: tier.rate("rate")? }))?;
        let rising =
            tiers.iter().zip(tiers.iter().skip(1)).all(|(low, high)| low.from_minor < high.from_minor);
        if rising {
            Ok(Self { tiers, cutoff })
        } else {
            Err(Refusal::new("the cutoffs of the tiers do not rise"))
        }
    }

    /// The tier that a volume has reached.
    #[must_use]
    pub fn reached(&self, volume_minor: i64) -> Option<Tier> {
        self.tiers
            .iter()
            .take_while(|tier| match self.cutoff {
                Cutoff::Inclusive => volume_minor >= tier.from_minor,
                Cutoff::Exclusive => volume_minor > tier.from_minor,
            })
            .last()
    }

    /// The tiers, by rising cutoff.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Tier> + Clone + '_ {
        self.tiers.iter()
    }
}

impl ShareOf {
    /// Each part of the base at the rate of the tier it lies in: the marginal rule. The base is what the party sold
    /// with this order, and `volume_before_minor` what it sold before.
    ///
    /// The part below the first cutoff earns nothing. Whether a cutoff is inclusive makes no difference to an amount
    /// that is split at it. Tiers that the order does not reach are left out: a refund never makes a base larger.
    pub fn by<const N: usize>(
        self,
        tiers: &Tiers<N>,
        volume_before_minor: i64,
        base_minor: i64,
    ) -> ShareTerms {
        let (effect, base) = self.parts();
        let mut rest = tiers.iter();
        while let Some(Tier { from_minor, rate }) = rest.next() {
            let next = rest.clone().next().map_or(i64::MAX, |next| next.from_minor);
            let from = from_minor.saturating_sub(volume_before_minor).max(0);
            let to = if next == i64::MAX { next } else { next.saturating_sub(volume_before_minor) };
            if to <= 0 {
                continue;
            }
            let (numerator, denominator) = (rate.numerator(), rate.denominator());
            if from == 0 && to >= base_minor {
                sys::share_term(effect, base.lines(), base.kind().id(), numerator, denominator);
            } else {
                sys::share_band(effect, base.lines(), base.kind().id(), from, to, numerator, denominator);
            }
            if to >= base_minor {
                break;
            }
        }
        ShareTerms::of_effect(effect)
    }
}
