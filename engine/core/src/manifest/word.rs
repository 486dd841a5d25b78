//! Lists of permitted words in messages, and the word that was probably meant.
//!
//! Invariant: bounded work, whatever was written.

use std::fmt;

use crate::admission::printable::printable;

/// Bytes of a word that is compared with the permitted ones. Stops a text of 64 KiB from costing its square.
const COMPARED_BYTES_MAX: usize = 64;

/// Permitted words shown in one message.
const SHOWN_MAX: usize = 12;

/// The permitted word nearest to `found`, where one is near.
pub(crate) fn nearest<'word>(
    found: &str,
    permitted: impl IntoIterator<Item = &'word str>,
) -> Option<&'word str> {
    if found.len() > COMPARED_BYTES_MAX {
        return None;
    }
    let lower = found.to_lowercase();
    let near = |word: &&str| {
        let distance = strsim::damerau_levenshtein(&lower, word);
        let shared = lower.len() > 2 && (word.starts_with(&lower) || lower.starts_with(word));
        (shared || distance <= word.len().div_ceil(3)).then_some(distance)
    };
    let scored = permitted.into_iter().filter_map(|word| Some((near(&word)?, word)));
    scored.min_by_key(|(distance, _)| *distance).map(|(_, word)| word)
}

/// `did you mean …?`, where a permitted word is near.
pub(crate) fn did_you_mean<'word>(
    found: &str,
    permitted: impl IntoIterator<Item = &'word str>,
) -> Option<String> {
    nearest(found, permitted).map(|word| format!("did you mean `{}`?", printable(word)))
}

/// Words as a message lists them: `` `base`, `rates` ``.
pub(crate) fn listed<'word>(words: impl IntoIterator<Item = &'word str>) -> String {
    struct Quoted<'word>(&'word str);

    impl fmt::Display for Quoted<'_> {
        fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(out, "`{}`", printable(self.0))
        }
    }

    let mut words = words.into_iter();
    let mut shown: Vec<String> =
        words.by_ref().take(SHOWN_MAX).map(|word| Quoted(word).to_string()).collect();
    if words.next().is_some() {
        shown.push("…".into());
    }
    shown.join(", ")
}

#[cfg(test)]
mod tests {
    use super::{listed, nearest};

    #[test]
    fn the_nearest_word_is_found_only_where_it_is_near() {
        let words = ["rates", "base", "limit"];
        assert_eq!(nearest("rate", words), Some("rates"));
        assert_eq!(nearest("Rtaes", words), Some("rates"));
        assert_eq!(nearest("commission", words), None);
        assert_eq!(nearest(&"r".repeat(10_000), words), None);
    }

    #[test]
    fn words_are_listed_in_their_order_and_not_without_end() {
        assert_eq!(listed(["a", "b`"]), "`a`, `b\\u{60}`");
        assert!(listed(["a"; 100]).ends_with("`a`, …"));
    }
}
