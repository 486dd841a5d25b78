//! The seal of an artifact: what it is for, authenticated with the host's key.
//!
//! Invariant: an [`Authentic`] is made here, by a seal that holds, and nowhere else.

use super::key::Key;
use crate::admission::Digest;

/// What a sealed file begins with.
const MAGIC: [u8; 16] = *b"fenrun-artifact1";

/// Magic, module, engine, seal.
const HEAD_BYTES: usize = 16 + 32 + 32 + 32;

/// An artifact that bears this host's seal for one module and one engine.
pub(crate) struct Authentic {
    file: Vec<u8>,
}

impl Authentic {
    pub(crate) fn bytes(&self) -> &[u8] {
        self.file.get(HEAD_BYTES..).unwrap_or_default()
    }
}

fn sum(key: &Key, module: &Digest, engine: &Digest, artifact: &[u8]) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new_keyed(key.bytes());
    hasher.update(&MAGIC).update(module.as_bytes()).update(engine.as_bytes()).update(artifact);
    hasher.finalize()
}

/// An artifact as it is stored.
pub(super) fn sealed(key: &Key, module: &Digest, engine: &Digest, artifact: &[u8]) -> Vec<u8> {
    let mut file = Vec::with_capacity(HEAD_BYTES.saturating_add(artifact.len()));
    file.extend_from_slice(&MAGIC);
    file.extend_from_slice(module.as_bytes());
    file.extend_from_slice(engine.as_bytes());
    file.extend_from_slice(sum(key, module, engine, artifact).as_bytes());
    file.extend_from_slice(artifact);
    file
}

/// Breaks the seal of a stored artifact, or says why it is none.
pub(super) fn opened(
    key: &Key,
    module: &Digest,
    engine: &Digest,
    file: Vec<u8>,
) -> Result<Authentic, &'static str> {
    let (head, artifact) = file.split_at_checked(HEAD_BYTES).ok_or("it is truncated")?;
    let (magic, rest) = head.split_at_checked(16).ok_or("it is truncated")?;
    let (of_module, rest) = rest.split_at_checked(32).ok_or("it is truncated")?;
    let (of_engine, seal) = rest.split_at_checked(32).ok_or("it is truncated")?;
    if magic != MAGIC {
        return Err("it is no artifact of this version");
    }
    if of_module != module.as_bytes() {
        return Err("it is of another module");
    }
    if of_engine != engine.as_bytes() {
        return Err("it was made by another engine");
    }
    let seal: [u8; 32] = seal.try_into().map_err(|_| "it is truncated")?;
    // Compared in constant time.
    if sum(key, module, engine, artifact) != blake3::Hash::from_bytes(seal) {
        return Err("it does not bear this host's seal");
    }
    Ok(Authentic { file })
}

#[cfg(test)]
mod tests {
    use super::{Digest, HEAD_BYTES, Key, opened, sealed};

    #[test]
    fn every_byte_counts() {
        let key = Key::of([7; 32]);
        let (module, engine) = (Digest::of(b"module"), Digest::of(b"engine"));
        let file = sealed(&key, &module, &engine, b"native code");
        assert_eq!(opened(&key, &module, &engine, file.clone()).unwrap().bytes(), b"native code");
        for at in 0..file.len() {
            for bit in 0..8 {
                let mut other = file.clone();
                other[at] ^= 1 << bit;
                assert!(opened(&key, &module, &engine, other).is_err(), "byte {at}, bit {bit}");
            }
            assert!(opened(&key, &module, &engine, file[..at].to_vec()).is_err(), "{at} bytes");
        }
        let mut longer = file.clone();
        longer.push(0);
        let error = opened(&key, &module, &engine, longer).err();
        assert_eq!(error, Some("it does not bear this host's seal"));
        let error = opened(&Key::of([8; 32]), &module, &engine, file.clone()).err();
        assert_eq!(error, Some("it does not bear this host's seal"));
        let error = opened(&key, &engine, &engine, file.clone()).err();
        assert_eq!(error, Some("it is of another module"));
        let error = opened(&key, &module, &module, file.clone()).err();
        assert_eq!(error, Some("it was made by another engine"));
        assert_eq!(
            opened(&key, &module, &engine, file[..HEAD_BYTES - 1].to_vec()).err(),
            Some("it is truncated")
        );
    }
}
