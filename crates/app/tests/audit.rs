//! The log's chains: what was written is verified, and whatever is altered is found and named.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use crate::common;

use app::{
    App, atomic,
    audit::{self, Checkpoint, Entry, Fault, Finding, Purpose, Report, Signer},
    digest::Algorithm,
    id::{Home, Id},
    p,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

fn noon() -> Timestamp {
    "2026-03-02T04:00:00.123456789Z".parse().unwrap()
}

/// A read of somebody in one of two homes of a place.
fn somebody_read(place: i64, n: i64) -> Entry {
    let home = Home::of_division(place, u128::from(n % 4 > 1));
    Entry::read(Purpose::Care, "person", Id::new(home, noon()))
}

/// Entries in two homes of Shanghai and of Beijing, changes between reads.
async fn fill(app: &App, entries: i64) {
    let scope = common::worker();
    for n in 0..entries {
        let place = if n % 3 == 0 { 110_101_001_001 } else { common::VILLAGE };
        let entry = Entry {
            detail: json!({"rows": n, "b": [1, 2], "a": {"z": 0, "y": "x"}}),
            ..somebody_read(place, n)
        };
        let at = noon() + SignedDuration::from_secs(n);
        if n % 2 == 0 {
            audit::record(&app.db, &scope, entry, at).await.unwrap();
        } else {
            let done: app::Result<()> = put(app, entry, at).await;
            done.unwrap();
        }
    }
}

async fn put(app: &App, entry: Entry, at: Timestamp) -> app::Result<()> {
    atomic!(app.db, tx => {
        audit::record_in(tx, &common::worker(), entry.clone(), at);
        Ok(())
    })
}

async fn verify(app: &App, kept: Option<&Checkpoint>) -> Report {
    audit::verify(&app.db, Some(&app.keys), kept).await.unwrap()
}

async fn expect_sound(app: &App, entries: u64) -> Report {
    let report = verify(app, None).await;
    assert_eq!(report.findings, []);
    assert_eq!(report.entries, entries);
    report
}

/// The only finding.
async fn finding(app: &App, kept: Option<&Checkpoint>) -> Finding {
    let report = verify(app, kept).await;
    assert_eq!(report.findings.len(), 1, "{report:?}");
    report.findings[0].clone()
}

/// A home with at least four entries, and its last number.
async fn busy_home(app: &App) -> (i64, i64) {
    let sql = "SELECT home, number FROM audit_head /* whole: a test looks */ WHERE home >= 0 ORDER BY number DESC LIMIT 1";
    let found: (i64, i64) = app.db.opt(sql, p![]).await.unwrap().unwrap();
    assert!(found.1 >= 4, "{found:?}");
    found
}

both!(what_was_written_is_verified, |app| {
    expect_sound(app, 0).await;
    fill(app, 60).await;
    let report = expect_sound(app, 60).await;
    assert!(report.homes > 1 && report.checkpoints == 0);
    assert!(audit::checkpoint(app).await.unwrap().is_some());
    fill(app, 10).await;
    audit::checkpoint(app).await.unwrap().unwrap();
    let report = expect_sound(app, 70).await;
    assert_eq!((report.checkpoints, report.signer), (2, Signer::KeyFile));
});

both!(many_at_once_on_two_instances_form_one_chain_for_each_home, |app| {
    let other = app.reopen().await;
    let tasks = (0..40_i64).map(|n| {
        let app = if n % 2 == 0 { app.app.clone() } else { other.clone() };
        tokio::spawn(async move {
            let at = noon() + SignedDuration::from_millis(n);
            audit::record(&app.db, &common::worker(), somebody_read(common::VILLAGE, n), at).await.unwrap();
            put(&app, somebody_read(common::VILLAGE, n), at).await.unwrap();
            // Whoever gives up leaves no gap.
            let mut tx = app.db.begin().await.unwrap();
            audit::record_in(&mut tx, &common::worker(), somebody_read(common::VILLAGE, n), at);
            drop(tx);
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    expect_sound(app, 80).await;
});

both!(each_change_is_found_and_named, |app| {
    fill(app, 80).await;
    let (home, last) = busy_home(app).await;
    let backup = "CREATE TABLE backup AS SELECT * FROM audit /* whole: a test copies */ WHERE home >= 0";
    app.db.batch(backup).await.unwrap();
    let (sql, other) = ("SELECT id, at FROM audit WHERE home = $1 AND number = $2", home + 100);
    let id_of =
        async |number: i64| -> (Id, Timestamp) { app.db.opt(sql, p![home, number]).await.unwrap().unwrap() };
    let (third, after) = (id_of(3).await, id_of(4).await);
    for (deed, expected, number, entry) in [
        ("UPDATE audit SET action = 'list' WHERE home = $1 AND number = 3", Fault::Altered, 3, Some(third)),
        ("UPDATE audit SET subject_id = NULL WHERE home = $1 AND number = 3", Fault::Altered, 3, Some(third)),
        ("DELETE FROM audit WHERE home = $1 AND number = 3", Fault::Removed, 3, Some(after)),
        ("DELETE FROM audit WHERE home = $1 AND number > 2 AND number < 4", Fault::Removed, 3, Some(after)),
    ] {
        app.db.run(deed, p![home]).await.unwrap();
        let found = finding(app, None).await;
        assert_eq!((found.fault, found.home, found.number), (expected, Some(home), number), "{deed}");
        assert_eq!(found.id.zip(found.at), entry, "{deed}");
        restore(app).await;
    }
    let swap = [
        "UPDATE audit SET number = -7 WHERE home = $1 AND number = 3",
        "UPDATE audit SET number = 3 WHERE home = $1 AND number = 4",
        "UPDATE audit SET number = 4 WHERE home = $1 AND number = -7",
    ];
    for deed in swap {
        app.db.run(deed, p![home]).await.unwrap();
    }
    let found = finding(app, None).await;
    assert_eq!(
        (found.fault, found.home, found.number, found.id),
        (Fault::Reordered, Some(home), 3, Some(after.0))
    );
    restore(app).await;
    for (deed, expected, number) in [
        ("UPDATE audit_head SET number = number - 1 WHERE home = $1", Fault::HeadAltered, last - 1),
        ("DELETE FROM audit_head WHERE home = $1", Fault::HeadRemoved, last),
        (
            "DELETE FROM audit WHERE home = $1 AND number = (SELECT number FROM audit_head WHERE home = $1)",
            Fault::Removed,
            last,
        ),
    ] {
        let (head,): (Vec<u8>,) =
            app.db.opt("SELECT hash FROM audit_head WHERE home = $1", p![home]).await.unwrap().unwrap();
        app.db.run(deed, p![home]).await.unwrap();
        let found = finding(app, None).await;
        assert_eq!((found.fault, found.home, found.number), (expected, Some(home), number), "{deed}");
        app.db.run("DELETE FROM audit_head WHERE home = $1", p![home]).await.unwrap();
        let put_back = "INSERT INTO audit_head (home, number, hash) VALUES ($1, $2, $3)";
        app.db.run(put_back, p![home, last, head]).await.unwrap();
        restore(app).await;
    }
    app.db.run("UPDATE audit SET home = $2 WHERE home = $1 AND number = 1", p![home, other]).await.unwrap();
    let homes: Vec<Option<i64>> = verify(app, None).await.findings.iter().map(|found| found.home).collect();
    assert_eq!(homes, [Some(home), Some(other)], "an entry in another home is missing here and wrong there");
    restore(app).await;
    expect_sound(app, 80).await;
});

/// Puts the entries back as they were copied.
async fn restore(app: &App) {
    app.db.run("DELETE FROM audit WHERE home >= 0", p![]).await.unwrap();
    app.db.run("INSERT INTO audit SELECT * FROM backup", p![]).await.unwrap();
}

both!(a_chain_that_is_cut_off_with_its_end_is_found_by_the_checkpoint_kept_elsewhere, |app| {
    fill(app, 30).await;
    audit::checkpoint(app).await.unwrap().unwrap();
    fill(app, 30).await;
    let kept = audit::checkpoint(app).await.unwrap().unwrap();
    let kept: Checkpoint = serde_json::from_str(&serde_json::to_string(&kept).unwrap()).unwrap();
    assert_eq!(verify(app, Some(&kept)).await.findings, []);
    let (home, last) = busy_home(app).await;
    // Whoever can write to the database takes the last entry away and puts the end where it was before.
    let before =
        "UPDATE audit_head SET number = $2, hash = (SELECT hash FROM audit WHERE home = $1 AND number = $2)
        WHERE home = $1";
    app.db.run("DELETE FROM audit WHERE home = $1 AND number = $2", p![home, last]).await.unwrap();
    app.db.run(before, p![home, last - 1]).await.unwrap();
    let found = finding(app, None).await;
    assert_eq!((found.fault, found.home, found.number), (Fault::Rewritten, Some(home), last));
    // The checkpoint in the database goes, too: now only the one kept elsewhere speaks.
    let (previous,): (Vec<u8>,) =
        app.db.opt("SELECT previous FROM audit_checkpoint WHERE number = 2", p![]).await.unwrap().unwrap();
    app.db.run("DELETE FROM audit_checkpoint WHERE number = 2", p![]).await.unwrap();
    let found = finding(app, None).await;
    assert_eq!((found.fault, found.number), (Fault::CheckpointRemoved, 2));
    app.db.run("UPDATE audit_head SET number = 1, hash = $1 WHERE home = -1", p![previous]).await.unwrap();
    assert_eq!(verify(app, None).await.findings, []);
    let found = finding(app, Some(&kept)).await;
    assert_eq!((found.fault, found.home, found.number), (Fault::Rewritten, Some(home), last));
});

both!(checkpoints_are_made_once_when_there_is_something_new, |app| {
    assert_eq!(audit::checkpoint(app).await.unwrap(), None);
    fill(app, 3).await;
    let first = audit::checkpoint_when_due(&app.at(noon())).await.unwrap().unwrap();
    assert_eq!((first.number, first.is_signed()), (1, true));
    assert_eq!(audit::checkpoint(app).await.unwrap(), None, "nothing is new");
    fill(app, 3).await;
    let minutes = |n: i64| app.at(noon() + SignedDuration::from_mins(n));
    let interval = i64::from(app.tables.keeping.checkpoint_minutes);
    assert_eq!(audit::checkpoint_when_due(&minutes(interval - 1)).await.unwrap(), None, "not yet");
    // Several instances find it due at once: one makes it.
    let other = app.reopen().await.at(minutes(interval).now());
    let tries = (0..6).map(|n| {
        let app = if n % 2 == 0 { minutes(interval) } else { other.clone() };
        tokio::spawn(async move { audit::checkpoint_when_due(&app).await.unwrap() })
    });
    let mut made = Vec::new();
    for attempt in tries.collect::<Vec<_>>() {
        made.extend(attempt.await.unwrap());
    }
    assert_eq!(made.len(), 1);
    assert_eq!(audit::latest(app).await.unwrap(), made.pop());
    assert_eq!(expect_sound(app, 6).await.checkpoints, 2);
});

both!(a_checkpoint_of_another_key_is_found, |app| {
    fill(app, 5).await;
    audit::checkpoint(app).await.unwrap().unwrap();
    let other = app::seal::Keys::from_secret(&[7; 64]).unwrap();
    let report = audit::verify(&app.db, Some(&other), None).await.unwrap();
    assert_eq!(report.findings[0].fault, Fault::CheckpointSigner);
    let report = audit::verify(&app.db, None, None).await.unwrap();
    assert_eq!((report.findings, report.signer), (vec![], Signer::Unknown));
});

both!(the_algorithm_changes_within_a_chain, |app| {
    fill(app, 20).await;
    audit::choose_algorithm(&app.db, Algorithm::Sm3, noon()).await.unwrap();
    fill(app, 20).await;
    let again = app.reopen().await;
    assert_eq!(again.db.algorithm(), Algorithm::Sm3);
    fill(&again, 20).await;
    audit::checkpoint(&again).await.unwrap().unwrap();
    expect_sound(app, 60).await;
    let sql = "SELECT hash FROM audit /* whole: a test looks */ ORDER BY at, id";
    let hashes: Vec<(Vec<u8>,)> = app.db.all(sql, p![]).await.unwrap();
    let sm3 = hashes.iter().filter(|(hash,)| hash[0] == Algorithm::Sm3.number()).count();
    assert_eq!((hashes.len(), sm3), (60, 40));
});

both!(entries_from_before_there_were_chains_are_carried_over, |app| {
    let old = include_str!("../../../migrations/0001_account.sql");
    let table = old.split("-- local: who did or read what; rows are only ever added").nth(1).unwrap();
    let undo = "DROP TABLE audit; DROP TABLE audit_head; DROP TABLE audit_checkpoint;
        DELETE FROM migration WHERE number = 12;";
    let bare: String = table.lines().map(|l| l.split("--").next().unwrap().to_owned() + "\n").collect();
    app.db.batch(&app::migrate::for_database(&format!("{undo}{bare}"), app.db.is_postgres())).await.unwrap();
    app.db.batch("CREATE INDEX audit_by_time ON audit (at, id)").await.unwrap();
    let columns = [
        "id",
        "at",
        "account_id",
        "role",
        "organisation_id",
        "purpose",
        "action",
        "subject_kind",
        "subject_id",
        "detail",
    ];
    let rows: Vec<Vec<app::db::Value>> = (0..5_300_i64)
        .map(|n| {
            let (id, at) =
                (Id::in_division(common::VILLAGE, noon()), noon() + SignedDuration::from_millis(n / 3));
            let subject = (n % 2 == 0).then(|| id.beside(at));
            p![id, at, id, "auditor", id, "care", "read", "person", subject, json!({"rows": n, "a": 0.5})]
        })
        .collect();
    let mut tx = app.db.begin().await.unwrap();
    tx.insert_many("audit", &columns, &rows).await.unwrap();
    tx.commit().await.unwrap();
    let ran = app::migrate::run(&app.db).await.unwrap();
    assert_eq!(ran[0], "0012_audit_chain");
    let report = expect_sound(app, 5_300).await;
    assert_eq!(report.homes, 16);
    fill(app, 10).await;
    expect_sound(app, 5_310).await;
    let sql = "SELECT COUNT(*) /* whole: a test counts */ FROM audit a JOIN audit b ON b.home = a.home AND b.number = a.number + 1
        WHERE b.at < a.at AND b.role = 'auditor'";
    assert_eq!(app.db.opt::<(i64,)>(sql, p![]).await.unwrap(), Some((0,)), "the earlier first");
});

both!(what_was_kept_long_enough_is_cut_off_and_the_rest_verifies, |app| {
    let days = |days: i64| app.at(noon() + SignedDuration::from_hours(24 * days));
    fill(&days(1), 60).await;
    let old = audit::checkpoint(&days(1)).await.unwrap().unwrap();
    fill(&days(1), 10).await;
    let kept = audit::checkpoint(&days(3)).await.unwrap().unwrap();
    let (later, before) = (days(1200), days(2).now());
    for too_late in [days(1200).now(), days(104 + 1).now()] {
        let answer = audit::prune(&later, too_late, true).await;
        assert!(matches!(&answer, Err(app::Error::Refused(no)) if no.code == "log_still_kept"), "{answer:?}");
    }
    let nothing = audit::prune(&later, days(0).now(), false).await.unwrap();
    assert_eq!((nothing.entries, nothing.checkpoint), (0, None), "no checkpoint is old enough");
    let dry = audit::prune(&later, before, true).await.unwrap();
    assert_eq!((dry.entries, dry.checkpoint), (60, Some(1)));
    assert_eq!(expect_sound(app, 70).await.start, None, "a dry run changes nothing");
    assert_eq!(audit::prune(&later, before, false).await.unwrap(), dry);
    // What is left, and that something was deleted.
    let report = expect_sound(app, 11).await;
    assert_eq!(report.start.map(|start| (start.checkpoint, start.entries)), Some((1, 60)));
    for checkpoint in [&old, &kept] {
        assert_eq!(verify(app, Some(checkpoint)).await.findings, [], "kept elsewhere before");
    }
    assert_eq!(audit::prune(&later, before, false).await.unwrap().checkpoint, None, "once");
    fill(&later, 20).await;
    audit::checkpoint(&later).await.unwrap().unwrap();
    expect_sound(app, 31).await;
    // The second cut goes on from the first.
    let second = audit::prune(&days(1300), days(4).now(), false).await.unwrap();
    assert_eq!((second.entries, second.checkpoint), (10, Some(2)));
    let report = expect_sound(app, 22).await;
    assert_eq!(report.start.map(|start| start.entries), Some(70));
});

both!(a_cut_that_nobody_signed_is_found, |app| {
    let days = |days: i64| app.at(noon() + SignedDuration::from_hours(24 * days));
    fill(&days(1), 40).await;
    audit::checkpoint(&days(1)).await.unwrap().unwrap();
    fill(&days(1), 40).await;
    audit::checkpoint(&days(3)).await.unwrap().unwrap();
    audit::prune(&days(1200), days(2).now(), false).await.unwrap();
    expect_sound(app, 41).await;
    let backup = "CREATE TABLE backup AS SELECT * FROM audit_cut; CREATE TABLE entries AS SELECT * FROM audit /* whole: a test copies */";
    app.db.batch(backup).await.unwrap();
    for (deed, faults) in [
        ("DELETE FROM audit_cut", vec![Fault::Removed]),
        ("UPDATE audit_cut SET before_at = at", vec![Fault::CutAltered]),
        ("UPDATE audit_cut SET checkpoint = 2", vec![Fault::CutAltered]),
        (
            "UPDATE audit_cut SET starts = (SELECT heads FROM audit_checkpoint WHERE number = 2), checkpoint = 2",
            vec![Fault::CutAltered],
        ),
        (
            "DELETE FROM audit WHERE home >= 0 AND number <= (SELECT MIN(a.number) FROM audit a WHERE a.home = audit.home)",
            vec![Fault::Removed],
        ),
    ] {
        app.db.batch(deed).await.unwrap();
        let found: std::collections::HashSet<Fault> =
            verify(app, None).await.findings.iter().map(|finding| finding.fault).collect();
        for fault in faults {
            assert!(found.contains(&fault), "{deed}: {found:?}");
        }
        let answer = audit::prune(&days(1300), days(2).now(), false).await;
        assert!(
            matches!(&answer, Err(app::Error::Refused(no)) if no.code == "log_unsound"),
            "{deed}: {answer:?}"
        );
        let restore = "DELETE FROM audit_cut; INSERT INTO audit_cut SELECT * FROM backup; DELETE FROM audit /* whole */;
            INSERT INTO audit SELECT * FROM entries";
        app.db.batch(restore).await.unwrap();
        expect_sound(app, 41).await;
    }
});
