//! Ctrl-C, or the request to end, while this machine computes: the computation is asked to stop, so that it can clear away what is not whole.

use std::{
    io, process,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Sender, channel},
    },
    thread,
};

use anyhow::{Context, Result};
use tokio::{
    runtime::Builder,
    signal::unix::{SignalKind, signal},
};

use crate::exit::Exit;

/// What Ctrl-C and SIGTERM set from now on. A second one ends the program at once.
///
/// # Errors
/// When the system does not let it be heard.
pub(super) fn heard() -> Result<Arc<AtomicBool>> {
    let pressed = Arc::new(AtomicBool::new(false));
    let (ready, listening) = channel();
    let press = Arc::clone(&pressed);
    // On a thread of its own, as the one of the program's runtime computes.
    thread::spawn(move || {
        if let Err(error) = listen(&press, &ready) {
            let _ = ready.send(Err(error));
        }
    });
    listening.recv()?.context("cannot listen for Ctrl-C")?;
    Ok(pressed)
}

fn listen(pressed: &AtomicBool, ready: &Sender<io::Result<()>>) -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_io().build()?;
    runtime.block_on(async {
        let mut interrupts = signal(SignalKind::interrupt())?;
        let mut ends = signal(SignalKind::terminate())?;
        let _ = ready.send(Ok(()));
        let mut asked = async || {
            tokio::select! {
                _ = interrupts.recv() => {}
                _ = ends.recv() => {}
            }
        };
        asked().await;
        pressed.store(true, Ordering::Relaxed);
        asked().await;
        process::exit(Exit::Interrupted.code().into())
    })
}
