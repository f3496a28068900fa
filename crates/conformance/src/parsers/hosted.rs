//! A peer that hosts a small session, for whatever is thrown at it.

use lossless_json::{Limits, Style, parse};
use session_core::{Command, Now, Opening, Output, Peer, PeerConfig};
use session_log::SessionLog;

const STEP_US: u64 = 1_000;
/// One timeline with a stack, a track of two clips and a gap, and a track for annotations.
const TIMELINE: &str = r#"{"OTIO_SCHEMA":"Timeline.1","metadata":{"sync":{"guid":"t"}},"name":"cut","tracks":
{"OTIO_SCHEMA":"Stack.1","metadata":{"sync":{"guid":"s"}},"name":"tracks","children":[
{"OTIO_SCHEMA":"Track.1","metadata":{"sync":{"guid":"p"}},"name":"V1","kind":"Video","children":[
{"OTIO_SCHEMA":"Clip.2","metadata":{"sync":{"guid":"c"}},"name":"c","media_references":{},"active_media_reference_key":"DEFAULT_MEDIA"},
{"OTIO_SCHEMA":"Gap.1","metadata":{"sync":{"guid":"g"}},"name":""},
{"OTIO_SCHEMA":"Clip.2","metadata":{"sync":{"guid":"d"}},"name":"d","media_references":{},"active_media_reference_key":"DEFAULT_MEDIA"}]},
{"OTIO_SCHEMA":"Track.1","metadata":{"sync":{"guid":"n"}},"name":"Annotations","kind":"Video","children":[]}]}}"#;

/// The peer and the clock that it is driven by.
pub(super) struct Hosted {
    pub(super) peer: Peer,
    now: Now,
    replies: usize,
}

impl Hosted {
    pub(super) fn new() -> Self {
        let now = Now { monotonic_us: 1_000_000, wall_us: 1_795_251_807_000_000 };
        let config = PeerConfig::new("s", "host", "run", [7; 32], Opening::Host);
        let mut hosted = Self { peer: Peer::new(config, now), now, replies: 0 };
        hosted.peer.start(now);
        if let Ok(parsed) = parse(TIMELINE.as_bytes(), &Limits::default()) {
            hosted.command(Command::AddTimeline { timeline: parsed.value });
        }
        hosted
    }

    /// Time goes on.
    pub(super) fn step(&mut self) -> Now {
        self.now.monotonic_us += STEP_US;
        self.now.wall_us += STEP_US;
        self.peer.handle_timeout(self.now);
        self.now
    }

    /// Gives a command, which is answered exactly once.
    pub(super) fn command(&mut self, command: Command) {
        let (now, before) = (self.step(), self.replies);
        self.peer.command(now, 1, command);
        self.drain();
        assert_eq!(self.replies, before + 1, "a command is answered once");
    }

    /// Takes what the peer has to say. Everything that it would send can be read back.
    pub(super) fn drain(&mut self) {
        while let Some(output) = self.peer.poll_output() {
            match output {
                Output::Reply { .. } => self.replies += 1,
                Output::Send { envelope, .. } | Output::Persist(envelope) => {
                    let again = session_wire::Envelope::decode(envelope.encode().as_bytes());
                    assert!(again.is_ok(), "what a peer sends can be read: {again:?}");
                }
                _ => {}
            }
        }
    }

    /// The state is the fold of the operations in stamp order, and nothing else.
    pub(super) fn assert_is_fold(&self) {
        let log = self.peer.log();
        let mut afresh = SessionLog::new();
        if let Some(base) = log.base() {
            afresh.adopt_base((**base).clone());
        }
        for operation in log.operations() {
            afresh.insert(operation.clone());
        }
        let text = |log: &SessionLog| log.state().to_value().to_text(Style::Digest);
        assert_eq!(text(log), text(&afresh), "the state is the fold of the log");
    }
}
