//! Free TCP ports on the loopback interface.

use std::net::TcpListener;

/// Where ports are looked for: below 32768, where Linux takes the ports of outgoing connections from, so that a
/// server which was killed finds its port still free when it is started again.
const RANGE: std::ops::Range<u16> = 12_000..32_000;

/// Returns a port on 127.0.0.1 that nothing listens on.
///
/// # Panics
///
/// When a hundred ports chosen at random are all taken.
#[must_use]
pub fn free_port() -> u16 {
    let span = u128::from(RANGE.end - RANGE.start);
    (0..100)
        .map(|_| RANGE.start + u16::try_from(uuid::Uuid::new_v4().as_u128() % span).unwrap_or(0))
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .expect("a hundred ports are all taken")
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_free_port_can_be_bound() {
        let port = super::free_port();
        std::net::TcpListener::bind(("127.0.0.1", port)).unwrap();
    }
}
