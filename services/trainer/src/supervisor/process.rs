//! A child process: started, heard, told, killed and reaped. It is the only thing here that can crash, run out
//! of memory or hang, and everything it has started dies with it.

use std::{
    ffi::OsStr,
    io,
    os::{fd::OwnedFd, unix::net::UnixStream as StdUnixStream, unix::process::ExitStatusExt},
    path::Path,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use messages::bus::v1::frame::Body;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::{
    net::{
        UnixStream,
        unix::{OwnedWriteHalf, pipe},
    },
    process::{Child, Command},
    sync::mpsc,
    task::JoinSet,
    time::timeout,
};

use super::log_ring::LogRing;
use crate::{
    error::{Error, Result},
    frames,
    lease::Lease,
};

/// The hidden subcommand that makes the trainer's executable a child.
pub const CHILD_COMMAND: &str = "attempt";

/// A child process in a process group of its own.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    pid: u32,
    group: Option<Pid>,
    /// What it is to be told. Closed to let the child end: it takes the end of its input for the parent's death.
    input: Option<mpsc::UnboundedSender<Body>>,
    frames: mpsc::Receiver<Body>,
    /// Whether it will say nothing more.
    silent: bool,
    log: LogRing,
    /// Readers of its outputs; they end with it, or with this.
    readers: JoinSet<()>,
    /// Writes to its input, as slowly as it reads, so that nobody who has something to tell waits for it.
    _writer: JoinSet<()>,
}

/// How a child process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Exit {
    /// Its exit code, where it exited.
    pub(crate) code: Option<i32>,
    /// The signal that ended it, where one did.
    pub(crate) signal: Option<i32>,
}

/// What happens to a child process.
#[derive(Debug)]
pub(crate) enum Happening {
    /// It says something.
    Said(Box<Body>),
    /// It will say nothing more.
    Silent,
    /// It has ended.
    Ended(Exit),
}

impl From<ExitStatus> for Exit {
    fn from(status: ExitStatus) -> Self {
        Self {
            code: status.code(),
            signal: status.signal(),
        }
    }
}

impl Process {
    /// Starts `program attempt <job> <number>` with one end of a socketpair as its standard input. Job and number are
    /// for people: a list of processes tells what each works on.
    pub(crate) fn spawn(program: &Path, lease: &Lease) -> Result<Self> {
        let (ours, theirs) = StdUnixStream::pair().map_err(Error::Spawn)?;
        ours.set_nonblocking(true).map_err(Error::Spawn)?;
        // One pipe for both outputs keeps them in order, so that no chatter pushes a panic out of the ring.
        let (said_to_us, said) = io::pipe().map_err(Error::Spawn)?;
        let mut command = Command::new(program);
        command
            .arg(CHILD_COMMAND)
            .args([lease.job.to_string(), lease.attempt.to_string()])
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::from(OwnedFd::from(
                said.try_clone().map_err(Error::Spawn)?,
            )))
            .stderr(Stdio::from(OwnedFd::from(said)))
            .process_group(0)
            .kill_on_drop(true);
        // Settings of the trainer, some of them secret, are none of the child's business, but for what it asks stores by.
        let is_ours = |name: &OsStr| {
            name.as_encoded_bytes().starts_with(b"TRAINYARD_") && name != storage::STORE_PATIENCE
        };
        for (name, _) in std::env::vars_os().filter(|(name, _)| is_ours(name)) {
            command.env_remove(name);
        }
        let child = command.spawn().map_err(Error::Spawn)?;
        // The command still holds the child's ends, which would keep its input and outputs from ever ending.
        drop(command);
        let pid = child
            .id()
            .ok_or_else(|| Error::Spawn(io::Error::other("it has no id")))?;
        let (mut output, input) = UnixStream::from_std(ours).map_err(Error::Spawn)?.into_split();
        let (sender, frames) = mpsc::channel(64);
        let (log, mut readers) = (LogRing::default(), JoinSet::new());
        let output_pipe = pipe::Receiver::from_owned_fd(said_to_us.into()).map_err(Error::Spawn)?;
        readers.spawn(log.clone().follow(output_pipe));
        readers.spawn(async move {
            loop {
                let frame = match frames::receive(&mut output).await {
                    Ok(Some(frame)) => frame,
                    Ok(None) => break,
                    Err(error) => {
                        tracing::debug!(pid, %error, "the child's frames ended badly");
                        break;
                    }
                };
                if sender.send(frame).await.is_err() {
                    break;
                }
            }
        });
        let (told, inbox) = mpsc::unbounded_channel();
        let mut writer = JoinSet::new();
        writer.spawn(write_all(inbox, input));
        let group = i32::try_from(pid).ok().and_then(Pid::from_raw);
        Ok(Self {
            child,
            pid,
            group,
            input: Some(told),
            frames,
            silent: false,
            log,
            readers,
            _writer: writer,
        })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    /// Tells the child something, as soon as it has taken in what it was told before.
    pub(crate) fn tell(&self, body: Body) {
        if let Some(input) = &self.input {
            // A child that does not hear any more is dead, or will be found so: its exit tells more.
            let _ = input.send(body);
        }
    }

    /// What happens next. Cancel-safe.
    pub(crate) async fn next(&mut self) -> Happening {
        tokio::select! {
            biased;
            frame = self.frames.recv(), if !self.silent => match frame {
                Some(body) => Happening::Said(Box::new(body)),
                None => {
                    self.silent = true;
                    Happening::Silent
                }
            },
            // Not being able to wait means that there is nothing to wait for.
            status = self.child.wait() => {
                Happening::Ended(status.map_or(Exit { code: None, signal: None }, Exit::from))
            }
        }
    }

    /// Lets the child end by itself.
    pub(crate) fn let_go(&mut self) {
        self.input = None;
    }

    /// Sends a signal to the child and everything it has started.
    pub(crate) fn signal(&self, signal: Signal) {
        if let Some(group) = self.group {
            // Nobody left in the group is what was wanted.
            let _ = kill_process_group(group, signal);
        }
    }

    /// After its end: ends what it has left behind, and gives the rest of what it said.
    pub(crate) async fn remains(mut self) -> (Vec<Body>, LogRing) {
        self.signal(Signal::KILL);
        self.input = None;
        let mut rest = Vec::new();
        let drained = async {
            while let Some(body) = self.frames.recv().await {
                rest.push(body);
            }
            while self.readers.join_next().await.is_some() {}
        };
        // A process that left the group may still hold the outputs open.
        let _ = timeout(Duration::from_secs(1), drained).await;
        (rest, self.log.clone())
    }
}

async fn write_all(mut inbox: mpsc::UnboundedReceiver<Body>, mut input: OwnedWriteHalf) {
    while let Some(body) = inbox.recv().await {
        if frames::send(&mut input, body).await.is_err() {
            return;
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}
