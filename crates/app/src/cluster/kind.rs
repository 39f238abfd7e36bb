//! What kind of table each is. This list is what everything else goes by: the plan for Citus, the partitions, and the
//! look at each statement while developing. A test reads both schemas and fails where a table is not in it, or breaks
//! the rules of its kind.

use super::schema::Schema;

/// Where the rows of a table may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Grows with persons and what happens to them; its rows lie where their home lies, so `home` is in every primary,
    /// unique and foreign key.
    Large,
    /// The same on every server; points to no large table. What grows nevertheless says why.
    Reference(Option<&'static str>),
    /// Belongs to one server; points to no large table.
    Local,
}

use Kind::{Large, Local, Reference};

const CLAIM: &str = "whose a number is must be known once for the whole country, so it can have no home in its key; about \
    three rows of 100 bytes a person";
const KEYS: &str = "persons are searched without knowing their home, and found by a join in the same statement; about six \
    rows of 80 bytes a person";

/// Every table, with its kind.
pub const TABLES: &[(&str, Kind)] = &[
    ("account", Local),
    ("account_code", Local),
    ("agreed_task", Large),
    ("api_token", Local),
    ("attachment", Large),
    ("attachment_part", Large),
    ("attendance", Large),
    ("audit", Large),
    ("audit_checkpoint", Local),
    ("audit_cut", Local),
    ("audit_head", Local),
    ("authenticator", Local),
    ("calendar_feed", Local),
    ("candidate_pair", Large),
    ("care_session", Large),
    ("claim", Reference(Some(CLAIM))),
    ("clock_tally", Local),
    ("conference", Large),
    ("conference_case", Large),
    ("conference_minutes", Large),
    ("conference_person", Large),
    ("contact_attempt", Large),
    ("contact_rule", Large),
    ("data_key", Local),
    ("delegation", Local),
    ("device", Local),
    ("division_change", Reference(None)),
    ("earlier_password", Local),
    ("emergency_access", Large),
    ("employment", Reference(None)),
    ("external_identity", Local),
    ("factor_enrolment", Local),
    ("followup_visit", Large),
    ("form_entry", Large),
    ("goal_value", Large),
    ("idempotency", Local),
    ("import", Local),
    ("import_change", Local),
    ("import_mapping", Local),
    ("import_outcome", Local),
    ("import_part", Local),
    ("import_trouble", Local),
    ("institution", Reference(None)),
    ("institution_answer", Reference(None)),
    ("job", Local),
    ("lead", Large),
    ("library_event", Reference(None)),
    ("link_event", Large),
    ("message", Large),
    ("need_fact", Large),
    ("organisation", Reference(None)),
    ("passkey", Local),
    ("passkey_challenge", Local),
    ("pending_sign_in", Local),
    ("person", Large),
    ("person_key", Reference(Some(KEYS))),
    ("person_member", Large),
    ("plan", Large),
    ("question", Large),
    ("question_message", Large),
    ("question_note", Reference(None)),
    ("question_note_word", Reference(None)),
    ("recovery_code", Local),
    ("referral", Large),
    ("referral_event", Large),
    ("referral_filer", Large),
    ("reminder", Local),
    ("reminder_choice", Local),
    ("research_extract", Reference(None)),
    ("research_project", Reference(None)),
    ("rights_request", Large),
    ("running_number", Local),
    ("scale_definition", Reference(None)),
    ("scale_offer", Reference(None)),
    ("scale_result", Large),
    ("scale_void", Large),
    ("server", Local),
    ("session", Local),
    ("setting", Local),
    ("share", Reference(None)),
    ("share_assessment", Reference(None)),
    ("share_event", Reference(None)),
    ("share_subject", Large),
    ("sharing", Large),
    ("smd_emergency", Large),
    ("smd_event", Large),
    ("smd_examination", Large),
    ("smd_group", Reference(None)),
    ("smd_group_meeting", Reference(None)),
    ("smd_handed", Large),
    ("smd_paper", Large),
    ("smd_payment", Large),
    ("smd_record", Large),
    ("smd_support", Large),
    ("source_record", Large),
    ("supervision", Large),
    ("taken_file", Local),
    ("talent", Reference(None)),
    ("tally", Reference(None)),
    ("tally_county", Reference(None)),
    ("tally_town", Reference(None)),
    ("task", Large),
    ("training", Reference(None)),
    ("training_attendance", Reference(None)),
    ("unsent_form", Local),
];

/// Tables beside the schema, which each database keeps for itself.
const OWN: [&str; 2] = ["closed", "migration"];

/// The kind of a table; nothing where the list does not name it.
#[must_use]
pub fn kind(table: &str) -> Option<Kind> {
    if OWN.contains(&table) {
        return Some(Local);
    }
    TABLES.iter().find(|(name, _)| *name == table).map(|(_, kind)| *kind)
}

