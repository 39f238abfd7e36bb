//! The embedded forms are sound, and the check tells all problems at once.

use jiff::civil::date;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::*;

fn form(code: FormCode) -> Form {
    Form::embedded(code).unwrap()
}

fn problems(form: &Form, data: &Value) -> Vec<(String, Problem)> {
    let problems = check(form, data.as_object().unwrap(), date(2025, 3, 3));
    problems.into_iter().map(|problem| (problem.field, problem.problem)).collect()
}

/// Something right for a field.
fn right(field: &Field) -> Value {
    match field.kind {
        Kind::Text | Kind::LongText | Kind::Signature => json!("甲"),
        Kind::Date => json!("2025-03-03"),
        Kind::Number | Kind::Scale => json!(field.min.unwrap_or(1.0)),
        Kind::Choice => json!(field.options[0].code),
        Kind::MultiChoice => json!([field.options[0].code]),
        Kind::YesNo => json!(true),
        Kind::IdentityNumber => json!("11010519491231002X"),
        Kind::Phone => json!("13800138000"),
        Kind::Division => json!("110105001001"),
        Kind::Person | Kind::Organisation => json!(Uuid::from_u128(1)),
        Kind::Table => {
            let row: Map<String, Value> =
                field.columns.iter().map(|column| (column.key.clone(), right(column))).collect();
            json!([row])
        }
    }
}

fn filled(form: &Form) -> Map<String, Value> {
    form.fields().map(|field| (field.key.clone(), right(field))).collect()
}

#[test]
fn all_forms_parse_and_a_right_filling_passes() {
    for code in FormCode::ALL {
        let form = form(code);
        let data = filled(&form);
        assert_eq!(check(&form, &data, date(2025, 3, 3)), Vec::new(), "{code:?}");
        let empty = check(&form, &Map::new(), date(2025, 3, 3));
        let required = form.fields().filter(|field| field.required).count();
        assert_eq!(empty.len(), required, "{code:?}: every required field is told at once");
        assert!(required > 0, "{code:?}");
    }
}

/// What readers see of a form is in their language: no English words in the Chinese, no Chinese in the English.
#[test]
fn the_words_of_a_form_keep_to_their_language() {
    let chinese = |text: &str| text.chars().any(crate::name::is_han);
    let english = |text: &str| {
        let words = text.split(|c: char| !c.is_ascii_alphabetic());
        words.into_iter().any(|word| word.len() > 2 && word.chars().any(|c| c.is_ascii_lowercase()))
    };
    for code in FormCode::ALL {
        let form = form(code);
        let mut texts = vec![(&form.title_zh, &form.title_en), (&form.source_zh, &form.source_en)];
        texts.extend(form.sections.iter().map(|section| (&section.zh, &section.en)));
        for field in form.fields() {
            texts.push((&field.zh, &field.en));
            texts.extend(field.options.iter().map(|choice| (&choice.zh, &choice.en)));
        }
        for (zh, en) in texts {
            assert!(chinese(zh) && !english(zh), "{code:?}: {zh}");
            assert!(!chinese(en), "{code:?}: {en}");
        }
    }
}

#[test]
fn options_of_forms_are_codes_of_the_catalogue() {
    let services = crate::service::ServiceTable::embedded().unwrap();
    let disorders = crate::service::DisorderTable::embedded().unwrap();
    let codes =
        |field: &Field| -> Vec<String> { field.options.iter().map(|choice| choice.code.clone()).collect() };
    let form = form(FormCode::F1);
    let needs = form.fields().find(|field| field.key == "needs").unwrap();
    assert_eq!(codes(needs), services.services.iter().map(|row| row.code.clone()).collect::<Vec<_>>());
    for code in codes(form.fields().find(|field| field.key == "disorder_group").unwrap()) {
        assert!(disorders.get(&code).is_some(), "{code}");
    }
}

#[test]
fn all_problems_at_once() {
    let form = form(FormCode::F1);
    let mut data = filled(&form);
    data.insert("identity_number".into(), json!("110105194912310021"));
    data.insert("phone".into(), json!("12"));
    data.insert("division".into(), json!("990000000000"));
    data.insert("sex".into(), json!("other"));
    data.insert("birth_date".into(), json!("1949-02-30"));
    data.insert("certificate_grade".into(), json!(5));
    data.insert("has_certificate".into(), json!("yes"));
    data.insert("name".into(), json!("  "));
    data.insert("nickname".into(), json!("甲"));
    let expected = [
        ("name", Problem::Required),
        ("sex", Problem::UnknownOption),
        ("birth_date", Problem::DateInvalid),
        ("identity_number", Problem::IdentityNumberInvalid),
        ("phone", Problem::PhoneInvalid),
        ("division", Problem::DivisionInvalid),
        ("has_certificate", Problem::WrongKind),
        ("certificate_grade", Problem::OutOfRange),
        ("nickname", Problem::UnknownField),
    ];
    let expected: Vec<(String, Problem)> =
        expected.into_iter().map(|(field, problem)| (field.to_owned(), problem)).collect();
    assert_eq!(problems(&form, &Value::Object(data)), expected);
}

