//! The configuration, which the host has parsed and checked against the manifest.
//!
//! Invariant: read once, in `configure`; a value the policy needs and does not get is a refusal that names its path.

use fenrun_abi::{ABSENT, code::Part, limit::REASON_BYTES_MAX};

use crate::{
    BaseKind, List, Rate, Role,
    symbol::{Symbol, present},
    sys,
};

/// Why `configure` refuses: what is missing or wrong, and where.
#[derive(Clone, Copy, Debug)]
pub struct Refusal {
    what: &'static str,
    at: Option<Path>,
}

/// What `configure` returns.
pub type Configured<P> = Result<P, Refusal>;

impl Refusal {
    /// A refusal in the author's words.
    #[must_use]
    pub const fn new(reason: &'static str) -> Self {
        Self { what: reason, at: None }
    }

    pub(crate) fn tell(self) {
        let mut text = Text::<REASON_BYTES_MAX>::EMPTY;
        match self.at {
            None => text.push(self.what),
            Some(path) => {
                text.push("the configuration has no ");
                text.push(self.what);
                text.push(" `");
                text.push_path(&path);
                text.push("`");
            }
        }
        sys::refuse(text.bytes());
    }
}

/// A short text in a buffer of its own; what does not fit is cut off.
#[derive(Clone, Copy, Debug)]
struct Text<const N: usize> {
    bytes: [u8; N],
    length: u8,
}

/// Bytes of the longest path that a policy can read: enough for `a_long_name.12.another_long_name`.
const PATH_BYTES: usize = 96;

type Path = Text<PATH_BYTES>;

impl<const N: usize> Text<N> {
    const EMPTY: Self = Self { bytes: [0; N], length: 0 };

    fn bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.length)).unwrap_or_default()
    }

    fn push(&mut self, text: &str) {
        text.bytes().for_each(|byte| self.push_byte(byte));
    }

    fn push_path(&mut self, path: &Path) {
        path.bytes().iter().for_each(|byte| self.push_byte(*byte));
    }

    fn push_byte(&mut self, byte: u8) {
        if let Some(slot) = self.bytes.get_mut(usize::from(self.length)) {
            *slot = byte;
            self.length = self.length.saturating_add(1);
        }
    }

    fn push_number(&mut self, number: usize) {
        if number >= 10 {
            self.push_number(number / 10);
        }
        self.push_byte(b'0'.saturating_add(u8::try_from(number % 10).unwrap_or(0)));
    }

    fn join(&self, name: &str) -> Self {
        let mut path = *self;
        if path.length > 0 {
            path.push_byte(b'.');
        }
        path.push(name);
        path
    }
}

/// A configuration, or one table of it.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    at: Path,
}

impl Config {
    pub(crate) const fn root() -> Self {
        Self { at: Path::EMPTY }
    }

    fn part(path: &Path, part: Part) -> Option<i64> {
        present(sys::config(path.bytes(), part.id()))
    }

    fn value(&self, name: &str) -> Option<i64> {
        Self::part(&self.at.join(name), Part::Value)
    }

    fn needed(&self, what: &'static str, name: &str) -> Result<i64, Refusal> {
        self.value(name).ok_or_else(|| self.missing(what, name))
    }

    fn missing(&self, what: &'static str, name: &str) -> Refusal {
        Refusal { what, at: Some(self.at.join(name)) }
    }

    fn rate_at(path: &Path) -> Option<Rate> {
        let numerator = Self::part(path, Part::Value)?;
        Rate::new(numerator, Self::part(path, Part::Denominator)?).ok()
    }

    /// An exact rate.
    ///
    /// # Errors
    ///
    /// A refusal where there is none; so for each method that returns a result.
    pub fn rate(&self, name: &str) -> Result<Rate, Refusal> {
        self.optional_rate(name).ok_or_else(|| self.missing("rate", name))
    }

    /// An exact rate, where it is configured.
    #[must_use]
    pub fn optional_rate(&self, name: &str) -> Option<Rate> {
        Self::rate_at(&self.at.join(name))
    }

    /// A list of rates.
    ///
    /// # Errors
    ///
    /// A refusal where there is no list, or where it has more than `N` rates.
    pub fn rates<const N: usize>(&self, name: &str) -> Result<List<Rate, N>, Refusal> {
        self.list(name, |config| Self::rate_at(&config.at).ok_or_else(|| config.missing("rate", "")))
    }

