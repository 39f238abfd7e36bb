//! Blocks on A4 pages.

use super::{
    Block, Document, Pair,
    font::Font,
    lines::{broken, widest_piece},
};
use crate::chart::Chart;

/// Width and height of the paper, in points.
pub(super) const PAPER: (f32, f32) = (595.28, 841.89);
const LEFT: f32 = 48.0;
const WIDTH: f32 = 499.28;
const TOP: f32 = 56.0;
const BOTTOM: f32 = 786.0;
const FOOT: f32 = 808.0;
const BODY: f32 = 10.0;
const SMALL: f32 = 8.0;
/// Height of a line, as a multiple of its size.
const LEADING: f32 = 1.5;
/// Around what stands in a cell.
const PADDING: f32 = 4.0;
/// Of the width of a pair, its label's part.
const LABEL: f32 = 0.3;
/// Width of a column that is kept for a word, such as a date or a rate; a longer one may be broken.
const WORD: f32 = 72.0;
/// Below a table.
const AFTER_TABLE: f32 = 4.0;
/// Height of a row of places to sign or stamp.
const BLANK: f32 = 70.0;
/// Boldness, as a part of the size.
const BOLD: f32 = 0.03;

/// Something drawn; heights are counted from the top.
#[derive(Debug, Clone)]
pub(super) enum Mark {
    /// Letters of the font with their base at a place.
    Text { x: f32, y: f32, size: f32, bold: f32, letters: Vec<u8> },
    /// A line.
    Line { from: (f32, f32), to: (f32, f32), thick: f32, gray: f32 },
    /// A filled rectangle.
    Shade { x: f32, y: f32, width: f32, height: f32, gray: f32 },
}

/// A page with what is drawn on it.
pub(super) type Marks = Vec<Mark>;

/// A cell of a row.
#[derive(Clone)]
struct Cell {
    x: f32,
    width: f32,
    lines: Vec<String>,
    bold: bool,
    shaded: bool,
}

struct Setting<'a> {
    font: &'a mut Font,
    pages: Vec<Marks>,
    y: f32,
}

/// The pages of a paper.
pub(super) fn pages(font: &mut Font, document: &Document) -> Vec<Marks> {
    let mut setting = Setting { font, pages: vec![Vec::new()], y: TOP };
    let mut blocks = document.blocks.iter().peekable();
    while let Some(block) = blocks.next() {
        setting.block(block, blocks.peek().copied());
    }
    if !setting.font.lacking().is_empty() {
        let named: Vec<String> =
            setting.font.lacking().iter().map(|one| format!("U+{:04X}", u32::from(*one))).collect();
        setting.paragraph(&format!("〓 = {}", named.join(" ")), SMALL);
    }
    setting.feet(&document.title);
    setting.pages
}

