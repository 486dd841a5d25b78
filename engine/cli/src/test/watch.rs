//! Waiting until something that the cases depend on has changed.
//!
//! Invariant: only looks; a file that comes, goes or changes is a change, a build's results are not.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(300);

/// Files that are looked at; what lies beyond is not noticed.
const FILES_MAX: usize = 20_000;

/// The files below some folders, and when each was last changed.
pub(super) type Looks = BTreeMap<PathBuf, Option<SystemTime>>;

/// Looks at everything below these folders.
pub(super) fn look<'a>(folders: impl IntoIterator<Item = &'a Path>) -> Looks {
    let mut looks = Looks::new();
    for folder in folders {
        look_into(folder, &mut looks);
    }
    looks
}

/// Waits until these folders look otherwise.
pub(super) fn wait<'a>(folders: impl IntoIterator<Item = &'a Path> + Clone, before: &Looks) {
    while look(folders.clone()) == *before {
        thread::sleep(PAUSE);
    }
    // Editors write in several steps.
    thread::sleep(PAUSE);
}

fn look_into(folder: &Path, looks: &mut Looks) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        if name == "target" || name == "Cargo.lock" || name.as_encoded_bytes().starts_with(b".") {
            continue;
        }
        if looks.len() >= FILES_MAX {
            return;
        }
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => look_into(&entry.path(), looks),
            _ => {
                let changed = entry.metadata().and_then(|about| about.modified()).ok();
                looks.insert(entry.path(), changed);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::look;
    use std::fs;
    use std::time::{Duration, SystemTime};

    #[test]
    fn what_comes_goes_or_changes_is_seen_and_builds_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir_all(path("cases")).unwrap();
        fs::write(path("cases/a.json"), "1").unwrap();
        let before = look([folder.path()]);
        assert_eq!(before.len(), 1);
        assert_eq!(look([folder.path()]), before);

        fs::create_dir_all(path("target")).unwrap();
        for built in ["target/a.wasm", "Cargo.lock", ".a.json.swp"] {
            fs::write(path(built), "").unwrap();
        }
        assert_eq!(look([folder.path()]), before);

        fs::write(path("cases/b.json"), "2").unwrap();
        let more = look([folder.path()]);
        assert_ne!(more, before);
        let file = fs::File::options().append(true).open(path("cases/a.json")).unwrap();
        file.set_modified(SystemTime::now() + Duration::from_secs(5)).unwrap();
        let changed = look([folder.path()]);
        assert_ne!(changed, more);
        fs::remove_file(path("cases/b.json")).unwrap();
        assert_eq!(look([folder.path()]).len(), 1);
    }
}
