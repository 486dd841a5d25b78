//! The known word nearest to one that is not known, for hints.
//!
//! Invariant: only ever a suggestion; nothing is accepted because it is near.

/// Longest word a suggestion is looked for, in bytes; the comparison takes quadratic time.
const WORD_BYTES_MAX: usize = 64;

/// The known word that `found` was probably meant to be: at most a third of its letters wrong, or an abbreviation.
pub(super) fn nearest<'known>(
    found: &str,
    known: impl IntoIterator<Item = &'known str>,
) -> Option<&'known str> {
    if found.is_empty() || found.len() > WORD_BYTES_MAX {
        return None;
    }
    let mut best: Option<(usize, &str)> = None;
    for word in known {
        let distance = strsim::damerau_levenshtein(found, word);
        let near = distance.saturating_mul(3) <= found.chars().count().max(word.chars().count()).max(3);
        let score = if near {
            distance
        } else if abbreviates(found, word) || abbreviates(word, found) {
            WORD_BYTES_MAX
        } else {
            continue;
        };
        if best.is_none_or(|(lowest, _)| score < lowest) {
            best = Some((score, word));
        }
    }
    best.map(|(_, word)| word)
}

/// Whether `short` starts like `long` and its letters appear in `long` in the same order, as in `qty` for `quantity`.
fn abbreviates(short: &str, long: &str) -> bool {
    let mut rest = long.chars();
    short.chars().next() == long.chars().next()
        && short.chars().count() > 1
        && short.chars().all(|letter| rest.any(|candidate| candidate == letter))
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn typos_and_abbreviations_find_their_word() {
        let known = ["id", "quantity", "price", "paid", "category"];
        for (found, expected) in [
            ("qty", Some("quantity")),
            ("quantiy", Some("quantity")),
            ("pirce", Some("price")),
            ("prices", Some("price")),
            ("weight", None),
            ("", None),
            ("x", None),
        ] {
            assert_eq!(nearest(found, known), expected, "{found}");
        }
        assert_eq!(nearest(&"q".repeat(65), known), None);
    }
}
