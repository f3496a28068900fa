//! What a host tells the person who started it.

use crate::failure::Failure;
use crate::narrator::{Narrator, count};
use crate::terminal::{plain, print, warn};
use hub::RoomEvent;
use std::fmt::Write as _;
use std::io::{self, IsTerminal};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};

/// Tells what happens, one line an event, on a terminal.
pub(crate) struct Reporter {
    narrator: Narrator,
    shown: bool,
}

impl Reporter {
    /// A reporter that shows events on a terminal only.
    pub(crate) fn new(quiet: bool) -> Self {
        Self { narrator: Narrator::default(), shown: !quiet && io::stdout().is_terminal() }
    }

    /// One line, where lines are shown.
    pub(crate) fn line(&self, text: &str) -> Result<(), Failure> {
        if self.shown { print(&format!("{}\n", plain(text))) } else { Ok(()) }
    }

    /// One event.
    pub(crate) fn tell(&mut self, event: &RoomEvent) -> Result<(), Failure> {
        match event {
            RoomEvent::Effect(effect) => match self.narrator.tell(effect) {
                Some(text) => self.line(&text),
                None => Ok(()),
            },
            RoomEvent::Refused { from, reason, detail } => {
                self.line(&format!("refused a message from {from}: {detail} ({reason})"))
            }
            RoomEvent::LinkUp { name } => self.line(&format!("{name} is connected")),
            // What limits the session is told in a pipe too.
            RoomEvent::LinkDown { name, reason } => {
                say(&format!("{name} is disconnected ({reason}); it comes back by itself"))
            }
            RoomEvent::LinkFailed { name, reason } => say(&format!("{name} was given up: {reason}")),
            RoomEvent::StoreFailed { reason } => say(&format!("nothing is kept any more: {reason}")),
            _ => Ok(()),
        }
    }
}

#[expect(clippy::unnecessary_wraps, reason = "has the shape of the other ways to tell an event")]
fn say(text: &str) -> Result<(), Failure> {
    warn(text);
    Ok(())
}

/// How to join, and where the session is kept.
pub(crate) fn banner(session: &str, timelines: &[String], listens: SocketAddr, place: &str) -> String {
    let holds = match timelines {
        [] => "is empty".to_owned(),
        names => {
            let names: Vec<String> = names.iter().map(|name| format!("{name:?}")).collect();
            format!("holds {}: {}", count(names.len(), "timeline"), names.join(", "))
        }
    };
    let mut text = format!("Session {session} {holds}\n");
    for host in hosts(listens.ip()) {
        let address = SocketAddr::new(host, listens.port());
        let _ = writeln!(text, "Join it:  otio-sync join ws://{address}/{}", escaped(session));
    }
    let _ = write!(text, "Kept in:  {place}\nCtrl-C closes it.\n");
    text
}

/// The addresses to name: that which is listened on, or, where that is every one, this machine's.
fn hosts(listens: IpAddr) -> Vec<IpAddr> {
    if !listens.is_unspecified() {
        return vec![listens];
    }
    let mut hosts = vec![IpAddr::V4(Ipv4Addr::LOCALHOST)];
    hosts.extend(outward_address().filter(|address| !address.is_loopback()));
    hosts
}

/// The address by which this machine reaches others. Connecting a datagram socket sends nothing.
fn outward_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

/// The name as an address carries it.
fn escaped(session: &str) -> String {
    session_transport::SessionName::new(session)
        .map_or_else(|_| session.to_owned(), |name| name.to_url_text())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_banner_says_how_to_join() {
        let text = banner("week 12", &["Reel 1".to_owned()], "127.0.0.1:8480".parse().unwrap(), "/srv/week");
        assert_eq!(
            text,
            "Session week 12 holds 1 timeline: \"Reel 1\"\nJoin it:  otio-sync join ws://127.0.0.1:8480/week%2012\n\
             Kept in:  /srv/week\nCtrl-C closes it.\n"
        );
        assert!(
            banner("a", &[], "0.0.0.0:1".parse().unwrap(), "d")
                .contains("a is empty\nJoin it:  otio-sync join ws://127.0.0.1:1/a\n")
        );
    }
}
