//! Whether datagrams leave this machine and come back, as sessions without a server need.

use super::machine::Check;
use crate::runtime;
use bytes::Bytes;
use session_transport::{
    Address, DEFAULT_UDP_PORT, LinkEvent, LinkOptions, SessionName, UdpAddress, UdpTarget, connect,
};
use std::net::{Ipv4Addr, UdpSocket};
use std::time::Duration;
use tokio::time::timeout;

/// How long a datagram may take to come back.
const RETURN: Duration = Duration::from_secs(1);
/// A group that stays within one organisation (RFC 2365).
const GROUP: Ipv4Addr = Ipv4Addr::new(239, 255, 84, 80);

/// The port that existing peers use, and datagrams to this machine, the network and a group. What is sent goes to a port that
/// nobody uses, so that no session hears it.
pub(super) async fn checks() -> Vec<Check> {
    let mut checks = vec![port().await];
    let everybody_here = UdpTarget::Explicit(Ipv4Addr::new(127, 255, 255, 255));
    for (code, whom, target) in [
        ("udp_machine", "every peer on this machine (127.255.255.255)", everybody_here),
        ("udp_network", "this network (udp:///NAME)", UdpTarget::Automatic),
        ("udp_multicast", "a multicast group", UdpTarget::Explicit(GROUP)),
    ] {
        checks.push(comes_back(code, whom, target).await);
    }
    checks
}

fn address(target: UdpTarget, port: u16) -> Option<Address> {
    let session = SessionName::new("otio-sync-doctor").ok()?;
    Some(Address::Udp(UdpAddress { target, port, session }))
}

/// Nothing is sent there: existing peers would hear it.
async fn port() -> Check {
    let options = LinkOptions::default();
    let Some(address) = address(UdpTarget::Explicit(Ipv4Addr::LOCALHOST), DEFAULT_UDP_PORT) else {
        return Check::well("udp_port", "the usual port was not tried");
    };
    match connect(&address, options).await {
        Ok(link) => {
            link.close().await;
            Check::well("udp_port", format!("datagrams can be listened for on port {DEFAULT_UDP_PORT}"))
        }
        Err(error) => Check::wrong(
            "udp_port",
            format!("datagrams cannot be listened for on port {DEFAULT_UDP_PORT}: {error}"),
            "end the program that has the port to itself, or use another port for the session",
        ),
    }
}

async fn comes_back(code: &'static str, whom: &str, target: UdpTarget) -> Check {
    match try_datagram(target).await {
        Ok(()) => Check::well(code, format!("datagrams to {whom} arrive")),
        Err(reason) => Check::wrong(
            code,
            format!("datagrams to {whom} do not arrive here: {reason}"),
            "allow them in the firewall or the container, name another udp:// address, or use a hub or a broker",
        ),
    }
}

/// Sends one and waits for it.
async fn try_datagram(target: UdpTarget) -> Result<(), String> {
    let port = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).and_then(|socket| socket.local_addr());
    let port = port.map_err(|error| error.to_string())?.port();
    let address = address(target, port).ok_or("it has no address")?;
    let mut link = connect(&address, LinkOptions::default()).await.map_err(|error| error.to_string())?;
    let sent = Bytes::from(format!("\"{}\"", runtime::fresh_guid()));
    let waited = async {
        while let Some(event) = link.incoming.recv().await {
            match event {
                LinkEvent::Up => {
                    let _ = link.outgoing.try_send(sent.clone());
                }
                LinkEvent::Message(came) if came == sent => return Ok(()),
                LinkEvent::NotSent { reason, .. } => return Err(reason.to_string()),
                LinkEvent::Failed(error) => return Err(error.to_string()),
                _ => {}
            }
        }
        Err("the socket was closed".to_owned())
    };
    let came = timeout(RETURN, waited).await;
    link.close().await;
    came.unwrap_or_else(|_| Err(format!("nothing came back within {} s", RETURN.as_secs())))
}
