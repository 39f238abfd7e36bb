//! Lists that departments send: what is read, what is refused, what is taken in and taken back.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use crate::common;

use app::{
    App, Error, db,
    id::Id,
    import,
    import::{Keep, Layout, NewImport, Receiving},
    need, p, person,
};
use common::{COUNTY, VILLAGE, csv, number, send, somebody, take, take_back, worker};
use rules::account::Role;
use std::time::Duration;

const HEAD: [&str; 7] = ["姓名", "身份证号", "性别", "出生日期", "联系电话", "现住址区划代码", "是否居家"];

fn list(rows: &[[&str; 7]]) -> Vec<u8> {
    let mut all: Vec<&[&str]> = vec![&HEAD];
    all.extend(rows.iter().map(|r| r.as_slice()));
    csv(&all)
}

fn small() -> Vec<u8> {
    let village = VILLAGE.to_string();
    let numbers = [number("1980-02-03", 11), number("1990-05-06", 22), number("1970-07-08", 33)];
    list(&[
        ["王小明", &numbers[0], "", "", "13900000001", &village, "是"],
        ["李秀英", &numbers[1], "", "", "13900000002", &village, "是"],
        ["欧阳锋", &numbers[2], "", "", "", &village, "否"],
    ])
}

async fn persons(app: &App) -> i64 {
    need::count(app, &worker(), COUNTY).await.unwrap().total.persons
}

async fn rows(app: &App, sql: &str) -> Vec<(i64,)> {
    app.db.all(sql, Vec::<db::Value>::new()).await.unwrap()
}

both!(a_list_is_taken_in_and_counted, |app| {
    let (_, summary) = take(app, "smd", "示例县卫生健康局", &small()).await;
    assert_eq!((summary.new, summary.linked, summary.invalid, summary.rows), (3, 0, 0, 3));
    let counts = need::count(app, &worker(), COUNTY).await.unwrap();
    assert_eq!(
        (counts.total.persons, counts.total.health, counts.total.dpf, counts.total.at_home),
        (3, 3, 0, 2)
    );
    assert_eq!(counts.parts.len(), 1);
    assert_eq!(counts.parts[0].division, 310_115_110_000);
    assert!(need::recount(app).await.unwrap().is_empty());
});

both!(two_departments_lists_become_one_register, |app| {
    take(app, "smd", "卫健局", &small()).await;
    let number = number("1980-02-03", 11);
    let (certificate, village) = (format!("{number}62"), VILLAGE.to_string());
    let dpf = csv(&[&["姓名", "残疾人证号", "区划代码"], &["王小明", &certificate, &village]]);
    let (_, summary) = take(app, "dpf", "残联", &dpf).await;
    assert_eq!((summary.new, summary.linked), (0, 1));
    let total = need::count(app, &worker(), COUNTY).await.unwrap().total;
    assert_eq!((total.persons, total.health, total.dpf, total.both), (3, 3, 1, 1));
    assert_eq!(total.persons, total.health + total.dpf - total.both);
});

both!(nothing_is_taken_in_twice_and_changes_replace, |app| {
    take(app, "smd", "卫健局", &small()).await;
    let (_, again) = take(app, "smd", "卫健局", &small()).await;
    assert_eq!((again.new, again.linked, again.changed, again.unchanged), (0, 0, 0, 3));
    assert_eq!(rows(app, "SELECT COUNT(*) /* whole: a test counts */ FROM source_record").await[0].0, 3);
    let village = VILLAGE.to_string();
    let number = number("1980-02-03", 11);
    let changed = list(&[["王小明", &number, "", "", "13900000009", &village, "否"]]);
    let (id, summary) = take(app, "smd", "卫健局", &changed).await;
    assert_eq!((summary.changed, summary.new), (1, 0));
    assert_eq!(need::count(app, &worker(), COUNTY).await.unwrap().total.at_home, 1);
    take_back(app, id).await;
    assert_eq!(need::count(app, &worker(), COUNTY).await.unwrap().total.at_home, 2);
    assert!(need::recount(app).await.unwrap().is_empty());
});

