//! The files of one county, written row by row.

use super::{
    chance::{Seed, Topic},
    headings::Headings,
    population::Population,
    row::{Clerk, List, Row},
    settings::Errors,
    sink::{CsvFile, Encoding, Sheet},
};
use anyhow::Result;
use rand::Rng;
use std::{collections::VecDeque, path::Path};

const HEALTH: &str = "synthetic-health.csv";
const DPF: &str = "synthetic-dpf.csv";
const DPF_SHEET: &str = "synthetic-dpf.xlsx";
const INSTITUTIONS: &str = "synthetic-institutions.csv";
const TALENT: &str = "synthetic-talent.csv";
const TRUTH: &str = "synthetic-truth.csv";

/// Names of all files; the prefix says that the persons are synthetic.
#[cfg(test)]
pub const FILES: [&str; 6] = [HEALTH, DPF, DPF_SHEET, INSTITUTIONS, TALENT, TRUTH];

/// Where and how the files are written.
#[derive(Debug, Clone, Copy)]
pub struct Files<'a> {
    /// The folder; it exists.
    pub folder: &'a Path,
    /// Encoding of the departments' CSV files; the truth is always UTF-8.
    pub encoding: Encoding,
    /// Also write the DPF's list as a spreadsheet.
    pub spreadsheet: bool,
    /// How often the lists go wrong.
    pub errors: &'a Errors,
}

/// What was written.
#[derive(Debug, Default)]
pub struct Written {
    /// Rows without headings by file.
    pub rows: Vec<(&'static str, u64)>,
    /// What was left out, and why.
    pub notes: Vec<String>,
}

/// A duplicate stands so many rows further down.
const DUPLICATE_DISTANCE: usize = 40;
/// Persons between two reports of progress.
const STEP: u64 = 1024;

/// Writes all files; `progress` is told how many persons of the lists are done.
///
/// # Errors
/// A file cannot be written.
pub fn write(population: &Population, files: &Files<'_>, progress: &dyn Fn(u64)) -> Result<Written> {
    let mut written = Written::default();
    let truth_headings = ["source", "row", "record", "person"].map(str::to_owned);
    let mut truth = CsvFile::create(&files.folder.join(TRUTH), Encoding::Utf8, &truth_headings)?;
    let mut sheet = None;
    for list in [List::Health, List::Dpf] {
        let clerk = Clerk::new(population, files.errors, list);
        let name = if list == List::Health { HEALTH } else { DPF };
        let headings = headings(population.seed(), list)?;
        let csv = CsvFile::create(&files.folder.join(name), files.encoding, &headings)?;
        if list == List::Dpf && files.spreadsheet {
            let title = format!("{} 持证精神残疾人信息（合成数据，不是真实人员）", population.county.name);
            sheet = Some(Sheet::create(&files.folder.join(DPF_SHEET), &title, &headings)?);
        }
        let mut output = Output { list, csv, sheet: sheet.take(), truth: &mut truth, rows: 0, full: false };
        list_rows(population, &clerk, &mut output, progress)?;
        let Output { csv, sheet: finished, rows, full, .. } = output;
        csv.finish()?;
        written.rows.push((name, rows));
        if let Some(finished) = finished {
            finished.finish()?;
            written.rows.push((DPF_SHEET, rows.min(Sheet::MOST_ROWS)));
        }
        if full {
            written
                .notes
                .push(format!("{DPF_SHEET} ends after {} rows: a sheet holds no more", Sheet::MOST_ROWS));
        }
    }
    truth.finish()?;
    let listed = written.rows.iter().filter(|(name, _)| [HEALTH, DPF].contains(name)).map(|(_, rows)| rows);
    let listed = listed.sum();
    supply(population, files, &mut written)?;
    written.rows.push((TRUTH, listed));
    Ok(written)
}

/// The headings of a list, which depend on the seed alone.
pub fn headings(seed: &Seed, list: List) -> Result<Vec<String>> {
    let number = if list == List::Health { 0 } else { 1 };
    Headings::embedded()?.draw(&mut seed.stream(Topic::Headings, number), list.fields())
}

struct Output<'a> {
    list: List,
    csv: CsvFile,
    sheet: Option<Sheet>,
    truth: &'a mut CsvFile,
    rows: u64,
    full: bool,
}

impl Output<'_> {
    fn push(&mut self, row: &Row) -> Result<()> {
        self.rows += 1;
        let record = self.list.record(self.rows);
        let cells = || std::iter::once(record.as_str()).chain(row.cells.iter().skip(1).map(String::as_str));
        self.csv.write(cells())?;
        if let Some(sheet) = &mut self.sheet {
            if self.rows <= Sheet::MOST_ROWS {
                sheet.write(cells())?;
            } else {
                self.full = true;
            }
        }
        let position = self.rows.to_string();
        self.truth.write([self.list.name(), &position, &record, &person_code(row.person)])
    }
}

