//! A mapping's text as TOML, every error at its line and key.
//!
//! Invariant: strict and pure. An unknown key or a value of the wrong kind is an error with a hint; nothing is guessed.

use std::fmt;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::shown::Shown;

/// Bytes of a mapping file. A long one takes 4 KB; stops a path to something else from being read whole as TOML.
const MAPPING_BYTES_MAX: usize = 64 * 1_024;

/// Most parts of one key and levels of one value. A mapping has three; stops the parser's recursion.
const NESTING_MAX: usize = 16;

/// Characters of a line that an error shows.
const LINE_CHARACTERS_MAX: usize = 110;

/// Why a mapping cannot be used, and where in its text.
///
/// Printed, it has the place, the key and the message on its first line, then the line of the text with the spot
/// marked, then the hint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappingError(Box<Parts>);

/// On the heap, so that a result costs little where nothing is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Parts {
    origin: String,
    place: Option<Place>,
    key: String,
    flaw: Flaw,
}

/// A spot in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    line: usize,
    column: usize,
    shown: String,
    marked: usize,
}

/// What is wrong with a value, before anyone says where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Flaw {
    message: String,
    hint: Option<String>,
}

/// A mapping's text and the name it is known by.
#[derive(Clone, Debug)]
pub(super) struct Source {
    text: String,
    origin: String,
}

/// A table with its place.
#[derive(Clone, Debug)]
pub(super) struct Table<'document> {
    source: &'document Source,
    path: String,
    span: Option<Range<usize>>,
    entries: &'document DeTable<'document>,
}

/// A value with its place.
#[derive(Clone, Debug)]
pub(super) struct Item<'document> {
    source: &'document Source,
    path: String,
    value: &'document Spanned<DeValue<'document>>,
}

impl Flaw {
    pub(super) fn new(message: impl Into<String>) -> Flaw {
        Flaw { message: message.into(), hint: None }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Flaw {
        self.hint = Some(hint.into());
        self
    }

    /// A hint at the known word that was probably meant, or else another one.
    pub(super) fn did_you_mean<'word>(
        self,
        found: &str,
        known: impl IntoIterator<Item = &'word str>,
        otherwise: impl FnOnce() -> String,
    ) -> Flaw {
        match nearest(found, known) {
            Some(word) => self.hint(format!("did you mean `{}`?", Shown(word))),
            None => self.hint(otherwise()),
        }
    }
}

impl Source {
    /// Keeps a text that is small enough to be a mapping.
    pub(super) fn new(text: &str, origin: &str) -> Result<Source, MappingError> {
        let source = Source { text: text.to_owned(), origin: origin.to_owned() };
        if text.len() > MAPPING_BYTES_MAX {
            let flaw = Flaw::new(format!("expected at most {MAPPING_BYTES_MAX} bytes, found {}", text.len()));
            return Err(source.complain("", None, flaw));
        }
        if let Some(at) = nests_too_deep(text) {
            let flaw = Flaw::new(format!("expected at most {NESTING_MAX} levels and parts of a key"));
            return Err(source.complain("", Some(at..at.saturating_add(1)), flaw));
        }
        Ok(source)
    }

    /// Reads the text as TOML.
    pub(super) fn parse(&self) -> Result<Spanned<DeTable<'_>>, MappingError> {
        DeTable::parse(&self.text).map_err(|error| {
            let end = self.text.len();
            let flaw = Flaw::new(format!("not valid TOML: {}", error.message()));
            self.complain("", Some(error.span().unwrap_or(end..end)), flaw)
        })
    }

    /// The root of a parsed document.
    pub(super) fn root<'document>(
        &'document self,
        parsed: &'document Spanned<DeTable<'document>>,
    ) -> Table<'document> {
        Table { source: self, path: String::new(), span: None, entries: parsed.get_ref() }
    }

    fn complain(&self, path: &str, span: Option<Range<usize>>, flaw: Flaw) -> MappingError {
        let place = span.map(|span| Place::of(&self.text, span));
        MappingError(Box::new(Parts { origin: self.origin.clone(), place, key: path.to_owned(), flaw }))
    }
}

