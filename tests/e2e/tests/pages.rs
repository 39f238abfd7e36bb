//! Every kind of page, at a desk in Chinese and on a phone in English: usable by everyone, no sideways scrolling, no
//! error in the console, nothing left untranslated.

use anyhow::{Context, Result};
use e2e::{Account, Browser, Clerk, Language, Program, Screen, Server};

/// A page to look at.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// At this address.
    At(&'static str),
    /// The first entry of the list at this address.
    FirstOf(&'static str),
    /// Behind the first entry of a list: the address goes on so.
    Behind(&'static str, &'static str),
    /// Of a case in this state, seen by somebody with the reader's role; the address goes on behind it.
    Case(&'static str, &'static str),
    /// Where somebody with the reader's role gives this command to a case in this state.
    Do(&'static str, &'static str),
}

use Place::{At, Behind, Case, Do, FirstOf};

/// Who looks at what: each kind of page once, by a reader who sees all of it.
const ROUND: [(&str, &[Place]); 14] = [
    ("committee", &[At("/work-list"), At("/cases"), At("/cases/new")]),
    (
        "client",
        &[
            At("/work-list"),
            At("/rights"),
            Case("in_service", ""),
            Case("in_service", "/consent"),
            Case("in_service", "/contact"),
        ],
    ),
    (
        "referral",
        &[
            At("/work-list"),
            At("/people"),
            FirstOf("/people"),
            At("/review"),
            FirstOf("/review"),
            At("/need"),
            Case("registered", ""),
            Do("registered", "refer"),
            Do("submitted", "register"),
            Do("submitted", "ask_supplement"),
            Do("submitted", "record_capacity"),
            At("/rights"),
            Case("registered", "/consent"),
            Case("referred", "/slip"),
        ],
    ),
    (
        "health",
        &[
            At("/imports"),
            FirstOf("/imports"),
            At("/followup"),
            At("/followup/groups"),
            At("/followup/payments"),
            At("/followup/guardians"),
            At("/followup/figures"),
            At("/questions/figures"),
        ],
    ),
    (
        "town.doctor",
        &[
            At("/followup"),
            At("/followup/records"),
            FirstOf("/followup/records"),
            At("/followup/records/new"),
            At("/followup/records/new?paper=report_card"),
            Behind("/followup/records", "/visit"),
            Behind("/followup/records", "/papers/management_consent"),
            Behind("/followup/records", "/papers/basic_information"),
            Behind("/followup/records", "/papers/information_exchange"),
            Behind("/followup/records", "/papers/emergency_consent"),
            Behind("/followup/records", "/papers/incident_survey"),
            Behind("/followup/records", "/support"),
            Behind("/followup/records", "/examinations"),
            At("/questions"),
            At("/questions/new"),
            At("/questions/notes"),
            At("/conferences"),
            At("/conferences/new"),
        ],
    ),
    ("manager1", &[Case("referred", ""), Do("referred", "accept"), At("/talent/new")]),
    ("assessor1", &[Do("accepted", "assess")]),
    (
        "case.manager1",
        &[
            At("/work-list"),
            At("/care"),
            At("/care/calendar"),
            At("/care/sessions/new"),
            Case("in_service", "/plan"),
            Case("in_service", "/plan/new"),
            Case("in_service", "/crisis-card"),
            Case("closed", ""),
            Do("assessed", "agree"),
            Do("agreed", "first_session"),
            Do("in_service", "return_to_hospital"),
        ],
    ),
    ("doctor", &[At("/work-list"), Case("hospital", "")]),
    (
        "civil.affairs",
        &[
            At("/work-list?tab=others"),
            At("/institutions"),
            FirstOf("/institutions"),
            At("/institutions/new"),
            At("/talent"),
            FirstOf("/talent"),
            At("/shares"),
            FirstOf("/shares"),
            At("/shares/new"),
            At("/research"),
            FirstOf("/research"),
        ],
    ),
    ("supervisor", &[At("/work-list"), At("/institutions"), At("/account")]),
    ("administrator", &[At("/administration")]),
    ("security", &[At("/administration"), At("/account")]),
    ("auditor", &[At("/audit")]),
];

/// Pages that need no account.
const OUTSIDE: [Place; 3] = [At("/sign-in"), At("/first-sign-in"), At("/api/v1")];

/// A reader in front of a browser, and all faults so far, so that one run tells them all.
struct Walk<'a> {
    clerk: Clerk<'a>,
    server: &'a Server,
    program: &'a Program,
    faults: Vec<String>,
}

