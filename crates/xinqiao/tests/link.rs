//! `xinqiao link` and `xinqiao dedupe` as a user calls them. All persons are synthetic.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const PEOPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/linkage/people.toml");

const HEALTH: &str = "\
编号,身份证号,姓名,性别,出生日期,联系电话
H1,99999919490501001X,王小明,男,1949-05-01,13800000001
H2,999999197002030022,李建国,男,1970-02-03,13800000002
H3,,赵秀英,女,1955-11-12,13800000003
H4,999999198808080044,陈静,女,1988-08-08,
";

const FEDERATION: &str = "\
no,identity_number,name,sex,birth_date,phone
D1,99999919490501001x,王晓明,男,19490501,
D2,999999197002030202,李建国,男,1970/2/3,13800000002
D3,999999195511120033,赵秀英,女,1955年11月12日,13800000003
D4,999999196001010055,周伟,男,1960-01-01,13800000009
";

fn xinqiao(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_xinqiao")).args(arguments).output().unwrap()
}

fn file(folder: &Path, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, content).unwrap();
    path
}

fn pairs(path: &Path) -> Vec<(String, String, f64)> {
    let text = fs::read_to_string(path).unwrap();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("left_id,right_id,probability"));
    lines
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            assert_eq!(cells.len(), 3, "{line}");
            (cells[0].to_owned(), cells[1].to_owned(), cells[2].parse().unwrap())
        })
        .collect()
}

#[test]
fn two_lists_with_other_headers_and_slips_are_linked_and_explained() {
    let folder = tempfile::tempdir().unwrap();
    let left = file(folder.path(), "left.csv", HEALTH);
    let right = file(folder.path(), "right.csv", FEDERATION);
    let (out, why) = (folder.path().join("pairs.csv"), folder.path().join("why.csv"));
    let path = |path: &Path| path.to_str().unwrap().to_owned();
    let arguments =
        ["link", "--left", &path(&left), "--right", &path(&right), "--config", PEOPLE, "--out", &path(&out)];
    let done = xinqiao(&[&arguments[..], &["--explain", &path(&why), "--json"]].concat());
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let found: Vec<(String, String)> =
        pairs(&out).into_iter().map(|(left, right, _)| (left, right)).collect();
    let expected = [("H1", "D1"), ("H2", "D2"), ("H3", "D3")];
    assert_eq!(found, expected.map(|(left, right)| (left.to_owned(), right.to_owned())));
    let summary: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(summary["left_records"], 4);
    assert_eq!(summary["pairs_written"], 3);
    assert_eq!(summary["columns_left_out"], serde_json::json!(["division", "address"]));
    assert!(summary["weights"][0]["levels"][0]["bits"].as_f64().unwrap() > 10.0);
    let why = fs::read_to_string(why).unwrap();
    assert!(why.contains(",name,same_pinyin,"), "{why}");
    assert!(why.contains(",identity_number,damerau<=1,"), "{why}");

    // Without the number the same persons are found by the rest.
    let done = xinqiao(&[&arguments[..], &["--without", "identity_number"]].concat());
    assert!(done.status.success());
    assert_eq!(pairs(&out).len(), 3);
}

#[test]
fn duplicates_within_one_list_in_gb18030() {
    let folder = tempfile::tempdir().unwrap();
    let list = format!("{HEALTH}H5,99999919490501001X,王小明,男,1949-05-01,13800000001\n");
    let (list, _, _) = encoding_rs::GB18030.encode(&list);
    let list = file(folder.path(), "list.csv", list);
    let out = folder.path().join("pairs.csv");
    let model = folder.path().join("model.json");
    let (list, out_path, model) = (list.to_str().unwrap(), out.to_str().unwrap(), model.to_str().unwrap());
    let arguments = ["dedupe", "--input", list, "--config", PEOPLE, "--out", out_path];
    let done = xinqiao(&[&arguments[..], &["--save-model", model]].concat());
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let learnt = pairs(&out);
    assert_eq!((learnt.len(), learnt[0].0.as_str(), learnt[0].1.as_str()), (1, "H1", "H5"));
    let done = xinqiao(&[&arguments[..], &["--model", model]].concat());
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert_eq!(pairs(&out), learnt);
}

#[test]
fn mistakes_are_named_with_file_row_and_remedy_and_leave_no_output() {
    let folder = tempfile::tempdir().unwrap();
    let left = file(folder.path(), "left.csv", HEALTH);
    let left = left.to_str().unwrap();
    for (name, content, extra, expected) in [
        (
            "noid.csv",
            "id,姓名,身份证号\n1,李建国,999999197002030022\n,王小明,99999919490501001X\n",
            vec![],
            vec!["noid.csv", "row 3", "give each row an id"],
        ),
        ("ragged.csv", "id,姓名,身份证号\n1\n", vec![], vec!["ragged.csv", "line"]),
        ("empty.csv", "", vec![], vec!["empty.csv", "no header"]),
        ("other.csv", "id,colour\n1,red\n", vec![], vec!["nothing to compare", "aliases"]),
        ("good.csv", FEDERATION, vec!["--without", "nmae"], vec!["'nmae'", "name"]),
        ("good.csv", FEDERATION, vec!["--threshold", "7"], vec!["between 0 and 1"]),
    ] {
        let right = file(folder.path(), name, content);
        let out = folder.path().join("pairs.csv");
        let arguments = ["link", "--left", left, "--right", right.to_str().unwrap(), "--config", PEOPLE];
        let out_arguments = ["--out", out.to_str().unwrap()];
        let done = xinqiao(&[&arguments[..], &out_arguments[..], &extra[..]].concat());
        let error = String::from_utf8_lossy(&done.stderr);
        assert!(!done.status.success(), "{name}");
        assert!(expected.iter().all(|part| error.contains(part)), "{name}: {error}");
        assert!(!out.exists(), "{name}");
        assert!(!error.contains("panicked"), "{error}");
    }
}
