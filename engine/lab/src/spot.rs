//! Where in a JSON text a byte stands: its line, and the keys that lead to it.
//!
//! Invariant: used only to explain; a broken text has a place as well.

/// One open object or list.
enum Step {
    Object(Option<String>),
    List(usize),
}

/// The place of a byte.
pub(crate) struct Spot {
    /// From 1.
    pub(crate) line: usize,
    steps: Vec<Step>,
}

impl Spot {
    /// The place of the byte `offset`.
    pub(crate) fn at(json: &str, offset: usize) -> Spot {
        let mut spot = Spot { line: 1, steps: Vec::new() };
        let mut expects_key = false;
        let mut bytes = json.bytes().enumerate().take(offset);
        while let Some((start, byte)) = bytes.next() {
            match byte {
                b'\n' => spot.line = spot.line.saturating_add(1),
                b'{' | b'[' => {
                    expects_key = byte == b'{';
                    spot.steps.push(if byte == b'{' { Step::Object(None) } else { Step::List(0) });
                }
                b'}' | b']' => {
                    spot.steps.pop();
                    expects_key = false;
                }
                b',' => match spot.steps.last_mut() {
                    Some(Step::Object(key)) => {
                        *key = None;
                        expects_key = true;
                    }
                    Some(Step::List(index)) => *index = index.saturating_add(1),
                    None => {}
                },
                b':' => expects_key = false,
                b'"' => {
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
                    let content = end.and_then(|end| json.get(start.saturating_add(1)..end));
                    if let (true, Some(Step::Object(key)), Some(content)) =
                        (expects_key, spot.steps.last_mut(), content)
                    {
                        *key = Some(content.to_owned());
                    }
                }
                _ => {}
            }
        }
        spot
    }

    /// The keys that lead there, such as `cases[0].expect`.
    pub(crate) fn key(&self) -> String {
        let mut path = String::new();
        for step in &self.steps {
            match step {
                Step::Object(None) => {}
                Step::Object(Some(key)) if path.is_empty() => path.push_str(key),
                Step::Object(Some(key)) => path = format!("{path}.{key}"),
                Step::List(index) => path = format!("{path}[{index}]"),
            }
        }
        path
    }

    /// Takes the last key off.
    pub(crate) fn pop_key(&mut self) -> Option<String> {
        match self.steps.last_mut() {
            Some(Step::Object(key)) => key.take(),
            _ => None,
        }
    }
}

/// Where a part of a text begins in it.
pub(crate) fn offset_of(whole: &str, part: &str) -> usize {
    part.as_ptr().addr().saturating_sub(whole.as_ptr().addr()).min(whole.len())
}

#[cfg(test)]
mod tests {
    use super::{Spot, offset_of};

    #[test]
    fn a_byte_has_a_line_and_keys() {
        let json = "{\"cases\": [\n {\"it\": \"a, {b\"},\n {\"expect\": {\"shares\": 1}}\n]}";
        let at = json.find('1').unwrap();
        let spot = Spot::at(json, at);
        assert_eq!((spot.line, spot.key().as_str()), (3, "cases[1].expect.shares"));
        assert_eq!(offset_of(json, &json[at..]), at);
    }
}
