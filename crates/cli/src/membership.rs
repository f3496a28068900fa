//! Taking part in a session: entering it, and leaving it without losing anything.

use crate::entrance;
use crate::failure::{Failure, split_advice};
use crate::runtime;
use hub::{Participant, ParticipantEvent, ParticipantOptions};
use session_core::{Delivery, Effect, Identity, Opening, Peer, PeerConfig, Role, Status};
use session_transport::{Address, LinkOptions, connect};
use std::time::Duration;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, sleep};

/// How long a hub may take to say that its disk has what was sent.
const ACKNOWLEDGED_WITHIN: Duration = Duration::from_secs(5);
/// How often it is looked whether it said so.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// Who enters, and how.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// The application, as the roster shows it.
    pub(crate) app: &'static str,
    /// Its GUID; a fresh one where it does not matter.
    pub(crate) guid: String,
    pub(crate) name: Option<String>,
    pub(crate) identity: Identity,
    pub(crate) role: Role,
    pub(crate) or_host: bool,
}

/// A peer in a session.
pub(crate) struct Membership {
    pub(crate) participant: Participant,
    pub(crate) events: broadcast::Receiver<ParticipantEvent>,
    pub(crate) guid: String,
    pub(crate) run: String,
    /// Whether a hub acknowledges what its disk has.
    acknowledges: bool,
}

impl Membership {
    /// Connects to a session; the peer joins it from then on.
    pub(crate) async fn enter(address: &Address, entry: Entry) -> Result<Self, Failure> {
        let options = LinkOptions { app: entry.app.to_owned(), ..LinkOptions::default() };
        let link = connect(address, options).await.map_err(|error| entrance::not_connected(&error))?;
        let run = runtime::fresh_run();
        let opening = Opening::Join { or_host: entry.or_host };
        let mut config = PeerConfig::new(address.session(), &entry.guid, &run, runtime::entropy(), opening);
        if matches!(address, Address::Udp(_)) {
            config.delivery = Delivery::Lossy;
        }
        entry.app.clone_into(&mut config.app);
        config.name = entry.name;
        config.identity = Some(entry.identity);
        config.role = entry.role;
        config.secret = address.secret().map(|secret| secret.reveal().into());
        let (participant, events) = Participant::start(config, link, ParticipantOptions::default());
        let acknowledges = matches!(address, Address::WebSocket(_));
        Ok(Self { participant, events, guid: entry.guid, run, acknowledges })
    }

    /// Waits until the session is joined.
    pub(crate) async fn joined(&mut self, address: &Address, within: Duration) -> Result<(), Failure> {
        let late = sleep(within);
        tokio::pin!(late);
        let mut nobody = false;
        loop {
            tokio::select! {
                () = &mut late => return Err(not_joined(address, nobody, within.as_secs_f64())),
                event = self.events.recv() => match event {
                    Ok(ParticipantEvent::Effect(effect)) => match *effect {
                        Effect::Status(Status::Synced) => return Ok(()),
                        Effect::NoSession => nobody = true,
                        _ => {}
                    },
                    Ok(ParticipantEvent::Ended { failure }) => return Err(ended(failure.as_deref())),
                    Ok(_) | Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return Err(ended(None)),
                },
            }
        }
    }

    /// Leaves the session, once a hub has on disk what this peer sent, or a broker has taken it.
    ///
    /// # Errors
    /// Some of it may be lost.
    pub(crate) async fn leave(self, address: &Address) -> Result<(), Failure> {
        let kept = !self.acknowledges || self.acknowledged().await;
        let acknowledges = self.acknowledges;
        let unsent = self.participant.quit().await;
        let lost = match (kept, unsent) {
            (false, _) => "the host did not say that the last edits are on its disk".to_owned(),
            // What a hub has not got beyond operations is a good-bye.
            (true, unsent) if !acknowledges && unsent > 0 => format!("{unsent} messages could not be sent"),
            (true, _) => return Ok(()),
        };
        let help = "join again and look at the state".to_owned();
        Err(Failure::LinkLost { reason: format!("{address}: {lost}"), help })
    }

    /// Waits until a hub has on disk what this peer sent; tells whether it has.
    async fn acknowledged(&self) -> bool {
        let give_up = Instant::now() + ACKNOWLEDGED_WITHIN;
        loop {
            let guid = self.guid.clone();
            let kept = self.participant.inspect(move |peer| everything_is_kept(peer, &guid)).await;
            match kept {
                Ok(false) if Instant::now() < give_up => sleep(LOOK_EVERY).await,
                Ok(kept) => return kept,
                Err(_) => return false,
            }
        }
    }

    /// Leaves without waiting, after something went wrong.
    pub(crate) async fn abandon(self) {
        self.participant.quit().await;
    }
}

/// Why a session was not joined in time.
pub(crate) fn not_joined(address: &Address, nobody: bool, seconds: f64) -> Failure {
    let address = address.to_string();
    if nobody {
        return Failure::NoSession { address };
    }
    Failure::TimedOut { what: "joining the session", address, seconds }
}

/// Why a participant ended by itself.
pub(crate) fn ended(reason: Option<&str>) -> Failure {
    let (reason, advice) = split_advice(reason.unwrap_or("the connection ended"));
    let help = advice.unwrap_or_else(|| "ask whoever hosts the session, then try again".to_owned());
    Failure::LinkLost { reason, help }
}

/// Under all runs of this process: checkpoints may have made it begin another one.
fn everything_is_kept(peer: &Peer, guid: &str) -> bool {
    let mut own =
        peer.log().frontier().iter().filter(|(source, run, _)| ***source == *guid && peer.has_run(run));
    own.all(|(source, run, seq)| seq <= peer.acknowledged().get(source, run))
}
