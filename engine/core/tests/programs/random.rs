//! Programs of random parts.

use super::*;

/// Pieces of programs, so that random texts get past the first line.
fn piece() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "merchant",
        "currency",
        "time_zone",
        "roles",
        "guard",
        "guard_overrides",
        "rail",
        "rail_overrides",
        "policy",
        "configuration",
        "name",
        "use",
        "rates",
        "\"CNY\"",
        "\"cn\"",
        "'UTC'",
        "'p'",
        "[",
        "]",
        "[[",
        "]]",
        "{",
        "}",
        "=",
        ".",
        ",",
        "\n",
        "\r\n",
        "\"",
        "'",
        "\"\"\"",
        "'''",
        "\\",
        "#",
        "1",
        "0x",
        "-",
        "+",
        "1_0",
        "2026-03-01",
        "inf",
        "true",
        " ",
        "酒",
        "\u{0}",
        "\u{202e}",
    ])
    .prop_map(str::to_owned);
    prop_oneof![4 => words, 1 => any::<char>().prop_map(String::from)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_text_panics(text in any::<String>()) {
        let _ = parse(&text).map_err(|error| error.to_string());
        let _ = GuardProfile::parse(&text, "p.toml").map_err(|error| error.to_string());
    }

    #[test]
    fn no_pieces_of_programs_panic(pieces in prop::collection::vec(piece(), 0..60)) {
        let text = pieces.concat();
        if let Err(error) = parse(&text) {
            prop_assert!(!error.message().is_empty());
            let printed = error.to_string();
            prop_assert!(!printed.contains(['\u{0}', '\u{202e}']), "{}", printed);
            prop_assert!(error.line().is_none_or(|line| line <= text.split('\n').count()));
        }
    }

    #[test]
    fn a_damaged_program_gives_an_error_or_a_program(
        at in 0_usize..1_500,
        cut in 0_usize..40,
        put in prop::collection::vec(piece(), 0..4),
    ) {
        let mut letters: Vec<char> = full().chars().collect();
        let start = at.min(letters.len());
        let end = start.saturating_add(cut).min(letters.len());
        letters.splice(start..end, put.concat().chars());
        let text: String = letters.into_iter().collect();
        match parse(&text) {
            Ok(file) => prop_assert!(!file.definition().merchant().is_empty()),
            Err(error) => prop_assert!(error.to_string().starts_with("program.toml:")),
        }
    }

    #[test]
    fn rates_are_read_exactly(numerator in 0_u32..=1_000_000) {
        let literal = format!("{}.{:06}", numerator / 1_000_000, numerator % 1_000_000);
        let text = full().replace("promoters_cap = \"40%\"", &format!("promoters_cap = {literal}"));
        let file = parse(&text).unwrap();
        let expected = Rate::new(i64::from(numerator), 1_000_000).unwrap();
        prop_assert_eq!(file.definition().guard().cap(RoleClass::Promoters), Some(expected));
    }
}
