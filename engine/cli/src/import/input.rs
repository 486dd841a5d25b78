//! Opening an export.
//!
//! Invariant: what a file is packed as is told from its bytes, never from its name.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;

/// The path that stands for the standard input.
const STANDARD_INPUT: &str = "-";

/// The first bytes of a gzip file (RFC 1952).
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// The text of a file, unpacked where it is packed.
pub(super) fn open(path: &Path) -> io::Result<Box<dyn BufRead>> {
    if path == Path::new(STANDARD_INPUT) {
        return unpacked(BufReader::new(io::stdin()));
    }
    unpacked(BufReader::new(File::open(path)?))
}

fn unpacked(mut input: impl BufRead + 'static) -> io::Result<Box<dyn BufRead>> {
    if input.fill_buf()?.starts_with(&GZIP_MAGIC) {
        return Ok(Box::new(BufReader::new(MultiGzDecoder::new(input))));
    }
    Ok(Box::new(input))
}