impl<'document> Table<'document> {
    /// The value of a key, if the table has it.
    pub(super) fn get(&self, key: &str) -> Option<Item<'document>> {
        let value = self.entries.get(key)?;
        Some(Item { source: self.source, path: below(&self.path, key), value })
    }

    /// The value of a key that has to be there; `remedy` says what to write.
    pub(super) fn require(&self, key: &str, remedy: &str) -> Result<Item<'document>, MappingError> {
        let missing = || self.complain_at(key, Flaw::new("missing key").hint(remedy));
        self.get(key).ok_or_else(missing)
    }

    /// Every key with its value, by place in the text.
    pub(super) fn entries(&self) -> Vec<(&'document str, Item<'document>)> {
        let mut entries: Vec<_> = self.entries.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        let item = |key: &str, value| Item { source: self.source, path: below(&self.path, key), value };
        entries.into_iter().map(|(key, value)| (key.get_ref().as_ref(), item(key.get_ref(), value))).collect()
    }

    /// Refuses the first key that is not among the known ones.
    pub(super) fn refuse_unknown_keys(&self, known: &[&str]) -> Result<(), MappingError> {
        let unknown = self.entries.keys().filter(|key| !known.contains(&key.get_ref().as_ref()));
        let Some(key) = unknown.min_by_key(|key| key.span().start) else {
            return Ok(());
        };
        let all = || format!("the keys here are {}", listed(known));
        let flaw = Flaw::new("unknown key").did_you_mean(key.get_ref(), known.iter().copied(), all);
        Err(self.source.complain(&below(&self.path, key.get_ref()), Some(key.span()), flaw))
    }

    /// A flaw of a key that is not there, or of the table as a whole.
    pub(super) fn complain_at(&self, key: &str, flaw: Flaw) -> MappingError {
        let path = if key.is_empty() { self.path.clone() } else { below(&self.path, key) };
        self.source.complain(&path, self.span.clone(), flaw)
    }
}

impl<'document> Item<'document> {
    /// The flaw, at this place.
    pub(super) fn complain(&self, flaw: Flaw) -> MappingError {
        self.source.complain(&self.path, Some(self.value.span()), flaw)
    }

    pub(super) fn text(&self) -> Result<&'document str, MappingError> {
        match self.value.get_ref() {
            DeValue::String(text) => Ok(text.as_ref()),
            _ => Err(self.expected("a text in quotes")),
        }
    }

    pub(super) fn boolean(&self) -> Result<bool, MappingError> {
        match self.value.get_ref() {
            DeValue::Boolean(truth) => Ok(*truth),
            _ => Err(self.expected("`true` or `false`")),
        }
    }

    /// A text, or the text of a number as it was written.
    pub(super) fn decimal_text(&self) -> Result<&'document str, MappingError> {
        match self.value.get_ref() {
            DeValue::String(text) => Ok(text.as_ref()),
            DeValue::Integer(number) if number.radix() == 10 => Ok(number.as_str()),
            DeValue::Float(number) => Ok(number.as_str()),
            _ => Err(self.expected("a number")),
        }
    }

    pub(super) fn table(&self) -> Result<Table<'document>, MappingError> {
        match self.value.get_ref() {
            DeValue::Table(entries) => Ok(Table {
                source: self.source,
                path: self.path.clone(),
                span: Some(self.value.span()),
                entries,
            }),
            _ => Err(self.expected("a table")),
        }
    }

    pub(super) fn list(&self) -> Result<Vec<Item<'document>>, MappingError> {
        let DeValue::Array(items) = self.value.get_ref() else {
            return Err(self.expected("a list"));
        };
        let item =
            |(index, value)| Item { source: self.source, path: format!("{}[{index}]", self.path), value };
        Ok(items.iter().enumerate().map(item).collect())
    }

    /// One of several words.
    pub(super) fn choice<T: Copy>(&self, words: &[(&str, T)]) -> Result<T, MappingError> {
        let text = self.text()?;
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, choice)| *choice);
        found.ok_or_else(|| {
            let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            let expected = || format!("the words here are {}", listed(&names));
            let flaw = Flaw::new(format!("unknown word `{}`", Shown(text)));
            self.complain(flaw.did_you_mean(text, names.iter().copied(), expected))
        })
    }

    fn expected(&self, expected: &str) -> MappingError {
        let found = match self.value.get_ref() {
            DeValue::String(text) => format!("the text `{}`", Shown(text)),
            DeValue::Integer(number) => format!("`{}`", Shown(number.as_str())),
            DeValue::Float(number) => format!("`{}`", Shown(number.as_str())),
            DeValue::Boolean(truth) => format!("`{truth}`"),
            DeValue::Datetime(date) => format!("the date `{date}`"),
            DeValue::Array(_) => "a list".to_owned(),
            DeValue::Table(_) => "a table".to_owned(),
        };
        self.complain(Flaw::new(format!("expected {expected}, found {found}")))
    }
}

