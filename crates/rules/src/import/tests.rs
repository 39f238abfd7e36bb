use super::*;
use jiff::civil::{Date, date as day};
use proptest::prelude::*;

const TODAY: Date = day(2026, 11, 21);

fn strings(cells: &[&str]) -> Vec<String> {
    cells.iter().map(|c| (*c).to_owned()).collect()
}

fn read(kind_code: &str, headings: &[&str], cells: &[&str]) -> Row {
    let kind = kind(kind_code).unwrap();
    let heading = match_headings(kind, &[strings(headings)], &Mapping::new());
    Checker::new(kind, &heading, TODAY, 310_115_000_000, 310_115_999_999).read(&strings(cells))
}

fn codes(row: &Row) -> Vec<(&str, &str, Severity)> {
    row.troubles.iter().map(|t| (t.field.as_str(), t.code.as_str(), t.severity)).collect()
}

#[test]
fn every_data_file_can_be_read_and_is_sound() {
    assert_eq!(kinds().len(), FILES.len());
    for kind in kinds() {
        let mut fields: Vec<&str> = kind.columns.iter().map(|c| c.field.as_str()).collect();
        let count = fields.len();
        fields.sort_unstable();
        fields.dedup();
        assert_eq!(fields.len(), count, "{}: a field twice", kind.kind);
        assert!(kind.register.is_some() != kind.library.is_some(), "{}: one target", kind.kind);
        for column in &kind.columns {
            let chosen = matches!(column.check, Check::Choice | Check::Choices);
            assert_eq!(chosen, !column.choices.is_empty(), "{}", column.field);
        }
        let template: Vec<String> = kind.columns.iter().map(|c| c.zh.clone()).collect();
        let example: Vec<String> = kind.columns.iter().map(|c| c.example.clone()).collect();
        for headings in [template, kind.columns.iter().map(|c| c.en.clone()).collect()] {
            let heading = match_headings(kind, &[headings], &Mapping::new());
            assert!(heading.missing.is_empty() && heading.repeated.is_empty(), "{heading:?}");
            assert!(heading.columns.iter().all(|(_, f)| f.is_some()), "{heading:?}");
            let troubles = if kind.library.is_some() {
                read_fields(kind, &heading, &example, &Villages).troubles
            } else {
                Checker::new(kind, &heading, TODAY, 0, 999_999_999_999).read(&example).troubles
            };
            assert!(troubles.iter().all(|t| t.severity != Severity::Error), "{troubles:?}");
        }
    }
}

#[test]
fn headings_are_found_in_any_order_under_titles_and_in_two_rows() {
    let smd = kind("smd").unwrap();
    let title = strings(&["示例县严重精神障碍患者名册", "", "", "", ""]);
    let one = strings(&["身份证号码（18位）", "患者姓名", "备注", "居住地区划代码", "Ｍobile"]);
    let found = match_headings(smd, &[title.clone(), one.clone()], &Mapping::new());
    assert_eq!(found.rows, 2);
    let fields: Vec<Option<&str>> = found.columns.iter().map(|(_, f)| f.as_deref()).collect();
    assert_eq!(fields, [Some("number"), Some("name"), None, Some("division"), Some("phone")]);
    assert!(found.missing.is_empty());

    let upper = strings(&["姓名", "身份证号", "居住情况", "", "联系方式"]);
    let lower = strings(&["", "", "区划代码", "详细地址", "手机号"]);
    let found = match_headings(smd, &[title, upper, lower], &Mapping::new());
    let fields: Vec<Option<&str>> = found.columns.iter().map(|(_, f)| f.as_deref()).collect();
    assert_eq!(found.rows, 3);
    assert_eq!(fields, [Some("name"), Some("number"), Some("division"), Some("address"), Some("phone")]);
}

#[test]
fn missing_columns_are_named_and_a_choice_by_hand_wins() {
    let smd = kind("smd").unwrap();
    let rows = [strings(&["姓名", "地点"])];
    let found = match_headings(smd, &rows, &Mapping::new());
    assert_eq!(found.missing, ["sex", "born_on", "division"]);
    let chosen =
        Mapping::from([("地点".to_owned(), "division".to_owned()), ("姓名".to_owned(), String::new())]);
    let found = match_headings(smd, &rows, &chosen);
    assert_eq!(found.missing, ["name", "sex", "born_on"]);
}

