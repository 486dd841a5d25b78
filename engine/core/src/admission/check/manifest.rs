//! Checks of the manifest: there is one, it can be read, and it says what the exports say.
//!
//! Invariant: nothing of the module runs.

use fenrun_abi::MANIFEST_SECTION;
use fenrun_abi::code::Hook;

use super::{Check, Needs, Verdict, bytes_at_most};
use crate::admission::shape::{Shape, count};
use crate::manifest::word::listed;
use crate::manifest::{Manifest, ManifestError, Place, deciding_hooks};

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "manifest_section",
        about: "one manifest",
        needs: Needs::Module,
        run: |shape, _| {
            Verdict::of(
                shape.manifests == 1,
                match shape.manifests {
                    0 => "no manifest".into(),
                    1 => "a manifest".into(),
                    many => format!("{many} manifests"),
                },
                format!("one custom section `{MANIFEST_SECTION}` is expected"),
            )
            .hint("in Rust, the SDK's `policy!` macro writes it")
        },
    },
    Check {
        name: "manifest_bytes",
        about: "bytes of the manifest",
        needs: Needs::Module,
        run: |shape, limits| bytes_at_most(count(shape.manifest.len()), limits.manifest_bytes_max),
    },
    Check {
        name: "manifest",
        about: "a manifest that can be read",
        needs: Needs::Module,
        run: |shape, _| {
            let expected = "a manifest without mistakes is expected";
            match parsed(shape) {
                None => Verdict::NotRun,
                Some(Ok(manifest)) => {
                    Verdict::of(true, format!("`{} {}`", manifest.name(), manifest.version()), expected)
                }
                Some(Err(error)) => {
                    let found = Place(error.path()).to_string() + error.message();
                    Verdict::of(false, found, expected).maybe_hint(error.remedy().map(Into::into))
                }
            }
        },
    },
    Check {
        name: "manifest_hooks",
        about: "the manifest's hooks are the exported ones",
        needs: Needs::Module,
        run: |shape, _| match parsed(shape) {
            Some(Ok(manifest)) => hooks(shape, &manifest),
            _ => Verdict::NotRun,
        },
    },
];

/// The manifest where there is exactly one; its parser has a cap of its own.
fn parsed(shape: &Shape<'_>) -> Option<Result<Manifest, ManifestError>> {
    (shape.manifests == 1).then(|| Manifest::parse(shape.manifest))
}

fn hooks(shape: &Shape<'_>, manifest: &Manifest) -> Verdict {
    let exported = || deciding_hooks().filter(|hook| shape.exported_function(hook.name()).is_some());
    let limit = format!("the module exports {}", listed(exported().map(Hook::name)));
    let found = listed(manifest.hooks().iter().copied().map(Hook::name));
    Verdict::of(exported().eq(manifest.hooks().iter().copied()), found, limit)
        .hint("list in `hooks` exactly the hooks that the module exports, without `configure`")
}
