//! `xinqiao followup classify` as a user calls it. All visits are synthetic.

use serde_json::Value;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};
use tempfile::TempDir;

const HEADING: &str =
    "visit_date,risk,symptoms,insight,self_care,housework,work,learning,social,adr,physical,previous_class";

struct Desk(TempDir);

impl Desk {
    fn new() -> Desk {
        Desk(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Classifies a text; in English unless another language is named.
    fn run_in(&self, language: &str, text: impl AsRef<[u8]>, more: &[&str]) -> Output {
        fs::write(self.path("visits.csv"), text).unwrap();
        Command::new(env!("CARGO_BIN_EXE_xinqiao"))
            .args(["followup", "classify", "--csv"])
            .arg(self.path("visits.csv"))
            .arg("--out")
            .arg(self.path("result.csv"))
            .args(more)
            .env("LC_ALL", language)
            .output()
            .unwrap()
    }

    fn run(&self, text: impl AsRef<[u8]>, more: &[&str]) -> Output {
        self.run_in("C", text, more)
    }

    fn result(&self) -> String {
        String::from_utf8(fs::read(self.path("result.csv")).unwrap()).unwrap()
    }

    /// What lies in the folder: nothing is left beside what was asked for.
    fn files(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.0.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn each_visit_gets_class_rule_and_next_day() {
    let desk = Desk::new();
    let rows = [
        ("2025-03-03,3,0,1,1,1,1,1,1,none,stable,", "1,U1,2025-03-17"),
        ("2025-03-03,0,2,1,1,1,1,1,1,none,stable,3", "1,U2,2025-03-17"),
        ("2025-03-03,0,0,3,1,1,1,1,1,none,stable,", "1,U3,2025-03-17"),
        ("2025-03-03,0,0,1,1,1,1,1,1,severe,stable,", "1,U4,2025-03-17"),
        ("2025-03-03,0,0,1,1,1,1,1,1,none,severe,", "1,U5,2025-03-17"),
        ("2025-03-03,2,0,1,1,1,1,1,1,none,stable,", "2,B1,2025-03-17"),
        ("2025-03-17,1,0,1,1,1,1,1,1,none,stable,2", "2,B1,2025-04-17"),
        ("2025-03-03,0,1,1,1,1,1,1,1,none,stable,1", "2,B2,2025-03-17"),
        ("2025-03-03,0,0,2,1,1,1,1,1,none,stable,3", "2,B3,2025-03-17"),
        ("2025-03-03,0,0,1,1,1,1,1,3,none,stable,2", "2,B4,2025-04-03"),
        ("2025-03-03,0,0,1,1,1,1,1,1,none,unstable,", "2,B5,2025-03-17"),
        ("2025-11-30,0,0,1,1,2,9,9,1,mild,stable,3", "3,S1,2026-02-28"),
        ("2025-03-17,0,0,1,1,1,1,1,1,none,stable,2", "3,S1,2025-06-17"),
    ];
    let input = rows.iter().fold(HEADING.to_owned(), |text, (row, _)| text + "\n" + row);
    let done = desk.run(input, &[]);
    assert!(done.status.success(), "{}", text(&done.stderr));
    let result = desk.result();
    let lines: Vec<&str> = result.lines().collect();
    assert_eq!(lines[0], format!("{HEADING},class,rule,next_due"));
    assert_eq!(lines.len(), rows.len() + 1);
    for (line, (row, added)) in lines[1..].iter().zip(rows) {
        assert_eq!(*line, format!("{row},{added}"));
    }
    assert!(text(&done.stdout).contains("13 rows written"), "{}", text(&done.stdout));
    assert!(done.stderr.is_empty(), "{}", text(&done.stderr));
}

#[test]
fn columns_in_any_order_others_kept_with_or_without_a_mark() {
    let desk = Desk::new();
    let heading = "姓名,previous_class,physical,adr,social,learning,work,housework,self_care,insight,symptoms,Risk ,visit_date,备注";
    let row = "示例甲,2,stable,none,1,1,1,1,1,1,1, 0 ,2025-03-17,\"两行\n备注, 带逗号\"";
    let plain = format!("{heading}\r\n{row}\r\n");
    for mark in ["", "\u{feff}"] {
        let done = desk.run(format!("{mark}{plain}"), &[]);
        assert!(done.status.success(), "{}", text(&done.stderr));
        let expected = format!("{mark}{heading},class,rule,next_due\n{row},2,B2,2025-04-17\n");
        assert_eq!(desk.result(), expected);
    }
}

#[test]
fn a_visit_without_risk_symptoms_or_insight_is_not_valid() {
    let desk = Desk::new();
    let tail = "1,1,1,1,1,none,stable,2";
    let input = format!(
        "{HEADING}\n2025-03-03,,0,1,{tail}\n2025-03-03,0,,1,{tail}\n2025-03-03,5,2,,{tail}\n2025-03-03,0,0,1,{tail}\n"
    );
    let done = desk.run(&input, &["--json"]);
    assert!(done.status.success());
    let result = desk.result();
    let lines: Vec<&str> = result.lines().skip(1).collect();
    assert!(lines[..3].iter().all(|line| line.ends_with(",2,,invalid,")), "{lines:?}");
    assert!(lines[3].ends_with(",3,S1,2025-06-03"), "{lines:?}");
    assert!(
        text(&done.stderr).contains("rows without risk, symptoms or insight: 3"),
        "{}",
        text(&done.stderr)
    );
    let summary: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(
        (&summary["rows"], &summary["invalid"], &summary["written"]),
        (&4.into(), &3.into(), &true.into())
    );
    assert_eq!(summary["classes"], serde_json::json!({"3": 1}));
    assert_eq!(summary["rules"], serde_json::json!({"S1": 1}));
    let chinese = desk.run_in("zh_CN.UTF-8", &input, &[]);
    assert!(text(&chinese.stderr).contains("3 行缺少"), "{}", text(&chinese.stderr));
}

#[test]
fn every_fault_is_named_with_row_column_value_and_remedy_and_nothing_is_written() {
    let desk = Desk::new();
    let good = "2025-03-03,0,0,1,1,1,1,1,1,none,stable,";
    let input = format!(
        "{HEADING},note\n{good},\"two\nlines\"\n2025-02-30,7,0,1,1,1,1,1,1,none,stable,,x\n{good},y\n2025-03-03,0,0,1,,1,5,1,1,bad,stable,4,z\n{good}\n"
    );
    let done = desk.run(&input, &["--json"]);
    assert_eq!(done.status.code(), Some(1));
    let told = text(&done.stderr);
    for expected in [
        "row 3, column visit_date, \"2025-02-30\": not a day; write it as 2025-03-03",
        "row 3, column risk, \"7\": write 0 to 5",
        "row 5, column self_care, \"\": write 1 (good), 2 (fair), 3 (poor) or 9",
        "row 5, column work, \"5\": write 1 (good)",
        "row 5, column adr, \"bad\": write none, mild or severe",
        "row 5, column previous_class, \"4\": write 1 (unstable)",
        "row 6, 12 cells: the first row has 13",
        "faults: 7; nothing was written",
    ] {
        assert!(told.contains(expected), "{expected}\n{told}");
    }
    let summary: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!((&summary["faults_total"], &summary["written"]), (&7.into(), &false.into()));
    assert_eq!(summary["faults"][1]["column"], "risk");
    assert_eq!(summary["faults"][1]["value"], "7");
    assert_eq!(desk.files(), ["visits.csv"]);
    let chinese = desk.run_in("zh_CN.UTF-8", &input, &[]);
    let told = text(&chinese.stderr);
    assert!(told.contains("第 3 行，risk 列，“7”：请填 0 至 5，未评估的留空"), "{told}");
}

#[test]
fn an_earlier_result_stays_when_a_later_list_is_faulty() {
    let desk = Desk::new();
    fs::write(desk.path("result.csv"), "before").unwrap();
    let done = desk.run(format!("{HEADING}\n2025-03-03,9,0,1,1,1,1,1,1,none,stable,\n"), &[]);
    assert_eq!(done.status.code(), Some(1));
    assert_eq!(desk.result(), "before");
    assert_eq!(desk.files(), ["result.csv", "visits.csv"]);
}

#[test]
fn faults_of_the_heading_and_the_encoding() {
    let desk = Desk::new();
    let (gb18030, _, _) = encoding_rs::GB18030.encode("示例甲");
    let body = "2025-03-03,0,0,1,1,1,1,1,1,none,stable,";
    let encoded = [format!("{HEADING},name\n{body},").as_bytes(), &gb18030[..], b"\n"].concat();
    let rows: [(Vec<u8>, &[&str]); 5] = [
        (Vec::new(), &["column visit_date: the column is missing", "faults: 12"]),
        (
            HEADING.replace("adr,", "").into_bytes(),
            &["row 1, column adr: the column is missing", "faults: 1;"],
        ),
        (format!("{HEADING},risk").into_bytes(), &["column risk: the column stands twice"]),
        (format!("{HEADING},rule").into_bytes(), &["column rule: this command writes a column of that name"]),
        (encoded, &["row 2, ", "not UTF-8 text; save the file as UTF-8"]),
    ];
    for (input, expected) in rows {
        let done = desk.run(&input, &[]);
        let told = text(&done.stderr);
        assert_eq!(done.status.code(), Some(1), "{told}");
        assert!(expected.iter().all(|part| told.contains(part)), "{expected:?}\n{told}");
        assert_eq!(desk.files(), ["visits.csv"]);
    }
    let done = desk.run(HEADING, &[]);
    assert!(done.status.success(), "a list without visits is one");
    assert_eq!(desk.result(), format!("{HEADING},class,rule,next_due\n"));
}

#[test]
fn of_very_many_faults_the_first_are_listed_and_all_are_counted() {
    let desk = Desk::new();
    let row = "\n2025-03-03,9,0,1,1,1,1,1,1,none,stable,";
    let done = desk.run(format!("{HEADING}{}", row.repeat(1_000)), &[]);
    let told = text(&done.stderr);
    assert_eq!(done.status.code(), Some(1));
    assert_eq!(told.lines().count(), 202, "{told}");
    assert!(told.contains("not listed: 800") && told.contains("faults: 1000;"), "{told}");
}

#[test]
fn files_that_are_not_there_are_named() {
    let desk = Desk::new();
    let run = |csv: &str, out: &str| {
        let arguments = ["followup", "classify", "--csv", csv, "--out", out];
        Command::new(env!("CARGO_BIN_EXE_xinqiao")).args(arguments).output().unwrap()
    };
    let missing = desk.path("none.csv").display().to_string();
    let done = run(&missing, &desk.path("result.csv").display().to_string());
    assert!(!done.status.success() && text(&done.stderr).contains("none.csv"), "{}", text(&done.stderr));
    fs::write(desk.path("visits.csv"), HEADING).unwrap();
    let nowhere = desk.path("no/folder/result.csv").display().to_string();
    let done = run(&desk.path("visits.csv").display().to_string(), &nowhere);
    assert!(!done.status.success() && text(&done.stderr).contains("result.csv"), "{}", text(&done.stderr));
    assert!(!text(&done.stderr).contains("panicked"));
}

#[test]
fn the_help_speaks_both_languages() {
    let done = Command::new(env!("CARGO_BIN_EXE_xinqiao"))
        .args(["followup", "classify", "--help"])
        .output()
        .unwrap();
    let help = text(&done.stdout);
    assert!(help.contains("latest day of the next visit") && help.contains("下次随访的最晚日期"), "{help}");
}

#[test]
fn many_visits_are_read_one_after_another() {
    let desk = Desk::new();
    let mut input = HEADING.to_owned();
    for number in 0..100_000 {
        let (risk, insight, month) = (number % 6, number % 3 + 1, number % 12 + 1);
        write!(input, "\n2025-{month:02}-03,{risk},0,{insight},1,2,9,1,1,none,stable,2").unwrap();
    }
    let done = desk.run(input, &["--json"]);
    assert!(done.status.success(), "{}", text(&done.stderr));
    let summary: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(summary["rows"], 100_000);
    let classes = summary["classes"].as_object().unwrap();
    assert_eq!(classes.values().map(|count| count.as_u64().unwrap()).sum::<u64>(), 100_000);
    assert_eq!(desk.result().lines().count(), 100_001);
}
