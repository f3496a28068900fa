//! Goldens, recordings and differential tests against opentimelineio and a reference peer.
