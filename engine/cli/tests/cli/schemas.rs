//! The committed schemas, and completions.
//!
//! Invariant: what is committed is what the binary prints.

use std::fs;

use clap::ValueEnum as _;
use fenrun_cli::schema::Format;

use crate::support::{Shop, root};

/// To write them anew: `FENRUN_BLESS=1 cargo test -p fenrun-cli schemas`.
#[test]
fn the_committed_schemas_are_fresh() {
    for format in Format::ALL {
        let path = root().join("schemas").join(format.file_name());
        if std::env::var_os("FENRUN_BLESS").is_some() {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, format.schema()).unwrap();
        }
        let committed = fs::read_to_string(&path).unwrap();
        assert!(
            committed == format.schema(),
            "`{}` is not what the types say; FENRUN_BLESS=1 writes it anew",
            path.display()
        );
    }
    let committed = fs::read_dir(root().join("schemas")).unwrap().count();
    assert_eq!(committed, Format::ALL.len(), "a schema is committed that nothing makes");
}

#[test]
fn every_format_can_be_named() {
    assert_eq!(Format::value_variants(), Format::ALL);
    for format in Format::ALL {
        let transcript = Shop::new().fenrun(&["schema", format.name()]);
        assert_eq!((transcript.code, transcript.stdout), (0, format.schema()));
    }
}

#[test]
fn completions_are_for_this_binary() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let transcript = Shop::new().fenrun(&["completions", shell]);
        assert_eq!(transcript.code, 0);
        assert!(transcript.stdout.contains("fenrun"), "{shell}");
    }
}
