//! The interface document (OpenAPI 3.1): one list of paths, and the commands of a case spelt out one by one.

use super::{cases, command, consent, divisions, events, messages};
use crate::{
    account, audit, care, conference, device, followup, import, institution, link, need, outcome, outreach,
    person, question, referral, reminder, rights, scale, share, supervision, workforce,
};
use axum::Json;
use serde_json::{Map, Value, json};
use std::sync::LazyLock;
use utoipa::OpenApi;

/// Every operation. A new one is added here and in the router; a test compares the two.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Xinqiao",
        description = "Sharing and referral of community rehabilitation for people with mental disorders."
    ),
    paths(
        cases::list,
        cases::file,
        cases::show,
        cases::actions,
        cases::forms,
        cases::shortlist,
        cases::forms_to_decide,
        consent::show,
        referral::contact::api_show,
        referral::contact::api_save,
        messages::to_tell,
        messages::of_case,
        messages::tell,
        messages::untell,
        reminder::api_list,
        events::list,
        events::act,
        divisions::find,
        divisions::show,
        institution::api::list,
        institution::api::get,
        institution::api::act,
        person::api::find,
        person::api::show,
        person::account::api::list,
        person::account::api::open,
        person::account::api::renew,
        person::account::api::end,
        link::api::list,
        import::api::list,
        import::api::send,
        import::api::show,
        import::api::map,
        import::api::apply,
        import::api::undo,
        import::api::report,
        import::api::template,
        need::api::show,
        audit::api::list,
        account::access::api::explain,
        care::api::plan,
        care::api::write_plan,
        care::api::sign_plan,
        care::api::measure,
        care::api::figures,
        care::api::of_case,
        care::api::agenda,
        care::api::enter,
        care::api::session,
        care::api::record,
        care::api::end,
        care::api::warnings,
        rights::api::list,
        rights::api::ask,
        rights::api::show,
        rights::api::answer,
        followup::api::list,
        followup::api::open,
        followup::api::search,
        followup::api::show,
        followup::api::act,
        followup::examination::api::show,
        followup::examination::api::record,
        followup::paper::api::list,
        followup::paper::api::write,
        followup::paper::api::show,
        followup::paper::api::hospital_days,
        followup::api::rehabilitation::proposal,
        followup::api::rehabilitation::of_case,
        followup::group::api::act,
        followup::group::api::list,
        followup::group::api::show,
        followup::group::api::change,
        followup::group::api::meet,
        followup::support::api::show,
        followup::support::api::act,
        followup::support::api::payments,
        followup::figures::api::show,
        followup::support::api::guardians,
        followup::support::api::settle,
        followup::api::visit::visits,
        followup::api::emergency::begin,
        followup::api::visit::record,
        followup::api::visit::visit,
        followup::api::visit::void,
        followup::api::emergency::show,
        followup::api::emergency::act,
        share::api::list,
        share::api::show,
        share::api::records,
        share::api::receipt,
        device::api::list,
        device::api::revoke,
        care::api::files::list,
        care::api::files::add,
        care::api::files::content,
        care::api::files::void,
        outreach::api::list,
        outreach::api::give,
        outreach::api::candidates,
        outreach::api::funnel,
        outreach::api::show,
        outreach::api::reveal,
        outreach::api::enter,
        outreach::api::void,
        outreach::api::take_back,
        outcome::api_show,
        scale::api::list,
        scale::api::import,
        scale::api::show,
        scale::api::offer,
        scale::api::rounds,
        scale::api::results,
        scale::api::record,
        scale::api::result,
        scale::api::void,
        workforce::api::figures,
        workforce::api::staff,
        workforce::api::staffing,
        workforce::api::employment,
        workforce::api::employ,
        workforce::api::training::list,
        workforce::api::training::enter,
        workforce::api::training::show,
        workforce::api::training::void,
        supervision::api::list,
        supervision::api::book,
        supervision::api::show,
        supervision::api::step,
        conference::api::list,
        conference::api::plan,
        conference::api::show,
        conference::api::step,
        conference::api::minutes,
        conference::api::agree,
        question::api::list,
        question::api::ask,
        question::api::show,
        question::api::step,
        question::api::propose,
        question::api::note::publish,
        question::api::note::list,
        question::api::note::show,
        question::api::note::figures,
    )
)]
struct Described;

static DOCUMENT: LazyLock<Value> = LazyLock::new(document);

/// The whole document.
pub(crate) fn interface() -> &'static Value {
    &DOCUMENT
}

