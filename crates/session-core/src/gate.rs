//! The gate: what a participant sends over a connection of its own is refused where its role forbids it.
//!
//! The fold gives no effect to what a role forbids (session-log), whoever let it in. The gate stops it earlier and says
//! so, and it also covers what never enters the fold: view messages and leases. It judges an operation at its place in the
//! order, as the fold will. What it refuses is not lost to a set that others may have already: an operation that is
//! stopped here because the change of roles that permits it is still under way comes in by anti-entropy, and one that
//! is forbidden for good has no effect there (`docs/decisions/0005-roles.md`).

use std::sync::Arc;

use session_log::{Guid, NoEffect, Operation, Roles};
use session_wire::{Envelope, Hello, Message};

use crate::clock::Now;
use crate::limits::{SECOND_US, STAMP_AHEAD_MAX_US};
use crate::output::{Receipt, Refusal, RefusalReason};
use crate::peer::Peer;
use crate::receive::is_repair;
use crate::roles::{Group, Role, groups_of};

/// Whom a connection belongs to: what it said when it was opened holds until it ends.
#[derive(Clone, Debug)]
pub struct Sender {
    guid: Guid,
    user: Option<String>,
    asked: Role,
    /// What the link gives by which it came in.
    granted: Role,
}

impl Sender {
    /// Who said HELLO.
    pub fn of(hello: &Hello) -> Self {
        Self {
            guid: Guid::from(hello.source_guid.as_str()),
            user: hello.user.clone().filter(|user| !user.is_empty()),
            asked: hello.role.as_deref().map(Role::normalise).unwrap_or_default(),
            granted: Role::Driver,
        }
    }

    /// The same, let in by a link that gives no more than this role. The session may give another one later.
    #[must_use]
    pub fn granted(mut self, role: Role) -> Self {
        self.granted = role;
        self
    }

    /// Its role, as the roles are somewhere: what the session gave it, else the narrowest of what it asked for, what its
    /// link gives and what everybody has.
    fn role(&self, roles: &Roles) -> Role {
        // Anybody can say an account's name; a link that gives less is not widened by it.
        let user = self.user.as_deref().filter(|_| self.granted == Role::Driver);
        let given = roles.given(&self.guid, user);
        given.unwrap_or_else(|| self.asked.max(self.granted).max(roles.default_role()))
    }
}

impl Peer {
    /// Takes in one envelope whose sender is known: a hub's connection, bound to a participant by its HELLO. Refuses what
    /// the sender's role forbids, what carries another's name, and stamps from the future.
    pub fn receive_from(
        &mut self,
        now: Now,
        sender: &mut Sender,
        envelope: impl Into<Arc<Envelope>>,
    ) -> Receipt {
        self.now = now;
        let envelope = envelope.into();
        let receipt = match self.objection(sender, &envelope) {
            Some(refusal) => Receipt::Refused(refusal),
            None => self.receive_checked(&envelope, Some(sender), now),
        };
        self.counted(receipt)
    }

    /// What is wrong with a message before anybody looks at the operation that it may be.
    fn objection(&self, sender: &mut Sender, envelope: &Envelope) -> Option<Refusal> {
        if *envelope.source_guid != *sender.guid {
            let detail = format!(
                "this connection is bound to {:?}; the message says {:?}",
                sender.guid, envelope.source_guid
            );
            return Some(Refusal { reason: RefusalReason::ForeignIdentity, detail });
        }
        if let Message::PeerAnnounce(body) = &envelope.message {
            return announced_user(
                sender,
                body.identity.as_ref().map_or("", |identity| identity.user.trim()),
            );
        }
        if matches!(envelope.message, Message::Checkpoint(_)) && self.mastership.is_own() {
            let detail = "the master makes checkpoints, and that is this peer".to_owned();
            return Some(Refusal { reason: RefusalReason::MastershipTaken, detail });
        }
        if is_repair(envelope) && !sender.role(self.log.state().roles()).permits(Group::Structure) {
            let role = sender.role(self.log.state().roles());
            return Some(of_role(&NoEffect::Role { role, group: Group::Structure }));
        }
        if matches!(envelope.message, Message::OperationStamp(_)) && self.is_steward(self.now) {
            let detail = "the steward stamps operations, and that is this peer".to_owned();
            return Some(Refusal { reason: RefusalReason::MastershipTaken, detail });
        }
        if envelope.message.is_durable() {
            let said = envelope.operation.as_ref().and_then(|operation| operation.user.as_deref());
            return said.and_then(|user| other_user(sender, user));
        }
        let role = sender.role(self.log.state().roles());
        let active = self.view.active_timeline().map(|guid| &**guid);
        let groups = groups_of(&envelope.message, envelope.operation.as_deref(), active);
        let forbidden = groups.into_iter().find(|group| !role.permits(*group));
        forbidden.map(|group| of_role(&NoEffect::Role { role, group }))
    }

    /// Whether an operation is not taken that a sender hands over when it is asked: who was let in as less than a driver
    /// hands over its own work alone, and of that only what its role permits.
    pub fn may_not_hand_over(&mut self, sender: &Sender, envelope: &Arc<Envelope>) -> bool {
        if sender.granted == Role::Driver {
            return false;
        }
        if *envelope.source_guid != *sender.guid {
            return true;
        }
        let Ok(Some(operation)) = Operation::from_envelope(envelope, self.now.wall_us) else { return false };
        !self.log.contains(operation.id())
            && self.log.forbids(&operation, |roles| sender.role(roles)).is_some()
    }

    /// Why a sender's operation is not taken. While the state is not there yet nobody can tell: the fold will.
    pub(crate) fn objection_to_operation(
        &mut self,
        sender: &Sender,
        operation: &Operation,
        now: Now,
    ) -> Option<Refusal> {
        let ahead_us = operation.stamp().hlc_us.saturating_sub(now.wall_us);
        // An existing peer's is stamped anew.
        if ahead_us > STAMP_AHEAD_MAX_US && !operation.id().is_of_existing_peer() {
            let seconds = ahead_us / SECOND_US;
            let detail = format!(
                "the operation is stamped {seconds} s ahead of the time here: set the clock of that machine right"
            );
            return Some(Refusal { reason: RefusalReason::Clock, detail });
        }
        if self.holds_back() || self.log.contains(operation.id()) {
            return None;
        }
        let forbidden = self.log.forbids(operation, |roles| sender.role(roles));
        forbidden.as_ref().map(of_role)
    }
}

/// A connection keeps the account name that it was opened with, or that it announced first.
fn announced_user(sender: &mut Sender, user: &str) -> Option<Refusal> {
    if sender.user.is_none() && !user.is_empty() {
        sender.user = Some(user.to_owned());
    }
    other_user(sender, user)
}

fn other_user(sender: &Sender, user: &str) -> Option<Refusal> {
    let bound = sender.user.as_deref().filter(|bound| !user.is_empty() && *bound != user)?;
    let detail = format!("this connection belongs to {bound:?}; the message says {user:?}");
    Some(Refusal { reason: RefusalReason::ForeignIdentity, detail })
}

fn of_role(why: &NoEffect) -> Refusal {
    let detail = format!("{why}: ask a driver for another role");
    Refusal { reason: RefusalReason::Role, detail }
}
