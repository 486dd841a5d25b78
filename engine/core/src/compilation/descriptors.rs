//! Closing what a host left open in its child.
//!
//! Invariant: called by a process that does nothing but compile from here on, and never returns to its host's code.

/// Closes every descriptor but the three pipes. Whether this system lists them.
#[cfg(unix)]
#[expect(unsafe_code, reason = "the standard library cannot close a descriptor that it did not open")]
pub(super) fn close() -> bool {
    use std::{
        fs,
        os::fd::{FromRawFd as _, OwnedFd, RawFd},
    };

    let Ok(entries) = fs::read_dir("/dev/fd") else { return false };
    let open: Vec<RawFd> =
        entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    // The listing had a descriptor too; it is closed by now, so it is not to be closed again.
    let is_open = |descriptor: &RawFd| fs::symlink_metadata(format!("/dev/fd/{descriptor}")).is_ok();
    for descriptor in open.into_iter().filter(|descriptor| *descriptor > 2).filter(is_open) {
        // SAFETY: it is open, and nobody in this process uses it any more: all that is left to do is to read standard
        // input, to write standard output and to end.
        drop(unsafe { OwnedFd::from_raw_fd(descriptor) });
    }
    true
}

/// Nothing is inherited here unless it was asked for.
#[cfg(not(unix))]
pub(super) fn close() -> bool {
    true
}
