//! What `xinqiao score` says, in Chinese and in English.

use super::Fault;
use rules::scale::{Allowed, AnswerFault, CrisisAction, Outcome, Problem, Scale};
use std::{fmt::Write, path::Path};

/// There is no such scale.
pub(super) fn unknown_scale(typed: &str, nearest: &str, chinese: bool) -> String {
    if chinese {
        format!("没有量表“{typed}”。是否指 {nearest}?所有量表:xinqiao scale list")
    } else {
        format!("there is no scale {typed:?}; did you mean {nearest}? `xinqiao scale list` prints all")
    }
}

/// The file holds another scale than the one that was named.
pub(super) fn another_scale(file: &Path, id: &str, wanted: &str, chinese: bool) -> String {
    let file = file.display();
    if chinese {
        format!("{file} 中的量表是 {id},不是 {wanted};请省略名称,或改用另一文件")
    } else {
        format!("{file} holds the scale {id}, not {wanted}; leave the name out, or give another file")
    }
}

/// What is wrong with the answers to one form.
pub(super) fn fault(scale: &Scale, fault: &Fault, chinese: bool) -> String {
    let id = &scale.definition().id;
    let item =
        |position: usize| scale.definition().items.get(position).map_or("total", |item| item.code.as_str());
    let (position, code) = match fault {
        Fault::NoNumber(position, _) => (*position, item(*position)),
        Fault::Answer(AnswerFault { position, item, problem }) => match problem {
            Problem::NoValue { .. } | Problem::NotPermitted { .. } => (*position, item.as_str()),
            other => return format!("{id}: {}", problem_with(other, chinese)),
        },
    };
    let what = match fault {
        Fault::NoNumber(_, cell) => no_number(cell, chinese),
        Fault::Answer(fault) => problem_with(&fault.problem, chinese),
    };
    match (chinese, code == "total") {
        (_, true) => format!("{id}: {what}"),
        (true, false) => format!("{id} 第{}个答案({code}):{what}", position + 1),
        (false, false) => format!("{id}, answer {} ({code}): {what}", position + 1),
    }
}

/// A cell that is no number.
pub(super) fn no_number(cell: &str, chinese: bool) -> String {
    if chinese {
        format!("“{cell}”不是数字;请填写数字,未作答则留空")
    } else {
        format!("{cell:?} is not a number; write a number, or nothing where it was not answered")
    }
}

/// A problem with an answer, and what to do.
pub(super) fn problem_with(problem: &Problem, chinese: bool) -> String {
    match problem {
        Problem::NoValue { value, allowed } => {
            let allowed = allowed_values(allowed, chinese);
            if chinese {
                format!("{value} 不在取值范围内({allowed});请改正,未作答则留空")
            } else {
                format!(
                    "{value} is outside its range: {allowed}; correct it, or leave it empty where it was not answered"
                )
            }
        }
        Problem::NotPermitted { value, from, to } if chinese => {
            format!("{value} 与其他答案不符:应在{from}至{to}之间选定;请改正其一")
        }
        Problem::NotPermitted { value, from, to } => {
            format!("{value} does not fit the other answers: choose {from} to {to}, or correct them")
        }
        Problem::WrongNumber { found, least, most } => wrong_number(*found, *least, *most, chinese),
        Problem::NeedsAnswers if chinese => "不能只录入总分;请录入各题答案".to_owned(),
        Problem::NeedsAnswers => "the total cannot be entered alone; give the answers".to_owned(),
        Problem::NoScore if chinese => "以文字记录,没有总分".to_owned(),
        Problem::NoScore => "it is written as text and has no score".to_owned(),
        // Words are not scored here: they come from pages and programs.
        Problem::NoText | Problem::NothingWritten | Problem::TooLong { .. } | Problem::NoLetters => {
            if chinese { "不是文字".to_owned() } else { "it is no text".to_owned() }
        }
    }
}

