//! Every bound of the hub, in one table.

use std::time::Duration;

/// The bounds of one hub; `Limits::default()` is right for a session, tests take smaller ones.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Sessions in one hub.
    pub rooms_max: usize,
    /// WebSocket peers in one room.
    pub peers_max: usize,
    /// Sockets of the whole hub, those that have not said HELLO yet included.
    pub sockets_max: usize,
    /// The longest message, in bytes; the same on the wire everywhere.
    pub message_bytes_max: usize,
    /// The longest HELLO, in bytes.
    pub hello_bytes_max: usize,
    /// Messages before HELLO that are kept until it comes; a link that comes back may still send some that were meant
    /// for the connection it lost. Together they may have `hello_bytes_max` bytes.
    pub early_messages_max: usize,
    /// How long HELLO may take.
    pub hello_time: Duration,
    /// Received messages that wait for a room; further ones wait in their sockets.
    pub room_queue: usize,
    /// Messages a second that one connection may send for long; more are slowed down, none is lost.
    pub rate_per_second: u32,
    /// Messages that one connection may send at once before it is slowed down.
    pub rate_burst: u32,
    /// A long message counts as one more message for each of these bytes.
    pub rate_bytes: usize,
    /// Refused messages a second that one connection may cause for long, before it is closed.
    pub refusals_per_second: u32,
    /// Refused messages that one connection may cause at once, before it is closed.
    pub refusals_burst: u32,
    /// Messages that wait for a slow reader: answers, presence, leases.
    pub control_messages_max: usize,
    /// Keys whose latest view message waits for a slow reader; when there are more, the oldest is dropped.
    pub latest_keys_max: usize,
    /// Operations and states that wait for a slow reader, in messages.
    pub durable_messages_max: usize,
    /// Operations and states that wait for a slow reader, in bytes; one message always fits. A session whose log is longer
    /// than this cannot be joined by a slow reader.
    pub durable_bytes_max: usize,
    /// How long a socket may take no byte at all while something waits for it.
    pub write_time: Duration,
    /// A silent socket is pinged this often.
    pub ping_every: Duration,
    /// A socket from which nothing comes for this long, pongs included, is closed.
    pub silence: Duration,
    /// A peer heard within this time is alive: its GUID cannot be taken over by another run.
    pub alive: Duration,
    /// A GUID heard over a link belongs to that link until it is silent for this long.
    pub link_home: Duration,
    /// GUIDs that a room knows from its links at one time; messages of further ones are dropped.
    pub homes_max: usize,
    /// Operations that wait for the disk; while there are more, further ones are refused as `busy`.
    pub unsynced_max: usize,
    /// Bytes of a session's log on the disk that no checkpoint stands for; while there are more, operations are refused as
    /// `log_full`. A checkpoint comes every 10 000 operations, unless somebody who fell silent is waited for.
    pub log_bytes_max: u64,
    /// How long closing may take: the last messages, the last sync.
    pub shutdown_time: Duration,
    /// Events that wait for a subscriber who is behind; it then misses the oldest and is told how many.
    pub events: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            rooms_max: 1_000,
            peers_max: 2_000,
            sockets_max: 10_000,
            message_bytes_max: session_wire::limits::MESSAGE_BYTES_MAX,
            hello_bytes_max: 4 * 1024 * 1024,
            early_messages_max: 256,
            hello_time: Duration::from_secs(5),
            room_queue: 1_024,
            rate_per_second: 2_000,
            rate_burst: 20_000,
            rate_bytes: 8 * 1024,
            refusals_per_second: 5,
            refusals_burst: 100,
            control_messages_max: 16_384,
            latest_keys_max: 1_024,
            durable_messages_max: 65_536,
            durable_bytes_max: 256 * 1024 * 1024,
            write_time: Duration::from_secs(20),
            ping_every: Duration::from_secs(10),
            silence: Duration::from_secs(30),
            alive: Duration::from_secs(3),
            link_home: Duration::from_secs(15),
            homes_max: 65_536,
            unsynced_max: 65_536,
            log_bytes_max: 4 * 1024 * 1024 * 1024,
            shutdown_time: Duration::from_secs(5),
            events: 2_048,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = include_str!("../../../docs/limits.md");

    fn stands(name: &str, value: &str) -> bool {
        TABLE.lines().any(|line| line.starts_with(&format!("| `{name}` | {value} |")))
    }

    #[test]
    fn the_table_in_the_documents_says_what_the_code_does() {
        let shown = format!("{:?}", Limits::default());
        let fields = shown.trim_start_matches("Limits { ").trim_end_matches(" }");
        for field in fields.split(", ") {
            let (name, value) = field.split_once(": ").unwrap();
            assert!(stands(name, value), "docs/limits.md does not say that {name} is {value}");
        }
        let beginning = TABLE.split("## A session").next().unwrap();
        assert_eq!(beginning.matches("\n| `").count(), fields.split(", ").count(), "a limit that is gone");
    }

    macro_rules! says {
        ($($krate:ident :: $name:ident),* $(,)?) => {
            [$((concat!(stringify!($krate), "::limits::", stringify!($name)), $krate::limits::$name.to_string())),*]
        };
    }

    #[test]
    fn what_other_crates_hold_stands_in_the_table_too() {
        let constants = says!(
            session_wire::MESSAGE_DEPTH_MAX,
            session_wire::OPERATION_DEPTH_MAX,
            session_core::OPERATION_BYTES_MAX,
            session_core::STAMP_AHEAD_MAX_US,
            session_core::CHECKPOINT_AFTER,
            session_core::CHECKPOINT_KEEPS,
            session_core::ROSTER_MAX,
            session_store::SEGMENT_BYTES_MAX,
            session_store::PAYLOAD_BYTES_MAX,
            session_store::BUFFER_BYTES_MAX,
            session_store::HISTORY_BYTES_MAX,
            session_store::HOSTED_FILES_MAX,
        );
        for (name, value) in constants {
            assert!(stands(name, &value), "docs/limits.md does not say that {name} is {value}");
        }
    }
}
