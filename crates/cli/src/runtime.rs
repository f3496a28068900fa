//! What the machine gives: a runtime, time, randomness and Ctrl-C.

use crate::STACK_BYTES;
use crate::failure::Failure;
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::runtime::{Builder, Runtime};
use uuid::Uuid;

/// A runtime on this thread, for one participant.
pub(crate) fn single() -> Result<Runtime, Failure> {
    Builder::new_current_thread().enable_all().build().map_err(|error| no_runtime(&error))
}

/// A runtime on all processors, for a hub.
pub(crate) fn parallel() -> Result<Runtime, Failure> {
    Builder::new_multi_thread()
        .thread_stack_size(STACK_BYTES)
        .enable_all()
        .build()
        .map_err(|error| no_runtime(&error))
}

fn no_runtime(error: &std::io::Error) -> Failure {
    Failure::System { what: "the network runtime does not start", reason: error.to_string() }
}

/// A GUID that nobody else has.
pub(crate) fn fresh_guid() -> String {
    Uuid::new_v4().to_string()
}

/// A name for this start of the program.
pub(crate) fn fresh_run() -> String {
    let mut run = Uuid::new_v4().simple().to_string();
    run.truncate(16);
    run
}

/// Microseconds since 1970 UTC.
pub(crate) fn wall_us() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}

/// Seconds since 1970 UTC.
#[expect(clippy::cast_precision_loss, reason = "exact in microseconds until the year 2255")]
pub(crate) fn wall_seconds() -> f64 {
    wall_us() as f64 / 1e6
}

/// 32 bytes that no other start of the program has.
pub(crate) fn entropy() -> [u8; 32] {
    let mut bytes = [0; 32];
    let (first, second) = bytes.split_at_mut(16);
    first.copy_from_slice(Uuid::new_v4().as_bytes());
    second.copy_from_slice(Uuid::new_v4().as_bytes());
    bytes
}

/// Waits for Ctrl-C, or for the signal by which a service manager ends a program.
pub(crate) async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminated.recv() => {}
            }
            return;
        }
    }
    // Without a handler the signal ends the program by itself.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
