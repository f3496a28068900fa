//! A RabbitMQ node of our own: own ports, own name, own data, gone when we are.

use std::ffi::OsString;
use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::failure::Failure;
use crate::process::found;
use crate::workspace::Workspace;

const START_LIMIT: Duration = Duration::from_secs(90);
const PROBE_INTERVAL: Duration = Duration::from_millis(200);
const AMQP_GREETING: &[u8; 8] = b"AMQP\x00\x00\x09\x01";

/// Waits at the end of its input, which comes when this program is gone, however it went; then stops the node and its
/// port mapper. A signal from the terminal reaches us and not this shell, which runs in a process group of its own.
const KEEPER: &str = r#"
"$EPMD" -port "$ERL_EPMD_PORT" -address 127.0.0.1 >>"$NODE_LOG" 2>&1 &
mapper=$!
"$SERVER" >>"$NODE_LOG" 2>&1 &
node=$!
cat >/dev/null
kill -TERM "$node" 2>/dev/null
rest=75
while kill -0 "$node" 2>/dev/null && [ "$rest" -gt 0 ]; do sleep 0.2; rest=$((rest - 1)); done
kill -KILL "$node" 2>/dev/null
kill -TERM "$mapper" 2>/dev/null
wait
"#;

/// A running node; dropping it stops the node and removes its data.
#[derive(Debug)]
pub(crate) struct Broker {
    keeper: Child,
    folder: PathBuf,
    port: u16,
}

/// The program that starts a node, where RabbitMQ is installed. Debian's wrapper on the search path would switch to
/// the system's own user and data, so its real one comes first.
pub(crate) fn server_program() -> Option<PathBuf> {
    let debian = PathBuf::from("/usr/lib/rabbitmq/bin/rabbitmq-server");
    if debian.is_file() { Some(debian) } else { found("rabbitmq-server") }
}

/// The Erlang port mapper, where Erlang is installed.
pub(crate) fn mapper_program() -> Option<PathBuf> {
    found("epmd")
}

