//! `otio-sync host`: a session on OTIO files, for others to join.

mod data;
mod files;
mod name;
mod report;

pub(crate) use name::state_folder;

use crate::args::HostArguments;
use crate::entrance;
use crate::failure::{Failure, split_advice};
use crate::narrator::name_of;
use crate::runtime;
use crate::terminal::print;
use data::Kept;
use files::HostedFile;
use hub::{CommandFailure, Hub, HubConfig, HubError, Room, RoomConfig, RunningHub, StoreReport};
use report::Reporter;
use session_core::{Command, Delivery, Opening, PeerConfig, Status};
use session_transport::{Address, Link, LinkOptions, connect};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

/// How long a session that may be on a broker or network already is looked for.
const SETTLED_WITHIN: Duration = Duration::from_secs(30);

/// Runs the command.
pub(crate) fn run(arguments: &HostArguments, quiet: bool) -> Result<(), Failure> {
    let given = name::session_name(arguments.session.as_deref(), arguments.files.first().map(AsRef::as_ref))?;
    let mut links = link_addresses(arguments, &given)?;
    let resumes = data::resumes(arguments);
    if !resumes {
        check_names(&links, &given)?;
    }
    let files = files::read_all(&arguments.files)?;
    check_port(arguments.listen)?;
    let kept = data::open(arguments, &given, &files)?;
    if resumes {
        // The session has the name that it began with, whatever the files are called now.
        links = link_addresses(arguments, &kept.session)?;
        check_names(&links, &kept.session)?;
    }
    runtime::parallel()?.block_on(host(arguments, kept, files, links, quiet))
}

async fn host(
    arguments: &HostArguments,
    kept: Kept,
    files: Vec<HostedFile>,
    links: Vec<Address>,
    quiet: bool,
) -> Result<(), Failure> {
    let (session, place, is_new) = (kept.session.clone(), kept.place.clone(), kept.records.is_empty());
    let opening = if links.is_empty() { Opening::Host } else { Opening::Join { or_host: true } };
    let mut room = RoomConfig::new(peer_config(&kept, opening, &links));
    room.store = Some((kept.store, kept.records));
    for address in &links {
        room.links.push((address.to_string(), open_link(address).await?));
    }
    let hub = Hub::bind(HubConfig::new(arguments.listen, vec![room])).await.map_err(hub_failed)?;
    let opened = open_session(&hub, &session, if is_new { files } else { Vec::new() }).await;
    let served = match opened {
        Ok(room) => serve(&hub, &room, &place, quiet).await,
        Err(failure) => Err(failure),
    };
    hub.shutdown().await;
    served
}

/// Adds the timelines of the files, once the room stands.
async fn open_session(hub: &RunningHub, session: &str, files: Vec<HostedFile>) -> Result<Room, Failure> {
    let room = hub.room(session).ok_or_else(|| closed("the room did not open"))?;
    let settled = tokio::time::timeout(SETTLED_WITHIN, settled(&room)).await;
    settled.map_err(|_| closed("the links to other transports do not answer"))??;
    for file in files {
        for timeline in file.timelines {
            let path = file.path.clone();
            let added = room.command(Command::AddTimeline { timeline: timeline.to_value() }).await;
            added.map_err(|error| not_added(path, &error))?;
        }
    }
    kept(&room).await?;
    Ok(room)
}

/// A timeline that the session does not take.
fn not_added(path: String, error: &CommandFailure) -> Failure {
    let reason = error.to_string();
    match error {
        CommandFailure::Store(_) => not_kept(&reason),
        _ => Failure::NotHosted { path, reason },
    }
}

/// Waits until the disk has what the session begins with: where it has not even that, there is nothing to host.
async fn kept(room: &Room) -> Result<(), Failure> {
    while waiting_for_disk(room).await? > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(())
}

/// How many records the disk does not have yet; an error where it takes none any more.
async fn waiting_for_disk(room: &Room) -> Result<usize, Failure> {
    match room.report().await.map_err(|error| closed(&error.to_string()))?.store {
        StoreReport::Failed { reason } => Err(not_kept(&reason)),
        StoreReport::Working { unsynced } => Ok(unsynced),
        StoreReport::None => Ok(0),
    }
}

fn not_kept(reason: &str) -> Failure {
    let (reason, advice) = split_advice(reason);
    let help = advice.unwrap_or_else(|| "host into another directory with --data DIR".to_owned());
    Failure::Store { reason, help }
}

