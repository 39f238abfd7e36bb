use std::collections::BTreeMap;
use std::sync::LazyLock;

use jiff::civil::date;
use proptest::prelude::*;

use super::*;

static NATION: LazyLock<Divisions> = LazyLock::new(|| Divisions::embedded().unwrap());

fn code(text: &str) -> DivisionCode {
    DivisionCode::parse(text).unwrap()
}

fn paths(query: &str, within: Option<&str>) -> Vec<String> {
    let within = within.map(|area| code(area).interval());
    let found = NATION.search(query, within, 8);
    found.iter().map(|division| NATION.path(division.code).unwrap()).collect()
}

#[test]
fn the_nation_is_complete() {
    let counts = Level::ALL.map(|level| NATION.count(level));
    // The source repeats four codes at a lower level: Dongguan, Zhongshan and Danzhou as counties (2,978),
    // Jinmen as town (41,352) and village (620,573). Each is one division here.
    assert_eq!(counts, [34, 342, 2_978 - 3, 41_352 - 1, 620_573 - 1]);
    assert_eq!((NATION.edition(), NATION.as_of()), ("2023", date(2023, 6, 30)));
    assert!(NATION.codes.is_sorted());
    assert!(NATION.codes.iter().all(|number| DivisionCode::new(*number).is_ok()));
}

#[test]
fn the_table_of_provinces_agrees() {
    let expected: Vec<(String, String)> =
        rules::division::provinces().iter().map(|p| (p.number.to_string(), p.name.to_owned())).collect();
    let found: Vec<(String, String)> =
        NATION.children(None).into_iter().map(|d| (d.code.short(), d.name)).collect();
    assert_eq!(found, expected);
}

#[test]
fn paths_leave_placeholders_out() {
    let cases = [
        ("31", "上海市"),
        ("310115", "上海市 浦东新区"),
        ("310115120004", "上海市 浦东新区 金桥镇 佳虹居委会"),
        ("500229", "重庆市 城口县"),
        ("429004", "湖北省 仙桃市"),
        ("659001", "新疆维吾尔自治区 石河子市"),
        ("441900003", "广东省 东莞市 东城街道"),
        ("350527", "福建省 泉州市 金门县"),
        ("71", "台湾省"),
        ("82", "澳门特别行政区"),
    ];
    for (text, path) in cases {
        assert_eq!(NATION.path(code(text)).as_deref(), Some(path), "{text}");
    }
    assert_eq!(NATION.path(code("310115999999")), None);
    assert!(NATION.is_placeholder(code("3101")) && !NATION.is_placeholder(code("3301")));
}

#[test]
fn children_stand_directly_below() {
    let names = |area: &str| -> Vec<String> {
        NATION.children(Some(code(area))).into_iter().map(|division| division.name).collect()
    };
    assert_eq!(names("31").len(), 16);
    assert_eq!(names("31")[0], "黄浦区");
    assert_eq!(names("50").len(), 38);
    assert!(names("42").contains(&"仙桃市".to_owned()) && names("42").contains(&"武汉市".to_owned()));
    assert!(!names("42").contains(&"省直辖县级行政区划".to_owned()));
    assert!(names("4419").contains(&"东城街道".to_owned()));
    assert!(names("310115120").contains(&"佳虹居委会".to_owned()));
    assert_eq!(names("310115120004"), Vec::<String>::new());
    assert_eq!(names("350527"), Vec::<String>::new());
    assert_eq!(NATION.parent(code("310115")), Some(code("31")));
    assert_eq!(NATION.parent(code("310115120004")), Some(code("310115120")));
    assert_eq!(NATION.parent(code("31")), None);
}

#[test]
fn villages_tell_their_committee() {
    let committee = |text: &str| NATION.get(code(text)).unwrap().committee();
    assert_eq!(committee("310115120004"), Some(Committee::Residents));
    assert_eq!(committee("310115120"), None);
    let villagers = NATION.children(Some(code("310115120")));
    assert!(villagers.iter().any(|division| division.committee() == Some(Committee::Villagers)));
}

#[test]
fn search_finds_by_name_path_pinyin_and_code() {
    let village = "上海市 浦东新区 金桥镇 佳虹居委会";
    let cases = [
        ("金桥 佳虹", village),
        ("佳虹 金桥", village),
        ("金桥佳虹", village),
        ("上海市浦东新区金桥镇佳虹社区", village),
        ("浦东新区 佳虹社区居委会", village),
        ("金桥jhjwh", village),
        ("pudong jiahong", village),
        ("pd jq jhjwh", village),
        ("310115120004", village),
        ("３１０１１５１２０００４", village),
        ("310115", "上海市 浦东新区"),
        ("31", "上海市"),
        ("浦东", "上海市 浦东新区"),
        ("Pudong", "上海市 浦东新区"),
        ("chongqing", "重庆市"),
        ("北京", "北京市"),
        ("西藏", "西藏自治区"),
        ("仙桃", "湖北省 仙桃市"),
        ("lvliang", "山西省 吕梁市"),
    ];
    for (query, expected) in cases {
        assert_eq!(paths(query, None).first().map(String::as_str), Some(expected), "{query}");
    }
    assert!(paths("jqz", Some("31")).contains(&"上海市 浦东新区 金桥镇".to_owned()));
    assert_eq!(paths("jqz", Some("310115")).first().unwrap(), "上海市 浦东新区 金桥镇");
    assert_eq!(paths("jinqz", Some("310115")).first().unwrap(), "上海市 浦东新区 金桥镇");
}

