//! A paper is the same bytes each time, and its text can be read back.

use super::{reader::text, *};

fn paper() -> Document {
    let pair = |label: &str, value: &str| Pair::new(label, value);
    let row = |number: usize| vec![format!("2026-01-{number:02}"), number.to_string(), "中度".to_owned()];
    Document {
        title: "转介单 F3".to_owned(),
        language: "zh-CN",
        blocks: vec![
            Block::Title("社区康复转介单".to_owned()),
            Block::Aside("F3 · 浦民转〔2026〕1号".to_owned()),
            Block::Heading("一、基本信息".to_owned()),
            Block::Pairs(vec![
                pair("姓名", "欧阳𠮷"),
                pair("Phone", "13800000000"),
                pair("说明", &"需要社交与就业训练。".repeat(400)),
            ]),
            Block::Table(["日期", "总分", "分级"].map(str::to_owned).to_vec(), (1..=28).map(row).collect()),
            Block::Blanks(vec!["转出单位（盖章）".to_owned(), "转入单位（盖章）".to_owned()]),
            Block::NewPage,
            Block::Text("第二部分".to_owned()),
            Block::Small("来源".to_owned()),
        ],
    }
}

#[test]
fn a_paper_is_the_same_bytes_each_time_and_its_text_is_found() {
    let (first, second) = (bytes(&paper()).unwrap(), bytes(&paper()).unwrap());
    assert!(first == second, "two runs differ");
    assert!(first.starts_with(b"%PDF-") && first.len() < 120_000, "{}", first.len());
    let text = text(&first);
    for wanted in [
        "社区康复转介单",
        "F3 · 浦民转〔2026〕1号",
        "13800000000",
        "2026-01-28",
        "转出单位（盖章）",
        "第二部分",
        "来源",
    ] {
        assert!(text.contains(wanted), "{wanted} is not in\n{text}");
    }
    let whole = text.replace('\n', "");
    assert!(whole.matches("需要社交与就业训练。").count() >= 380, "broken over lines and pages");
    // A character outside of the font is marked, and named at the end.
    assert!(text.contains("欧阳〓") && text.contains("U+20BB7"), "{text}");
    assert!(text.contains("转介单 F3 · 1 / 5") && text.contains("转介单 F3 · 5 / 5"), "{text}");
}

#[test]
fn the_file_says_what_it_is_and_holds_no_time() {
    let file = bytes(&paper()).unwrap();
    let plain = String::from_utf8_lossy(&file);
    for wanted in ["/Lang", "/ToUnicode", "CIDFontType0C", "/ID"] {
        assert!(plain.contains(wanted), "{wanted}");
    }
    for unwanted in ["CreationDate", "ModDate"] {
        assert!(!plain.contains(unwanted), "{unwanted}");
    }
}

#[test]
fn an_empty_paper_is_one_page() {
    let document = Document { title: "空".to_owned(), language: "zh-CN", blocks: vec![Block::NewPage] };
    assert_eq!(text(&bytes(&document).unwrap()), "空 · 1 / 1");
}

#[test]
fn a_table_of_many_columns_breaks_no_number() {
    let headings = [
        "统计地区",
        "在册",
        "在管",
        "规范管理",
        "面访过",
        "服药",
        "规律服药",
        "病情稳定",
        "已体检",
        "失访",
        "年内死亡",
        "管理率",
        "规范管理率",
    ];
    let row =
        ["浦东新区 金桥镇", "12", "12", "12", "12", "12", "12", "12", "12", "0", "0", "100.00 %", "85.71 %"];
    let table = Block::Table(headings.map(str::to_owned).to_vec(), vec![row.map(str::to_owned).to_vec()]);
    let document = Document { title: "表".to_owned(), language: "zh-CN", blocks: vec![table] };
    let text = text(&bytes(&document).unwrap());
    for rate in ["100.00 %", "85.71 %"] {
        assert!(text.lines().any(|line| line == rate), "{rate} is broken in\n{text}");
    }
}

/// The text of each page of a paper that is one table with places to sign below it.
fn pages_of_table(rows: usize) -> Vec<String> {
    let row = |number: usize| vec![format!("第{number}行"), number.to_string()];
    let table = Block::Table(["名称", "数目"].map(str::to_owned).to_vec(), (1..=rows).map(row).collect());
    let blocks = vec![table, Block::Blanks(vec!["签名".to_owned()])];
    let document = Document { title: "表".to_owned(), language: "zh-CN", blocks };
    let text = text(&bytes(&document).unwrap());
    // Each page ends with its foot.
    let mut pages = vec![String::new()];
    for line in text.lines() {
        pages.last_mut().unwrap().push_str(&format!("{line}\n"));
        if line.starts_with("表 · ") {
            pages.push(String::new());
        }
    }
    pages.pop();
    pages
}

#[test]
fn each_page_of_a_table_has_its_headings_and_a_row_stands_above_who_signs() {
    for rows in 0..100 {
        let pages = pages_of_table(rows);
        for page in &pages {
            assert_eq!(page.matches("名称").count(), 1, "{rows} rows: {page}");
            let own = page.matches('行').count();
            assert!(own > 0 || rows == 0, "{rows} rows: {page}");
        }
        let last = pages.last().unwrap();
        assert!(last.contains("签名"), "{rows} rows: {last}");
        let all: usize = pages.iter().map(|page| page.matches('行').count()).sum();
        assert_eq!(all, rows);
    }
}