both!(one_bad_row_stops_a_file_unless_the_user_keeps_the_good_ones, |app| {
    let village = VILLAGE.to_string();
    let numbers = [number("1980-02-03", 11), number("1990-05-06", 22)];
    let bad = list(&[
        ["王小明", &numbers[0], "", "", "", &village, ""],
        ["", "", "", "1990-02-30", "", "310115", ""],
        ["李秀英", &numbers[1], "", "", "", &village, ""],
    ]);
    let (id, summary) = send(app, "smd", "卫健局", &bad).await;
    assert_eq!((summary.invalid, summary.new), (1, 2));
    assert_eq!(summary.faulty.len(), 1);
    assert_eq!(summary.faulty[0].row, 3);
    assert!(summary.faulty[0].troubles.len() >= 3, "all that is wrong: {:?}", summary.faulty[0].troubles);
    let version = import::get(app, &worker(), id).await.unwrap().version;
    let refused = import::apply(app, &worker(), id, version, Keep::default()).await.unwrap_err();
    assert!(matches!(refused, Error::Refused(r) if r.code == "bad_rows"));
    assert_eq!(persons(app).await, 0);
    let keep = Keep { valid: true, unverified: false };
    import::apply(app, &worker(), id, version, keep).await.unwrap();
    assert_eq!(persons(app).await, 2);
});

both!(a_mistyped_number_waits_for_the_users_word, |app| {
    let village = VILLAGE.to_string();
    let mut mistyped = number("1980-02-03", 11);
    mistyped.replace_range(16..17, "7");
    let bytes = list(&[["王小明", &mistyped, "男", "1980-02-03", "", &village, ""]]);
    let (id, summary) = send(app, "smd", "卫健局", &bytes).await;
    assert_eq!((summary.unverified, summary.invalid), (1, 0));
    let version = import::get(app, &worker(), id).await.unwrap().version;
    assert!(import::apply(app, &worker(), id, version, Keep::default()).await.is_err());
    let keep = Keep { valid: false, unverified: true };
    import::apply(app, &worker(), id, version, keep).await.unwrap();
    assert_eq!(persons(app).await, 1);
    assert_eq!(rows(app, "SELECT COUNT(*) FROM claim WHERE kind = 'identity_number'").await[0].0, 0);
});

both!(doubles_in_a_file_are_told_apart, |app| {
    let village = VILLAGE.to_string();
    let number = number("1980-02-03", 11);
    let row = ["王小明", &number, "", "", "13900000001", &village, ""];
    let other = ["王晓明", &number, "", "", "13900000001", &village, ""];
    let (_, summary) = take(app, "smd", "卫健局", &list(&[row, row, other])).await;
    assert_eq!((summary.new, summary.doubles, summary.invalid), (1, 1, 1));
    assert_eq!(summary.findings["number:repeated"], 1);
});

both!(every_encoding_and_order_of_columns_gives_the_same_register, |app| {
    let number = number("1980-02-03", 11).to_lowercase();
    let text = format!("现住址区划代码;备注;患者姓名;公民身份号码\n{VILLAGE};x;王小明;{number}\n");
    let gb = encoding_rs::GB18030.encode(&text).0.into_owned();
    let marked = [b"\xef\xbb\xbf".as_slice(), text.as_bytes()].concat();
    let (_, first) = take(app, "smd", "卫健局", &gb).await;
    assert_eq!(first.new, 1);
    let (_, second) = take(app, "smd", "卫健局", &marked).await;
    assert_eq!(second.unchanged, 1);
});

both!(a_spreadsheet_with_a_title_merged_cells_and_days_is_read, |app| {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    let plain = rust_xlsxwriter::Format::new();
    let day = rust_xlsxwriter::Format::new().set_num_format("yyyy-mm-dd");
    sheet.merge_range(0, 0, 0, 4, "示例县患者名册", &plain).unwrap();
    for (column, heading) in (0..).zip(["姓名", "性别", "出生日期", "区划代码", "联系电话"]) {
        sheet.write_string(1, column, heading).unwrap();
    }
    sheet.merge_range(2, 3, 3, 3, &VILLAGE.to_string(), &plain).unwrap();
    for (row, name) in [(2, "王小明"), (3, "李秀英")] {
        sheet.write_string(row, 0, name).unwrap();
        sheet.write_string(row, 1, "女").unwrap();
        sheet.write_number_with_format(row, 2, 29_254.0, &day).unwrap();
        sheet.write_number(row, 4, 13_900_000_001.0 + f64::from(row)).unwrap();
    }
    let bytes = book.save_to_buffer().unwrap();
    // The name of the file says something else than its content.
    let new = NewImport { kind: "smd", sender: "卫健局", file_name: "名单.csv" };
    let id = import::stage(app, &worker(), &new, &bytes).await.unwrap();
    let summary = import::check(app, &worker(), id).await.unwrap();
    assert_eq!((summary.rows, summary.new, summary.invalid), (2, 2, 0), "{:?}", summary.faulty);
    let version = import::get(app, &worker(), id).await.unwrap().version;
    import::apply(app, &worker(), id, version, Keep::default()).await.unwrap();
    let found = person::search::search(app, &worker(), "李秀英", None).await.unwrap().persons;
    assert_eq!(found[0].born_on, Some(jiff::civil::date(1980, 2, 3)));
    assert_eq!(found[0].division, VILLAGE);
});

