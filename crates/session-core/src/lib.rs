//! One participant of a review session, without sockets, clock, threads or randomness.