impl Broker {
    /// Starts a node and waits until it speaks AMQP.
    pub(crate) fn start(workspace: &Workspace) -> Result<Self, Failure> {
        let (Some(server), Some(mapper)) = (server_program(), mapper_program()) else {
            return Err(Failure::new("RabbitMQ is not installed; `cargo xtask setup` installs it"));
        };
        let [port, distribution_port, mapper_port] = free_ports()?;
        let folder = workspace.cache().join(format!("rabbitmq-{}", std::process::id()));
        lay_out(&folder, port)
            .map_err(|error| Failure::io(format!("the broker's {}", folder.display()), &error))?;
        let keeper = Command::new("sh")
            .args(["-c", KEEPER])
            .envs(environment(&folder, distribution_port, mapper_port))
            .env("SERVER", server)
            .env("EPMD", mapper)
            .current_dir(&folder)
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| Failure::io("the broker could not be started", &error))?;
        let broker = Self { keeper, folder, port };
        broker.wait_until_ready()?;
        Ok(broker)
    }

    /// Where it listens, with the account and virtual host of a fresh node.
    pub(crate) fn address(&self) -> String {
        format!("amqp://guest:guest@127.0.0.1:{}/%2F", self.port)
    }

    fn wait_until_ready(&self) -> Result<(), Failure> {
        let started = Instant::now();
        while started.elapsed() < START_LIMIT {
            if speaks_amqp(self.port) {
                return Ok(());
            }
            std::thread::sleep(PROBE_INTERVAL);
        }
        Err(Failure::new(format!(
            "RabbitMQ did not answer within {} s; its log ends with: {}",
            START_LIMIT.as_secs(),
            last_lines(&self.folder.join("node.log"), 5)
        )))
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        // Nothing is left to do about a keeper or a folder that will not go: the next run uses others.
        let _ = self.keeper.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// `cargo xtask broker`: a node until the end of standard input or Ctrl-C.
pub(crate) fn serve(workspace: &Workspace) -> Result<(), Failure> {
    let broker = Broker::start(workspace)?;
    println!("{}", broker.address());
    eprintln!("export OTIO_SYNC_TEST_AMQP={}   (Ctrl-C ends it)", broker.address());
    let mut rest = Vec::new();
    std::io::stdin()
        .read_to_end(&mut rest)
        .map(drop)
        .map_err(|error| Failure::io("standard input could not be read", &error))
}

/// Removes what a run that was killed left behind.
pub(crate) fn sweep(workspace: &Workspace) {
    let Ok(entries) = fs::read_dir(workspace.cache()) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let Some(owner) = name.to_str().and_then(|name| name.strip_prefix("rabbitmq-")) else { continue };
        if !Path::new("/proc").join(owner).exists() {
            // Left for the next sweep where it cannot be removed.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn lay_out(folder: &Path, port: u16) -> std::io::Result<()> {
    fs::create_dir_all(folder.join("data"))?;
    fs::write(folder.join("plugins"), "[].\n")?;
    fs::write(
        folder.join("rabbitmq.conf"),
        format!(
            "listeners.tcp.default = 127.0.0.1:{port}\nlog.file = false\nlog.console = true\nlog.console.level = warning\n"
        ),
    )
}

fn environment(folder: &Path, distribution_port: u16, mapper_port: u16) -> Vec<(&'static str, OsString)> {
    let inside = |name: &str| folder.join(name).into_os_string();
    vec![
        ("HOME", folder.into()),
        ("NODE_LOG", inside("node.log")),
        ("RABBITMQ_NODENAME", format!("otio-sync-{}@localhost", std::process::id()).into()),
        ("RABBITMQ_MNESIA_BASE", inside("data")),
        ("RABBITMQ_LOG_BASE", inside("data")),
        ("RABBITMQ_PID_FILE", inside("pid")),
        ("RABBITMQ_CONF_ENV_FILE", inside("no-environment")),
        ("RABBITMQ_CONFIG_FILE", inside("rabbitmq.conf")),
        ("RABBITMQ_ADVANCED_CONFIG_FILE", inside("no-advanced.config")),
        ("RABBITMQ_ENABLED_PLUGINS_FILE", inside("plugins")),
        ("RABBITMQ_DIST_PORT", distribution_port.to_string().into()),
        ("ERL_EPMD_PORT", mapper_port.to_string().into()),
        ("ERL_EPMD_ADDRESS", "127.0.0.1".into()),
    ]
}

/// Ports that nothing listens on now. Somebody may take one before we do; the start then fails and says so.
fn free_ports() -> Result<[u16; 3], Failure> {
    let listen = || {
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .and_then(|listener| Ok((listener.local_addr()?.port(), listener)))
    };
    let bound = [listen(), listen(), listen()];
    let mut ports = [0; 3];
    for (port, listener) in ports.iter_mut().zip(&bound) {
        *port =
            listener.as_ref().map(|(port, _)| *port).map_err(|error| Failure::io("no free port", error))?;
    }
    Ok(ports)
}

/// Whether the port answers the AMQP greeting with a method frame (type 1), as a node does once it accepts clients.
fn speaks_amqp(port: u16) -> bool {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let Ok(mut stream) = TcpStream::connect_timeout(&address, PROBE_INTERVAL) else { return false };
    let mut first = [0_u8; 1];
    stream.set_read_timeout(Some(Duration::from_secs(2))).is_ok()
        && stream.write_all(AMQP_GREETING).is_ok()
        && stream.read_exact(&mut first).is_ok()
        && first == [1]
}

fn last_lines(file: &Path, count: usize) -> String {
    let text = fs::read_to_string(file).unwrap_or_default();
    let mut lines: Vec<&str> =
        text.lines().rev().filter(|line| !line.trim().is_empty()).take(count).collect();
    lines.reverse();
    lines.join(" | ")
}