#[test]
fn some_fields_are_required_because_of_others() {
    let form = form(FormCode::F1);
    let rows = [
        ("capacity", json!("full"), "guardian_name", false),
        ("capacity", json!("limited"), "guardian_name", true),
        ("has_certificate", json!(true), "certificate_number", true),
        ("has_certificate", json!(false), "certificate_number", false),
    ];
    for (key, value, dependent, required) in rows {
        let mut data = filled(&form);
        data.insert(key.into(), value.clone());
        data.remove(dependent);
        let expected = if required { vec![(dependent.to_owned(), Problem::Required)] } else { vec![] };
        assert_eq!(problems(&form, &Value::Object(data)), expected, "{key} {value}");
    }
}

#[test]
fn rows_of_tables_are_checked_and_counted() {
    let form = form(FormCode::F5);
    let mut data = filled(&form);
    let goal = json!({"goal": "乘车", "measure": "次数", "baseline": 0, "target": 3, "due": "2025-06-01"});
    data.insert("goals".into(), json!([goal, {"goal": "买菜", "due": "soon"}]));
    let expected = [
        ("goals.2.measure", Problem::Required),
        ("goals.2.baseline", Problem::Required),
        ("goals.2.target", Problem::Required),
        ("goals.2.due", Problem::DateInvalid),
    ];
    let expected: Vec<(String, Problem)> =
        expected.into_iter().map(|(field, problem)| (field.to_owned(), problem)).collect();
    assert_eq!(problems(&form, &Value::Object(data.clone())), expected);
    data.insert("goals".into(), json!([goal, goal, goal, goal, goal, goal]));
    assert_eq!(problems(&form, &Value::Object(data)), [("goals".to_owned(), Problem::OutOfRange)]);
}

#[test]
fn the_summary_says_what_a_case_must_know() {
    let form = form(FormCode::F4);
    let mut data = filled(&form);
    data.insert("on".into(), json!("2025-02-20"));
    data.insert("kind".into(), json!("closing"));
    data.insert("conclusion".into(), json!("not_yet"));
    data.remove("bprs");
    let made = summary(&form, &data, Uuid::from_u128(9), date(2025, 3, 3));
    assert_eq!((made.on, made.complete), (date(2025, 2, 20), true));
    assert_eq!((made.kind.as_deref(), made.outcome.as_deref()), (Some("closing"), Some("not_yet")));
    assert_eq!(made.signed, [Signatory::Assessor]);
    assert_eq!(made.scales, ["psychosocial", "sdss", "social_adaptation", "adl", "iadl"]);
    assert!(made.reasoned);
    data.insert("risk_reason".into(), json!(" "));
    assert!(!summary(&form, &data, Uuid::from_u128(9), date(2025, 3, 3)).reasoned);
    data.remove("assessor");
    let unsigned = summary(&form, &data, Uuid::from_u128(9), date(2025, 3, 3));
    assert_eq!((unsigned.complete, unsigned.signed.len()), (false, 0));
}

#[test]
fn faulty_definitions_are_refused() {
    let head = "code = \"F2\"\nversion = 1\ntitle_zh = \"甲\"\ntitle_en = \"a\"\nsource_zh = \"甲\"\nsource_en = \"s\"\n\
                effective_from = \"2025-01-01\"\n[[section]]\nkey = \"s\"\nzh = \"节\"\nen = \"s\"\n";
    let field = |rest: &str| {
        format!("{head}[[section.field]]\nkey = \"a\"\nzh = \"甲\"\nen = \"a\"\nmark = \"default\"\n{rest}")
    };
    assert!(Form::<FormCode>::parse("x", &field("kind = \"text\"")).is_ok());
    let faults = [
        "kind = \"choice\"",
        "kind = \"table\"",
        "kind = \"signature\"",
        "kind = \"scale\"",
        "kind = \"riddle\"",
        "kind = \"text\"\nrequired_if = { field = \"b\", is = [\"1\"] }",
        "kind = \"text\"\ncolour = \"red\"",
    ];
    for fault in faults {
        assert!(Form::<FormCode>::parse("x", &field(fault)).is_err(), "{fault}");
    }
}
