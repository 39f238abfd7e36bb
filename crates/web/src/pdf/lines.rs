//! Breaking text into lines: Chinese anywhere but before a closing and behind an opening sign, other words as a whole where they fit.

use super::font::Font;

/// Never at the beginning of a line (GB/T 15834-2011, 5.1).
const CLOSING: &str = "。，、；：？！）》」』】〕”’…—·％.,;:?!)]}%";
/// Never at the end of a line.
const OPENING: &str = "（《「『【〔“‘([{";

/// The lines of a text in a width, at a size.
pub(super) fn broken(font: &Font, text: &str, size: f32, width: f32) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        paragraph_into(font, paragraph, width / size, &mut lines);
    }
    if lines.is_empty() {
        lines.push(String::new());
    }
    lines
}

/// How wide the widest piece of a text is that stays together, at size one.
pub(super) fn widest_piece(font: &Font, text: &str) -> f32 {
    let pieces = text.lines().flat_map(units);
    pieces.map(|piece| font.width_of(piece.trim_end())).fold(0.0, f32::max)
}

fn paragraph_into(font: &Font, paragraph: &str, width: f32, lines: &mut Vec<String>) {
    let (mut line, mut reached) = (String::new(), 0.0);
    for unit in units(paragraph) {
        let wide = font.width_of(&unit);
        if reached + font.width_of(unit.trim_end()) > width && !line.is_empty() {
            lines.push(std::mem::take(&mut line).trim_end().to_owned());
            reached = 0.0;
        }
        if wide > width {
            // Longer than a line: broken wherever it must be.
            for character in unit.chars() {
                let wide = font.width(character);
                if reached + wide > width && !line.is_empty() {
                    lines.push(std::mem::take(&mut line));
                    reached = 0.0;
                }
                line.push(character);
                reached += wide;
            }
            continue;
        }
        if line.is_empty() && unit.trim().is_empty() {
            continue;
        }
        line.push_str(&unit);
        reached += wide;
    }
    lines.push(line.trim_end().to_owned());
}

/// What stays together on a line.
fn units(paragraph: &str) -> Vec<String> {
    let mut units: Vec<String> = Vec::new();
    // The last unit takes what follows: an opening sign, or a word that goes on.
    let (mut opening, mut word) = (false, false);
    for character in paragraph.chars() {
        let letter = is_word(character);
        let joins = opening || CLOSING.contains(character) || (word && (letter || character == ' '));
        match units.last_mut().filter(|_| joins) {
            Some(last) => last.push(character),
            None => units.push(character.to_string()),
        }
        opening = OPENING.contains(character);
        word = letter;
    }
    units
}

/// A letter of a word that is not broken.
fn is_word(character: char) -> bool {
    character != ' ' && character < '\u{2e80}' && !character.is_control()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lines(text: &str, width: f32) -> Vec<String> {
        broken(&Font::embedded().unwrap(), text, 1.0, width)
    }

    #[test]
    fn chinese_breaks_anywhere_but_at_signs_and_words_stay_whole() {
        for (text, width, expected) in [
            ("", 4.0, &[""][..]),
            ("社区康复", 4.0, &["社区康复"]),
            ("社区康复服务", 4.0, &["社区康复", "服务"]),
            // The comma does not begin a line, the bracket does not end one.
            ("社区康复，服务", 4.0, &["社区康", "复，服务"]),
            ("社区康（复）服务", 4.0, &["社区康", "（复）服", "务"]),
            ("由PHQ-9评估", 4.4, &["由PHQ-9", "评估"]),
            ("one two three", 4.5, &["one two", "three"]),
            ("a\nb", 4.0, &["a", "b"]),
        ] {
            assert_eq!(lines(text, width), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_letter_is_lost_and_no_line_too_wide(text in "[ a-z0-9，。（）社区康复服务]{0,60}", width in 3.0_f32..20.0) {
            let font = Font::embedded().unwrap();
            let found = broken(&font, &text, 1.0, width);
            let plain = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            prop_assert_eq!(plain(&found.concat()), plain(&text));
            for line in found {
                // Signs that must not begin a line may hang over its end.
                let inner = line.trim_end_matches(|c| CLOSING.contains(c));
                prop_assert!(font.width_of(inner) <= width + 0.01 || inner.chars().count() <= 1, "{} {}", line, width);
            }
        }
    }
}