fn document() -> Value {
    let mut document = serde_json::to_value(Described::openapi()).unwrap_or_default();
    let Some(whole) = document.as_object_mut() else { return Value::Null };
    whole.insert("security".to_owned(), json!([{ "token": [] }]));
    if let Some(info) = whole.get_mut("info").and_then(Value::as_object_mut) {
        info.retain(|key, _| ["title", "description", "version"].contains(&key.as_str()));
    }
    let parts = whole.entry("components").or_insert_with(|| json!({}));
    if let Some(parts) = parts.as_object_mut() {
        let scheme = json!({ "token": { "type": "http", "scheme": "bearer" } });
        parts.insert("securitySchemes".to_owned(), scheme);
        let schemas = parts.entry("schemas").or_insert_with(|| json!({}));
        if let Some(schemas) = schemas.as_object_mut() {
            add_commands(schemas);
        }
    }
    document
}

/// `Command` is one of the commands by name; each has a schema of its own for its data.
fn add_commands(schemas: &mut Map<String, Value>) {
    let described: Map<String, Value> = serde_json::from_str(command::DESCRIPTIONS).unwrap_or_default();
    let mut kinds = Vec::new();
    for (name, mut data) in described {
        let text = data.get("description").cloned().unwrap_or_default();
        if let Some(fields) = data.as_object_mut() {
            fields.remove("description");
            fields.insert("additionalProperties".to_owned(), Value::Bool(false));
        }
        let needs_data = data.get("required").and_then(Value::as_array).is_some_and(|r| !r.is_empty());
        let required = if needs_data { json!(["name", "data"]) } else { json!(["name"]) };
        let schema = json!({
            "type": "object",
            "description": text,
            "required": required,
            "properties": { "name": { "const": name }, "data": data },
        });
        let key = format!("Command.{name}");
        kinds.push(json!({ "$ref": format!("#/components/schemas/{key}") }));
        schemas.insert(key, schema);
    }
    schemas.insert("Command".to_owned(), json!({ "oneOf": kinds }));
    if let Some(entry) = schemas.remove("CommandEntry") {
        let both = json!({ "allOf": [entry, { "$ref": "#/components/schemas/Command" }] });
        schemas.insert("CommandEntry".to_owned(), both);
    }
}

/// Anyone: the interface document.
pub(crate) async fn show() -> Json<&'static Value> {
    Json(interface())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ROUTES, router::UPLOADS};
    use std::collections::BTreeSet;

    #[test]
    fn the_document_has_every_route_of_the_interface_and_no_other() {
        let own = ["/api/v1", "/api/v1/openapi.json"];
        let routed: BTreeSet<(String, String)> = ROUTES
            .iter()
            .chain(UPLOADS)
            .filter(|(_, path, ..)| path.starts_with("/api/") && !own.contains(path))
            .map(|(method, path, ..)| ((*method).to_owned(), (*path).to_owned()))
            .collect();
        let paths = interface().get("paths").and_then(Value::as_object).unwrap();
        let described: BTreeSet<(String, String)> = paths
            .iter()
            .flat_map(|(path, methods)| {
                let methods = methods.as_object().unwrap().keys();
                methods.map(|method| (method.clone(), path.clone())).collect::<Vec<_>>()
            })
            .collect();
        assert_eq!(routed, described);
    }

    #[test]
    fn every_reference_leads_somewhere() {
        fn references(value: &Value, found: &mut Vec<String>) {
            match value {
                Value::Object(fields) => {
                    if let Some(target) = fields.get("$ref").and_then(Value::as_str) {
                        found.push(target.to_owned());
                    }
                    fields.values().for_each(|value| references(value, found));
                }
                Value::Array(values) => values.iter().for_each(|value| references(value, found)),
                _ => {}
            }
        }
        let mut found = Vec::new();
        references(interface(), &mut found);
        assert!(found.len() > 50);
        for target in found {
            let pointer = target.trim_start_matches('#');
            assert!(interface().pointer(pointer).is_some(), "{target}");
        }
    }

    /// The interface is a promise: a change of it is seen here. `UPDATE_SNAPSHOTS=1` writes the new one.
    #[test]
    fn the_interface_is_the_one_that_was_agreed() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/snapshots/openapi.json");
        let now = format!("{}\n", serde_json::to_string_pretty(interface()).unwrap());
        if std::env::var("UPDATE_SNAPSHOTS").is_ok() {
            std::fs::write(path, &now).unwrap();
        }
        let agreed = std::fs::read_to_string(path).unwrap();
        assert!(
            agreed == now,
            "the interface changed: run again with UPDATE_SNAPSHOTS=1 and read the difference"
        );
    }
}
