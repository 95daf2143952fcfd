//! Arrays of doubles in numpy's file format, so that numbers pass between it and this library without being rounded.
//!
//! The format is numpy's NEP 1: a magic string, a version, the length of a header in Python's words, the header, and
//! the numbers. Only little-endian doubles in one or two dimensions are read, and one dimension or rows are written.

use std::{
    fs::File,
    io::{BufReader, BufWriter, Read, Write},
    path::Path,
};

use anyhow::{Context, Result, bail, ensure};
use ndarray::{Array2, ArrayView2, ShapeBuilder};

const MAGIC: &[u8; 8] = b"\x93NUMPY\x01\x00";
/// The header is filled up so that the numbers start at a multiple of this.
const ALIGNMENT: usize = 64;

/// Reads a table, in the order it lies in the file; one dimension is a single column.
///
/// # Errors
/// When the file cannot be read or holds something else.
pub fn read(path: &Path) -> Result<Array2<f64>> {
    parse(path).with_context(|| path.display().to_string())
}

/// Writes a table row by row.
///
/// # Errors
/// When the file cannot be written.
pub fn write(path: &Path, table: ArrayView2<f64>) -> Result<()> {
    let (rows, columns) = table.dim();
    let mut header = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': ({rows}, {columns}), }}");
    let unfilled = MAGIC.len() + 2 + header.len() + 1;
    header.push_str(&" ".repeat(unfilled.next_multiple_of(ALIGNMENT) - unfilled));
    header.push('\n');
    let mut file = BufWriter::new(File::create(path).with_context(|| path.display().to_string())?);
    file.write_all(MAGIC)?;
    file.write_all(&u16::try_from(header.len())?.to_le_bytes())?;
    file.write_all(header.as_bytes())?;
    for value in table {
        file.write_all(&value.to_le_bytes())?;
    }
    Ok(file.flush()?)
}

fn parse(path: &Path) -> Result<Array2<f64>> {
    let mut file = BufReader::new(File::open(path)?);
    let mut start = [0; 10];
    file.read_exact(&mut start)?;
    ensure!(&start[..8] == MAGIC, "no array of numpy's format 1.0");
    let mut header = vec![0; usize::from(u16::from_le_bytes([start[8], start[9]]))];
    file.read_exact(&mut header)?;
    let header = String::from_utf8(header)?;
    ensure!(header.contains("'<f8'"), "the numbers are no doubles");
    let (rows, columns) = shape(&header)?;
    let mut values = Vec::with_capacity(rows * columns);
    let mut block = [0; 8192];
    while values.len() < rows * columns {
        let length = block.len().min(8 * (rows * columns - values.len()));
        file.read_exact(&mut block[..length])?;
        let number = |bytes: &[u8]| f64::from_le_bytes(bytes.try_into().unwrap_or_default());
        values.extend(block[..length].chunks_exact(8).map(number));
    }
    let by_column = header.contains("'fortran_order': True");
    Ok(Array2::from_shape_vec((rows, columns).set_f(by_column), values)?)
}

/// Rows and columns, from `'shape': (rows, columns)` or `'shape': (rows,)`.
fn shape(header: &str) -> Result<(usize, usize)> {
    let inside = header
        .split_once("'shape': (")
        .and_then(|(_, rest)| rest.split_once(')'));
    let (inside, _) = inside.context("the header tells no shape")?;
    let sizes = inside.split(',').map(str::trim).filter(|size| !size.is_empty());
    let sizes: Vec<usize> = sizes.map(str::parse).collect::<Result<_, _>>()?;
    match sizes[..] {
        [rows] => Ok((rows, 1)),
        [rows, columns] => Ok((rows, columns)),
        _ => bail!("the array has {} dimensions", sizes.len()),
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.npy");
        let table = array![[1.0, f64::MIN_POSITIVE], [-0.1, f64::INFINITY], [1e300, 0.3]];
        write(&path, table.view()).unwrap();
        assert_eq!(read(&path).unwrap(), table);
        assert_eq!(std::fs::metadata(&path).unwrap().len() % ALIGNMENT as u64, 48);
    }

    #[test]
    fn columns_may_lie_one_after_the_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f.npy");
        let header = "{'descr': '<f8', 'fortran_order': True, 'shape': (2, 3), }\n";
        let mut bytes = MAGIC.to_vec();
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header.as_bytes());
        bytes.extend((0..6).flat_map(|value| f64::from(value).to_le_bytes()));
        std::fs::write(&path, bytes).unwrap();
        let table = read(&path).unwrap();
        assert_eq!(table, array![[0.0, 2.0, 4.0], [1.0, 3.0, 5.0]]);
        assert!(table.t().is_standard_layout());
    }

    #[test]
    fn other_files_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.npy");
        for bytes in [
            &b"not one"[..],
            b"\x93NUMPY\x02\x00\x00\x00",
            b"\x93NUMPY\x01\x00\x01\x00x",
        ] {
            std::fs::write(&path, bytes).unwrap();
            assert!(read(&path).is_err());
        }
    }
}
