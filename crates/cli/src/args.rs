//! The command line: what may be said, and the examples that `--help` shows.

use clap::{Args, Parser, Subcommand, ValueEnum};
use otio_bundle::MediaReferencePolicy;
use otio_document::TargetVersions;
use session_core::Role;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Review the same cut together, in different places.
#[derive(Debug, Parser)]
#[command(
    name = "otio-sync",
    version,
    max_term_width = 100,
    propagate_version = true,
    arg_required_else_help = true,
    subcommand_required = true,
    after_help = "Start here:\n  otio-sync host examples/dailies.otio                 # one person opens the session\n  \
                  otio-sync join ws://127.0.0.1:8480/dailies           # everybody else joins it\n\n\
                  Exit codes: 0 done, 1 failed, 2 wrong use. RUST_LOG=info (or debug) tells more on stderr."
)]
pub(crate) struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Print nothing but results and errors: no warnings, no progress, no summary
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Open a session on OTIO files, for others to join
    Host(HostArguments),
    /// Take part in a session from a terminal or a script
    Join(JoinArguments),
    /// Write everything that happens in a session to a file
    Record(RecordArguments),
    /// Play a recording into a session
    Replay(ReplayArguments),
    /// Print the state that a recording leads to, as JSON
    Fold(FoldArguments),
    /// Print an OTIO file, or a timeline of a recording, in OTIO form
    Cat(CatArguments),
    /// Tell what is wrong with a session, or with this machine, in words
    Doctor(DoctorArguments),
}

/// `otio-sync doctor`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    otio-sync doctor                                             # this machine: ports, datagrams, disk, clock, broker\n  \
    otio-sync doctor amqp://guest:guest@rmq.studio/#dailies      # who is there, and what each does not understand\n  \
    otio-sync doctor --json ws://127.0.0.1:8480/dailies | jq '.findings'\n\n\
    It looks on: it changes nothing and is seen by nobody.\n\
    Exit codes: 0 all is well, 1 something is wrong, 2 wrong use or not reachable.")]
pub(crate) struct DoctorArguments {
    /// Where the session is.
    #[arg(
        value_name = "ADDRESS",
        help = "Session: ws://HOST:PORT/NAME, amqp://USER:PASSWORD@HOST/VHOST#NAME, udp://ADDR:PORT/NAME, \
                or [HOST:]NAME; without one, this machine is looked at"
    )]
    pub(crate) address: Option<String>,
    /// How long to listen; existing peers announce themselves every 5 seconds
    #[arg(long, value_name = "SECONDS", value_parser = positive_seconds, allow_negative_numbers = true, default_value = "8")]
    pub(crate) seconds: f64,
    /// For programs: one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

/// `otio-sync cat`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    otio-sync cat examples/dailies.otio                         # the canonical form of a file\n  \
    otio-sync cat --compact examples/dailies.otio | wc -c       # without white space\n  \
    otio-sync cat --downgrade 0.14.0 cut.otio > cut_old.otio    # for programs with opentimelineio 0.14\n  \
    otio-sync cat review.jsonl --timeline 5d2bf3ef-7023-4175-92c4-2a77b5610e7e > cut.otio\n  \
    otio-sync cat cut.otio -o cut.otioz                         # a bundle: the cut together with its media\n  \
    otio-sync cat cut.otio -o cut.otiod --media all-missing     # a bundle without any media")]
pub(crate) struct CatArguments {
    /// A .otio file, a bundle (.otioz, .otiod), a recording (.jsonl), the directory of a hosted session, or - for standard
    /// input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// No white space at all (opentimelineio's indent −1)
    #[arg(long)]
    pub(crate) compact: bool,
    /// Reproduce opentimelineio 0.18.1 to the byte: its number reading, what it drops, what it refuses
    #[arg(long)]
    pub(crate) like_opentimelineio: bool,
    /// Write schemas in older versions.
    #[arg(
        long,
        value_name = "VERSIONS",
        help = "Write schemas in older versions, as otiotool --downgrade does: those of an opentimelineio release \
                (0.14.0 or OTIO_CORE:0.14.0), or such as Clip=1. Of several media references, a clip keeps the active one"
    )]
    pub(crate) downgrade: Option<TargetVersions>,
    /// Which timeline of a recording; may be left out where there is only one
    #[arg(long, value_name = "GUID")]
    pub(crate) timeline: Option<String>,
    /// Write a file instead of standard output; a name that ends in .otioz or .otiod makes a bundle
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Overwrite FILE if it exists; bundles are never overwritten
    #[arg(long, requires = "output")]
    pub(crate) force: bool,
    /// What a bundle does about media that are no files
    #[arg(long, value_enum, value_name = "POLICY", requires = "output")]
    pub(crate) media: Option<MediaPolicy>,
}

