//! `xinqiao score` and `xinqiao scale` as a user calls them.

use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

fn xinqiao(arguments: &[&str]) -> Output {
    in_language("C", arguments)
}

fn in_language(language: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xinqiao"));
    command.args(arguments).env("LC_ALL", language).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn told(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn file(folder: &Path, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, content).unwrap();
    path
}

#[test]
fn json_is_total_band_and_flags() {
    let rows: [(&[&str], &str); 27] = [
        (&["phq-9", "--answers", "1,1,1,1,1,1,1,1,1"], r#"{"total":9,"band":"mild","flags":["crisis"]}"#),
        (&["phq-9", "--answers", "0,0,0,0,0,0,0,0,1"], r#"{"total":1,"band":"minimal","flags":["crisis"]}"#),
        (&["phq-9", "--answers", " 0, 0,0,0,0,0,0,0,0"], r#"{"total":0,"band":"minimal","flags":[]}"#),
        (&["phq-9", "--answers", "1,1,1,1,1,1,1,1,"], r#"{"total":9,"band":"mild","flags":["prorated"]}"#),
        (&["phq-9", "--answers", "1,1,1,1,1,1,1,,"], r#"{"total":null,"band":null,"flags":["incomplete"]}"#),
        (&["phq-2", "--answers", "1,2"], r#"{"total":3,"band":"positive","flags":[]}"#),
        (&["gad-7", "--answers", "1,1,1,1,2,2,2"], r#"{"total":10,"band":"moderate","flags":[]}"#),
        (
            &["phq-15", "--answers", "1,1,1,1,1,1,1,1,1,1,0,0,0,0,0"],
            r#"{"total":10,"band":"moderate","flags":[]}"#,
        ),
        (&["who-5", "--answers", "2,2,2,2,2"], r#"{"total":40,"band":"poor","flags":[]}"#),
        (&["k6", "--answers", "3,3,3,2,1,1"], r#"{"total":13,"band":"serious","flags":[]}"#),
        (&["k10", "--answers", "1,1,1,1,1,1,1,1,1,1"], r#"{"total":10,"band":"low","flags":[]}"#),
        (&["epds", "--answers", "0,0,3,0,3,3,3,3,3,2"], r#"{"total":1,"band":"low","flags":["crisis"]}"#),
        (
            &["gds-15", "--answers", "1,0,0,0,1,0,1,0,0,0,1,0,1,0,0"],
            r#"{"total":0,"band":"normal","flags":[]}"#,
        ),
        (&["audit", "--answers", "1,1,1,1,1,1,1,1,0,0"], r#"{"total":8,"band":"hazardous","flags":[]}"#),
        (
            &["audit-c", "--answers", "1,1,1", "--sex", "female"],
            r#"{"total":3,"band":"positive","flags":[]}"#,
        ),
        (&["audit-c", "--answers", "1,1,1", "--sex", "male"], r#"{"total":3,"band":"negative","flags":[]}"#),
        (&["whodas-12", "--answers", "2,2,2,2,2,2,2,2,2,2,2,2"], r#"{"total":50.00,"band":null,"flags":[]}"#),
        (&["psp", "--answers", "3,0,0,0,55"], r#"{"total":55,"band":"limited","flags":[]}"#),
        (&["psp", "--answers", "72"], r#"{"total":72,"band":"good","flags":[]}"#),
        (&["bprs", "--answers", "40"], r#"{"total":40,"band":"above","flags":["unjudged"]}"#),
        (&["adl", "--answers", "18"], r#"{"total":18,"band":"some_decline","flags":["band_by_total"]}"#),
        (&["k6-1-5", "--answers", "4,4,4,3,2,2"], r#"{"total":13,"band":"serious","flags":[]}"#),
        (&["sdss", "--answers", "1,9,9,1,0,0,0,0,0,0"], r#"{"total":2,"band":"defect","flags":[]}"#),
        (&["itaq", "--answers", "1,1,1,1,1,1,1,1,1,1,1"], r#"{"total":11,"band":null,"flags":[]}"#),
        (&["isi", "--answers", "4,4,4,4,4,4,4"], r#"{"total":28,"band":"severe","flags":[]}"#),
        (&["c-ssrs", "--answers", "0,0,,,,1"], r#"{"total":3,"band":"high","flags":["crisis"]}"#),
        (&["local-psychosocial", "--answers", "100"], r#"{"total":100,"band":null,"flags":[]}"#),
    ];
    for (arguments, expected) in rows {
        let done = xinqiao(&[&["score"], arguments, &["--json"]].concat());
        assert_eq!(said(&done).trim_end(), expected, "{arguments:?} {}", told(&done));
        assert_eq!(done.status.code(), Some(0), "{arguments:?}");
    }
}

#[test]
fn the_text_says_what_it_means_in_both_languages() {
    let arguments = ["score", "phq-9", "--answers", "0,0,0,0,0,0,0,0,2"];
    let english = said(&xinqiao(&arguments));
    for part in
        ["total 2 (0–27)", "band minimal (minimal)", "flags crisis", "level 3", "12356", "not a diagnosis"]
    {
        assert!(english.contains(part), "{english}");
    }
    let chinese = said(&in_language("zh_CN.UTF-8", &arguments));
    for part in ["总分 2 (0–27)", "分级 极轻 (minimal)", "标记 crisis", "3级", "12356", "筛查结果不是诊断"]
    {
        assert!(chinese.contains(part), "{chinese}");
    }
    let open = said(&xinqiao(&["score", "psp", "--answers", "3,0,0,0"]));
    assert!(open.contains("the rater chooses the total from 51 to 60"), "{open}");
    let sex = said(&xinqiao(&["score", "audit-c", "--answers", "1,1,1"]));
    assert!(sex.contains("add --sex"), "{sex}");
    let factors = said(&xinqiao(&["score", "bprs", "--answers", "1,2,3,4,5,6,7,1,2,3,4,5,6,7,1,2,3,4"]));
    assert!(factors.contains("anergia 3.75"), "{factors}");
}

#[test]
fn what_cannot_be_scored_is_told_with_exit_code_2() {
    let rows: [(&[&str], &[&str]); 16] = [
        (&["phq9", "--answers", "1"], &["no scale \"phq9\"", "did you mean phq-9?", "xinqiao scale list"]),
        (&["gad", "--answers", "1"], &["did you mean gad-7?"]),
        (&["phq-9", "--answers", "0,0,0"], &["phq-9: it takes 9 to 10 answers, 3 were given"]),
        (&["phq-9", "--answers", "0,0,0,0,0,0,0,0,0,0,0"], &["10 answers, 11 were given"]),
        (
            &["phq-9", "--answers", "0,0,0,4,0,0,0,0,0"],
            &["answer 4 (phq9-4): 4 is outside its range: 0 to 3"],
        ),
        (&["phq-9", "--answers", "-1,0,0,4,0,0,0,0,0"], &["answer 1 (phq9-1): -1 is outside its range"]),
        (&["phq-9", "--answers", "99999999999,0,0,4,0,0,0,0,0"], &["99999999999 is outside its range"]),
        (&["phq-9", "--answers", "0,x,0,0,0,0,0,0,0"], &["answer 2 (phq9-2): \"x\" is not a number"]),
        (&["phq-9", "--answers", "0,1.5,0,0,0,0,0,0,0"], &["\"1.5\" is not a number"]),
        (&["phq-9", "--answers", ""], &["9 to 10 answers, 1 were given"]),
        (&["audit", "--answers", "0,0,0,0,0,0,0,0,1,0"], &["(audit-9): 1 is outside its range: 0, 2, 4"]),
        (&["sdss", "--answers", "3,0,0,0,0,0,0,0,0,0"], &["0 to 2, or 9 where it does not apply"]),
        (&["psp", "--answers", "3,0,0,0,61"], &["(psp-score): 61 does not fit", "choose 51 to 60"]),
        (&["psp", "--answers", "101"], &["psp: 101 is outside its range: 1 to 100"]),
        (&["local-mental-status", "--answers", "1"], &["written as text"]),
        (&["local-psychosocial", "--answers", "1,2"], &["give the total alone"]),
    ];
    for (arguments, says) in rows {
        let done = xinqiao(&[&["score"], arguments].concat());
        assert_eq!(done.status.code(), Some(2), "{arguments:?}");
        assert_eq!(said(&done), "");
        for part in says {
            assert!(told(&done).contains(part), "{arguments:?}: {}", told(&done));
        }
    }
    let chinese = told(&in_language("zh_CN.UTF-8", &["score", "phq-9", "--answers", "0,0,0,4,0,0,0,0,0"]));
    assert!(chinese.contains("第4个答案(phq9-4):4 不在取值范围内(0至3)"), "{chinese}");
    assert_eq!(xinqiao(&["score", "phq-9"]).status.code(), Some(2), "without answers");
}

#[test]
fn a_file_keeps_its_columns_and_gets_results() {
    let folder = tempfile::tempdir().unwrap();
    let list = "编号,phq9-1,phq9-2,phq9-3,phq9-4,phq9-5,phq9-6,phq9-7,phq9-8,phq9-9,备注\n\
                A1,1,1,1,1,1,1,1,1,1,\"好, 再约\"\nA2,0,0,0,0,0,0,0,0,0,\nA3,,,1,1,1,1,1,1,1,\nA4,3,3,3,3,3,3,3,3,3,\n";
    let expected = "编号,phq9-1,phq9-2,phq9-3,phq9-4,phq9-5,phq9-6,phq9-7,phq9-8,phq9-9,备注,total,band,flags\n\
                    A1,1,1,1,1,1,1,1,1,1,\"好, 再约\",9,mild,crisis\nA2,0,0,0,0,0,0,0,0,0,,0,minimal,\n\
                    A3,,,1,1,1,1,1,1,1,,,,crisis incomplete\n\
                    A4,3,3,3,3,3,3,3,3,3,,27,severe,crisis appointment major_depressive_syndrome\n";
    let (from, out) = (file(folder.path(), "list.csv", list), folder.path().join("out.csv"));
    let (from, to) = (from.to_str().unwrap(), out.to_str().unwrap());
    let done = xinqiao(&["score", "phq-9", "--csv", from, "--out", to]);
    assert!(done.status.success(), "{}", told(&done));
    assert_eq!(fs::read_to_string(&out).unwrap(), expected);
    assert_eq!(said(&done), "");
    assert_eq!(said(&xinqiao(&["score", "phq-9", "--csv", from])), expected);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "nothing unfinished is left");
    let (gb, _, _) = encoding_rs::GB18030.encode(list);
    let from = file(folder.path(), "gb.csv", gb);
    assert_eq!(said(&xinqiao(&["score", "phq-9", "--csv", from.to_str().unwrap()])), expected);
}

#[test]
fn columns_are_found_by_number_by_order_or_as_they_are_named_and_sex_by_row() {
    let folder = tempfile::tempdir().unwrap();
    let scored = |content: &str, more: &[&str]| {
        let from = file(folder.path(), "list.csv", content);
        said(&xinqiao(&[&["score", "audit-c", "--csv", from.to_str().unwrap()], more].concat()))
    };
    let expected =
        "id,q1,q2,q3,性别,total,band,flags\na,1,1,1,男,3,negative,\nb,1,1,1,女,3,positive,\nc,1,1,1,,3,,\n";
    assert_eq!(scored("id,q1,q2,q3,性别\na,1,1,1,男\nb,1,1,1,女\nc,1,1,1,\n", &[]), expected);
    assert_eq!(scored("x,y,z\n1,1,1\n", &["--sex", "male"]), "x,y,z,total,band,flags\n1,1,1,3,negative,\n");
    let named = scored("id,x,y,z\n7,1,1,2\n", &["--columns", "x,y,z"]);
    assert_eq!(named, "id,x,y,z,total,band,flags\n7,1,1,2,4,positive,\n");
}

#[test]
fn faulty_rows_are_named_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.csv");
    fs::write(&out, "as it was").unwrap();
    let rows: [(&str, &[&str]); 6] = [
        (
            "q1,q2,q3\n1,1,1\n1,7,1\n1,1,b\n",
            &[
                "2 rows are faulty",
                "row 2 (line 3), column q2: 7 is outside its range: 0 to 4",
                "row 3 (line 4), column q3: \"b\" is not a number",
            ],
        ),
        ("q1,q2,q3\n1,1\n", &["row 1 (line 2): it has 2 cells, the heading has 3"]),
        ("q1,q2,q3,sex\n1,1,1,x\n", &["column sex: \"x\" is no sex; write male or female"]),
        ("q1,q2,q3,total\n1,1,1,1\n", &["the column total is there already"]),
        (
            "id,a,b,c\n1,1,1,1\n",
            &["the columns of the items were not found", "--columns", "the file has: id, a, b, c"],
        ),
        ("", &["the columns of the items were not found"]),
    ];
    for (content, says) in rows {
        let from = file(folder.path(), "list.csv", content);
        let (from, to) = (from.to_str().unwrap(), out.to_str().unwrap());
        let done = xinqiao(&["score", "audit-c", "--csv", from, "--out", to]);
        assert_eq!(done.status.code(), Some(2), "{content}");
        for part in says {
            assert!(told(&done).contains(part), "{content}: {}", told(&done));
        }
        assert_eq!(fs::read_to_string(&out).unwrap(), "as it was");
    }
    let from = file(folder.path(), "list.csv", "q1\n50\n");
    let entered = xinqiao(&["score", "local-psychosocial", "--csv", from.to_str().unwrap()]);
    assert_eq!((entered.status.code(), told(&entered).contains("has no items")), (Some(2), true));
    let many = format!("q1,q2,q3\n{}", "9,9,9\n".repeat(50));
    let from = file(folder.path(), "list.csv", many);
    let done = xinqiao(&["score", "audit-c", "--csv", from.to_str().unwrap()]);
    assert!(
        told(&done).contains("50 rows are faulty") && told(&done).contains("and 30 more"),
        "{}",
        told(&done)
    );
    let absent = xinqiao(&["score", "audit-c", "--csv", "/nowhere.csv"]);
    assert_eq!((absent.status.code(), told(&absent).contains("/nowhere.csv")), (Some(1), true));
    let from = file(folder.path(), "list.csv", "q1,q2,q3\n1,1,1\n");
    let unwritten =
        xinqiao(&["score", "audit-c", "--csv", from.to_str().unwrap(), "--out", "/nowhere/out.csv"]);
    assert!(told(&unwritten).contains("writing /nowhere/out.csv"), "{}", told(&unwritten));
}

#[test]
fn a_scale_of_ones_own_is_checked_and_scored() {
    let folder = tempfile::tempdir().unwrap();
    let own = include_str!("../../../data/scales/isi.json").replace("\"id\": \"isi\"", "\"id\": \"sleep\"");
    let good = file(folder.path(), "sleep.json", &own);
    let good = good.to_str().unwrap();
    let done = xinqiao(&["score", "--definition", good, "--answers", "1,1,1,1,1,1,1", "--json"]);
    assert_eq!(said(&done).trim_end(), r#"{"total":7,"band":"none","flags":[]}"#, "{}", told(&done));
    assert!(
        xinqiao(&["score", "sleep", "--definition", good, "--answers", "1,1,1,1,1,1,1"]).status.success()
    );
    let other = xinqiao(&["score", "isi", "--definition", good, "--answers", "1"]);
    assert_eq!(
        (other.status.code(), told(&other).contains("holds the scale sleep, not isi")),
        (Some(2), true)
    );
    let checked = said(&xinqiao(&["scale", "check", good]));
    assert!(checked.starts_with("definition of a scale: sleep") && checked.contains("7 items"), "{checked}");
    let gap = file(folder.path(), "gap.json", own.replace("\"from\": 8,", "\"from\": 9,"));
    let gap = gap.to_str().unwrap();
    for arguments in [&["scale", "check", gap][..], &["score", "--definition", gap, "--answers", "1"]] {
        let refused = xinqiao(arguments);
        assert!(!refused.status.success());
        let told = told(&refused);
        assert!(
            told.contains("gap.json: scores.total.bands: no band holds 8; let subthreshold begin there"),
            "{told}"
        );
    }
}

#[test]
fn a_fhir_questionnaire_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let form = serde_json::json!({
        "resourceType": "Questionnaire", "name": "sleep", "title": "Sleep", "version": "2", "date": "2026-01-05",
        "copyright": "CC0", "item": [{"linkId": "1", "text": "Hours awake", "type": "choice", "answerOption": [
            {"valueInteger": 0}, {"valueInteger": 1}, {"valueInteger": 2}]}]});
    let path = file(folder.path(), "sleep.json", form.to_string());
    let path = path.to_str().unwrap();
    let checked = said(&xinqiao(&["scale", "check", path]));
    assert!(checked.starts_with("FHIR R4 Questionnaire: sleep"), "{checked}");
    let scored = said(&xinqiao(&["score", "--definition", path, "--answers", "2", "--json"]));
    assert_eq!(scored.trim_end(), r#"{"total":2,"band":null,"flags":[]}"#);
    let printed = said(&xinqiao(&["scale", "check", path, "--print"]));
    let own = file(folder.path(), "own.json", printed);
    assert!(
        said(&xinqiao(&["scale", "check", own.to_str().unwrap()]))
            .starts_with("definition of a scale: sleep")
    );
}

#[test]
fn the_list_has_every_scale() {
    let listed = said(&xinqiao(&["scale", "list", "--json"]));
    let rows: Vec<Value> = listed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let ids: Vec<&str> = rows.iter().map(|row| row["id"].as_str().unwrap()).collect();
    assert_eq!((ids.len(), ids[0], ids[1]), (25, "phq-2", "phq-9"));
    assert_eq!(rows[1]["range"], "0–27");
    let shown = said(&in_language("zh_CN.UTF-8", &["scale", "list"]));
    assert!(
        shown
            .lines()
            .any(|line| line.starts_with("phq-9") && line.contains("9项") && line.contains("自由使用")),
        "{shown}"
    );
}
