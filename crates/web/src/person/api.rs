//! `/api/v1/persons`: the register for programs, masked as on the pages.

use crate::{
    Site,
    address::parsed,
    api::{
        mirror::mirror,
        problem::{ApiFailure, ProblemDocument},
        request::Body,
    },
    session::Caller,
};
use app::{
    id::Id,
    person::{self, Event, Person, Record, Timeline, search::Found},
};
use axum::{
    Json,
    extract::{Path, State},
};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use serde_json::Value;

mirror! {
    /// A person of the register as the caller may see it.
    PersonDocument of Person {
        /// Identifier; the one that speaks for all records that were found to be the same person.
        #[schema(value_type = String)]
        id: Id,
        /// Name, or surname and a star.
        name: String,
        /// `male` or `female`.
        sex: Option<String>,
        /// Birth date; 1 January of the year for those who may not see the identity.
        #[schema(value_type = Option<String>, format = Date)]
        born_on: Option<Date>,
        /// Residence (12 digits).
        division: i64,
        /// Household registration (12 digits).
        registered_division: Option<i64>,
        /// In the health register.
        in_health: bool,
        /// In the register of the disabled persons' federation.
        in_dpf: bool,
        /// Applied.
        in_application: bool,
        /// Identity number, masked.
        number: Option<String>,
        /// The number passed its check.
        number_verified: bool,
        /// Telephone, masked.
        phone: Option<String>,
        /// Lives at home; `null` while nobody said.
        lives_at_home: Option<bool>,
        /// Was assessed as having a need.
        need_assessed: Option<bool>,
        /// Was assessed as suitable.
        suitable: Option<bool>,
        /// Consented.
        consented: Option<bool>,
        /// When the last record that spoke for this person ended.
        #[schema(value_type = Option<String>, format = DateTime)]
        ended_at: Option<Timestamp>,
        /// Changes so far.
        version: i64,
        /// Name and birth date are masked.
        masked: bool,
    }
}

mirror! {
    /// What one list or application said about a person.
    RecordDocument of Record {
        /// Identifier.
        #[schema(value_type = String)]
        id: Id,
        /// Whose record it is: the person asked for, or one that was merged into it.
        #[schema(value_type = String)]
        person_id: Id,
        /// The import that brought it.
        #[schema(value_type = Option<String>)]
        import_id: Option<Id>,
        /// Row of the file, from 1 as in a spreadsheet.
        row_number: Option<i64>,
        /// `smd`, `dpf` or `application`.
        kind: String,
        /// Who sent it.
        sender: String,
        /// Name as the sender writes it, or surname and a star.
        name: String,
        /// `male` or `female`.
        sex: Option<String>,
        /// Birth date.
        #[schema(value_type = Option<String>, format = Date)]
        born_on: Option<Date>,
        /// Residence (12 digits).
        division: i64,
        /// Coded columns of the kind of list.
        #[schema(value_type = Object)]
        fields: Value,
        /// `first`, `exact`, `review` or `moved`.
        linked_as: String,
        /// When it came.
        #[schema(value_type = String, format = DateTime)]
        created_at: Timestamp,
        /// When it ceased to speak.
        #[schema(value_type = Option<String>, format = DateTime)]
        ended_at: Option<Timestamp>,
        /// `superseded` or `undone`.
        ended_because: Option<String>,
    }
}

mirror! {
    /// One link or unlink.
    LinkDocument of Event {
        /// Identifier.
        #[schema(value_type = String)]
        id: Id,
        /// Whose.
        #[schema(value_type = String)]
        person_id: Id,
        /// `linked`, `merged`, `unmerged`, `unlinked`, `different` or `reopened`.
        kind: String,
        /// The other person.
        #[schema(value_type = Option<String>)]
        other_id: Option<Id>,
        /// The record.
        #[schema(value_type = Option<String>)]
        record_id: Option<Id>,
        /// The pair of probable doubles that was decided.
        #[schema(value_type = Option<String>)]
        pair_id: Option<Id>,
        /// Who did it.
        #[schema(value_type = String)]
        account_id: Id,
        /// When.
        #[schema(value_type = String, format = DateTime)]
        at: Timestamp,
        /// More about it.
        #[schema(value_type = Object)]
        detail: Value,
    }
}

/// What is searched for: in the body, since addresses are kept by proxies and their logs.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PersonSearch {
    /// Name, pinyin, initials, or at least four last digits of a number.
    q: String,
    /// `next` of the page before.
    #[serde(default)]
    after: String,
}

/// A page of a search.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct PersonList {
    /// Best first.
    pub persons: Vec<PersonDocument>,
    /// Pass as `after` for the next page; `null` on the last.
    pub next: Option<String>,
}

/// A person with its history.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct PersonHistory {
    /// The person that speaks for all.
    pub person: PersonDocument,
    /// Those who were merged into it.
    pub members: Vec<PersonDocument>,
    /// Records, newest first.
    pub records: Vec<RecordDocument>,
    /// Links and unlinks, newest first.
    pub events: Vec<LinkDocument>,
}

/// Programs of county staff: persons by name, pinyin, initials or the last digits of a number.
#[utoipa::path(post, path = "/api/v1/persons/search", tag = "persons", request_body = PersonSearch, responses(
    (status = 200, body = PersonList),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn find(
    State(site): State<Site>,
    caller: Caller,
    asked: Body<PersonSearch>,
) -> Result<Json<PersonList>, ApiFailure> {
    let asked = asked.value;
    let after = Some(asked.after.as_str()).filter(|a| !a.is_empty());
    let Found { persons, next } = person::search::search(&site.app, &caller.scope, &asked.q, after).await?;
    Ok(Json(PersonList { persons: documents(persons), next }))
}

/// Programs of county staff: one person with its history, by any identifier it ever had. The read is logged.
#[utoipa::path(get, path = "/api/v1/persons/{id}", tag = "persons", params(("id" = String, Path)), responses(
    (status = 200, body = PersonHistory),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn show(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<PersonHistory>, ApiFailure> {
    let Timeline { person, members, records, events } =
        person::timeline(&site.app, &caller.scope, parsed(&id)?).await?;
    Ok(Json(PersonHistory {
        person: person.into(),
        members: documents(members),
        records: documents(records),
        events: documents(events),
    }))
}

fn documents<R, D: From<R>>(records: Vec<R>) -> Vec<D> {
    records.into_iter().map(D::from).collect()
}