/// The identifier of a person in the truth file.
fn person_code(person: u64) -> String {
    format!("SYN-{:07}", person + 1)
}

fn list_rows(
    population: &Population,
    clerk: &Clerk<'_>,
    output: &mut Output<'_>,
    progress: &dyn Fn(u64),
) -> Result<()> {
    let list = output.list;
    let order = Order::of(population, list);
    let mut later: VecDeque<Row> = VecDeque::new();
    for place in 0..population.people {
        let person = population.person(order.person(place));
        if place % STEP == 0 {
            progress(place);
        }
        if !(if list == List::Health { person.in_health } else { person.in_dpf }) {
            continue;
        }
        let (row, duplicate) = clerk.rows(&person);
        output.push(&row)?;
        later.extend(duplicate);
        if later.len() > DUPLICATE_DISTANCE
            && let Some(row) = later.pop_front()
        {
            output.push(&row)?;
        }
    }
    later.iter().try_for_each(|row| output.push(row))
}

/// The order of persons on a list: the lists of two departments are never sorted alike.
struct Order {
    people: u64,
    step: u64,
    first: u64,
}

impl Order {
    fn of(population: &Population, list: List) -> Order {
        let people = population.people;
        if list == List::Health || people < 3 {
            return Order { people, step: 1, first: 0 };
        }
        let chance = &mut population.seed().stream(Topic::Headings, 2);
        // A step without a common divisor visits everybody once.
        let start = chance.random_range(1..people);
        let step = (start..people).find(|step| coprime(*step, people)).unwrap_or(1);
        Order { people, step, first: chance.random_range(0..people) }
    }

    fn person(&self, place: u64) -> u64 {
        let position = u128::from(place) * u128::from(self.step) + u128::from(self.first);
        u64::try_from(position % u128::from(self.people.max(1))).unwrap_or_default()
    }
}

fn coprime(mut a: u64, mut b: u64) -> bool {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a == 1
}

fn supply(population: &Population, files: &Files<'_>, written: &mut Written) -> Result<()> {
    let institutions = population.institutions();
    let headings = [
        "机构名称",
        "统一社会信用代码",
        "机构性质",
        "层级",
        "所在地区划代码",
        "地址",
        "服务区域",
        "核定人数",
        "服务项目",
        "接收障碍类别",
        "最小年龄",
        "最大年龄",
        "建筑面积",
        "开放时间",
        "联系人",
        "联系电话",
        "服务承诺日期",
    ]
    .map(str::to_owned);
    let mut csv = CsvFile::create(&files.folder.join(INSTITUTIONS), files.encoding, &headings)?;
    for one in &institutions {
        let areas: Vec<String> = one.areas.iter().map(i64::to_string).collect();
        csv.write([
            one.name.clone(),
            one.credit_code.clone(),
            "社会服务机构".to_owned(),
            if one.is_centre { "县级中心" } else { "乡镇站点" }.to_owned(),
            one.division.to_string(),
            one.address.clone(),
            areas.join("、"),
            one.places.to_string(),
            one.services.join("、"),
            one.disorder_groups.join("、"),
            one.ages.0.to_string(),
            one.ages.1.to_string(),
            one.floor_area.to_string(),
            "周一至周五 8:30-16:30".to_owned(),
            one.contact.clone(),
            one.phone.clone(),
            one.promise_on.to_string(),
        ])?;
    }
    csv.finish()?;
    written.rows.push((INSTITUTIONS, u64::try_from(institutions.len())?));
    let headings = [
        "姓名",
        "身份证号",
        "专业类别",
        "证书名称",
        "证书编号",
        "发证日期",
        "所在机构",
        "机构统一社会信用代码",
        "本年度培训学时",
        "保密承诺日期",
    ]
    .map(str::to_owned);
    let mut csv = CsvFile::create(&files.folder.join(TALENT), files.encoding, &headings)?;
    let talents = population.talents(institutions.len());
    for one in &talents {
        let institution = institutions.get(one.institution);
        csv.write([
            one.name.clone(),
            one.identity_number.clone(),
            one.profession.to_owned(),
            one.certificate.to_owned(),
            one.certificate_number.clone(),
            one.certificate_on.to_string(),
            institution.map(|i| i.name.clone()).unwrap_or_default(),
            institution.map(|i| i.credit_code.clone()).unwrap_or_default(),
            one.training_hours.to_string(),
            one.pledge_on.to_string(),
        ])?;
    }
    csv.finish()?;
    written.rows.push((TALENT, u64::try_from(talents.len())?));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_visits_everybody_once() {
        for (people, step, first) in [(10, 3, 7), (1000, 501, 999), (7, 1, 0)] {
            let order = Order { people, step, first };
            let mut seen: Vec<u64> = (0..people).map(|place| order.person(place)).collect();
            seen.sort_unstable();
            assert_eq!(seen, (0..people).collect::<Vec<_>>());
        }
        assert!(coprime(501, 1000) && !coprime(4, 1000));
    }
}
