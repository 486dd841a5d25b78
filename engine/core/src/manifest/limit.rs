//! How much a manifest may hold, and why.
//!
//! Invariant: every bound that the parser applies has its name here.

/// Bytes of the manifest section. Stops a section that is larger than any policy needs from being parsed at all.
pub const MANIFEST_BYTES_MAX: usize = 64 * 1024;

/// Bytes of a policy's name.
pub const NAME_BYTES_MAX: usize = 64;

/// Bytes of a policy's version.
pub const VERSION_BYTES_MAX: usize = 32;

/// Bytes of the summary. It is shown in one line of a report.
pub const SUMMARY_BYTES_MAX: usize = 300;

/// Bytes of what is said about one field.
pub const ABOUT_BYTES_MAX: usize = 500;

/// Fields of a configuration, and of each table in it. Names are compared with one another.
pub const FIELDS_MAX: usize = 64;

/// Bytes of a field's name. It is part of every path that a module reads.
pub const FIELD_NAME_BYTES_MAX: usize = 32;

/// Levels of lists and tables. Bounds the recursion of every reader of a configuration.
pub const FIELD_DEPTH_MAX: usize = 6;

/// Words of a choice.
pub const CHOICES_MAX: usize = 64;

/// Bytes of one word of a choice.
pub const CHOICE_BYTES_MAX: usize = 64;

/// Items that a list may permit at most. Each item is a value the module reads by path.
pub const ITEMS_MAX: usize = 1_024;

/// Items that a list permits where its manifest names no maximum.
pub const ITEMS_DEFAULT_MAX: usize = 64;
