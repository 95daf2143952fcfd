//! Who calls, as far as limits are held against callers. Until authentication names one, it is the address they
//! call from: nothing that a caller says of itself would hold.

use std::net::{IpAddr, Ipv6Addr};

use tonic::Request;

/// A caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Principal(IpAddr);

/// Who sent a request.
pub(super) fn principal<T>(request: &Request<T>) -> Principal {
    // A connection that has been reset has no address any more, and nobody reads the answer.
    let address = request.remote_addr().map(|address| address.ip());
    Principal(
        address
            .unwrap_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED))
            .to_canonical(),
    )
}