impl Walk<'_> {
    async fn address(&self, reader: Option<&Account>, place: Place) -> Result<String> {
        match place {
            At(path) => Ok(path.to_owned()),
            FirstOf(list) => self.first_of(list).await,
            Behind(list, rest) => Ok(format!("{}{rest}", self.first_of(list).await?)),
            Case(state, rest) => {
                let reader = reader.context("a case has a reader")?;
                let (reader, case) = self.program.somebody_with(self.server, &reader.role, state).await?;
                self.clerk.sit_down(self.program, reader).await?;
                Ok(format!("/cases/{case}{rest}"))
            }
            Do(state, command) => {
                let reader = reader.context("a command has a giver")?;
                let giver = self.program.somebody_who_may(self.server, &reader.role, state, command);
                let (giver, case) = giver.await?;
                self.clerk.sit_down(self.program, giver).await?;
                Ok(format!("/cases/{case}/do/{command}"))
            }
        }
    }

    async fn first_of(&self, list: &str) -> Result<String> {
        if self.clerk.place().await? != list {
            self.clerk.browser.goto(list).await?;
        }
        self.clerk.first_of(list).await
    }

    async fn look(&mut self, reader: Option<&Account>, place: Place) -> Result<()> {
        let name = reader.map_or("nobody", |reader| reader.username.as_str());
        let address = self.address(reader, place).await.with_context(|| format!("{name}: {place:?}"))?;
        self.clerk.browser.goto(&address).await?;
        self.judge(name, &address).await;
        Ok(())
    }

    /// Notes what is wrong with the page that is shown.
    async fn judge(&mut self, name: &str, address: &str) {
        let browser = self.clerk.browser;
        for found in [
            browser.expect_found().await,
            browser.expect_translated().await,
            browser.expect_well_made().await,
        ] {
            if let Err(error) = found {
                self.faults.push(format!("{name} at {address}: {error:#}"));
            }
        }
    }

    /// The counter opens an account for a person: the form, what is handed out, and the account on the person's page.
    async fn look_at_the_counter(&mut self, worker: &Account) -> Result<()> {
        let (clerk, name) = (self.clerk, worker.username.as_str());
        clerk.browser.goto("/people").await?;
        let person = clerk.first_of("/people").await?;
        clerk.browser.goto(&person).await?;
        clerk.browser.click_at("#accounts summary").await?;
        self.judge(name, &format!("{person} with the form open")).await;
        clerk.browser.choose("papers_seen", "on").await?;
        clerk.browser.click_at("#accounts form[action$='/accounts'] [type=submit]").await?;
        clerk.wait_for("what is handed out", "[data-print]").await?;
        self.judge(name, &format!("{person}/accounts")).await;
        clerk.browser.goto(&person).await?;
        clerk.wait_for("the account", "#accounts form[action$='/code']").await?;
        self.judge(name, &format!("{person} with an account")).await;
        Ok(())
    }
}

async fn walk(screen: Screen, language: Language) -> Result<()> {
    let server = Server::start(&["--people", "200", "--seed", "7"])?;
    let program = Program::of(&server)?;
    let browser = Browser::open(&server.address, screen, language).await?;
    browser.bring_axe().await?;
    let mut walk =
        Walk { clerk: Clerk::new(&browser), server: &server, program: &program, faults: Vec::new() };
    for place in OUTSIDE {
        walk.look(None, place).await?;
    }
    for (username, places) in ROUND {
        let reader = server.named(username)?;
        walk.clerk.sit_down(&program, reader).await?;
        for place in places {
            walk.look(Some(reader), *place).await?;
        }
    }
    let worker = server.named("referral")?;
    walk.clerk.sit_down(&program, worker).await?;
    walk.look_at_the_counter(worker).await?;
    let faults = walk.faults;
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    Ok(())
}

#[tokio::test]
async fn every_page_is_well_made_on_a_phone_in_english() -> Result<()> {
    walk(Screen::Phone, Language::English).await
}

#[tokio::test]
async fn every_page_is_well_made_at_a_desk_in_chinese() -> Result<()> {
    walk(Screen::Desk, Language::Chinese).await
}
