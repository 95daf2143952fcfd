//! Around every call: it is refused when there are too many or the end has begun, answered in time, and told why when it
//! is too large. Streams count until their first byte; how many of them there may be is for who opens them to say.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    sync::Semaphore,
    time::{Instant, timeout_at},
};
use tokio_util::sync::CancellationToken;
use tonic::{
    Code, Status,
    body::Body,
    codegen::http::{HeaderMap, Request, Response},
};
use tower::{
    BoxError, Layer, Service,
    limit::ConcurrencyLimit,
    load_shed::{LoadShed, error::Overloaded},
};

use super::status;
use crate::config;

/// How much earlier than the client allows an answer is sent: the transport itself, which keeps the same time, would
/// call it cancelled.
const MARGIN: Duration = Duration::from_millis(5);

/// When a client stops waiting, for streams that are told to end by then.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadline(pub(super) Instant);

/// What is around calls. Clones count them together.
#[derive(Debug, Clone)]
pub(super) struct Calls {
    running: Arc<Semaphore>,
    limits: config::Limits,
    closing: CancellationToken,
}

impl Calls {
    /// None is running yet. With `closing` no more are let in.
    pub(super) fn new(limits: config::Limits, closing: CancellationToken) -> Self {
        Self {
            running: Arc::new(Semaphore::new(limits.max_calls as usize)),
            limits,
            closing,
        }
    }

    /// Waits until none is running. Afterwards none is let in.
    pub(super) async fn finished(&self) {
        // The semaphore is never closed.
        if let Ok(all) = self.running.acquire_many(self.limits.max_calls).await {
            all.forget();
        }
    }
}

impl<S> Layer<S> for Calls {
    type Service = Answered<LoadShed<ConcurrencyLimit<S>>>;

    fn layer(&self, service: S) -> Self::Service {
        let limited = ConcurrencyLimit::with_semaphore(service, Arc::clone(&self.running));
        Answered {
            service: LoadShed::new(limited),
            timeout: self.limits.call_timeout,
            closing: self.closing.clone(),
        }
    }
}

/// A service whose every call is answered, and in time.
#[derive(Debug, Clone)]
pub(super) struct Answered<S> {
    service: S,
    timeout: Duration,
    closing: CancellationToken,
}

impl<S> Service<Request<Body>> for Answered<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = BoxError>,
    S::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        // A service that could not be called any more would be told of by the call.
        self.service.poll_ready(context).map(|_| Ok(()))
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        if self.closing.is_cancelled() {
            return Box::pin(std::future::ready(Ok(status::shutting_down().into_http())));
        }
        let now = Instant::now();
        let allowed = client_timeout(request.headers());
        if let Some(allowed) = allowed {
            request.extensions_mut().insert(Deadline(now + allowed));
        }
        let by = now + allowed.map_or(self.timeout, |allowed| allowed.min(self.timeout));
        let answer = self.service.call(request);
        Box::pin(async move {
            Ok(match timeout_at(by, answer).await {
                Ok(Ok(answer)) if is_too_large(&answer) => status::request_too_large().into_http(),
                Ok(Ok(answer)) => answer,
                Ok(Err(error)) => refusal(&error),
                Err(_) => status::too_late().into_http(),
            })
        })
    }
}

fn refusal(error: &BoxError) -> Response<Body> {
    let status = if error.is::<Overloaded>() {
        status::overloaded()
    } else {
        // The services themselves cannot fail.
        status::unexpected(&**error)
    };
    status.into_http()
}

/// Whether the codec has refused a message above its limit: it says so without details, unlike every answer of ours.
fn is_too_large(answer: &Response<Body>) -> bool {
    let headers = answer.headers();
    let code = headers
        .get(Status::GRPC_STATUS)
        .map(|code| Code::from_bytes(code.as_bytes()));
    code == Some(Code::OutOfRange) && !headers.contains_key(Status::GRPC_STATUS_DETAILS)
}

