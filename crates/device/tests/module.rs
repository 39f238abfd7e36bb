//! The module that phones run, against the rules of the server: whatever is asked, both answer the same.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use proptest::prelude::*;
use rules::followup::{Class, Function, Insight, Physical, RiskGrade, Symptoms, visit::*};
use serde_json::{Value, json};
use std::{cell::RefCell, path::Path};
use wasmi::{Engine, Instance, Linker, Module, Store};

/// The module in an interpreter.
struct Phone {
    store: Store<()>,
    instance: Instance,
}

impl Phone {
    fn new() -> Phone {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../web/assets/device/rules.wasm");
        let engine = Engine::default();
        let module = Module::new(&engine, std::fs::read(path).unwrap()).unwrap();
        let mut store = Store::new(&engine, ());
        // A browser gives it nothing: it asks for no imports.
        let instance = Linker::new(&engine).instantiate_and_start(&mut store, &module).unwrap();
        Phone { store, instance }
    }

    fn call(&mut self, name: &str, bytes: Option<u32>) -> u32 {
        match bytes {
            Some(bytes) => {
                let call = self.instance.get_typed_func::<u32, u32>(&self.store, name).unwrap();
                call.call(&mut self.store, bytes).unwrap()
            }
            None => {
                let call = self.instance.get_typed_func::<(), u32>(&self.store, name).unwrap();
                call.call(&mut self.store, ()).unwrap()
            }
        }
    }

    fn ask(&mut self, question: &str) -> String {
        let bytes = u32::try_from(question.len()).unwrap();
        let place = self.call("room", Some(bytes)) as usize;
        let memory = self.instance.get_memory(&self.store, "memory").unwrap();
        memory.write(&mut self.store, place, question.as_bytes()).unwrap();
        let length = self.call("ask", Some(bytes)) as usize;
        let place = self.call("place", None) as usize;
        let mut told = vec![0; length];
        memory.read(&self.store, place, &mut told).unwrap();
        String::from_utf8(told).unwrap()
    }
}

thread_local! {
    static PHONE: RefCell<Phone> = RefCell::new(Phone::new());
}

fn both(question: &Value) -> Value {
    let text = question.to_string();
    let native = device::answer(&text);
    let phone = PHONE.with_borrow_mut(|phone| phone.ask(&text));
    assert_eq!(phone, native, "{text}");
    serde_json::from_str(&native).unwrap()
}

fn one<T: Clone + std::fmt::Debug + serde::Serialize + 'static>(
    all: &'static [T],
) -> impl Strategy<Value = Value> {
    prop_oneof![1 => Just(Value::Null), 4 => prop::sample::select(all).prop_map(|one| json!(one))]
}

fn day() -> impl Strategy<Value = String> {
    (2017..2030_i16, 1..=12_i8, 1..=31_i8).prop_filter_map("a day", |(year, month, day)| {
        jiff::civil::Date::new(year, month, day).ok().map(|day| day.to_string())
    })
}

/// What happened, one by one: mostly nothing, as on a phone.
fn incidents() -> impl Strategy<Value = Vec<Value>> {
    let incident = (day(), any::<[bool; 6]>(), prop::option::of(any::<[bool; 3]>())).prop_map(|(on, acts, smashing)| {
        let [threats, against_person, self_harm, weapon, arson, told] = acts;
        let smashing = smashing
            .map(|[at_home, stopped, continuous]| json!({ "at_home": at_home, "stopped": stopped, "continuous": continuous }));
        let mut incident = json!({ "on": on, "threats": threats, "smashing": smashing, "weapon": weapon });
        if told {
            incident["against_person"] = json!(against_person);
            incident["self_harm"] = json!(self_harm);
            incident["arson_or_explosion"] = json!(arson);
        }
        incident
    });
    prop_oneof![2 => Just(Vec::new()), 1 => prop::collection::vec(incident, 1..3)]
}

