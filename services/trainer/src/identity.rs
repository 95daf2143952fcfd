//! Who a trainer is: an id made once and kept in its data directory. The directory is locked while the trainer
//! lives, so that two processes never use one id.

use std::{
    fs::{self, File, TryLockError},
    path::Path,
};

use domain::id::Token;
use uuid::Uuid;

use crate::{
    durable,
    error::{Error, Result},
};

/// A trainer's id, and the lock on the directory it is kept in.
#[derive(Debug)]
pub(crate) struct Identity {
    id: Token,
    /// Held open: the lock goes with it, however the process ends.
    _lock: File,
}

impl Identity {
    /// Locks the data directory, made if missing, and reads or makes the id in it.
    ///
    /// # Errors
    /// [`Error::DataDirInUse`], [`Error::BrokenId`], [`Error::Io`].
    pub(crate) fn open(data_dir: &Path) -> Result<Self> {
        let io = |action: &'static str, path: &Path| {
            let path = path.to_path_buf();
            move |source| Error::Io { action, path, source }
        };
        fs::create_dir_all(data_dir).map_err(io("create", data_dir))?;
        let lock_path = data_dir.join("trainer.lock");
        let lock = File::create(&lock_path).map_err(io("open", &lock_path))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => Error::DataDirInUse {
                path: data_dir.to_path_buf(),
            },
            TryLockError::Error(source) => io("lock", &lock_path)(source),
        })?;
        let path = data_dir.join("trainer.id");
        let text = match fs::read_to_string(&path) {
            Ok(text) => text.trim().to_owned(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let text = format!("t-{}", Uuid::now_v7().simple());
                durable::write(&path, text.as_bytes()).map_err(io("write", &path))?;
                text
            }
            Err(error) => return Err(io("read", &path)(error)),
        };
        let id = text.parse().map_err(|source| Error::BrokenId {
            path,
            text: text.clone(),
            source,
        })?;
        Ok(Self { id, _lock: lock })
    }

    /// The id.
    #[must_use]
    pub(crate) fn id(&self) -> &Token {
        &self.id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_kept_and_belongs_to_one_process_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let data_dir = dir.path().join("deep/data");
        let first = Identity::open(&data_dir).unwrap();
        assert!(matches!(
            Identity::open(&data_dir),
            Err(Error::DataDirInUse { .. })
        ));
        let id = first.id().clone();
        drop(first);
        assert_eq!(Identity::open(&data_dir).unwrap().id(), &id);
        assert_ne!(Identity::open(dir.path()).unwrap().id(), &id);
        fs::write(data_dir.join("trainer.id"), "a.b").unwrap();
        assert!(matches!(Identity::open(&data_dir), Err(Error::BrokenId { .. })));
    }
}
