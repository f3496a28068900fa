//! Looking on at a session for a while.

use crate::entrance;
use crate::failure::{Failure, split_advice};
use crate::runtime;
use crate::terminal::Progress;
use bytes::Bytes;
use lossless_json::{Limits, Value, parse};
use session_core::{Delivery, Now, Onlooker, Survey, SurveyReport};
use session_transport::{Address, ConnectError, Link, LinkEvent, LinkOptions, connect};
use session_wire::Envelope;
use std::time::{Duration, Instant};

/// How often it is looked whether something is due.
const TICK: Duration = Duration::from_millis(100);
/// When the state is asked for, after the start: once, and again where datagrams may have been lost.
const ASK_AT: [Duration; 2] = [Duration::from_millis(500), Duration::from_secs(3)];

/// Listens for so many seconds, or until Ctrl-C.
pub(super) async fn survey(address: &Address, seconds: f64, quiet: bool) -> Result<SurveyReport, Failure> {
    let options = LinkOptions {
        app: "otio-sync doctor".to_owned(),
        opens: false,
        filter_session: false,
        ..LinkOptions::default()
    };
    let link = connect(address, options).await.map_err(|error| not_reached(&error))?;
    let started = Instant::now();
    let is_udp = matches!(address, Address::Udp(_));
    let onlooker = Onlooker {
        session: address.session().to_owned(),
        guid: runtime::fresh_guid(),
        run: runtime::fresh_run(),
        delivery: if is_udp { Delivery::Lossy } else { Delivery::Reliable },
    };
    let mut watch = Watch {
        survey: Survey::new(onlooker, now(started)),
        started,
        nobody: runtime::fresh_guid(),
        to_ask: if is_udp { &ASK_AT } else { &ASK_AT[..1] },
        secret: address.secret().map(|secret| secret.reveal().to_owned()),
        to_hub: matches!(address, Address::WebSocket(_)),
    };
    watch.listen(link, Duration::from_secs_f64(seconds), quiet).await?;
    Ok(watch.survey.report(now(started)))
}

/// Both clocks.
fn now(started: Instant) -> Now {
    let monotonic_us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
    Now { monotonic_us, wall_us: runtime::wall_us() }
}

/// A survey and what drives it.
struct Watch {
    survey: Survey,
    started: Instant,
    /// A GUID that no peer has.
    nobody: String,
    /// When the state is still to be asked for.
    to_ask: &'static [Duration],
    secret: Option<String>,
    to_hub: bool,
}

impl Watch {
    async fn listen(&mut self, mut link: Link, time: Duration, quiet: bool) -> Result<(), Failure> {
        let mut tick = tokio::time::interval(TICK);
        let tenths = u64::try_from(time.as_millis() / TICK.as_millis()).unwrap_or(u64::MAX);
        let mut progress = Progress::new("listening", tenths.max(1), quiet);
        let interrupted = runtime::interrupted();
        tokio::pin!(interrupted);
        let mut passed = 0;
        while self.started.elapsed() < time {
            let said = tokio::select! {
                () = &mut interrupted => break,
                _ = tick.tick() => {
                    passed += 1;
                    self.due()
                }
                event = link.incoming.recv() => match event {
                    Some(event) => self.on(event)?,
                    None => break,
                },
            };
            if let Some(text) = said {
                // A full queue is a link that is down: then there is nobody to ask.
                let _ = link.outgoing.try_send(Bytes::from(text));
            }
            progress.at(passed.min(tenths));
        }
        link.close().await;
        Ok(())
    }

    fn due(&mut self) -> Option<String> {
        let (first, later) = self.to_ask.split_first()?;
        if self.started.elapsed() < *first {
            return None;
        }
        self.to_ask = later;
        Some(self.survey.question(&self.nobody).encode())
    }

    fn on(&mut self, event: LinkEvent) -> Result<Option<String>, Failure> {
        match event {
            LinkEvent::Up if self.to_hub => {
                let mut hello = self.survey.greeting();
                hello.secret = self.secret.clone().map(Into::into);
                return Ok(Some(self.survey.envelope(hello).encode()));
            }
            LinkEvent::Message(bytes) => self.hear(&bytes),
            LinkEvent::Down { .. } => self.survey.lost(),
            LinkEvent::Failed(error) => {
                let Failure::LinkLost { reason, help } = entrance::link_failed(&error) else {
                    return Ok(None);
                };
                return Err(Failure::NotReached { reason, help });
            }
            _ => {}
        }
        Ok(None)
    }

    fn hear(&mut self, bytes: &[u8]) {
        let now = now(self.started);
        match Envelope::decode(bytes) {
            Ok(envelope) => self.survey.hear(&envelope, now),
            Err(error) => {
                let value = parse(bytes, &Limits::default()).ok().map(|parsed| parsed.value);
                let source =
                    value.as_ref().and_then(|value| value.get("source_guid")).and_then(Value::as_str);
                self.survey.hear_unreadable(source, &error.to_string(), now);
            }
        }
    }
}

fn not_reached(error: &ConnectError) -> Failure {
    let (reason, advice) = split_advice(&error.to_string());
    let help =
        advice.unwrap_or_else(|| "check the address, and that the host or broker runs there".to_owned());
    Failure::NotReached { reason, help }
}
