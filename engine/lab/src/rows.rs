//! Rows that were expected beside rows that were got.
//!
//! Invariant: each row is matched once; what is left over on either side is told, what amounts to nothing is not.

/// What tells a row from others: key and value.
pub(crate) type Facts = Vec<(&'static str, String)>;

/// A row that is expected: only these facts count.
pub(crate) struct Wanted {
    pub(crate) facts: Facts,
    /// Minor units.
    pub(crate) amount: Option<i64>,
}

/// A row that was got.
pub(crate) struct Got {
    pub(crate) facts: Facts,
    /// Minor units; none where the facts hold what it comes to.
    pub(crate) amount: Option<i64>,
    /// How it is made up.
    pub(crate) why: String,
}

/// Two rows that should have been one; or one without another.
pub(crate) struct Unmatched {
    pub(crate) expected: String,
    pub(crate) got: String,
    pub(crate) why: String,
}

/// What does not match.
pub(crate) fn unmatched(
    wanted: Vec<Wanted>,
    mut got: Vec<Got>,
    show: impl Fn(i64) -> String,
) -> Vec<Unmatched> {
    let mut missing = Vec::new();
    for row in wanted {
        match got.iter().position(|got| row.is_met_by(got)) {
            Some(place) => drop(got.remove(place)),
            None => missing.push(row),
        }
    }
    let mut unmatched = Vec::new();
    for row in missing {
        let expected = told(row.amount, &row.facts, &show);
        // The one most like it is shown beside it.
        let alike = got.iter().enumerate().map(|(place, got)| (row.alike(got), place));
        let place =
            alike.filter(|(alike, _)| *alike > 0).max_by_key(|(alike, _)| *alike).map(|(_, place)| place);
        let nearest = place.map(|place| got.remove(place));
        unmatched.push(match nearest {
            Some(Got { mut facts, amount, why }) => {
                facts.retain(|(key, _)| row.facts.iter().any(|(known, _)| known == key));
                let amount = amount.filter(|_| row.amount.is_some());
                Unmatched { expected, got: told(amount, &facts, &show), why }
            }
            None => Unmatched { expected, got: "nothing".to_owned(), why: String::new() },
        });
    }
    let left = got.into_iter().filter(|got| got.amount != Some(0));
    unmatched.extend(left.map(|Got { facts, amount, why }| Unmatched {
        expected: "nothing".to_owned(),
        got: told(amount, &facts, &show),
        why,
    }));
    unmatched
}

impl Wanted {
    fn is_met_by(&self, got: &Got) -> bool {
        let amount = self.amount.is_none_or(|amount| got.amount == Some(amount));
        amount && self.facts.iter().all(|fact| got.facts.contains(fact))
    }

    fn alike(&self, got: &Got) -> usize {
        self.facts.iter().filter(|fact| got.facts.contains(fact)).count()
    }
}

fn told(amount: Option<i64>, facts: &Facts, show: &impl Fn(i64) -> String) -> String {
    let facts =
        facts.iter().filter(|(_, value)| !value.is_empty()).map(|(key, value)| format!("{key} {value}"));
    amount.map(show).into_iter().chain(facts).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::{Got, Wanted, unmatched};

    fn got(party: &str, amount: i64) -> Got {
        Got { facts: vec![("party", party.into())], amount: Some(amount), why: format!("for {party}") }
    }

    fn wanted(party: &str, amount: Option<i64>) -> Wanted {
        Wanted { facts: vec![("party", party.into())], amount }
    }

    fn told(wanted: Vec<Wanted>, got: Vec<Got>) -> Vec<String> {
        let rows = unmatched(wanted, got, |minor| minor.to_string());
        rows.into_iter().map(|row| format!("{} | {} | {}", row.expected, row.got, row.why)).collect()
    }

    #[test]
    fn a_row_is_matched_once_and_what_is_left_over_is_told() {
        assert!(
            told(vec![wanted("a", Some(5)), wanted("a", None)], vec![got("a", 7), got("a", 5)]).is_empty()
        );
        assert_eq!(
            told(vec![wanted("a", None)], vec![got("a", 7), got("a", 5)]),
            ["nothing | 5, party a | for a"]
        );
        assert_eq!(told(vec![wanted("a", Some(5))], vec![got("a", 7)]), ["5, party a | 7, party a | for a"]);
        assert_eq!(told(vec![wanted("b", Some(5))], vec![got("a", 0)]), ["5, party b | nothing | "]);
    }
}
