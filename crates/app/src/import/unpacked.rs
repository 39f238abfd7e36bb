//! How large a spreadsheet becomes when it is unpacked: a few kilobytes can hold gigabytes of the same letter.

use super::read::Unreadable;
use std::io::{Cursor, Read, sink};
use zip::ZipArchive;

/// What the parts of a spreadsheet may become together, in bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Most {
    /// Sheets, which are read cell by cell.
    sheets: u64,
    /// Everything else, such as the shared texts, which stay in memory: for a million and a half rows of some distinct
    /// cells each.
    others: u64,
}

const MOST: Most = Most { sheets: 3 << 30, others: 1 << 30 };
/// What one byte can become.
const TIMES: u64 = 1_032;

/// Unpacks everything once and keeps nothing of it, where it could become too large.
///
/// # Errors
/// It becomes too large, or is no such container.
pub(super) fn check(file: &[u8]) -> Result<(), Unreadable> {
    let most = MOST.sheets.min(MOST.others);
    let length = u64::try_from(file.len()).unwrap_or(u64::MAX);
    if length.saturating_mul(TIMES) <= most { Ok(()) } else { check_against(file, MOST) }
}

fn check_against(file: &[u8], most: Most) -> Result<(), Unreadable> {
    let broken = |_| Unreadable("file.no_spreadsheet");
    let mut container = ZipArchive::new(Cursor::new(file)).map_err(broken)?;
    let (mut sheets, mut others) = (0_u64, 0_u64);
    for at in 0..container.len() {
        let part = container.by_index(at).map_err(broken)?;
        let sheet = part.name().is_ok_and(|name| name.starts_with("xl/worksheets/"));
        let (sum, most) = if sheet { (&mut sheets, most.sheets) } else { (&mut others, most.others) };
        // What the container says of its own sizes may be untrue.
        let left = most.saturating_sub(*sum).saturating_add(1);
        let read = std::io::copy(&mut part.take(left), &mut sink());
        *sum = sum.saturating_add(read.map_err(|_| Unreadable("file.unreadable"))?);
        if *sum > most {
            return Err(Unreadable("file.too_large_unpacked"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use zip::{CompressionMethod::Deflated, ZipWriter, write::SimpleFileOptions};

    fn packed(parts: &[(&str, usize)]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, length) in parts {
            let options = SimpleFileOptions::default().compression_method(Deflated);
            writer.start_file(*name, options).unwrap();
            writer.write_all(&vec![b'a'; *length]).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn what_becomes_too_large_is_refused_before_it_is_read() {
        let most = Most { sheets: 200_000, others: 100_000 };
        let (sheet, other) = ("xl/worksheets/sheet1.xml", "xl/sharedStrings.xml");
        for (parts, code) in [
            (&[(sheet, 200_000), (other, 100_000)][..], None),
            (&[(sheet, 200_001)], Some("file.too_large_unpacked")),
            (&[(other, 100_001)], Some("file.too_large_unpacked")),
            (&[(other, 60_000), ("xl/styles.xml", 60_000)], Some("file.too_large_unpacked")),
        ] {
            let file = packed(parts);
            assert!(file.len() < 2_000);
            assert_eq!(check_against(&file, most).err().map(|reason| reason.0), code, "{parts:?}");
        }
        assert_eq!(
            check_against(b"PK\x03\x04", most).err().map(|reason| reason.0),
            Some("file.no_spreadsheet")
        );
    }

    #[test]
    fn a_container_that_lies_about_its_sizes_is_refused() {
        let mut file = packed(&[("xl/sharedStrings.xml", 100_000)]);
        let size = 100_000_u32.to_le_bytes();
        let at = file.windows(4).rposition(|bytes| bytes == size).unwrap();
        file[at..at + 4].copy_from_slice(&10_u32.to_le_bytes());
        let most = Most { sheets: 50_000, others: 50_000 };
        assert!(check_against(&file, most).is_err());
    }

    #[test]
    fn small_files_need_no_look() {
        assert!(check(b"anything").is_ok());
    }
}
