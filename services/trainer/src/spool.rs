//! The spool: terminal reports on the disk, from before they are first published until the job-service has said
//! what became of them. The work of hours must not be lost with the process that has just finished it.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use messages::{
    bus::v1::{KeptReport, TerminalReport, trainer_event::Body},
    convert,
};
use prost::Message;
use storage::ArtifactPath;

use crate::{
    durable,
    error::{Error, Result},
    lease::Lease,
};

const REPORT: &str = "report";
/// What is added to the name of a file that cannot be read, so that it is kept but not tried again.
const ASIDE: &str = "corrupt";

/// A directory of reports, one file each.
#[derive(Debug, Clone)]
pub(crate) struct Spool(PathBuf);

/// A report, and what is needed to deliver it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Kept {
    pub(crate) lease: Lease,
    /// Its number under the lease.
    pub(crate) seq: i64,
    pub(crate) report: TerminalReport,
    /// Where the attempt's files lie, if it can have any.
    pub(crate) path: Option<ArtifactPath>,
    pub(crate) beat_interval: Duration,
}

impl Spool {
    /// The spool in a trainer's data directory, made if missing.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(crate) fn open(data_dir: &Path) -> Result<Self> {
        let dir = data_dir.join("spool");
        fs::create_dir_all(&dir).map_err(|source| io("create", &dir, source))?;
        Ok(Self(dir))
    }

    /// Keeps a report, in the place of an earlier one of the same lease.
    ///
    /// # Errors
    /// [`Error::Io`], for example when the disk is full.
    pub(crate) fn keep(&self, kept: &Kept) -> Result<()> {
        let path = self.file(&kept.lease);
        let message = KeptReport {
            event: Some(kept.lease.event(kept.seq, Body::Terminal(kept.report.clone()))),
            artifact_path: kept.path.as_ref().map(ToString::to_string).unwrap_or_default(),
            beat_interval: Some(convert::duration_to_pb(kept.beat_interval)),
        };
        durable::write(&path, &sealed(&message.encode_to_vec())).map_err(|source| io("write", &path, source))
    }

    /// Forgets a report that somebody else remembers, or that nobody wants.
    ///
    /// # Errors
    /// [`Error::Io`]; a report that was not kept is fine.
    pub(crate) fn forget(&self, lease: &Lease) -> Result<()> {
        let path = self.file(lease);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(io("remove", &path, error)),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// The reports that an earlier process has left here. What cannot be read is put aside.
    ///
    /// # Errors
    /// [`Error::Io`] when the directory cannot be read.
    pub(crate) fn load(&self) -> Result<Vec<Kept>> {
        let listed = fs::read_dir(&self.0).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        let mut loaded = Vec::new();
        for entry in listed.map_err(|source| io("read", &self.0, source))? {
            let path = entry.path();
            let extension = path.extension().and_then(|extension| extension.to_str());
            if extension == Some(durable::DRAFT) {
                // It was never published, because it was never whole.
                fs::remove_file(&path).map_err(|source| io("remove", &path, source))?;
            } else if extension == Some(REPORT) {
                let bytes = fs::read(&path).map_err(|source| io("read", &path, source))?;
                match parse(&bytes).filter(|kept| self.file(&kept.lease) == path) {
                    Some(kept) => loaded.push(kept),
                    None => put_aside(&path)?,
                }
            }
        }
        Ok(loaded)
    }

    fn file(&self, lease: &Lease) -> PathBuf {
        self.0
            .join(format!("{}-{}-{}.{REPORT}", lease.job, lease.attempt, lease.id))
    }
}

fn put_aside(path: &Path) -> Result<()> {
    let aside = path.with_extension(format!("{REPORT}.{ASIDE}"));
    tracing::error!(?path, ?aside, "a kept report cannot be read and is put aside");
    fs::rename(path, &aside).map_err(|source| io("rename", path, source))
}

/// The bytes under their hash: a disk that has lost some of them must not make another report of the rest.
fn sealed(bytes: &[u8]) -> Vec<u8> {
    let mut sealed = storage::sha256_hex(bytes).into_bytes();
    sealed.push(b'\n');
    sealed.extend_from_slice(bytes);
    sealed
}

