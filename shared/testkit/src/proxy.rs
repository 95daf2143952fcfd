//! A TCP proxy that can fail as networks do: by silence, or by cutting; at once, or after so many bytes.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU32, Ordering},
};
use std::time::Duration;

use tokio::{
    io::{self, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
    time::{Instant, sleep_until},
};

/// What a proxy does with its connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Pass,
    BlackHole,
    Cut,
}

/// How many bytes may still go upstream, on all connections together, and what happens then.
type Fuse = Arc<Mutex<Option<(usize, Mode)>>>;

/// How many bytes per second come back on a connection at most; 0 for as many as there are.
type Pace = Arc<AtomicU32>;

/// Forwards connections to an upstream server, for as long as it is not told otherwise. It is gone when it is dropped.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    mode: watch::Sender<Mode>,
    fuse: Fuse,
    pace: Pace,
    // Ends with this.
    _tasks: JoinSet<()>,
}

impl Proxy {
    /// Listens on a free port and forwards to `upstream`, such as `127.0.0.1:4222`, which need not be there yet.
    ///
    /// # Panics
    ///
    /// When nothing can be listened on.
    pub async fn start(upstream: &str) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let mode = watch::Sender::new(Mode::Pass);
        let (fuse, pace) = (Fuse::default(), Pace::default());
        let mut tasks = JoinSet::new();
        let way = Way {
            upstream: upstream.to_owned(),
            mode: mode.clone(),
            fuse: Arc::clone(&fuse),
            pace: Arc::clone(&pace),
        };
        tasks.spawn(accept(listener, way));
        Self {
            address,
            mode,
            fuse,
            pace,
            _tasks: tasks,
        }
    }

    /// The address that it listens on, for as long as it is there.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Forwards again. A connection that a black hole has swallowed something of is closed: it has a gap.
    pub fn pass(&self) {
        self.mode.send_replace(Mode::Pass);
    }

    /// Lets no more than so many bytes per second come back on each connection that is made from now on.
    pub fn slow_down(&self, bytes_per_second: u32) {
        self.pace.store(bytes_per_second, Ordering::Relaxed);
    }

    /// Swallows whatever comes, in both directions, and closes nothing; new connections are taken and not answered.
    pub fn black_hole(&self) {
        self.mode.send_replace(Mode::BlackHole);
    }

    /// Closes every connection, and every new one at once.
    pub fn cut(&self) {
        self.mode.send_replace(Mode::Cut);
    }

    /// Forwards so many more bytes from clients, and then swallows everything.
    pub fn black_hole_after(&self, bytes: usize) {
        self.arm(bytes, Mode::BlackHole);
    }

    /// Forwards so many more bytes from clients, and then closes every connection.
    pub fn cut_after(&self, bytes: usize) {
        self.arm(bytes, Mode::Cut);
    }

    fn arm(&self, bytes: usize, then: Mode) {
        *self.fuse.lock().unwrap_or_else(PoisonError::into_inner) = Some((bytes, then));
    }

    /// Waits until it does not forward any more.
    pub async fn has_failed(&self) {
        let _ = self.mode.subscribe().wait_for(|mode| *mode != Mode::Pass).await;
    }
}

/// What of a pause that was too long is made up for: timers are not exact.
const SLACK: Duration = Duration::from_millis(50);

/// What every connection is carried by.
#[derive(Debug, Clone)]
struct Way {
    upstream: String,
    mode: watch::Sender<Mode>,
    fuse: Fuse,
    pace: Pace,
}

impl Way {
    /// Whether so many bytes may still go upstream; otherwise it fails from now on.
    fn takes(&self, count: usize) -> bool {
        let mut fuse = self.fuse.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *fuse {
            Some((left, _)) if count <= *left => *left -= count,
            None => {}
            Some((_, then)) => {
                self.mode.send_replace(*then);
                *fuse = None;
                return false;
            }
        }
        true
    }

    /// Forwards what a client says, for as long as it may.
    async fn forward(
        &self,
        mut client: impl AsyncRead + Unpin,
        mut server: impl AsyncWrite + Unpin,
    ) -> io::Result<()> {
        let mut bytes = vec![0; 16 << 10];
        loop {
            let count = client.read(&mut bytes).await?;
            if count == 0 {
                return server.shutdown().await;
            }
            if !self.takes(count) {
                // The connection ends when the failure is noticed.
                return std::future::pending().await;
            }
            server.write_all(&bytes[..count]).await?;
        }
    }

    /// Forwards what a server says, as fast as it may.
    async fn back(
        &self,
        mut server: impl AsyncRead + Unpin,
        mut client: impl AsyncWrite + Unpin,
    ) -> io::Result<()> {
        let pace = self.pace.load(Ordering::Relaxed);
        if pace == 0 {
            io::copy(&mut server, &mut client).await?;
            return client.shutdown().await;
        }
        let (mut bytes, mut due) = (vec![0; 16 << 10], Instant::now());
        loop {
            let count = server.read(&mut bytes).await?;
            if count == 0 {
                return client.shutdown().await;
            }
            client.write_all(&bytes[..count]).await?;
            // Nothing is caught up on after a silence.
            let took = Duration::from_secs(count as u64) / pace;
            due = due.max(Instant::now() - SLACK) + took;
            sleep_until(due).await;
        }
    }
}

async fn accept(listener: TcpListener, way: Way) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            // Out of descriptors, perhaps: the next connection may fare better.
            accepted = listener.accept() => if let Ok((client, _)) = accepted {
                connections.spawn(carry(client, way.clone()));
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

/// Carries one connection to its end.
async fn carry(mut client: TcpStream, way: Way) {
    let mut mode = way.mode.subscribe();
    let mut server = None;
    if *mode.borrow_and_update() == Mode::Pass {
        let Ok(mut connected) = TcpStream::connect(&way.upstream).await else {
            return;
        };
        // Small messages that wait for each other would otherwise wait for acknowledgements as well.
        let _ = (client.set_nodelay(true), connected.set_nodelay(true));
        let (said, heard) = (client.split(), connected.split());
        let both = async { tokio::try_join!(way.forward(said.0, heard.1), way.back(heard.0, said.1)) };
        tokio::select! {
            _ = both => return,
            _ = mode.changed() => {}
        }
        server = Some(connected);
    }
    if *mode.borrow_and_update() == Mode::BlackHole {
        tokio::select! {
            () = swallow(&mut client) => {}
            () = swallow_from(server.as_mut()) => {}
            _ = mode.changed() => {}
        }
    }
}

async fn swallow_from(stream: Option<&mut TcpStream>) {
    match stream {
        Some(stream) => swallow(stream).await,
        None => std::future::pending().await,
    }
}

/// Reads for ever: not even the end of the stream gets through.
async fn swallow(stream: &mut (impl AsyncRead + Unpin)) {
    let mut lost = vec![0; 4096];
    while matches!(stream.read(&mut lost).await, Ok(1..)) {}
    std::future::pending().await
}
