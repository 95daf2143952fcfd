//! A PostgreSQL server of a test's or a test process's own, with a fresh database for each test; one that can die,
//! stand still and come back.

use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use rustix::process::Signal;
use tempfile::TempDir;
use tokio::sync::OnceCell;

use crate::{Process, eventually, free_port, processes, tool};

/// How long a server may take until it answers.
const READY: Duration = Duration::from_secs(60);

/// What the server is told beyond its defaults: to be small, to be quick, and to trust that the machine stays up.
const SETTINGS: [&str; 7] = [
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "fsync=off",
    "full_page_writes=off",
    "shared_buffers=32MB",
    "max_connections=200",
    "autovacuum=off",
];

/// A PostgreSQL server on a port of its own, its data in a temporary directory. It trusts every local connection.
#[derive(Debug)]
pub struct Postgres {
    // Dropped before the directory that it writes to.
    process: Process,
    bin: PathBuf,
    port: u16,
    dir: TempDir,
}

impl Postgres {
    /// Returns the server that the tests of this process share, starting it for the first.
    ///
    /// # Panics
    ///
    /// When PostgreSQL is not installed or does not come up.
    pub async fn shared() -> &'static Self {
        static SHARED: OnceCell<Postgres> = OnceCell::const_new();
        SHARED.get_or_init(Self::start).await
    }

    /// Starts a server of the test's own: for tests that stop it or kill it.
    ///
    /// # Panics
    ///
    /// When PostgreSQL is not installed or does not come up.
    pub async fn start() -> Self {
        let bin = tool::postgres_bin();
        let dir = tempfile::Builder::new()
            .prefix("postgres-")
            .tempdir()
            .expect("a temporary directory");
        let user = Account::for_server();
        if let Some(user) = &user {
            std::os::unix::fs::chown(dir.path(), Some(user.uid), Some(user.gid)).expect("root may chown");
        }
        let data = dir.path().join("data");
        let mut initdb = command(&bin, "initdb", user.as_ref());
        initdb
            .args([
                "--no-sync",
                "-A",
                "trust",
                "-U",
                "postgres",
                "-E",
                "UTF8",
                "--locale=C",
                "-D",
            ])
            .arg(&data);
        run(initdb);
        for _ in 0..3 {
            let port = free_port();
            let mut process = launch(&bin, port, dir.path());
            if ready(&mut process, &bin, port).await {
                return Self {
                    process,
                    bin,
                    port,
                    dir,
                };
            }
        }
        let log = std::fs::read_to_string(dir.path().join("postgres.log")).unwrap_or_default();
        panic!("postgres ended three times while starting:\n{log}");
    }

    /// Creates an empty database of a new name and returns its URL.
    ///
    /// # Panics
    ///
    /// When the server refuses.
    #[must_use]
    pub fn database(&self) -> String {
        let name = format!("test_{}", uuid::Uuid::new_v4().simple());
        self.sql(&self.url("postgres"), &format!("CREATE DATABASE {name}"), &[]);
        self.url(&name)
    }

    fn url(&self, database: &str) -> String {
        format!("postgres://postgres@{}/{database}", self.address())
    }

    /// Runs a script of psql in the database at `url`, with these values for `:name` in it, and returns what it
    /// printed: one row a line, columns divided by `|`.
    ///
    /// # Panics
    ///
    /// When a statement fails.
    pub fn sql(&self, url: &str, script: &str, values: &[(&str, &str)]) -> String {
        let mut psql = Command::new(self.bin.join("psql"));
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"]);
        for (name, value) in values {
            psql.arg("-v").arg(format!("{name}={value}"));
        }
        // From a file, as only there a script's values are put in.
        let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
        file.write_all(script.as_bytes()).expect("a script");
        psql.arg("-f").arg(file.path()).arg(url);
        run(psql)
    }

    /// Everything the server has logged so far. A database tells more of itself after
    /// `ALTER DATABASE … SET log_statement = 'all'`.
    #[must_use]
    pub fn log(&self) -> String {
        self.process.log()
    }

    /// The address that clients connect to, at which it stays.
    #[must_use]
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Ends it as a crash does, with every connection: nothing is written that was not, and the next start recovers.
    /// Nothing listens on its port until `restart`.
    pub fn kill(&mut self) {
        // What stands still would not notice.
        self.cont();
        self.process.end();
    }

    /// Starts it again on the same port and data, ending it first if it runs, and waits until it takes connections.
    ///
    /// # Panics
    ///
    /// When it does not come up.
    pub async fn restart(&mut self) {
        self.kill();
        self.process = launch(&self.bin, self.port, self.dir.path());
        assert!(
            ready(&mut self.process, &self.bin, self.port).await,
            "postgres ended:\n{}",
            self.process.log()
        );
    }

    /// Stops it with SIGSTOP, and all that serves its connections: they stay open, and nothing is answered.
    pub fn stop(&mut self) {
        // It first, so that it starts no more of them.
        self.process.stop();
        self.signal_children(Signal::STOP);
    }

    /// Lets it go on after `stop`.
    pub fn cont(&mut self) {
        self.signal_children(Signal::CONT);
        self.process.cont();
    }

    fn signal_children(&mut self, signal: Signal) {
        // Of an ended process the id may be another's by now.
        if self.process.is_running() {
            for pid in processes::children(self.process.pid()) {
                processes::signal(pid, signal);
            }
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // Else those that stand still would outlive it.
        self.cont();
    }
}

