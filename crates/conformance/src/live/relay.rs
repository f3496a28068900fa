//! What stands between participants and their network: it can cut one off, and loses datagrams.

use std::collections::BTreeSet;
use std::io;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use session_wire::Envelope;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::task::JoinSet;

use super::wire::Wire;
use crate::seeded::Random;

/// Room for a burst of datagrams.
const RECEIVE_BUFFER_BYTES: usize = 4 << 20;

/// Those who are cut off, by name.
pub(crate) type Cut = Arc<Mutex<BTreeSet<String>>>;

pub(crate) fn is_cut(cut: &Cut, name: &str) -> bool {
    cut.lock().unwrap_or_else(PoisonError::into_inner).contains(name)
}

/// Takes datagrams at one port and hands each to every participant's own, but for those that get lost.
pub(crate) struct Datagrams {
    socket: UdpSocket,
    /// Names and ports.
    receivers: Vec<(String, u16)>,
    loss: usize,
    random: Random,
    cut: Cut,
    wire: Arc<Wire>,
}

impl Datagrams {
    /// The relay and its port.
    pub(crate) fn new(
        receivers: Vec<(String, u16)>,
        loss: usize,
        seed: u64,
        cut: Cut,
        wire: Arc<Wire>,
    ) -> io::Result<(Self, u16)> {
        let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
        // The system may give less.
        let _ = socket.set_recv_buffer_size(RECEIVE_BUFFER_BYTES);
        socket.set_nonblocking(true)?;
        socket.bind(&SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0).into())?;
        let socket = UdpSocket::from_std(socket.into())?;
        let port = socket.local_addr()?.port();
        Ok((Self { socket, receivers, loss, random: Random::new(seed), cut, wire }, port))
    }

    /// Hands on until it is ended.
    pub(crate) async fn run(mut self) {
        let mut buffer = vec![0; 1 << 16];
        loop {
            let Ok(length) = self.socket.recv(&mut buffer).await else { continue };
            let bytes = Bytes::copy_from_slice(&buffer[..length]);
            self.wire.note(&bytes);
            let source = Envelope::decode(&bytes).map(|envelope| envelope.source_guid.clone());
            if source.is_ok_and(|source| is_cut(&self.cut, &source)) {
                continue;
            }
            for number in 0..self.receivers.len() {
                let (name, port) = &self.receivers[number];
                if self.random.below(100) < self.loss || is_cut(&self.cut, name) {
                    continue;
                }
                // Who does not run does not hear.
                let _ = self.socket.send_to(&bytes, (Ipv4Addr::LOCALHOST, *port)).await;
            }
        }
    }
}

/// Passes the connections of one participant on to a broker, until it is cut off.
pub(crate) async fn pass_on(listener: TcpListener, broker: (String, u16), name: String, cut: Cut) {
    let mut connections = JoinSet::new();
    let mut look = tokio::time::interval(std::time::Duration::from_millis(20));
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((near, _)) = accepted else { continue };
                if !is_cut(&cut, &name) {
                    connections.spawn(pass(near, broker.clone()));
                }
            }
            _ = look.tick() => {
                if is_cut(&cut, &name) {
                    connections.abort_all();
                }
                while connections.try_join_next().is_some() {}
            }
        }
    }
}

async fn pass(mut near: TcpStream, broker: (String, u16)) {
    if let Ok(mut far) = TcpStream::connect(broker).await {
        // Small messages are not to wait for each other.
        let _ = (near.set_nodelay(true), far.set_nodelay(true));
        // However it ends, both sides are closed.
        let _ = copy_bidirectional(&mut near, &mut far).await;
    }
}
