//! Every link that a page offers leads its reader somewhere: whoever may not open a page is not offered it.

use anyhow::{Context, Result};
use e2e::{Account, Server};
use reqwest::{Client, header, redirect::Policy};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Pages of one reader at most; one of each kind is looked at.
const PAGES: usize = 200;

/// A reader with a cookie and no browser.
struct Reader<'a> {
    server: &'a Server,
    client: Client,
    cookie: String,
}

impl Reader<'_> {
    async fn sign_in<'a>(server: &'a Server, account: &Account) -> Result<Reader<'a>> {
        let client = Client::builder().redirect(Policy::none()).build()?;
        let entry = [("username", &account.username), ("password", &account.password)];
        let answer = client.post(format!("{}/sign-in", server.address)).form(&entry).send().await?;
        let set = answer.headers().get(header::SET_COOKIE).context("no session")?.to_str()?;
        let cookie = set.split(';').next().unwrap_or_default().to_owned();
        Ok(Reader { server, client, cookie })
    }

    /// The status of a page and the addresses it offers.
    async fn open(&self, path: &str) -> Result<(u16, Vec<String>)> {
        let request = self.client.get(format!("{}{path}", self.server.address));
        let answer = request.header(header::COOKIE, &self.cookie).send().await?;
        let status = answer.status().as_u16();
        let moved = answer.headers().get(header::LOCATION).map(|to| to.to_str().map(str::to_owned));
        if let Some(to) = moved {
            return Ok((status, vec![to?]));
        }
        let kind = answer.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        if !kind.is_some_and(|kind| kind.starts_with("text/html")) {
            return Ok((status, Vec::new()));
        }
        Ok((status, offered(&answer.text().await?)))
    }
}

/// The addresses of this site in a page.
fn offered(page: &str) -> Vec<String> {
    let written = page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let plain = written.map(|address| address.replace("&#38;", "&").replace("&amp;", "&"));
    plain.filter(|address| address.starts_with('/') && !address.starts_with("/assets/")).collect()
}

/// The kind of page: its address without identifiers, numbers and filters.
fn kind(address: &str) -> String {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    let part = |part: &str| {
        if part.bytes().any(|byte| byte.is_ascii_digit()) { "…".to_owned() } else { part.to_owned() }
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

#[tokio::test]
async fn every_link_leads_its_reader_somewhere() -> Result<()> {
    let server = Server::start(&["--people", "200", "--seed", "7"])?;
    let roles: BTreeMap<&str, &Account> =
        server.accounts.iter().rev().map(|account| (account.role.as_str(), account)).collect();
    assert!(roles.len() > 12, "{:?}", roles.keys());
    let (mut dead, mut opened) = (Vec::new(), 0);
    for (role, account) in roles {
        let reader = Reader::sign_in(&server, account).await?;
        let mut seen = BTreeSet::new();
        let mut waiting = VecDeque::from([("nowhere".to_owned(), "/".to_owned())]);
        while let Some((on, address)) = waiting.pop_front() {
            if seen.len() == PAGES || !seen.insert(kind(&address)) {
                continue;
            }
            let (status, offered) = reader.open(&address).await?;
            opened += 1;
            if status >= 400 {
                dead.push(format!("{role}: {address} on {on} answers {status}"));
            }
            waiting.extend(offered.into_iter().map(|further| (address.clone(), further)));
        }
    }
    assert!(dead.is_empty(), "{}", dead.join("\n"));
    assert!(opened > 200, "{opened}");
    Ok(())
}
