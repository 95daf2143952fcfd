//! The connection to NATS and what is known of it. It is made in the background and made again for ever, so a
//! process starts and lives without NATS.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use async_nats::{Client, ConnectOptions, Event, connection::State, jetstream};
use domain::id::Token;
use messages::route;
use tokio::sync::{Notify, watch};

use crate::{Error, Result};

/// The oldest nats-server that is used.
pub const FLOOR: (u64, u64, u64) = (2, 10, 27);

/// Two unanswered pings end a connection, so a dead peer is noticed in three times this.
const PING: Duration = Duration::from_secs(5);

/// How to connect.
#[derive(Debug, Clone)]
pub struct Options {
    /// `nats://host:port`, several separated by commas; may hold user and password.
    pub url: String,
    /// Who connects: a trainer's id, or the name of a service. Inboxes begin with it.
    pub identity: Token,
    /// How the server's reports call the connection.
    pub name: String,
}

/// What is known of the connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    /// There is none for now.
    Down,
    /// There is one.
    Up,
    /// There is one to a server below [`FLOOR`]; it is not used.
    TooOld(
        /// What the server calls itself.
        String,
    ),
}

/// A connection to NATS. Clones share it.
#[derive(Debug, Clone)]
pub struct Bus {
    pub(crate) client: Client,
    pub(crate) jetstream: jetstream::Context,
    link: watch::Receiver<Link>,
    missed: Arc<Notify>,
}

impl Bus {
    /// Begins to connect and returns at once; [`ready`](Self::ready) waits for the connection.
    ///
    /// # Errors
    /// [`Error::Connect`] when the options cannot be used. A server that cannot be reached is not an error.
    pub async fn connect(options: &Options) -> Result<Self> {
        let (tell, link) = watch::channel(Link::Down);
        let (tell, known) = (Arc::new(tell), Arc::new(OnceLock::<Client>::new()));
        let on_event = {
            let (tell, known) = (Arc::clone(&tell), Arc::clone(&known));
            move |event: Event| {
                tracing::debug!(%event, "nats");
                // The first connection may be reported before the client is known here; it is looked at below.
                match (&event, known.get()) {
                    (Event::Connected, Some(client)) => _ = tell.send_replace(link_of(client)),
                    (Event::Disconnected | Event::Closed, _) => _ = tell.send_replace(Link::Down),
                    _ => {}
                }
                std::future::ready(())
            }
        };
        let servers: Vec<&str> = options.url.split(',').map(str::trim).collect();
        let client = ConnectOptions::new()
            .name(&options.name)
            .custom_inbox_prefix(route::inbox(&options.identity))
            .retry_on_initial_connect()
            .ping_interval(PING)
            .connection_timeout(Duration::from_secs(5))
            .reconnect_delay_callback(|tries| Duration::from_millis((50 << tries.min(6)).min(2000)))
            .event_callback(on_event)
            .connect(servers)
            .await
            .map_err(|error| Error::Connect {
                url: shown(&options.url),
                source: error.into(),
            })?;
        let _ = known.set(client.clone());
        // Either this sees the first connection, or the callback did with the client known.
        if client.connection_state() == State::Connected {
            tell.send_replace(link_of(&client));
        }
        let mut jetstream = jetstream::new(client.clone());
        jetstream.set_timeout(crate::publish::LIMIT);
        Ok(Self {
            client,
            jetstream,
            link,
            missed: Arc::default(),
        })
    }

    /// What is known of the connection, now and later.
    #[must_use]
    pub fn link(&self) -> watch::Receiver<Link> {
        self.link.clone()
    }

    /// Whether there is a connection that can be used.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        *self.link.borrow() == Link::Up
    }

    /// Waits until there is a connection.
    ///
    /// # Errors
    /// [`Error::ServerTooOld`].
    pub async fn ready(&self) -> Result<()> {
        let mut link = self.link.clone();
        match link
            .wait_for(|link| *link != Link::Down)
            .await
            .map(|link| (*link).clone())
        {
            Ok(Link::Up) => Ok(()),
            Ok(Link::TooOld(version)) => Err(Error::ServerTooOld { version }),
            Ok(Link::Down) | Err(_) => Err(Error::Disconnected),
        }
    }

    /// Waits until this connection finds a stream or a consumer missing, for whoever makes them. What was found
    /// since the last wait counts.
    pub async fn found_missing(&self) {
        self.missed.notified().await;
    }

    /// Notes that something is not there.
    pub(crate) fn missing(&self, what: String) -> Error {
        self.missed.notify_one();
        Error::Missing { what }
    }

    /// Waits until there is no connection any more.
    pub(crate) async fn lost(&self) {
        let mut link = self.link.clone();
        let _ = link.wait_for(|link| *link != Link::Up).await;
    }

    /// Fails at once when there is no connection: commands would only queue up in the client.
    pub(crate) fn usable(&self) -> Result<()> {
        match &*self.link.borrow() {
            Link::Up => Ok(()),
            Link::Down => Err(Error::Disconnected),
            Link::TooOld(version) => Err(Error::ServerTooOld {
                version: version.clone(),
            }),
        }
    }
}

fn link_of(client: &Client) -> Link {
    let version = client.server_info().version;
    if at_least_floor(&version) {
        return Link::Up;
    }
    tracing::error!(version, "nats-server is too old and is not used");
    Link::TooOld(version)
}

fn at_least_floor(version: &str) -> bool {
    let core = version.split(['-', '+']).next().unwrap_or_default();
    let mut parts = core.split('.').map(|part| part.parse::<u64>().ok());
    match (
        parts.next().flatten(),
        parts.next().flatten(),
        parts.next().flatten(),
    ) {
        (Some(major), Some(minor), Some(patch)) => (major, minor, patch) >= FLOOR,
        _ => false,
    }
}

fn shown(url: &str) -> String {
    // Everything before an `@` may be a password.
    url.split(',')
        .map(|one| one.rsplit_once('@').map_or(one, |(_, host)| host))
        .collect::<Vec<_>>()
        .join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_below_the_floor_are_told_apart() {
        for good in ["2.10.27", "2.10.28", "2.12.8", "2.15.1", "2.11.0-beta.1", "3.0.0"] {
            assert!(at_least_floor(good), "{good}");
        }
        for bad in [
            "2.9.10",
            "2.10.26",
            "2.10.26-binary",
            "1.99.99",
            "",
            "2.10",
            "latest",
        ] {
            assert!(!at_least_floor(bad), "{bad}");
        }
    }

    #[test]
    fn a_password_is_not_shown() {
        assert_eq!(shown("nats://me:secret@a:1,nats://b:2"), "a:1,nats://b:2");
    }
}