#[test]
fn days_as_people_write_them() {
    let cases = [
        ("2024-03-05", Some(day(2024, 3, 5))),
        ("2024/3/5", Some(day(2024, 3, 5))),
        ("2024.3.5", Some(day(2024, 3, 5))),
        ("20240305", Some(day(2024, 3, 5))),
        ("2024年3月5日", Some(day(2024, 3, 5))),
        ("２０２４年３月５日", Some(day(2024, 3, 5))),
        ("2024-03-05 00:00:00", Some(day(2024, 3, 5))),
        ("2024-03-05T08:00:00Z", Some(day(2024, 3, 5))),
        ("45356", Some(day(2024, 3, 5))),
        ("45356.0", Some(day(2024, 3, 5))),
        ("59", Some(day(1900, 2, 28))),
        ("60", None),
        ("2023-02-29", None),
        ("2024-13-01", None),
        ("24-03-05", None),
        ("昨天", None),
        ("", None),
    ];
    for (text, expected) in cases {
        assert_eq!(date(text), expected, "{text:?}");
    }
}

#[test]
fn all_that_is_wrong_with_a_row_is_told_at_once() {
    let headings = ["姓名", "身份证号", "性别", "出生日期", "区划代码", "电话"];
    let row = read("smd", &headings, &["", "", "其他", "1990-02-30", "310115", "12"]);
    assert_eq!(
        codes(&row),
        [
            ("sex", "unknown_choice", Severity::Warning),
            ("born_on", "date.form", Severity::Error),
            ("phone", "phone.form", Severity::Warning),
            ("division", "division.not_a_village", Severity::Error),
            ("name", "required", Severity::Error),
        ]
    );
}

#[test]
fn numbers_are_brought_to_one_form() {
    let headings = ["姓名", "身份证号", "区划代码"];
    for (written, number) in [
        ("11010519491231002x", "11010519491231002X"),
        ("１１０１０５１９４９１２３１００２Ｘ", "11010519491231002X"),
        ("110105491231002", "11010519491231002X"),
        ("'990101199001011230", "990101199001011230"),
    ] {
        let row = read("smd", &headings, &["张三", written, "310115110001"]);
        assert_eq!(row.number.as_deref(), Some(number), "{written}: {:?}", row.troubles);
        assert_ne!(row.severity(), Some(Severity::Error));
    }
}

#[test]
fn a_number_that_fails_its_check_is_unverified_only_where_the_rest_says_enough() {
    let headings = ["姓名", "身份证号", "性别", "出生日期", "区划代码"];
    let full = read("smd", &headings, &["张三", "990101199001011231", "男", "1990-01-01", "310115110001"]);
    assert_eq!(full.severity(), Some(Severity::Unverified));
    assert_eq!(full.unverified_number.as_deref(), Some("990101199001011231"));
    let bare = read("smd", &headings, &["张三", "990101199001011231", "", "", "310115110001"]);
    assert_eq!(bare.severity(), Some(Severity::Error));
    let rounded = read("smd", &headings, &["张三", "9.90101E+17", "男", "1990-01-01", "310115110001"]);
    assert_eq!(rounded.severity(), Some(Severity::Error));
}

#[test]
fn what_contradicts_the_number_is_a_warning_and_the_number_stands() {
    let headings = ["姓名", "身份证号", "性别", "出生日期", "区划代码"];
    let row = read("smd", &headings, &["张三", "990101199001011230", "女", "1991-01-01", "310115110001"]);
    assert_eq!(row.severity(), Some(Severity::Warning));
    assert_eq!((row.sex, row.born_on), (Some("male"), Some(day(1990, 1, 1))));
    assert!(codes(&row).iter().any(|(_, c, _)| *c == "sex_contradicts_number"));
    assert!(codes(&row).iter().any(|(_, c, _)| *c == "birth_contradicts_number"));
}

