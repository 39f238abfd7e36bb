//! Where a side way begins: a new case, filed and brought on through the interface for programs.

use anyhow::Result;
use e2e::{Program, Server};
use jiff::tz::{TimeZone, offset};
use serde_json::{Value, json};

/// A server with its demonstration, and a program that speaks to it.
pub fn county() -> Result<(Server, Program)> {
    let server = Server::start(&["--people", "200", "--seed", "7"])?;
    let program = Program::of(&server)?;
    Ok((server, program))
}

/// Somebody who needs services; invented, with a number that belongs to no province (99).
pub struct Person {
    pub name: &'static str,
    pub number: &'static str,
    pub born: &'static str,
}

pub const ADULT: Person = Person { name: "桥心宁", number: "999999199503021161", born: "1995-03-02" };
/// Too old for every institution of the demonstration.
pub const OLD: Person = Person { name: "桥长庚", number: "999999193610013311", born: "1936-10-01" };

/// A case that the doctor filed for a person of a village, with consent to everything.
pub async fn submitted(server: &Server, program: &Program, person: &Person, village: &str) -> Result<String> {
    let (application, consent) = forms(village, person, ("medical", "doctor"));
    program.apply(server.named("doctor")?, application, consent).await
}

/// The same, registered.
pub async fn registered(
    server: &Server,
    program: &Program,
    person: &Person,
    village: &str,
) -> Result<String> {
    let case = submitted(server, program, person, village).await?;
    let checked = json!({ "identity_verified": true, "ground": "health_register", "lives_at_home": true,
        "has_need": true, "suitable": true, "package": { "items": [{ "service": "S1" }, { "service": "S4" }] } });
    program.act(server.named("referral")?, &case, "register", checked).await?;
    Ok(case)
}

/// What a person who files alone hands in.
pub fn own_forms(person: &Person, village: &str) -> (Value, Value) {
    forms(village, person, ("personal", "self"))
}

fn forms(village: &str, person: &Person, (channel, relation): (&str, &str)) -> (Value, Value) {
    let today = today();
    let application = json!({
        "channel": channel, "on": today, "applicant_name": "申请人", "applicant_relation": relation,
        "applicant_phone": "15400000031", "name": person.name, "sex": "female", "birth_date": person.born,
        "identity_kind": "resident", "identity_number": person.number, "phone": "15400000032",
        "address": "桥头路 9 号", "division": village, "disorder_group": "01",
        "in_severe_register": "yes", "has_certificate": false, "capacity": "full", "needs": ["S1", "S4"],
        "consent_given": true, "signature": person.name,
    });
    let consent = json!({
        "controller": "县民政局", "data_kinds": ["identity", "health"], "retention": "五年",
        "rights_told": true, "withdrawal_way": "随时口头或书面撤回", "registration": true, "departments": true,
        "institution": true, "file_transfer": true, "contact": true, "research": false, "publicity": false,
        "capacity": "full", "on": today, "signature": person.name,
    });
    (application, consent)
}

/// Today in China.
fn today() -> String {
    let now = jiff::Timestamp::now().to_zoned(TimeZone::fixed(offset(8)));
    now.date().to_string()
}
