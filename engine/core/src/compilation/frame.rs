//! What parent and child say to each other: one request, one answer, each with its length in front.
//!
//! Invariant: every length is compared with its bound before anything is read or reserved; numbers are little-endian.

use std::io::{self, Read, Write};

use super::CompileLimits;
use crate::admission::Digest;

const REQUEST: [u8; 16] = *b"fenrun-compile/1";
const ANSWER: [u8; 16] = *b"fenrun-answer//1";

/// Bytes of a module that a child takes. Admission's cap is far below; this one holds without it.
const MODULE_BYTES_MAX: u32 = 64 << 20;

/// What the parent asks for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Request {
    /// The engine that the artifact is for.
    pub(super) identity: [u8; 32],
    pub(super) processor_seconds_max: u32,
    pub(super) memory_bytes_max: u64,
    /// Bytes of the module that follow.
    pub(super) module_bytes: u32,
    /// Instead of compiling, say what the child can still do.
    pub(super) probe: bool,
}

/// What kind of answer follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    /// The artifact.
    Artifact,
    /// The compiler took the module for wrong, in its words.
    Wrong,
    /// The child is of another version: its artifacts would not fit.
    OtherEngine,
    /// There was not enough memory.
    Memory,
    /// What the child could still do.
    Probe,
}

const STATUSES: [Status; 5] =
    [Status::Artifact, Status::Wrong, Status::OtherEngine, Status::Memory, Status::Probe];

/// The head of an answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Answer {
    pub(super) status: Status,
    /// The protections that are in force, as bits of [`super::Protection`].
    pub(super) protections: u32,
    /// The most memory that was resident, in bytes; 0 where the system does not say.
    pub(super) peak_bytes: u64,
    /// Processor time, in microseconds.
    pub(super) processor_micros: u64,
    /// Bytes that follow.
    pub(super) bytes: u64,
}

