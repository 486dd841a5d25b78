//! The configuration, which the host has parsed and checked against the manifest.
//!
//! Invariant: read once, in `configure`; a value the policy needs and does not get is a refusal that names its path.

use fenrun_abi::{ABSENT, code::Part, limit::REASON_BYTES_MAX};

use crate::{
    BaseKind, List, Rate, Role,
    entry::keep,
    symbol::{Symbol, present},
    sys,
};

/// Why `configure` refuses: what is missing or wrong, and where.
#[derive(Clone, Copy, Debug)]
pub struct Refusal {
    reason: &'static [u8],
}

/// What `configure` returns.
pub type Configured<P> = Result<P, Refusal>;

impl Refusal {
    /// A refusal in the author's words (at most 200 bytes).
    #[must_use]
    pub const fn new(reason: &'static str) -> Self {
        Self { reason: reason.as_bytes() }
    }

    pub(crate) fn tell(self) {
        sys::refuse(self.reason);
    }
}

/// A short text in a buffer of its own; a part that does not fit is left out.
#[derive(Clone, Copy, Debug)]
struct Text<const N: usize> {
    bytes: [u8; N],
    length: usize,
}

/// Bytes of the longest path that a policy can read: enough for `a_long_name.12.another_long_name`.
const PATH_BYTES: usize = 96;

impl<const N: usize> Text<N> {
    const EMPTY: Self = Self { bytes: [0; N], length: 0 };

    fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    fn push(&mut self, bytes: &[u8]) {
        append(&mut self.bytes, &mut self.length, bytes);
    }

    fn push_number(&mut self, number: usize) {
        if number >= 10 {
            self.push_number(number / 10);
        }
        self.push(&[b'0'.wrapping_add((number % 10).to_le_bytes()[0])]);
    }
}

// One copy of this in a module, not one for each name: `configure` runs once, and every byte is uploaded.
#[inline(never)]
fn append(buffer: &mut [u8], length: &mut usize, bytes: &[u8]) {
    let end = length.wrapping_add(bytes.len());
    if let Some(room) = buffer.get_mut(*length..end) {
        room.copy_from_slice(bytes);
        *length = end;
    }
}

/// One step of a path.
#[derive(Clone, Copy, Debug)]
enum Step<'name> {
    Name(&'name str),
    Place(usize),
}

/// A configuration, or one table of it.
///
/// It is a step of a path and where it leads from, so that going into a table copies nothing.
#[derive(Clone, Copy, Debug)]
pub struct Config<'outer> {
    outer: Option<&'outer Self>,
    step: Step<'outer>,
}

impl Config<'_> {
    pub(crate) const fn root() -> Self {
        Self { outer: None, step: Step::Name("") }
    }

    fn at<'name>(&'name self, name: &'name str) -> Config<'name> {
        Config { outer: Some(self), step: Step::Name(name) }
    }

    fn write(&self, path: &mut Text<PATH_BYTES>) {
        if let Some(outer) = self.outer {
            outer.write(path);
        }
        if path.length > 0 && !matches!(self.step, Step::Name("")) {
            path.push(b".");
        }
        match self.step {
            Step::Name(name) => path.push(name.as_bytes()),
            Step::Place(place) => path.push_number(place),
        }
    }

    #[inline(never)]
    fn path(&self) -> Text<PATH_BYTES> {
        let mut path = Text::EMPTY;
        self.write(&mut path);
        path
    }

    #[inline(never)]
    fn part(&self, part: Part) -> Option<i64> {
        present(sys::config(self.path().bytes(), part.id()))
    }

    fn value(&self, name: &str) -> Option<i64> {
        self.at(name).part(Part::Value)
    }

    #[inline(never)]
    fn needed(&self, what: &'static str, name: &str) -> Result<i64, Refusal> {
        self.value(name).ok_or_else(|| self.missing(what, name))
    }

    #[cold]
    #[inline(never)]
    fn missing(&self, what: &'static str, name: &str) -> Refusal {
        let mut reason = Text::<REASON_BYTES_MAX>::EMPTY;
        for part in ["the configuration has no ", what, " `"] {
            reason.push(part.as_bytes());
        }
        reason.push(self.at(name).path().bytes());
        reason.push(b"`");
        Refusal { reason: keep(reason.bytes()).unwrap_or(what.as_bytes()) }
    }

    #[inline(never)]
    fn rate_here(&self) -> Option<Rate> {
        Rate::new(self.part(Part::Value)?, self.part(Part::Denominator)?).ok()
    }

    /// A table of the configuration. Its values are read from it by their names; of one that is left out, none is there.
    #[must_use]
    pub fn table<'name>(&'name self, name: &'name str) -> Config<'name> {
        self.at(name)
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
        self.at(name).rate_here()
    }

    /// A list of rates.
    ///
    /// # Errors
    ///
    /// A refusal where there is no list, or where it has more than `N` rates.
    pub fn rates<const N: usize>(&self, name: &str) -> Result<List<Rate, N>, Refusal> {
        self.list(name, |item| item.rate(""))
    }

    /// A list of symbols: texts that the policy knows from now on.
    ///
    /// # Errors
    ///
    /// A refusal where there is no list, or where it has more than `N` texts.
    pub fn symbols<const N: usize>(&self, name: &str) -> Result<List<Symbol, N>, Refusal> {
        self.list(name, |item| item.symbol(""))
    }

    /// A list of tables, each read by the closure.
    ///
    /// # Errors
    ///
    /// A refusal where there is no list or it has more than `N` items, and what the closure refuses.
    pub fn list<T: Copy, const N: usize>(
        &self,
        name: &str,
        read: impl Fn(&Config) -> Result<T, Refusal>,
    ) -> Result<List<T, N>, Refusal> {
        let outer = self.at(name);
        let length = self.length(name, N)?;
        let mut list = List::new();
        for place in 0..length {
            let item = Config { outer: Some(&outer), step: Step::Place(place) };
            if list.push(read(&item)?).is_err() {
                break;
            }
        }
        Ok(list)
    }

    /// The length of a list that may have `room` items.
    #[inline(never)]
    fn length(&self, name: &str, room: usize) -> Result<usize, Refusal> {
        match self.at(name).part(Part::Length).map(usize::try_from) {
            Some(Ok(length)) if length <= room => Ok(length),
            Some(_) => Err(self.missing("list that short, as", name)),
            None => Err(self.missing("list", name)),
        }
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
