//! What a store answers in place of doing what it was asked. Of the body only the code and the message are kept: S3
//! repeats an expired session token beside them, and errors end in logs, in databases and before people's eyes.

use crate::{Error, ObjectUri};

/// What begins an answer in the text of an error of `object_store`.
pub(super) const ANSWERED: &str = "Server returned ";
/// What comes before its status.
pub(super) const STATUS: &str = "non-2xx status code: ";
/// The codes of refusals that S3 gives the status 400, as if what was asked were wrong.
const REFUSED: [&str; 3] = ["ExpiredToken", "InvalidAccessKeyId", "InvalidToken"];
/// No message of a store is longer in what is shown.
const LONGEST_MESSAGE: usize = 300;

/// The text of an error, taken apart.
#[derive(Debug, PartialEq, Eq)]
struct Answer<'a> {
    /// What was asked, and how often.
    asked: &'a str,
    /// Such as `400 Bad Request`; empty where nothing was answered.
    status: &'a str,
    code: Option<&'a str>,
    message: Option<&'a str>,
}

impl<'a> Answer<'a> {
    fn of(text: &'a str) -> Self {
        let (asked, answer) = text.split_once(ANSWERED).unwrap_or((text, ""));
        let (status, body) = match answer.strip_prefix(STATUS) {
            Some(rest) => rest.split_once(": ").unwrap_or((rest, "")),
            None => ("", answer),
        };
        let word = |code: &&str| code.chars().all(|char| char.is_ascii_alphanumeric());
        Self {
            // Whatever else may hold a body.
            asked: asked.split_once('<').map_or(asked, |(before, _)| before),
            status,
            code: between(body, "<Code>", "</Code>").filter(word),
            message: between(body, "<Message>", "</Message>"),
        }
    }

    fn is_refusal(&self) -> bool {
        self.status.starts_with("401")
            || self.status.starts_with("403")
            || self.code.is_some_and(|code| REFUSED.contains(&code))
    }

    fn shown(&self) -> String {
        let status = Some(self.status).filter(|status| !status.is_empty());
        let said: Vec<_> = [status, self.code].into_iter().flatten().collect();
        let mut shown = format!("{}{}", self.asked, said.join(": "));
        if let Some(message) = self.message {
            shown.push_str(": ");
            shown.extend(message.chars().take(LONGEST_MESSAGE));
        }
        shown
    }
}

fn between<'a>(text: &'a str, open: &str, close: &str) -> Option<&'a str> {
    Some(text.split_once(open)?.1.split_once(close)?.0)
}

/// Names what a store said of an object or a prefix.
pub(super) fn explained(uri: &ObjectUri, error: object_store::Error) -> Error {
    use object_store::Error as StoreError;

    let (uri, text) = (uri.to_string(), error.to_string());
    let answer = Answer::of(&text);
    match error {
        _ if answer.code == Some("NoSuchBucket") => Error::NoSuchBucket { uri },
        StoreError::NotFound { .. } => Error::NoSuchObject { uri },
        // Of a list that is refused only the text of the error tells.
        StoreError::PermissionDenied { .. } | StoreError::Unauthenticated { .. } => denied(uri, &answer),
        _ if answer.is_refusal() => denied(uri, &answer),
        _ => Error::Store {
            uri,
            source: answer.shown().into(),
        },
    }
}

fn denied(uri: String, answer: &Answer<'_>) -> Error {
    let reason = answer.code.map(|code| format!(": {code}")).unwrap_or_default();
    Error::ObjectDenied { uri, reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        Answer::of(text).shown()
    }

    #[test]
    fn of_a_body_only_code_and_message_are_shown() {
        let asked = "Generic S3 error: Error performing GET http://s3/b/k in 2ms - ";
        let xml = "<?xml version=\"1.0\"?><Error><Code>SlowDown</Code><Message>Reduce your rate.</Message>\
            <Token-0>hush</Token-0></Error>";
        for (answer, expected) in [
            (
                format!("Server returned non-2xx status code: 503 Service Unavailable: {xml}"),
                "503 Service Unavailable: SlowDown: Reduce your rate.",
            ),
            (
                format!("Server returned error response: {xml}"),
                "SlowDown: Reduce your rate.",
            ),
            (
                "Server returned non-2xx status code: 400 Bad Request: {\"token\": \"hush\"}".into(),
                "400 Bad Request",
            ),
            (
                "Server returned non-2xx status code: 400 Bad Request: ".into(),
                "400 Bad Request",
            ),
            (
                "Server returned non-2xx status code: 400 Bad Request: <Code>hush, hush</Code>".into(),
                "400 Bad Request",
            ),
            (format!("it said {xml}"), "it said "),
            (
                "HTTP error: connection refused".into(),
                "HTTP error: connection refused",
            ),
        ] {
            assert_eq!(shown(&format!("{asked}{answer}")), format!("{asked}{expected}"));
        }
    }
}
