//! Carrying out commands: checked first, then made into operations or view messages.

mod draft;

use crate::clock::Now;
use crate::command::{Command, Reply};
use crate::discovery::Phase;
use crate::error::CommandError;
use crate::output::Output;
use crate::peer::Peer;
use crate::roles::Group;

impl Peer {
    /// Carries out a command. The answer comes as [`Output::Reply`] with the same `id`, after what it sent.
    pub fn command(&mut self, now: Now, id: u64, command: Command) {
        self.now = now;
        let result = self.carry_out(command, now);
        self.output(Output::Reply { id, result });
    }

    fn carry_out(&mut self, command: Command, now: Now) -> Result<Reply, CommandError> {
        if command == Command::State {
            return Ok(self.state_reply());
        }
        self.may_command(&command)?;
        let _ = now;
        Err(CommandError::UnknownCommand(String::new()))
    }

    /// Whether this peer may do such things at all, now and in its role.
    fn may_command(&self, command: &Command) -> Result<(), CommandError> {
        if self.observes() {
            return Err(CommandError::ObserverOnly);
        }
        if self.phase != Phase::Synced {
            return Err(CommandError::NotSynced(self.phase.status().as_str()));
        }
        let _ = (command, Group::Structure);
        Ok(())
    }

    fn state_reply(&self) -> Reply {
        Reply { state: Some(self.log.state().to_value()), ..Reply::default() }
    }
}
