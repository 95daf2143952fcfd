//! The HTTP client under those of the stores. `object_store` asks again where a connection was refused, reset or not
//! answered on; where it ended between being made and being used it sees an error of an unknown kind, and gives up at
//! once. Here that is an interruption like the others, so that a store that comes back within its time is waited for.

use std::{error::Error, pin::Pin};

use object_store::{
    ClientOptions, Result,
    client::{
        HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpService,
        ReqwestConnector,
    },
};

/// Makes clients that tell interruptions.
#[derive(Debug, Default)]
pub(super) struct Connector(ReqwestConnector);

impl HttpConnector for Connector {
    fn connect(&self, options: &ClientOptions) -> Result<HttpClient> {
        Ok(HttpClient::new(Client(self.0.connect(options)?)))
    }
}

#[derive(Debug)]
struct Client(HttpClient);

impl HttpService for Client {
    fn call<'a, 'call>(
        &'a self,
        request: HttpRequest,
    ) -> Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'call>>
    where
        'a: 'call,
        Self: 'call,
    {
        Box::pin(async { self.0.execute(request).await.map_err(told) })
    }
}

/// Why a request was sent and not answered.
#[derive(Debug, thiserror::Error)]
#[error("the connection failed")]
struct Interrupted(#[source] HttpError);

fn told(error: HttpError) -> HttpError {
    let sent = error.source().and_then(|cause| cause.downcast_ref());
    match error.kind() {
        HttpErrorKind::Unknown if sent.is_some_and(reqwest::Error::is_request) => {
            HttpError::new(HttpErrorKind::Interrupted, Interrupted(error))
        }
        _ => error,
    }
}
