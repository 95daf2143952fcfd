//! The parts of a stack that are our own processes: each knows how it is started, so that it can come back.

use std::{
    ffi::OsString,
    ops::{Deref, DerefMut},
    path::{Path, PathBuf},
    process::{Command, ExitStatus},
    time::Duration,
};

use testkit::{Process, Proxy, binaries, processes};

use crate::Client;

/// A process that can be started again as it was. All of them write to one log.
#[derive(Debug)]
pub struct Part {
    name: String,
    program: &'static str,
    args: Vec<OsString>,
    env: Vec<(String, String)>,
    dir: PathBuf,
    process: Option<Process>,
}

impl Part {
    /// A part that is not started yet.
    pub(super) fn new(name: String, program: &'static str, dir: &Path) -> Self {
        Self {
            name,
            program,
            args: Vec::new(),
            env: Vec::new(),
            dir: dir.to_path_buf(),
            process: None,
        }
    }

    pub(super) fn args<I: IntoIterator<Item = A>, A: Into<OsString>>(&mut self, args: I) {
        self.args.extend(args.into_iter().map(Into::into));
    }

    pub(super) fn env(&mut self, name: &str, value: &str) {
        self.env.push((name.to_owned(), value.to_owned()));
    }

    /// Its name, after which its log is called.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Starts it, killing it first if it runs.
    pub fn start(&mut self) {
        self.start_with(&[]);
    }

    /// Starts it with further environment variables, killing it first if it runs.
    pub fn start_with(&mut self, env: &[(&str, &str)]) {
        // Ended before the next begins: they work in the same directory.
        drop(self.process.take());
        let mut command = Command::new(binaries::path(self.program));
        command.args(&self.args);
        for (name, value) in &self.env {
            command.env(name, value);
        }
        command.envs(env.iter().copied());
        self.process = Some(Process::start(&self.name, command, &self.dir));
    }

    fn process(&mut self) -> &mut Process {
        self.process.as_mut().expect("a part is started when it is made")
    }

    /// The id of its process, also after its end.
    ///
    /// # Panics
    ///
    /// Never: a part is started when it is made.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.process
            .as_ref()
            .expect("a part is started when it is made")
            .pid()
    }

    /// The living children of its process.
    #[must_use]
    pub fn children(&self) -> Vec<u32> {
        processes::children(self.pid())
    }

    /// Whether its process has not ended yet.
    pub fn is_running(&mut self) -> bool {
        self.process().is_running()
    }

    /// Kills it with SIGKILL and waits until it is gone.
    pub fn kill(&mut self) {
        self.process().kill();
    }

    /// Asks it to end with SIGTERM.
    pub fn terminate(&mut self) {
        self.process().terminate();
    }

    /// Stops it with SIGSTOP.
    pub fn stop(&mut self) {
        self.process().stop();
    }

    /// Lets it go on after `stop`.
    pub fn cont(&mut self) {
        self.process().cont();
    }

    /// Waits until it has ended by itself.
    ///
    /// # Panics
    ///
    /// When it still runs after `timeout`.
    pub async fn wait(&mut self, timeout: Duration) -> ExitStatus {
        self.process().wait(timeout).await
    }

    /// Everything that its processes have written so far.
    #[must_use]
    pub fn log(&self) -> String {
        self.process.as_ref().map(Process::log).unwrap_or_default()
    }
}

/// A replica of the job-service, at one address for ever.
#[derive(Debug)]
pub struct Replica {
    pub(super) part: Part,
    pub(super) address: String,
    /// Its way to NATS, in a stack with proxies.
    pub nats: Option<Proxy>,
    /// Its way to PostgreSQL, in a stack with proxies and that database.
    pub database: Option<Proxy>,
}

impl Replica {
    /// Its URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A client of it.
    ///
    /// # Panics
    ///
    /// Never: the address is one.
    #[must_use]
    pub fn client(&self) -> Client {
        Client::new(&self.url()).expect("an address")
    }

    /// Waits until it answers.
    ///
    /// # Panics
    ///
    /// When it does not.
    pub async fn ready(&mut self) {
        let client = self.client();
        super::answers(&client, || self.part.is_running()).await;
    }
}

/// A trainer.
#[derive(Debug)]
pub struct Trainer {
    pub(super) part: Part,
    /// Its way to NATS, in a stack with proxies.
    pub nats: Option<Proxy>,
}

impl Trainer {
    /// The id that it goes by, once it has given itself one.
    #[must_use]
    pub fn id(&self) -> Option<String> {
        let path = self.dir.join(self.name()).join("trainer.id");
        Some(std::fs::read_to_string(path).ok()?.trim().to_owned())
    }
}

impl Deref for Replica {
    type Target = Part;

    fn deref(&self) -> &Part {
        &self.part
    }
}

impl DerefMut for Replica {
    fn deref_mut(&mut self) -> &mut Part {
        &mut self.part
    }
}

impl Deref for Trainer {
    type Target = Part;

    fn deref(&self) -> &Part {
        &self.part
    }
}

impl DerefMut for Trainer {
    fn deref_mut(&mut self) -> &mut Part {
        &mut self.part
    }
}
