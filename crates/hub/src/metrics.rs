//! What the hub counts, in the text format that Prometheus reads.
//!
//! Nothing in it says who takes part or what was written: sessions and links go by their names, which bear no secret.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

use crate::room::{RoomReport, StoreReport};

/// The type of the text, for whoever asks for it.
pub(crate) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What a room measures while it runs. Clones are the same.
#[derive(Clone, Debug)]
pub(crate) struct Measures {
    /// How long the disk took, for each group of records that was written and synced, in seconds.
    pub(crate) sync_seconds: Histogram,
}

impl Measures {
    pub(crate) fn new() -> Self {
        // From half a millisecond to four seconds.
        Self { sync_seconds: Histogram::new(exponential_buckets(0.0005, 2.0, 14)) }
    }
}

/// A hub at one moment.
#[derive(Debug)]
pub(crate) struct Scrape {
    /// Sockets that are open, whether or not they have said HELLO.
    pub(crate) sockets: usize,
    /// Every room: its name, what it measures, and how it is; none where it did not say so in time.
    pub(crate) rooms: Vec<(String, Measures, Option<RoomReport>)>,
}

impl Scrape {
    /// As text.
    ///
    /// # Errors
    /// None that is known: writing to a string does not fail.
    pub(crate) fn into_text(self) -> Result<String, fmt::Error> {
        let mut registry = Registry::with_prefix("otio_sync");
        registry.register_collector(Box::new(self));
        let mut text = String::new();
        encode(&mut text, &registry)?;
        Ok(text)
    }
}

/// A number of each room.
struct Figure {
    name: &'static str,
    help: &'static str,
    kind: MetricType,
    of: fn(&RoomReport) -> u64,
}

const fn counter(name: &'static str, help: &'static str, of: fn(&RoomReport) -> u64) -> Figure {
    Figure { name, help, kind: MetricType::Counter, of }
}

const fn gauge(name: &'static str, help: &'static str, of: fn(&RoomReport) -> u64) -> Figure {
    Figure { name, help, kind: MetricType::Gauge, of }
}

const FIGURES: [Figure; 13] = [
    gauge("room_peers", "Native peers that are connected", |room| room.peers.len() as u64),
    gauge("room_operations", "Operations in the log in memory", |room| room.operations as u64),
    gauge(
        "store_working",
        "Whether operations are kept on disk: 0 after a failure, or without a disk",
        |room| u64::from(matches!(room.store, StoreReport::Working { .. })),
    ),
    gauge("store_failed", "Whether the disk failed: the room refuses operations", |room| {
        u64::from(matches!(room.store, StoreReport::Failed { .. }))
    }),
    gauge("store_unsynced_records", "Records that wait for the disk", |room| match room.store {
        StoreReport::Working { unsynced } => unsynced as u64,
        _ => 0,
    }),
    gauge("store_log_bytes", "Bytes on disk that no checkpoint stands for", |room| room.log_bytes),
    counter("messages_received", "Messages that came in", |room| room.counts.received),
    counter("messages_delivered", "Messages passed on, once for each receiver", |room| room.counts.delivered),
    counter("messages_echoed", "Messages that had come by another way", |room| room.counts.echoes),
    counter("slow_readers", "Connections closed because they read too slowly", |room| {
        room.counts.slow_readers
    }),
    counter("throttled", "Times a connection had to wait because it sent too much", |room| {
        room.counts.throttled
    }),
    counter("checkpoints", "Checkpoints made on disk", |room| room.counts.checkpoints),
    counter("checkpoints_failed", "Checkpoints that the disk did not take", |room| {
        room.counts.checkpoints_failed
    }),
];

impl Collector for Scrape {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        self.encode_hub(&mut encoder)?;
        for figure in &FIGURES {
            let mut metric = encoder.encode_descriptor(figure.name, figure.help, None, figure.kind)?;
            for (session, report) in self.reports() {
                let labels = [("session", session)];
                let mut of_room = metric.encode_family(&labels)?;
                let value = (figure.of)(report);
                match figure.kind {
                    MetricType::Counter => of_room.encode_counter::<NoLabelSet, _, u64>(&value, None)?,
                    _ => of_room.encode_gauge(&signed(value))?,
                }
            }
        }
        self.encode_refused(&mut encoder)?;
        self.encode_links(&mut encoder)?;
        self.encode_syncs(&mut encoder)
    }
}

impl Scrape {
    fn reports(&self) -> impl Iterator<Item = (&str, &RoomReport)> {
        self.rooms.iter().filter_map(|(session, _, report)| Some((session.as_str(), report.as_ref()?)))
    }

    fn encode_hub(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let mut sockets =
            encoder.encode_descriptor("sockets", "WebSockets that are open", None, MetricType::Gauge)?;
        sockets.encode_gauge(&signed(self.sockets as u64))?;
        let help = "Whether the room answered in time";
        let mut answers = encoder.encode_descriptor("room_answers", help, None, MetricType::Gauge)?;
        for (session, _, report) in &self.rooms {
            let labels = [("session", session.as_str())];
            answers.encode_family(&labels)?.encode_gauge(&i64::from(report.is_some()))?;
        }
        Ok(())
    }

    fn encode_refused(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let help = "Messages refused, by reason";
        let mut metric = encoder.encode_descriptor("messages_refused", help, None, MetricType::Counter)?;
        for (session, report) in self.reports() {
            for (reason, count) in &report.counts.refused {
                let labels = [("session", session), ("reason", reason.as_str())];
                metric.encode_family(&labels)?.encode_counter::<NoLabelSet, _, u64>(count, None)?;
            }
        }
        Ok(())
    }

    fn encode_links(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let help = "Whether a link to another transport is up";
        let mut metric = encoder.encode_descriptor("link_up", help, None, MetricType::Gauge)?;
        for (session, report) in self.reports() {
            for (link, up) in &report.links {
                let labels = [("session", session), ("link", link.as_str())];
                metric.encode_family(&labels)?.encode_gauge(&i64::from(*up))?;
            }
        }
        Ok(())
    }

    fn encode_syncs(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let help = "How long the disk took to write and sync a group of records";
        let mut metric =
            encoder.encode_descriptor("store_sync", help, Some(&Unit::Seconds), MetricType::Histogram)?;
        for (session, measures, _) in &self.rooms {
            let labels = [("session", session.as_str())];
            measures.sync_seconds.encode(metric.encode_family(&labels)?)?;
        }
        Ok(())
    }
}

fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_sessions_cannot_break_the_text() {
        let measures = Measures::new();
        measures.sync_seconds.observe(0.003);
        let report = RoomReport { session: "x".to_owned(), operations: 7, ..RoomReport::default() };
        let name = "a \"quoted\" \\ name\nsockets 99".to_owned();
        let scrape = Scrape {
            sockets: 2,
            rooms: vec![(name, measures.clone(), Some(report)), ("b".to_owned(), measures, None)],
        };
        let text = scrape.into_text().unwrap();
        let escaped = r#"session="a \"quoted\" \\ name\nsockets 99""#;
        assert!(text.contains(&format!("otio_sync_room_operations{{{escaped}}} 7\n")), "{text}");
        assert!(text.contains("\notio_sync_sockets 2\n") && text.ends_with("# EOF\n"), "{text}");
        assert!(text.contains("otio_sync_room_answers{session=\"b\"} 0\n"), "{text}");
        assert!(text.contains("otio_sync_store_sync_seconds_count{session=\"b\"} 1\n"), "{text}");
        assert!(text.lines().all(|line| line.starts_with("otio_sync_") || line.starts_with("# ")), "{text}");
    }
}