/// How long the client waits, as it says in its own words: up to eight digits and a unit.
fn client_timeout(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get("grpc-timeout")?.to_str().ok()?;
    let (unit_at, unit) = text.char_indices().last()?;
    let count = &text[..unit_at];
    if count.len() > 8 || !count.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let count: u64 = count.parse().ok()?;
    let timeout = match unit {
        'H' => Duration::from_secs(count * 3600),
        'M' => Duration::from_secs(count * 60),
        'S' => Duration::from_secs(count),
        'm' => Duration::from_millis(count),
        'u' => Duration::from_micros(count),
        'n' => Duration::from_nanos(count),
        _ => return None,
    };
    Some(timeout.saturating_sub(MARGIN))
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use tokio::sync::Barrier;
    use tonic_types::StatusExt;
    use tower::{ServiceExt, service_fn};

    use super::*;
    use crate::config::{Config, Flags};

    fn calls(change: impl FnOnce(&mut config::Limits)) -> Calls {
        let mut limits = Config::load(&Flags::default()).unwrap().limits;
        change(&mut limits);
        Calls::new(limits, CancellationToken::new())
    }

    fn request(timeout: &str) -> Request<Body> {
        Request::builder()
            .header("grpc-timeout", timeout)
            .body(Body::empty())
            .unwrap()
    }

    fn reason(answer: &Response<Body>) -> (Code, String, bool) {
        let status = Status::from_header_map(answer.headers()).unwrap();
        let details = status.get_error_details();
        let reason = details.error_info().unwrap().reason.clone();
        (status.code(), reason, details.retry_info().is_some())
    }

    #[test]
    fn a_clients_timeout_is_read_as_grpc_writes_it() {
        let read = |text| client_timeout(request(text).headers());
        for (text, allowed) in [
            ("2H", Duration::from_secs(7200)),
            ("3M", Duration::from_secs(180)),
            ("99999999S", Duration::from_secs(99_999_999)),
            ("1500m", Duration::from_millis(1500)),
            ("7000000u", Duration::from_secs(7)),
            ("90000000n", Duration::from_millis(90)),
        ] {
            assert_eq!(read(text), Some(allowed - MARGIN), "{text}");
        }
        assert_eq!(read("1n"), Some(Duration::ZERO));
        for text in ["", "S", "1", "1h", "-1S", "+1S", "100000000S", "1 S"] {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(client_timeout(&HeaderMap::new()), None);
    }

    #[tokio::test]
    async fn one_call_too_many_is_refused_and_the_others_are_answered() {
        let (entered, go_on) = (Arc::new(Barrier::new(3)), Arc::new(Barrier::new(3)));
        let calls = calls(|limits| limits.max_calls = 2);
        let gates = (Arc::clone(&entered), Arc::clone(&go_on));
        let service = calls.layer(service_fn(move |_: Request<Body>| {
            let (entered, go_on) = gates.clone();
            async move {
                entered.wait().await;
                go_on.wait().await;
                Ok::<_, Infallible>(Response::new(Body::empty()))
            }
        }));
        let call = || service.clone().oneshot(request("60S"));
        let test = async {
            entered.wait().await;
            let refused = call().await.unwrap();
            assert_eq!(
                reason(&refused),
                (Code::ResourceExhausted, "OVERLOADED".to_owned(), true)
            );
            go_on.wait().await;
        };
        let (one, other, ()) = tokio::join!(call(), call(), test);
        for answer in [one, other] {
            assert!(answer.unwrap().headers().get("grpc-status").is_none());
        }
        calls.finished().await;
    }

    #[tokio::test]
    async fn a_call_is_told_that_its_time_is_over_and_makes_room() {
        let calls = calls(|limits| {
            limits.max_calls = 1;
            limits.call_timeout = Duration::from_millis(20);
        });
        let service = calls.layer(service_fn(|_: Request<Body>| async {
            pending::<Result<Response<Body>, Infallible>>().await
        }));
        for timeout in ["30m", "60S"] {
            let answer = service.clone().oneshot(request(timeout)).await.unwrap();
            let (code, reason, _) = reason(&answer);
            assert_eq!(
                (code, reason.as_str()),
                (Code::DeadlineExceeded, "DEADLINE_EXCEEDED")
            );
        }
    }

    #[tokio::test]
    async fn nothing_is_let_in_once_the_end_has_begun() {
        let calls = calls(|_| {});
        let service = calls.layer(service_fn(|_: Request<Body>| async {
            Ok::<_, Infallible>(Response::new(Body::empty()))
        }));
        calls.closing.cancel();
        let answer = service.oneshot(request("60S")).await.unwrap();
        assert_eq!(
            reason(&answer),
            (Code::Unavailable, "SHUTTING_DOWN".to_owned(), true)
        );
        calls.finished().await;
    }
}
