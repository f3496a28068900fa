//! Close codes of a peer's socket: what a hub means by them, and what a link does.

use crate::LinkError;
use crate::pump::Loss;

/// The session is over or the hub has no more use for the connection: the link ends.
pub const NORMAL: u16 = 1000;
/// The hub stops or restarts: the link comes back.
pub const GOING_AWAY: u16 = 1001;
/// No code was given: the link comes back.
pub const NONE: u16 = 1005;
/// A rule was broken: the link ends.
pub const POLICY: u16 = 1008;
/// A message was larger than the hub takes: the link comes back.
pub const TOO_BIG: u16 = 1009;
/// Something in the hub failed: the link comes back.
pub const INTERNAL: u16 = 1011;
/// The hub restarts: the link comes back.
pub const RESTART: u16 = 1012;
/// The hub is full: the link comes back, later.
pub const TRY_LATER: u16 = 1013;
/// The first frame was no HELLO, or could not be read: the link ends.
pub const BAD_HELLO: u16 = 4400;
/// The secret is wrong, used up or expired: the link ends.
pub const WRONG_SECRET: u16 = 4401;
/// This peer may not take part: the link ends.
pub const FORBIDDEN: u16 = 4403;
/// The hub has no such session: the link ends.
pub const NO_SESSION: u16 = 4404;
/// No HELLO came in time: the link comes back.
pub const HELLO_TIMEOUT: u16 = 4408;
/// The GUID is taken by another connection: the link ends.
pub const GUID_TAKEN: u16 = 4409;
/// This peer was sent away: the link ends.
pub const SENT_AWAY: u16 = 4410;
/// This peer sends too much: the link comes back.
pub const RATE_LIMIT: u16 = 4429;

/// What a code means for the link.
pub(crate) fn loss(address: &str, code: u16, reason: &str) -> Loss {
    let meaning = match code {
        NORMAL => "the hub ended the session",
        GOING_AWAY => "the hub stops",
        NONE => "the hub closed the connection without a reason",
        POLICY => "a rule of the hub was broken",
        TOO_BIG => "a message was larger than the hub takes",
        INTERNAL => "something in the hub failed",
        RESTART => "the hub restarts",
        TRY_LATER => "the hub is full",
        BAD_HELLO => "the hub did not understand the greeting; its version and this program's do not fit",
        WRONG_SECRET => "the secret of the join link is wrong, used up or expired; ask for a new link",
        FORBIDDEN => "this peer may not take part; ask whoever hosts",
        NO_SESSION => "the hub has no such session; check the name",
        HELLO_TIMEOUT => "the greeting did not arrive in time",
        GUID_TAKEN => "another connection takes part under the same GUID; end that program first",
        SENT_AWAY => "this peer was sent away",
        RATE_LIMIT => "this peer sends too much",
        _ => "the hub closed the connection",
    };
    let reason = described(meaning, code, reason);
    let address = address.to_owned();
    match code {
        NORMAL | SENT_AWAY => Loss::Final(LinkError::Ended { address, reason }),
        POLICY | BAD_HELLO | WRONG_SECRET | FORBIDDEN | NO_SESSION | GUID_TAKEN => {
            Loss::Final(LinkError::Refused { address, reason })
        }
        _ => Loss::Passing(reason),
    }
}

fn described(meaning: &str, code: u16, reason: &str) -> String {
    let said: String = reason.chars().filter(|c| !c.is_control()).take(200).collect();
    if said.is_empty() { format!("{meaning} ({code})") } else { format!("{meaning} ({code}: {said})") }
}
