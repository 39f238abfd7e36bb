//! The sentences of `xinqiao followup` in both languages, side by side.

use super::{Placed, Summary};
use rules::followup::list::{Column, Problem};
use std::path::Path;

/// What the help adds: the columns, in both languages.
pub(super) const HELP: &str = "\
Columns, in any order; others are kept:
  visit_date      2025-03-03
  risk            0 to 5, or empty
  symptoms        0 basically gone, 1 some, 2 obvious, or empty
  insight         1 full, 2 partial, 3 absent, or empty
  self_care, housework, work, learning, social
                  1 good, 2 fair, 3 poor, 9 not applicable
  adr             none, mild, severe
  physical        stable, unstable, severe
  previous_class  1 to 3, or empty for a first visit
Added: class (1 unstable, 2 basically stable, 3 stable), rule (U1 to S1), next_due (latest day of the next visit).
Where risk, symptoms or insight is empty, the visit is not valid: no class, no day, rule \"invalid\".

各列顺序不限，其他列原样保留：
  visit_date      随访日期，如 2025-03-03
  risk            危险性评估 0 至 5 级，可空
  symptoms        症状：0 基本消失，1 部分存在，2 明显，可空
  insight         自知力：1 自知力完全，2 自知力不全，3 自知力缺失，可空
  self_care, housework, work, learning, social
                  个人生活料理、家务劳动、生产劳动及工作、学习能力、社会人际交往：1 良好，2 一般，3 较差，9 不适用
  adr             药物不良反应：none 无，mild 轻，severe 急性或严重
  physical        躯体疾病：stable 稳定，unstable 不稳定，severe 严重
  previous_class  上次分类 1 至 3，首次可空
增加三列：class（1 不稳定，2 基本稳定，3 稳定）、rule（U1 至 S1）、next_due（下次随访的最晚日期）。
risk、symptoms、insight 任一为空的，随访无效：不分类、无日期，rule 为 invalid。";

/// Picks the sentence of the language.
fn pick(chinese: bool, zh: impl Into<String>, en: impl Into<String>) -> String {
    if chinese { zh.into() } else { en.into() }
}

/// A fault with row, column, value and remedy.
pub(super) fn fault(placed: &Placed, chinese: bool) -> String {
    let (row, value) = (placed.row, &placed.fault.value);
    let column = placed.fault.column.unwrap_or_default();
    let remedy = remedy(placed.fault.problem, chinese);
    match placed.fault.problem {
        Problem::Value(_) => pick(
            chinese,
            format!("第 {row} 行，{column} 列，“{value}”：{remedy}"),
            format!("row {row}, column {column}, \"{value}\": {remedy}"),
        ),
        Problem::ColumnMissing | Problem::ColumnTwice | Problem::ColumnTaken => pick(
            chinese,
            format!("第 {row} 行，{column} 列：{remedy}"),
            format!("row {row}, column {column}: {remedy}"),
        ),
        Problem::Cells { .. } => pick(
            chinese,
            format!("第 {row} 行，共 {value} 格：{remedy}"),
            format!("row {row}, {value} cells: {remedy}"),
        ),
        Problem::NotUtf8 => pick(
            chinese,
            format!("第 {row} 行，“{value}”：{remedy}"),
            format!("row {row}, \"{value}\": {remedy}"),
        ),
    }
}

/// What to do about a fault.
pub(super) fn remedy(problem: Problem, chinese: bool) -> String {
    match problem {
        Problem::ColumnMissing => pick(
            chinese,
            "缺少此列，请在首行补上；若首行是中文乱码，请先另存为 UTF-8",
            "the column is missing; add it to the first row, and save the file as UTF-8",
        ),
        Problem::ColumnTwice => pick(chinese, "此列重复，请删除一列", "the column stands twice; remove one"),
        Problem::ColumnTaken => pick(
            chinese,
            "此列名由本命令写出，请先改名或删除",
            "this command writes a column of that name; rename or remove it",
        ),
        Problem::Cells { wanted } => pick(
            chinese,
            format!("首行有 {wanted} 列，请检查逗号和引号"),
            format!("the first row has {wanted}; look for commas and quotation marks"),
        ),
        Problem::NotUtf8 => {
            pick(chinese, "不是 UTF-8 文本，请将文件另存为 UTF-8", "not UTF-8 text; save the file as UTF-8")
        }
        Problem::Value(column) => value(column, chinese),
    }
}

