//! The font of papers: Noto Sans SC with the Chinese characters of GBK (`data/fonts`). Only the letters that a paper uses go into its file.

use app::Error;
use std::collections::{BTreeMap, BTreeSet};
use subsetter::GlyphRemapper;
use ttf_parser::{Face, GlyphId, RawFace, Tag};

const DATA: &[u8] = include_bytes!("../../../../data/fonts/NotoSansSC-GBK.otf");

/// What is printed for a character that the font does not have (GETA MARK).
const LACKING: char = '〓';
/// Units of a width in a PDF file.
const THOUSAND: f32 = 1000.0;

/// The font while a paper is set.
pub(super) struct Font {
    face: Face<'static>,
    units: f32,
    remapper: GlyphRemapper,
    /// For each letter in the file, which character it stands for and how wide it is.
    used: BTreeMap<u16, (char, f32)>,
    lacking: BTreeSet<char>,
}

/// Measures of the whole font, in thousandths.
pub(super) struct Measures {
    pub ascent: f32,
    pub descent: f32,
    pub cap_height: f32,
    pub bounds: [f32; 4],
}

impl Font {
    /// The font that is part of the programme.
    pub(super) fn embedded() -> Result<Font, Error> {
        let face = Face::parse(DATA, 0).map_err(Error::broken)?;
        let units = f32::from(face.units_per_em());
        let (remapper, used, lacking) = (GlyphRemapper::new(), BTreeMap::new(), BTreeSet::new());
        Ok(Font { face, units, remapper, used, lacking })
    }

    fn advance(&self, glyph: GlyphId) -> f32 {
        f32::from(self.face.glyph_hor_advance(glyph).unwrap_or(0)) * THOUSAND / self.units
    }

    /// How wide a character is at size one.
    pub(super) fn width(&self, character: char) -> f32 {
        if character.is_control() {
            return 0.0;
        }
        let glyph = self.face.glyph_index(character).or_else(|| self.face.glyph_index(LACKING));
        glyph.map_or(1.0, |glyph| self.advance(glyph) / THOUSAND)
    }

    /// How wide a text is at size one.
    pub(super) fn width_of(&self, text: &str) -> f32 {
        text.chars().map(|character| self.width(character)).sum()
    }

    /// The letters of a text, as the file names them. A character that the font lacks is printed as a mark and named at the end.
    pub(super) fn letters(&mut self, text: &str) -> Vec<u8> {
        let mut letters = Vec::with_capacity(text.len());
        for character in text.chars().filter(|character| !character.is_control()) {
            let (glyph, shown) = match self.face.glyph_index(character) {
                Some(glyph) => (glyph, character),
                None => {
                    self.lacking.insert(character);
                    (self.face.glyph_index(LACKING).unwrap_or_default(), LACKING)
                }
            };
            let width = self.advance(glyph);
            let own = self.remapper.remap(glyph.0);
            self.used.entry(own).or_insert((shown, width));
            letters.extend(own.to_be_bytes());
        }
        letters
    }

    /// Characters that were asked for and that the font lacks.
    pub(super) fn lacking(&self) -> &BTreeSet<char> {
        &self.lacking
    }

    /// Each letter in the file with its character and its width in thousandths.
    pub(super) fn used(&self) -> &BTreeMap<u16, (char, f32)> {
        &self.used
    }

    /// Measures of the whole font.
    pub(super) fn measures(&self) -> Measures {
        let scaled = |value: i16| f32::from(value) * THOUSAND / self.units;
        let bounds = self.face.global_bounding_box();
        Measures {
            ascent: scaled(self.face.ascender()),
            descent: scaled(self.face.descender()),
            cap_height: scaled(self.face.capital_height().unwrap_or_else(|| self.face.ascender())),
            bounds: [bounds.x_min, bounds.y_min, bounds.x_max, bounds.y_max].map(scaled),
        }
    }

    /// The part of the font that is used, as it is embedded.
    pub(super) fn embedded_part(&self) -> Result<Vec<u8>, Error> {
        let part =
            subsetter::subset(DATA, 0, &self.remapper).map_err(|fault| Error::broken(fault.to_string()))?;
        let face = RawFace::parse(&part, 0).map_err(Error::broken)?;
        let outlines =
            face.table(Tag::from_bytes(b"CFF ")).ok_or_else(|| Error::broken("a font without outlines"))?;
        Ok(outlines.to_vec())
    }
}
