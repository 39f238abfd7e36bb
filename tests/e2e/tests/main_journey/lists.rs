//! The departments' lists and the register that comes of them. The persons are invented, and their identity numbers
//! belong to no province (99).

use anyhow::{Context, Result};
use e2e::{Account, Clerk, papers};
use serde_json::json;
use tempfile::NamedTempFile;

/// Somebody of whom the lists say different things.
pub const SECOND: &str = "桥晓舟";
/// The certificate is the identity number, the kind of disability and its grade.
const SECOND_NUMBER: &str = "999999197908112249";

/// A department's list as a file, and its kind.
pub struct List {
    kind: &'static str,
    file: NamedTempFile,
}

fn list(kind: &'static str, lines: &[Vec<&str>]) -> Result<List> {
    let file = tempfile::Builder::new().prefix(kind).suffix(".csv").tempfile()?;
    let text: String = lines.iter().map(|cells| format!("{}\n", cells.join(","))).collect();
    std::fs::write(file.path(), text)?;
    Ok(List { kind, file })
}

/// What health sends: two persons of the committee's village, one of them without a number.
pub fn health(committee: &Account) -> Result<List> {
    let village = committee.division.as_str();
    let person = [papers::NAME, papers::IDENTITY_NUMBER, "男", papers::BORN, papers::PHONE];
    let second = [SECOND, "", "女", "1979-08-11", "15400000027"];
    let rest = [village, "精神分裂症", "稳定", "是", "是", "是", "是"];
    let heading = [
        "姓名",
        "身份证号",
        "性别",
        "出生日期",
        "联系电话",
        "现住址区划代码",
        "诊断",
        "目前分类",
        "是否居家",
        "有社区康复需求",
        "评估适合社区康复",
        "同意接受服务",
    ];
    list("smd", &[heading.to_vec(), [&person[..], &rest].concat(), [&second[..], &rest].concat()])
}

/// What the federation sends: the same two, the second with another telephone.
pub fn dpf(committee: &Account) -> Result<List> {
    let village = committee.division.as_str();
    let certificates = [papers::IDENTITY_NUMBER, SECOND_NUMBER].map(|number| format!("{number}62"));
    let heading = ["姓名", "残疾人证号", "性别", "出生日期", "联系电话", "现住址区划代码"];
    let person = [papers::NAME, &certificates[0], "男", papers::BORN, papers::PHONE, village];
    let second = [SECOND, &certificates[1], "女", "1979-08-11", "15400000072", village];
    list("dpf", &[heading.to_vec(), person.to_vec(), second.to_vec()])
}

/// An institution of civil affairs' list; the area of its credit code (99) belongs to nobody.
pub const INSTITUTION: &str = "桥头社区康复站（合成）";

/// What civil affairs sends: one service institution of the committee's county.
pub fn civil_affairs(committee: &Account) -> Result<List> {
    let heading = [
        "机构名称",
        "统一社会信用代码",
        "机构性质",
        "机构层级",
        "所在地区划代码",
        "联系电话",
        "服务项目",
        "签约名额",
    ];
    let village = committee.division.as_str();
    let one = [
        INSTITUTION,
        "52990115M000100Y4L",
        "社会服务机构",
        "乡镇（街道）站",
        village,
        "15400000099",
        "服药训练、生活技能训练",
        "12",
    ];
    list("institution", &[heading.to_vec(), one.to_vec()])
}

/// Sends a list in on the import page.
pub async fn send(clerk: &Clerk<'_>, list: &List) -> Result<()> {
    clerk.browser.click("导入").await?;
    clerk.pick("kind", list.kind).await?;
    clerk.browser.attach("file", list.file.path()).await?;
    clerk.browser.click("上传并检查").await?;
    let name = list.file.path().file_name().and_then(|name| name.to_str()).context("a file has a name")?;
    clerk.browser.see(name).await
}

/// What the page of a list counts.
#[derive(Debug, PartialEq, Eq)]
pub struct Found {
    pub rows: u64,
    pub new: u64,
    pub linked: u64,
    pub pairs: u64,
}

/// Nothing changes before somebody has seen what the check found and takes the list in.
pub async fn take_in(clerk: &Clerk<'_>, expected: &Found) -> Result<()> {
    checked_and_taken_in(clerk, expected.rows).await?;
    let count = async |name: &str| counted(clerk, name).await;
    let found = Found {
        rows: count("数据行").await?,
        new: count("新增人员").await?,
        linked: count("证件号相同，并入已有人员").await?,
        pairs: count("疑似重复待核对").await?,
    };
    assert_eq!(found, *expected);
    Ok(())
}

/// The same for a list of institutions, which has no persons to join.
pub async fn take_in_institutions(clerk: &Clerk<'_>, rows: u64) -> Result<()> {
    checked_and_taken_in(clerk, rows).await?;
    assert_eq!(counted(clerk, "新增草稿").await?, rows);
    Ok(())
}

async fn checked_and_taken_in(clerk: &Clerk<'_>, rows: u64) -> Result<()> {
    clerk.browser.see("待导入").await?;
    assert_eq!(counted(clerk, "数据行").await?, rows);
    clerk.browser.click_at("main form[action$='/apply'] button").await?;
    clerk.browser.see("已导入").await
}

/// The figure under a name on the page of a list.
async fn counted(clerk: &Clerk<'_>, name: &str) -> Result<u64> {
    let script = "return [...document.querySelectorAll('.stat')]
        .find((card) => card.querySelector('.sub').innerText === arguments[0])?.querySelector('.big').innerText";
    let found = clerk.browser.run(script, vec![json!(name)]).await?;
    Ok(found.as_str().with_context(|| format!("no {name}"))?.parse()?)
}

/// The registers that each entry of this name is on.
pub async fn registers(clerk: &Clerk<'_>, name: &str) -> Result<Vec<Vec<String>>> {
    clerk.browser.goto("/people").await?;
    clerk.browser.run("document.querySelector('main form [name=q]').focus()", vec![]).await?;
    clerk.browser.press(name).await?;
    clerk.browser.click_at("main form [type=submit]").await?;
    clerk.browser.see(name).await?;
    let script = "return [...document.querySelectorAll('main tbody tr')]
        .filter((row) => row.innerText.includes(arguments[0]))
        .map((row) => [...row.querySelectorAll('.badge')].map((badge) => badge.innerText))";
    Ok(serde_json::from_value(clerk.browser.run(script, vec![json!(name)]).await?)?)
}

/// Finds the two entries among the possible doubles, compares them and says that they are one person.
pub async fn decide_that_they_are_one(clerk: &Clerk<'_>, name: &str) -> Result<()> {
    clerk.browser.goto("/review").await?;
    // The queue shows both persons, so that only pairs of that name need be opened.
    let script = "return [...document.querySelectorAll('main tbody tr')]
        .filter((row) => row.innerText.split(arguments[0]).length === 3)
        .map((row) => row.querySelector('td.act a').getAttribute('href'))";
    let pairs: Vec<String> = serde_json::from_value(clerk.browser.run(script, vec![json!(name)]).await?)?;
    for pair in &pairs {
        clerk.browser.goto(pair).await?;
        if clerk.texts_at("main tbody td strong").await? == [name, name] {
            clerk.browser.click("是同一人").await?;
            // Whoever goes on before the answer is there may come back to it.
            let answered = format!("body:not(:has(form[action='{pair}/decide']))");
            return clerk.wait_for("the decision", &answered).await;
        }
    }
    anyhow::bail!("{name} is not among the {} pairs", pairs.len())
}