both!(what_is_no_list_or_lacks_columns_is_refused_with_its_reason, |app| {
    let try_it = async |bytes: &[u8]| {
        let new = NewImport { kind: "smd", sender: "卫健局", file_name: "名单.csv" };
        match import::stage(app, &worker(), &new, bytes).await {
            Err(Error::Invalid(problems)) => problems[0].code.clone(),
            Ok(id) => match import::check(app, &worker(), id).await {
                Err(Error::Invalid(problems)) => problems[0].code.clone(),
                other => {
                    let failed = import::get(app, &worker(), id).await.unwrap();
                    let missing = other.unwrap().heading.map(|h| h.missing.join(" ")).unwrap_or_default();
                    format!("{} {missing}", failed.failure.unwrap_or_default())
                }
            },
            Err(other) => panic!("{other}"),
        }
    };
    assert_eq!(try_it(b"%PDF-1.4").await, "file.pdf");
    assert_eq!(try_it(b"PK\x03\x04zip of something else").await, "file.no_spreadsheet");
    assert_eq!(try_it(b"").await, "file.empty");
    assert_eq!(try_it("姓名,住址\n张三,某处\n".as_bytes()).await, "columns_missing sex born_on division");
    assert_eq!(try_it("完全,无关\n1,2\n".as_bytes()).await, "columns_missing name sex born_on division");
    assert_eq!(try_it("姓名,身份证号,区划代码\n".as_bytes()).await, "no_rows ");
});

both!(a_list_that_comes_in_pieces_is_whole_or_absent, |app| {
    let new = NewImport { kind: "smd", sender: "卫健局", file_name: "名单.csv" };
    let parts = async || -> (i64, i64) {
        let count = async |table: &str| {
            let sql = format!("SELECT COUNT(*) FROM {table} /* whole: a test's own */");
            app.db.opt::<(i64,)>(&sql, p![]).await.unwrap().unwrap().0
        };
        (count("import").await, count("import_part").await)
    };
    let row = format!("王小明,{},{VILLAGE}\n", number("1980-02-03", 11));
    let head = "姓名,身份证号,区划代码\n";
    // More than a piece, in steps that fit neither pieces nor characters.
    let text = head.to_owned() + &row.repeat(1 + (1 << 20) / row.len());
    let mut receiving = Receiving::begin(app, &worker(), &new).await.unwrap();
    for some in text.as_bytes().chunks(100_003) {
        receiving = receiving.add(some).await.unwrap();
    }
    assert_eq!(parts().await, (1, 1), "whole pieces are on disk, the rest is not yet");
    let id = receiving.end(&worker()).await.unwrap();
    assert_eq!(parts().await, (1, 2));
    let stored = import::get(app, &worker(), id).await.unwrap();
    assert_eq!((stored.state.as_str(), stored.size), ("staged", i64::try_from(text.len()).unwrap()));
    let summary = import::check(app, &worker(), id).await.unwrap();
    assert_eq!(summary.rows, u64::try_from(text.lines().count() - 1).unwrap());

    // Broken off by its sender; nobody can check what has not come.
    let receiving = Receiving::begin(app, &worker(), &new).await.unwrap();
    let receiving = receiving.add(text.as_bytes()).await.unwrap();
    assert_eq!(parts().await, (2, 3));
    let open = import::list(app, &worker(), None).await.unwrap();
    assert_eq!(open[0].state, "receiving");
    let early = import::check(app, &worker(), open[0].id).await;
    assert!(matches!(early, Err(Error::Refused(_))), "{early:?}");
    receiving.give_up().await.unwrap();
    assert_eq!(parts().await, (1, 2));

    // The line was cut, or the server: it is forgotten after half a day, and what came whole is not.
    let receiving = Receiving::begin(app, &worker(), &new).await.unwrap();
    let receiving = receiving.add(text.as_bytes()).await.unwrap();
    drop(receiving);
    for (hours, forgotten) in [(11, 0), (13, 1), (14, 0)] {
        let later = app.at(app.now() + jiff::SignedDuration::from_hours(hours));
        assert_eq!(import::forget_unfinished(&later).await.unwrap(), forgotten, "{hours}");
    }
    assert_eq!(parts().await, (1, 2));

    // No list: told when its first piece is there, and nothing of it is kept.
    let receiving = Receiving::begin(app, &worker(), &new).await.unwrap();
    let refused = receiving.add(&[b"%PDF-1.4".as_slice(), text.as_bytes()].concat()).await;
    assert!(matches!(refused, Err(Error::Invalid(problems)) if problems[0].code == "file.pdf"));
    assert_eq!(parts().await, (1, 2));
});

