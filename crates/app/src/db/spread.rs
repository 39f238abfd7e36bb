//! While developing, each statement is looked at before it first runs: what Citus cannot do over the parts of large
//! tables (its documentation, *SQL support and workarounds*) fails, and with it the test that runs it. The look is at the
//! text alone. It knows which tables are large (`cluster/kind.rs`) and which rows of them a statement ties together by
//! their home.
//!
//! A statement that ties large tables together otherwise, and is right nevertheless, says so in itself: `/* spread: why */`.
//! That lets it join rows of different homes, which is slow there but right: rows are sent from server to server first
//! (repartition joins). Nothing else is excused. Such a join is an inner one, of large tables and of those that every server
//! has, with no outer join and no query beside it in the same brackets; a query inside that looks at the rows around it
//! does so by home; and what is locked or changed has a home.

mod block;
mod token;

use super::{Error, Result};
use crate::migrate::{self, STEPS};
use block::Block;
use std::{
    collections::HashSet,
    sync::{LazyLock, Mutex, PoisonError},
};

/// The last step of the schema that was written before tables could be spread; it and those before it run while all
/// tables are whole. They cannot be changed any more.
const WHOLE_UNTIL: i64 = 29;

static STEPS_BEFORE: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let before = STEPS.iter().filter(|step| step.number <= WHOLE_UNTIL);
    let texts =
        before.flat_map(|step| [false, true].map(|postgres| migrate::for_database(step.text, postgres)));
    texts.flat_map(|text| migrate::statements(&text)).collect()
});

static LOOKED_AT: LazyLock<Mutex<HashSet<String>>> = LazyLock::new(Mutex::default);

/// Looks at a statement once.
///
/// # Errors
/// It could not run where large tables lie in parts on several servers.
pub(super) fn look(sql: &str) -> Result<()> {
    if !LOOKED_AT.lock().unwrap_or_else(PoisonError::into_inner).insert(sql.to_owned()) {
        return Ok(());
    }
    let faults = faults(sql);
    if faults.is_empty() || STEPS_BEFORE.contains(sql) {
        return Ok(());
    }
    let told = faults.join("; ");
    // A page tells its reader nothing of the fault; its developer reads it here.
    eprintln!("large tables in parts: {told}: {sql}");
    Err(Error::Spread(format!("{told}: {sql}")))
}

/// How the fault begins that a statement can excuse.
const EXCUSED: &str = "joins ";

