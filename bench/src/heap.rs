//! Bytes that are asked of the allocator and not given back.

/// How many there are now.
pub(crate) fn live() -> usize {
    crate::ALLOCATOR.allocated()
}
