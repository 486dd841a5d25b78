//! The program of a case as the text of a program file.
//!
//! Invariant: numbers and texts stay as they were written; what the case leaves out has its default here and nowhere
//! else.

use std::fmt::Write as _;

use crate::raw;

/// What a program has that does not say.
const DEFAULTS: [(&str, &str); 4] = [
    ("merchant", "\"lab\""),
    ("currency", "\"CNY\""),
    ("time_zone", "\"Asia/Shanghai\""),
    ("guard", "\"cn\""),
];

/// The policy that the cases are about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Its name: what effects are told under where a case gives only a configuration.
    pub name: String,
    /// What a program says behind `use` to mean it, such as `./three-level`.
    pub uses: String,
}

/// The program file of a case.
pub(crate) fn write(subject: &Subject, program: Option<&str>, configuration: Option<&str>) -> String {
    let given = program.and_then(raw::owned).unwrap_or_default();
    let mut text = String::new();
    for (key, default) in DEFAULTS {
        if !given.iter().any(|(known, _)| known == key) {
            let _ = writeln!(text, "{key} = {default}");
        }
    }
    for (key, json) in given.iter().filter(|(key, _)| key != "policies") {
        if let Some(value) = value(json) {
            let _ = writeln!(text, "{} = {value}", string(key));
        }
    }
    match given.iter().find(|(key, _)| key == "policies") {
        Some((_, json)) => match raw::items(json) {
            Some(policies) => {
                for policy in policies {
                    text.push_str(&one_policy(subject, policy.get()));
                }
            }
            None => text.push_str(&format!("policy = {}\n", value(json).unwrap_or_default())),
        },
        None => {
            let configuration = configuration.and_then(value).unwrap_or_else(|| "{}".to_owned());
            let (name, uses) = (string(&subject.name), string(&subject.uses));
            let _ =
                writeln!(text, "\n[[policy]]\nname = {name}\nuse = {uses}\nconfiguration = {configuration}");
        }
    }
    text
}

fn one_policy(subject: &Subject, policy: &str) -> String {
    let mut text = "\n[[policy]]\n".to_owned();
    let entries = raw::owned(policy).unwrap_or_default();
    if !entries.iter().any(|(key, _)| key == "use") {
        let _ = writeln!(text, "use = {}", string(&subject.uses));
    }
    for (key, json) in &entries {
        let own = key == "use" && raw::text(json).is_some_and(|uses| uses == subject.name);
        let value = if own { Some(string(&subject.uses)) } else { value(json) };
        if let Some(value) = value {
            let _ = writeln!(text, "{} = {value}", string(key));
        }
    }
    text
}

/// A JSON value in the words of TOML; nothing for `null`.
fn value(json: &str) -> Option<String> {
    let json = json.trim();
    if let Some(text) = raw::text(json) {
        return Some(string(&text));
    }
    if let Some(items) = raw::items(json) {
        let items = items.into_iter().filter_map(|item| value(item.get()));
        return Some(format!("[{}]", items.collect::<Vec<_>>().join(", ")));
    }
    if let Some(entries) = raw::entries(json) {
        let entries = entries
            .into_iter()
            .filter_map(|(key, json)| value(json.get()).map(|value| format!("{} = {value}", string(&key))));
        return Some(format!("{{{}}}", entries.collect::<Vec<_>>().join(", ")));
    }
    (json != "null").then(|| json.to_owned())
}

/// A text as a TOML string.
fn string(text: &str) -> String {
    let mut shown = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => {
                shown.push('\\');
                shown.push(character);
            }
            character if character.is_control() => {
                let _ = write!(shown, "\\u{:04X}", u32::from(character));
            }
            character => shown.push(character),
        }
    }
    shown.push('"');
    shown
}

#[cfg(test)]
mod tests {
    use super::{Subject, write};

    fn subject() -> Subject {
        Subject { name: "ours".into(), uses: "./ours".into() }
    }

    #[test]
    fn a_configuration_alone_is_a_whole_program() {
        assert_eq!(
            write(&subject(), None, Some(r#"{"rates":["20%",0.050],"say":"a \"b\"\n"}"#)),
            concat!(
                "merchant = \"lab\"\ncurrency = \"CNY\"\ntime_zone = \"Asia/Shanghai\"\nguard = \"cn\"\n\n",
                "[[policy]]\nname = \"ours\"\nuse = \"./ours\"\n",
                "configuration = {\"rates\" = [\"20%\", 0.050], \"say\" = \"a \\\"b\\\"\\u000A\"}\n"
            )
        );
    }

    #[test]
    fn policies_are_this_one_or_others() {
        let program = r#"{"guard":"open","ledger":{"hold_days":3},"policies":[{"name":"a"},{"name":"b","use":"ours"},
            {"name":"c","use":"three-level","coupon":null}]}"#;
        assert_eq!(
            write(&subject(), Some(program), None),
            concat!(
                "merchant = \"lab\"\ncurrency = \"CNY\"\ntime_zone = \"Asia/Shanghai\"\n",
                "\"guard\" = \"open\"\n\"ledger\" = {\"hold_days\" = 3}\n\n",
                "[[policy]]\nuse = \"./ours\"\n\"name\" = \"a\"\n\n",
                "[[policy]]\n\"name\" = \"b\"\n\"use\" = \"./ours\"\n\n",
                "[[policy]]\n\"name\" = \"c\"\n\"use\" = \"three-level\"\n"
            )
        );
    }
}
