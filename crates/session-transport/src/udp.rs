//! Datagrams on one network, as the reference sends them (legacy-protocol §6.2).

mod session_filter;
mod sockets;

use std::future::pending;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::net::UdpSocket;

use crate::address::{UdpAddress, UdpTarget};
use crate::link::NotSent;
use crate::pump::{Connection, Dial, Loss, Reader, Received, Sent, Writer};
use crate::{ConnectError, LinkOptions, limits};
use session_filter::SessionFilter;

/// Opens the two sockets of a session: one to send, one to listen.
pub(crate) struct Dialer {
    address: UdpAddress,
    listen: Option<SocketAddrV4>,
    filter: Option<Arc<SessionFilter>>,
}

impl Dialer {
    pub(crate) fn new(address: &UdpAddress, options: &LinkOptions) -> Self {
        let filter = options.filter_session.then(|| Arc::new(SessionFilter::new(address.session.as_str())));
        Self { address: address.clone(), listen: options.udp_listen, filter }
    }

    fn open(&self) -> io::Result<UdpConnection> {
        let target = match self.address.target {
            UdpTarget::Explicit(address) => address,
            UdpTarget::Automatic => sockets::automatic_target(),
        };
        let listen = self.listen.unwrap_or(SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, self.address.port));
        Ok(UdpConnection {
            reader: UdpReader {
                socket: sockets::listening(listen, target)?,
                buffer: vec![0; 1 << 16].into_boxed_slice(),
                filter: self.filter.clone(),
                loopback_only: target.is_loopback(),
            },
            writer: UdpWriter {
                socket: sockets::sending()?,
                target: SocketAddrV4::new(target, self.address.port).into(),
            },
        })
    }
}

impl Dial for Dialer {
    type Connection = UdpConnection;

    async fn dial(&self) -> Result<UdpConnection, ConnectError> {
        self.open().map_err(|error| ConnectError::CannotListen {
            address: self.address.to_string(),
            port: self.address.port,
            detail: error.to_string(),
        })
    }

    fn timed_out(&self, after: Duration) -> ConnectError {
        ConnectError::CannotListen {
            address: self.address.to_string(),
            port: self.address.port,
            detail: format!("not within {after:?}"),
        }
    }
}

pub(crate) struct UdpConnection {
    reader: UdpReader,
    writer: UdpWriter,
}

impl Connection for UdpConnection {
    type Reader = UdpReader;
    type Writer = UdpWriter;

    fn split(self) -> (UdpReader, UdpWriter) {
        (self.reader, self.writer)
    }
}

pub(crate) struct UdpReader {
    socket: UdpSocket,
    buffer: Box<[u8]>,
    filter: Option<Arc<SessionFilter>>,
    /// A session on the loopback network takes nothing from outside, though its socket hears every interface.
    loopback_only: bool,
}

impl UdpReader {
    fn judge(&self, datagram: &[u8], from: SocketAddr) -> Received {
        if datagram.len() > limits::DATAGRAM_BYTES
            || std::str::from_utf8(datagram).is_err()
            || (self.loopback_only && !from.ip().is_loopback())
        {
            return Received::Unusable;
        }
        if self.filter.as_ref().is_some_and(|filter| filter.is_of_other_session(datagram)) {
            return Received::OtherSession;
        }
        Received::Message(Bytes::copy_from_slice(datagram))
    }
}

impl Reader for UdpReader {
    const CAN_WAIT: bool = false;

    async fn next(&mut self) -> Result<Received, Loss> {
        match self.socket.recv_from(&mut self.buffer).await {
            Ok((length, from)) => Ok(self.judge(&self.buffer[..length], from)),
            // Some systems report the other side's ICMP errors here; they say nothing about this socket.
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionRefused
                ) =>
            {
                Ok(Received::Nothing)
            }
            Err(error) => Err(Loss::Passing(format!("the socket failed: {error}"))),
        }
    }
}

pub(crate) struct UdpWriter {
    socket: UdpSocket,
    target: SocketAddr,
}

impl Writer for UdpWriter {
    async fn send(&mut self, message: Bytes) -> Result<Sent, Loss> {
        if message.len() > limits::DATAGRAM_BYTES {
            return Ok(Sent::Refused(NotSent::TooLarge { limit: limits::DATAGRAM_BYTES }));
        }
        match self.socket.send_to(&message, self.target).await {
            Ok(_) => Ok(Sent::Settled(1)),
            Err(error) => Ok(Sent::Refused(NotSent::Socket(format!("{}: {error}", self.target)))),
        }
    }

    async fn idle(&mut self) -> Result<usize, Loss> {
        pending().await
    }

    async fn leave(&mut self) {}
}
