//! How long the divisions of the whole nation take to load and to search.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

use divisions::Divisions;
use std::sync::LazyLock;

static NATION: LazyLock<Divisions> = LazyLock::new(|| Divisions::embedded().unwrap());

fn main() {
    LazyLock::force(&NATION);
    divan::main();
}

#[divan::bench]
fn load() -> Divisions {
    Divisions::embedded().unwrap()
}

/// Names, paths, initials, pinyin, codes; among them the costliest: a single frequent character or letter.
#[divan::bench(args = [
    "金桥", "金桥 佳虹", "上海市浦东新区金桥镇佳虹社区", "村", "jqz", "j", "jinqiaozhen", "chongqing", "310115",
])]
fn search(query: &str) -> usize {
    NATION.search(query, None, 20).len()
}

#[divan::bench]
fn search_in_a_county() -> usize {
    NATION.search("jqz", Some(310_115_000_000..=310_115_999_999), 20).len()
}

#[divan::bench]
fn children_of_a_province() -> usize {
    let province = rules::division::DivisionCode::parse("41").unwrap();
    NATION.children(Some(province)).len()
}