#[test]
fn search_keeps_to_its_scope_and_limit() {
    assert!(paths("金桥", Some("3101")).iter().all(|path| path.starts_with("上海市")));
    assert_eq!(paths("浦东新区", Some("11")), Vec::<String>::new());
    assert_eq!(NATION.search("村", None, 5).len(), 5);
    for nothing in ["", "   ", "彁", "vvvv", "1234567890123", "九霄云外的地方", "'"] {
        assert_eq!(paths(nothing, None), Vec::<String>::new(), "{nothing:?}");
    }
    assert_eq!(NATION.search("上海", None, 0), []);
    assert!(paths("市辖区", None).iter().all(|path| !path.ends_with("市 市辖区")));
}

#[test]
fn changes_are_laid_over_the_edition() {
    let (old, new) = (code("310115120004"), code("310115120999"));
    let name = "佳虹居委会".to_owned();
    let base = Change {
        code: old,
        name: name.clone(),
        kind: None,
        valid_from: None,
        valid_to: None,
        successor: None,
    };
    let changes = [
        Change { valid_to: Some(date(2025, 12, 31)), successor: Some(new), ..base.clone() },
        Change { code: new, valid_from: Some(date(2026, 1, 1)), kind: Some(Kind::MainCity), ..base.clone() },
    ];
    let before = NATION.with_changes(&changes, date(2025, 12, 31));
    assert!(before.exists(old) && !before.exists(new));

    let after = NATION.with_changes(&changes, date(2026, 1, 1));
    assert!(!after.exists(old) && after.exists(new));
    assert_eq!(after.current(old), new);
    assert_eq!(after.get(old).unwrap().successor, Some(new));
    assert_eq!(after.get(new).unwrap().kind.map(Kind::class), Some("111"));
    assert_eq!(after.path(new).unwrap(), "上海市 浦东新区 金桥镇 佳虹居委会");
    assert_eq!(
        after.path(old).unwrap(),
        "上海市 浦东新区 金桥镇 佳虹居委会",
        "an old address stays readable"
    );
    let found: Vec<DivisionCode> = after.search("金桥 佳虹", None, 5).iter().map(|d| d.code).collect();
    assert!(found.contains(&new) && !found.contains(&old));
    assert!(!after.children(Some(code("310115120"))).iter().any(|d| d.code == old));
    assert_eq!(after.count(Level::Village), NATION.count(Level::Village));
}

#[test]
fn a_renamed_division_keeps_its_earlier_name_for_earlier_days() {
    let town = code("310115120");
    let later = BTreeMap::from([(town, "新桥镇".to_owned())]);
    let report = compare(&NATION, &later);
    assert_eq!(report.renamed, [Renamed { code: town, old: "金桥镇".to_owned(), new: "新桥镇".to_owned() }]);
    let changed = NATION.with_changes(&report.changes(date(2026, 7, 1)), date(2026, 8, 1));
    assert_eq!(changed.get(town).unwrap().name, "新桥镇");
    assert_eq!(changed.get_on(town, date(2026, 6, 30)).unwrap().name, "金桥镇");
    assert_eq!(changed.get_on(town, date(2026, 7, 1)).unwrap().name, "新桥镇");
    assert_eq!(changed.search("新桥镇", Some(code("310115").interval()), 1)[0].code, town);
}

#[test]
fn the_same_edition_changes_nothing() {
    let same: BTreeMap<DivisionCode, String> = NATION.iter().collect();
    let report = compare(&NATION, &same);
    assert!(report.is_empty());
    assert_eq!(report.unchanged, same.len());
}