fn launch(bin: &Path, port: u16, dir: &Path) -> Process {
    let mut server = command(bin, "postgres", Account::for_server().as_ref());
    server.args(["-p", &port.to_string(), "-D"]).arg(dir.join("data"));
    server.args(SETTINGS.iter().flat_map(|setting| ["-c", setting]));
    // SIGQUIT is its immediate shutdown: SIGKILL would leave a shared memory segment behind.
    Process::start_with("postgres", server, dir, Signal::QUIT, Some(dir))
}

/// The account that the server runs under, as it refuses to run as root.
struct Account {
    uid: u32,
    gid: u32,
}

impl Account {
    /// None when we are not root and the server runs as who we are.
    fn for_server() -> Option<Self> {
        if !rustix::process::geteuid().is_root() {
            return None;
        }
        let passwd = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
        let account = ["postgres", "nobody"]
            .iter()
            .find_map(|name| Self::find(&passwd, name));
        Some(account.expect("root needs an account `postgres` or `nobody` to run PostgreSQL under"))
    }

    fn find(passwd: &str, name: &str) -> Option<Self> {
        let line = passwd.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        Some(Self {
            uid: fields.next()?.parse().ok()?,
            gid: fields.next()?.parse().ok()?,
        })
    }
}

fn command(bin: &Path, program: &str, user: Option<&Account>) -> Command {
    let mut command = Command::new(bin.join(program));
    // The directory of the test may be closed to the server's account.
    command.current_dir("/").env_remove("PGOPTIONS");
    if let Some(user) = user {
        command.uid(user.uid).gid(user.gid);
    }
    command
}

fn run(mut command: Command) -> String {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(
        output.status.success(),
        "{command:?}:\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Waits until the server takes connections; false when it ended instead.
async fn ready(process: &mut Process, bin: &Path, port: u16) -> bool {
    let accepts = || {
        let mut probe = Command::new(bin.join("pg_isready"));
        probe.args(["-q", "-h", "127.0.0.1", "-p", &port.to_string()]);
        probe.status().is_ok_and(|status| status.success())
    };
    eventually("an answer of postgres", READY, || {
        let state = if process.is_running() {
            accepts().then_some(true)
        } else {
            Some(false)
        };
        std::future::ready(state)
    })
    .await
        && process.is_running()
}
