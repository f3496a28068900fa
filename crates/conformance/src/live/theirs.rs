//! An existing peer: a process of `tests/python`, told by lines what its user does.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lossless_json::{Limits, Object, Style, Value, parse};
use simulator::{ExistingPlan, Quirk, Step};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::Surroundings;
use super::network::Network;

/// How long one may take to start or to answer. Generous: the machine may be busy.
const ANSWERS_WITHIN: Duration = Duration::from_secs(30);
/// How long leaving may take.
const LEAVES_WITHIN: Duration = Duration::from_secs(10);

type Waiting = Arc<Mutex<BTreeMap<u64, oneshot::Sender<Value>>>>;

/// A running existing peer.
pub(crate) struct Theirs {
    process: Child,
    input: ChildStdin,
    waiting: Waiting,
    complaints: Arc<Mutex<String>>,
    next_id: u64,
}

impl Theirs {
    /// Starts one; it looks for the session when this returns.
    pub(crate) async fn start(
        plan: &ExistingPlan,
        network: &Network,
        surroundings: &Surroundings,
    ) -> Result<Self, String> {
        let mut process = command(plan, network, surroundings)
            .spawn()
            .map_err(|error| format!("{}: {error}", surroundings.python.display()))?;
        let input = process.stdin.take().ok_or("no standard input")?;
        let output = process.stdout.take().ok_or("no standard output")?;
        let mut errors = process.stderr.take().ok_or("no standard error")?;
        let complaints = Arc::new(Mutex::new(String::new()));
        let kept = Arc::clone(&complaints);
        tokio::spawn(async move {
            let mut chunk = vec![0; 4096];
            while let Ok(count @ 1..) = errors.read(&mut chunk).await {
                let text = String::from_utf8_lossy(&chunk[..count]);
                kept.lock().unwrap_or_else(PoisonError::into_inner).push_str(&text);
            }
        });
        let waiting = Waiting::default();
        let (is_ready, ready) = oneshot::channel();
        waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(0, is_ready);
        let answers = Arc::clone(&waiting);
        tokio::spawn(async move {
            let mut lines = BufReader::new(output).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                answer(&answers, &line);
            }
            answers.lock().unwrap_or_else(PoisonError::into_inner).clear();
        });
        let theirs = Self { process, input, waiting, complaints, next_id: 0 };
        match timeout(ANSWERS_WITHIN, ready).await {
            Ok(Ok(_)) => Ok(theirs),
            _ => Err(format!("{} does not start: {}", plan.name, theirs.complaints())),
        }
    }

    /// What it wrote to standard error.
    pub(crate) fn complaints(&self) -> String {
        self.complaints.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Has its user do a step; nobody waits for it.
    pub(crate) async fn step(&mut self, step: &Step) {
        let mut fields: Object = [("doing", step.doing.word())].into_iter().collect();
        fields.insert("picks", step.picks.map(Value::from).to_vec());
        fields.insert("number", step.number);
        drop(self.tell("step", fields).await);
    }

    /// Everything that it holds; none where it is gone.
    pub(crate) async fn state(&mut self) -> Option<Value> {
        let answer = self.tell("state", Object::new()).await;
        timeout(ANSWERS_WITHIN, answer).await.ok()?.ok()
    }

    /// Leaves as its generation does.
    pub(crate) async fn leave(mut self) {
        let answer = self.tell("leave", Object::new()).await;
        // Who does not is killed.
        let _ = timeout(LEAVES_WITHIN, answer).await;
        self.kill().await;
    }

    /// `kill -9`.
    pub(crate) async fn kill(mut self) {
        // It may have ended by itself.
        let _ = self.process.kill().await;
    }

    async fn tell(&mut self, command: &str, fields: Object) -> oneshot::Receiver<Value> {
        self.next_id += 1;
        let (reply, answer) = oneshot::channel();
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(self.next_id, reply);
        let mut line: Object = [("command", command)].into_iter().collect();
        line.insert("id", self.next_id);
        for (key, value) in fields {
            line.insert(key, value);
        }
        let text = Value::from(line).to_text(Style::Python) + "\n";
        // Where it is gone nobody answers.
        let _ = self.input.write_all(text.as_bytes()).await;
        answer
    }
}

fn command(plan: &ExistingPlan, network: &Network, surroundings: &Surroundings) -> Command {
    let mut command = Command::new(&surroundings.python);
    command.args(["-m", "reference_peer.live", "--session", &network.session, "--guid", &plan.name]);
    command.args(["--app", plan.app.name(), "--generation", plan.generation.name()]);
    command.arg(format!("--skew={}", seconds(plan.skew_us))).args(network.arguments(&plan.name));
    let named = |option: &str, quirks: &[Quirk]| {
        quirks.iter().map(|quirk| format!("{option}={}", quirk.word())).collect::<Vec<_>>()
    };
    command.args(named("--having", &plan.with)).args(named("--without", &plan.without));
    if let Some(timeline) = plan.own_timeline() {
        command.args(["--opens", &timeline.to_text(Style::Python)]);
    }
    command.current_dir(&surroundings.peers).env("PYTHONDONTWRITEBYTECODE", "1").env_remove("ORI_SYNC_NAME");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

#[expect(clippy::cast_precision_loss, reason = "a few seconds")]
fn seconds(us: i64) -> f64 {
    us as f64 / 1e6
}

/// Hands an answer to who waits for it; what tells that it is ready answers 0.
fn answer(waiting: &Waiting, line: &str) {
    let Ok(read) = parse(line.as_bytes(), &Limits::default()) else { return };
    let id = read.value.get("reply").and_then(Value::as_u64).unwrap_or(0);
    let reply = waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
    // Nobody may wait for it any more.
    let _ = reply.map(|reply| reply.send(read.value));
}
