//! `xinqiao synth --direct` from the outside: a whole country in a database, such as the program itself would have written.

use crate::engine::Place;
use app::{
    App, account,
    db::Db,
    doctor,
    id::Id,
    need, p,
    person::search,
    referral::{self, Look},
    scope::Scope,
    seal::Keys,
};
use serde_json::Value;
use std::{
    path::Path,
    process::{Command, Output},
};

const PEOPLE: &str = "3000";

fn synth(address: &str, keys: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xinqiao"));
    command.args([
        "synth",
        "--people",
        PEOPLE,
        "--seed",
        "5",
        "--until",
        "2026-03-31",
        "--json",
        "--direct",
        address,
    ]);
    command.arg("--keys").arg(keys).output().unwrap()
}

/// A country, its accounts and its figures.
struct Nation {
    app: App,
    place: Place,
    folder: tempfile::TempDir,
    accounts: Vec<Value>,
    figures: Value,
}

impl Nation {
    async fn on_sqlite() -> Nation {
        Nation::fill(Place::on_sqlite(), tempfile::tempdir().unwrap()).await
    }

    async fn on_postgres() -> Option<Nation> {
        Some(Nation::fill(Place::on_postgres().await?, tempfile::tempdir().unwrap()).await)
    }

    async fn fill(place: Place, folder: tempfile::TempDir) -> Nation {
        let keys = folder.path().join("keys");
        let done = synth(&place.address, &keys);
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let lines = String::from_utf8(done.stdout).unwrap();
        let mut accounts: Vec<Value> =
            lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let figures = accounts.pop().unwrap();
        let app =
            App::new(Db::open(&place.address).await.unwrap(), Keys::open(&keys).unwrap()).await.unwrap();
        Nation { app, place, folder, accounts, figures }
    }

    async fn scope(&self, begins: &str) -> Scope {
        let found = |a: &&Value| a["username"].as_str().unwrap().starts_with(begins);
        let token = self.accounts.iter().find(found).unwrap()["api_token"].as_str().unwrap().to_owned();
        account::of_token(&self.app, &token).await.unwrap().scope().unwrap()
    }

    async fn end(self) {
        drop(self.app);
        self.place.end().await;
    }
}

/// What is the same each time, whatever nonces seal it.
async fn plain(app: &App) -> Vec<String> {
    let mut out = Vec::new();
    for sql in [
        "SELECT id, name FROM person /* whole: all are compared */ ORDER BY home, id",
        "SELECT id, sender FROM source_record /* whole: all are compared */ ORDER BY home, id",
        "SELECT id, state FROM referral /* whole: all are compared */ ORDER BY home, id",
        "SELECT id, kind FROM message /* whole: all are compared */ ORDER BY home, id",
        "SELECT id, kind FROM task /* whole: all are compared */ ORDER BY home, id",
        "SELECT id, code FROM form_entry /* whole: all are compared */ ORDER BY home, id",
        "SELECT id, fact FROM need_fact /* whole: all are compared */ ORDER BY home, id",
        "SELECT id, name FROM organisation WHERE kind <> 'platform' AND kind <> 'supervision' AND division % 10000000000 <> 0
         ORDER BY id",
        "SELECT id, username FROM account WHERE division % 10000000000 <> 0 ORDER BY id",
    ] {
        let rows: Vec<(Id, String)> = app.db.all(sql, p![]).await.unwrap();
        assert!(!rows.is_empty(), "{sql}");
        out.extend(rows.into_iter().map(|(id, text)| format!("{id} {text}")));
    }
    let sql = "SELECT referral_id, digest FROM referral_event /* whole: all are compared */ ORDER BY home, referral_id, sequence";
    let rows: Vec<(Id, Vec<u8>)> = app.db.all(sql, p![]).await.unwrap();
    out.extend(rows.into_iter().map(|(id, digest)| format!("{id} {digest:?}")));
    out
}

async fn schema(app: &App) -> Vec<String> {
    let sql = if app.db.is_postgres() {
        "SELECT conrelid::regclass::text || conname || pg_get_constraintdef(oid) FROM pg_constraint
         WHERE connamespace = 'public'::regnamespace
         UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"
    } else {
        "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY tbl_name, type, name"
    };
    app.db.all::<(String,)>(sql, p![]).await.unwrap().into_iter().map(|(text,)| text).collect()
}

