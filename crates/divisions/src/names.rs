//! Names as numbers of characters in one buffer: a fifth of the memory of strings, and quicker to search.

use std::collections::HashMap;

/// Some thousands of characters suffice for all names, so each fits in 16 bits.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
    /// The character of each number; number 0 stands for none.
    characters: Vec<char>,
    numbers: HashMap<char, u16>,
    /// Where each name begins in `text`; one more than there are names.
    starts: Vec<u32>,
    text: Vec<u16>,
}

impl Names {
    /// No names yet, over a list of characters, the most frequent first.
    pub fn new(characters: impl Iterator<Item = char>) -> Self {
        let mut names = Self { characters: vec!['\0'], starts: vec![0], ..Self::default() };
        for character in characters {
            names.number_for(character);
        }
        names
    }

    /// No names yet, over the same characters as others.
    pub fn like(other: &Self) -> Self {
        let mut names = Self::new(other.characters.iter().skip(1).copied());
        names.text.reserve_exact(other.text.len());
        names.starts.reserve_exact(other.starts.len());
        names
    }

    /// Makes room before a known amount is added.
    pub fn reserve(&mut self, names: usize, characters: usize) {
        self.starts.reserve_exact(names);
        self.text.reserve_exact(characters);
    }

    /// Adds a name. Characters beyond the 65,535th different one are left out.
    pub fn push(&mut self, name: &str) {
        for character in name.chars() {
            if let Some(number) = self.number_for(character) {
                self.text.push(number);
            }
        }
        self.end();
    }

    /// Adds a name by the numbers of its characters.
    pub fn push_numbers(&mut self, numbers: &[u16]) {
        self.text.extend_from_slice(numbers);
        self.end();
    }

    /// Adds one character to the name that is being written; [`Names::end`] ends it.
    pub fn push_number(&mut self, number: u16) {
        self.text.push(number);
    }

    /// Ends the name that is being written.
    pub fn end(&mut self) {
        self.starts.push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
    }

    /// The characters, the first with number 1.
    pub fn characters(&self) -> &[char] {
        self.characters.get(1..).unwrap_or_default()
    }

    /// The number of a character that occurs in some name.
    pub fn number(&self, character: char) -> Option<u16> {
        self.numbers.get(&character).copied()
    }

    /// The numbers of the characters of a name.
    pub fn numbers(&self, index: usize) -> &[u16] {
        self.span(index, index + 1)
    }

    /// The numbers of the characters of neighbouring names, from one up to another.
    pub fn span(&self, from: usize, to: usize) -> &[u16] {
        let place = |index| self.starts.get(index).and_then(|start| usize::try_from(*start).ok());
        match (place(from), place(to)) {
            (Some(start), Some(end)) => self.text.get(start..end).unwrap_or_default(),
            _ => &[],
        }
    }

    /// A name as text.
    pub fn text(&self, index: usize) -> String {
        let characters = self.numbers(index).iter();
        characters.filter_map(|number| self.characters.get(usize::from(*number))).collect()
    }

    fn number_for(&mut self, character: char) -> Option<u16> {
        if let Some(number) = self.numbers.get(&character) {
            return Some(*number);
        }
        let number = u16::try_from(self.characters.len()).ok()?;
        self.characters.push(character);
        self.numbers.insert(character, number);
        Some(number)
    }
}
