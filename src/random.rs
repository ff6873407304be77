//! Numbers that are hashes of what they are for: no generator has a state, and no number depends on
//! any other.

/// Numbers for other choices than draws: each depends on its purpose and its place alone.
#[derive(Debug, Clone)]
pub struct Stream {
    key: [u8; 32],
}

impl Stream {
    #[must_use]
    pub fn new(seed: u64, purpose: &str) -> Stream {
        let mut hasher = blake3::Hasher::new_derive_key("ansatz 2026-11 variations 1");
        hasher.update(&seed.to_le_bytes());
        hasher.update(purpose.as_bytes());
        Stream { key: *hasher.finalize().as_bytes() }
    }

    /// A number below `size`, uniform; 0 where `size` is.
    #[must_use]
    pub fn below(&self, ordinal: u64, size: usize) -> usize {
        below(self.at(ordinal), size)
    }

    /// A number, uniform over all of its bits.
    #[must_use]
    pub fn at(&self, ordinal: u64) -> u64 {
        number(&self.key, ordinal)
    }
}

/// floor(u·size) for u = number / 2^64.
#[must_use]
pub fn below(number: u64, size: usize) -> usize {
    let product = u128::from(number) * (size as u128);
    usize::try_from(product >> 64).unwrap_or(0)
}

/// The `ordinal`-th number of a stream, uniform over 64 bits.
#[must_use]
pub fn number(key: &[u8; 32], ordinal: u64) -> u64 {
    let hash = blake3::keyed_hash(key, &ordinal.to_le_bytes());
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&hash.as_bytes()[..8]);
    u64::from_le_bytes(bytes)
}
