//! How large a program may be, and the attack each bound stops.
//!
//! Invariant: every bound that a reader of programs and profiles applies has its name here.

/// Bytes of a program file. A program of twenty policies takes about 10 KB; stops an upload from costing memory and
/// time before anything is known about it.
pub const PROGRAM_BYTES_MAX: usize = 256 * 1_024;

/// Bytes of a profile file. The shipped ones take 6 KB, most of it reasons.
pub const PROFILE_BYTES_MAX: usize = 64 * 1_024;

/// Bytes of a module file that is read; admission has its own, lower bound. Stops a path to an endless device from
/// filling the memory.
pub const MODULE_FILE_BYTES_MAX: u64 = 16 * 1_024 * 1_024;

/// Policies of one program. Each is a sandboxed call per event; real programs have fewer than ten.
pub const POLICIES_MAX: usize = 64;

/// Roles that a program declares beside the well-known ones. Every role that is read is looked up among them.
pub const ROLES_MAX: usize = 64;

/// Bytes of one name, role or sentence: what a module can register as a symbol.
pub const TEXT_BYTES_MAX: usize = fenrun_abi::limit::SYMBOL_BYTES_MAX;

/// Bytes of a path to a module, a folder or a profile. Longer ones cannot be opened on common systems.
pub const PATH_BYTES_MAX: usize = 1_024;

/// Levels of lists and tables in a configuration; the same as for JSON. Bounds the recursion of its readers.
pub const CONFIGURATION_DEPTH_MAX: usize = 32;
