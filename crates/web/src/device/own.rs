//! Phones on the own account's page, and on that of those who keep accounts: what each holds, and the way to revoke it.

use crate::{
    Site,
    address::parsed,
    answer::{Page, page},
    due::minute,
    failure::Failure,
    session::Session,
    shell::Shell,
};
use app::{
    account,
    device::{self, Device},
};
use askama::Template;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect},
};
use rules::account::{Deed, Subject};

/// A phone in a list.
pub(crate) struct DeviceLine {
    pub(crate) name: String,
    pub(crate) since: String,
    pub(crate) seen: String,
    pub(crate) held: i64,
    pub(crate) waiting: i64,
    /// That it was revoked, and whether it told that it is empty; nothing while it is in use.
    pub(crate) state: String,
    pub(crate) wiped: bool,
    /// Where it is revoked.
    pub(crate) revoke: String,
}

impl DeviceLine {
    fn new(session: &Session, found: Device, place: &str) -> DeviceLine {
        let state = match (found.revoked_at, found.wiped_at) {
            (None, _) => String::new(),
            (Some(_), None) => session.language.text("devices.revoked").into_owned(),
            (Some(_), Some(_)) => session.language.text("devices.wiped").into_owned(),
        };
        DeviceLine {
            revoke: format!("{place}/{}/revoke", found.id),
            since: minute(found.created_at),
            seen: minute(found.seen_at),
            held: found.handed_rows,
            waiting: found.waiting,
            wiped: found.wiped_at.is_some(),
            name: found.name,
            state,
        }
    }
}

/// The own phones; nothing where the role has nothing to do without a network.
pub(crate) async fn lines(site: &Site, session: &Session) -> Result<Option<Vec<DeviceLine>>, Failure> {
    if !session.scope.role.may(Deed::Read, Subject::Device) {
        return Ok(None);
    }
    let found = device::own(&site.app, &session.scope).await?;
    Ok(Some(found.into_iter().map(|line| DeviceLine::new(session, line, "/account/devices")).collect()))
}

/// Whoever has a phone registered: takes it out of use.
pub(crate) async fn revoke(State(site): State<Site>, session: Session, Path(id): Path<String>) -> Page {
    device::revoke(&site.app, &session.scope, parsed(&id)?).await?;
    Ok(Redirect::to("/account?done=device").into_response())
}

#[derive(Template)]
#[template(path = "device/of_account.html")]
struct OfAccountPage {
    shell: Shell,
    username: String,
    devices: Vec<DeviceLine>,
}

/// Security administrator: the phones of an account.
pub(crate) async fn of_account(State(site): State<Site>, session: Session, Path(id): Path<String>) -> Page {
    let id = parsed(&id)?;
    let found = device::of_account(&site.app, &session.scope, id).await?;
    let account = account::get(&site.app, id).await?;
    page(&OfAccountPage {
        shell: session.shell(&session.language.text("devices.title")),
        username: account.username,
        devices: found
            .into_iter()
            .map(|line| DeviceLine::new(&session, line, "/administration/devices"))
            .collect(),
    })
}

/// Security administrator: takes a phone of somebody's account out of use.
pub(crate) async fn revoke_of(State(site): State<Site>, session: Session, Path(id): Path<String>) -> Page {
    let account = device::revoke_of(&site.app, &session.scope, parsed(&id)?).await?;
    Ok(Redirect::to(&format!("/administration/accounts/{account}/devices")).into_response())
}
