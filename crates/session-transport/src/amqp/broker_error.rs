//! What a broker's error means for the person at the keyboard.

use std::io;

use lapin::ErrorKind;
use lapin::protocol::{AMQPErrorKind, AMQPHardError, AMQPSoftError};

use crate::address::AmqpAddress;
use crate::error::connecting_failed;
use crate::pump::Loss;
use crate::{ConnectError, tls};

/// How far joining had come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Connect,
    Channel,
    Exchange,
    Queue,
}

/// Marks an error of the TLS handshake, which otherwise looks like any other of the socket.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct TlsFailed(io::Error);

pub(super) fn tls_failed(error: io::Error) -> io::Error {
    io::Error::other(TlsFailed(error))
}

/// The reason a session could not be joined.
pub(super) fn connect_error(address: &AmqpAddress, stage: Stage, error: &lapin::Error) -> ConnectError {
    match error.kind() {
        ErrorKind::IOError(error) => socket_error(address, stage, error),
        ErrorKind::ProtocolError(error) => {
            protocol_error(address, stage, error.kind(), error.get_message().to_string())
        }
        ErrorKind::InvalidProtocolVersion(_) => not_amqp(address, error.to_string()),
        ErrorKind::ParsingError(_) => not_amqp(address, "its answer is no AMQP".to_owned()),
        _ => broken(address, error.to_string()),
    }
}

fn socket_error(address: &AmqpAddress, stage: Stage, error: &io::Error) -> ConnectError {
    let inner = error.get_ref();
    // With TLS 1.3 a missing client certificate is refused only after the handshake, as an error of the socket.
    let late = inner.and_then(|inner| inner.downcast_ref::<rustls::Error>()).map(ToString::to_string);
    let early = inner.and_then(|inner| inner.downcast_ref::<TlsFailed>()).map(ToString::to_string);
    if let Some(detail) = early.or(late) {
        return ConnectError::Tls { address: address.to_string(), advice: tls::advice(&detail), detail };
    }
    let closed = matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::UnexpectedEof
    );
    match stage {
        // A broker that does not understand the first bytes hangs up.
        Stage::Connect if closed => not_amqp(address, format!("it hung up: {error}")),
        Stage::Connect if error.kind() == io::ErrorKind::Other => not_amqp(address, error.to_string()),
        Stage::Connect => connecting_failed(address.to_string(), address.place(), "RabbitMQ", error),
        _ => broken(address, error.to_string()),
    }
}

fn protocol_error(address: &AmqpAddress, stage: Stage, kind: &AMQPErrorKind, detail: String) -> ConnectError {
    let (user, shown) = (address.user.clone(), address.to_string());
    match (stage, kind) {
        (Stage::Connect, AMQPErrorKind::Soft(AMQPSoftError::ACCESSREFUSED)) => {
            ConnectError::WrongCredentials { address: shown, user, detail }
        }
        (Stage::Connect, AMQPErrorKind::Hard(AMQPHardError::NOTALLOWED | AMQPHardError::INVALIDPATH)) => {
            ConnectError::WrongVhost { address: shown, vhost: address.vhost.clone(), detail }
        }
        (Stage::Exchange, AMQPErrorKind::Soft(AMQPSoftError::PRECONDITIONFAILED)) => {
            ConnectError::ExchangeMismatch { address: shown, exchange: address.exchange(), detail }
        }
        (Stage::Exchange, AMQPErrorKind::Soft(AMQPSoftError::NOTFOUND)) => {
            ConnectError::ExchangeMissing { address: shown, user, exchange: address.exchange() }
        }
        (_, AMQPErrorKind::Soft(AMQPSoftError::ACCESSREFUSED)) => {
            ConnectError::NotPermitted { address: shown, user, detail }
        }
        _ => broken(address, detail),
    }
}

fn not_amqp(address: &AmqpAddress, detail: String) -> ConnectError {
    ConnectError::NotAmqp { address: address.to_string(), place: address.place(), detail }
}

fn broken(address: &AmqpAddress, detail: String) -> ConnectError {
    ConnectError::Broken { address: address.to_string(), place: address.place(), detail }
}

/// The reason a connection that was up is lost. Whatever it is, the way back is a new connection, which will say more.
pub(super) fn loss(error: &lapin::Error) -> Loss {
    let reason = match error.kind() {
        ErrorKind::ProtocolError(error) => {
            format!("the broker closed the connection: {}", error.get_message())
        }
        ErrorKind::MissingHeartbeatError => "the broker was silent for too long".to_owned(),
        _ => format!("the connection to the broker broke: {error}"),
    };
    Loss::Passing(reason)
}