fn parse(sealed: &[u8]) -> Option<Kept> {
    let end = sealed.iter().position(|byte| *byte == b'\n')?;
    let (hash, bytes) = (&sealed[..end], &sealed[end + 1..]);
    if storage::sha256_hex(bytes).as_bytes() != hash {
        return None;
    }
    let message = KeptReport::decode(bytes).ok()?;
    let event = message.event?;
    let lease = Lease {
        job: event.job_id.parse().ok()?,
        attempt: event.attempt,
        id: event.lease_id.parse().ok()?,
    };
    let Some(Body::Terminal(report)) = event.body else {
        return None;
    };
    let path = match message.artifact_path.as_str() {
        "" => None,
        path => Some(path.parse().ok()?),
    };
    let beat_interval = message.beat_interval?.try_into().ok()?;
    Some(Kept {
        lease,
        seq: event.seq,
        report,
        path,
        beat_interval,
    })
}

fn io(action: &'static str, path: &Path, source: io::Error) -> Error {
    let path = path.to_path_buf();
    Error::Io { action, path, source }
}

#[cfg(test)]
mod tests {
    use domain::id::{JobId, LeaseId};
    use uuid::Uuid;

    use super::*;

    fn kept(seq: i64) -> Kept {
        let lease = Lease {
            job: JobId(Uuid::now_v7()),
            attempt: 2,
            id: LeaseId(Uuid::new_v4()),
        };
        let path = ArtifactPath::new("pipe", &lease.job.to_string(), 3, 2, &lease.id.to_string()).unwrap();
        let report = TerminalReport {
            exit_code: Some(7),
            ..Default::default()
        };
        Kept {
            lease,
            seq,
            report,
            path: Some(path),
            beat_interval: Duration::from_millis(1500),
        }
    }

    #[test]
    fn a_report_is_kept_until_it_is_forgotten() {
        let dir = tempfile::tempdir().unwrap();
        let spool = Spool::open(dir.path()).unwrap();
        let mut report = kept(3);
        spool.keep(&report).unwrap();
        report.seq = 4;
        report.path = None;
        spool.keep(&report).unwrap();
        let again = Spool::open(dir.path()).unwrap();
        assert_eq!(again.load().unwrap(), [report.clone()], "the later one counts");
        again.forget(&report.lease).unwrap();
        again.forget(&report.lease).unwrap();
        assert_eq!(again.load().unwrap(), []);
    }

    #[test]
    fn what_is_not_whole_is_put_aside_and_the_rest_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let spool = Spool::open(dir.path()).unwrap();
        let (sound, broken, misnamed) = (kept(1), kept(2), kept(3));
        for report in [&sound, &broken, &misnamed] {
            spool.keep(report).unwrap();
        }
        let whole = fs::read(spool.file(&broken.lease)).unwrap();
        for length in [0, 10, 64, whole.len() - 1] {
            assert!(parse(&whole[..length]).is_none(), "{length}");
        }
        fs::write(spool.file(&broken.lease), &whole[..whole.len() - 1]).unwrap();
        fs::rename(spool.file(&misnamed.lease), spool.file(&kept(4).lease)).unwrap();
        fs::write(spool.0.join("half.draft"), "half").unwrap();
        assert_eq!(spool.load().unwrap(), std::slice::from_ref(&sound));
        assert_eq!(spool.load().unwrap(), [sound], "put aside once");
        let names = fs::read_dir(&spool.0)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let aside = names.filter(|name| name.ends_with(".report.corrupt")).count();
        assert_eq!((aside, spool.0.join("half.draft").exists()), (2, false));
    }

    #[test]
    fn a_spool_that_cannot_be_written_says_so() {
        let dir = tempfile::tempdir().unwrap();
        let spool = Spool::open(dir.path()).unwrap();
        fs::remove_dir(&spool.0).unwrap();
        let error = spool.keep(&kept(1)).unwrap_err();
        assert!(matches!(error, Error::Io { action: "write", .. }), "{error}");
    }
}
