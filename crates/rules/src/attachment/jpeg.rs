//! A JPEG without what stands in it beside the picture (ITU-T T.81 annex B; Exif 2.3): segments of applications and comments go, except
//! those that colours need. How the camera was held stays, since the picture would lie on its side without it.

const START: u8 = 0xD8;
const END: u8 = 0xD9;
const SCAN: u8 = 0xDA;
const COMMENT: u8 = 0xFE;
const FIRST_APPLICATION: u8 = 0xE0;
const LAST_APPLICATION: u8 = 0xEF;
const EXIF: &[u8] = b"Exif\0\0";

/// A marker without a length behind it.
fn stands_alone(marker: u8) -> bool {
    marker == 0x01 || (0xD0..=0xD7).contains(&marker)
}

/// Whether a segment of an application is needed to show the picture: its frame, its colours.
fn needed(marker: u8, content: &[u8]) -> bool {
    match marker {
        0xE0 => content.starts_with(b"JFIF\0"),
        0xE2 => content.starts_with(b"ICC_PROFILE\0"),
        0xEE => content.starts_with(b"Adobe"),
        _ => false,
    }
}

/// The picture alone; nothing where the file is cut off or none.
pub(super) fn stripped(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut kept = bytes.get(..2).filter(|start| *start == [0xFF, START])?.to_vec();
    let mut at = 2;
    let mut turned = false;
    loop {
        // Any number of bytes 0xFF may stand before a marker.
        let mut marker = *bytes.get(at + 1).filter(|_| bytes.get(at) == Some(&0xFF))?;
        at += 1;
        while marker == 0xFF {
            at += 1;
            marker = *bytes.get(at)?;
        }
        at += 1;
        if marker == END {
            kept.extend([0xFF, END]);
            return Some(kept);
        }
        if stands_alone(marker) {
            kept.extend([0xFF, marker]);
            continue;
        }
        let length = usize::from(u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]));
        let content = bytes.get(at + 2..at + length.max(2)).filter(|_| length >= 2)?;
        let segment = bytes.get(at..at + length)?;
        at += length;
        let application = (FIRST_APPLICATION..=LAST_APPLICATION).contains(&marker);
        let tiff = content.strip_prefix(EXIF).filter(|_| application && !turned);
        if let Some(turn) = tiff.and_then(orientation) {
            kept.extend(exif(turn));
            turned = true;
        }
        if marker != COMMENT && (!application || needed(marker, content)) {
            kept.extend([0xFF, marker]);
            kept.extend_from_slice(segment);
        }
        if marker == SCAN {
            let scan = scan(bytes.get(at..)?)?;
            kept.extend_from_slice(bytes.get(at..at + scan)?);
            at += scan;
        }
    }
}

/// How long the data of a scan is: up to the next marker that is none of those inside scans.
fn scan(bytes: &[u8]) -> Option<usize> {
    let inside = |next: u8| next == 0 || next == 0xFF || (0xD0..=0xD7).contains(&next);
    bytes.windows(2).position(|pair| matches!(pair, [0xFF, next] if !inside(*next)))
}

/// How the camera was held: the tag 0x0112 of the first directory, where it says 1 to 8.
fn orientation(tiff: &[u8]) -> Option<u16> {
    let little = match tiff.get(..2)? {
        b"II" => true,
        b"MM" => false,
        _ => return None,
    };
    let short = |at: usize| -> Option<u16> {
        let pair = [*tiff.get(at)?, *tiff.get(at + 1)?];
        Some(if little { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) })
    };
    let directory = if little { (4, 6) } else { (6, 4) };
    // Directories of pictures of cameras lie in the first 64 KiB.
    let (low, high) = (short(directory.0)?, short(directory.1)?);
    if high != 0 {
        return None;
    }
    let first = usize::from(low);
    (0..usize::from(short(first)?).min(200)).find_map(|entry| {
        let at = first + 2 + entry * 12;
        let turn = (short(at)? == 0x0112).then(|| short(at + 8))??;
        (2..=8).contains(&turn).then_some(turn)
    })
}

/// A segment that says how the camera was held, and nothing else.
fn exif(turn: u16) -> Vec<u8> {
    let [high, low] = turn.to_be_bytes();
    let mut content = EXIF.to_vec();
    content.extend(b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01");
    content.extend([high, low, 0, 0, 0, 0, 0, 0]);
    let [long, short] = u16::try_from(content.len() + 2).unwrap_or(u16::MAX).to_be_bytes();
    [vec![0xFF, 0xE1, long, short], content].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
        let [high, low] = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
        [&[0xFF, marker, high, low], content].concat()
    }

    /// A picture as a telephone makes it: with place, device and a comment.
    fn photo(turn: u16) -> Vec<u8> {
        let [high, low] = turn.to_le_bytes();
        let mut tiff = b"II*\0\x08\0\0\0\x02\0".to_vec();
        tiff.extend(*b"\x12\x01\x03\0\x01\0\0\0");
        tiff.extend([high, low, 0, 0]);
        tiff.extend(*b"\x25\x88\x04\0\x01\0\0\0\x1a\0\0\0\0\0\0\0GPSLatitude 31.2");
        [
            vec![0xFF, 0xD8],
            segment(0xE0, b"JFIF\0\x01\x01"),
            segment(0xE1, &[EXIF, &tiff].concat()),
            segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<exif:GPSLatitude>31"),
            segment(0xE2, b"ICC_PROFILE\0\x01\x01colours"),
            segment(0xFE, b"taken at home"),
            segment(0xDB, b"table"),
            segment(0xDA, b"scan"),
            vec![1, 2, 0xFF, 0, 3, 0xFF, 0xD0, 4],
            vec![0xFF, 0xD9],
            b"a film behind the picture, with its place".to_vec(),
        ]
        .concat()
    }

    #[test]
    fn place_device_and_comment_go_and_the_picture_stays() {
        let kept = stripped(&photo(6)).unwrap();
        let text = String::from_utf8_lossy(&kept);
        for gone in ["GPS", "ns.adobe", "home", "film"] {
            assert!(!text.contains(gone), "{gone}");
        }
        for stays in ["JFIF", "ICC_PROFILE", "table", "scan"] {
            assert!(text.contains(stays), "{stays}");
        }
        assert!(kept.ends_with(&[1, 2, 0xFF, 0, 3, 0xFF, 0xD0, 4, 0xFF, 0xD9]));
        // How it was held is told as before; upright needs no word.
        let at = kept.windows(6).position(|part| part == EXIF).unwrap();
        assert_eq!(orientation(&kept[at + 6..]), Some(6));
        assert!(!stripped(&photo(1)).unwrap().windows(6).any(|part| part == EXIF));
        assert_eq!(stripped(&kept), Some(kept.clone()));
    }

    #[test]
    fn what_is_cut_off_is_not_taken() {
        let whole = photo(6);
        let end = whole.windows(2).rposition(|pair| pair == [0xFF, 0xD9]).unwrap();
        for length in 0..=end + 1 {
            assert_eq!(stripped(&whole[..length]), None, "{length}");
        }
    }
}