#[test]
fn certificates_must_be_psychiatric_and_agree_with_the_number() {
    let headings = ["姓名", "残疾人证号", "身份证号", "区划代码", "含精神残疾"];
    let errors = |cells: &[&str]| -> Vec<String> {
        let row = read("dpf", &headings, cells);
        let bad = row.troubles.iter().filter(|t| t.severity == Severity::Error);
        bad.map(|t| t.code.clone()).collect()
    };
    let place = "310115110001";
    assert!(errors(&["张三", "99010119900101123062", "", place, ""]).is_empty());
    assert_eq!(errors(&["张三", "99010119900101123042", "", place, ""]), ["not_psychiatric"]);
    assert_eq!(errors(&["张三", "99010119900101123072", "", place, ""]), ["not_psychiatric"]);
    assert!(errors(&["张三", "99010119900101123072", "", place, "是"]).is_empty());
    assert_eq!(
        errors(&["张三", "99010119900101123062", "11010519491231002X", place, ""]),
        ["certificate_contradicts_number"]
    );
    assert_eq!(errors(&["张三", "", "", place, ""]), ["required"; 3], "certificate, sex and birth date");
}

#[test]
fn rows_of_another_county_are_refused() {
    let row = read("smd", &["姓名", "身份证号", "区划代码"], &["张三", "990101199001011230", "110101001001"]);
    assert_eq!(codes(&row).last().unwrap().1, "division.outside");
}

#[test]
fn cells_that_a_spreadsheet_would_run_are_marked_and_written_as_text() {
    for (cell, formula) in [
        ("=1+1", true),
        ("@SUM(A1)", true),
        ("+cmd|' /C calc'!A0", true),
        ("-2+3+cmd", true),
        ("+86 139 0000 0000", false),
        ("-5", false),
        ("张三", false),
        ("", false),
    ] {
        assert_eq!(looks_like_formula(cell), formula, "{cell}");
        assert_eq!(without_formula(cell).starts_with('\''), formula, "{cell}");
    }
    let headings = ["姓名", "身份证号", "区划代码", "详细地址"];
    let row = read("smd", &headings, &["张三", "990101199001011230", "310115110001", "=HYPERLINK(\"x\")"]);
    assert_eq!(row.severity(), Some(Severity::Warning));
    assert!(codes(&row).contains(&("address", "formula", Severity::Warning)));
    assert_eq!(row.private["address"], "=HYPERLINK(\"x\")", "kept as data");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn no_cell_makes_the_check_fail(cells in proptest::collection::vec("\\PC{0,30}", 0..20)) {
        for kind in kinds() {
            let headings = kind.columns.iter().map(|c| c.zh.clone()).collect();
            let heading = match_headings(kind, &[headings], &Mapping::new());
            let _ = match_headings(kind, std::slice::from_ref(&cells), &Mapping::new());
            if kind.library.is_some() {
                let row = read_fields(kind, &heading, &cells, &Villages);
                let written = |column: &&Column| !row.value(&column.field).is_empty();
                let needed = kind.columns.iter().filter(|c| c.required == Required::Always);
                prop_assert!(!row.troubles.is_empty() || needed.clone().all(|c| written(&c)));
                continue;
            }
            let row = Checker::new(kind, &heading, TODAY, 0, i64::MAX).read(&cells);
            if row.severity() != Some(Severity::Error) {
                prop_assert!(!row.name.is_empty() && row.division > 0 && row.born_on.is_some());
            }
        }
    }
}

/// Two villages of one name, and one of another.
#[derive(Debug)]
struct Villages;

impl Gazetteer for Villages {
    fn find(&self, name: &str, _: bool) -> Result<crate::division::DivisionCode, Unplaced> {
        let path = |town: &str| format!("浦东新区{town}清河村");
        match name {
            "金桥镇佳虹居委会" => Ok(crate::division::DivisionCode::new(310_115_110_001).unwrap()),
            "浦东新区" => Ok(crate::division::DivisionCode::new(310_115_000_000).unwrap()),
            "清河村" => Err(Unplaced::Ambiguous(vec![path("甲镇"), path("乙镇")])),
            _ => Err(Unplaced::Unknown),
        }
    }
}

