//! A span of time as a configuration writes it: `7 days`.
//!
//! Invariant: whole seconds, exactly; a day is 24 hours. There are no months and years, which have no fixed length.

/// Seconds of each unit, from the longest.
const UNITS: [(&str, &str, i64); 5] = [
    ("week", "weeks", 604_800),
    ("day", "days", 86_400),
    ("hour", "hours", 3_600),
    ("minute", "minutes", 60),
    ("second", "seconds", 1),
];

/// The seconds of `7 days`; `None` where the text is not a whole number and a unit, or too long for 64 bits.
pub(super) fn parse(text: &str) -> Option<i64> {
    let (number, unit) = text.split_once(' ')?;
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: i64 = number.parse().ok()?;
    let (_, _, seconds) = UNITS.iter().find(|(one, many, _)| unit == *one || unit == *many)?;
    number.checked_mul(*seconds)
}

/// The same span of time always as the same text, in the longest unit that divides it: 48 hours are `2 days`. Weeks
/// are shown as days.
pub(super) fn show(seconds: i64) -> String {
    let exact = |(_, _, unit): &&(&str, &str, i64)| seconds.checked_rem(*unit) == Some(0);
    let shown = UNITS.iter().skip(1).find(|unit| seconds != 0 && exact(unit));
    match shown.and_then(|(one, many, unit)| Some((one, many, seconds.checked_div(*unit)?))) {
        Some((one, _, 1)) => format!("1 {one}"),
        Some((_, many, number)) => format!("{number} {many}"),
        None => format!("{seconds} seconds"),
    }
}

#[cfg(test)]
mod tests {
    use super::{parse, show};

    #[test]
    fn durations_are_read_exactly_and_shown_in_one_way() {
        for (text, seconds, shown) in [
            ("7 days", 604_800, "7 days"),
            ("1 week", 604_800, "7 days"),
            ("24 hours", 86_400, "1 day"),
            ("30 minutes", 1_800, "30 minutes"),
            ("90 minutes", 5_400, "90 minutes"),
            ("1 second", 1, "1 second"),
            ("0 days", 0, "0 seconds"),
        ] {
            assert_eq!(parse(text), Some(seconds), "{text}");
            assert_eq!(show(seconds), shown);
            assert_eq!(parse(shown), Some(seconds), "{shown}");
        }
    }

    #[test]
    fn anything_else_is_not_a_duration() {
        for text in
            ["", "7", "days", "7days", "7  days", "-7 days", "+7 days", "1.5 days", "7 Days", "2 months"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse("9223372036854775807 weeks"), None);
    }
}
