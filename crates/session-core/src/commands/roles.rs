//! Giving roles.

use session_wire::SetPeerRole;

use super::draft::Draft;
use crate::clock::Now;
use crate::command::Reply;
use crate::error::CommandError;
use crate::peer::Peer;
use crate::roles::{Group, Role};

impl Peer {
    /// Gives a user a role, or the peer of a GUID. Where nobody can be a driver, anybody may name the first one.
    pub(crate) fn set_peer_role(
        &mut self,
        user: &str,
        peer_guid: Option<String>,
        role: Role,
        now: Now,
    ) -> Result<Reply, CommandError> {
        let user = user.trim();
        let peer = peer_guid.filter(|guid| !guid.is_empty());
        if user.is_empty() && peer.is_none() {
            let reason = "it is empty; give the account name that the participant's identity says".to_owned();
            return Err(CommandError::Document { what: "user", reason });
        }
        let own = peer.as_deref().map_or(self.own_user() == Some(user), |guid| *guid == *self.own);
        let message = match &peer {
            Some(guid) => SetPeerRole::of_peer(guid.as_str(), role.as_str()),
            None => SetPeerRole::new(user, role.as_str()),
        };
        let draft = Draft::new(SetPeerRole { issuer_guid: Some(self.own.to_string()), ..message });
        if own && role != Role::Driver && self.own_role == Role::Driver {
            return Err(CommandError::OwnRole);
        }
        if !(role == Role::Driver && self.log.state().roles().is_driverless()) {
            self.permitted(Group::Administration)?;
        }
        self.commit(vec![draft], now)
    }
}
