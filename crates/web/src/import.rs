//! `/imports`: sending a list in, its check, taking it in and back, its report; `/api/v1/imports`.

pub(crate) mod api;
pub(crate) mod upload;

use crate::{
    Site,
    address::parsed,
    answer::{Page, page, page_with},
    due::minute,
    failure::Failure,
    language::Language,
    session::Session,
    shell::Shell,
};
use app::{
    App, Error, Problem,
    id::Id,
    import::{self, Import, Keep, Layout, Summary},
    scope::Scope,
};
use askama::Template;
use axum::{
    Form,
    extract::{Multipart, Path, Query, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use std::{collections::BTreeMap, time::Duration};

/// How long a page waits for work that is usually short before it shows the progress instead.
const PATIENCE: Duration = Duration::from_millis(1_500);

struct Line {
    import: Import,
    kind: String,
    state: String,
    at: String,
    badge: &'static str,
}

fn kind_name(language: Language, code: &str) -> String {
    let kind = rules::import::kind(code);
    kind.map_or_else(
        || code.to_owned(),
        |k| if language == Language::Chinese { k.zh.clone() } else { k.en.clone() },
    )
}

fn badge(state: &str) -> &'static str {
    match state {
        "done" => "good",
        "failed" => "late",
        "running" | "linking" | "undoing" => "soon",
        "checked" => "fine",
        _ => "quiet",
    }
}

fn line(language: Language, import: Import) -> Line {
    Line {
        kind: kind_name(language, &import.kind),
        state: language.code("import_state", &import.state),
        at: minute(import.created_at),
        badge: badge(&import.state),
        import,
    }
}

#[derive(Template)]
#[template(path = "import/list.html")]
struct ListPage {
    shell: Shell,
    lines: Vec<Line>,
    kinds: Vec<(String, String)>,
    problems: Vec<String>,
    sender: String,
    next: String,
}

/// Where the list goes on.
#[derive(Deserialize, Default)]
pub(crate) struct Asked {
    #[serde(default)]
    before: String,
}

async fn draw_list(
    site: &Site,
    session: &Session,
    asked: &Asked,
    problems: &[Problem],
    sender: String,
) -> Result<ListPage, Failure> {
    let language = session.language;
    let rows = import::list(&site.app, &session.scope, asked.before.parse().ok()).await?;
    let full = i64::try_from(rows.len()).unwrap_or(0) == import::PAGE;
    let next = rows.last().filter(|_| full).map(|i| i.id.to_string()).unwrap_or_default();
    let kinds = import::kinds(&session.scope);
    Ok(ListPage {
        shell: session.shell(&language.text("navigation.imports")),
        lines: rows.into_iter().map(|i| line(language, i)).collect(),
        kinds: kinds.iter().map(|k| (k.kind.clone(), kind_name(language, &k.kind))).collect(),
        problems: problems.iter().map(|p| language.problem(&p.code, &p.values)).collect(),
        sender: if sender.is_empty() { session.account.organisation.clone() } else { sender },
        next,
    })
}

/// County staff: the lists sent in, and the form for the next.
pub(crate) async fn list(State(site): State<Site>, session: Session, Query(asked): Query<Asked>) -> Page {
    page(&draw_list(&site, &session, &asked, &[], String::new()).await?)
}

/// County staff: sends a list in; it is stored and checked, nothing is taken in yet.
pub(crate) async fn send(State(site): State<Site>, session: Session, form: Multipart) -> Page {
    match upload::take(&site, &session.scope, form).await {
        Ok(id) => {
            check_soon(&site.app, &session.scope, id).await;
            Ok(Redirect::to(&format!("/imports/{id}")).into_response())
        }
        Err(Error::Invalid(problems)) => {
            let filled = draw_list(&site, &session, &Asked::default(), &problems, String::new()).await?;
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &filled)
        }
        Err(error) => Err(error.into()),
    }
}

/// Checks a stored file; a long one goes on after the page was answered. What it finds is stored with the import.
async fn check_soon(app: &App, scope: &Scope, id: Id) {
    let (app, scope) = (app.clone(), scope.clone());
    let work = tokio::spawn(app::db::carried(async move {
        if let Err(Error::Broken(cause)) = import::check(&app, &scope, id).await {
            tracing::error!(import.id = %id, error.cause = %cause, "check broken");
        }
    }));
    let _ = tokio::time::timeout(PATIENCE, work).await;
}

/// A faulty row, in words.
struct Fault {
    row: u64,
    words: Vec<String>,
}

#[derive(Template)]
#[template(path = "import/show.html")]
struct ImportPage {
    shell: Shell,
    line: Line,
    summary: Summary,
    /// For each column of the file: heading, chosen field.
    columns: Vec<(String, String)>,
    /// Fields that may be chosen.
    fields: Vec<(String, String)>,
    missing: Vec<String>,
    findings: Vec<(String, u64)>,
    faults: Vec<Fault>,
    failure: String,
    working: bool,
    checking: bool,
    /// What could not be taken back; empty where all was.
    kept: String,
    /// The list fills a library rather than the register of persons.
    library: bool,
}

