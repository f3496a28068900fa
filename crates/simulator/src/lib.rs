//! Many peers of ours, a network, clocks and disks, from one seed.
//!
//! A [`Plan`] is drawn from a seed ([`Plan::draw`]) and says everything that happens in one session: who comes when,
//! which commands they give, whose process ends, when the network is parted, how it loses, doubles, delays and
//! reorders messages. [`Plan::run`] runs it with the very engine that the program runs ([`session_core::Peer`]) in
//! virtual time, then ends all mishaps and sees whether everybody agrees in time, and on the fold from scratch of all
//! operations in the order of their stamps. The same plan always gives the same session.
//!
//! [`LogPlan`] is the light form of it: logs alone, whose operations are handed on in any order.
//!
//! A plan that fails is made shorter ([`Plan::shrink`]) and written as JSON, to be run again. [`Mutant`]s break rules
//! on purpose, to see that it is noticed. No clock, socket, thread, file or randomness of its own.
//!
//! ```
//! use simulator::{Plan, Wanted};
//!
//! let wanted = Wanted { peers: Some(2), operations: Some(10), ..Wanted::default() };
//! let plan = Plan::draw(7, &wanted);
//! let ran = plan.run();
//! assert!(ran.failure.is_none());
//! assert_eq!(ran.trace, Plan::from_json(&plan.to_json())?.run().trace);
//! # Ok::<(), String>(())
//! ```

mod commands;
mod covered;
mod doing;
mod draw;
mod draw_mixed;
mod existing;
mod failure;
mod figures;
mod logs;
mod marks;
mod mixed;
mod mutant;
mod network;
mod node;
mod objects;
mod oracle;
mod plan;
mod plan_json;
mod played;
mod random;
mod session;
mod shrink;
mod sight;

pub use doing::Doing;
pub use draw::Wanted;
pub use existing::{App, ExistingScript, Generation, Quirk, Quirks};
pub use failure::Failure;
pub use figures::{ExistingFigures, Figures};
pub use logs::{Act, Deed, LogPlan};
pub use mutant::Mutant;
pub use oracle::difference;
pub use plan::{Entry, ExistingPlan, NetworkPlan, PeerPlan, Plan, Step};
pub use played::{as_existing_read, as_held};
pub use session::Ran;
pub use shrink::Shrunk;
