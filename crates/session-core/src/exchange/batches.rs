//! Operations on their way to whoever lacks them, in parts of bounded size, large ones packed.
//!
//! Joiners of one hour ask for the same operations from the beginning of the log, and packing takes longer than all else
//! that they cost. So full parts are kept for the next one who asks, as long as the same operations stand there.

use session_log::{Operation, OperationId, pack_operations};
use session_wire::Operations;

use crate::limits::{OPERATIONS_PACKED_FROM_BYTES, OPERATIONS_PART_BYTES_MAX};

/// Packed parts of the log, from its beginning on.
#[derive(Clone, Debug, Default)]
pub(crate) struct PackedParts {
    parts: Vec<PackedPart>,
}

/// A full part.
#[derive(Clone, Debug)]
struct PackedPart {
    /// How many operations are in it.
    count: usize,
    /// A hash of their stamps.
    stamps: blake3::Hash,
    packed: String,
}

/// What is gathered for a part.
#[derive(Default)]
struct Gathered<'a> {
    operations: Vec<&'a Operation>,
    lines: String,
}

impl PackedParts {
    /// Forgets all parts: operations were let go of, or one says something else under its old identity.
    pub(crate) fn clear(&mut self) {
        self.parts.clear();
    }

    /// These operations in parts, at least one; whom they are for and their numbers are to be filled in. `whole` is whether
    /// they are all that the log holds.
    pub(super) fn parts_of(&mut self, operations: &[&Operation], whole: bool) -> Vec<Operations> {
        let mut parts = Vec::new();
        let mut rest = operations;
        let mut kept = 0;
        while let Some(part) = self.parts.get(kept).filter(|part| whole && part.begins(rest)) {
            parts.push(packed_part(part.packed.clone()));
            rest = &rest[part.count..];
            kept += 1;
        }
        if whole {
            self.parts.truncate(kept);
        }
        let mut gathered = Gathered::default();
        for &operation in rest {
            let line = operation.encode();
            if gathered.is_full_with(&line) {
                let full = std::mem::take(&mut gathered);
                let part = full.to_part();
                if let Some(packed) = part.packed.clone().filter(|_| whole) {
                    let (count, stamps) = (full.operations.len(), hash_of(&full.operations));
                    self.parts.push(PackedPart { count, stamps, packed });
                }
                parts.push(part);
            }
            gathered.add(operation, &line);
        }
        if !gathered.operations.is_empty() || parts.is_empty() {
            parts.push(gathered.to_part());
        }
        parts
    }
}

impl PackedPart {
    /// Whether the same operations are the first of these.
    fn begins(&self, operations: &[&Operation]) -> bool {
        operations.get(..self.count).is_some_and(|first| hash_of(first) == self.stamps)
    }
}

/// Says which operations these are.
fn hash_of(operations: &[&Operation]) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    for stamp in operations.iter().map(|operation| operation.stamp()) {
        let OperationId { source, run, seq } = &stamp.id;
        for number in [stamp.hlc_us, *seq, source.len() as u64, run.len() as u64] {
            hasher.update(&number.to_be_bytes());
        }
        hasher.update(source.as_bytes()).update(run.as_bytes());
    }
    hasher.finalize()
}

impl<'a> Gathered<'a> {
    fn is_full_with(&self, line: &str) -> bool {
        !self.operations.is_empty() && self.lines.len() + line.len() > OPERATIONS_PART_BYTES_MAX
    }

    fn add(&mut self, operation: &'a Operation, line: &str) {
        self.operations.push(operation);
        self.lines.push_str(line);
        self.lines.push('\n');
    }

    /// Packed where it is large and gets shorter by that.
    fn to_part(&self) -> Operations {
        let is_large = self.lines.len() >= OPERATIONS_PACKED_FROM_BYTES;
        if let Some(packed) = is_large.then(|| pack_operations(&self.lines)).flatten() {
            return packed_part(packed);
        }
        let envelopes = self.operations.iter().map(|operation| operation.envelope().to_value()).collect();
        Operations::new("", 0, 0, false, envelopes)
    }
}

fn packed_part(packed: String) -> Operations {
    Operations { packed: Some(packed), ..Operations::default() }
}
