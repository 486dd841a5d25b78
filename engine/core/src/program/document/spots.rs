//! Where every value of a document stands, by its path.
//!
//! Invariant: linear in the document; a path that leads further than the document is found as far as it leads.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Levels that are noted; deeper values are found at the level above. No key that is read lies deeper.
const DEPTH_MAX: usize = 32;

/// The place of a value, and the places below it.
#[derive(Clone, Debug, Default)]
pub(super) struct Spots {
    span: Option<Range<usize>>,
    keys: BTreeMap<String, Spots>,
    items: Vec<Spots>,
}

impl Spots {
    pub(super) fn of(document: &DeTable<'_>) -> Spots {
        Spots::of_table(document, 0)
    }

    /// The place of the value at a path such as `policy[0].configuration.rates[1]` (or `.rates.1`), or else of the
    /// last value on the way that has one.
    pub(super) fn find(&self, path: &str) -> Option<Range<usize>> {
        let mut spots = self;
        let mut found = None;
        for step in path.split(['.', '[']).filter(|step| !step.is_empty()) {
            let index = step.strip_suffix(']').unwrap_or(step).parse::<usize>().ok();
            let item = index.and_then(|index| spots.items.get(index));
            let Some(below) = item.or_else(|| spots.keys.get(step)) else {
                break;
            };
            found = below.span.clone().or(found);
            spots = below;
        }
        found
    }

    fn of_table(table: &DeTable<'_>, depth: usize) -> Spots {
        let keys =
            table.iter().map(|(key, value)| (key.get_ref().to_string(), Spots::of_value(value, depth)));
        Spots { span: None, keys: keys.collect(), items: Vec::new() }
    }

    fn of_value(value: &Spanned<DeValue<'_>>, depth: usize) -> Spots {
        let depth = depth.saturating_add(1);
        let mut spots = match value.get_ref() {
            DeValue::Table(table) if depth < DEPTH_MAX => Spots::of_table(table, depth),
            DeValue::Array(items) if depth < DEPTH_MAX => {
                let items = items.iter().map(|item| Spots::of_value(item, depth)).collect();
                Spots { items, ..Spots::default() }
            }
            _ => Spots::default(),
        };
        spots.span = Some(value.span());
        spots
    }
}

#[cfg(test)]
mod tests {
    use super::Spots;
    use toml::de::DeTable;

    #[test]
    fn a_path_is_followed_as_far_as_it_leads() {
        let text = "[[policy]]\nconfiguration = { rates = [1, 22], 7 = 333 }\n";
        let spots = Spots::of(DeTable::parse(text).unwrap().get_ref());
        let found = |path: &str| text.get(spots.find(path)?);
        assert_eq!(found("policy[0].configuration.rates[1]"), Some("22"));
        assert_eq!(found("policy[0].configuration.rates.1"), Some("22"));
        assert_eq!(found("policy[0].configuration.7"), Some("333"));
        assert_eq!(found("policy[0].configuration.rates[9].from"), Some("[1, 22]"));
        assert_eq!(found("policy[0].name"), Some("[[policy]]"));
        assert_eq!(found("guard"), None);
    }
}
