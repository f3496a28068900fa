//! Who is connected to a room, and where every GUID is at home.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use session_core::Sender;
use session_log::Guid;
use tokio::time::Instant;

use crate::Limits;
use crate::bucket::Bucket;
use crate::frame::Frame;
use crate::outbox::{Close, Lane, Outbox, Overflow};

use super::route::{Audience, Route};

/// Names one connection of a room, never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ConnectionId(u64);

/// One connection of a room.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) kind: Kind,
    pub(super) outbox: Arc<Outbox>,
    pub(super) heard: Instant,
    pub(super) refusals: Bucket,
    /// Its peer took its leave; nothing more is to be told of it.
    pub(super) departed: bool,
}

#[derive(Debug)]
pub(super) enum Kind {
    /// One peer on a WebSocket, bound to its GUID and to who it said it is.
    Native { guid: Guid, run: String, sender: Sender },
    /// A transport link, behind which are any number of peers.
    Link { name: String, up: bool },
}

impl Connection {
    pub(super) fn new(kind: Kind, outbox: Arc<Outbox>, limits: &Limits, now: Instant) -> Self {
        let refusals = Bucket::new(limits.refusals_per_second, limits.refusals_burst, now);
        Self { kind, outbox, heard: now, refusals, departed: false }
    }

    /// The GUID it is bound to, where it is.
    pub(super) fn guid(&self) -> Option<&Guid> {
        match &self.kind {
            Kind::Native { guid, .. } => Some(guid),
            Kind::Link { .. } => None,
        }
    }

    /// Who sends by it, where that is known.
    pub(super) fn sender(&mut self) -> Option<&mut Sender> {
        match &mut self.kind {
            Kind::Native { sender, .. } => Some(sender),
            Kind::Link { .. } => None,
        }
    }

    pub(super) fn is_link(&self) -> bool {
        matches!(self.kind, Kind::Link { .. })
    }

    /// A link that is down keeps only what must not be lost.
    fn takes(&self, lane: &Lane) -> bool {
        !matches!(self.kind, Kind::Link { up: false, .. }) || *lane == Lane::Durable
    }
}

/// Where a GUID is heard from.
#[derive(Debug)]
struct Home {
    connection: ConnectionId,
    heard: Instant,
}

/// Where a GUID is at home that was heard over a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// On that link.
    AtHome,
    /// On another link.
    OnAnotherLink,
    /// On a socket, which is bound to it.
    OnSocket,
    /// Nowhere, and there are too many GUIDs already.
    TooMany,
}

/// A connection to which a message could not be given.
#[derive(Debug)]
pub(super) struct Behind(pub(super) ConnectionId);

/// All connections of a room.
#[derive(Debug, Default)]
pub(super) struct Connections {
    next: u64,
    all: BTreeMap<ConnectionId, Connection>,
    homes: BTreeMap<Guid, Home>,
}

impl Connections {
    pub(super) fn add(&mut self, connection: Connection, now: Instant) -> ConnectionId {
        let id = ConnectionId(self.next);
        self.next += 1;
        if let Some(guid) = connection.guid() {
            self.homes.insert(guid.clone(), Home { connection: id, heard: now });
        }
        self.all.insert(id, connection);
        id
    }

    /// Takes a connection out, and the GUIDs that are at home on it.
    pub(super) fn remove(&mut self, id: ConnectionId) -> Option<Connection> {
        self.homes.retain(|_, home| home.connection != id);
        self.all.remove(&id)
    }

    pub(super) fn get(&self, id: ConnectionId) -> Option<&Connection> {
        self.all.get(&id)
    }

    pub(super) fn get_mut(&mut self, id: ConnectionId) -> Option<&mut Connection> {
        self.all.get_mut(&id)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (ConnectionId, &Connection)> {
        self.all.iter().map(|(id, connection)| (*id, connection))
    }

    /// Native peers.
    pub(super) fn natives(&self) -> usize {
        self.all.values().filter(|connection| !connection.is_link()).count()
    }

    /// The native connection of a GUID.
    pub(super) fn native(&self, guid: &str) -> Option<(ConnectionId, &Connection)> {
        let id = self.homes.get(guid)?.connection;
        let connection = self.all.get(&id)?;
        (!connection.is_link()).then_some((id, connection))
    }

    /// Split horizon: a GUID heard over a link belongs to that link until it is silent for long or takes its leave, and
    /// what comes from it by another way is an echo.
    pub(super) fn hear(&mut self, guid: &Guid, link: ConnectionId, limits: &Limits, now: Instant) -> Heard {
        let here = Home { connection: link, heard: now };
        let Some(home) = self.homes.get_mut(guid) else {
            if self.homes.len() >= limits.homes_max {
                return Heard::TooMany;
            }
            self.homes.insert(guid.clone(), here);
            return Heard::AtHome;
        };
        if home.connection != link {
            if !self.all.get(&home.connection).is_some_and(Connection::is_link) {
                return Heard::OnSocket;
            }
            if now.saturating_duration_since(home.heard) < limits.link_home {
                return Heard::OnAnotherLink;
            }
        }
        *home = here;
        Heard::AtHome
    }

    /// Whether a link has heard the GUID lately, so that no socket may take it.
    pub(super) fn is_on_link(&self, guid: &str, silence: Duration, now: Instant) -> bool {
        self.homes.get(guid).is_some_and(|home| {
            let is_link = self.all.get(&home.connection).is_some_and(Connection::is_link);
            is_link && now.saturating_duration_since(home.heard) < silence
        })
    }

    /// A GUID took its leave.
    pub(super) fn forget_home(&mut self, guid: &str, connection: ConnectionId) {
        if self.homes.get(guid).is_some_and(|home| home.connection == connection) {
            self.homes.remove(guid);
        }
    }

    /// Homes on links that have been silent for long, so that their number stays bounded.
    pub(super) fn forget_silent(&mut self, silence: Duration, now: Instant) {
        let all = &self.all;
        self.homes.retain(|_, home| {
            let is_native = all.get(&home.connection).is_some_and(|connection| !connection.is_link());
            is_native || now.saturating_duration_since(home.heard) < silence
        });
    }

    /// Gives a message to everybody it is for but `from`; returns to how many, and who is too far behind to take it.
    pub(super) fn send(
        &self,
        from: Option<ConnectionId>,
        route: &Route,
        frame: &Frame,
    ) -> (usize, Vec<Behind>) {
        let home =
            route.target.as_ref().and_then(|target| self.homes.get(target)).map(|home| home.connection);
        let mut sent = 0;
        let mut behind = Vec::new();
        for (&id, connection) in &self.all {
            let is_meant = match (&route.target, home) {
                (None, _) => true,
                (Some(_), Some(home)) => home == id,
                // Nobody has heard of it here; it may be silent behind a link.
                (Some(_), None) => connection.is_link(),
            };
            let may_hear = match route.audience {
                Audience::Everybody => true,
                Audience::Links => connection.is_link(),
                Audience::Natives => !connection.is_link(),
                Audience::Nobody => false,
            };
            if Some(id) == from || !is_meant || !may_hear || !connection.takes(&route.lane) {
                continue;
            }
            match connection.outbox.put(route.lane.clone(), frame.clone()) {
                Ok(()) => sent += 1,
                Err(Overflow) => behind.push(Behind(id)),
            }
        }
        (sent, behind)
    }

    /// Lets every connection end.
    pub(super) fn close_all(&self, close: &Close) {
        for connection in self.all.values() {
            connection.outbox.close(close.clone(), false);
        }
    }
}
