//! A list is whole or absent after the server was killed while it was taken in or taken back.

use crate::{
    engine::Settled,
    installation::{Installation, Server, Site},
    load::{VILLAGE, identity_number},
    on_both,
};
use serde_json::{Value, json};
use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

/// A list of invented patients.
fn list(rows: u32) -> String {
    let characters: Vec<char> = "安宝春丹恩芳刚海吉凯兰梅宁鹏琴荣山涛文香阳珍志".chars().collect();
    let mut text = "姓名,身份证号,区划代码\n".to_owned();
    for row in 0..rows {
        let born = format!("{}{:02}{:02}", 1950 + row % 50, 1 + row % 12, 1 + row % 28);
        let (first, second) = (characters[row as usize % 23], characters[row as usize / 23 % 23]);
        let number = identity_number(&born, 1 + row / 2_100);
        text.push_str(&format!("测{first}{second},{number},{VILLAGE}\n"));
    }
    text
}

/// Sends a list in and has it checked; returns it as it then stands.
async fn staged(site: &Site, token: &str, rows: u32) -> Value {
    let path = "/imports?kind=smd&sender=%E6%B5%8B%E8%AF%95&file_name=list.csv";
    let sending = site.request(token, reqwest::Method::POST, path).body(list(rows));
    let import: Value = sending.send().await.unwrap().json().await.unwrap();
    // Of a list that was taken back the numbers are known, and their persons come back under them.
    let taken = |what: &str| import["summary"][what].as_u64().unwrap();
    assert_eq!(taken("new") + taken("linked"), u64::from(rows), "{import}");
    import
}

/// Gives an order on an import and kills the server at a moment of the work, or when all is done.
async fn killed_at(mut server: Server, token: &str, path: &str, command: &str, moment: &Moment<'_>) {
    let site = server.site.clone();
    let order = json!({ "version": site.get(token, path).await["version"] });
    let done = AtomicBool::new(false);
    let work = async {
        site.post(token, &format!("{path}/{command}"), command, &order).await;
        done.store(true, Ordering::SeqCst);
    };
    let end = async {
        while !moment(&site.get(token, path).await) && !done.load(Ordering::SeqCst) {
            tokio::task::yield_now().await;
        }
        server.child.kill().unwrap();
    };
    tokio::join!(work, end);
}

/// On a busy machine the work may be done before its moment is seen: then nothing was cut off, and the list is taken
/// back in an orderly way before it comes again.
async fn take_back(site: &Site, token: &str, path: &str) {
    if path.is_empty() {
        return;
    }
    let import = site.get(token, path).await;
    if import["state"] == "done" {
        site.post(token, &format!("{path}/undo"), "orderly", &json!({ "version": import["version"] })).await;
    }
}

/// An import once nobody works on it. PostgreSQL may notice late that the connection of who was killed is gone; then the
/// next turn of the clock takes the import up.
async fn settled(site: &Site, token: &str, path: &str) -> Value {
    for _ in 0..600 {
        let import = site.get(token, path).await;
        if !["running", "linking", "undoing"].contains(&import["state"].as_str().unwrap()) {
            return import;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{path}: nobody took it up");
}

type Moment<'a> = dyn Fn(&Value) -> bool + 'a;
const ROWS: u32 = 8_000;

on_both!(an_import_is_whole_or_absent_after_the_server_was_killed, Installation, |place| {
    let token = &place.tokens["worker"];
    let rows_in = |rows: u32| move |now: &Value| now["rows_done"].as_u64().unwrap() >= u64::from(rows);
    let state = |state: &'static str| move |now: &Value| now["state"] == state;
    let mut path = String::new();
    for (command, moment) in [
        ("apply", &rows_in(1) as &Moment<'_>),
        ("apply", &rows_in(ROWS / 2)),
        ("apply", &state("linking")),
        ("undo", &state("undoing")),
    ] {
        let server = place.start();
        if command == "apply" {
            take_back(&server.site, token, &path).await;
            let import = staged(&server.site, token, ROWS).await;
            path = format!("/imports/{}", import["id"].as_str().unwrap());
        }
        killed_at(server, token, &path, command, moment).await;
        let after = settled(&place.start().site, token, &path).await;
        let expected = match (after["state"].as_str().unwrap(), after["failure"].as_str()) {
            ("failed", Some("cut_off")) | ("undone", None) => 0,
            ("done", None) => i64::from(ROWS),
            _ => panic!("neither whole nor absent: {after}"),
        };
        let found = place
            .count("SELECT COUNT(*) /* whole: a test counts */ FROM source_record WHERE ended_at IS NULL")
            .await;
        assert_eq!(found, expected, "{command}: {after}");
        place.examined();
    }
});
