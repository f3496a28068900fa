//! What can be wrong with this machine. Each check does what a command would do, and takes it back.

use super::datagrams;
use crate::failure::Failure;
use crate::host::state_folder;
use crate::runtime;
use session_transport::{Address, ConnectError, DEFAULT_HUB_PORT, LinkOptions, connect};
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

/// Something that was looked at.
#[derive(Debug)]
pub(super) struct Check {
    /// A word for programs.
    pub(super) code: &'static str,
    /// What was found.
    pub(super) what: String,
    /// What to do; none where all is well.
    pub(super) help: Option<String>,
}

impl Check {
    pub(super) fn well(code: &'static str, what: impl Into<String>) -> Self {
        Self { code, what: what.into(), help: None }
    }

    pub(super) fn wrong(code: &'static str, what: impl Into<String>, help: impl Into<String>) -> Self {
        Self { code, what: what.into(), help: Some(help.into()) }
    }
}

/// How long a local program may take to answer.
const ANSWER: Duration = Duration::from_secs(2);
/// From how long on a disk makes everybody wait for what the hub acknowledges.
const SLOW_DISK: Duration = Duration::from_millis(100);
/// How far the clocks of this machine and of its disk may differ; some disks keep whole seconds.
const DISK_CLOCK: Duration = Duration::from_secs(2);
/// How far in the future the program may have been installed: clocks of time zones that were taken for another.
const INSTALLED_LATER: Duration = Duration::from_hours(24);

/// Looks at everything.
pub(super) async fn checks() -> Vec<Check> {
    let mut checks = vec![listening().await];
    checks.extend(datagrams::checks().await);
    checks.extend(disk());
    checks.extend(clock());
    checks.extend(brokers().await);
    checks
}

/// The port that `host` listens on.
async fn listening() -> Check {
    let place = SocketAddr::from((Ipv4Addr::LOCALHOST, DEFAULT_HUB_PORT));
    match TcpListener::bind(place).await {
        Ok(_) => Check::well("listen", format!("`otio-sync host` can listen on {place}")),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse && hub_answers(place).await => {
            Check::well("listen", format!("a hub listens on {place} already; a second one needs --listen"))
        }
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => Check::wrong(
            "listen",
            format!("another program listens on {place}"),
            "end it, or give `otio-sync host` another port with --listen 127.0.0.1:0",
        ),
        Err(error) => Check::wrong(
            "listen",
            format!("`otio-sync host` cannot listen on {place}: {error}"),
            "give it an address of this machine with --listen ADDR:PORT",
        ),
    }
}

async fn hub_answers(place: SocketAddr) -> bool {
    let asked = async {
        let mut stream = TcpStream::connect(place).await?;
        stream.write_all(b"GET / HTTP/1.0\r\nHost: localhost\r\n\r\n").await?;
        let mut answer = Vec::new();
        stream.take(16 << 10).read_to_end(&mut answer).await?;
        Ok::<_, io::Error>(String::from_utf8_lossy(&answer).contains("otio-sync"))
    };
    matches!(timeout(ANSWER, asked).await, Ok(Ok(true)))
}

/// The directory that keeps hosted sessions: whether it can be written, how long a sync takes, and whether its clock is ours.
fn disk() -> Vec<Check> {
    let folder = match state_folder() {
        Ok(folder) => folder,
        Err(failure) => return vec![of_failure("disk", &failure)],
    };
    // What is not there yet is made by `host`.
    let Some(there) = folder.ancestors().find(|folder| folder.is_dir()) else { return Vec::new() };
    let probe = there.join(format!(".otio-sync-doctor-{}", runtime::fresh_run()));
    let tried = try_disk(&probe);
    // It is not there where it could not be made.
    let _ = fs::remove_file(&probe);
    match tried {
        Ok((took, written)) => vec![sync_time(&folder, took), disk_clock(written)],
        Err(error) => vec![Check::wrong(
            "disk",
            format!("sessions cannot be kept in {}: {error}", folder.display()),
            "let this account write there, free space, or name another directory with `otio-sync host --data DIR`",
        )],
    }
}

