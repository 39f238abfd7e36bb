//! How the characters of names sound: all readings in pinyin without tones.

use pinyin::ToPinyinMulti;

/// Readings kept of a character; the rarer ones only make noise.
const READINGS: usize = 2;

/// Readings by the number of a character (see `names`).
#[derive(Debug, Clone, Default)]
pub(super) struct Sounds {
    readings: Vec<Vec<Box<[u8]>>>,
    /// One bit for each letter with which a reading begins.
    first_letters: Vec<u32>,
}

impl Sounds {
    /// The sounds of a list of characters, the first with number 1.
    pub fn of(characters: &[char]) -> Self {
        let mut sounds = Self { readings: vec![Vec::new()], first_letters: vec![0] };
        for character in characters {
            let readings = readings(*character);
            let letters = readings.iter().filter_map(|reading| reading.first());
            sounds.first_letters.push(letters.fold(0, |bits, letter| bits | bit(*letter)));
            sounds.readings.push(readings);
        }
        sounds
    }

    /// How many characters at the head of a name the letters spell, and whether by their first readings alone.
    /// Each character is spelled by a whole reading or its initial, the last by any beginning of a reading:
    /// `jqz`, `jinqiaozhen`, `jinqz` and `jinqi` all spell 金桥镇 or its beginning.
    pub fn spelled(&self, name: &[u16], letters: &[u8]) -> Option<(usize, bool)> {
        let first = self.spelled_by(name, letters, 1).map(|count| (count, true));
        first.or_else(|| self.spelled_by(name, letters, usize::MAX).map(|count| (count, false)))
    }

    /// What letters ask of a character and the one after it.
    pub fn filter(&self, letters: &[u8]) -> Filter {
        let places = |first: u32| {
            let fitting = letters.iter().zip(0_u32..62).filter(|(letter, _)| first & bit(**letter) != 0);
            fitting.fold(0, |places, (_, place)| places | 1_u64 << place)
        };
        let reach = |readings: &Vec<Box<[u8]>>| {
            let lengths = readings.iter().flat_map(|reading| lengths(reading, letters));
            lengths.fold(0, |places, length| {
                places | if length == letters.len() { Filter::WHOLE } else { 1 << length.min(62) }
            })
        };
        Filter {
            reach: self.readings.iter().map(reach).collect(),
            begins: self.first_letters.iter().map(|first| places(*first)).collect(),
        }
    }

    fn spelled_by(&self, name: &[u16], letters: &[u8], limit: usize) -> Option<usize> {
        if letters.is_empty() {
            return Some(0);
        }
        let (number, rest) = name.split_first()?;
        let readings = self.readings.get(usize::from(*number))?;
        readings.iter().take(limit).flat_map(|reading| lengths(reading, letters)).find_map(|length| {
            let count = self.spelled_by(rest, letters.get(length..)?, limit)?;
            Some(count + 1)
        })
    }
}

/// Which characters can begin what letters spell, and which can follow: two look-ups instead of a trial.
pub(super) struct Filter {
    /// By number: one bit for each count of letters that the character can take.
    reach: Vec<u64>,
    /// By number: one bit for each place in the letters at which the character can begin.
    begins: Vec<u64>,
}

impl Filter {
    /// The character takes all letters.
    const WHOLE: u64 = 1 << 63;

    /// True when the letters may be spelled by a character and the next.
    pub fn allows(&self, number: u16, next: Option<&u16>) -> bool {
        match self.reach.get(usize::from(number)) {
            None | Some(0) => false,
            Some(reach) if reach & Self::WHOLE != 0 => true,
            Some(reach) => {
                let begins = next.and_then(|next| self.begins.get(usize::from(*next)));
                begins.is_some_and(|begins| reach & begins != 0)
            }
        }
    }
}

/// How many letters a reading can take, the most first: all of it, or all letters that are left, or its initial.
fn lengths(reading: &[u8], letters: &[u8]) -> impl Iterator<Item = usize> + use<> {
    let common = reading.iter().zip(letters).take_while(|(one, other)| one == other).count();
    let two_letters = matches!(reading, [b'z' | b'c' | b's', b'h', ..]);
    let ends = [reading.len(), letters.len()];
    (1..=common)
        .rev()
        .filter(move |length| ends.contains(length) || *length == 1 || (*length == 2 && two_letters))
}

fn readings(character: char) -> Vec<Box<[u8]>> {
    if character.is_ascii_alphanumeric() {
        return vec![Box::from([u8::try_from(character.to_ascii_lowercase()).unwrap_or_default()])];
    }
    let mut readings: Vec<Box<[u8]>> = Vec::new();
    for reading in character.to_pinyin_multi().into_iter().flatten() {
        let plain = reading.plain();
        // ü is typed as v, and by many as u.
        for spelling in [plain.replace('ü', "v"), plain.replace('ü', "u")] {
            let spelling: Box<[u8]> = spelling.into_bytes().into();
            if spelling.is_ascii() && !readings.contains(&spelling) {
                readings.push(spelling);
            }
        }
        if readings.len() >= READINGS {
            break;
        }
    }
    readings
}

/// Letters have bits 0 to 25; digits share the rest.
fn bit(letter: u8) -> u32 {
    match letter {
        b'a'..=b'z' => 1 << (letter - b'a'),
        b'0'..=b'9' => 1 << (26 + letter % 6),
        _ => 0,
    }
}