both!(a_column_chosen_by_hand_is_remembered_of_the_sender, |app| {
    let number = number("1980-02-03", 11);
    let text = format!("称呼,身份证号,区划代码\n王小明,{number},{VILLAGE}\n");
    let (id, summary) = send(app, "smd", "卫健局", text.as_bytes()).await;
    assert_eq!(summary.heading.unwrap().missing, ["name"]);
    let mapping = rules::import::Mapping::from([("称呼".to_owned(), "name".to_owned())]);
    let version = import::get(app, &worker(), id).await.unwrap().version;
    import::map(app, &worker(), id, version, &mapping).await.unwrap();
    assert_eq!(import::check(app, &worker(), id).await.unwrap().new, 1);
    let stale = import::map(app, &worker(), id, version, &mapping).await.unwrap_err();
    assert!(matches!(stale, Error::Changed { .. }));
    let (_, next) = send(app, "smd", "卫健局", text.as_bytes()).await;
    assert_eq!(next.new, 1, "the next list of the sender needs no choice");
    let (_, other) = send(app, "smd", "别的局", text.as_bytes()).await;
    assert_eq!(other.new, 0);
});

both!(the_check_foretells_who_joins_and_which_pairs_will_be_raised, |app| {
    take(app, "smd", "卫健局", &small()).await;
    let village = VILLAGE.to_string();
    // The first joins by its number; the second resembles 李秀英, the last two resemble each other.
    let known = number("1980-02-03", 11);
    let other = csv(&[
        &["姓名", "身份证号", "性别", "出生日期", "区划代码", "联系电话"],
        &["王小明", &known, "", "", &village, "13900000001"],
        &["李秀瑛", "", "女", "1990-05-06", &village, "13900000002"],
        &["司徒小明", "", "男", "1966-01-02", &village, "13900000007"],
        &["司徒晓明", "", "男", "1966-01-02", &village, "13900000007"],
    ]);
    let (id, foretold) = send(app, "smd", "医院", &other).await;
    assert_eq!((foretold.linked, foretold.new, foretold.pairs), (1, 3, 2));
    assert!(
        app::link::queue(app, &worker(), "open", None).await.unwrap().is_empty(),
        "a check changes nothing"
    );
    let version = import::get(app, &worker(), id).await.unwrap().version;
    let done = import::apply(app, &worker(), id, version, Keep::default()).await.unwrap();
    assert_eq!((done.linked, done.new, done.pairs), (1, 3, 2));
    assert_eq!(app::link::queue(app, &worker(), "open", None).await.unwrap().len(), 2);
});

both!(divisions_are_read_by_name_within_the_senders_county, |app| {
    let numbers = [number("1980-02-03", 11), number("1990-05-06", 22), number("1970-07-08", 33)];
    let rows = csv(&[
        &["姓名", "身份证号", "现住址区划代码"],
        &["王小明", &numbers[0], "上海市浦东新区金桥镇佳虹居委会"],
        &["李秀英", &numbers[1], "金桥镇佳虹社区"],
        &["欧阳锋", &numbers[2], "无此村"],
    ]);
    let (id, summary) = take(app, "smd", "卫健局", &rows).await;
    assert_eq!((summary.new, summary.invalid), (2, 1), "{:?}", summary.faulty);
    assert_eq!(summary.findings["division:division.name_unknown"], 1);
    for name in ["王小明", "李秀英"] {
        let found = person::search::search(app, &worker(), name, None).await.unwrap().persons;
        assert_eq!(found[0].division, 310_115_120_004, "{name}");
    }
    let words = |code: &str, _: &[String]| code.to_owned();
    let report = import::report(app, &worker(), id, Layout::Csv, words).await.unwrap();
    let report = String::from_utf8(report).unwrap();
    assert!(report.lines().nth(3).unwrap().contains("division.name_unknown"), "{report}");
});

