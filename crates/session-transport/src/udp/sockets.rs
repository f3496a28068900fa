//! The sockets of a udp session.

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket as StdSocket};

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::UdpSocket;

/// Room the system is asked for, so that a burst is not lost before it is read.
const RECEIVE_BUFFER_BYTES: usize = 4 << 20;

/// The reference's choice: this machine's own address with 255 in its last place, else 255.255.255.255.
pub(super) fn automatic_target() -> Ipv4Addr {
    own_address().map_or(Ipv4Addr::BROADCAST, |own| {
        let [a, b, c, _] = own.octets();
        Ipv4Addr::new(a, b, c, 255)
    })
}

/// The address of the interface that leads outside; connecting a udp socket sends nothing.
fn own_address() -> Option<Ipv4Addr> {
    let probe = StdSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    probe.connect((Ipv4Addr::new(8, 8, 8, 8), 80)).ok()?;
    match probe.local_addr().ok()?.ip() {
        std::net::IpAddr::V4(own) if !own.is_unspecified() => Some(own),
        _ => None,
    }
}

/// Listens where other peers of this machine may listen too.
pub(super) fn listening(at: SocketAddrV4, target: Ipv4Addr) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_reuse_address(true)?;
    #[cfg(unix)]
    socket.set_reuse_port(true)?;
    // The system may give less; that only makes loss under bursts likelier.
    let _ = socket.set_recv_buffer_size(RECEIVE_BUFFER_BYTES);
    socket.bind(&at.into())?;
    if target.is_multicast() {
        socket.join_multicast_v4(&target, &Ipv4Addr::UNSPECIFIED)?;
    }
    into_tokio(socket)
}

/// Sends to any kind of address; multicast reaches other peers of this machine too.
pub(super) fn sending() -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_broadcast(true)?;
    socket.set_multicast_loop_v4(true)?;
    into_tokio(socket)
}

fn into_tokio(socket: Socket) -> io::Result<UdpSocket> {
    socket.set_nonblocking(true)?;
    UdpSocket::from_std(socket.into())
}
