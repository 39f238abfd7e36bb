//! A picture that a telephone reads (QR code, ISO/IEC 18004), drawn as one path: no style, no script, nothing to fetch.

use app::Error;
use qrcodegen::{QrCode, QrCodeEcc};
use std::fmt::Write;

/// Modules left white around it, as the standard asks.
const QUIET: i32 = 4;

/// A picture of a text.
pub(super) struct Picture {
    /// Modules from edge to edge, with the quiet zone.
    pub size: i32,
    /// The dark ones.
    pub path: String,
}

impl Picture {
    /// Draws a text.
    ///
    /// # Errors
    /// The text is too long for any picture.
    pub(super) fn of(text: &str) -> Result<Picture, Error> {
        let code = QrCode::encode_text(text, QrCodeEcc::Medium).map_err(|e| Error::broken(e.to_string()))?;
        let mut path = String::new();
        for y in 0..code.size() {
            for x in (0..code.size()).filter(|x| code.get_module(*x, y)) {
                write!(path, "M{},{}h1v1h-1z", x + QUIET, y + QUIET).map_err(Error::broken)?;
            }
        }
        Ok(Picture { size: code.size() + 2 * QUIET, path })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_its_three_corners_and_its_quiet_zone() {
        let picture =
            Picture::of("otpauth://totp/Xinqiao:wang?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").unwrap();
        let last = picture.size - QUIET - 7;
        for (x, y) in [(QUIET, QUIET), (last, QUIET), (QUIET, last)] {
            // The ring of seven and the square of three of each corner.
            for (dx, dy) in [(0, 0), (6, 0), (0, 6), (6, 6), (2, 2), (4, 4)] {
                assert!(picture.path.contains(&format!("M{},{}h1", x + dx, y + dy)), "{x},{y} {dx},{dy}");
            }
            assert!(!picture.path.contains(&format!("M{},{}h1", x + 1, y + 1)));
        }
        assert!(!picture.path.contains("M3,") && !picture.path.contains(",3h"));
        assert!(Picture::of(&"x".repeat(5000)).is_err());
    }
}
