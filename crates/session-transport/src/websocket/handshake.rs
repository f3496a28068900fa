//! From an address to an open socket, with every failure told apart.

use std::io;
use std::sync::Arc;

use rustls::ClientConfig;
use tokio::net::{TcpStream, lookup_host};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::{Request, Response};
use tokio_tungstenite::tungstenite::http::{HeaderValue, StatusCode, header};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, error::ProtocolError};
use tokio_tungstenite::{Connector, client_async_tls_with_config};

use super::{SUBPROTOCOL, Socket};
use crate::address::WebSocketAddress;
use crate::error::{connecting_failed, name_not_found};
use crate::{ConnectError, limits, tls};

/// Connects and upgrades.
pub(super) async fn open(
    address: &WebSocketAddress,
    app: &str,
    tls: Option<Arc<ClientConfig>>,
) -> Result<Socket, ConnectError> {
    let stream = connect(address).await?;
    // A review is many small messages; waiting to join them into one packet is felt.
    let _ = stream.set_nodelay(true);
    let config = WebSocketConfig::default()
        .max_message_size(Some(limits::MESSAGE_BYTES))
        .max_frame_size(Some(limits::MESSAGE_BYTES));
    let connector = tls.map_or(Connector::Plain, Connector::Rustls);
    let opened =
        client_async_tls_with_config(request(address, app)?, stream, Some(config), Some(connector)).await;
    opened.map(|(socket, _)| socket).map_err(|error| refused(address, error))
}

async fn connect(address: &WebSocketAddress) -> Result<TcpStream, ConnectError> {
    let found = lookup_host((address.host.as_str(), address.port)).await;
    let places = found.map_err(|error| name_not_found(address.to_string(), &address.host, &error))?;
    let connected = TcpStream::connect(places.collect::<Vec<_>>().as_slice()).await;
    connected.map_err(|error| {
        connecting_failed(address.to_string(), address.place(), "a hub (`otio-sync host`)", &error)
    })
}

fn request(address: &WebSocketAddress, app: &str) -> Result<Request, ConnectError> {
    let mut request = address.endpoint().into_client_request().map_err(|error| refused(address, error))?;
    let headers = request.headers_mut();
    headers.insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL));
    if let Ok(app) = HeaderValue::from_str(app) {
        headers.insert(header::USER_AGENT, app);
    }
    Ok(request)
}

fn refused(address: &WebSocketAddress, error: Error) -> ConnectError {
    let place = address.place();
    let shown = address.to_string();
    match error {
        Error::Http(response) => answered(shown, place, &response),
        Error::Protocol(ProtocolError::SecWebSocketSubProtocolError(_)) => {
            let detail = format!("it is a WebSocket, but does not speak {SUBPROTOCOL}");
            ConnectError::NotOtioSync { address: shown, place, detail }
        }
        Error::Io(error) if is_tls(&error) => tls_failed(shown, &error),
        Error::Tls(error) => tls_failed(shown, &error),
        Error::Io(error) => ConnectError::Broken { address: shown, place, detail: error.to_string() },
        error => ConnectError::NotOtioSync { address: shown, place, detail: error.to_string() },
    }
}

fn is_tls(error: &io::Error) -> bool {
    error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()).is_some()
}

fn tls_failed(address: String, error: &dyn std::fmt::Display) -> ConnectError {
    let detail = error.to_string();
    ConnectError::Tls { address, advice: tls::advice(&detail), detail }
}

/// The other side answered in plain HTTP instead of upgrading.
fn answered(address: String, place: String, response: &Response) -> ConnectError {
    let status = response.status();
    let detail = match said(response.body().as_deref().unwrap_or_default()) {
        said if said.is_empty() => format!("it answered {status}"),
        said => format!("it answered {status}: {said}"),
    };
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            let advice = "use a join link with a secret that is still valid (…#k=SECRET)";
            ConnectError::SessionRefused { address, detail, advice }
        }
        StatusCode::CONFLICT | StatusCode::GONE | StatusCode::BAD_REQUEST => {
            ConnectError::SessionRefused { address, detail, advice: "check the session's name" }
        }
        // A hub that lacks the session says so; whatever else answers 404 is no hub.
        StatusCode::NOT_FOUND if detail.contains("this hub has no session") => {
            ConnectError::SessionRefused { address, detail, advice: "check the session's name" }
        }
        StatusCode::TOO_MANY_REQUESTS => ConnectError::Broken { address, place, detail },
        status if status.is_server_error() => ConnectError::Broken { address, place, detail },
        _ => ConnectError::NotOtioSync { address, place, detail },
    }
}

/// The beginning of an error's body, where it is short plain text.
fn said(body: &[u8]) -> String {
    let text = std::str::from_utf8(body).unwrap_or_default().trim();
    if text.starts_with('<') || text.len() > 300 {
        String::new()
    } else {
        text.replace(char::is_control, " ")
    }
}
