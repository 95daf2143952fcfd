//! Objects in stores. A table is copied to a file without a name first: every format can then be read as from a
//! disk, more than once if need be, and a connection that breaks does not break the reading.

use std::fs::File;

use crate::{Error, ObjectUri, Result};

/// A copy of an object, in a file that goes with its handle. `options` are variables such as `AWS_ENDPOINT`,
/// `AWS_ACCESS_KEY_ID` or `GOOGLE_SERVICE_ACCOUNT`; others are passed over.
///
/// # Errors
/// [`Error::UnsupportedScheme`] where the program was built without the store; [`Error::NoSuchObject`],
/// [`Error::ObjectDenied`], [`Error::Store`], [`Error::DiskFull`], ….
#[cfg(not(any(feature = "s3", feature = "gcs", feature = "azure")))]
pub(crate) fn copy(object: &ObjectUri, _: impl IntoIterator<Item = (String, String)>) -> Result<File> {
    Err(Error::UnsupportedScheme {
        uri: object.to_string(),
    })
}

#[cfg(any(feature = "s3", feature = "gcs", feature = "azure"))]
pub(crate) use reached::copy;

#[cfg(any(feature = "s3", feature = "gcs", feature = "azure"))]
mod reached {
    use std::{
        io::{Seek, Write},
        path::Path,
    };

    use futures::TryStreamExt;
    use object_store::ObjectStoreExt;

    use super::*;

    /// As told above.
    pub(crate) fn copy(
        object: &ObjectUri,
        options: impl IntoIterator<Item = (String, String)>,
    ) -> Result<File> {
        if !built_with(object.scheme) {
            return Err(Error::UnsupportedScheme {
                uri: object.to_string(),
            });
        }
        // The TLS of the whole program is rustls with ring; a provider that is there already stays.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| failed(object, error))?;
        runtime.block_on(fetch(object, options))
    }

    fn built_with(scheme: &str) -> bool {
        match scheme {
            "s3" => cfg!(feature = "s3"),
            "gs" => cfg!(feature = "gcs"),
            _ => cfg!(feature = "azure"),
        }
    }

    async fn fetch(object: &ObjectUri, options: impl IntoIterator<Item = (String, String)>) -> Result<File> {
        let url = url::Url::parse(&object.to_string()).map_err(|error| failed(object, error))?;
        let (store, path) =
            object_store::parse_url_opts(&url, options).map_err(|error| explained(object, error))?;
        let found = store.get(&path).await.map_err(|error| explained(object, error))?;
        let scratch = std::env::temp_dir();
        let on_disk = |action, error| Error::io(action, Path::new(&scratch), error);
        let mut file = tempfile::tempfile().map_err(|error| on_disk("create a file in", error))?;
        let mut stream = found.into_stream();
        while let Some(bytes) = stream
            .try_next()
            .await
            .map_err(|error| explained(object, error))?
        {
            file.write_all(&bytes)
                .map_err(|error| on_disk("write to", error))?;
        }
        file.rewind()
            .map_err(|error| on_disk("rewind a file in", error))?;
        Ok(file)
    }

    fn explained(object: &ObjectUri, error: object_store::Error) -> Error {
        let uri = object.to_string();
        match error {
            object_store::Error::NotFound { .. } => Error::NoSuchObject { uri },
            object_store::Error::PermissionDenied { .. } | object_store::Error::Unauthenticated { .. } => {
                Error::ObjectDenied { uri }
            }
            error => failed(object, error),
        }
    }

    fn failed(object: &ObjectUri, error: impl std::error::Error + Send + Sync + 'static) -> Error {
        Error::Store {
            uri: object.to_string(),
            source: Box::new(error),
        }
    }

    #[cfg(all(test, feature = "s3"))]
    mod tests;
}
