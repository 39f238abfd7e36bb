//! What a page's form sent: names and values in the order of the page.

use rules::form::{Field, Form, Kind};
use serde_json::{Map, Value as Json};

/// Rows of a table that are read at most.
const ROWS: usize = 60;

/// Names and values as sent.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(transparent)]
pub(crate) struct Posted(pub Vec<(String, String)>);

impl Posted {
    /// The last value of a name, without blanks around it; none where it is empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().rev().find(|(key, _)| key == name);
        found.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }

    /// The version upon which the form was filled in, where one was sent: saving it tells of what changed since.
    pub(crate) fn version(&self) -> Option<i64> {
        self.get("version").and_then(|version| version.parse().ok())
    }

    /// All values of a name.
    pub(crate) fn all<'p>(&'p self, name: &'p str) -> impl Iterator<Item = &'p str> {
        let own = self.0.iter().filter(move |(key, _)| key == name);
        own.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }

    /// Anything was sent under names that begin so.
    pub(crate) fn has(&self, beginning: &str) -> bool {
        self.0.iter().any(|(key, _)| key.starts_with(beginning))
    }

    /// What was written into a form whose names begin with `prefix`.
    pub(crate) fn form<C>(&self, form: &Form<C>, prefix: &str) -> Map<String, Json> {
        let fields: Vec<&Field> = form.fields().collect();
        self.fields(&fields, prefix)
    }

    fn fields(&self, fields: &[&Field], prefix: &str) -> Map<String, Json> {
        let mut out = Map::new();
        for field in fields {
            let name = format!("{prefix}.{}", field.key);
            if let Some(value) = self.value(field, &name) {
                out.insert(field.key.clone(), value);
            }
        }
        out
    }

    fn value(&self, field: &Field, name: &str) -> Option<Json> {
        match field.kind {
            Kind::MultiChoice => {
                let codes: Vec<Json> = self.all(name).map(Json::from).collect();
                (!codes.is_empty()).then(|| codes.into())
            }
            Kind::YesNo => match self.get(name)? {
                "true" => Some(Json::Bool(true)),
                "false" => Some(Json::Bool(false)),
                other => Some(other.into()),
            },
            Kind::Number | Kind::Scale => Some(number(self.get(name)?)),
            Kind::Table => self.rows(field, name),
            // A name alone is no signature.
            Kind::Signature => {
                let ticked = self.get(&format!("{name}.tick")).is_some();
                self.get(name).filter(|_| ticked).map(Json::from)
            }
            Kind::IdentityNumber => Some(self.get(name)?.to_uppercase().into()),
            _ => Some(self.get(name)?.into()),
        }
    }

    /// Rows with anything in them, in their order.
    fn rows(&self, field: &Field, name: &str) -> Option<Json> {
        let columns: Vec<&Field> = field.columns.iter().collect();
        let rows = (1..=ROWS).map(|number| self.fields(&columns, &format!("{name}.{number}")));
        let filled: Vec<Json> = rows.filter(|row| !row.is_empty()).map(Json::Object).collect();
        (!filled.is_empty()).then(|| filled.into())
    }
}

/// A number as written, or the text where it is none, so that the check can say so.
fn number(text: &str) -> Json {
    if let Ok(whole) = text.parse::<i64>() {
        return whole.into();
    }
    text.parse::<f64>().ok().and_then(serde_json::Number::from_f64).map_or_else(|| text.into(), Json::Number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rules::form::FormCode;
    use serde_json::json;

    fn posted(pairs: &[(&str, &str)]) -> Posted {
        Posted(pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect())
    }

    #[test]
    fn a_form_is_read_by_the_kinds_of_its_fields() {
        let form = Form::embedded(FormCode::F1).unwrap();
        let sent = posted(&[
            ("F1.name", "  张三 "),
            ("F1.identity_number", "99010119900101123x"),
            ("F1.has_certificate", "true"),
            ("F1.certificate_grade", "2"),
            ("F1.needs", "S1"),
            ("F1.needs", "S4"),
            ("F1.signature", "张三"),
            ("F1.phone", ""),
        ]);
        let expected = json!({ "name": "张三", "identity_number": "99010119900101123X", "has_certificate": true,
            "certificate_grade": 2, "needs": ["S1", "S4"] });
        assert_eq!(Json::Object(sent.form(&form, "F1")), expected, "a signature without its tick is none");
        let signed = posted(&[("F1.signature", "张三"), ("F1.signature.tick", "yes")]);
        assert_eq!(Json::Object(signed.form(&form, "F1")), json!({ "signature": "张三" }));
    }

    #[test]
    fn empty_rows_are_left_out() {
        let form = Form::embedded(FormCode::F5).unwrap();
        let sent = posted(&[
            ("F5.goals.1.goal", ""),
            ("F5.goals.2.goal", "按时服药"),
            ("F5.goals.2.baseline", "3"),
            ("F5.goals.3.goal", ""),
        ]);
        let expected = json!({ "goals": [{ "goal": "按时服药", "baseline": 3 }] });
        assert_eq!(Json::Object(sent.form(&form, "F5")), expected);
    }

    #[test]
    fn what_is_no_number_stays_a_text() {
        for (text, expected) in [("3", json!(3)), ("2.5", json!(2.5)), ("three", json!("three"))] {
            assert_eq!(number(text), expected);
        }
    }
}
