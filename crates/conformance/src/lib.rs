//! Goldens, recordings and differential tests against opentimelineio and a reference peer.
//!
//! The scenarios stand in `tests/`, one file each, named as sentences; they run the built `otio-sync` program, real
//! hubs, a real RabbitMQ and a peer written in Python (`tests/python`). What a scenario needs and does not find is
//! said in one line, and it passes: `cargo xtask test` brings all of it.

#[cfg(feature = "live")]
pub mod live;
pub mod parsers;
pub mod seeded;