impl Place {
    fn of(text: &str, span: Range<usize>) -> Place {
        let before = text.get(..span.start).unwrap_or(text);
        let start = before.rfind('\n').map_or(0, |newline| newline.saturating_add(1));
        let lead = before.get(start..).unwrap_or_default().chars().count();
        let whole = text.get(start..).unwrap_or_default().lines().next().unwrap_or_default();
        let marked = text.get(span).unwrap_or_default().lines().next().unwrap_or_default().chars().count();
        let visible = |character: char| if character.is_control() { ' ' } else { character };
        Place {
            line: before.matches('\n').count().saturating_add(1),
            column: lead.saturating_add(1),
            shown: whole.chars().take(LINE_CHARACTERS_MAX).map(visible).collect(),
            marked: marked.clamp(1, LINE_CHARACTERS_MAX),
        }
    }
}

impl fmt::Display for MappingError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Parts { origin, place, key, flaw } = &*self.0;
        write!(formatter, "{origin}:")?;
        if let Some(place) = place {
            write!(formatter, "{}:{}:", place.line, place.column)?;
        }
        if !key.is_empty() {
            write!(formatter, " {key}:")?;
        }
        write!(formatter, " {}", flaw.message)?;
        if let Some(Place { line, column, shown, marked }) = place {
            let margin = " ".repeat(line.to_string().len());
            let lead = " ".repeat(column.saturating_sub(1));
            write!(formatter, "\n{margin} |\n{line} | {}", shown.trim_end())?;
            if *column <= LINE_CHARACTERS_MAX {
                write!(formatter, "\n{margin} | {lead}{}", "^".repeat(*marked))?;
            }
        }
        flaw.hint.as_ref().map_or(Ok(()), |hint| write!(formatter, "\nhint: {hint}"))
    }
}

impl std::error::Error for MappingError {}

/// The place at which a key, a list or an inline table goes beyond [`NESTING_MAX`], counting also what stands in
/// quotes and comments: a mapping comes nowhere near it.
fn nests_too_deep(text: &str) -> Option<usize> {
    let (mut dots, mut open) = (0_usize, 0_usize);
    for (at, character) in text.char_indices() {
        match character {
            '.' => dots = dots.saturating_add(1),
            '{' | '[' => open = open.saturating_add(1),
            '}' | ']' => open = open.saturating_sub(1),
            '=' | ',' | '\n' => dots = 0,
            _ => {}
        }
        if dots > NESTING_MAX || open > NESTING_MAX {
            return Some(at);
        }
    }
    None
}

/// The known word that was probably meant: at most a third of its letters wrong.
fn nearest<'word>(found: &str, known: impl IntoIterator<Item = &'word str>) -> Option<&'word str> {
    let found = found.get(..found.len().min(64))?.to_lowercase();
    let distance = |word: &str| strsim::damerau_levenshtein(&found, &word.to_lowercase());
    let near = |word: &&str| distance(word) <= word.chars().count().div_ceil(3);
    known.into_iter().filter(near).min_by_key(|word| distance(word))
}

/// Words as a message lists them: `` `a`, `b` ``.
pub(super) fn listed(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{}`", Shown(word))).collect::<Vec<_>>().join(", ")
}

/// The path of a key below another path; a key that is not a bare word is quoted.
fn below(above: &str, key: &str) -> String {
    let bare = !key.is_empty() && key.chars().all(|letter| letter.is_alphanumeric() || "-_".contains(letter));
    let key = if bare { Shown(key).to_string() } else { format!("\"{}\"", Shown(key)) };
    if above.is_empty() { key } else { format!("{above}.{key}") }
}