async fn settled(room: &Room) -> Result<(), Failure> {
    loop {
        let status =
            room.inspect(session_core::Peer::status).await.map_err(|error| closed(&error.to_string()))?;
        if status == Status::Synced {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn closed(reason: &str) -> Failure {
    Failure::System { what: "the session cannot be opened", reason: reason.to_owned() }
}

/// Tells how to join, then what happens, until Ctrl-C.
async fn serve(hub: &RunningHub, room: &Room, place: &str, quiet: bool) -> Result<(), Failure> {
    let mut events = room.events();
    let mut reporter = Reporter::new(quiet);
    if !quiet {
        print(&banner(room, hub.local_addr(), place).await?)?;
    }
    let interrupted = runtime::interrupted();
    tokio::pin!(interrupted);
    loop {
        tokio::select! {
            () = &mut interrupted => {
                waiting_for_disk(room).await?;
                return reporter.line("the session is closed; it is kept and can be hosted again");
            }
            event = events.recv() => match event {
                Ok(event) => reporter.tell(&event)?,
                Err(tokio::sync::broadcast::error::RecvError::Lagged(count)) => {
                    reporter.line(&format!("{count} events were not shown"))?;
                }
                Err(tokio::sync::broadcast::error::RecvError::Closed) => return Ok(()),
            },
        }
    }
}

async fn banner(room: &Room, listens: SocketAddr, place: &str) -> Result<String, Failure> {
    let timelines = room.inspect(timeline_names).await.map_err(|error| closed(&error.to_string()))?;
    Ok(report::banner(room.session(), &timelines, listens, place))
}

/// The names of the timelines that people see; the copies of single clips are none of them.
fn timeline_names(peer: &session_core::Peer) -> Vec<String> {
    let state = peer.log().state();
    let shown = state.timelines().filter(|(guid, _)| !state.is_clip_timeline(guid));
    shown.map(|(_, timeline)| name_of(timeline)).collect()
}

fn peer_config(kept: &Kept, opening: Opening, links: &[Address]) -> PeerConfig {
    let run = runtime::fresh_run();
    let mut config = PeerConfig::new(&kept.session, &kept.source_guid, run, runtime::entropy(), opening);
    "otio-sync host".clone_into(&mut config.app);
    config.delivery = delivery_by(links);
    config
}

/// Where one of the ways loses messages, an existing peer may lack any.
fn delivery_by(links: &[Address]) -> Delivery {
    let loses = links.iter().any(|link| matches!(link, Address::Udp(_)));
    if loses { Delivery::Lossy } else { Delivery::Reliable }
}

/// The addresses of the session on other transports.
fn link_addresses(arguments: &HostArguments, session: &str) -> Result<Vec<Address>, Failure> {
    let mut addresses: Vec<Address> = Vec::new();
    if let Some(udp) = &arguments.udp {
        let bare = udp.strip_prefix("udp://").unwrap_or(udp).trim_end_matches('/');
        let named = if bare.contains('/') { bare.to_owned() } else { format!("{bare}/{session}") };
        addresses.push(entrance::address(&format!("udp://{named}"))?);
    }
    if let Some(amqp) = &arguments.amqp {
        let schemed = if amqp.contains("://") { amqp.clone() } else { format!("amqp://{amqp}") };
        let named = if schemed.contains('#') { schemed } else { format!("{schemed}#{session}") };
        addresses.push(entrance::address(&named)?);
    }
    Ok(addresses)
}

/// Peers of a session of another name would hear nothing of this one.
fn check_names(links: &[Address], session: &str) -> Result<(), Failure> {
    match links.iter().find(|link| link.session() != session) {
        Some(other) => Err(Failure::Usage {
            what: format!("{other} is the session {:?}, and {session:?} is hosted", other.session()),
            help: "leave the name out of that address, or give the session the same with --session"
                .to_owned(),
        }),
        None => Ok(()),
    }
}

async fn open_link(address: &Address) -> Result<Link, Failure> {
    let options = LinkOptions { app: "otio-sync host".to_owned(), ..LinkOptions::default() };
    connect(address, options).await.map_err(|error| entrance::not_connected(&error))
}

/// Finds a taken port before anything is written to disk.
fn check_port(listen: SocketAddr) -> Result<(), Failure> {
    TcpListener::bind(listen).map(drop).map_err(|source| cannot_listen(listen, source))
}

fn cannot_listen(address: SocketAddr, source: io::Error) -> Failure {
    if source.kind() == io::ErrorKind::AddrInUse {
        return Failure::PortTaken { port: address.port(), ip: address.ip().to_string() };
    }
    Failure::Listen { address: address.to_string(), source }
}

fn hub_failed(error: HubError) -> Failure {
    match error {
        HubError::Listen { address, source } => cannot_listen(address, source),
        other => {
            let (reason, advice) = split_advice(&other.to_string());
            let help = advice.unwrap_or_else(|| "host into another directory with --data DIR".to_owned());
            Failure::Store { reason, help }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_on_datagrams_expects_losses() {
        let links = |texts: &[&str]| -> Vec<Address> {
            texts.iter().map(|text| entrance::address(text).unwrap()).collect()
        };
        assert_eq!(delivery_by(&links(&["amqp://127.0.0.1/#s"])), Delivery::Reliable);
        assert_eq!(delivery_by(&links(&["amqp://127.0.0.1/#s", "udp://127.0.0.1:9999/s"])), Delivery::Lossy);
    }
}
