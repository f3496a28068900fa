//! Stamped operations, the ordered set of them and the state that they fold to.