fn column_name(language: Language, import: &Import, field: &str) -> String {
    let column = rules::import::kind(&import.kind).and_then(|k| k.column(field));
    column.map_or_else(
        || field.to_owned(),
        |c| if language == Language::Chinese { c.zh.clone() } else { c.en.clone() },
    )
}

fn draw(session: &Session, import: Import) -> Result<ImportPage, Failure> {
    let language = session.language;
    let summary = import.summary()?;
    let heading = summary.heading.clone();
    let named = |field: &str| column_name(language, &import, field);
    let findings = summary.findings.iter().map(|(key, count)| {
        let (field, code) = key.split_once(':').unwrap_or(("", key));
        (language.pair(&named(field), &language.problem(code, &[])), *count)
    });
    let faults = summary.faulty.iter().map(|f| Fault {
        row: f.row,
        words: f
            .troubles
            .iter()
            .map(|t| language.pair(&named(&t.field), &language.problem(&t.code, &t.values)))
            .collect(),
    });
    let kind = rules::import::kind(&import.kind);
    let fields = kind.map(|k| k.columns.iter().map(|c| (c.field.clone(), named(&c.field))).collect());
    let columns = heading.as_ref().map(|h| h.columns.iter().filter(|(t, _)| !t.is_empty()));
    let columns = columns.map(|c| c.map(|(t, f)| (t.clone(), f.clone().unwrap_or_default())).collect());
    let missing = heading.map(|h| h.missing).unwrap_or_default();
    Ok(ImportPage {
        columns: columns.unwrap_or_default(),
        fields: fields.unwrap_or_default(),
        missing: missing.iter().map(|f| named(f)).collect(),
        findings: findings.collect(),
        faults: faults.collect(),
        failure: import.failure.as_deref().map(|f| language.code("import_failure", f)).unwrap_or_default(),
        working: matches!(import.state.as_str(), "running" | "linking" | "undoing"),
        checking: matches!(import.state.as_str(), "receiving" | "staged"),
        kept: match summary.kept {
            0 => String::new(),
            count => language.with("import.kept", &[("count", &count.to_string())]),
        },
        library: kind.is_some_and(|k| k.library.is_some()),
        shell: session.shell(&import.file_name),
        summary,
        line: line(language, import),
    })
}

/// County staff: one list, what its check found, and what may be done with it. While work goes on, the browser is
/// asked to look again, which works without script.
pub(crate) async fn show(State(site): State<Site>, session: Session, Path(id): Path<String>) -> Page {
    let import = import::get(&site.app, &session.scope, parsed(&id)?).await?;
    let filled = draw(&session, import)?;
    let again = filled.working || filled.checking;
    let mut response = page(&filled)?;
    if again {
        response.headers_mut().insert("refresh", HeaderValue::from_static("2"));
    }
    Ok(response)
}

fn to(id: Id) -> Page {
    Ok(Redirect::to(&format!("/imports/{id}")).into_response())
}

/// County staff: says which column means what, and checks again.
pub(crate) async fn map(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Form(form): Form<BTreeMap<String, String>>,
) -> Page {
    let id = parsed(&id)?;
    let version = version(&form)?;
    let mapping = form.into_iter().filter_map(|(k, v)| k.strip_prefix("column:").map(|h| (h.to_owned(), v)));
    import::map(&site.app, &session.scope, id, version, &mapping.collect()).await?;
    check_soon(&site.app, &session.scope, id).await;
    to(id)
}

fn version(form: &BTreeMap<String, String>) -> Result<i64, Error> {
    form.get("version").and_then(|v| v.parse().ok()).ok_or_else(|| Error::invalid("version", "required"))
}

/// County staff: checks once more.
pub(crate) async fn check(State(site): State<Site>, session: Session, Path(id): Path<String>) -> Page {
    let id = parsed(&id)?;
    import::get(&site.app, &session.scope, id).await?;
    check_soon(&site.app, &session.scope, id).await;
    to(id)
}

/// County staff: takes the list in. A long run goes on after the page was answered.
pub(crate) async fn apply(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Form(form): Form<BTreeMap<String, String>>,
) -> Page {
    let id = parsed(&id)?;
    let version = version(&form)?;
    let keep =
        Keep { valid: form.contains_key("keep_valid"), unverified: form.contains_key("keep_unverified") };
    let (app, scope) = (site.app.clone(), session.scope.clone());
    let work =
        tokio::spawn(app::db::carried(async move { import::apply(&app, &scope, id, version, keep).await }));
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(done) => {
            done.map_err(Error::broken)??;
            to(id)
        }
        Err(_) => to(id),
    }
}

/// County staff: takes the whole list back.
pub(crate) async fn undo(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Form(form): Form<BTreeMap<String, String>>,
) -> Page {
    let id = parsed(&id)?;
    let version = version(&form)?;
    let (app, scope) = (site.app.clone(), session.scope.clone());
    let work = tokio::spawn(app::db::carried(async move { import::undo(&app, &scope, id, version).await }));
    if let Ok(done) = tokio::time::timeout(PATIENCE, work).await {
        done.map_err(Error::broken)??;
    }
    to(id)
}

