//! A bucket, and the one place that knows which stores this program was built with.

use std::{
    io,
    path::Path as DiskPath,
    sync::{Arc, LazyLock},
    time::Duration,
};

use object_store::{ObjectStore, path::Path};
use tokio::runtime::{Builder, Runtime};

use super::options::{Options, Patience};
use crate::{Error, ObjectUri, Result};

/// A bucket and how to reach it.
#[derive(Debug, Clone)]
pub(super) struct Bucket {
    pub(super) objects: Arc<dyn ObjectStore>,
    #[cfg(feature = "s3")]
    pub(super) unfinished: Option<super::unfinished::Unfinished>,
}

impl Bucket {
    /// The bucket that a URI names. Nothing is asked of the store yet.
    ///
    /// # Errors
    /// [`Error::UnsupportedScheme`] where the program was built without the store, [`Error::StoreSettings`].
    pub(super) fn connect(uri: &ObjectUri, options: &Options, patience: Patience) -> Result<Self> {
        connect(uri, options, options.span(patience)?, patience.with_one_request())
    }

    /// A bucket of which the uploads that were begun need no looking after.
    #[cfg(any(feature = "gcs", feature = "azure"))]
    pub(super) fn of(objects: Arc<dyn ObjectStore>) -> Self {
        Self {
            objects,
            #[cfg(feature = "s3")]
            unfinished: None,
        }
    }
}

/// The longest pause before a store is asked again.
#[cfg(any(feature = "s3", feature = "gcs", feature = "azure"))]
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Builds a client of one kind of store, which asks again for `$span`: `$prefix` begins the names of its variables.
#[cfg(any(feature = "s3", feature = "gcs", feature = "azure"))]
macro_rules! builder {
    ($builder:ty, $prefix:literal, $uri:expr, $options:expr, $span:expr, $request:expr) => {{
        let mut retry = object_store::RetryConfig {
            max_retries: usize::MAX,
            retry_timeout: $span,
            ..Default::default()
        };
        retry.backoff.max_backoff = LONGEST_PAUSE;
        let builder = <$builder>::new()
            .with_url($uri.to_string())
            .with_retry(retry)
            .with_http_connector(super::connector::Connector::default())
            .with_client_options(object_store::ClientOptions::new().with_timeout($request));
        $options
            .of($prefix)
            .fold(builder, |builder, (name, value)| match name.parse() {
                Ok(key) => builder.with_config(key, value),
                Err(_) => builder,
            })
    }};
}

#[cfg_attr(
    not(any(feature = "s3", feature = "gcs", feature = "azure")),
    allow(unused_variables, reason = "without a store there is nothing to connect to")
)]
fn connect(uri: &ObjectUri, options: &Options, span: Duration, request: Duration) -> Result<Bucket> {
    #[cfg(any(feature = "s3", feature = "gcs", feature = "azure"))]
    let wrong = |error: object_store::Error| Error::StoreSettings {
        reason: format!("{uri}: {error}"),
    };
    // The TLS of the whole program is rustls with ring; a provider that is there already stays.
    #[cfg(any(feature = "s3", feature = "gcs", feature = "azure"))]
    let _ = rustls::crypto::ring::default_provider().install_default();
    match uri.scheme {
        #[cfg(feature = "s3")]
        "s3" => {
            let builder = builder!(
                object_store::aws::AmazonS3Builder,
                "AWS_",
                uri,
                options,
                span,
                request
            );
            let region = builder.get_config_value(&object_store::aws::AmazonS3ConfigKey::Region);
            let s3 = Arc::new(builder.build().map_err(wrong)?);
            let unfinished = super::unfinished::Unfinished::new(Arc::clone(&s3), region, options);
            Ok(Bucket {
                objects: s3,
                unfinished: Some(unfinished.map_err(wrong)?),
            })
        }
        #[cfg(feature = "gcs")]
        "gs" => {
            let builder = builder!(
                object_store::gcp::GoogleCloudStorageBuilder,
                "GOOGLE_",
                uri,
                options,
                span,
                request
            );
            Ok(Bucket::of(Arc::new(builder.build().map_err(wrong)?)))
        }
        #[cfg(feature = "azure")]
        "az" => {
            let builder = builder!(
                object_store::azure::MicrosoftAzureBuilder,
                "AZURE_",
                uri,
                options,
                span,
                request
            );
            Ok(Bucket::of(Arc::new(builder.build().map_err(wrong)?)))
        }
        _ => Err(Error::UnsupportedScheme { uri: uri.to_string() }),
    }
}

/// Waits for a request, on a thread that may block.
///
/// # Errors
/// What the request says, and [`Error::Io`] when the thread that requests run on cannot be started.
pub(super) fn wait<T>(request: impl Future<Output = Result<T>>) -> Result<T> {
    static RUNTIME: LazyLock<io::Result<Runtime>> = LazyLock::new(|| {
        Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("objects")
            .enable_all()
            .build()
    });
    match &*RUNTIME {
        Ok(runtime) => runtime.block_on(request),
        Err(error) => Err(Error::io(
            "start the thread of",
            DiskPath::new("object stores"),
            io::Error::from(error.kind()),
        )),
    }
}

/// The path of an object.
///
/// # Errors
/// [`Error::InvalidUri`]; what was read as a URI has none.
pub(super) fn path(uri: &ObjectUri) -> Result<Path> {
    Path::parse(&uri.key).map_err(|_| Error::InvalidUri {
        uri: uri.to_string(),
        reason: "the key cannot be one",
    })
}