async fn is_as_the_program_would_have_written_it(nation: &Nation) {
    let app = &nation.app;
    assert_eq!(nation.figures["people"], 3000);
    assert_eq!(nation.figures["counties"], 31);
    let cases = nation.figures["cases"].as_u64().unwrap();
    assert!((400..900).contains(&cases), "{cases} cases");
    assert_eq!(need::recount(app).await.unwrap(), []);
    let replay = doctor::replay(app, u64::MAX).await.unwrap();
    assert!(replay.cases >= cases && replay.events > 8 * cases, "{replay:?}");
    assert!(replay.wrong.is_empty(), "{} of {} do not replay", replay.wrong.len(), replay.cases);
    assert_eq!((replay.columns, replay.rates), (vec![], Some(vec![])));
    assert_eq!(doctor::places(app).await.unwrap(), []);
    assert_eq!(doctor::sums(app).await.unwrap(), []);
    assert_eq!(doctor::references(app).await.unwrap(), []);
    assert_eq!(doctor::keys_open(app).await.unwrap(), Some(true));
    let report = app::audit::verify(&app.db, Some(&app.keys), None).await.unwrap();
    assert!(report.findings.is_empty(), "{report:?}");
    let sql = "SELECT DISTINCT state FROM referral /* whole: all states */";
    let states: Vec<(String,)> = app.db.all(sql, p![]).await.unwrap();
    assert!(states.len() >= 15, "{states:?}");
    let provinces = need::count(app, &nation.scope("nation.supervisor").await, 0).await.unwrap();
    assert_eq!((provinces.parts.len(), provinces.total.persons), (31, 3000));
}

async fn has_its_indexes_and_references(nation: &Nation) {
    let other =
        if nation.app.db.is_postgres() { Place::on_postgres().await.unwrap() } else { Place::on_sqlite() };
    let keys = Keys::open(&nation.folder.path().join("other")).unwrap();
    let fresh = App::new(Db::open(&other.address).await.unwrap(), keys).await.unwrap();
    assert_eq!(schema(&nation.app).await, schema(&fresh).await);
    drop(fresh);
    other.end().await;
}

async fn has_persons_who_are_found_and_full_work_lists(nation: &Nation) {
    let (app, worker) = (&nation.app, nation.scope("referral.").await);
    let list = referral::work_list(app, &worker, &Look::default()).await.unwrap();
    assert!(!list.rows.is_empty());
    let sql =
        "SELECT id, number FROM person WHERE division >= $1 AND division <= $2 ORDER BY division, id LIMIT 3";
    let args = p![worker.area.from, worker.area.to];
    let persons: Vec<(Id, Vec<u8>)> = app.db.all(sql, args).await.unwrap();
    assert_eq!(persons.len(), 3);
    for (id, sealed) in persons {
        let number = app.keys.unseal(&sealed).unwrap();
        let found = search::by_number(app, &worker, &number).await.unwrap().unwrap();
        assert_eq!(found.id, id);
        let initials: String = rules::name::initials(&found.name);
        for words in [found.name.as_str(), &number[14..], &initials] {
            let mut after = None;
            let seen = loop {
                let page = search::search(app, &worker, words, after.as_deref()).await.unwrap();
                if page.persons.iter().any(|person| person.id == id) {
                    break true;
                }
                after = page.next;
                if after.is_none() {
                    break false;
                }
            };
            assert!(seen, "{words}");
        }
    }
}

async fn is_what_its_seed_makes_in_an_empty_database(nation: &Nation) {
    let again = synth(&nation.place.address, &nation.folder.path().join("keys"));
    assert!(!again.status.success());
    assert!(String::from_utf8_lossy(&again.stderr).contains("holds data already"));
    let other =
        if nation.app.db.is_postgres() { Place::on_postgres().await.unwrap() } else { Place::on_sqlite() };
    let keys = nation.folder.path().join("keys");
    let done = synth(&other.address, &keys);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let twin = App::new(Db::open(&other.address).await.unwrap(), Keys::open(&keys).unwrap()).await.unwrap();
    let (one, two) = (plain(&nation.app).await, plain(&twin).await);
    assert_eq!(one.len(), two.len());
    let differing = one.iter().zip(&two).find(|(one, two)| one != two);
    assert!(differing.is_none(), "{differing:?}");
    drop(twin);
    other.end().await;
}

// Filled once for all of it: the filling takes longer than what is looked at.
on_both!(a_country_is_as_the_program_would_have_written_it, Nation, |nation| {
    is_as_the_program_would_have_written_it(nation).await;
    has_its_indexes_and_references(nation).await;
    has_persons_who_are_found_and_full_work_lists(nation).await;
    is_what_its_seed_makes_in_an_empty_database(nation).await;
});
