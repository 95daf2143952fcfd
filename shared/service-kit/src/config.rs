//! Configuration from four places. Later ones win: embedded defaults, a file, the environment, flags; and
//! every error names the place of the value it is about.

use std::path::Path;

use figment::{
    Figment,
    providers::{Env, Format, Serialized, Toml},
};
use serde::{Serialize, de::DeserializeOwned};

use crate::{Error, Result};

/// What the names of environment variables begin with: `TRAINYARD_<SECTION>__<KEY>`.
pub const ENV_PREFIX: &str = "TRAINYARD_";

/// Reads a configuration. `defaults` is TOML and should name every key; `flags` is anything that serialises to
/// a map, where what was not given must be skipped rather than null.
///
/// Only variables with a section (`__`) are read, because flags of other programs share the prefix.
///
/// # Errors
/// [`Error::ConfigFile`] when `file` is given and unreadable, [`Error::Config`] for everything else.
pub fn load<T: DeserializeOwned>(defaults: &str, file: Option<&Path>, flags: impl Serialize) -> Result<T> {
    let mut figment = Figment::from(Toml::string(defaults));
    if let Some(path) = file {
        // A missing file would otherwise count as an empty one.
        std::fs::File::open(path).map_err(|source| Error::ConfigFile {
            path: path.to_path_buf(),
            source,
        })?;
        figment = figment.merge(Toml::file_exact(path));
    }
    let sections = Env::prefixed(ENV_PREFIX)
        .filter(|key| key.as_str().contains("__"))
        .split("__");
    figment
        .merge(sections)
        .merge(Serialized::defaults(flags))
        .extract()
        .map_err(|error| Error::Config(Box::new(error)))
}

/// A URL as it may be shown: without the password in it.
#[must_use]
pub fn shown(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    match authority.rsplit_once('@') {
        Some((_, host)) => format!("{scheme}://***@{host}{path}"),
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    const DEFAULTS: &str = "[store]\nurl = \"default\"\npool = 4\nbusy_ms = 5\n";

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Config {
        store: Store,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Store {
        url: String,
        pool: u32,
        busy_ms: u32,
    }

    fn flags(pairs: &[(&str, &str)]) -> BTreeMap<String, BTreeMap<String, String>> {
        let section = pairs
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        BTreeMap::from([("store".to_owned(), section)])
    }

    #[test]
    fn a_later_place_wins_key_by_key() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "[store]\nurl = \"file\"\npool = 8\n").unwrap();
        let config: Config = load(DEFAULTS, Some(file.path()), flags(&[("url", "flag")])).unwrap();
        assert_eq!(
            config.store,
            Store {
                url: "flag".into(),
                pool: 8,
                busy_ms: 5
            }
        );
    }

    #[test]
    fn an_error_names_the_key_and_its_place() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "[store]\npool = \"many\"\n").unwrap();
        let error = load::<Config>(DEFAULTS, Some(file.path()), flags(&[]))
            .unwrap_err()
            .to_string();
        assert!(error.contains("store.pool"), "{error}");
        assert!(error.contains(file.path().to_str().unwrap()), "{error}");
        let error = load::<Config>(DEFAULTS, None, flags(&[("ulr", "x")]))
            .unwrap_err()
            .to_string();
        assert!(error.contains("ulr"), "{error}");
        let error = load::<Config>(DEFAULTS, Some(Path::new("/none.toml")), flags(&[]))
            .unwrap_err()
            .to_string();
        assert!(error.contains("/none.toml"), "{error}");
    }

    #[test]
    fn a_password_is_not_shown() {
        assert_eq!(
            shown("postgres://me:secret@db:5432/x?a=b@c"),
            "postgres://***@db:5432/x?a=b@c"
        );
        assert_eq!(shown("nats://localhost:4222"), "nats://localhost:4222");
        assert_eq!(shown("sqlite:x.db"), "sqlite:x.db");
    }
}
