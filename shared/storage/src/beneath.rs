//! Opens that cannot leave a directory. The kernel resolves the whole path in one call, so a link swapped
//! in between a check and an open does not help.

use std::{
    os::fd::{AsFd, OwnedFd},
    path::Path,
};

use rustix::{
    fs::{CWD, Mode, OFlags, ResolveFlags, mkdirat, openat, openat2},
    io::Errno,
};

use crate::{Error, Result};

const DIRECTORY: OFlags = OFlags::DIRECTORY.union(OFlags::RDONLY).union(OFlags::CLOEXEC);

/// Opens a configured directory; links on the way to it are the operator's business.
pub(crate) fn open_root(path: &Path) -> Result<OwnedFd> {
    openat(CWD, path, DIRECTORY, Mode::empty()).map_err(|errno| match Error::io("open", path, errno) {
        Error::NotFound { path } => Error::MissingRoot { path },
        other => other,
    })
}

/// Opens `relative` for reading under `root`; links may lead elsewhere beneath the root, never out of it.
/// `shown` is the path for the error.
pub(crate) fn open_file(root: impl AsFd, relative: &Path, shown: &Path) -> Result<OwnedFd> {
    // NONBLOCK keeps the open of a FIFO from waiting for a writer; on regular files it does nothing.
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOCTTY | OFlags::NONBLOCK;
    resolve(root, relative, flags, ResolveFlags::empty(), shown)
}

/// Opens a directory under `root` without following any link.
pub(crate) fn open_dir(root: impl AsFd, relative: &Path, shown: &Path) -> Result<OwnedFd> {
    resolve(root, relative, DIRECTORY, ResolveFlags::NO_SYMLINKS, shown)
}

/// Opens a directory under `root`, making what is missing of it durably.
pub(crate) fn make_dirs(root: OwnedFd, relative: &Path, shown: &Path) -> Result<OwnedFd> {
    let mut dir = root;
    for part in relative.components() {
        match mkdirat(&dir, part.as_os_str(), Mode::from_raw_mode(0o777)) {
            Ok(()) => rustix::fs::fsync(&dir).map_err(|errno| Error::io("sync", shown, errno))?,
            Err(Errno::EXIST) => {}
            Err(errno) => return Err(Error::io("create directory", shown, errno)),
        }
        dir = open_dir(&dir, Path::new(part.as_os_str()), shown)?;
    }
    Ok(dir)
}

fn resolve(
    root: impl AsFd,
    relative: &Path,
    flags: OFlags,
    more: ResolveFlags,
    shown: &Path,
) -> Result<OwnedFd> {
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS | more;
    loop {
        match openat2(root.as_fd(), relative, flags, Mode::empty(), resolve) {
            Ok(fd) => return Ok(fd),
            // The kernel saw a concurrent rename and could not vouch for the path: ask again.
            Err(Errno::AGAIN | Errno::INTR) => {}
            Err(Errno::XDEV | Errno::LOOP) => {
                return Err(Error::OutsideRoots {
                    path: shown.to_path_buf(),
                });
            }
            Err(errno) => return Err(Error::io("open", shown, errno)),
        }
    }
}
