//! A program that uses the interface for programs, with the token of an account: the quick way to where a test begins.

use crate::{Account, Server};
use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde_json::{Value, json};

/// A case of a list.
#[derive(Deserialize)]
struct Row {
    id: String,
    clock: Option<String>,
}

/// A command and whether it is possible now.
#[derive(Deserialize)]
struct Action {
    name: String,
    allowed: bool,
}

/// Speaks to a server.
#[derive(Clone, Debug)]
pub struct Program {
    client: reqwest::Client,
    address: String,
}

impl Program {
    /// Of this server.
    ///
    /// # Errors
    /// When the machine gives no connections.
    pub fn of(server: &Server) -> Result<Self> {
        // The answer to a sign-in leads on; what counts is the cookie beside it.
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
        Ok(Self { client: client.build()?, address: server.address.clone() })
    }

    async fn answer(&self, account: &Account, request: reqwest::RequestBuilder) -> Result<Value> {
        let answer = request.bearer_auth(&account.api_token).send().await?;
        let (status, path) = (answer.status(), answer.url().path().to_owned());
        let body: Value = answer.json().await?;
        ensure!(status.is_success(), "{} at {path}: {status} {body}", account.username);
        Ok(body)
    }

    /// What is at an address, for instance `/api/v1/cases?state=submitted`.
    ///
    /// # Errors
    /// When the server does not answer well.
    pub async fn get(&self, account: &Account, path: &str) -> Result<Value> {
        self.answer(account, self.client.get(format!("{}{path}", self.address))).await
    }

    async fn list(&self, account: &Account, state: &str) -> Result<Vec<Row>> {
        let mut list = self.get(account, &format!("/api/v1/cases?state={state}")).await?;
        let cases = list.get_mut("cases").map(Value::take).context("a list of cases")?;
        Ok(serde_json::from_value(cases)?)
    }

    /// Of the accounts with a role the first that sees a case in this state, and the case.
    ///
    /// # Errors
    /// When nobody sees any, or the server does not answer well.
    pub async fn somebody_with<'a>(
        &self,
        server: &'a Server,
        role: &str,
        state: &str,
    ) -> Result<(&'a Account, String)> {
        self.somebody(server, role, state, None).await
    }

    /// The same for a case under this clock.
    ///
    /// # Errors
    /// As [`Program::somebody_with`].
    pub async fn somebody_under<'a>(
        &self,
        server: &'a Server,
        role: &str,
        state: &str,
        clock: &str,
    ) -> Result<(&'a Account, String)> {
        self.somebody(server, role, state, Some(clock)).await
    }

    /// Of the accounts with a role the first that may give a command to a case in this state, and the case.
    ///
    /// # Errors
    /// When nobody may, or the server does not answer well.
    pub async fn somebody_who_may<'a>(
        &self,
        server: &'a Server,
        role: &str,
        state: &str,
        command: &str,
    ) -> Result<(&'a Account, String)> {
        for account in server.accounts.iter().filter(|account| account.role == role) {
            for case in self.list(account, state).await? {
                let path = format!("/api/v1/cases/{}/actions", case.id);
                let mut answer = self.get(account, &path).await?;
                let actions = answer.get_mut("actions").map(Value::take).context("a list of actions")?;
                let actions: Vec<Action> = serde_json::from_value(actions)?;
                if actions.iter().any(|action| action.name == command && action.allowed) {
                    return Ok((account, case.id));
                }
            }
        }
        anyhow::bail!("no {role} may {command} where a case is {state}")
    }

    async fn somebody<'a>(
        &self,
        server: &'a Server,
        role: &str,
        state: &str,
        clock: Option<&str>,
    ) -> Result<(&'a Account, String)> {
        let fits = |case: &Row| clock.is_none() || case.clock.as_deref() == clock;
        for account in server.accounts.iter().filter(|account| account.role == role) {
            if let Some(case) = self.list(account, state).await?.into_iter().find(fits) {
                return Ok((account, case.id));
            }
        }
        anyhow::bail!("no {role} has a case that is {state}")
    }

    /// What a case says under a key, such as its `number`, as the account sees it.
    ///
    /// # Errors
    /// When the server does not answer well, or says nothing there.
    pub async fn text(&self, account: &Account, case: &str, key: &str) -> Result<String> {
        let case = self.get(account, &format!("/api/v1/cases/{case}")).await?;
        let text = case.get(key).and_then(Value::as_str);
        Ok(text.with_context(|| format!("no {key} in {case}"))?.to_owned())
    }

    /// Files an application and sends it; the new case.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn apply(&self, account: &Account, application: Value, consent: Value) -> Result<String> {
        let body = json!({ "forms": { "F1": application, "F12": consent }, "submit": true });
        let request = self.client.post(format!("{}/api/v1/cases", self.address)).json(&body);
        let answer = self.answer(account, request).await?;
        Ok(answer.get("id").and_then(Value::as_str).context("a case has an identifier")?.to_owned())
    }

    /// Gives a command that needs no forms.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn act(&self, account: &Account, case: &str, name: &str, data: Value) -> Result<Value> {
        let body = json!({ "name": name, "data": data });
        let path = format!("{}/api/v1/cases/{case}/events", self.address);
        self.answer(account, self.client.post(path).json(&body)).await
    }

    /// Signs an account in; the cookie of its session as name and value.
    ///
    /// # Errors
    /// When the sign-in is refused.
    pub async fn sign_in(&self, account: &Account) -> Result<(String, String)> {
        let form = [("username", &account.username), ("password", &account.password)];
        let answer = self.client.post(format!("{}/sign-in", self.address)).form(&form).send().await?;
        let cookie = answer.headers().get("set-cookie").and_then(|cookie| cookie.to_str().ok());
        let pair = cookie.and_then(|cookie| cookie.split(';').next()?.split_once('='));
        let (name, value) = pair.with_context(|| format!("{} is not let in", account.username))?;
        Ok((name.to_owned(), value.to_owned()))
    }
}