/// What a bundle does about media that are no files, by the names of opentimelineio's policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum MediaPolicy {
    /// Refuse to write the bundle (the default)
    ErrorIfNotFile,
    /// Put a missing reference in their place, with what they were in its metadata
    MissingIfNotFile,
    /// Put missing references in the place of all media, and no media into the bundle
    AllMissing,
}

impl From<MediaPolicy> for MediaReferencePolicy {
    fn from(policy: MediaPolicy) -> Self {
        match policy {
            MediaPolicy::ErrorIfNotFile => Self::ErrorIfNotFile,
            MediaPolicy::MissingIfNotFile => Self::MissingIfNotFile,
            MediaPolicy::AllMissing => Self::AllMissing,
        }
    }
}

/// `otio-sync fold`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    otio-sync fold review.jsonl                  # timelines, playback, display, selection at its end\n  \
    otio-sync fold review.jsonl --at 12.5        # the same, 12.5 seconds into the recording\n  \
    otio-sync fold ~/.local/state/otio-sync/dailies-20261121-093000   # a hosted session's log")]
pub(crate) struct FoldArguments {
    /// A recording (.jsonl), the directory of a hosted session, or - for standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Stop at this many seconds of the recording
    #[arg(long, value_name = "SECONDS", value_parser = seconds, allow_negative_numbers = true)]
    pub(crate) at: Option<f64>,
    /// One line instead of many
    #[arg(long)]
    pub(crate) compact: bool,
}

/// `otio-sync host`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    otio-sync host examples/dailies.otio\n  \
    otio-sync host day1.otio day2.otio --session week-12 --listen 0.0.0.0:8480\n  \
    otio-sync host cut.otio --data /srv/review/cut              # kept, and continued on the next start\n  \
    otio-sync host cut.otio --amqp amqp://guest:guest@rmq.studio:5672/   # with the studio's existing peers")]
pub(crate) struct HostArguments {
    /// OTIO files and bundles (.otio, .otioz, .otiod) whose timelines the session holds
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Name of the session; the first file's name where left out
    #[arg(long, value_name = "NAME")]
    pub(crate) session: Option<String>,
    /// Where to listen for WebSocket peers
    #[arg(long, value_name = "ADDR", value_parser = listen_address, default_value = "127.0.0.1:8480")]
    pub(crate) listen: SocketAddr,
    /// Directory that keeps the session; what it holds wins over FILE
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Where the log in DIR is damaged, go on with what stands before the damage; the rest is set aside there
    #[arg(long, requires = "data")]
    pub(crate) salvage: bool,
    /// Bring in peers on a local network too (udp://ADDR:PORT or ADDR:PORT)
    #[arg(long, value_name = "ADDR")]
    pub(crate) udp: Option<String>,
    /// Bring in peers on a RabbitMQ broker too (amqp://USER:PASSWORD@HOST:PORT/VHOST)
    #[arg(long, value_name = "URL")]
    pub(crate) amqp: Option<String>,
}

/// What every command that enters a session shares.
#[derive(Debug, Args)]
pub(crate) struct Entrance {
    /// Where the session is.
    #[arg(
        value_name = "ADDRESS",
        env = "ORI_SESSION",
        hide_env_values = true,
        help = "Session: ws://HOST:PORT/NAME, amqp://USER:PASSWORD@HOST/VHOST#NAME, udp://ADDR:PORT/NAME, \
                or [HOST:]NAME as in ORI_SESSION"
    )]
    pub(crate) address: String,
}

/// What a participant may ever do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum RoleArgument {
    /// Everything
    #[default]
    Driver,
    /// Draw and write notes
    Reviewer,
    /// Watch
    Viewer,
}

impl From<RoleArgument> for Role {
    fn from(role: RoleArgument) -> Self {
        match role {
            RoleArgument::Driver => Self::Driver,
            RoleArgument::Reviewer => Self::Reviewer,
            RoleArgument::Viewer => Self::Viewer,
        }
    }
}

/// `otio-sync join`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    otio-sync join ws://127.0.0.1:8480/dailies\n  \
    otio-sync join ws://127.0.0.1:8480/dailies --name Mika --role reviewer\n  \
    echo '{\"command\":\"state\",\"id\":1}' | otio-sync join --json ws://127.0.0.1:8480/dailies\n  \
    otio-sync join amqp://guest:guest@rmq.studio:5672/#dailies --json\n\n\
    The lines that --json reads and writes are described in docs/protocol.md.")]
