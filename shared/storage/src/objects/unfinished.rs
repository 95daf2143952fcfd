//! Uploads in parts that were begun and neither completed nor aborted. S3 keeps, and bills, their parts for ever, and
//! only a list of its own tells of them; `object_store` does not ask for it.

use std::sync::Arc;

use http::Method;
use object_store::{
    ClientConfigKey, ClientOptions, Error, Result,
    aws::{AmazonS3, AmazonS3ConfigKey, AwsAuthorizer},
    client::{HttpClient, HttpConnector, HttpRequest, HttpRequestBody, ReqwestConnector},
    multipart::MultipartStore,
    path::Path,
    signer::Signer,
};
use serde::Deserialize;

use super::{
    answer::{ANSWERED, STATUS},
    options::Options,
};

/// What S3 takes for its region where none is named.
const DEFAULT_REGION: &str = "us-east-1";
/// What a URL that is made but not used is signed for.
const UNUSED: std::time::Duration = std::time::Duration::from_secs(1);

/// Finds and aborts the unfinished uploads of a bucket.
#[derive(Debug, Clone)]
pub(super) struct Unfinished {
    s3: Arc<AmazonS3>,
    region: String,
    http: HttpClient,
}

/// An answer to `ListMultipartUploads`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page {
    #[serde(default)]
    is_truncated: bool,
    #[serde(default)]
    next_key_marker: String,
    #[serde(default)]
    next_upload_id_marker: String,
    #[serde(default, rename = "Upload")]
    uploads: Vec<Upload>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Upload {
    key: String,
    upload_id: String,
}

impl Unfinished {
    /// Those of the bucket that `s3` reaches with these options.
    ///
    /// # Errors
    /// When the options allow no client.
    pub(super) fn new(s3: Arc<AmazonS3>, region: Option<String>, options: &Options) -> Result<Self> {
        let client = |options: ClientOptions, (name, value): (String, &String)| match name.parse() {
            Ok(AmazonS3ConfigKey::Client(key)) => options.with_config(key, value),
            _ => options,
        };
        let plain = ClientOptions::new().with_config(ClientConfigKey::AllowHttp, "true");
        let http = ReqwestConnector::default().connect(&options.of("AWS_").fold(plain, client))?;
        let region = region.unwrap_or_else(|| DEFAULT_REGION.to_owned());
        Ok(Self { s3, region, http })
    }

    /// Aborts all uploads of objects below `folder`.
    ///
    /// # Errors
    /// What the store said, with all of its answer: [`explained`](super::answer::explained) leaves the keys out.
    pub(super) async fn abort(&self, folder: &Path) -> Result<()> {
        let prefix = format!("{folder}/");
        let mut query = vec![("uploads", String::new()), ("prefix", prefix.clone())];
        loop {
            let page = self.page(&query).await?;
            // Not every store that speaks this protocol looks at the prefix.
            for upload in page
                .uploads
                .iter()
                .filter(|upload| upload.key.starts_with(&prefix))
            {
                let path = Path::parse(&upload.key)?;
                match self.s3.abort_multipart(&path, &upload.upload_id).await {
                    Ok(()) | Err(Error::NotFound { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
            if !page.is_truncated {
                return Ok(());
            }
            query.truncate(2);
            query.push(("key-marker", page.next_key_marker));
            query.push(("upload-id-marker", page.next_upload_id_marker));
        }
    }

    async fn page(&self, query: &[(&str, String)]) -> Result<Page> {
        let failed =
            |source: Box<dyn std::error::Error + Send + Sync>| Error::Generic { store: "S3", source };
        // The bucket's own URL, which the client keeps to itself otherwise.
        let mut url = self.s3.signed_url(Method::GET, &Path::default(), UNUSED).await?;
        url.query_pairs_mut().clear().extend_pairs(query);
        let mut request = HttpRequest::new(HttpRequestBody::empty());
        *request.uri_mut() = url.as_str().parse().map_err(|error| failed(Box::new(error)))?;
        let credential = self.s3.credentials().get_credential().await?;
        AwsAuthorizer::new(&credential, "s3", &self.region).try_authorize(&mut request, None)?;
        let response = self.http.execute(request).await;
        let (head, body) = response.map_err(|error| failed(Box::new(error)))?.into_parts();
        let body = body.bytes().await.map_err(|error| failed(Box::new(error)))?;
        let body = String::from_utf8_lossy(&body);
        if head.status.is_success() {
            return quick_xml::de::from_str(&body).map_err(|error| failed(Box::new(error)));
        }
        let source = format!(
            "the list of unfinished uploads: {ANSWERED}{STATUS}{}: {body}",
            head.status
        )
        .into();
        match head.status {
            http::StatusCode::FORBIDDEN => Err(Error::PermissionDenied {
                path: url.path().to_owned(),
                source,
            }),
            http::StatusCode::NOT_FOUND => Err(Error::NotFound {
                path: url.path().to_owned(),
                source,
            }),
            _ => Err(failed(source)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_names_uploads_and_where_to_go_on() {
        let text = "<?xml version=\"1.0\"?><ListMultipartUploadsResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
            <Bucket>b</Bucket><NextKeyMarker>m</NextKeyMarker><NextUploadIdMarker>u2</NextUploadIdMarker>\
            <IsTruncated>true</IsTruncated>\
            <Upload><Key>a/b</Key><UploadId>u1</UploadId><StorageClass>STANDARD</StorageClass></Upload>\
            <Upload><Key>m</Key><UploadId>u2</UploadId></Upload></ListMultipartUploadsResult>";
        let page: Page = quick_xml::de::from_str(text).unwrap();
        let uploads: Vec<_> = page
            .uploads
            .iter()
            .map(|one| (one.key.as_str(), one.upload_id.as_str()))
            .collect();
        assert_eq!(uploads, [("a/b", "u1"), ("m", "u2")]);
        assert_eq!(
            (
                page.is_truncated,
                page.next_key_marker.as_str(),
                page.next_upload_id_marker.as_str()
            ),
            (true, "m", "u2")
        );
        let none: Page = quick_xml::de::from_str("<ListMultipartUploadsResult/>").unwrap();
        assert!(none.uploads.is_empty() && !none.is_truncated);
    }
}
