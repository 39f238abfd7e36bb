//! What stands behind a line of the log, in words.

use crate::language::Language;
use app::audit;
use serde_json::Value as Json;

/// The kind under which the catalogue has the codes that stand under a key; none where the value is a figure, an
/// identifier or an address.
fn kind(key: &str) -> Option<&'static str> {
    Some(match key {
        "command" | "decision" => "command",
        "code" => "refusal",
        "role" => "role",
        "purposes" => "purpose",
        "state" => "state",
        "holder" => "holder",
        "because" => "audit_because",
        "step" => "sign_in_step",
        "by" => "sign_in_by",
        "fields" => "audit_field",
        "events" => "library_event",
        "basis" => "emergency_basis",
        "verdict" => "emergency_verdict",
        "right" => "audit_right",
        "share" => "share_event",
        "research" => "research_state",
        "use" => "use",
        "bound" => "bound",
        _ => return None,
    })
}

/// The detail in words. A key or a code without a word is shown as it is: a log leaves nothing out.
pub(crate) fn in_words(language: Language, detail: &Json) -> String {
    let value = |key: &str, codes: &str| match (kind(key), codes) {
        (_, "true") => language.text("form.yes").into_owned(),
        (_, "false") => language.text("form.no").into_owned(),
        (Some(kind), _) => {
            let words: Vec<String> = codes.split(',').map(|code| language.code(kind, code)).collect();
            words.join(&language.text("audit.and"))
        }
        (None, _) => codes.to_owned(),
    };
    let told = audit::told(detail);
    let lines: Vec<String> = told
        .iter()
        .map(|(key, codes)| language.pair(&language.code("audit_detail", key), &value(key, codes)))
        .collect();
    lines.join(&language.text("audit.next"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_detail_is_told_in_words_and_a_code_without_a_word_as_it_is() {
        for (detail, chinese, english) in [
            (json!({"forms": 7}), "表单数：7", "Forms: 7"),
            (json!({"command": "refer", "version": 5}), "步骤：转介；版本：5", "Step: Refer; Version: 5"),
            (json!({"fields": ["name", "phone"]}), "内容：姓名、电话", "Fields: name, telephone"),
            (json!({"because": "password"}), "原因：密码不对", "Because: wrong password"),
            (json!({"keep_valid": true}), "只导入正确的行：是", "Good rows only: Yes"),
            (json!({"colour": "blue"}), "colour：blue", "colour: blue"),
            (json!({"name": "张测试"}), "", ""),
        ] {
            assert_eq!(in_words(Language::Chinese, &detail), chinese);
            assert_eq!(in_words(Language::English, &detail), english);
        }
    }
}