/// As what the report is wanted.
#[derive(Deserialize)]
pub(crate) struct Wanted {
    #[serde(default, rename = "as")]
    layout: String,
}

/// County staff: the file as it was sent, with what became of each row.
pub(crate) async fn report(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Page {
    Ok(report_of(&site, &session.scope, session.language, parsed(&id)?, &wanted).await?)
}

/// The report of an import as a file to be kept.
async fn report_of(
    site: &Site,
    scope: &Scope,
    language: Language,
    id: Id,
    wanted: &Wanted,
) -> Result<Response, Error> {
    let import = import::get(&site.app, scope, id).await?;
    let (layout, ending, kind) = if wanted.layout == "csv" {
        (Layout::Csv, "csv", "text/csv; charset=utf-8")
    } else {
        (Layout::Xlsx, "xlsx", SPREADSHEET)
    };
    let words = move |code: &str, values: &[String]| match code.split_once('.') {
        Some(("problem", code)) => language.problem(code, values),
        Some(("column", field)) => column_name(language, &import, field),
        _ => language.code("import_report", code),
    };
    let bytes = import::report(&site.app, scope, id, layout, words).await?;
    Ok(file(kind, &format!("report-{id}.{ending}"), bytes))
}

/// County staff: the empty list of a kind.
pub(crate) async fn template(session: Session, Path(code): Path<String>) -> Page {
    Ok(template_of(&session.scope, session.language, &code)?)
}

/// The empty list of a kind that the caller may send in, as a file to be kept.
fn template_of(scope: &Scope, language: Language, code: &str) -> Result<Response, Error> {
    let kinds = import::kinds(scope);
    let kind = kinds.iter().find(|k| k.kind == code).ok_or(Error::NotFound)?;
    let chinese = language == Language::Chinese;
    let bytes = import::template(kind, chinese, &language.text("import.example"))?;
    Ok(file(SPREADSHEET, &format!("template-{code}.xlsx"), bytes))
}

const SPREADSHEET: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

fn file(kind: &'static str, name: &str, bytes: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    (headers, bytes).into_response()
}

#[cfg(test)]
mod tests {
    use crate::test_site::TestSite;
    use axum::{
        Router,
        body::{Body, to_bytes},
        http::{Request, StatusCode, header},
    };
    use tower::ServiceExt;

    async fn ask(site: &Router, request: Request<Body>) -> (StatusCode, String, String) {
        let answer = site.clone().oneshot(request).await.unwrap();
        let to = answer.headers().get(header::LOCATION).map(|v| v.to_str().unwrap().to_owned());
        let status = answer.status();
        let bytes = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        (status, to.unwrap_or_default(), String::from_utf8_lossy(&bytes).into_owned())
    }

    #[tokio::test]
    async fn a_list_of_institutions_goes_through_the_pages_in_both_languages() {
        TestSite::on_both(async |world| {
            let (site, (_, cookie)) = (world.router(), world.account("civil_affairs_officer").await);
            let get = async |path: &str| {
                let request = Request::get(path).header(header::COOKIE, &cookie).body(Body::empty()).unwrap();
                ask(&site, request).await
            };
            let (_, _, page) = get("/imports?lang=en").await;
            assert!(page.contains("Service institutions") && page.contains("Service talent"), "{page}");
            let (status, _, _) = get("/imports/template/institution").await;
            assert_eq!(status, StatusCode::OK);

            let part = |name: &str, more: &str, text: &str| {
                format!("--cut\r\nContent-Disposition: form-data; name=\"{name}\"{more}\r\n\r\n{text}\r\n")
            };
            let list = "机构名称,信用代码,机构性质,机构层级,所在地\n\
            清河站,52990115M000100Y4L,社会服务机构,乡镇站,310115110001\n清溪站,5299,旅馆,,\n";
            let form = [
                part("kind", "", "institution"),
                part("sender", "", "浦东民政"),
                part("file", "; filename=\"list.csv\"", list),
                "--cut--\r\n".to_owned(),
            ];
            let request = Request::post("/imports")
                .header(header::COOKIE, &cookie)
                .header(header::CONTENT_TYPE, "multipart/form-data; boundary=cut")
                .body(Body::from(form.concat()))
                .unwrap();
            let (status, to, _) = ask(&site, request).await;
            assert_eq!(status, StatusCode::SEE_OTHER);
            let (_, _, english) = get(&format!("{to}?lang=en")).await;
            assert!(english.contains("New drafts") && !english.contains("Possible doubles"), "{english}");
            assert!(english.contains("Kind of institution: No such choice"), "{english}");
            assert!(!english.contains('：'), "a full-width colon stands on an English page");
            let (_, _, chinese) = get(&format!("{to}?lang=zh-CN")).await;
            assert!(chinese.contains("新增草稿") && chinese.contains("机构性质：没有这个选项"), "{chinese}");
        })
        .await;
    }
}