#[test]
fn a_division_may_be_written_by_name() {
    let smd = kind("smd").unwrap();
    let headings = strings(&["姓名", "身份证号", "区划代码", "户籍地区划代码"]);
    let heading = match_headings(smd, &[headings], &Mapping::new());
    let checker = Checker::new(smd, &heading, TODAY, 310_115_000_000, 310_115_999_999).with_names(&Villages);
    let (village, nowhere, both) = (310_115_110_001, "division.name_unknown", "division.name_ambiguous");
    let rows = [
        ("金桥镇佳虹居委会", "", village, None),
        ("310115110001", "浦东新区", village, None),
        ("无此村", "", 0, Some((nowhere, Severity::Error))),
        ("清河村", "", 0, Some((both, Severity::Error))),
        ("浦东新区", "", 0, Some(("division.not_a_village", Severity::Error))),
        ("310115110001", "无此村", village, Some((nowhere, Severity::Warning))),
    ];
    for (residence, registered, division, trouble) in rows {
        let row = checker.read(&strings(&["张三", "990101199001011230", residence, registered]));
        assert_eq!(row.division, division, "{residence} {registered}");
        let found = codes(&row).into_iter().filter(|(field, ..)| *field != "number");
        let found: Vec<_> = found.map(|(_, code, severity)| (code, severity)).collect();
        assert_eq!(found, trouble.into_iter().collect::<Vec<_>>(), "{residence} {registered}");
    }
    let row = checker.read(&strings(&["张三", "990101199001011230", "清河村", ""]));
    let told = row.troubles.iter().find(|t| t.field == "division").unwrap();
    assert!(told.values[1].contains("甲镇"), "the candidates are named: {:?}", row.troubles);
}

#[test]
fn a_row_of_a_library_is_brought_to_codes() {
    let institution = kind("institution").unwrap();
    let headings = ["信用代码", "机构性质", "服务项目", "障碍类型", "服务范围", "有效期至", "所在地", "名额"];
    let heading = match_headings(institution, &[strings(&headings)], &Mapping::new());
    let read = |cells: &[&str]| read_fields(institution, &heading, &strings(cells), &Villages);
    let row = read(&[
        "52990115-m000100y4ｌ",
        "社会服务机构",
        "服药训练、S4；living-skills training",
        "1，99",
        "浦东新区；310101",
        "2027年1月5日",
        "金桥镇佳虹居委会",
        " 30 ",
    ]);
    assert!(row.troubles.is_empty(), "{:?}", row.troubles);
    assert_eq!(row.value("credit_code"), "52990115M000100Y4L");
    assert_eq!(row.value("kind"), "social_service");
    assert_eq!(row.list("services"), ["S1", "S4"], "each once");
    assert_eq!(row.list("disorder_groups"), ["01", "99"]);
    assert_eq!(row.value("areas"), "310115000000 310101");
    assert_eq!(row.value("licence_until"), "2027-01-05");
    assert_eq!((row.value("division").as_str(), row.value("contracted").as_str()), ("310115110001", "30"));
    assert_eq!(row.value("name"), "", "what is not written stays as it is");
    let wrong = read(&["", "旅馆", "S1 S99", "", "无此区", "31.2.2027", "清河村", ""]);
    let found: Vec<(&str, &str)> =
        wrong.troubles.iter().map(|t| (t.field.as_str(), t.code.as_str())).collect();
    let expected = [
        ("credit_code", "required"),
        ("kind", "unknown_choice"),
        ("division", "division.name_ambiguous"),
        ("licence_until", "date.form"),
        ("services", "unknown_choice"),
        ("areas", "division.name_unknown"),
    ];
    assert_eq!(found, expected);
    let nothing = read(&["52990115M000100Y4L", "", "，", "", "，", "", "310115110001", ""]);
    assert!(!nothing.values.contains_key("areas"), "signs that separate nothing are an empty cell");
}