fn malformed(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

fn array<const N: usize>(source: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    source.read_exact(&mut bytes)?;
    Ok(bytes)
}

impl Request {
    pub(super) fn new(identity: &Digest, limits: &CompileLimits, module: &[u8]) -> io::Result<Self> {
        let module_bytes = u32::try_from(module.len()).map_err(|_| malformed("the module is too large"))?;
        Ok(Self {
            identity: *identity.as_bytes(),
            processor_seconds_max: limits.processor_seconds_max,
            memory_bytes_max: limits.memory_bytes_max,
            module_bytes,
            probe: false,
        })
    }

    pub(super) fn write(&self, to: &mut impl Write) -> io::Result<()> {
        to.write_all(&REQUEST)?;
        to.write_all(&self.identity)?;
        to.write_all(&self.processor_seconds_max.to_le_bytes())?;
        to.write_all(&self.memory_bytes_max.to_le_bytes())?;
        to.write_all(&[u8::from(self.probe)])?;
        to.write_all(&self.module_bytes.to_le_bytes())
    }

    pub(super) fn read(from: &mut impl Read) -> io::Result<Self> {
        if array(from)? != REQUEST {
            return Err(malformed("no request of this version"));
        }
        let request = Self {
            identity: array(from)?,
            processor_seconds_max: u32::from_le_bytes(array(from)?),
            memory_bytes_max: u64::from_le_bytes(array(from)?),
            probe: array::<1>(from)? != [0],
            module_bytes: u32::from_le_bytes(array(from)?),
        };
        if request.module_bytes > MODULE_BYTES_MAX {
            return Err(malformed("the module is too large"));
        }
        Ok(request)
    }
}

impl Answer {
    pub(super) fn write(&self, to: &mut impl Write) -> io::Result<()> {
        let status = STATUSES.iter().position(|status| *status == self.status).unwrap_or(STATUSES.len());
        to.write_all(&ANSWER)?;
        to.write_all(&[u8::try_from(status).unwrap_or(u8::MAX)])?;
        to.write_all(&self.protections.to_le_bytes())?;
        to.write_all(&self.peak_bytes.to_le_bytes())?;
        to.write_all(&self.processor_micros.to_le_bytes())?;
        to.write_all(&self.bytes.to_le_bytes())
    }

    /// Reads an answer and what follows it, which is at most `bytes_max` long; `None` for the rest where it is longer.
    pub(super) fn read(from: &mut impl Read, bytes_max: u64) -> io::Result<(Self, Option<Vec<u8>>)> {
        if array(from)? != ANSWER {
            return Err(malformed("no answer of this version"));
        }
        let [status] = array(from)?;
        let answer = Self {
            status: *STATUSES.get(usize::from(status)).ok_or_else(|| malformed("an unknown status"))?,
            protections: u32::from_le_bytes(array(from)?),
            peak_bytes: u64::from_le_bytes(array(from)?),
            processor_micros: u64::from_le_bytes(array(from)?),
            bytes: u64::from_le_bytes(array(from)?),
        };
        if answer.bytes > bytes_max {
            return Ok((answer, None));
        }
        let mut rest = Vec::new();
        from.take(answer.bytes).read_to_end(&mut rest)?;
        if u64::try_from(rest.len()) != Ok(answer.bytes) {
            return Err(malformed("it ends too early"));
        }
        Ok((answer, Some(rest)))
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, Request, Status};
    use crate::{admission::Digest, compilation::CompileLimits};

    #[test]
    fn what_is_written_is_read() {
        let request = Request::new(&Digest::of(b"engine"), &CompileLimits::default(), b"module").unwrap();
        let mut bytes = Vec::new();
        request.write(&mut bytes).unwrap();
        let read = Request::read(&mut bytes.as_slice()).unwrap();
        assert_eq!(format!("{read:?}"), format!("{request:?}"));

        let answer =
            Answer { status: Status::Memory, protections: 5, peak_bytes: 7, processor_micros: 9, bytes: 3 };
        let mut bytes = Vec::new();
        answer.write(&mut bytes).unwrap();
        bytes.extend_from_slice(b"abcd");
        let (read, rest) = Answer::read(&mut bytes.as_slice(), 3).unwrap();
        assert_eq!(format!("{read:?}"), format!("{answer:?}"));
        assert_eq!(rest.as_deref(), Some(b"abc".as_slice()));
    }

    /// The length is believed by nobody: nothing is reserved for it, and more than the bound is not read.
    #[test]
    fn a_length_is_bounded_before_anything_is_read() {
        let answer = Answer {
            status: Status::Artifact,
            protections: 0,
            peak_bytes: 0,
            processor_micros: 0,
            bytes: u64::MAX,
        };
        let mut bytes = Vec::new();
        answer.write(&mut bytes).unwrap();
        assert!(Answer::read(&mut bytes.as_slice(), 1 << 20).unwrap().1.is_none());
        let error = Answer::read(&mut bytes.as_slice(), u64::MAX).unwrap_err();
        assert_eq!(error.to_string(), "it ends too early");
        for end in 0..bytes.len() {
            assert!(Answer::read(&mut &bytes[..end], 10).is_err(), "{end}");
        }
        bytes[16] = 200;
        assert_eq!(Answer::read(&mut bytes.as_slice(), 10).unwrap_err().to_string(), "an unknown status");
        bytes[0] = b'F';
        let error = Answer::read(&mut bytes.as_slice(), 10).unwrap_err();
        assert_eq!(error.to_string(), "no answer of this version");
    }

    #[test]
    fn a_request_is_bounded_too() {
        let mut request = Request::new(&Digest::of(b""), &CompileLimits::default(), b"").unwrap();
        request.module_bytes = u32::MAX;
        let mut bytes = Vec::new();
        request.write(&mut bytes).unwrap();
        assert_eq!(Request::read(&mut bytes.as_slice()).unwrap_err().to_string(), "the module is too large");
    }
}
