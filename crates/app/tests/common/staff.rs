//! Accounts of staff with a password.

use app::{
    App, Error,
    account::{self, NewAccount},
    scope::Scope,
};
use rules::account::Role;

/// The password that everybody has at first.
pub const PASSWORD: &str = "Client-2026-ok";

/// A new account in an organisation of its own, both named after the username.
pub async fn staff(app: &App, username: &str, role: Role, division: i64) -> Scope {
    let mut tx = app.db.begin().await.unwrap();
    let organisation =
        account::add_organisation(app, &mut tx, "civil_affairs", username, division).await.unwrap();
    let new = NewAccount {
        username: username.to_owned(),
        name: format!("{username}员"),
        password: PASSWORD.to_owned(),
        role: role.code().to_owned(),
        organisation,
        division: None,
        person: None,
    };
    let id = account::add(app, &mut tx, &new).await.unwrap();
    tx.commit().await.unwrap();
    account::get(app, id).await.unwrap().scope().unwrap()
}

/// What an error says, in one word.
pub fn code(error: &Error) -> String {
    match error {
        Error::Refused(refusal) => refusal.code.clone(),
        Error::Invalid(problems) => problems.iter().map(|p| p.field.as_str()).collect::<Vec<_>>().join(" "),
        Error::NotFound => "not_found".to_owned(),
        Error::Forbidden => "forbidden".to_owned(),
        Error::Busy => "busy".to_owned(),
        other => panic!("{other}"),
    }
}