/// The large tables, in the order of their names.
pub fn large() -> impl Iterator<Item = &'static str> {
    TABLES.iter().filter(|(_, kind)| *kind == Large).map(|(name, _)| *name)
}

/// What in a schema breaks the rules, one sentence each.
#[must_use]
pub fn faults(schema: &Schema) -> Vec<String> {
    let mut faults: Vec<String> = schema
        .further
        .iter()
        .map(|thing| {
            format!("{thing}: triggers, sequences, rules and views would not follow a row to its server")
        })
        .collect();
    for table in &schema.tables {
        let Some(kind) = kind(&table.name) else {
            faults.push(format!("{}: say in app/src/cluster/kind.rs what kind of table it is", table.name));
            continue;
        };
        if kind == Large {
            for key in table.unique.iter().filter(|key| !key.iter().any(|column| column == "home")) {
                faults.push(format!(
                    "{}: ({}) is unique without home; what is unique in the whole country is a claim",
                    table.name,
                    key.join(", ")
                ));
            }
        }
        for reference in &table.references {
            let shared = reference.columns.iter().zip(&reference.to_columns);
            let homes = shared.filter(|(from, to)| *from == "home" && *to == "home").count();
            let fault = match (kind, super::kind::kind(&reference.to)) {
                (_, None) => "points to a table that the list does not name",
                (Large, Some(Large)) if homes == 0 => "points to a large table without home",
                (Large, Some(Local)) => "a large table points to a local one",
                (Reference(_) | Local, Some(Large)) => "points to a large table",
                (Reference(_), Some(Local)) => "a reference table points to a local one",
                _ => continue,
            };
            faults.push(format!("{} → {}: {fault}", table.name, reference.to));
        }
    }
    for (name, _) in TABLES {
        if !schema.tables.iter().any(|table| table.name == *name) {
            faults.push(format!("{name}: the list names a table that is not there"));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        cluster::schema::{Reference as Pointing, Table},
        migrate::STEPS,
    };

    #[test]
    fn the_list_is_in_order_and_says_what_the_steps_say() {
        assert!(TABLES.is_sorted_by_key(|(name, _)| *name));
        let mut said = std::collections::BTreeMap::new();
        for step in STEPS {
            let mut word = "";
            for line in step.text.lines() {
                if let Some(comment) = line.strip_prefix("-- ") {
                    word = comment.split([':', ' ']).next().unwrap_or_default();
                }
                if let Some(name) = line.strip_prefix("CREATE TABLE ") {
                    said.insert(name.split([' ', '(']).next().unwrap_or_default(), word);
                }
            }
        }
        for carried in ["audit_unchained", "person_key_carried"] {
            said.remove(carried);
        }
        assert_eq!(said.len(), TABLES.len());
        for (name, word) in said {
            let listed = match kind(name) {
                Some(Large) => "large",
                Some(Reference(_)) => "reference",
                Some(Local) => "local",
                None => "nothing",
            };
            assert_eq!(listed, word, "{name}");
        }
    }

    #[test]
    fn what_breaks_a_rule_is_named() {
        let columns = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let pointing = |from: &[&str], to: &str, to_columns: &[&str]| Pointing {
            name: String::new(),
            columns: columns(from),
            to: to.to_owned(),
            to_columns: columns(to_columns),
        };
        for (table, unique, reference, fault) in [
            ("person", &["home", "id"][..], None, ""),
            ("person", &["id"], None, "unique without home"),
            ("organisation", &["id"], None, ""),
            ("unheard_of", &["id"], None, "what kind of table"),
            (
                "task",
                &["home", "id"],
                Some(pointing(&["home", "referral_id"], "referral", &["home", "id"])),
                "",
            ),
            ("task", &["home", "id"], Some(pointing(&["referral_id"], "referral", &["id"])), "without home"),
            ("task", &["home", "id"], Some(pointing(&["to_account"], "account", &["id"])), "a local one"),
            ("session", &["token_hash"], Some(pointing(&["account_id"], "account", &["id"])), ""),
            ("account", &["id"], Some(pointing(&["person_id"], "person", &["id"])), "points to a large"),
            ("talent", &["id"], Some(pointing(&["a"], "account", &["id"])), "a local one"),
        ] {
            let table = Table {
                name: table.to_owned(),
                unique: vec![columns(unique)],
                references: reference.into_iter().collect(),
            };
            let name = table.name.clone();
            let found = faults(&Schema { tables: vec![table], further: Vec::new() });
            let own: Vec<&String> =
                found.iter().filter(|f| !f.ends_with("a table that is not there")).collect();
            match fault {
                "" => assert!(own.is_empty(), "{name}: {own:?}"),
                part => assert!(own.iter().any(|f| f.contains(part)), "{name}: {own:?}"),
            }
        }
        let further = Schema { tables: Vec::new(), further: vec!["trigger t".to_owned()] };
        assert!(faults(&further).iter().any(|fault| fault.starts_with("trigger t")));
    }
}