fn wrong_number(found: usize, least: usize, most: usize, chinese: bool) -> String {
    let wanted = match (least == most, chinese) {
        (true, _) => least.to_string(),
        (false, true) => format!("{least}至{most}"),
        (false, false) => format!("{least} to {most}"),
    };
    match (most, chinese) {
        (0, true) => "没有条目,请只录入总分".to_owned(),
        (0, false) => "it has no items; give the total alone".to_owned(),
        (_, true) => format!("应有{wanted}个答案,现有{found}个;未作答的题在逗号之间留空"),
        (_, false) => format!(
            "it takes {wanted} answers, {found} were given; leave nothing between two commas where one was not answered"
        ),
    }
}

/// The values that may be answered.
fn allowed_values(allowed: &Allowed, chinese: bool) -> String {
    let listed = |values: &[i32]| values.iter().map(i32::to_string).collect::<Vec<_>>().join(", ");
    match allowed {
        Allowed::Listed(values) => listed(values),
        Allowed::Range(low, high, apart) => {
            let range = if chinese { format!("{low}至{high}") } else { format!("{low} to {high}") };
            match (apart.is_empty(), chinese) {
                (true, _) => range,
                (false, true) => format!("{range};不适用 {}", listed(apart)),
                (false, false) => format!("{range}, or {} where it does not apply", listed(apart)),
            }
        }
    }
}

/// What a form amounts to, line by line.
pub(super) fn outcome(
    scale: &Scale,
    outcome: &Outcome<'_>,
    actions: &[&CrisisAction],
    permitted: Option<(i32, i32)>,
    chinese: bool,
) -> String {
    let choose = |zh: &str, en: &str| if chinese { zh.to_owned() } else { en.to_owned() };
    let definition = scale.definition();
    let mut lines = vec![choose(&definition.title.zh, &definition.title.en)];
    lines.push(match (outcome.total, scale.range()) {
        (Some(total), Some((low, high))) => format!("{} {total} ({low}–{high})", choose("总分", "total")),
        (Some(total), None) => format!("{} {total}", choose("总分", "total")),
        (None, _) => incomplete(outcome, permitted, chinese),
    });
    let sexes = definition.scores.iter().flat_map(|score| &score.bands).any(|band| band.sex.is_some());
    match outcome.band {
        Some(band) => {
            lines.push(format!("{} {} ({})", choose("分级", "band"), choose(&band.zh, &band.en), band.code))
        }
        None if sexes && outcome.total.is_some() => {
            lines.push(choose("分级因性别而异,请加 --sex", "the band differs by sex: add --sex"));
        }
        None => {}
    }
    let flags = outcome.flags();
    if !flags.is_empty() {
        lines.push(format!("{} {}", choose("标记", "flags"), flags.join(", ")));
    }
    for (score, value) in definition.scores.iter().zip(&outcome.scores) {
        if let (false, Some(value)) = (score.code == "total", value) {
            lines.push(format!("{} {value}", choose(&score.zh, &score.en)));
        }
    }
    lines.extend(outcome.findings.iter().map(|finding| choose(&finding.zh, &finding.en)));
    if !outcome.unjudged.is_empty() {
        let en = "the total alone does not say whether single items must not wait: look at them";
        lines.push(choose("只有总分,无法判断需要立即处理的单项,请查看各题", en));
    }
    if outcome.band_open {
        let en = "the band is that of the total alone; single items may put it into another one";
        lines.push(choose("分级只依据总分,单项可能改变分级", en));
    }
    if let Some(level) = outcome.level() {
        lines.push(if chinese {
            format!("须处理,{level}级:")
        } else {
            format!("level {level}, to be done:")
        });
        lines.extend(actions.iter().map(|action| format!("  {}", choose(&action.zh, &action.en))));
    }
    lines.push(choose("筛查结果不是诊断。", "A screening result is not a diagnosis."));
    lines.iter().fold(String::new(), |mut text, line| {
        let _ = writeln!(text, "{line}");
        text
    })
}

fn incomplete(outcome: &Outcome<'_>, permitted: Option<(i32, i32)>, chinese: bool) -> String {
    match (permitted, chinese) {
        (Some((from, to)), true) => format!("评定者应在{from}至{to}之间选定总分"),
        (Some((from, to)), false) => format!("the rater chooses the total from {from} to {to}"),
        (None, true) => format!("没有总分:{}题中只答了{}题", outcome.asked, outcome.answered),
        (None, false) => format!("no total: {} of {} were answered", outcome.answered, outcome.asked),
    }
}