/// What could not run, one sentence each.
fn faults(sql: &str) -> Vec<String> {
    let tokens = token::read(sql);
    let Some(block) = Block::read(&tokens) else { return Vec::new() };
    let mut faults = block.faults(&[]);
    if sql.contains("/* spread:") {
        faults.retain(|fault| !fault.starts_with(EXCUSED));
    }
    faults.sort();
    faults.dedup();
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(sql: &str) -> String {
        faults(sql).join("; ")
    }

    #[test]
    fn what_can_run_passes() {
        for sql in [
            "SELECT 1",
            "SELECT name FROM organisation o JOIN account a ON a.organisation_id = o.id WHERE a.id = $1 FOR UPDATE",
            "SELECT name FROM person WHERE id = $1",
            "SELECT name FROM person WHERE home = $1 AND id = $2 FOR UPDATE",
            "SELECT p.name FROM person p WHERE $1 = p.home AND p.id = $2 FOR UPDATE",
            "SELECT r.id FROM referral r JOIN form_entry f ON f.home = r.home AND f.referral_id = r.id WHERE r.county = $1",
            "SELECT r.id FROM referral r, form_entry f WHERE r.home = $1 AND f.home = $1 AND f.referral_id = r.id",
            "SELECT r.id FROM referral r WHERE EXISTS (SELECT 1 FROM referral_filer f
                WHERE f.home = r.home AND f.referral_id = r.id AND f.account_id = $1)",
            "SELECT r.id FROM referral r WHERE r.person_id IN (SELECT member_id FROM person_member WHERE head_id = $1)",
            "SELECT r.id, (SELECT o.name FROM organisation o WHERE o.id = r.filed_by_organisation) FROM referral r",
            "SELECT k.key FROM person_key k JOIN person p ON p.home = k.home AND p.id = k.person_id WHERE k.key = $1",
            "SELECT r.id FROM referral r LEFT JOIN organisation o ON o.id = r.filed_by_organisation",
            "SELECT r.id FROM referral r LEFT JOIN message m ON m.home = r.home AND m.referral_id = r.id",
            "UPDATE person SET name = $1 WHERE home = $2 AND id = $3 AND version = $4",
            "DELETE FROM need_fact WHERE home = $1 AND person_id IN (SELECT id FROM person WHERE home = $1)",
            "UPDATE task SET done_at = $1 WHERE to_account IN (SELECT id FROM account WHERE username = $2)",
            "INSERT INTO task (home, id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
            "INSERT INTO task (home, id, referral_id) SELECT home, $1, id FROM referral WHERE home = $2 AND id = $3",
            "SELECT COUNT(*) FROM referral WHERE county = $1 GROUP BY state",
            "WITH RECURSIVE up (code) AS (SELECT code FROM division_change UNION SELECT code FROM up) SELECT * FROM up",
            "SELECT state FROM referral WHERE home = $1 GROUP BY ROLLUP (state)",
            "SELECT a.id FROM audit a WHERE a.detail = 'FOR UPDATE of (a' AND a.home = 3",
            "SELECT p.id FROM person p WHERE p.head_id IN (SELECT q.head_id FROM person q WHERE q.number_index = $1)",
        ] {
            assert_eq!(told(sql), "", "{sql}");
        }
    }

    #[test]
    fn what_cannot_run_is_told() {
        for (sql, part) in [
            ("SELECT name FROM person WHERE id = $1 FOR UPDATE", "locks rows of person without home"),
            (
                "SELECT name FROM person WHERE ((home = $1 AND id = $2) OR (home = $3 AND id = $4)) FOR UPDATE",
                "locks rows of person without home",
            ),
            (
                "SELECT r.id FROM referral r JOIN form_entry f ON f.referral_id = r.id",
                "joins referral and form_entry without home",
            ),
            (
                "SELECT p.id FROM person m JOIN person p ON p.home = m.head_home AND p.id = m.head_id",
                "joins person and person without home",
            ),
            (
                "SELECT r.id FROM referral r, form_entry f WHERE r.home = $1 AND f.home = $2",
                "joins referral and form_entry without home",
            ),
            (
                "SELECT r.id FROM referral r LEFT JOIN message m ON m.referral_id = r.id",
                "joins referral and message without home",
            ),
            (
                "SELECT r.id FROM referral r WHERE EXISTS (SELECT 1 FROM referral_filer f WHERE f.referral_id = r.id)",
                "looks at referral_filer for each row without home",
            ),
            (
                "SELECT r.id, (SELECT COUNT(*) FROM message m WHERE m.referral_id = r.id) FROM referral r",
                "looks at message for each row without home",
            ),
            (
                "SELECT o.id FROM organisation o WHERE EXISTS (SELECT 1 FROM referral r WHERE r.filed_by = o.id)",
                "looks at referral for each row without home",
            ),
            (
                "SELECT r.id, (SELECT a.name FROM account a WHERE a.id = r.filed_by) FROM referral r",
                "looks at the local table account for each row",
            ),
            (
                "SELECT o.id FROM organisation o LEFT JOIN referral r ON r.filed_by_organisation = o.id",
                "referral is the inner side of an outer join",
            ),
            (
                "WITH RECURSIVE up (id) AS (SELECT merged_into FROM person WHERE id = $1 UNION SELECT p.merged_into
                 FROM up JOIN person p ON p.id = up.id) SELECT id FROM up",
                "is recursive over person without home",
            ),
            ("SELECT state FROM referral GROUP BY CUBE (state)", "groups referral in sets without home"),
            ("SELECT state FROM referral GROUP BY GROUPING SETS ((state), ())", "groups referral in sets without home"),
            (
                "SELECT o.id FROM organisation o, LATERAL (SELECT COUNT(*) FROM referral r WHERE r.filed_by = o.id) c",
                "looks at referral for each row without home",
            ),
            (
                "UPDATE task SET done_at = $1 WHERE referral_id IN (SELECT id FROM referral WHERE state = 'closed')",
                "changes task by referral without home",
            ),
            (
                "DELETE FROM message WHERE EXISTS (SELECT 1 FROM referral r WHERE r.id = message.referral_id)",
                "without home",
            ),
        ] {
            assert!(told(sql).contains(part), "{sql}: {:?}", told(sql));
        }
    }

    #[test]
    fn what_says_so_itself_is_let_through() {
        let sql = "SELECT r.id FROM referral r JOIN form_entry f ON f.referral_id = r.id";
        assert!(matches!(look(sql), Err(Error::Spread(_))));
        assert!(
            look("SELECT r.id /* spread: a test's */ FROM referral r JOIN form_entry f ON f.x = r.id")
                .is_ok()
        );
    }

    #[test]
    fn inner_joins_may_say_so() {
        for sql in [
            "SELECT p.id FROM person m JOIN person p ON p.home = m.head_home AND p.id = m.head_id WHERE m.home = $1 AND m.id = $2",
            "SELECT s.id FROM person m JOIN person c ON c.head_id = m.head_id JOIN smd_record s ON s.home = c.home AND s.person_id = c.id",
            "SELECT l.id, o.name FROM person m JOIN person c ON c.head_id = m.head_id JOIN lead l ON l.person_id = c.id
                JOIN organisation o ON o.id = l.organisation_id",
            "SELECT DISTINCT m.head_id FROM person m JOIN lead l ON l.person_id = m.id WHERE m.head_id IN ($1, $2)",
            // Within brackets of its own, where nothing of what is around it is looked at, it is computed first.
            "SELECT r.id FROM referral r LEFT JOIN message m ON m.home = r.home AND m.referral_id = r.id WHERE (r.home, r.id) IN
                (SELECT o.home, o.id FROM person h JOIN person c ON c.head_id = h.head_id JOIN referral o ON o.person_id = c.id)",
            "SELECT a.id FROM account a LEFT JOIN account_code k ON k.account_id = a.id WHERE a.person_id IN
                (SELECT n.id FROM person m JOIN person n ON n.head_id = m.head_id WHERE m.home = $1 AND m.id = $2)",
        ] {
            assert_eq!(told(&format!("{sql} /* spread: a test's */")), "", "{sql}");
        }
    }

    #[test]
    fn nothing_but_an_inner_join_is_excused() {
        for (sql, part) in [
            (
                "SELECT p.id FROM person p WHERE NOT EXISTS (SELECT 1 FROM person m JOIN lead l ON l.person_id = m.id
                    WHERE m.head_id = p.id)",
                "looks at lead for each row without home",
            ),
            (
                "SELECT c.id FROM candidate_pair c WHERE EXISTS (SELECT 1 FROM person n
                    WHERE n.home = c.right_home AND n.id = c.right_id)",
                "looks at person for each row without home",
            ),
            (
                "SELECT r.id, (SELECT COUNT(*) FROM message m WHERE m.referral_id = r.id) FROM referral r",
                "looks at message for each row without home",
            ),
            (
                "SELECT o.id FROM organisation o WHERE EXISTS (SELECT 1 FROM referral r WHERE r.filed_by = o.id)",
                "looks at referral for each row without home",
            ),
            (
                "SELECT r.id, (SELECT a.name FROM account a WHERE a.id = r.filed_by) FROM referral r",
                "looks at the local table account for each row",
            ),
            (
                "SELECT o.id FROM organisation o, LATERAL (SELECT COUNT(*) FROM referral r WHERE r.filed_by = o.id) c",
                "looks at referral for each row without home",
            ),
            (
                "SELECT r.id FROM referral r LEFT JOIN message m ON m.referral_id = r.id",
                "has an outer join beside tables of different homes",
            ),
            // The void one lies beside its result; but the planner that sends rows to other servers knows no outer join.
            (
                "SELECT s.id FROM person m JOIN scale_result s ON s.person_id = m.id
                    LEFT JOIN scale_void v ON v.home = s.home AND v.id = s.id",
                "has an outer join beside tables of different homes",
            ),
            (
                "SELECT r.id FROM person m JOIN referral r ON r.person_id = m.id
                    LEFT OUTER JOIN organisation o ON o.id = r.filed_by_organisation",
                "has an outer join beside tables of different homes",
            ),
            (
                "SELECT r.id FROM message m RIGHT JOIN referral r ON m.referral_id = r.id",
                "has an outer join beside tables of different homes",
            ),
            (
                "SELECT p.id FROM person m JOIN person p ON p.home = m.head_home AND p.id = m.head_id
                    WHERE p.id = (SELECT k.head_id FROM person k WHERE k.home = $1 AND k.id = $2)",
                "has a query inside beside tables of different homes",
            ),
            (
                "SELECT s.id FROM person m JOIN smd_record s ON s.person_id = m.id
                    WHERE (s.home, s.id) IN (SELECT o.home, o.id FROM smd_record o WHERE o.in_charge = $1)",
                "has a query inside beside tables of different homes",
            ),
            (
                "SELECT a.id FROM person m JOIN person n ON n.head_id = m.head_id JOIN account a ON a.person_id = n.id",
                "takes the local table account beside tables of different homes",
            ),
            ("SELECT p.id FROM person m JOIN person p ON p.id = m.head_id FOR UPDATE", "locks rows of person without home"),
            (
                "UPDATE task SET done_at = $1 WHERE referral_id IN (SELECT id FROM referral WHERE state = 'closed')",
                "changes task by referral without home",
            ),
            (
                "SELECT o.id FROM organisation o LEFT JOIN referral r ON r.filed_by_organisation = o.id",
                "referral is the inner side of an outer join",
            ),
        ] {
            let told = told(&format!("{sql} /* spread: a test's */"));
            assert!(told.contains(part), "{sql}: {told:?}");
            assert!(!told.contains(EXCUSED), "{sql}: {told:?}");
        }
    }
}
