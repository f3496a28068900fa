//! What only the outside has.

/// Identities and times for events that are made. In Python: `str(uuid.uuid4())` and `datetime.now().isoformat()`.
pub trait Mint {
    /// An identity that nothing else has: a random UUID in lower case with hyphens, where it goes to other programs.
    fn uuid(&mut self) -> String;

    /// Now, in ISO 8601; the protocol has local time without a zone.
    fn timestamp(&mut self) -> String;
}

impl<M: Mint + ?Sized> Mint for &mut M {
    fn uuid(&mut self) -> String {
        (**self).uuid()
    }

    fn timestamp(&mut self) -> String {
        (**self).timestamp()
    }
}

/// The one that is given, unless it is empty; else a fresh one.
pub(crate) fn given_or_fresh(given: Option<&str>, mint: &mut dyn Mint) -> String {
    given.filter(|uuid| !uuid.is_empty()).map_or_else(|| mint.uuid(), str::to_owned)
}
