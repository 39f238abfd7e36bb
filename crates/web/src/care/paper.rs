//! Plan and sessions on paper: a part of the whole file of a case.

use super::{
    line::{Line, line},
    plan::{Sheet, sheet},
    talk::Talk,
};
use crate::{
    Site,
    language::Language,
    pdf::{Block, Pair},
    session::Session,
};
use app::{Error, care, id::Id};
use rules::account::{Deed, Subject};

/// The plan in force with its signature and crisis plan, goals, months, and the latest sessions, as far as the reader may see them;
/// nothing where there is neither plan nor session, or the reader has no part in care. The reads are in the log.
pub(crate) async fn plan_blocks(
    site: &Site,
    session: &Session,
    case: Id,
) -> Result<Option<Vec<Block>>, Error> {
    if !session.scope.role.may(Deed::Read, Subject::Care) {
        return Ok(None);
    }
    let (app, scope, language) = (&site.app, &session.scope, session.language);
    let (plans, figures) = care::plans_and_figures(app, scope, case).await?;
    let rows = care::of_case(app, scope, case, None).await?;
    if plans.versions.is_empty() && rows.is_empty() {
        return Ok(None);
    }
    let mut blocks = Vec::new();
    if let Some(version) = plans.in_force() {
        blocks.extend(plan(language, sheet(app, language, version)));
    }
    blocks.extend(Talk::new(site, language, &figures).blocks(language));
    let lines: Vec<Line> = rows.iter().map(|row| line(app, session, row)).collect();
    blocks.extend(sessions(language, lines));
    Ok(Some(blocks))
}

fn plan(language: Language, sheet: Sheet) -> Vec<Block> {
    let text = |key: &str| language.text(key).into_owned();
    let number = format!("{} {}", text("care.version"), sheet.number);
    let signed = if sheet.signed.is_empty() { text("care.unsigned") } else { sheet.signed };
    let call = sheet.call.iter().map(|(name, phone)| format!("{name} {phone}")).collect::<Vec<_>>();
    let pairs = [
        ("care.version", number),
        ("care_field.from", sheet.period),
        ("care_field.review", sheet.review),
        ("care.signature", signed),
        ("care_field.problems", sheet.problems),
        ("care_field.long_term_goal", sheet.long_term_goal),
        ("care_field.family", sheet.family),
        ("care_field.crisis_signs", sheet.signs),
        ("care_field.crisis_helps", sheet.helps),
        ("care_field.crisis_others", sheet.others),
        ("care_field.crisis_call", call.join(language.comma())),
    ];
    let told = pairs.into_iter().filter(|(_, value)| !value.is_empty());
    let pairs = told.map(|(key, value)| Pair::new(&text(key), &value)).collect();
    let row = |line: super::plan::ServiceLine| vec![line.what, line.goal, line.provider];
    let headings = ["care.services", "care_field.goal", "care_field.lines_provider"].map(text);
    vec![
        Block::Title(text("paper.plan")),
        Block::Pairs(pairs),
        Block::Table(headings.to_vec(), sheet.lines.into_iter().map(row).collect()),
    ]
}

fn sessions(language: Language, lines: Vec<Line>) -> Vec<Block> {
    if lines.is_empty() {
        return Vec::new();
    }
    let text = |key: &str| language.text(key).into_owned();
    let headings = ["care_field.on", "care_field.start", "care_field.service", "paper.presence"].map(text);
    let count = lines.len().to_string();
    let full = i64::try_from(lines.len()).unwrap_or(0) == care::PAGE;
    let row = |line: Line| {
        let presence = if line.presence.is_empty() { line.state } else { line.presence };
        let told =
            if line.values.is_empty() { line.what } else { format!("{} · {}", line.what, line.values) };
        vec![line.on, line.time, told, presence]
    };
    let mut blocks = vec![
        Block::Heading(text("paper.sessions")),
        Block::Table(headings.to_vec(), lines.into_iter().map(row).collect()),
    ];
    if full {
        blocks.push(Block::Small(language.with("paper.sessions_latest", &[("count", &count)])));
    }
    blocks
}