    /// A list of symbols: texts that the policy knows from now on.
    ///
    /// # Errors
    ///
    /// A refusal where there is no list, or where it has more than `N` texts.
    pub fn symbols<const N: usize>(&self, name: &str) -> Result<List<Symbol, N>, Refusal> {
        self.list(name, |config| {
            let value = Self::part(&config.at, Part::Value).ok_or_else(|| config.missing("text", ""))?;
            Ok(Symbol::read(value))
        })
    }

    /// A list of tables, each read by the closure.
    ///
    /// # Errors
    ///
    /// A refusal where there is no list or it has more than `N` items, and what the closure refuses.
    pub fn list<T: Copy, const N: usize>(
        &self,
        name: &str,
        read: impl Fn(&Self) -> Result<T, Refusal>,
    ) -> Result<List<T, N>, Refusal> {
        let path = self.at.join(name);
        let length = Self::part(&path, Part::Length)
            .and_then(|length| usize::try_from(length).ok())
            .unwrap_or(usize::MAX);
        if length > N {
            return Err(self.missing(if length == usize::MAX { "list" } else { "list that short, as" }, name));
        }
        let mut list = List::new();
        for place in 0..length {
            let mut at = path;
            at.push_byte(b'.');
            at.push_number(place);
            if list.push(read(&Self { at })?).is_err() {
                break;
            }
        }
        Ok(list)
    }

    /// An amount in minor units.
    ///
    /// # Errors
    ///
    /// A refusal where there is none.
    pub fn amount(&self, name: &str) -> Result<i64, Refusal> {
        self.needed("amount", name)
    }

    /// An amount in minor units, where it is configured.
    #[must_use]
    pub fn optional_amount(&self, name: &str) -> Option<i64> {
        self.value(name)
    }

    /// A whole number.
    ///
    /// # Errors
    ///
    /// A refusal where there is none.
    pub fn integer(&self, name: &str) -> Result<i64, Refusal> {
        self.needed("number", name)
    }

    /// A whole number, where it is configured.
    #[must_use]
    pub fn optional_integer(&self, name: &str) -> Option<i64> {
        self.value(name)
    }

    /// True or false.
    ///
    /// # Errors
    ///
    /// A refusal where there is none.
    pub fn flag(&self, name: &str) -> Result<bool, Refusal> {
        Ok(self.needed("flag", name)? != 0)
    }

    /// A duration in seconds.
    ///
    /// # Errors
    ///
    /// A refusal where there is none.
    pub fn seconds(&self, name: &str) -> Result<i64, Refusal> {
        self.needed("duration", name)
    }

    /// Which of the manifest's choices, from 0.
    ///
    /// # Errors
    ///
    /// A refusal where there is none.
    pub fn choice(&self, name: &str) -> Result<i64, Refusal> {
        self.needed("choice", name)
    }

    /// A kind of base.
    ///
    /// # Errors
    ///
    /// A refusal where there is none.
    pub fn base(&self, name: &str) -> Result<BaseKind, Refusal> {
        let code = self.needed("base", name)?;
        i32::try_from(code).ok().and_then(BaseKind::from_id).ok_or_else(|| self.missing("base", name))
    }

    /// A role.
    ///
    /// # Errors
    ///
    /// A refusal where there is none.
    pub fn role(&self, name: &str) -> Result<Role, Refusal> {
        self.needed("role", name).map(|symbol| Role(Symbol::read(symbol)))
    }

    /// A text, as a symbol to compare with.
    ///
    /// # Errors
    ///
    /// A refusal where there is none.
    pub fn symbol(&self, name: &str) -> Result<Symbol, Refusal> {
        self.needed("text", name).map(Symbol::read)
    }

    /// A text, as a symbol to compare with, where it is configured.
    #[must_use]
    pub fn optional_symbol(&self, name: &str) -> Option<Symbol> {
        self.value(name).map(Symbol::read)
    }

    /// A word of the policy's own, as a symbol to compare with.
    #[must_use]
    pub fn word(&self, text: &str) -> Symbol {
        Symbol::new(sys::symbol(text.as_bytes()))
    }
}

const _: () = assert!(ABSENT == i64::MIN, "an absent value is told from every amount");
