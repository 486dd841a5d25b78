//! What some bytes are, told from their first few.
//!
//! Invariant: looks at the beginning only; what is called a module here may still be anything.

/// What an upload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Begins like a core module.
    Module,
    /// No bytes.
    Empty,
    /// Machine code, or a file that a loader would run.
    Native(&'static str),
    /// Something else that is often uploaded by mistake.
    Mistaken { found: &'static str, hint: &'static str },
    /// Anything else.
    Unknown,
}

/// How machine code begins. What wasmtime precompiles (`.cwasm`) is an ELF file.
const NATIVE: [(&[u8], &str); 8] = [
    (b"\x7fELF", "a precompiled native artifact (ELF, `.cwasm` or `.so`)"),
    (b"\xfe\xed\xfa\xce", "a native artifact (Mach-O)"),
    (b"\xfe\xed\xfa\xcf", "a native artifact (Mach-O)"),
    (b"\xce\xfa\xed\xfe", "a native artifact (Mach-O)"),
    (b"\xcf\xfa\xed\xfe", "a native artifact (Mach-O)"),
    (b"\xca\xfe\xba\xbe", "a native artifact (Mach-O)"),
    (b"MZ", "a native artifact (PE, `.dll` or `.exe`)"),
    (b"!<arch>\n", "a native artifact (a static library)"),
];

/// How compressed files begin.
const COMPRESSED: [&[u8]; 5] = [b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PK\x03\x04", b"\xfd7zXZ\0", b"BZh"];

impl Kind {
    pub(super) fn of(bytes: &[u8]) -> Self {
        if bytes.is_empty() {
            return Self::Empty;
        }
        if let Some((_, found)) = NATIVE.iter().find(|(magic, _)| bytes.starts_with(magic)) {
            return Self::Native(found);
        }
        if COMPRESSED.iter().any(|magic| bytes.starts_with(magic)) {
            return Self::Mistaken { found: "a compressed file", hint: "upload the module itself" };
        }
        if let Some(version) = bytes.strip_prefix(b"\0asm") {
            return match version {
                [_, _, 1, 0, ..] => Self::Mistaken {
                    found: "a WebAssembly component",
                    hint: "build a core module, for Rust with `--target wasm32-unknown-unknown`",
                },
                _ => Self::Module,
            };
        }
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
        if text.starts_with(b"(") || text.starts_with(b";;") {
            return Self::Mistaken { found: "WebAssembly text", hint: "`fenrun build` compiles text" };
        }
        Self::Unknown
    }
}
