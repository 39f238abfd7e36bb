//! From what a page sent to the data of a command, as the API takes it.

use super::command_form::from_form;
use crate::form::Posted;
use app::{Problem, referral as cases};
use rules::{
    form::FormCode,
    referral::{Case, CommandName, Transition},
};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The forms handed in, by code.
pub(crate) type Sheets = BTreeMap<FormCode, Map<String, Json>>;

/// Fields that are lists of codes.
const LISTS: [&str; 5] = ["items", "answered", "needs", "triggers", "purposes"];
/// Fields that are statements to be ticked.
const TICKS: [&str; 9] = [
    "notice_sent",
    "identity_verified",
    "lives_at_home",
    "has_need",
    "suitable",
    "danger_to_others",
    "long_stay",
    "client_told",
    "follow_up_plan",
];
/// Fields that may stay empty; the office of a transfer follows from the county of destination.
const OPTIONAL: [&str; 3] = ["document", "until", "office"];

/// The data of a command; what is missing comes back as problems under the names of the controls.
pub(crate) fn data(
    row: &Transition,
    case: &Case,
    posted: &Posted,
    sheets: &Sheets,
    documents: &BTreeMap<FormCode, Uuid>,
) -> Result<Json, Vec<Problem>> {
    let mut data = Map::new();
    let mut problems = Vec::new();
    for field in row.fields {
        match value(row.name, field, case, posted, sheets, documents) {
            Ok(Some(found)) => {
                data.insert((*field).to_owned(), found);
            }
            Ok(None) if OPTIONAL.contains(field) && row.name != CommandName::Suspend => {}
            Ok(None) => problems.push(Problem::new(field, "required")),
            Err(found) => problems.extend(found),
        }
    }
    if problems.is_empty() { Ok(Json::Object(data)) } else { Err(problems) }
}

fn value(
    name: CommandName,
    field: &str,
    case: &Case,
    posted: &Posted,
    sheets: &Sheets,
    documents: &BTreeMap<FormCode, Uuid>,
) -> Result<Option<Json>, Vec<Problem>> {
    if let Some((form, key)) = from_form(name, field) {
        let found = sheets.get(&form).and_then(|sheet| sheet.get(key)).cloned();
        return Ok(match field {
            "risk_grade" => found.as_ref().and_then(grade),
            "services" => Some(found.unwrap_or_else(|| json!([]))),
            _ => found,
        });
    }
    if TICKS.contains(&field) {
        return Ok(Some(posted.get(field).is_some().into()));
    }
    if LISTS.contains(&field) {
        let codes: Vec<&str> = posted.all(field).collect();
        // Also of consents to be taken back: an overlooked box must not end the service.
        return Ok((!codes.is_empty()).then(|| codes.into()));
    }
    Ok(match field {
        "package" => {
            let items: Vec<Json> = posted.all("package").map(|code| json!({ "service": code })).collect();
            (!items.is_empty()).then(|| json!({ "items": items }))
        }
        "session" => documents.get(&FormCode::F7).map(|id| json!(id)),
        "priority" => posted.get("priority").and_then(|text| text.parse::<u8>().ok()).map(Json::from),
        "county" => posted.get("county").and_then(|text| text.parse::<i64>().ok()).map(Json::from),
        "reached" => posted.get("reached").map(|text| (text == "true").into()),
        "signer" => signer(name, posted, sheets),
        "answers" => return answers(case, posted).map(Some),
        other => posted.get(other).map(Json::from),
    })
}

fn grade(value: &Json) -> Option<Json> {
    value.as_str()?.parse::<u8>().ok().map(Json::from)
}

fn signer(name: CommandName, posted: &Posted, sheets: &Sheets) -> Option<Json> {
    if name == CommandName::ReEnter {
        let signer = cases::signer(sheets.get(&FormCode::F12)?)?;
        return serde_json::to_value(signer).ok();
    }
    let capacity = posted.get("capacity")?;
    let guardian = posted.get("guardian").filter(|_| capacity != "full");
    let word = posted.get("own_word").filter(|_| guardian.is_some());
    Some(json!({ "capacity": capacity, "guardian": guardian, "own_word": word }))
}

/// One answer for each item of the package.
fn answers(case: &Case, posted: &Posted) -> Result<Json, Vec<Problem>> {
    let mut answers = Vec::new();
    let mut problems = Vec::new();
    for service in case.filing.package.services() {
        let name = |part: &str| format!("answers.{service}.{part}");
        let get = |part: &str| posted.get(&name(part));
        let missing = |part: &str| Problem::new(&name(part), "required");
        let answer = match get("answer") {
            Some("yes") => get("from").map(|day| json!({ "answer": "yes", "from": day })).ok_or("from"),
            Some("wait_list") => {
                let position = get("position").and_then(|text| text.parse::<u32>().ok());
                position.map(|place| json!({ "answer": "wait_list", "position": place })).ok_or("position")
            }
            Some("no") => get("reason").map(|code| json!({ "answer": "no", "reason": code })).ok_or("reason"),
            _ => Err("answer"),
        };
        match answer {
            Ok(answer) => answers.push(json!({ "service": service, "answer": answer })),
            Err(part) => problems.push(missing(part)),
        }
    }
    if problems.is_empty() { Ok(answers.into()) } else { Err(problems) }
}
