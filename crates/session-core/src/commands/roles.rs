//! Giving roles.

use session_wire::SetPeerRole;

use super::draft::Draft;
use crate::clock::Now;
use crate::command::Reply;
use crate::error::CommandError;
use crate::peer::Peer;
use crate::roles::{Group, Role};

impl Peer {
    pub(crate) fn set_peer_role(&mut self, user: &str, role: Role, now: Now) -> Result<Reply, CommandError> {
        self.permitted(Group::Administration)?;
        if user.trim().is_empty() {
            let reason = "it is empty; give the account name that the participant's identity says".to_owned();
            return Err(CommandError::Document { what: "user", reason });
        }
        let mut message = SetPeerRole::new(user.trim(), role.as_str());
        message.issuer_guid = Some(self.own.to_string());
        self.commit(vec![Draft::new(message)], now)
    }
}
