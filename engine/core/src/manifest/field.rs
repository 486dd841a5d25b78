//! What a configuration consists of: fields with their types, bounds and defaults.
//!
//! Invariant: made by the manifest's parser only; a default that does not fit its field never gets here.

use fenrun_money::Rate;

use super::input::ConfigurationInput;

/// A field of a configuration, or of a table in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    pub(super) name: String,
    pub(super) about: String,
    pub(super) optional: bool,
    pub(super) default: Option<ConfigurationInput>,
    pub(super) kind: FieldType,
}

impl Field {
    /// Its key: lower-case letters, digits and `_`, at most 32 bytes.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is for, in a sentence of its author; empty where they wrote none.
    #[must_use]
    pub fn about(&self) -> &str {
        &self.about
    }

    /// Whether it may be left out and then has no value at all.
    #[must_use]
    pub fn is_optional(&self) -> bool {
        self.optional
    }

    /// The value it has where it is left out.
    #[must_use]
    pub fn default(&self) -> Option<&ConfigurationInput> {
        self.default.as_ref()
    }

    /// Whether a configuration must give it: it is neither optional nor has it a default.
    #[must_use]
    pub fn is_required(&self) -> bool {
        !self.optional && self.default.is_none()
    }

    /// What it may hold.
    #[must_use]
    pub fn kind(&self) -> &FieldType {
        &self.kind
    }
}

/// What a field may hold. Bounds are inclusive.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldType {
    /// An exact rate such as `20%`. Without bounds in the manifest: from 0 % to 100 %.
    Rate {
        /// The least.
        minimum: Rate,
        /// The most.
        maximum: Rate,
    },
    /// Money in units of the program's currency, such as `49.90`. Without a minimum in the manifest: from zero.
    Amount {
        /// The least, as decimal text.
        minimum: String,
        /// The most, as decimal text.
        maximum: Option<String>,
    },
    /// A whole number.
    Integer {
        /// The least.
        minimum: i64,
        /// The most.
        maximum: i64,
    },
    /// `true` or `false`; the module reads 1 or 0.
    Boolean,
    /// A text, which the module reads as a symbol.
    Text {
        /// The most bytes of UTF-8.
        bytes_max: usize,
    },
    /// One of a list of words; the module reads its place in the list, from 0.
    Choice {
        /// The words.
        choices: Vec<String>,
    },
    /// A kind of base by its name (`paid`, `list` …); the module reads its code.
    Base,
    /// A role of a party: a well-known one, or one that the program declares.
    Role,
    /// A span of time such as `7 days`; the module reads seconds.
    Duration {
        /// The least, in seconds.
        minimum_seconds: i64,
        /// The most, in seconds.
        maximum_seconds: i64,
    },
    /// Values of one type, in order; the module reads how many there are, and each at `{path}.{place}`.
    List {
        /// What each item is.
        items: Box<FieldType>,
        /// The fewest items.
        items_min: usize,
        /// The most items.
        items_max: usize,
    },
    /// Named values; the module reads each at `{path}.{field}`.
    Table {
        /// Its fields, in the order of the manifest.
        fields: Vec<Field>,
    },
}

impl FieldType {
    /// Its name in a manifest.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Rate { .. } => "rate",
            Self::Amount { .. } => "amount",
            Self::Integer { .. } => "integer",
            Self::Boolean => "boolean",
            Self::Text { .. } => "text",
            Self::Choice { .. } => "choice",
            Self::Base => "base",
            Self::Role => "role",
            Self::Duration { .. } => "duration",
            Self::List { .. } => "list",
            Self::Table { .. } => "table",
        }
    }

    /// What a value of it looks like, for messages: `a rate such as `20%``.
    pub(super) fn expected(&self) -> String {
        use fenrun_abi::code::Base;

        match self {
            Self::Rate { .. } => "a rate such as `20%`".into(),
            Self::Amount { .. } => "an amount such as `49.90`".into(),
            Self::Integer { .. } => "a whole number".into(),
            Self::Boolean => "`true` or `false`".into(),
            Self::Text { .. } => "a text".into(),
            Self::Choice { choices } => {
                format!("one of {}", super::word::listed(choices.iter().map(String::as_str)))
            }
            Self::Base => {
                format!("one of {}", super::word::listed(Base::ALL.iter().map(|base| base.name())))
            }
            Self::Role => "a role such as `guide`".into(),
            Self::Duration { .. } => "a duration such as `7 days`".into(),
            Self::List { items, .. } => format!("a list, each item {}", items.expected()),
            Self::Table { fields } => {
                format!("a table with {}", super::word::listed(fields.iter().map(Field::name)))
            }
        }
    }
}
