//! A browser with its cookies in front of a site.

use super::world::{PASSWORD, Seen, encoded, seen};
use app::App;
use axum::{
    Router,
    body::Body,
    http::{Request, Response, header},
};
use std::collections::BTreeMap;
use tower::ServiceExt;

#[derive(Clone)]
pub struct Visitor {
    pub site: Router,
    pub cookies: BTreeMap<String, String>,
}

impl Visitor {
    /// In front of a site with the ordinary settings.
    pub fn at(app: &App) -> Visitor {
        Visitor::new(&web::site(app.clone()))
    }

    pub fn new(site: &Router) -> Visitor {
        Visitor { site: site.clone(), cookies: BTreeMap::new() }
    }

    /// With a cookie, `name=value`.
    pub fn with(site: &Router, cookie: &str) -> Visitor {
        let (name, value) = cookie.split_once('=').unwrap();
        Visitor { site: site.clone(), cookies: [(name.to_owned(), value.to_owned())].into() }
    }

    /// The same browser in front of the site at another instant.
    pub fn later(&mut self, app: &App) {
        self.site = web::site(app.clone());
    }

    pub async fn answer(&mut self, method: &str, path: &str, pairs: &[(&str, &str)]) -> Response<Body> {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::COOKIE, cookies.join("; "))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(encoded(pairs)))
            .unwrap();
        let answer = self.site.clone().oneshot(request).await.unwrap();
        for set in answer.headers().get_all(header::SET_COOKIE) {
            let set = set.to_str().unwrap();
            let (name, value) = set.split(';').next().unwrap().split_once('=').unwrap();
            if set.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }

    pub async fn send(&mut self, method: &str, path: &str, pairs: &[(&str, &str)]) -> Seen {
        seen(self.answer(method, path, pairs).await).await
    }

    pub async fn get(&mut self, path: &str) -> Seen {
        self.send("GET", path, &[]).await
    }

    pub async fn post(&mut self, path: &str, pairs: &[(&str, &str)]) -> Seen {
        self.send("POST", path, pairs).await
    }

    /// What the search of a list leads to.
    pub async fn search(&mut self, list: &str, words: &str) -> Seen {
        let led = self.post("/search", &[("to", list), ("q", words)]).await;
        self.get(&led.location).await
    }

    pub async fn sign_in(&mut self, username: &str, next: &str) -> Seen {
        self.post("/sign-in", &[("username", username), ("password", PASSWORD), ("next", next)]).await
    }
}