impl Setting<'_> {
    fn block(&mut self, block: &Block, next: Option<&Block>) {
        match block {
            Block::Title(text) => self.title(text),
            Block::Aside(text) => self.aside(text),
            Block::Heading(text) => self.heading(text),
            Block::Text(text) => self.paragraph(text, BODY),
            Block::Small(text) => self.paragraph(text, SMALL),
            Block::Pairs(pairs) => self.pairs(pairs),
            Block::Table(headings, rows) => {
                // Whoever signs signs below something.
                let after = if matches!(next, Some(Block::Blanks(_))) { AFTER_TABLE + BLANK } else { 0.0 };
                self.table(headings, rows, after);
            }
            Block::Chart(chart) => self.chart(chart),
            Block::Blanks(places) => self.blanks(places),
            Block::NewPage => self.turn(),
        }
    }

    fn draw(&mut self, mark: Mark) {
        if let Some(page) = self.pages.last_mut() {
            page.push(mark);
        }
    }

    /// A new page, unless this one is empty.
    fn turn(&mut self) {
        if self.pages.last().is_some_and(|page| !page.is_empty()) {
            self.pages.push(Vec::new());
        }
        self.y = TOP;
    }

    /// Room for so much, on this page or the next.
    fn room(&mut self, height: f32) {
        if self.y + height > BOTTOM {
            self.turn();
        }
    }

    /// Text with its base a little above the foot of its line.
    fn text(&mut self, x: f32, y: f32, size: f32, bold: bool, text: &str) {
        let letters = self.font.letters(text);
        let bold = if bold { size * BOLD } else { 0.0 };
        if !letters.is_empty() {
            self.draw(Mark::Text { x, y, size, bold, letters });
        }
    }

    fn title(&mut self, text: &str) {
        const SIZE: f32 = 16.0;
        for line in broken(self.font, text, SIZE, WIDTH) {
            self.room(SIZE * LEADING);
            let wide = self.font.width_of(&line) * SIZE;
            self.text(LEFT + (WIDTH - wide) / 2.0, self.y + SIZE, SIZE, true, &line);
            self.y += SIZE * LEADING;
        }
        self.y += 4.0;
    }

    fn aside(&mut self, text: &str) {
        for line in broken(self.font, text, BODY, WIDTH) {
            self.room(BODY * LEADING);
            let wide = self.font.width_of(&line) * BODY;
            self.text(LEFT + WIDTH - wide, self.y + BODY, BODY, false, &line);
            self.y += BODY * LEADING;
        }
        self.y += 2.0;
    }

    fn heading(&mut self, text: &str) {
        const SIZE: f32 = 11.5;
        // Not alone at the foot of a page.
        self.room(SIZE * LEADING + 48.0);
        self.y += 8.0;
        for line in broken(self.font, text, SIZE, WIDTH) {
            self.text(LEFT, self.y + SIZE, SIZE, true, &line);
            self.y += SIZE * LEADING;
        }
        self.y += 2.0;
    }

    fn paragraph(&mut self, text: &str, size: f32) {
        for line in broken(self.font, text, size, WIDTH) {
            self.room(size * LEADING);
            self.text(LEFT, self.y + size, size, false, &line);
            self.y += size * LEADING;
        }
        self.y += 3.0;
    }

    /// A row of cells with lines around them; one that is longer than a page goes on.
    fn row(&mut self, mut cells: Vec<Cell>) {
        let step = BODY * LEADING;
        loop {
            let most = lines(&cells);
            let whole = height(&cells);
            let page = BOTTOM - TOP;
            if self.y + whole > BOTTOM && (whole <= page || self.y + step * 2.0 + 2.0 * PADDING > BOTTOM) {
                self.turn();
            }
            let (mut fits, mut height) = (0_usize, 2.0 * PADDING);
            while fits < most && self.y + height + step <= BOTTOM {
                fits += 1;
                height += step;
            }
            let fits = fits.max(1);
            for cell in &mut cells {
                let rest = cell.lines.split_off(fits.min(cell.lines.len()));
                let now = std::mem::replace(&mut cell.lines, rest);
                let (x, width, bold, shaded) = (cell.x, cell.width, cell.bold, cell.shaded);
                self.cell((x, width, height), &now, bold, shaded);
            }
            self.y += height;
            if cells.iter().all(|cell| cell.lines.is_empty()) {
                return;
            }
        }
    }

    fn cell(&mut self, (x, width, height): (f32, f32, f32), lines: &[String], bold: bool, shaded: bool) {
        let (top, bottom) = (self.y, self.y + height);
        if shaded {
            self.draw(Mark::Shade { x, y: top, width, height, gray: 0.95 });
        }
        let mut at = top + PADDING;
        for line in lines {
            self.text(x + PADDING, at + BODY, BODY, bold, line);
            at += BODY * LEADING;
        }
        let (thick, gray) = (0.5, 0.25);
        for (from, to) in [
            ((x, top), (x + width, top)),
            ((x, bottom), (x + width, bottom)),
            ((x, top), (x, bottom)),
            ((x + width, top), (x + width, bottom)),
        ] {
            self.draw(Mark::Line { from, to, thick, gray });
        }
    }

    fn pairs(&mut self, pairs: &[Pair]) {
        let mut waiting: Option<&Pair> = None;
        for pair in pairs {
            match (waiting.take(), pair.whole) {
                (None, false) => waiting = Some(pair),
                (None, true) => self.pair_row(&[pair]),
                (Some(first), false) => self.pair_row(&[first, pair]),
                (Some(first), true) => {
                    self.pair_row(&[first]);
                    self.pair_row(&[pair]);
                }
            }
        }
        if let Some(last) = waiting {
            self.pair_row(&[last]);
        }
        self.y += 4.0;
    }

    fn pair_row(&mut self, pairs: &[&Pair]) {
        let half = WIDTH / 2.0;
        let label = half * LABEL;
        let mut cells = Vec::new();
        let mut x = LEFT;
        for pair in pairs {
            let width = if pairs.len() == 1 { WIDTH } else { half };
            let mut cell = |width: f32, text: &str, shaded: bool| {
                let lines = broken(self.font, text, BODY, width - 2.0 * PADDING);
                cells.push(Cell { x, width, lines, bold: false, shaded });
                x += width;
            };
            cell(label, &pair.label, true);
            cell(width - label, &pair.value, false);
        }
        self.row(cells);
    }

    /// A table whose headings stand on each of its pages, with room below its last row on the same page.
    fn table(&mut self, headings: &[String], rows: &[Vec<String>], after: f32) {
        let widths = self.widths(headings, rows);
        let named = headings.iter().any(|heading| !heading.is_empty());
        let heading = if named { self.table_row(&widths, headings, true) } else { Vec::new() };
        let above = if named { height(&heading) } else { 0.0 };
        let mut begun = !named;
        for (left, row) in (0..rows.len()).rev().zip(rows) {
            let cells = self.table_row(&widths, row, false);
            let wanted = height(&cells) + if left == 0 { after } else { 0.0 };
            let fits_a_page = above + wanted <= BOTTOM - TOP;
            let here = if begun { wanted } else { above + wanted };
            if fits_a_page && self.y + here > BOTTOM {
                self.turn();
                begun = !named;
            }
            if !begun {
                self.row(heading.clone());
                begun = true;
            }
            self.row(cells);
        }
        if !begun {
            self.row(heading);
        }
        self.y += AFTER_TABLE;
    }

    fn table_row(&mut self, widths: &[f32], texts: &[String], heading: bool) -> Vec<Cell> {
        let mut x = LEFT;
        let mut cells = Vec::new();
        for (width, text) in widths.iter().zip(texts) {
            let lines = broken(self.font, text, BODY, width - 2.0 * PADDING);
            cells.push(Cell { x, width: *width, lines, bold: heading, shaded: heading });
            x += width;
        }
        cells
    }

    /// Widths of columns: as their texts need, within bounds, so that together they fill the page. Where that would break a word,
    /// each column has first what its own need, if there is room for all of them.
    fn widths(&self, headings: &[String], rows: &[Vec<String>]) -> Vec<f32> {
        let widest = |column: usize, measure: fn(&Font, &str) -> f32| {
            let texts = rows.iter().filter_map(|row| row.get(column)).chain(headings.get(column));
            texts.map(|text| measure(self.font, text)).fold(0.0, f32::max) * BODY
        };
        let wanted =
            |column: usize| (widest(column, Font::width_of) + 2.0 * PADDING).clamp(40.0, WIDTH * 0.6);
        let wanted: Vec<f32> = (0..headings.len()).map(wanted).collect();
        let whole: f32 = wanted.iter().sum::<f32>().max(1.0);
        let shared: Vec<f32> = wanted.iter().map(|width| width / whole * WIDTH).collect();
        // Rounded up, so that what just fits is not broken by a rounding.
        let kept = |column: usize| (widest(column, widest_piece).ceil() + 2.0 * PADDING).min(WORD);
        let kept: Vec<f32> = (0..headings.len()).map(kept).collect();
        let rest = WIDTH - kept.iter().sum::<f32>();
        if rest < 0.0 || shared.iter().zip(&kept).all(|(width, kept)| width >= kept) {
            return shared;
        }
        let beyond: Vec<f32> =
            wanted.iter().zip(&kept).map(|(width, kept)| (width - kept).max(0.0)).collect();
        let all: f32 = beyond.iter().sum::<f32>().max(1.0);
        kept.iter().zip(&beyond).map(|(kept, beyond)| kept + beyond / all * rest).collect()
    }

    fn chart(&mut self, chart: &Chart) {
        let scale = WIDTH / single(chart.width);
        let height = single(chart.height) * scale;
        self.room(height + 4.0);
        let top = self.y;
        let place = |x: f64, y: f64| (LEFT + single(x) * scale, top + single(y) * scale);
        let size = SMALL + 1.0;
        for (y, label) in &chart.grid {
            let (from, to) = (place(chart.left, *y), place(chart.right, *y));
            self.draw(Mark::Line { from, to, thick: 0.5, gray: 0.8 });
            let wide = self.font.width_of(label) * size;
            self.text(from.0 - wide - 4.0, from.1 + size * 0.35, size, false, label);
        }
        let (from, to) = (place(chart.left, chart.bottom), place(chart.right, chart.bottom));
        self.draw(Mark::Line { from, to, thick: 0.75, gray: 0.4 });
        for (one, next) in chart.places.iter().zip(chart.places.iter().skip(1)) {
            let (from, to) = (place(one.x, one.y), place(next.x, next.y));
            self.draw(Mark::Line { from, to, thick: 1.5, gray: 0.2 });
        }
        for one in &chart.places {
            let (x, y) = place(one.x, one.y);
            self.draw(Mark::Shade { x: x - 2.5, y: y - 2.5, width: 5.0, height: 5.0, gray: 0.0 });
            self.centred(x, place(one.x, one.above).1, size, &one.label);
            if one.dated {
                self.centred(x, place(one.x, chart.bottom).1 + 14.0, size, &one.day);
            }
        }
        self.y += height + 4.0;
    }

    fn centred(&mut self, x: f32, y: f32, size: f32, text: &str) {
        let wide = self.font.width_of(text) * size;
        self.text(x - wide / 2.0, y, size, false, text);
    }

    /// Two places a row, with room to sign or stamp.
    fn blanks(&mut self, places: &[String]) {
        for row in places.chunks(2) {
            self.room(BLANK);
            self.y += 34.0;
            let mut x = LEFT;
            for place in row {
                self.text(x, self.y + BODY, BODY, false, place);
                let from = x + self.font.width_of(place) * BODY + 6.0;
                let (foot, end) = (self.y + BODY + 3.0, x + WIDTH / 2.0 - 18.0);
                if from < end {
                    self.draw(Mark::Line { from: (from, foot), to: (end, foot), thick: 0.5, gray: 0.25 });
                }
                x += WIDTH / 2.0;
            }
            self.y += 30.0;
        }
    }

    /// What it is and the number of the page at the foot of each.
    fn feet(&mut self, title: &str) {
        let last = self.pages.last().is_some_and(Vec::is_empty) && self.pages.len() > 1;
        if last {
            self.pages.pop();
        }
        let count = self.pages.len();
        let pages = std::mem::take(&mut self.pages);
        for (number, page) in (1..).zip(pages) {
            self.pages.push(page);
            let text = format!("{title} · {number} / {count}");
            let wide = self.font.width_of(&text) * SMALL;
            self.text(LEFT + (WIDTH - wide).max(0.0) / 2.0, FOOT, SMALL, false, &text);
        }
    }
}

/// Lines of a row: those of its longest cell.
fn lines(cells: &[Cell]) -> usize {
    cells.iter().map(|cell| cell.lines.len()).max().unwrap_or(0).max(1)
}

/// Height of a row on one page.
fn height(cells: &[Cell]) -> f32 {
    f32::from(u16::try_from(lines(cells)).unwrap_or(u16::MAX)) * BODY * LEADING + 2.0 * PADDING
}

/// A coordinate of a chart: they have one place behind the point and lie below a thousand.
fn single(value: f64) -> f32 {
    let tenths = (value * 10.0).round();
    let text = format!("{tenths:.0}");
    text.parse::<f32>().unwrap_or(0.0) / 10.0
}
