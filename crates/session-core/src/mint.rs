//! GUIDs from the entropy that a peer was given.

use uuid::Builder;

/// A counter-mode pseudo-random function over the peer's entropy: the same entropy gives the same GUIDs.
#[derive(Clone, Debug)]
pub(crate) struct Mint {
    key: [u8; 32],
    counter: u64,
}

impl Mint {
    /// From 32 bytes that no other peer and no other run has.
    pub(crate) const fn new(entropy: [u8; 32]) -> Self {
        Self { key: entropy, counter: 0 }
    }

    /// A fresh GUID in the form of a random UUID.
    pub(crate) fn guid(&mut self) -> String {
        let digest = blake3::keyed_hash(&self.key, &self.counter.to_le_bytes());
        self.counter += 1;
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest.as_bytes()[..16]);
        Builder::from_random_bytes(bytes).into_uuid().to_string()
    }

    /// A fresh short word for requests and transactions.
    pub(crate) fn word(&mut self) -> String {
        self.guid()[..8].to_owned()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::Mint;

    #[test]
    fn the_same_entropy_gives_the_same_guids_and_none_twice() {
        let (mut a, mut b) = (Mint::new([7; 32]), Mint::new([7; 32]));
        let first: Vec<_> = (0..1000).map(|_| a.guid()).collect();
        let second: Vec<_> = (0..1000).map(|_| b.guid()).collect();
        assert_eq!(first, second);
        assert_eq!(first.iter().collect::<BTreeSet<_>>().len(), 1000);
        assert_ne!(Mint::new([8; 32]).guid(), first[0]);
    }
}
