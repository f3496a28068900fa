//! Stamped operations, the ordered set of them and the state that they fold to.

mod clock;
mod frontier;
pub mod limits;
mod stamp;

pub use clock::{HybridClock, Observed};
pub use frontier::Frontier;
pub use stamp::{Guid, OperationId, OperationIdError, Stamp};
