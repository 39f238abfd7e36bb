//! Which column of a file holds which item: by the codes of the items, by their numbers, or in order.

use rules::scale::Scale;
use std::collections::BTreeMap;

/// For each item its column; nothing for an optional one that the file lacks.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Columns {
    pub items: Vec<Option<usize>>,
    pub sex: Option<usize>,
}

/// Finds the columns of a scale, or says which is missing.
pub(super) fn find(scale: &Scale, headings: &[String], named: &[String]) -> Result<Columns, String> {
    let sex = headings.iter().position(|heading| ["sex", "gender", "性别"].contains(&bare(heading).as_str()));
    let items = if named.is_empty() { unnamed(scale, headings) } else { by_name(scale, headings, named) }?;
    Ok(Columns { items, sex })
}

/// Letters and digits alone: `PHQ9_1` is `phq9-1`.
fn bare(heading: &str) -> String {
    heading.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

type Found = Result<Vec<Option<usize>>, String>;

fn by_name(scale: &Scale, headings: &[String], named: &[String]) -> Found {
    let fits = scale.answers();
    if !fits.contains(&named.len()) {
        return Err(format!("--columns names {} columns, the scale has {} items", named.len(), fits.end()));
    }
    let mut found = Vec::new();
    for name in named {
        let place = headings.iter().position(|heading| heading.trim() == name.trim());
        found.push(Some(place.ok_or_else(|| format!("there is no column {name}; {}", those(headings)))?));
    }
    Ok(found)
}

fn unnamed(scale: &Scale, headings: &[String]) -> Found {
    let required = *scale.answers().start();
    let items = &scale.definition().items;
    let codes: Vec<Vec<usize>> = items.iter().map(|item| places(headings, &bare(&item.code))).collect();
    for (item, places) in items.iter().zip(&codes) {
        if places.len() > 1 {
            return Err(format!("{} stands in several columns; rename all but one", item.code));
        }
    }
    let by_code: Vec<Option<usize>> = codes.iter().map(|places| places.first().copied()).collect();
    let lacking = items.iter().zip(&by_code).take(required).find(|(_, place)| place.is_none());
    match lacking {
        None => return Ok(by_code),
        Some((item, _)) if by_code.iter().any(Option::is_some) => {
            return Err(format!("the column {} is missing; {}", item.code, those(headings)));
        }
        Some(_) => {}
    }
    if let Some(numbered) = numbered(headings, required, items.len()) {
        return Ok(numbered);
    }
    if scale.answers().contains(&headings.len()) {
        return Ok((0..headings.len()).map(Some).collect());
    }
    let code = items.first().map_or("", |item| item.code.as_str());
    Err(format!(
        "the columns of the items were not found; call them {code} and so on, or name them in order with --columns; {}",
        those(headings)
    ))
}

fn places(headings: &[String], code: &str) -> Vec<usize> {
    headings.iter().enumerate().filter(|(_, heading)| bare(heading) == code).map(|(place, _)| place).collect()
}

/// Headings that differ by a number alone, such as q1 to q9 or 第1题 to 第9题, where exactly one such row is there.
fn numbered(headings: &[String], required: usize, most: usize) -> Option<Vec<Option<usize>>> {
    let mut rows: BTreeMap<(String, String), BTreeMap<usize, usize>> = BTreeMap::new();
    for (place, heading) in headings.iter().enumerate() {
        let heading = heading.trim();
        let Some(start) = heading.find(|c: char| c.is_ascii_digit()) else { continue };
        let (before, rest) = heading.split_at(start);
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (digits, behind) = rest.split_at(end);
        let Ok(number) = digits.parse() else { continue };
        rows.entry((before.to_lowercase(), behind.to_lowercase())).or_default().insert(number, place);
    }
    let mut whole = rows.into_values().filter(|row| (1..=required).all(|number| row.contains_key(&number)));
    match (whole.next(), whole.next()) {
        (Some(row), None) => Some((1..=most).map(|number| row.get(&number).copied()).collect()),
        _ => None,
    }
}

fn those(headings: &[String]) -> String {
    format!("the file has: {}", headings.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rules::scale::embedded;

    fn found(id: &str, headings: &str, named: &[&str]) -> Result<Vec<Option<usize>>, String> {
        let headings: Vec<String> = headings.split(',').map(str::to_owned).collect();
        let named: Vec<String> = named.iter().map(|name| (*name).to_owned()).collect();
        find(&embedded(id).unwrap().unwrap(), &headings, &named).map(|columns| columns.items)
    }

    #[test]
    fn columns_are_found_by_code_by_number_or_in_order() {
        let three = |places: [usize; 3]| Ok(places.into_iter().map(Some).collect());
        let rows = [
            ("auditc-1,auditc-2,auditc-3", three([0, 1, 2])),
            ("AUDITC_3,编号,auditc 1,AuditC.2", three([2, 3, 0])),
            ("id,q1,q2,q3,note", three([1, 2, 3])),
            ("编号,第3题,第2题,第1题", three([3, 2, 1])),
            ("1,2,3", three([0, 1, 2])),
            ("often,how many,six", three([0, 1, 2])),
        ];
        for (headings, expected) in rows {
            assert_eq!(found("audit-c", headings, &[]), expected, "{headings}");
        }
        assert_eq!(found("audit-c", "id,x,y,z", &["y", "x", "z"]), three([2, 1, 3]));
        let optional = found("psp", "psp-a,psp-b,psp-c,psp-d", &[]).unwrap();
        assert_eq!(optional, [Some(0), Some(1), Some(2), Some(3), None]);
    }

    #[test]
    fn what_is_missing_is_named() {
        let rows: [(&str, &[&str], &str); 6] = [
            ("auditc-1,auditc-2", &[], "the column auditc-3 is missing"),
            ("auditc-1,auditc-1,auditc-2,auditc-3", &[], "auditc-1 stands in several columns"),
            ("id,x,y,z", &[], "were not found; call them auditc-1 and so on"),
            ("a1,a2,a3,b1,b2,b3", &[], "were not found"),
            ("id,x,y,z", &["x", "y"], "names 2 columns, the scale has 3 items"),
            ("id,x,y,z", &["x", "y", "w"], "there is no column w; the file has: id, x, y, z"),
        ];
        for (headings, named, says) in rows {
            let told = found("audit-c", headings, named).unwrap_err();
            assert!(told.contains(says), "{told}");
        }
    }

    #[test]
    fn a_column_of_the_sex_is_found() {
        let scale = embedded("audit-c").unwrap().unwrap();
        for (heading, place) in [("sex", Some(0)), ("性别", Some(0)), ("Gender", Some(0)), ("age", None)] {
            let headings: Vec<String> = [heading, "q1", "q2", "q3"].into_iter().map(str::to_owned).collect();
            assert_eq!(find(&scale, &headings, &[]).unwrap().sex, place, "{heading}");
        }
    }
}
