//! A list of divisions as an operator has it: CSV with the columns code and name.

use rules::division::DivisionCode;
use std::collections::BTreeMap;
use thiserror::Error;

/// Headings under which lists give the code and the name.
const CODE_HEADINGS: [&str; 5] = ["code", "代码", "区划代码", "统计用区划代码", "行政区划代码"];
const NAME_HEADINGS: [&str; 5] = ["name", "名称", "区划名称", "单位名称", "行政区划名称"];
/// Problems that are told.
const TOLD: usize = 20;

/// Why a list cannot be used.
#[derive(Debug, Error)]
pub enum ListError {
    /// The text is no table.
    #[error("the list cannot be read as CSV")]
    Table(#[from] csv::Error),
    /// A column is missing.
    #[error("the list needs the columns code and name (代码, 名称)")]
    Columns,
    /// Rows that cannot be used.
    #[error("{} rows cannot be used\n{}", .0.len(), .0.iter().take(TOLD).cloned().collect::<Vec<_>>().join("\n"))]
    Rows(Vec<String>),
}

/// Codes and names of a list. Every row that cannot be used is named at once, and then nothing is taken.
///
/// # Errors
/// See [`ListError`].
pub fn read_list(text: &str) -> Result<BTreeMap<DivisionCode, String>, ListError> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let headings = reader.headers()?.clone();
    let column =
        |names: &[&str]| headings.iter().position(|h| names.contains(&h.trim().to_lowercase().as_str()));
    let (Some(code_column), Some(name_column)) = (column(&CODE_HEADINGS), column(&NAME_HEADINGS)) else {
        return Err(ListError::Columns);
    };
    let mut divisions = BTreeMap::new();
    let mut problems = Vec::new();
    for record in reader.records() {
        let record = record?;
        let line = record.position().map_or(0, csv::Position::line);
        let name = record.get(name_column).unwrap_or_default().trim();
        match DivisionCode::parse(record.get(code_column).unwrap_or_default()) {
            Ok(_) if name.is_empty() => problems.push(format!("line {line}: no name")),
            Ok(code) => match divisions.insert(code, name.to_owned()) {
                Some(earlier) if earlier != name => {
                    problems.push(format!("line {line}: {code} is {earlier} and {name}"));
                }
                _ => {}
            },
            Err(error) => problems.push(format!("line {line}: {}", error.code())),
        }
    }
    if problems.is_empty() { Ok(divisions) } else { Err(ListError::Rows(problems)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_taken_whole_or_every_row_at_fault_is_named() {
        let read = |text: &str| {
            read_list(text).map(|found| found.len()).map_err(|fault| fault.to_string().lines().count())
        };
        for (text, found) in [
            ("code,name\n310115,浦东新区\n", Ok(1)),
            ("名称,代码,级别\n浦东新区,310115000000,县\n浦东新区,310115\n", Ok(1)),
            ("code\n310115\n", Err(1)),
            ("code,name\n310115,\n99,无\n310115,甲\n310115,乙\n", Err(4)),
        ] {
            assert_eq!(read(text), found, "{text}");
        }
    }
}