both!(an_import_is_taken_back_as_a_whole, |app| {
    take(app, "smd", "卫健局", &small()).await;
    let before = need::count(app, &worker(), COUNTY).await.unwrap();
    let numbers = [number("1980-02-03", 11), number("1999-09-09", 44)];
    let (certificates, village) = (numbers.map(|n| format!("{n}62")), VILLAGE.to_string());
    let dpf = csv(&[
        &["姓名", "残疾人证号", "区划代码"],
        &["王小明", &certificates[0], &village],
        &["赵新来", &certificates[1], &village],
    ]);
    let (id, _) = take(app, "dpf", "残联", &dpf).await;
    assert_eq!(persons(app).await, 4);
    take_back(app, id).await;
    assert_eq!(need::count(app, &worker(), COUNTY).await.unwrap(), before);
    assert!(need::recount(app).await.unwrap().is_empty());
    let gone = person::search::search(app, &worker(), "赵新来", None).await.unwrap();
    assert!(gone.persons.is_empty());
    assert_eq!(import::get(app, &worker(), id).await.unwrap().state, "undone");
    let (_, again) = take(app, "dpf", "残联", &dpf).await;
    assert_eq!((again.new, again.linked), (0, 2), "the number finds the person who had vanished");
    assert_eq!(persons(app).await, 4);
    assert!(need::recount(app).await.unwrap().is_empty());
});

both!(imports_taken_back_in_any_order_leave_what_the_others_said, |app| {
    let village = VILLAGE.to_string();
    let number = number("1980-02-03", 11);
    let said = |phone: &str| list(&[["王小明", &number, "", "", phone, &village, ""]]);
    let (_, first) = take(app, "smd", "卫健局", &said("13900000001")).await;
    assert_eq!(first.new, 1);
    let (second, _) = take(app, "smd", "卫健局", &said("13900000002")).await;
    let (third, _) = take(app, "smd", "卫健局", &said("13900000003")).await;
    take_back(app, second).await;
    let phone = async || {
        let found = person::search::search(app, &worker(), &number, None).await.unwrap().persons;
        person::reveal(app, &worker(), found[0].id, app::audit::Purpose::Referral).await.unwrap().phone
    };
    assert_eq!(phone().await.as_deref(), Some("13900000003"));
    take_back(app, third).await;
    assert_eq!(phone().await.as_deref(), Some("13900000001"));
});

