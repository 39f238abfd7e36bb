//! The file: pages, the letters that they use, and which characters these stand for.

use super::{
    Document,
    font::Font,
    layout::{Mark, Marks, PAPER},
};
use app::Error;
use flate2::{Compression, write::ZlibEncoder};
use pdf_writer::{
    Content, Filter, Finish, Name, Pdf, Rect, Ref, Str, TextStr,
    types::{CidFontType, FontFlags, SystemInfo, TextRenderingMode, UnicodeCmap},
};
use sha2::Digest;
use std::io::Write;

const CATALOG: Ref = Ref::new(1);
const TREE: Ref = Ref::new(2);
const INFO: Ref = Ref::new(3);
const FONT: Ref = Ref::new(4);
const CID_FONT: Ref = Ref::new(5);
const DESCRIPTOR: Ref = Ref::new(6);
const OUTLINES: Ref = Ref::new(7);
const UNICODE: Ref = Ref::new(8);
/// Pages and what is drawn on them come behind these.
const FIRST_PAGE: i32 = 9;

const LETTERS: Name<'static> = Name(b"F");
const SYSTEM: SystemInfo<'static> =
    SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"Identity"), supplement: 0 };

/// The bytes of the file.
pub(super) fn file(font: Font, document: &Document, pages: &[Marks]) -> Result<Vec<u8>, Error> {
    let mut pdf = Pdf::new();
    let mut digest = sha2::Sha256::new();
    let count = i32::try_from(pages.len()).map_err(Error::broken)?;
    let page_id = |number: i32| Ref::new(FIRST_PAGE + 2 * number);
    let mut catalog = pdf.catalog(CATALOG);
    catalog.pages(TREE).lang(TextStr(document.language));
    catalog.viewer_preferences().display_doc_title(true);
    catalog.finish();
    pdf.document_info(INFO).title(TextStr(&document.title)).producer(TextStr("Xinqiao"));
    pdf.pages(TREE).kids((0..count).map(page_id)).count(count);
    for (number, marks) in (0..).zip(pages) {
        let (page, content) = (page_id(number), Ref::new(FIRST_PAGE + 2 * number + 1));
        let mut one = pdf.page(page);
        one.parent(TREE).media_box(Rect::new(0.0, 0.0, PAPER.0, PAPER.1)).contents(content);
        one.resources().fonts().pair(LETTERS, FONT);
        one.finish();
        let drawn = drawn(marks);
        digest.update(&drawn);
        pdf.stream(content, &packed(&drawn)?).filter(Filter::FlateDecode);
    }
    letters(&mut pdf, &font)?;
    digest.update(document.title.as_bytes());
    let digest = digest.finalize().to_vec();
    let id: Vec<u8> = digest.into_iter().take(16).collect();
    pdf.set_file_id((id.clone(), id));
    Ok(pdf.finish())
}

/// What is drawn on a page. Papers count from the foot.
fn drawn(marks: &Marks) -> Vec<u8> {
    let mut content = Content::new();
    let up = |y: f32| PAPER.1 - y;
    for mark in marks {
        match mark {
            Mark::Shade { x, y, width, height, gray } => {
                content.set_fill_gray(*gray).rect(*x, up(y + height), *width, *height).fill_nonzero();
            }
            Mark::Line { from, to, thick, gray } => {
                content.set_line_width(*thick).set_stroke_gray(*gray);
                content.move_to(from.0, up(from.1)).line_to(to.0, up(to.1)).stroke();
            }
            Mark::Text { x, y, size, bold, letters } => {
                content.set_fill_gray(0.0).set_stroke_gray(0.0);
                content.begin_text().set_font(LETTERS, *size);
                if *bold > 0.0 {
                    content.set_line_width(*bold).set_text_rendering_mode(TextRenderingMode::FillStroke);
                } else {
                    content.set_text_rendering_mode(TextRenderingMode::Fill);
                }
                content.next_line(*x, up(*y)).show(Str(letters)).end_text();
            }
        }
    }
    content.finish().into_vec()
}

/// The font: its letters in the order of their first use, each with its width and its character.
fn letters(pdf: &mut Pdf, font: &Font) -> Result<(), Error> {
    let name = Name(b"XINQIA+NotoSansSC");
    let mut map = UnicodeCmap::<u16>::new(Name(b"Xinqiao-Unicode"), SYSTEM);
    for (letter, (character, _)) in font.used() {
        map.pair(*letter, *character);
    }
    pdf.cmap(UNICODE, &packed(&map.finish())?).filter(Filter::FlateDecode);
    pdf.type0_font(FONT)
        .base_font(name)
        .encoding_predefined(Name(b"Identity-H"))
        .descendant_font(CID_FONT)
        .to_unicode(UNICODE);
    let mut cid = pdf.cid_font(CID_FONT);
    cid.subtype(CidFontType::Type0)
        .base_font(name)
        .system_info(SYSTEM)
        .font_descriptor(DESCRIPTOR)
        .default_width(1000.0);
    let mut widths = cid.widths();
    for (letter, (_, width)) in font.used() {
        widths.consecutive(*letter, [*width]);
    }
    widths.finish();
    cid.finish();
    let measures = font.measures();
    let [left, low, right, high] = measures.bounds;
    pdf.font_descriptor(DESCRIPTOR)
        .name(name)
        .flags(FontFlags::SYMBOLIC)
        .bbox(Rect::new(left, low, right, high))
        .italic_angle(0.0)
        .ascent(measures.ascent)
        .descent(measures.descent)
        .cap_height(measures.cap_height)
        .stem_v(80.0)
        .font_file3(OUTLINES);
    pdf.stream(OUTLINES, &packed(&font.embedded_part()?)?)
        .filter(Filter::FlateDecode)
        .pair(Name(b"Subtype"), Name(b"CIDFontType0C"));
    Ok(())
}

fn packed(bytes: &[u8]) -> Result<Vec<u8>, Error> {
    let mut packing = ZlibEncoder::new(Vec::new(), Compression::default());
    packing.write_all(bytes).map_err(Error::broken)?;
    packing.finish().map_err(Error::broken)
}
