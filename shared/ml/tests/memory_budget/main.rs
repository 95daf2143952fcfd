//! Tables too large for the memory of an attempt are refused before they are there, whatever their format: the peak
//! of the memory taken shows it. So are models.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests; clippy only knows the tests themselves"
)]

mod batches;
mod models;
mod texts;
#[cfg(feature = "all-formats")]
mod workbook;
mod writing;

use std::{
    io::{Seek, Write},
    sync::{Mutex, PoisonError},
};

use domain::{
    job::FailureKind,
    spec::{CsvOptions, DataFormat},
};
use ml::{
    Error, Silent,
    frame::Frame,
    io::{self, Source},
};
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// The peak is that of all threads.
static ALONE: Mutex<()> = Mutex::new(());

const MIB: usize = 1 << 20;

/// Reads these bytes with this budget, and tells the most memory that took.
fn read(bytes: &[u8], format: DataFormat, budget: usize) -> (Result<Frame, Error>, usize) {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file.rewind().unwrap();
    let mut source = Source::new("t", file);
    source.memory_budget = Some(budget as u64);
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let read = io::read(source, format, &CsvOptions::default(), &Silent);
    (read, MEMORY.peak_usage().saturating_sub(before))
}

/// How much memory learning from a table takes by the estimate: its columns, twice.
fn needed(frame: &Frame) -> usize {
    let columns = frame.columns().iter();
    2 * columns
        .map(|column| column.data.to_data().get_slice_memory_size().unwrap())
        .sum::<usize>()
}

/// A budget somewhat larger than what the table needs lets it in, and one somewhat smaller refuses it when no more
/// than `most` bytes were taken.
fn is_weighed_ahead(bytes: &[u8], format: DataFormat, most: usize) {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let (frame, _) = read(bytes, format, usize::MAX);
    let needed = needed(&frame.unwrap());
    assert!(needed > 4 * most, "{needed} bytes are too few to tell");
    let (frame, _) = read(bytes, format, needed + needed / 8);
    frame.unwrap();
    let budget = needed - needed / 8;
    let (refused, peak) = read(bytes, format, budget);
    let error = refused.unwrap_err();
    let failure = error.failure().unwrap();
    assert_eq!(
        (&*failure.code, failure.kind),
        ("MEMORY_BUDGET", FailureKind::OutOfMemory)
    );
    let may_use = format!("the attempt may use {} MiB", budget / MIB);
    assert!(failure.message.contains(&may_use), "{}", failure.message);
    assert!(
        peak < most,
        "{peak} bytes were taken, of which {most} are allowed"
    );
}
