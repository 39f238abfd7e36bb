//! How numbers and names reach us on paper and in spreadsheets: full-width digits, stray spaces, quote marks.

/// The half-width form of a full-width letter, digit or sign (U+FF01–U+FF5E); every other character as it is.
pub fn half_width(character: char) -> char {
    match character {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(character) - 0xfee0).unwrap_or(character),
        '\u{3000}' => ' ',
        other => other,
    }
}

/// Brings a number to one form: half-width, upper case, without spaces, hyphens, invisible marks
/// or the quote mark with which spreadsheets hold long numbers as text.
pub fn normalised_number(text: &str) -> String {
    text.chars().map(half_width).filter(|c| !is_filler(*c)).map(|c| c.to_ascii_uppercase()).collect()
}

fn is_filler(character: char) -> bool {
    character.is_whitespace()
        || matches!(
            character,
            '-' | '\'' | '`' | '‐' | '‑' | '–' | '—' | '−' | '‘' | '’' | '\u{200b}'..='\u{200f}' | '\u{feff}'
        )
}
