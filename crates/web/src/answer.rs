//! Turns a filled template into a page, and draws the frame around failures.

use crate::{
    failure::Shown,
    language::{self, Language},
    shell::Frame,
};
use app::Error;
use askama::Template;
use axum::{
    extract::Request,
    http::{HeaderValue, header},
    middleware::Next,
    response::{Html, IntoResponse, Response},
};

/// A page, or why there is none.
pub(crate) type Page = Result<Response, crate::failure::Failure>;

/// Fills the template.
pub(crate) fn page(template: &impl Template) -> Page {
    Ok(Html(template.render().map_err(Error::broken)?).into_response())
}

/// Fills the template for a form that was sent with mistakes.
pub(crate) fn page_with(status: axum::http::StatusCode, template: &impl Template) -> Page {
    let mut response = page(template)?;
    *response.status_mut() = status;
    Ok(response)
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    frame: Frame,
    headline: String,
    detail: String,
    number: String,
}

/// Draws failures in the reader's language and remembers a language asked for in the address.
pub(crate) async fn in_language(request: Request, next: Next) -> Response {
    let language = Language::of_request(request.uri(), request.headers());
    let asked = Language::asked(request.uri()).is_some();
    let path = request.uri().path_and_query().map_or("/", |p| p.as_str()).to_owned();
    let mut response = next.run(request).await;
    if let Some(Shown(told)) = response.extensions().get::<Shown>().cloned() {
        let detail = told.detail.as_ref().map_or_else(String::new, |(code, values)| {
            let values: Vec<(&str, &str)> = values.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
            language.with(&format!("refusal.{code}"), &values)
        });
        let headline = language.text(told.headline).into_owned();
        let frame = Frame::new(language, &path, &headline);
        let filled =
            ErrorPage { frame, headline, detail, number: told.number.clone().unwrap_or_default() }.render();
        let wait = response.headers().get(header::RETRY_AFTER).cloned();
        response = (told.status, Html(filled.unwrap_or_default())).into_response();
        if let Some(wait) = wait {
            response.headers_mut().insert(header::RETRY_AFTER, wait);
        }
    }
    if asked {
        let cookie =
            format!("{}={}; Path=/; Max-Age=31536000; SameSite=Lax", language::COOKIE, language.tag());
        if let Ok(value) = HeaderValue::from_str(&cookie) {
            response.headers_mut().append(header::SET_COOKIE, value);
        }
    }
    response
}
