//! Whose code a function is: the author's, or that of a library.
//!
//! Invariant: told by the file where that is known, else by the name; in doubt it is the author's, who is to cover it.

use super::lines::Line;

/// Crates that come with a policy: the SDK's and the language's.
const LIBRARIES: [&str; 7] =
    ["alloc", "compiler_builtins", "core", "fenrun_abi", "fenrun_money", "fenrun_sdk", "std"];

/// Functions of the language's runtime that have no crate in their name.
const RUNTIME: [&str; 5] = ["memcpy", "memmove", "memset", "memcmp", "bcmp"];

/// What AssemblyScript's compiler puts before everything that is not in the policy's own folder: packages as `~lib/…`, and
/// what it makes itself.
const PACKAGES: &str = "~";

/// What it puts before the name of a file, for the function that runs the file's top level.
const TOP_LEVEL: &str = "start:";

/// Folders below a policy's own that hold what others wrote.
const FOREIGN: [&str; 2] = ["target/", "node_modules/"];

/// The author of a policy.
#[derive(Clone, Debug, Default)]
pub(super) struct Author {
    /// The policy's folder, absolute; files below it are the author's.
    folder: Option<String>,
}

impl Author {
    pub(super) fn of(folder: Option<&str>) -> Self {
        let folder = folder.map(|folder| format!("{}/", folder.replace('\\', "/").trim_end_matches('/')));
        Self { folder }
    }

    /// A file's path in the author's folder; none where it is somebody else's.
    pub(super) fn file<'f>(&self, file: &'f str) -> Option<&'f str> {
        let is_absolute = file.starts_with('/') || file.get(1..3) == Some(":/");
        let below = match &self.folder {
            Some(folder) if is_absolute => file.strip_prefix(folder.as_str())?,
            None if is_absolute => return None,
            _ => file,
        };
        let is_foreign = below.starts_with(PACKAGES)
            || below.starts_with("../")
            || FOREIGN.iter().any(|folder| below.starts_with(folder));
        (!is_foreign).then_some(below)
    }

    /// Whether the author wrote a function.
    pub(super) fn wrote(&self, name: &str, line: Option<&Line>) -> bool {
        match line {
            Some(line) => self.file(&line.file).is_some(),
            None => !is_library(name),
        }
    }
}

fn is_library(name: &str) -> bool {
    // `<core::option::Option<T> as fenrun_sdk::Effect>::tell` is of the crate of its type.
    let path = name.trim_start_matches(['<', '&', '*']);
    let path = path.strip_prefix("dyn ").unwrap_or(path);
    let first = path.split("::").next().unwrap_or_default();
    let of_file = name.strip_prefix(TOP_LEVEL).unwrap_or(name);
    of_file.starts_with(PACKAGES) || RUNTIME.contains(&name) || (first != path && LIBRARIES.contains(&first))
}

#[cfg(test)]
mod tests {
    use super::Author;
    use crate::coverage::lines::Line;

    #[test]
    fn files_below_the_folder_are_the_authors() {
        let author = Author::of(Some("/shop/ours"));
        assert_eq!(author.file("/shop/ours/src/lib.rs"), Some("src/lib.rs"));
        assert_eq!(author.file("assembly/index.ts"), Some("assembly/index.ts"));
        for foreign in [
            "/shop/ours2/src/lib.rs",
            "/rustc/abc/library/core/src/option.rs",
            "~lib/array.ts",
            "../shared/rate.ts",
            "/shop/ours/target/out.rs",
            "node_modules/other/index.ts",
        ] {
            assert_eq!(author.file(foreign), None, "{foreign}");
        }
        assert_eq!(Author::of(None).file("/shop/ours/src/lib.rs"), None);
    }

    #[test]
    fn without_a_file_the_name_says_whose_it_is() {
        let author = Author::of(None);
        for own in [
            "shares",
            "function 3",
            "start:assembly/index",
            "my_policy::rates",
            "<my_policy::Rates as core::fmt::Debug>::fmt",
            "core",
        ] {
            assert!(author.wrote(own, None), "{own}");
        }
        for library in [
            "memcpy",
            "core::panicking::panic",
            "<core::ops::Range<u32> as Iterator>::next",
            "~lib/array/Array#push",
            "start:~lib/fenrun-sdk/assembly/tiers",
            "~start",
        ] {
            assert!(!author.wrote(library, None), "{library}");
        }
        // A file counts before the name.
        let line = Line { file: "/elsewhere/lib.rs".into(), number: 1 };
        assert!(!author.wrote("my_policy::rates", Some(&line)));
    }
}
