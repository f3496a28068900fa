//! Random scripts over real networks: peers of ours, and existing peers by the project's Python peer, in one session.
//!
//! A [`Script`] is a plan of the simulator, drawn from a seed, played in real time: ours are the program's own hub and
//! participants, each in a runtime of its own that can be ended as a process is by `kill -9`; existing peers are
//! processes of `tests/python`, on opentimelineio itself, and are killed for good. The network is a RabbitMQ broker, or
//! datagrams through a relay that loses some for each receiver. At the end everybody must hold the same.

mod figures;
mod judge;
mod network;
mod ours;
mod relay;
mod script;
mod session;
mod theirs;
mod wire;

use std::path::PathBuf;

pub use figures::Figures;
pub use script::{Over, Script};
pub use session::Outcome;

/// What scripts are played with.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// An interpreter with opentimelineio and pika.
    pub python: PathBuf,
    /// The folder of the Python peer.
    pub peers: PathBuf,
    /// `amqp://…` of a broker; needed by scripts over RabbitMQ.
    pub broker: Option<String>,
    /// Where what a script that fails leaves behind is kept.
    pub kept: PathBuf,
}
