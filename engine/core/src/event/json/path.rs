//! The path of a position in a JSON text, such as `lines[2].price`; used only when an error has to be explained.
//!
//! Invariant: reads each byte once, keeps one step per open bracket, and never fails: a broken text has a path as well.

use crate::event::shown::Shown;

/// Steps a path keeps; deeper ones are counted, not stored, so that 10,000 open brackets take no memory.
const STEPS_MAX: usize = 16;

/// One open object or list, and where in it the position stands.
enum Step {
    /// In an object; the last key read, still with its escapes.
    Object(Option<String>),
    /// In a list; the index of the current element.
    List(usize),
}

/// Where the first `length` bytes of a JSON text lead to: the path, and the key it ends with.
pub(super) struct Position {
    steps: Vec<Step>,
}

impl Position {
    /// Walks the first `length` bytes of `json`.
    pub(super) fn after(json: &str, length: usize) -> Position {
        let mut walk = Walk { position: Position { steps: Vec::new() }, too_deep: 0, expects_key: false };
        let mut bytes = json.bytes().enumerate().take(length);
        while let Some((start, byte)) = bytes.next() {
            if byte != b'"' {
                walk.bracket(byte);
                continue;
            }
            let content = start.saturating_add(1);
            let mut end = None;
            while let Some((index, byte)) = bytes.next() {
                match byte {
                    b'\\' => drop(bytes.next()),
                    b'"' => {
                        end = Some(index);
                        break;
                    }
                    _ => {}
                }
            }
            walk.string(end.and_then(|end| json.get(content..end)));
        }
        walk.position
    }

    /// The path, empty at the root.
    pub(super) fn path(&self) -> String {
        let mut path = String::new();
        for step in &self.steps {
            match step {
                Step::Object(None) => {}
                Step::Object(Some(key)) => {
                    let joint = if path.is_empty() { "" } else { "." };
                    path = format!("{path}{joint}{}", Shown(key));
                }
                Step::List(index) => path = format!("{path}[{index}]"),
            }
        }
        path
    }

    /// Takes the last key off the path and returns it.
    pub(super) fn pop_key(&mut self) -> Option<String> {
        match self.steps.last_mut() {
            Some(Step::Object(key)) => key.take(),
            _ => None,
        }
    }
}

/// The walk through a text.
struct Walk {
    position: Position,
    too_deep: usize,
    expects_key: bool,
}

impl Walk {
    fn bracket(&mut self, byte: u8) {
        match byte {
            b'{' => self.open(Step::Object(None)),
            b'[' => self.open(Step::List(0)),
            b'}' | b']' if self.too_deep > 0 => self.too_deep = self.too_deep.saturating_sub(1),
            b'}' | b']' => {
                self.position.steps.pop();
                self.expects_key = false;
            }
            b',' if self.too_deep == 0 => self.next(),
            b':' => self.expects_key = false,
            _ => {}
        }
    }

    fn open(&mut self, step: Step) {
        if self.position.steps.len() >= STEPS_MAX {
            self.too_deep = self.too_deep.saturating_add(1);
            return;
        }
        self.expects_key = matches!(step, Step::Object(_));
        self.position.steps.push(step);
    }

    fn next(&mut self) {
        match self.position.steps.last_mut() {
            Some(Step::Object(key)) => {
                *key = None;
                self.expects_key = true;
            }
            Some(Step::List(index)) => *index = index.saturating_add(1),
            None => {}
        }
    }

    fn string(&mut self, content: Option<&str>) {
        if !self.expects_key || self.too_deep > 0 {
            return;
        }
        if let (Some(Step::Object(key)), Some(content)) = (self.position.steps.last_mut(), content) {
            *key = Some(content.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Position;

    #[test]
    fn a_position_has_a_path() {
        let json =
            r#"{"a":"x","lines":[{"id":"1"},{"id":"2","tags":["a","b,c","d"],"price" : [[]] }],"\"q":1}"#;
        for (end, expected) in [
            ("{", ""),
            ("{\"a\"", "a"),
            ("{\"id\"", "lines[0].id"),
            ("\"d\"", "lines[1].tags[2]"),
            ("\"price\" : ", "lines[1].price"),
            ("[[]", "lines[1].price[0]"),
            ("[[]] }", "lines[1]"),
            ("]] }]", "lines"),
            ("\"\\\"q\"", "\\\"q"),
        ] {
            let length = json.find(end).unwrap() + end.len();
            assert_eq!(Position::after(json, length).path(), expected, "{end}");
        }
    }

    #[test]
    fn a_thousand_brackets_keep_a_short_path() {
        let json = "[".repeat(1_000) + &"]".repeat(990);
        assert_eq!(Position::after(&json, 1_000).path(), "[0]".repeat(16));
        assert_eq!(Position::after(&json, json.len()).path(), "[0]".repeat(10));
        assert_eq!(Position::after("}}]]", 4).path(), "");
    }
}
