//! A look at a document's keys before it is parsed.
//!
//! The TOML parser bounds inline tables to 80 levels and a key to 80 parts, but each level may have a key of its own:
//! together 6,400 levels, and dropping such a tree overflows the stack of a thread, which ends the process.
//!
//! Invariant: splits the text into the same tokens as the TOML lexer, malformed texts included.

/// Parts of one key such as `guard_overrides.classes.guide`. Stops 80 inline tables × 80 parts from overflowing the
/// stack.
pub(super) const KEY_PARTS_MAX: usize = 8;

/// The place of the first dot by which a key gets more than [`KEY_PARTS_MAX`] parts.
pub(super) fn too_long_key(text: &str) -> Option<usize> {
    let mut rest = text;
    let mut dots = 0_usize;
    while let Some(first) = rest.chars().next() {
        match first {
            '.' => dots = dots.saturating_add(1),
            '=' | ',' | '[' | ']' | '{' | '}' | '\n' | '\r' => dots = 0,
            _ => {}
        }
        if dots >= KEY_PARTS_MAX {
            return text.len().checked_sub(rest.len());
        }
        rest = match first {
            '#' => rest.get(rest.find(['\r', '\n']).unwrap_or(rest.len())..)?,
            '\'' | '"' => after_string(rest),
            other => rest.get(other.len_utf8()..)?,
        };
    }
    None
}

/// What follows the string that the text begins with.
fn after_string(text: &str) -> &str {
    for (mark, escapes) in [("'''", false), ("\"\"\"", true)] {
        if let Some(content) = text.strip_prefix(mark) {
            let after = after_mark(content, mark, escapes, false);
            // Up to two more quotes belong to the end of the string.
            let quote = mark.get(..1).unwrap_or(mark);
            let after = after.strip_prefix(quote).unwrap_or(after);
            return if text.len() == after.len() { "" } else { after.strip_prefix(quote).unwrap_or(after) };
        }
    }
    match (text.strip_prefix('\''), text.strip_prefix('"')) {
        (Some(content), _) => after_mark(content, "'", false, true),
        (_, Some(content)) => after_mark(content, "\"", true, true),
        _ => "",
    }
}

/// What follows the closing mark; a string on one line ends before the line does.
fn after_mark<'text>(content: &'text str, mark: &str, escapes: bool, one_line: bool) -> &'text str {
    let mut rest = content;
    while let Some(first) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix(mark) {
            return after;
        }
        if one_line && first == '\n' {
            return rest;
        }
        let escaped = escapes && (rest.starts_with("\\\\") || rest.starts_with("\\\""));
        let step = if escaped { 2 } else { first.len_utf8() };
        rest = rest.get(step..).unwrap_or_default();
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::too_long_key;

    #[test]
    fn only_dots_of_one_key_count() {
        let nine = "a.b.c.d.e.f.g.h.i";
        let eight = "a.b.c.d.e.f.g.h";
        for fine in [
            format!("{eight} = 1\n[{eight}]\n[[{eight}]]"),
            format!("a = \"{nine}\" # {nine}"),
            format!("a = '{nine}'\nb = '''\n{nine}\n'''''"),
            format!("a = \"\\\"{nine}\"\nb = \"\"\"\\\"\"\"\"\nc = \"\"\"{nine}\n\\\"\"\"\"\"\""),
            "rates = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]".to_owned(),
        ] {
            assert_eq!(too_long_key(&fine), None, "{fine}");
        }
        for long in [
            format!("{nine} = 1"),
            format!("[{nine}]"),
            format!("x = {{ a = '', {nine} = 1 }}"),
            "'='.\"=\".'='.'='.'='.'='.'='.'='.'=' = 1".to_owned(),
            // A string on one line ends with the line, closed or not.
            format!("a = \"\n{nine} = 1"),
            // The fourth and fifth quote belong to the end.
            format!("a = [\"\"\"x\"\"\"\"\", {{ {nine} = 1 }}]"),
        ] {
            assert!(too_long_key(&long).is_some(), "{long}");
        }
        assert_eq!(too_long_key("a . b . c . d . e . f . g . h . i"), Some(30));
    }
}