pub(crate) struct JoinArguments {
    /// Where the session is.
    #[command(flatten)]
    pub(crate) entrance: Entrance,
    /// Name that the others see
    #[arg(long, value_name = "NAME", env = "ORI_SYNC_NAME")]
    pub(crate) name: Option<String>,
    /// What this participant may do
    #[arg(long, value_enum, default_value_t)]
    pub(crate) role: RoleArgument,
    /// For programs: one JSON effect a line out, one JSON command a line in
    #[arg(long)]
    pub(crate) json: bool,
    /// Where nobody holds the session, hold it (on a broker or a local network)
    #[arg(long)]
    pub(crate) or_host: bool,
    /// Give up joining after this many seconds
    #[arg(long, value_name = "SECONDS", value_parser = positive_seconds, allow_negative_numbers = true, default_value = "30")]
    pub(crate) timeout: f64,
}

/// `otio-sync record`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    otio-sync record ws://127.0.0.1:8480/dailies -o review.jsonl           # until Ctrl-C\n  \
    otio-sync record amqp://guest:guest@rmq.studio/#dailies -o review.jsonl --for 3600")]
pub(crate) struct RecordArguments {
    /// Where the session is.
    #[command(flatten)]
    pub(crate) entrance: Entrance,
    /// File to write, one JSON line a message
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// Overwrite the file where it exists
    #[arg(long)]
    pub(crate) force: bool,
    /// Stop after this many seconds
    #[arg(long = "for", value_name = "SECONDS", value_parser = positive_seconds, allow_negative_numbers = true)]
    pub(crate) duration: Option<f64>,
}

/// `otio-sync replay`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    otio-sync replay review.jsonl ws://127.0.0.1:8480/dailies              # at the speed it was recorded\n  \
    otio-sync replay review.jsonl ws://127.0.0.1:8480/dailies --speed max  # as fast as it is taken\n  \
    otio-sync replay review.jsonl amqp://guest:guest@rmq.studio/#demo --wait-for-peer --loop")]
pub(crate) struct ReplayArguments {
    /// The recording (.jsonl), or the directory of a hosted session
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Where the session is.
    #[command(flatten)]
    pub(crate) entrance: Entrance,
    /// How many times faster than recorded; 0 or max: as fast as possible
    #[arg(long, value_name = "X", value_parser = speed, allow_negative_numbers = true, default_value = "1")]
    pub(crate) speed: Speed,
    /// Start again at the end, from the recording's first state
    #[arg(long = "loop")]
    pub(crate) repeat: bool,
    /// Begin when somebody else is in the session
    #[arg(long)]
    pub(crate) wait_for_peer: bool,
    /// Keep the recorded sources apart instead of speaking as one
    #[arg(long)]
    pub(crate) keep_guids: bool,
}

/// How fast a recording is played.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Speed {
    /// Without waiting.
    Unpaced,
    /// So many times the recorded speed; positive.
    Times(f64),
}

fn listen_address(text: &str) -> Result<SocketAddr, String> {
    text.parse()
        .map_err(|_| "an IP address and a port such as 127.0.0.1:8480 or 0.0.0.0:8480 are needed".to_owned())
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() && value >= 0.0 => Ok(value),
        _ => Err("a number of seconds such as 12.5 is needed".to_owned()),
    }
}

fn positive_seconds(text: &str) -> Result<f64, String> {
    match seconds(text) {
        // Longer than a century is a typing error, and would overflow the clock's arithmetic.
        Ok(value) if value > 0.0 && value <= 3.2e9 => Ok(value),
        _ => Err("a number of seconds above 0 such as 12.5 is needed".to_owned()),
    }
}

fn speed(text: &str) -> Result<Speed, String> {
    if text == "max" {
        return Ok(Speed::Unpaced);
    }
    match text.parse::<f64>() {
        Ok(0.0) => Ok(Speed::Unpaced),
        Ok(times) if times.is_finite() && times > 0.0 => Ok(Speed::Times(times)),
        _ => Err("a factor such as 2, 0.5 or max is needed".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn speeds_are_factors_or_max() {
        assert_eq!(speed("max"), Ok(Speed::Unpaced));
        assert_eq!(speed("0"), Ok(Speed::Unpaced));
        assert_eq!(speed("2.5"), Ok(Speed::Times(2.5)));
        for wrong in ["-1", "fast", "NaN", "inf", ""] {
            assert!(speed(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn seconds_are_finite_and_not_negative() {
        assert_eq!(seconds("0"), Ok(0.0));
        assert!(seconds("-0.1").is_err() && seconds("NaN").is_err() && seconds("soon").is_err());
        assert!(positive_seconds("0").is_err() && positive_seconds("1e300").is_err());
    }
}