fn findings() -> impl Strategy<Value = Value> {
    let state =
        (one(RiskGrade::ALL), one(Symptoms::ALL), one(Insight::ALL), one(Effect::ALL), one(Adherence::ALL));
    let items = prop::collection::vec(one(Function::ALL), 5);
    let body = prop::sample::select(vec![
        json!(null),
        json!(Physical::Stable),
        json!(Physical::Unstable),
        json!(Physical::Severe),
    ]);
    let more = (
        one(AdverseReport::ALL),
        one(Hospitalisation::ALL),
        any::<[bool; 6]>(),
        0..3_u16,
        prop::option::of(day()),
        (incidents(), 0..2_u16, prop::sample::select(vec!["", "误报"])),
    );
    (state, items, body, more).prop_map(|(state, items, body, more)| {
        let (risk, level, insight, effect, adherence) = state;
        let (adverse, hospital, [severe, other, none, drugs, referred, emergency], minor, discharge, told) = more;
        let (incidents, self_harm, reason) = told;
        let drug = json!({ "name": "利培酮", "times_a_day": 2, "dose_micrograms": 1000 });
        let mut found = json!({
            "risk": risk, "symptoms": [1, 9], "symptom_level": level, "insight": insight, "sleep": null, "diet": 2,
            "function": items, "danger": { "none": none, "minor": minor, "trouble": 0, "harm": 0, "other": 0, "self_harm": self_harm,
            "suicide_attempt": 0 }, "lock_up": 1, "hospitalisation": hospital, "last_discharge": discharge, "laboratory": null,
            "physical": body, "other_abnormality": other, "adherence": adherence, "adverse_reaction": adverse,
            "adverse_severe": severe, "effect": effect, "referral": referred.then(|| json!({ "made": true, "reason": "x", "to": "" })),
            "emergency_record": emergency, "drugs": if drugs { vec![drug] } else { vec![] }, "guidance": [], "rehabilitation": [1]
        });
        // Phones of before incidents were kept leave both out.
        if !incidents.is_empty() {
            found["incidents"] = json!(incidents);
            found["risk_reason"] = json!(reason);
        }
        found
    })
}

fn question() -> impl Strategy<Value = Value> {
    let before_on = prop::option::of(day());
    let head = (
        day(),
        day(),
        prop::option::of(day()),
        one(Mode::ALL),
        one(LostReason::ALL),
        any::<bool>(),
        before_on,
    );
    let end = (one(Class::ALL), one(Class::ALL), prop::sample::select(vec!["", "病情波动"]), any::<bool>());
    (head, findings(), end).prop_map(|(head, found, end)| {
        let (on, today, next, mode, lost, died, before_on) = head;
        let (class, before, reason, met) = end;
        let death = (died && !met).then(|| json!({ "on": on, "cause": "heart", "source": "" }));
        let lost = if met { Value::Null } else { lost };
        json!({ "ask": "visit", "today": today, "before": { "class": before, "on": before_on }, "visit": {
            "on": on, "interviewed": "本人", "mode": mode, "face_to_face": null, "lost": lost, "death": death, "found": found,
            "class": class, "override_reason": reason, "next_on": next, "doctor": "王医生" } })
    })
}

fn case() -> impl Strategy<Value = Value> {
    (1..4_u8).prop_map(|number| json!(format!("01930000-0000-7080-8000-00000000000{number}")))
}

fn hour() -> impl Strategy<Value = String> {
    (0..24_u8, 0..60_u8).prop_map(|(hour, minute)| format!("{hour:02}:{minute:02}"))
}

/// Hours of the days around which the sessions lie.
fn engagement() -> impl Strategy<Value = Value> {
    (prop::option::of(case()), 0..72_i64, 1..300_i64).prop_map(|(case, hours, minutes)| {
        let begin: jiff::Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
        let starts = begin + jiff::SignedDuration::from_hours(hours);
        let ends = starts + jiff::SignedDuration::from_mins(minutes);
        json!({ "case": case, "starts": starts, "ends": ends })
    })
}

