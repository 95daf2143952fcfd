//! A TCP proxy that can fail as networks do: by silence, or by cutting.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, copy_bidirectional},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
};

/// What a proxy does with its connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Pass,
    BlackHole,
    Cut,
}

/// Forwards connections to an upstream server, for as long as it is not told otherwise. It is gone when it is dropped.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    mode: watch::Sender<Mode>,
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
        let (mode, told) = watch::channel(Mode::Pass);
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, upstream.to_owned(), told));
        Self {
            address,
            mode,
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

    /// Swallows whatever comes, in both directions, and closes nothing; new connections are taken and not answered.
    pub fn black_hole(&self) {
        self.mode.send_replace(Mode::BlackHole);
    }

    /// Closes every connection, and every new one at once.
    pub fn cut(&self) {
        self.mode.send_replace(Mode::Cut);
    }
}

async fn accept(listener: TcpListener, upstream: String, mode: watch::Receiver<Mode>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            // Out of descriptors, perhaps: the next connection may fare better.
            accepted = listener.accept() => if let Ok((client, _)) = accepted {
                connections.spawn(carry(client, upstream.clone(), mode.clone()));
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

/// Carries one connection to its end.
async fn carry(mut client: TcpStream, upstream: String, mut mode: watch::Receiver<Mode>) {
    let mut server = None;
    if *mode.borrow_and_update() == Mode::Pass {
        let Ok(mut connected) = TcpStream::connect(upstream).await else {
            return;
        };
        // Small messages that wait for each other would otherwise wait for acknowledgements as well.
        let _ = (client.set_nodelay(true), connected.set_nodelay(true));
        tokio::select! {
            _ = copy_bidirectional(&mut client, &mut connected) => return,
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
