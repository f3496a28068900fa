//! What a hub answers over HTTP.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Router, middleware};
use session_transport::SUBPROTOCOL;

use crate::room::Room;
use crate::{Limits, socket, status};

/// What every request sees.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) rooms: BTreeMap<String, Room>,
    pub(crate) limits: Arc<Limits>,
    /// Names besides IP addresses and `localhost` by which browsers may reach the hub.
    pub(crate) host_names: Vec<String>,
    pub(crate) sockets: AtomicUsize,
}

type Shared = State<Arc<Site>>;
type Words = (StatusCode, String);

/// All paths.
pub(crate) fn router(site: Arc<Site>) -> Router {
    Router::new()
        .route("/", get(about))
        .route("/healthz", get(status::health))
        .route("/metrics", get(status::metrics))
        .route("/ws", get(open_socket))
        .fallback(|| async { (StatusCode::NOT_FOUND, "there is nothing here; see /\n") })
        .layer(middleware::map_response(harden))
        .with_state(site)
}

/// No page of the hub runs a script, is framed or is kept.
async fn harden(mut response: Response) -> Response {
    let headers = response.headers_mut();
    let policy = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn about() -> impl IntoResponse {
    let page = concat!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>otio-sync</title></head><body>\n",
        "<h1>otio-sync ",
        env!("CARGO_PKG_VERSION"),
        "</h1>\n<p>This is a hub: people review the same cut together through it, each in their own program. ",
        "Edits, playback, drawings and notes go through here; media does not.</p>\n",
        "<p>To take part, ask whoever hosts for the name of the session, and run</p>\n",
        "<pre>otio-sync join ws://THIS-HOST:PORT/NAME</pre>\n",
        "<p>with the host and port that you see in the address of this page. ",
        "<a href=\"/healthz\">/healthz</a> and <a href=\"/metrics\">/metrics</a> say how the hub is.</p>\n</body></html>\n",
    );
    ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], page)
}

async fn open_socket(
    State(site): Shared,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    match admit(&site, query.as_deref(), &headers, upgrade) {
        Ok((room, upgrade)) => accept(&site, room, upgrade),
        Err((status, words)) => (status, words + "\n").into_response(),
    }
}

/// Everything that can be known before HELLO.
fn admit(
    site: &Site,
    query: Option<&str>,
    headers: &HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<(Room, WebSocketUpgrade), Words> {
    check_origin(headers, &site.host_names)?;
    let name = session_name(query.unwrap_or_default())
        .ok_or_else(|| (StatusCode::BAD_REQUEST, "name the session: /ws?session=NAME".to_owned()))?;
    let room = site.rooms.get(&name).ok_or_else(|| {
        let words =
            format!("this hub has no session {:?}; check the name with whoever hosts", shortened(&name));
        (StatusCode::NOT_FOUND, words)
    })?;
    let upgrade = upgrade.map_err(|rejection| {
        let words = format!("this is where WebSockets are opened: {}", rejection.body_text());
        (rejection.status(), words)
    })?;
    let mut upgrade = upgrade.protocols([SUBPROTOCOL]);
    if upgrade.selected_protocol().is_none() {
        let words = format!("offer the subprotocol {SUBPROTOCOL}; this hub speaks no other");
        return Err((StatusCode::BAD_REQUEST, words));
    }
    upgrade =
        upgrade.max_message_size(site.limits.message_bytes_max).max_frame_size(site.limits.message_bytes_max);
    Ok((room.clone(), upgrade))
}

fn accept(site: &Arc<Site>, room: Room, upgrade: WebSocketUpgrade) -> Response {
    let Some(place) = Place::take(site) else {
        let words =
            format!("this hub has {} connections already; try again later\n", site.limits.sockets_max);
        return (StatusCode::SERVICE_UNAVAILABLE, words).into_response();
    };
    let limits = Arc::clone(&site.limits);
    upgrade.on_upgrade(async move |socket| {
        socket::serve(socket, room, limits).await;
        drop(place);
    })
}

/// One of the hub's sockets, given back when dropped.
struct Place(Arc<Site>);

impl Place {
    fn take(site: &Arc<Site>) -> Option<Self> {
        let place = Self(Arc::clone(site));
        let taken = site.sockets.fetch_add(1, Ordering::Relaxed);
        (taken < site.limits.sockets_max).then_some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.sockets.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Browsers name the page's origin; a page of another site has no business here, nor has one that made its name point
/// at this machine (DNS rebinding), which is why the name itself is checked too. Programs name no origin.
fn check_origin(headers: &HeaderMap, host_names: &[String]) -> Result<(), Words> {
    let Some(origin) = headers.get(header::ORIGIN) else { return Ok(()) };
    let refused = |words: &str| Err((StatusCode::FORBIDDEN, words.to_owned()));
    let text = |value: Option<&HeaderValue>| Some(value?.to_str().ok()?.to_ascii_lowercase());
    let origin = text(Some(origin)).and_then(|origin| origin.parse::<Uri>().ok());
    let Some(authority) = origin.as_ref().and_then(Uri::authority) else {
        return refused("this page's origin is not known here");
    };
    if text(headers.get(header::HOST)).is_none_or(|host| host != authority.as_str()) {
        return refused("a page of another origin may not open this session");
    }
    let host = authority.host();
    let is_known = host == "localhost"
        || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok()
        || host_names.iter().any(|name| name.eq_ignore_ascii_case(host));
    if is_known { Ok(()) } else { refused("this hub is not known by that name; use its IP address") }
}

/// The session of a query string, percent-decoded.
fn session_name(query: &str) -> Option<String> {
    let (_, value) =
        query.split('&').filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == "session")?;
    let name = percent_encoding::percent_decode_str(value).decode_utf8().ok()?;
    (!name.is_empty()).then(|| name.into_owned())
}

fn shortened(name: &str) -> String {
    name.chars().take(100).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(origin: &str, host: &str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::ORIGIN, origin.parse().unwrap());
        headers.insert(header::HOST, host.parse().unwrap());
        check_origin(&headers, &["hub.lan".to_owned()]).is_ok()
    }

    #[test]
    fn pages_of_other_origins_and_rebound_names_are_kept_out() {
        assert!(check_origin(&HeaderMap::new(), &[]).is_ok(), "programs name no origin");
        assert!(origin("http://127.0.0.1:8480", "127.0.0.1:8480"));
        assert!(origin("http://[::1]:8480", "[::1]:8480"));
        assert!(origin("http://LOCALHOST:8480", "localhost:8480"));
        assert!(origin("https://hub.lan", "hub.lan"));
        assert!(!origin("http://127.0.0.1:8481", "127.0.0.1:8480"), "another port is another origin");
        assert!(!origin("https://evil.example", "127.0.0.1:8480"));
        assert!(!origin("http://evil.example:8480", "evil.example:8480"), "a rebound name");
        assert!(!origin("null", "127.0.0.1:8480"));
    }

    #[test]
    fn the_session_is_read_from_the_query() {
        assert_eq!(session_name("session=dailies").as_deref(), Some("dailies"));
        assert_eq!(session_name("a=b&session=caf%C3%A9%20x&session=other").as_deref(), Some("café x"));
        for bad in ["", "session", "session=", "session=%ff"] {
            assert_eq!(session_name(bad), None, "{bad}");
        }
    }
}