fn session_question() -> impl Strategy<Value = Value> {
    let days = vec!["2026-03-01", "2026-03-02", "2026-03-03", "2026-02-20", "2025-11-01"];
    let when = (
        prop::option::of(prop::sample::select(days)),
        prop::option::of(hour()),
        prop::option::of(prop::sample::select(vec![0, 9, 10, 60, 480, 481, 1_500, u32::MAX])),
    );
    let what = (
        prop::sample::select(vec!["", "S4", "S13"]),
        prop::sample::select(vec!["", "W2", "W3"]),
        prop::sample::select(vec!["", "home", "institution"]),
    );
    let presence = prop::sample::select(vec!["came", "excused", "missed", "expected"]);
    let person =
        (case(), presence).prop_map(|(case, presence)| json!({ "case": case, "presence": presence }));
    let persons = prop::collection::vec(person, 0..5);
    let table = rules::care::CareTable::embedded().unwrap();
    let (limits, fields) = (json!(table.limits), json!(table.fields));
    let values = prop::collection::btree_map(
        prop::sample::select(vec!["address", "x"]),
        prop::sample::select(vec!["", "same", "moon"]),
        0..3,
    );
    (when, what, persons, prop::collection::vec(engagement(), 0..4), values).prop_map(
        move |((on, start, minutes), (service, way, place), persons, known, values)| {
            json!({ "ask": "session", "now": "2026-03-02T12:00:00Z", "limits": limits, "fields": fields, "known": known, "session": {
                "on": on, "start": start, "minutes": minutes, "service": service, "way": way, "place": place,
                "persons": persons, "fields": values, "done": "做饭", "summary": "", "leader_reason": "" } })
        },
    )
}

fn side() -> impl Strategy<Value = Value> {
    prop::collection::btree_map(
        "[a-c]",
        prop_oneof![Just(json!(null)), (0..3).prop_map(|n| json!(n)), Just(json!("甲"))],
        0..4,
    )
    .prop_map(|map| json!(map))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn the_phone_answers_as_the_server(question in question()) {
        let told = both(&question);
        prop_assert!(told.get("error").is_none(), "{told}");
    }

    #[test]
    fn the_phone_looks_at_sessions_as_the_server(question in session_question()) {
        let told = both(&question);
        prop_assert!(told.get("error").is_none(), "{told}");
        // What the rules say by themselves is what both answered.
        let noted: rules::care::Noted = serde_json::from_value(question["session"].clone()).unwrap();
        let known: Vec<rules::care::Engagement> = serde_json::from_value(question["known"].clone()).unwrap();
        let table = rules::care::CareTable::embedded().unwrap();
        let rules = (&table.limits, table.fields.as_slice());
        let faults = noted.faults(&known, "2026-03-02T12:00:00Z".parse().unwrap(), rules);
        prop_assert_eq!(&told["faults"], &json!(faults));
    }

    #[test]
    fn the_phone_puts_together_as_the_server(base in side(), mine in side(), theirs in side()) {
        both(&json!({ "ask": "merge", "base": base, "mine": mine, "theirs": theirs }));
    }
}

#[test]
fn the_phone_bears_what_it_does_not_understand() {
    for text in ["", "{", "null", "\u{0}", r#"{"ask":"visit"}"#, r#"{"ask":"session"}"#, "甲乙丙"] {
        let told = PHONE.with_borrow_mut(|phone| phone.ask(text));
        assert_eq!(told, device::answer(text));
        assert!(told.contains("error"));
    }
    // No room for more than a mebibyte, and the next question is answered as before.
    let place = PHONE.with_borrow_mut(|phone| phone.call("room", Some((1 << 20) + 1)));
    assert_eq!(place, 0);
    assert!(PHONE.with_borrow_mut(|phone| phone.ask("{}")).contains("error"));
}
