//! Which facts were told before.
//!
//! Invariant: 16 bytes for each fact, whatever its length; the first telling counts, and no two facts are taken for one.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasherDefault, DefaultHasher, Hasher};

use fenrun::event::FactKey;
use sha2::{Digest as _, Sha256};

/// What becomes of a fact that is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// It is new.
    First,
    /// It was told before, in the same words.
    Again,
    /// It was told before in other words: the first telling counts.
    Otherwise,
}

/// Twelve bytes of a fact key's SHA-256: among 10⁸ facts, the chance that any two share them is below 10⁻¹³.
type Digest = [u8; 12];

/// Tables that share the facts out, so that only a part of them moves when one grows.
const PARTS: usize = 64;

/// The facts that were told, each with four bytes of a digest of its words.
#[derive(Debug)]
pub(super) struct Known {
    parts: Vec<HashMap<Digest, [u8; 4], BuildHasherDefault<Prefix>>>,
}

impl Default for Known {
    fn default() -> Known {
        Known { parts: (0..PARTS).map(|_| HashMap::default()).collect() }
    }
}

impl Known {
    /// Notes a fact and how it was told.
    pub(super) fn tell(&mut self, fact: &FactKey, text: &str) -> Told {
        let digest = first::<12>(&Sha256::digest(fact.as_str()));
        let words = words(text);
        let part = digest.last().map_or(0, |byte| usize::from(*byte).checked_rem(PARTS).unwrap_or(0));
        let Some(facts) = self.parts.get_mut(part) else { return Told::First };
        match facts.entry(digest) {
            Entry::Vacant(place) => {
                place.insert(words);
                Told::First
            }
            Entry::Occupied(known) if *known.get() == words => Told::Again,
            Entry::Occupied(_) => Told::Otherwise,
        }
    }
}

fn words(text: &str) -> [u8; 4] {
    let mut hasher = DefaultHasher::new();
    hasher.write(text.as_bytes());
    first::<4>(&hasher.finish().to_le_bytes())
}

fn first<const BYTES: usize>(from: &[u8]) -> [u8; BYTES] {
    let mut first = [0; BYTES];
    for (target, byte) in first.iter_mut().zip(from) {
        *target = *byte;
    }
    first
}

/// The first eight bytes of what is spread evenly already.
#[derive(Debug, Default)]
struct Prefix(u64);

impl Hasher for Prefix {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = u64::from_le_bytes(first::<8>(bytes));
    }

    /// The length that an array puts before its bytes says nothing.
    fn write_usize(&mut self, _: usize) {}

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use fenrun::event::Event;
    use fenrun::event::Expectations;
    use fenrun_money::Currency;

    use super::{Known, Told};

    #[test]
    fn a_fact_is_new_once() {
        let mut known = Known::default();
        let told = |known: &mut Known, order: usize, text: &str| {
            let json =
                format!(r#"{{"kind":"order.completed","order":"A{order}","time":"2026-03-01T10:00:00Z"}}"#);
            let event = Event::parse(&json, &Expectations::new(Currency::CNY)).unwrap();
            known.tell(&event.fact_key(), text)
        };
        for order in 0..10_000 {
            assert_eq!(told(&mut known, order, "one"), Told::First);
        }
        for order in 0..10_000 {
            assert_eq!(told(&mut known, order, "one"), Told::Again);
            assert_eq!(told(&mut known, order, "two"), Told::Otherwise);
        }
    }
}