fn try_disk(probe: &Path) -> io::Result<(Duration, SystemTime)> {
    let mut file = File::create_new(probe)?;
    let started = Instant::now();
    file.write_all(&[b' '; 4096])?;
    file.sync_data()?;
    Ok((started.elapsed(), file.metadata()?.modified()?))
}

fn sync_time(folder: &Path, took: Duration) -> Check {
    let (place, took_ms) = (folder.display(), took.as_millis());
    if took < SLOW_DISK {
        return Check::well("disk", format!("sessions are kept in {place}; a sync takes {took_ms} ms"));
    }
    Check::wrong(
        "disk",
        format!("a sync in {place} takes {took_ms} ms, which every edit waits for until it is kept"),
        "keep sessions on a local disk with `otio-sync host --data DIR`",
    )
}

fn disk_clock(written: SystemTime) -> Check {
    let apart = apart(SystemTime::now(), written);
    if apart <= DISK_CLOCK {
        return Check::well("disk_clock", "the clock of the disk agrees with this machine's");
    }
    Check::wrong(
        "disk_clock",
        format!("the clocks of this machine and of the disk are {} s apart", apart.as_secs()),
        "set both by NTP: edits carry this machine's time",
    )
}

/// Whether it is later than when the program was installed.
fn clock() -> Option<Check> {
    let installed = fs::metadata(std::env::current_exe().ok()?).ok()?.modified().ok()?;
    let now = SystemTime::now();
    let early = installed.duration_since(now).unwrap_or_default();
    if early <= INSTALLED_LATER {
        return Some(Check::well("clock", "the clock is later than the installation of this program"));
    }
    Some(Check::wrong(
        "clock",
        format!("the clock stands {} days before this program was installed", early.as_secs() / 86_400),
        "set it by NTP: edits carry this machine's time",
    ))
}

fn apart(a: SystemTime, b: SystemTime) -> Duration {
    a.duration_since(b).unwrap_or_else(|earlier| earlier.duration())
}

/// The session and the broker that the environment names.
async fn brokers() -> Vec<Check> {
    let mut checks = Vec::new();
    for (variable, code) in [("ORI_SESSION", "session"), ("ORI_RMQ_HOST", "broker")] {
        let Some(value) = std::env::var(variable).ok().filter(|value| !value.trim().is_empty()) else {
            continue;
        };
        // A host alone is the broker of whatever session.
        let text = if variable == "ORI_SESSION" { value.as_str() } else { "otio-sync-doctor" };
        checks.push(match crate::entrance::address(text) {
            Ok(address) => reachable(code, variable, &address).await,
            Err(failure) => of_failure(code, &failure),
        });
    }
    checks
}

async fn reachable(code: &'static str, variable: &str, address: &Address) -> Check {
    let options = LinkOptions { opens: false, app: "otio-sync doctor".to_owned(), ..LinkOptions::default() };
    match connect(address, options).await {
        Ok(link) => {
            link.close().await;
            Check::well(
                code,
                format!("{variable}: {address} is reached; `otio-sync doctor ADDRESS` tells who is there"),
            )
        }
        Err(ConnectError::ExchangeMissing { user, .. }) => Check::well(
            code,
            format!(
                "{variable}: the broker lets `{user}` in, and nobody has opened `{}` there",
                address.session()
            ),
        ),
        Err(error) => {
            let (reason, help) = crate::failure::split_advice(&error.to_string());
            let help = help.unwrap_or_else(|| "check the address".to_owned());
            Check::wrong(code, format!("{variable}: {reason}"), help)
        }
    }
}

fn of_failure(code: &'static str, failure: &Failure) -> Check {
    Check::wrong(code, failure.to_string(), failure.help())
}
