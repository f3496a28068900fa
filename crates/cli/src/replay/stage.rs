//! The session that a recording is played into, and who plays.

use crate::failure::Failure;
use crate::identity;
use crate::membership::{Entry, Membership};
use crate::replay::plan::{Plan, Step};
use crate::runtime;
use hub::CommandFailure;
use lossless_json::Value;
use session_core::{Command, Peer, Role};
use session_log::{Frontier, Guid};
use session_transport::Address;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long joining may take.
const JOINED_WITHIN: Duration = Duration::from_secs(30);
/// How long one player's operation may take to reach another.
const SEEN_WITHIN: Duration = Duration::from_secs(10);
/// How often it is looked.
const LOOK_EVERY: Duration = Duration::from_millis(2);

/// Everybody who plays: one participant, or one for each recorded source.
pub(crate) struct Stage {
    players: BTreeMap<Guid, Membership>,
    /// Who plays what no player of its own plays.
    first: Guid,
    /// What was authored so far.
    authored: Frontier,
}

impl Stage {
    /// Enters the session with everybody who is needed.
    pub(crate) async fn enter(address: &Address, plan: &Plan, keep_guids: bool) -> Result<Self, Failure> {
        let fresh = vec![Guid::from(runtime::fresh_guid())];
        let guids = if keep_guids && !plan.sources.is_empty() { plan.sources.clone() } else { fresh };
        let mut players = BTreeMap::new();
        for guid in &guids {
            let mut membership = Membership::enter(address, entry(guid)).await?;
            membership.joined(address, JOINED_WITHIN).await?;
            players.insert(guid.clone(), membership);
        }
        let first = guids.into_iter().next().unwrap_or_default();
        Ok(Self { players, first, authored: Frontier::new() })
    }

    /// Waits until somebody else is there. The peer inside a hub is nobody.
    pub(crate) async fn wait_for_peer(&self, in_hub: bool) -> Result<(), Failure> {
        let own: BTreeSet<Guid> = self.players.keys().cloned().collect();
        loop {
            let own = own.clone();
            let somebody = self.first()?.participant.inspect(move |peer| {
                let hub = peer.master().filter(|_| in_hub);
                peer.participants().any(|(guid, _)| !own.contains(guid) && Some(guid) != hub)
            });
            if somebody.await.map_err(|failure| lost(&failure))? {
                return Ok(());
            }
            sleep(Duration::from_millis(100)).await;
        }
    }

    /// Timelines of the session that the recording does not begin with.
    pub(crate) async fn timelines_of_others(&self, plan: &Plan) -> Result<BTreeSet<Guid>, Failure> {
        let held = self.held().await?.into_keys();
        Ok(held.filter(|guid| !plan.timelines.iter().any(|(known, _)| known == guid)).collect())
    }

    async fn held(&self) -> Result<BTreeMap<Guid, Value>, Failure> {
        let read = |peer: &Peer| {
            let timelines = peer.log().state().timelines();
            timelines.map(|(guid, document)| (guid.clone(), document.to_value())).collect()
        };
        self.first()?.participant.inspect(read).await.map_err(|failure| lost(&failure))
    }

    /// Brings the session to where the recording begins: its timelines as they were, and, of the others, only those
    /// that are not from an earlier round.
    pub(crate) async fn set(&mut self, plan: &Plan, foreign: &BTreeSet<Guid>) -> Result<(), Failure> {
        let held = self.held().await?;
        for guid in held.keys() {
            if !foreign.contains(guid) && !plan.timelines.iter().any(|(known, _)| known == guid) {
                let timeline_guid = guid.to_string();
                self.prepare(Command::RemoveTimeline { timeline_guid }).await?;
            }
        }
        for (guid, timeline) in &plan.timelines {
            let timeline_guid = guid.to_string();
            match held.get(guid) {
                Some(same) if same == timeline => {}
                Some(_) => {
                    self.prepare(Command::ReplaceTimeline { timeline_guid, timeline: timeline.clone() })
                        .await?;
                }
                None => self.prepare(Command::AddTimeline { timeline: timeline.clone() }).await?,
            }
        }
        for command in &plan.view {
            self.prepare(command.clone()).await?;
        }
        Ok(())
    }

    async fn prepare(&mut self, command: Command) -> Result<(), Failure> {
        let step = Step { at: 0.0, source: self.first.clone(), command };
        self.perform(&step).await?.map(drop).map_err(|reason| Failure::System {
            what: "the session cannot be brought to where the recording begins",
            reason,
        })
    }

    /// Does one step; tells how many operations it became, or why it was refused.
    pub(crate) async fn perform(&mut self, step: &Step) -> Result<Result<usize, String>, Failure> {
        let player = self.players.get(&step.source).map_or(self.first(), Ok)?;
        see(player, &self.authored).await?;
        match player.participant.command(step.command.clone()).await {
            Ok(reply) => {
                for id in &reply.operations {
                    self.authored.set(id.source.clone(), id.run.clone(), id.seq);
                }
                Ok(Ok(reply.operations.len()))
            }
            Err(CommandFailure::Refused(error)) => Ok(Err(error.to_string())),
            Err(failure) => Err(lost(&failure)),
        }
    }

    fn first(&self) -> Result<&Membership, Failure> {
        self.players.get(&self.first).ok_or_else(|| lost(&CommandFailure::Closed))
    }

    /// Everybody leaves, once a hub has on disk what they sent.
    pub(crate) async fn leave(self, address: &Address) -> Result<(), Failure> {
        let mut left = Ok(());
        for player in self.players.into_values() {
            left = left.and(player.leave(address).await);
        }
        left
    }
}

fn entry(guid: &Guid) -> Entry {
    Entry {
        app: "otio-sync replay",
        guid: guid.to_string(),
        name: None,
        identity: identity::local(None),
        role: Role::Driver,
        or_host: true,
    }
}

/// Waits until a player has what all of them authored, so that its next step is made on top of it.
async fn see(player: &Membership, authored: &Frontier) -> Result<(), Failure> {
    let give_up = Instant::now() + SEEN_WITHIN;
    loop {
        let wanted = authored.clone();
        let seen = player.participant.inspect(move |peer| peer.log().frontier().includes(&wanted));
        if seen.await.map_err(|failure| lost(&failure))? {
            return Ok(());
        }
        if Instant::now() > give_up {
            let reason = "the players of the replay do not hear each other".to_owned();
            return Err(Failure::LinkLost { reason, help: "replay without --keep-guids".to_owned() });
        }
        sleep(LOOK_EVERY).await;
    }
}

fn lost(failure: &CommandFailure) -> Failure {
    Failure::LinkLost {
        reason: format!("the replay was cut off: {failure}"),
        help: "see that the host or the broker runs, then run this again".to_owned(),
    }
}
