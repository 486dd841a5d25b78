//! Why a policy cannot be found or built.
//!
//! Invariant: what a compiler says is shown bounded and as it said it.

use std::path::PathBuf;

/// Why a policy cannot be found or built. A remedy follows `hint:` on a line of its own.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// No stock policy has this name.
    #[error("no stock policy is named `{name}`\nhint: {hint}")]
    UnknownStock {
        /// The name that was asked for.
        name: String,
        /// The nearest name, or all there are.
        hint: String,
    },
    /// No folder of stock policies was found at all.
    #[error(
        "the stock policy `{name}` is not here: no folder `policies/` was found above the program or this binary\n\
         hint: name the folder with `--policies DIR` or `FENRUN_POLICIES`"
    )]
    NoStockFolder {
        /// The name that was asked for.
        name: String,
    },
    /// The folder of stock policies that was named does not exist.
    #[error("the folder of stock policies `{}` does not exist", .path.display())]
    NoSuchStockFolder {
        /// The folder.
        path: PathBuf,
    },
    /// The source folder does not exist.
    #[error("the policy folder `{}` does not exist", .path.display())]
    NoFolder {
        /// The folder.
        path: PathBuf,
    },
    /// The source folder is no crate.
    #[error(
        "`{}` has no `Cargo.toml`\nhint: a policy folder is a Rust crate, or has `assembly/index.ts`; write other \
         languages' modules as `.wasm`",
        .path.display()
    )]
    NoCrate {
        /// The folder.
        path: PathBuf,
    },
    /// The crate's manifest makes no sense.
    #[error("`{}` cannot be used: {reason}", .path.display())]
    BadCrate {
        /// The crate's `Cargo.toml`.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The folder holds a file that cannot be read.
    #[error("`{}` cannot be read: {reason}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        reason: String,
    },
    /// The AssemblyScript compiler is not beside the policy.
    #[error(
        "the AssemblyScript compiler is not there for `{}`: no `node_modules/assemblyscript` was found in it or above\n\
         hint: run `npm install` where its `package.json` is; it needs Node.js, see https://nodejs.org",
        .path.display()
    )]
    NoAssemblyScript {
        /// The policy's folder.
        path: PathBuf,
    },
    /// Node.js cannot be started.
    #[error(
        "`node` cannot be started: {reason}\nhint: policies in AssemblyScript need Node.js, see https://nodejs.org"
    )]
    NoNode {
        /// What the system says.
        reason: String,
    },
    /// There is no cargo.
    #[error("cargo cannot be started: {reason}\nhint: install Rust with rustup, see https://rustup.rs")]
    NoCargo {
        /// What the operating system said.
        reason: String,
    },
    /// The compiler has no such target.
    #[error("the compiler cannot build for `{target}`\nhint: rustup target add {target}")]
    NoTarget {
        /// The target.
        target: &'static str,
    },
    /// The policy has no manifest.
    #[error(
        "`{}` has no `manifest.json`\nhint: a policy's manifest says its name, hooks and configuration; \
         `fenrun schema manifest` describes it",
        .path.display()
    )]
    NoManifest {
        /// The folder.
        path: PathBuf,
    },
    /// The compiler refused the policy.
    #[error("the policy in `{}` does not compile\n{tail}", .path.display())]
    Failed {
        /// The folder.
        path: PathBuf,
        /// The end of what the compiler said.
        tail: String,
    },
    /// It compiled into something else than a module.
    #[error(
        "the crate in `{}` gives no WebAssembly module\nhint: its library needs `crate-type = [\"cdylib\", \"rlib\"]`",
        .path.display()
    )]
    NoModule {
        /// The folder.
        path: PathBuf,
    },
}
