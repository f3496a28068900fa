//! `/healthz` and `/metrics`: how the hub is, for programs that watch it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use futures_util::future::join_all;
use lossless_json::{Object, Style, Value};
use tokio::time::timeout;

use crate::http::Site;
use crate::metrics::{CONTENT_TYPE, Scrape};
use crate::room::{Room, RoomReport, StoreReport};

/// How long a room may take to say how it is.
const REPORT_TIME: Duration = Duration::from_secs(2);

/// How every room is, all asked at once; none of one that did not say so in time.
async fn reports(site: &Site) -> Vec<Option<RoomReport>> {
    let ask = async |room: &Room| timeout(REPORT_TIME, room.report()).await.ok()?.ok();
    join_all(site.rooms.values().map(ask)).await
}

/// 200 while every room takes operations, 503 otherwise; JSON either way.
pub(crate) async fn health(State(site): State<Arc<Site>>) -> impl IntoResponse {
    let reports = reports(&site).await;
    let takes_operations = |report: &RoomReport| !matches!(report.store, StoreReport::Failed { .. });
    let works = reports.iter().all(|report| report.as_ref().is_some_and(takes_operations));
    let rooms: Vec<Value> = reports.iter().flatten().map(RoomReport::to_value).collect();
    let mut object = Object::new();
    object.insert("status", if works { "ok" } else { "failing" });
    object.insert("version", env!("CARGO_PKG_VERSION"));
    object.insert("sockets", site.sockets.load(Ordering::Relaxed) as u64);
    object.insert("rooms", Value::Array(rooms));
    let status = if works { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let text = Value::Object(object).to_text(Style::StrictPretty) + "\n";
    (status, [(header::CONTENT_TYPE, "application/json")], text)
}

/// What the hub counts.
pub(crate) async fn metrics(State(site): State<Arc<Site>>) -> impl IntoResponse {
    let reports = reports(&site).await;
    let rooms = site.rooms.values().zip(reports);
    let rooms = rooms.map(|(room, report)| (room.session().to_owned(), room.measures().clone(), report));
    let scrape = Scrape { sockets: site.sockets.load(Ordering::Relaxed), rooms: rooms.collect() };
    match scrape.into_text() {
        Ok(text) => (StatusCode::OK, [(header::CONTENT_TYPE, CONTENT_TYPE)], text),
        Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, [(header::CONTENT_TYPE, "text/plain")], String::new()),
    }
}