fn value(column: Column, chinese: bool) -> String {
    match column {
        Column::VisitDate => {
            pick(chinese, "不是日期，请按 2025-03-03 的格式填写", "not a day; write it as 2025-03-03")
        }
        Column::Risk => pick(
            chinese,
            "请填 0 至 5，未评估的留空",
            "write 0 to 5, or leave it empty where it was not assessed",
        ),
        Column::Symptoms => pick(
            chinese,
            "请填 0 基本消失、1 部分存在或 2 明显，未判断的留空",
            "write 0 (basically gone), 1 (some) or 2 (obvious), or leave it empty",
        ),
        Column::Insight => pick(
            chinese,
            "请填 1 自知力完全、2 自知力不全或 3 自知力缺失，未判断的留空",
            "write 1 (full), 2 (partial) or 3 (absent), or leave it empty",
        ),
        Column::SelfCare | Column::Housework | Column::Work | Column::Learning | Column::Social => pick(
            chinese,
            "请填 1 良好、2 一般、3 较差或 9 不适用",
            "write 1 (good), 2 (fair), 3 (poor) or 9 (not applicable)",
        ),
        Column::AdverseReaction => {
            pick(chinese, "请填 none 无、mild 轻或 severe 急性或严重", "write none, mild or severe")
        }
        Column::Physical => pick(
            chinese,
            "请填 stable 稳定、unstable 不稳定或 severe 严重",
            "write stable, unstable or severe",
        ),
        Column::PreviousClass => pick(
            chinese,
            "请填 1 不稳定、2 基本稳定或 3 稳定，首次随访留空",
            "write 1 (unstable), 2 (basically stable) or 3 (stable), or leave it empty for a first visit",
        ),
    }
}

/// Faults that are not listed.
pub(super) fn further(count: u64, chinese: bool) -> String {
    pick(
        chinese,
        format!("另有 {count} 处错误未列出"),
        format!("further faults that are not listed: {count}"),
    )
}

/// The last line where something was wrong.
pub(super) fn nothing_written(faults: u64, chinese: bool) -> String {
    pick(
        chinese,
        format!("共 {faults} 处错误，未写出任何结果；请改正后重新运行"),
        format!("faults: {faults}; nothing was written. Correct them and run again"),
    )
}

/// How many visits have no class.
pub(super) fn without_class(count: u64, chinese: bool) -> String {
    pick(
        chinese,
        format!("{count} 行缺少危险性、症状或自知力，随访无效，未分类（rule 为 invalid）"),
        format!("rows without risk, symptoms or insight: {count}; not valid, no class (rule \"invalid\")"),
    )
}

/// The last line where everything went well.
pub(super) fn done(summary: &Summary, out: &Path, seconds: f64, chinese: bool) -> String {
    let class = |code: u8| summary.classes.get(&code).copied().unwrap_or(0);
    let (unstable, basically, stable) = (class(1), class(2), class(3));
    let (rows, without, out) = (summary.rows, summary.without_class, out.display());
    pick(
        chinese,
        format!(
            "{rows} 行已写入 {out}：不稳定 {unstable}，基本稳定 {basically}，稳定 {stable}，无效 {without}（{seconds:.1} 秒）"
        ),
        format!(
            "{rows} rows written to {out}: unstable {unstable}, basically stable {basically}, stable {stable}, \
             not valid {without} ({seconds:.1} s)"
        ),
    )
}
