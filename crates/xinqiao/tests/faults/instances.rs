//! Several servers share one database, and some are killed in the middle: what is due is done once, and one of them takes
//! the backup. `cargo xtask faults jobs` kills more of them.

use crate::{
    asked,
    engine::{Place, Settled},
    installation::{Installation, Server},
    on_both,
};
use app::{db::Db, p};
use jiff::ToSpan;
use std::{process::Child, time::Duration};

const SERVERS: usize = 4;

/// A country in which nobody did anything for two months: much is due.
struct Neglected {
    place: Installation,
    /// The same country, for one server alone.
    twin: Installation,
}

impl Neglected {
    fn on_sqlite() -> std::future::Ready<Neglected> {
        std::future::ready(Neglected::fill(Place::on_sqlite(), Place::on_sqlite()))
    }

    async fn on_postgres() -> Option<Neglected> {
        Some(Neglected::fill(Place::on_postgres().await?, Place::on_postgres().await?))
    }

    fn fill(place: Place, twin: Place) -> Neglected {
        let (place, twin) = (Installation::bare(place), Installation::bare(twin));
        let until =
            rules::clock::china_date(jiff::Timestamp::now()).checked_sub(60.days()).unwrap().to_string();
        let fill = |own: &Installation| {
            let keys = own.keys().display().to_string();
            let people = if asked("XINQIAO_TEST_KILLS").is_some() { "6000" } else { "1000" };
            let nation = ["synth", "--people", people, "--seed", "5", "--until", &until, "--keys", &keys];
            own.run(&[&nation[..], &["--direct", own.address()]].concat(), "");
        };
        fill(&place);
        std::fs::copy(place.keys(), twin.keys()).unwrap();
        fill(&twin);
        Neglected { place, twin }
    }

    async fn end(self) {
        self.place.end().await;
        self.twin.end().await;
    }
}

/// Cases whose time is up and of which nobody was told.
async fn due(db: &Db) -> i64 {
    let sql = "SELECT COUNT(*) /* whole: a test counts */ FROM referral
        WHERE due_at <= $1 AND told_overdue_at IS NULL AND NOT frozen";
    db.opt::<(i64,)>(sql, p![jiff::Timestamp::now()]).await.unwrap().unwrap().0
}

/// Starts servers until nothing is due. So many of them are killed on the way, each as soon as a part of the rest is done.
async fn catch_up(place: &Installation, servers: usize, kills: usize) -> usize {
    let db = place.db().await;
    let all = due(&db).await;
    let (mut running, mut killed): (Vec<Child>, _) = ((0..servers).map(|_| place.spawn()).collect(), 0);
    until_none(&db, async |left| {
        let done = usize::try_from(all - left).unwrap();
        if killed < kills && done * (kills + 1) > (killed + 1) * usize::try_from(all).unwrap() {
            // Not the one that just started: it has nothing in hand.
            kill(&mut running.remove(0));
            running.push(place.spawn());
            killed += 1;
        }
    })
    .await;
    running.iter_mut().for_each(kill);
    // What was done made further steps due: one turn more, which finds all of them.
    let last = place.start();
    until_none(&db, async |_| ()).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    drop(last);
    killed
}

fn kill(server: &mut Child) {
    server.kill().unwrap();
    server.wait().unwrap();
}

async fn until_none(db: &Db, mut meanwhile: impl AsyncFnMut(i64)) {
    for _ in 0..100_000 {
        let left = due(db).await;
        if left == 0 {
            return;
        }
        meanwhile(left).await;
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("{} are due still", due(db).await);
}

/// What became of every case, and who was told of it, as one line each.
async fn came_of(db: &Db) -> Vec<String> {
    let mut out = Vec::new();
    for sql in [
        "SELECT 'event ' || name || ' ' || to_state, referral_id, CAST(COUNT(*) AS bigint) FROM referral_event /* whole: a test compares */
         GROUP BY name, to_state, referral_id",
        "SELECT 'message ' || kind || ' ' || to_party, referral_id, CAST(COUNT(*) AS bigint) FROM message /* whole: a test compares */
         GROUP BY kind, to_party, referral_id",
        "SELECT 'task ' || kind || ' ' || to_party, referral_id, CAST(COUNT(*) AS bigint) FROM task /* whole: a test compares */
         GROUP BY kind, to_party, referral_id",
        "SELECT 'state ' || state, id, CAST(1 AS bigint) FROM referral /* whole: a test compares */",
    ] {
        let rows: Vec<(String, app::id::Id, i64)> = db.all(sql, p![]).await.unwrap();
        out.extend(rows.into_iter().map(|(what, case, times)| format!("{case} {what} {times}")));
    }
    out.sort();
    out
}

on_both!(what_is_due_is_done_once_by_servers_that_are_killed, Neglected, |country| {
    let (place, twin) = (&country.place, &country.twin);
    let before = came_of(&place.db().await).await;
    assert_eq!(before, came_of(&twin.db().await).await, "one seed makes one country");
    let all = due(&place.db().await).await;
    assert!(all > 20, "{all} are due");
    let killed = catch_up(place, SERVERS, asked("XINQIAO_TEST_KILLS").unwrap_or(3)).await;
    catch_up(twin, 1, 0).await;
    let (fought, alone) = (came_of(&place.db().await).await, came_of(&twin.db().await).await);
    let lines = |a: &[String], b: &[String]| -> Vec<String> {
        a.iter().filter(|line| b.binary_search(line).is_err()).cloned().collect()
    };
    let (more, less) = (lines(&fought, &alone), lines(&alone, &fought));
    assert!(more.is_empty() && less.is_empty(), "only by several: {more:?}; only by one: {less:?}");
    place.examined();
    let done = lines(&fought, &before).len();
    println!(
        "{all} cases were due; {SERVERS} servers, {killed} of them killed: {done} lines as one server alone makes them"
    );
});

on_both!(one_of_several_servers_takes_the_backup, Installation, |place| {
    let folder = place.folder().join("backups");
    let to = folder.display().to_string();
    let backup = ["--backup-to", to.as_str(), "--backup-every", "24h"];
    let servers: Vec<Server> = (0..SERVERS).map(|_| place.start_with(&backup)).collect();
    let noted = "SELECT COUNT(*) /* whole: a test counts */ FROM audit WHERE action = 'backup'";
    for _ in 0..600 {
        if place.count(noted).await > 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    // Long enough for a second one to begin.
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(place.count(noted).await, 1);
    let names: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| app::backup::taken(name).is_some())
        .collect();
    assert_eq!(names.len(), 1, "{names:?}");
    drop(servers);
});
