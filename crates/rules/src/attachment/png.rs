//! A PNG without what stands in it beside the picture (ISO/IEC 15948): texts, times and Exif go, what colours need stays.

/// With what every PNG begins.
pub(super) const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// Chunks beside the critical ones that are needed to show the picture as it is.
const NEEDED: [&[u8; 4]; 8] = [b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"bKGD", b"pHYs"];

/// The picture alone; nothing where the file is cut off or none.
pub(super) fn stripped(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut kept = bytes.get(..SIGNATURE.len()).filter(|start| *start == SIGNATURE)?.to_vec();
    let mut at = SIGNATURE.len();
    let mut first = true;
    loop {
        let length = u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?);
        let length = usize::try_from(length).ok()?;
        let name: &[u8; 4] = bytes.get(at + 4..at + 8)?.try_into().ok()?;
        // Length, name and sum around the content.
        let chunk = bytes.get(at..at.checked_add(length)?.checked_add(12)?)?;
        if first && name != b"IHDR" {
            return None;
        }
        first = false;
        let critical = name.first().is_some_and(u8::is_ascii_uppercase);
        if critical || NEEDED.contains(&name) {
            kept.extend_from_slice(chunk);
        }
        at += chunk.len();
        if name == b"IEND" {
            return Some(kept);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
        let length = u32::try_from(content.len()).unwrap().to_be_bytes();
        [&length[..], name, content, b"sum."].concat()
    }

    fn picture() -> Vec<u8> {
        [
            SIGNATURE.to_vec(),
            chunk(b"IHDR", b"size"),
            chunk(b"eXIf", b"GPS 31.2"),
            chunk(b"iTXt", b"taken at home"),
            chunk(b"tIME", b"time"),
            chunk(b"gAMA", b"gray"),
            chunk(b"IDAT", b"data"),
            chunk(b"IEND", b""),
            b"more behind it".to_vec(),
        ]
        .concat()
    }

    #[test]
    fn texts_and_places_go_and_the_picture_stays() {
        let kept = stripped(&picture()).unwrap();
        let text = String::from_utf8_lossy(&kept);
        assert!(!["GPS", "home", "tIME", "behind"].iter().any(|gone| text.contains(gone)), "{text}");
        assert!(["IHDR", "gAMA", "IDAT"].iter().all(|stays| text.contains(stays)), "{text}");
        assert!(text.ends_with("IENDsum."));
        assert_eq!(stripped(&kept), Some(kept.clone()));
    }

    #[test]
    fn what_is_cut_off_or_begins_otherwise_is_not_taken() {
        let whole = picture();
        for length in 0..whole.len() - "more behind it".len() {
            assert_eq!(stripped(&whole[..length]), None, "{length}");
        }
        assert_eq!(stripped(&[SIGNATURE, &chunk(b"IDAT", b"data"), &chunk(b"IEND", b"")].concat()), None);
    }
}
