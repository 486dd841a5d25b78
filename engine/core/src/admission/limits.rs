//! How large a module may be, in every direction that costs a compiler time or memory.
//!
//! Invariant: passed explicitly, never global; every bound says what it stops.

/// The bounds of admission. [`AdmissionLimits::default`] is what the engine uses; a host may tighten them.
///
/// The figures in the fields' descriptions were measured with wasmtime 48 on a 2-core machine.
///
/// ```
/// use fenrun::admission::{AdmissionLimits, admit};
///
/// let tight = AdmissionLimits { bytes_max: 4, ..AdmissionLimits::default() };
/// assert_eq!(
///     admit(b"\0asm\x01\0\0\0", &tight).unwrap_err().to_string(),
///     "`size`: found 8 bytes, at most 4 bytes are allowed; hint: build with `--release` and strip debug information"
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdmissionLimits {
    /// Bytes of the upload. Every other pass is linear in them. Stops a 500 MB upload and most of what follows.
    pub bytes_max: u64,
    /// Bytes of the manifest section. Stops a manifest that is a bomb of its own.
    pub manifest_bytes_max: u64,
    /// Custom sections. They are dropped before compilation; the count stops a million empty ones.
    pub custom_sections_max: u64,
    /// Bytes of all custom sections but the manifest. Stops debug information from being uploaded and stored.
    pub custom_bytes_max: u64,
    /// Bytes of the longest name of an import, an export or a custom section. Names are compared and shown.
    pub name_bytes_max: u64,
    /// Function types. Each is hashed and kept for the life of the engine.
    pub types_max: u64,
    /// Parameters of a function type. Stops calls that each move 1,000 values.
    pub parameters_max: u64,
    /// Results of a function type. More than one needs multi-value, which no policy needs.
    pub results_max: u64,
    /// Imports. The contract has fewer than 64 functions.
    pub imports_max: u64,
    /// Exports. A host looks hooks up by name; the count stops a table of a million names.
    pub exports_max: u64,
    /// Functions with a body. Stops 200,000 empty functions: 781 KB, 16 s and 1.1 GB to compile.
    pub functions_max: u64,
    /// Locals of one function, parameters included. With [`Self::locals_max`] stops 15 KB that take 8 s to compile.
    pub function_locals_max: u64,
    /// Locals of all functions together.
    pub locals_max: u64,
    /// Bytes of one function body. Stops one function of 291 KB: 18 s and 3.3 GB to compile.
    pub body_bytes_max: u64,
    /// Bytes of all function bodies together.
    pub code_bytes_max: u64,
    /// Operators of one function. A compiler's cost for one function may grow faster than its bytes.
    pub function_operators_max: u64,
    /// Nested blocks, loops and conditions. Stops 30,000 nested loops: 87 KB, 21 s to compile.
    pub nesting_max: u64,
    /// Targets of one `br_table`. Stops a jump table with a million entries.
    pub branch_targets_max: u64,
    /// For each function its blocks and branch targets times its locals, all functions added up. A compiler that
    /// builds SSA form may merge that many values; stops 20,000 blocks with 5,000 locals (10⁸ of them, 3.3 GB), and
    /// jump tables in deep nests (43 KB, 3·10⁶ of them, 4 s).
    pub merges_max: u64,
    /// For each function the depths of its blocks, added up, times the square of its locals; all functions added up.
    /// The time of a register allocator was measured to grow like this, about 2·10⁸ a second. Stops 256 loops within
    /// one another around 1,000 locals: 11 KB, 3·10¹⁰, minutes to compile.
    pub pressure_max: u64,
    /// Globals. They are part of every instance and of the image that `configure` leaves.
    pub globals_max: u64,
    /// Initial size of the memory, in pages of 64 KiB. Stops 4 GiB that are reserved before anything runs.
    pub memory_pages_max: u64,
    /// Elements of the table, initially and at most. Stops a table of 2³² elements.
    pub table_elements_max: u64,
    /// Element segments.
    pub element_segments_max: u64,
    /// Functions in all element segments together.
    pub element_items_max: u64,
    /// Data segments. Stops 100,000 empty ones.
    pub data_segments_max: u64,
    /// Bytes of all data segments together. They are copied into memory when an image is made.
    pub data_bytes_max: u64,
}

impl Default for AdmissionLimits {
    fn default() -> Self {
        const KIB: u64 = 1024;
        Self {
            bytes_max: 256 * KIB,
            manifest_bytes_max: 64 * KIB,
            custom_sections_max: 64,
            custom_bytes_max: 128 * KIB,
            name_bytes_max: 256,
            types_max: 512,
            parameters_max: 16,
            results_max: 1,
            imports_max: 64,
            exports_max: 64,
            functions_max: 2_000,
            function_locals_max: 1_024,
            locals_max: 32_768,
            body_bytes_max: 64 * KIB,
            code_bytes_max: 192 * KIB,
            function_operators_max: 24_000,
            nesting_max: 256,
            branch_targets_max: 1_024,
            merges_max: 256 * KIB,
            pressure_max: 64 * KIB * KIB,
            globals_max: 256,
            memory_pages_max: 16,
            table_elements_max: 1_024,
            element_segments_max: 64,
            element_items_max: 1_024,
            data_segments_max: 128,
            data_bytes_max: 128 * KIB,
        }
    }
}
