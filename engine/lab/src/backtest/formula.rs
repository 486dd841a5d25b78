//! How an amount was made, in a few words: `20% of 239.20 paid`.
//!
//! Invariant: says only what the decision says; exact rates, exact amounts.

use fenrun::decision::{Discount, DiscountKind, Share, Term};

/// How an amount was made; turned into words only for what is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Formula {
    /// A share: its parts and limits.
    Share { terms: Vec<Term>, minimum: Option<i64>, maximum: Option<i64>, trimmed: i64 },
    /// A discount on what was left of the price.
    Discount { kind: DiscountKind, of: i64, units: Option<i64>, clamped: bool },
}

impl Formula {
    pub(super) fn of_share(share: &mut Share) -> Formula {
        Formula::Share {
            terms: std::mem::take(&mut share.terms),
            minimum: share.minimum_minor,
            maximum: share.maximum_minor,
            trimmed: share.trimmed_minor,
        }
    }

    pub(super) fn of_discount(discount: &Discount) -> Formula {
        Formula::Discount {
            kind: discount.kind,
            of: discount.base_minor,
            units: discount.units,
            clamped: discount.clamp.is_some(),
        }
    }

    /// The words; `show` writes an amount of minor units.
    pub(super) fn words(&self, show: &dyn Fn(i64) -> String) -> String {
        match self {
            Formula::Share { terms, minimum, maximum, trimmed } => {
                let parts: Vec<String> = terms.iter().map(|term| term_words(term, show)).collect();
                let mut words = parts.join(" + ");
                for (limit, name) in [(minimum, "at least"), (maximum, "at most")] {
                    if let Some(limit) = limit {
                        words.push_str(&format!(", {name} {}", show(*limit)));
                    }
                }
                if *trimmed > 0 {
                    words.push_str(&format!(", less {} to keep a cap", show(*trimmed)));
                }
                words
            }
            Formula::Discount { kind, of, units, clamped } => {
                let of = show(*of);
                let mut words = match kind {
                    DiscountKind::Percent(rate) => format!("{rate} of {of}"),
                    DiscountKind::Amount(amount) => format!("{} off {of}", show(*amount)),
                    DiscountKind::Price(price) => format!("{} each instead of {of}", show(*price)),
                    _ => of,
                };
                if let Some(units) = units {
                    words.push_str(&format!(" for {units} of the units"));
                }
                if *clamped {
                    words.push_str(", as far as there was room");
                }
                words
            }
        }
    }
}

fn term_words(term: &Term, show: &dyn Fn(i64) -> String) -> String {
    match term {
        Term::Fixed { amount_minor, .. } => format!("{} fixed", show(*amount_minor)),
        Term::Rate { base, counted_minor, rate, .. } => {
            format!("{rate} of {} {}", show(*counted_minor), base.name())
        }
        _ => String::new(),
    }
}