/// A town goes to the neighbouring district with its villages, one village goes to another town, one ends, one begins.
#[test]
fn a_later_edition_tells_what_moved() {
    let mut later: BTreeMap<DivisionCode, String> =
        NATION.iter().filter(|(found, _)| found.province_number() == 31).collect();
    let town = code("310115120");
    let moved: Vec<(DivisionCode, String)> =
        later.range(town..=code("310115120999")).map(|(found, name)| (*found, name.clone())).collect();
    for (found, name) in &moved {
        later.remove(found);
        later.insert(DivisionCode::new(found.number() - 1_000_000).unwrap(), name.clone());
    }
    let begun = code("310101002998");
    later.insert(begun, "崭新居委会".to_owned());
    let (ended, ended_name) =
        later.range(code("310101002001")..).next().map(|(c, n)| (*c, n.clone())).unwrap();
    later.remove(&ended);

    let report = compare(&NATION, &later);
    assert_eq!(report.added, [Named { code: begun, name: "崭新居委会".to_owned() }]);
    assert_eq!(report.removed, [Named { code: ended, name: ended_name }]);
    assert_eq!(report.renamed, []);
    assert_eq!(report.moved.len(), moved.len());
    for found in &report.moved {
        assert_eq!(found.old.number() - found.new.number(), 1_000_000, "{}", found.name);
    }
    let changed = NATION.with_changes(&report.changes(date(2026, 1, 1)), date(2026, 1, 1));
    let now: BTreeMap<DivisionCode, String> =
        changed.iter().filter(|(found, _)| found.province_number() == 31).collect();
    assert_eq!(now, later, "the changes bring one edition to the other");
}

/// Names such as 1201社区居委会 or those with brackets and dots: rare enough that chance seldom meets them.
#[test]
fn names_that_are_not_all_chinese_characters_are_found() {
    let unusual: Vec<Division> = NATION
        .codes
        .iter()
        .filter_map(|number| NATION.get(DivisionCode::new(*number).unwrap()))
        .filter(|division| !division.name.chars().all(|c| ('\u{3400}'..='\u{9fff}').contains(&c)))
        .filter(|division| !NATION.is_placeholder(division.code))
        .collect();
    assert!(unusual.len() > 100, "{}", unusual.len());
    for division in unusual {
        let parent = NATION.parent(division.code).map(|parent| parent.interval());
        let hits = NATION.search(&division.name, parent, 50);
        assert!(hits.iter().any(|hit| hit.name == division.name), "{:?}", NATION.path(division.code));
    }
}

proptest! {
    #[test]
    fn every_division_is_found_by_its_code_and_its_path(place in 0_usize..660_000) {
        let number = NATION.codes[place % NATION.codes.len()];
        let found = DivisionCode::new(number).unwrap();
        let division = NATION.get(found).unwrap();
        prop_assert_eq!(division.code, found);
        prop_assert_eq!(NATION.search(&found.to_string(), None, 1).first().map(|d| d.code),
            (!NATION.is_placeholder(found)).then_some(found));
        if !NATION.is_placeholder(found) {
            let path = NATION.path(found).unwrap();
            let parent = NATION.parent(found).map(|parent| parent.interval());
            let hits = NATION.search(&division.name, parent, 50);
            prop_assert!(hits.iter().any(|hit| hit.name == division.name), "{}", path);
            let siblings = NATION.children(NATION.parent(found));
            prop_assert!(siblings.iter().any(|sibling| sibling.code == found), "{}", path);
        }
    }

    #[test]
    fn any_query_is_answered(query in "\\PC{0,40}") {
        prop_assert!(NATION.search(&query, None, 3).len() <= 3);
    }
}

#[test]
fn a_written_name_means_one_division_or_is_told_to_be_ambiguous() {
    let named = |text: &str, within: &str, level: Option<Level>| -> Vec<String> {
        let found = NATION.named(text, Some(code(within).interval()), level);
        found.iter().map(|division| NATION.path(division.code).unwrap()).collect()
    };
    let village = Some(Level::Village);
    let jiahong = "上海市 浦东新区 金桥镇 佳虹居委会";
    for text in [
        "佳虹居委会",
        "佳虹社区",
        "佳虹",
        "金桥镇佳虹居委会",
        "金桥 佳虹社区居民委员会",
        "浦东新区金桥镇佳虹社区居委会",
        "浦东新区佳虹",
        "上海市浦东新区金桥镇佳虹居委会",
        "上海市市辖区浦东新区金桥镇佳虹居委会",
        "上海浦东新区，金桥镇，佳虹",
    ] {
        assert_eq!(named(text, "310115", village), [jiahong], "{text}");
        assert_eq!(named(text, "31", village), [jiahong], "{text}");
    }
    for text in ["", "虹", "新佳虹", "张江镇佳虹居委会", "北京市佳虹", "佳虹居委会3号", "居委会", "X村"]
    {
        assert_eq!(named(text, "310115", village), Vec::<String>::new(), "{text}");
    }
    assert_eq!(named("金桥镇", "310115", village), ["上海市 浦东新区 金桥镇"], "no village, so the town");
    assert_eq!(named("浦东新区", "31", None), ["上海市 浦东新区"]);
    // In the whole nation many villages share a name; within a county few do, and both are told.
    let everywhere = NATION.named("和平村委会", None, village);
    assert!(everywhere.len() > 50, "{}", everywhere.len());
    assert!(everywhere.iter().all(|division| division.name == "和平村委会"));
}