/// What is taken back, once the server has noticed that the connection of whoever held it is gone.
async fn recovered(app: &App) -> Vec<Id> {
    for _ in 0..100 {
        let concerned = import::recover(app).await.unwrap();
        if !concerned.is_empty() {
            return concerned;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Vec::new()
}

both!(a_run_that_was_cut_off_is_absent_after_the_next_start, |app| {
    let village = VILLAGE.to_string();
    let mut text = "姓名,身份证号,区划代码\n".to_owned();
    for i in 0..30_000_u32 {
        let born = format!("{}-{:02}-{:02}", 1950 + i % 50, 1 + i % 12, 1 + i % 28);
        text.push_str(&format!(
            "张三{},{},{village}\n",
            ["甲", "乙", "丙"][(i % 3) as usize],
            number(&born, 1 + (i / 8_400))
        ));
    }
    let (id, summary) = send(app, "smd", "卫健局", text.as_bytes()).await;
    assert!(summary.new > 4_000, "{summary:?}");
    let version = import::get(app, &worker(), id).await.unwrap().version;
    let running = app.app.clone();
    let task = tokio::spawn(async move {
        let keep = Keep { valid: true, unverified: false };
        import::apply(&running, &worker(), id, version, keep).await
    });
    // The process is killed when some rows are in: nothing of it runs on.
    let restarted = app.reopen().await;
    loop {
        let now = import::get(app, &worker(), id).await.unwrap();
        if now.rows_done > 0 || now.state == "done" {
            assert_eq!(now.state, "running");
            break;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(import::recover(&restarted).await.unwrap(), [], "whoever starts meanwhile leaves it alone");
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    assert!(persons(app).await > 0);
    assert_eq!(recovered(&restarted).await, [id]);
    assert_eq!(persons(&restarted).await, 0);
    assert!(need::recount(&restarted).await.unwrap().is_empty());
    let after = import::get(&restarted, &worker(), id).await.unwrap();
    assert_eq!((after.state.as_str(), after.failure.as_deref()), ("failed", Some("cut_off")));
    assert!(import::recover(&restarted).await.unwrap().is_empty());
});

both!(the_report_is_the_file_with_two_columns_more, |app| {
    let village = VILLAGE.to_string();
    let number = number("1980-02-03", 11);
    let bytes = list(&[
        ["王小明", &number, "", "", "", &village, ""],
        ["=cmd|' /C calc'!A0", "", "男", "1990-02-30", "", &village, ""],
    ]);
    let (id, _) = take(app, "smd", "卫健局", &bytes).await;
    let words = |code: &str, _: &[String]| code.to_owned();
    let text = import::report(app, &worker(), id, Layout::Csv, words).await.unwrap();
    let text = String::from_utf8(text).unwrap();
    let lines: Vec<&str> = text.trim_start_matches('\u{feff}').lines().collect();
    assert!(lines[0].ends_with("result.heading,remedy.heading"), "{}", lines[0]);
    assert!(lines[1].contains("result.new"), "{}", lines[1]);
    assert!(lines[2].starts_with("'=cmd"), "{}", lines[2]);
    assert!(lines[2].contains("result.invalid") && lines[2].contains("problem.date.form"), "{}", lines[2]);
    let sheet = import::report(app, &worker(), id, Layout::Xlsx, words).await.unwrap();
    assert!(sheet.starts_with(b"PK"));
    let (_, again) = send(app, "smd", "卫健局", text.as_bytes()).await;
    assert_eq!((again.unchanged, again.invalid), (1, 1), "a corrected report can be sent in again");
});

both!(the_template_can_be_sent_in, |app| {
    for kind in ["smd", "dpf"] {
        let template = import::template(rules::import::kind(kind).unwrap(), kind == "smd", "示例").unwrap();
        let (_, summary) = send(app, kind, "卫健局", &template).await;
        assert_eq!((summary.rows, summary.invalid), (1, 0), "{:?}", summary.faulty);
    }
});

both!(each_department_sends_its_own_list_only, |app| {
    let new = |kind| NewImport { kind, sender: "某局", file_name: "x.csv" };
    for (role, smd, dpf, library) in [
        (Role::HealthOfficer, true, false, false),
        (Role::DpfOfficer, false, true, false),
        (Role::CivilAffairsOfficer, true, true, true),
        (Role::ReferralWorker, true, true, false),
        (Role::Committee, false, false, false),
        (Role::Administrator, false, false, false),
    ] {
        for (kind, allowed) in [("smd", smd), ("dpf", dpf), ("institution", library), ("talent", library)] {
            let sent = import::stage(app, &somebody(role), &new(kind), b"a,b\n").await;
            assert_eq!(sent.is_ok(), allowed, "{role:?} {kind}");
        }
    }
    let (id, _) = send(app, "smd", "卫健局", &small()).await;
    assert!(matches!(import::get(app, &somebody(Role::DpfOfficer), id).await, Err(Error::NotFound)));
});

both!(nothing_in_the_database_shows_a_number_a_phone_or_an_address, |app| {
    let village = VILLAGE.to_string();
    let number = number("1980-02-03", 11);
    let bytes = csv(&[
        &["姓名", "身份证号", "区划代码", "联系电话", "现住址", "监护人姓名", "监护人电话"],
        &["王小明", &number, &village, "13912345678", "示例路一百号", "王监护", "13987654321"],
    ]);
    take(app, "smd", "卫健局", &bytes).await;
    for table in ["person", "source_record", "claim", "person_key", "import", "import_part", "link_event"] {
        let cast = if app.db.is_postgres() {
            format!("SELECT CAST(t.* AS text) FROM {table} t")
        } else {
            String::new()
        };
        if cast.is_empty() {
            continue;
        }
        let all: Vec<(String,)> = app.db.all(&cast, Vec::<db::Value>::new()).await.unwrap();
        for (row,) in all {
            for secret in [number.as_str(), "13912345678", "示例路一百号", "王监护", "13987654321"] {
                let hex: String = secret.bytes().map(|b| format!("{b:02x}")).collect();
                assert!(!row.contains(secret) && !row.contains(&hex), "{table}: {row}");
            }
        }
    }
});
