//! Every column that holds sealed values. A new one must be named here: what is not named is not sealed anew when keys
//! are renewed, and could be lost with the key that sealed it. A test compares the list with the schema.

/// Sealed columns of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sealed {
    /// The table.
    pub table: &'static str,
    /// The columns of its primary key.
    pub key: &'static [&'static str],
    /// The column.
    pub column: &'static str,
    /// Rows looked at in one portion when keys are renewed; few where values are large.
    pub(super) portion: i64,
}

const fn sealed(table: &'static str, key: &'static [&'static str], column: &'static str) -> Sealed {
    Sealed { table, key, column, portion: 500 }
}

/// All of them. What is copied from a column comes before the column it is copied to.
pub const COLUMNS: &[Sealed] = &[
    sealed("source_record", &["home", "id"], "number"),
    sealed("source_record", &["home", "id"], "phone"),
    sealed("source_record", &["home", "id"], "certificate"),
    sealed("source_record", &["home", "id"], "private"),
    sealed("person", &["home", "id"], "number"),
    sealed("person", &["home", "id"], "phone"),
    sealed("account_code", &["account_id"], "basis_paper"),
    sealed("rights_request", &["home", "id"], "words"),
    sealed("rights_request", &["home", "id"], "answer"),
    sealed("contact_rule", &["home", "id"], "content"),
    sealed("form_entry", &["home", "id"], "content"),
    sealed("scale_result", &["home", "id"], "content"),
    sealed("smd_record", &["home", "id"], "content"),
    sealed("smd_event", &["home", "id"], "content"),
    sealed("followup_visit", &["home", "id"], "content"),
    sealed("followup_visit", &["home", "id"], "void_reason"),
    sealed("smd_emergency", &["home", "id"], "content"),
    sealed("smd_examination", &["home", "id"], "content"),
    sealed("smd_examination", &["home", "id"], "void_reason"),
    sealed("smd_paper", &["home", "id"], "content"),
    sealed("smd_group", &["id"], "content"),
    sealed("smd_group_meeting", &["id"], "content"),
    sealed("smd_handed", &["home", "id"], "content"),
    sealed("smd_support", &["home", "id"], "content"),
    sealed("smd_payment", &["home", "id"], "content"),
    sealed("smd_payment", &["home", "id"], "void_reason"),
    sealed("scale_void", &["home", "id"], "words"),
    sealed("plan", &["home", "id"], "content"),
    sealed("plan", &["home", "id"], "signature"),
    sealed("goal_value", &["home", "id"], "content"),
    sealed("care_session", &["home", "id"], "content"),
    sealed("attendance", &["home", "referral_id", "session_id"], "note"),
    sealed("contact_attempt", &["home", "id"], "note"),
    sealed("attachment", &["home", "id"], "title"),
    sealed("attachment", &["home", "id"], "consent"),
    Sealed { portion: 8, ..sealed("attachment_part", &["home", "attachment_id", "number"], "content") },
    sealed("supervision", &["home", "id"], "content"),
    sealed("question", &["home", "id"], "content"),
    sealed("question_message", &["home", "question_id", "number"], "content"),
    sealed("agreed_task", &["home", "id"], "content"),
    sealed("conference", &["home", "id"], "content"),
    sealed("conference_case", &["home", "conference_id", "number"], "content"),
    sealed("conference_minutes", &["home", "conference_id", "number"], "content"),
    sealed("talent", &["id"], "identity_number"),
    sealed("factor_enrolment", &["account_id"], "secret"),
    sealed("authenticator", &["account_id"], "secret"),
    sealed("share", &["id"], "person_key"),
    sealed("research_project", &["id"], "project_key"),
    sealed("passkey", &["id"], "credential"),
    sealed("passkey_challenge", &["id"], "state"),
    sealed("device", &["id"], "content_key"),
    sealed("pending_sign_in", &["id"], "secrets"),
    sealed("emergency_access", &["home", "id"], "reason"),
    sealed("emergency_access", &["home", "id"], "note"),
    Sealed { portion: 50, ..sealed("unsent_form", &["account_id", "place"], "content") },
    // Pieces of files, a mebibyte each.
    Sealed { portion: 8, ..sealed("import_part", &["import_id", "number"], "content") },
];

/// Statements that give one sealed value of each column.
pub(crate) fn samples() -> impl Iterator<Item = String> {
    COLUMNS.iter().map(|Sealed { table, column, .. }| {
        format!(
            "SELECT {column} FROM {table} /* whole: the first will do */ WHERE {column} IS NOT NULL LIMIT 1"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migrate::STEPS;
    use std::collections::BTreeSet;

    /// Columns of bytes that are not sealed: digests, and keys that are wrapped.
    const OPEN: [(&str, &str); 32] = [
        ("audit_cut", "signature"),
        ("audit_cut", "public_key"),
        ("session", "token_hash"),
        ("api_token", "token_hash"),
        ("calendar_feed", "token_hash"),
        ("account_code", "code_hash"),
        ("factor_enrolment", "session_hash"),
        ("recovery_code", "code_hash"),
        ("passkey", "credential_id"),
        ("passkey_challenge", "session_hash"),
        ("external_identity", "subject_hash"),
        ("pending_sign_in", "state_hash"),
        ("pending_sign_in", "browser_hash"),
        ("idempotency", "key_hash"),
        ("idempotency", "request_hash"),
        ("person", "number_index"),
        ("person", "phone_index"),
        ("source_record", "key_index"),
        ("source_record", "digest"),
        ("source_record", "number_index"),
        ("source_record", "phone_index"),
        ("claim", "hash"),
        ("person_key", "key"),
        ("talent", "identity_index"),
        ("referral", "client_index"),
        ("referral_event", "digest"),
        ("data_key", "wrapped"),
        ("audit", "hash"),
        ("audit_head", "hash"),
        ("audit_checkpoint", "previous"),
        ("audit_checkpoint", "signature"),
        ("audit_checkpoint", "public_key"),
    ];

    /// Tables and columns of bytes of the whole schema, also those that a later step added.
    fn byte_columns() -> BTreeSet<(&'static str, &'static str)> {
        let mut found = BTreeSet::new();
        for step in STEPS {
            let mut table = "";
            for line in step.text.lines() {
                let words: Vec<&str> = line.split("--").next().unwrap().split_whitespace().collect();
                if let ["CREATE" | "ALTER", "TABLE", name, ..] = words[..] {
                    table = name;
                }
                if let Some(at) = words.iter().position(|word| word.starts_with("{bytes}")) {
                    found.insert((table, words[at - 1]));
                }
            }
        }
        found
    }

    #[test]
    fn every_column_of_bytes_is_known_to_be_sealed_or_not() {
        let sealed = COLUMNS.iter().map(|one| (one.table, one.column));
        let named: BTreeSet<_> = sealed.clone().chain(OPEN).collect();
        assert_eq!(named.len(), COLUMNS.len() + OPEN.len(), "a column is named twice");
        assert_eq!(byte_columns(), named, "name a new column in COLUMNS, or here where it is not sealed");
    }

    #[test]
    fn the_key_columns_are_the_primary_keys() {
        for Sealed { table, key, .. } in COLUMNS {
            let create = format!("CREATE TABLE {table} (");
            let text = STEPS.iter().find_map(|step| step.text.split_once(&create)).unwrap().1;
            let text = text.split("\n)").next().unwrap();
            let of_one = text.contains(&format!("{} {{id}} NOT NULL PRIMARY KEY", key[0])) && key.len() == 1;
            assert!(of_one || text.contains(&format!("PRIMARY KEY ({})", key.join(", "))), "{table}");
        }
    }
}
