//! The permitted words of a message.
//!
//! Invariant: every word is one of ours, so there are few and none needs escaping.

/// The words as a message lists them: `` `a`, `b` or `c` ``.
pub(crate) fn choices<'word>(words: impl IntoIterator<Item = &'word str>, last: &str) -> String {
    let words: Vec<String> = words.into_iter().map(|word| format!("`{word}`")).collect();
    match words.split_last() {
        Some((only, [])) => only.clone(),
        Some((end, start)) => format!("{} {last} {end}", start.join(", ")),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::choices;

    #[test]
    fn lists_end_with_a_word() {
        assert_eq!(choices([], "or"), "");
        assert_eq!(choices(["a"], "or"), "`a`");
        assert_eq!(choices(["a", "b", "c"], "and"), "`a`, `b` and `c`");
    }
}
