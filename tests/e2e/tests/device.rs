//! Visits without a network: a doctor's phone in a valley, with the line to the site cut and mended. All persons are invented.

use anyhow::{Context, Result, ensure};
use app::{
    App,
    account::{self, NewAccount},
    db::Db,
    device,
    followup::{self, DrugFields, Opening, ProfileFields, StepFields, VisitFields},
    id::Id,
    p,
    scope::Scope,
    seal::Keys,
};
use e2e::{Browser, Clerk, Language, Line, Screen};
use serde_json::{Value, json};
use std::time::Duration;

const PASSWORD: &str = "Synthetic-2026";
const PIN: &str = "482915";
const TOWN: i64 = 310_115_110_000;
const VILLAGE: i64 = 310_115_110_001;
const COUNTY: i64 = 310_115_000_000;

/// The clock of the phone is a day behind.
const A_DAY_BEHIND: &str = "{
    const right = Date;
    const behind = () => right.now() - 86400000;
    globalThis.Date = class extends right {
        constructor(...given) {
            super(...(given.length ? given : [behind()]));
        }
        static now() {
            return behind();
        }
    };
}";

/// A township whose doctor has two people to visit, the site that serves it, and the line to it.
struct Valley {
    app: App,
    line: Line,
    doctor: Scope,
    colleague: Scope,
    records: Vec<Id>,
    _folder: tempfile::TempDir,
}

async fn somebody(app: &App, (kind, name, division): (&str, &str, i64)) -> Result<Scope> {
    let mut tx = app.db.begin().await?;
    let organisation = account::add_organisation(app, &mut tx, kind, &format!("{name}院"), division).await?;
    let new = NewAccount {
        username: name.to_owned(),
        name: format!("{name}医生"),
        password: PASSWORD.to_owned(),
        role: "doctor".to_owned(),
        organisation,
        division: None,
        person: None,
    };
    let id = account::add(app, &mut tx, &new).await?;
    tx.commit().await?;
    Ok(account::get(app, id).await?.scope()?)
}

fn stable(on: &str) -> VisitFields {
    VisitFields {
        on: Some(on.parse().unwrap()),
        mode: Some(2),
        risk: Some(0),
        symptom_level: Some(0),
        insight: Some(1),
        danger_none: true,
        adherence: Some(1),
        drugs: vec![DrugFields { name: "奥氮平".into(), times_a_day: Some(1), dose_mg: 10.0 }],
        ..VisitFields::default()
    }
}

fn today(app: &App) -> String {
    rules::clock::china_date(app.now()).to_string()
}

async fn visit(app: &App, who: &Scope, record: Id, fields: VisitFields) -> Result<()> {
    let sent = followup::Sent { record, id: record.beside(app.now()).0, base: None, replaces: None, fields };
    followup::record(app, who, &sent).await?;
    Ok(())
}

impl Valley {
    async fn new() -> Result<Valley> {
        let folder = tempfile::tempdir()?;
        let address = format!("sqlite:{}", folder.path().join("valley.db").display());
        let keys = Keys::from_secret(&(0..64).collect::<Vec<u8>>())?;
        let app = App::new(Db::open(&address).await?, keys).await?;
        let doctor = somebody(&app, ("primary_care", "town", TOWN)).await?;
        let hospital = somebody(&app, ("hospital", "hospital", COUNTY)).await?;
        let colleague =
            Scope {
                name: "赵同事".to_owned(), account: doctor.account.beside(app.now()), ..doctor.clone()
            };
        let past = app.at(app.now() - jiff::SignedDuration::from_hours(24 * 120));
        let mut records = Vec::new();
        for (sequence, name) in [(1, "桥小明"), (2, "桥小兰")] {
            let body = format!("99010119800203{sequence:03}");
            let check = rules::identity_number::check_character(&body).context("a check digit")?;
            let card = Opening {
                source: "report_card".into(),
                on: today(&past),
                name: name.into(),
                number: format!("{body}{check}"),
                division: VILLAGE.to_string(),
                profile: ProfileFields {
                    disorder: "01".into(),
                    diagnosed_on: today(&past),
                    hospital: "示例医院".into(),
                    ..ProfileFields::default()
                },
                ..Opening::default()
            };
            let record = followup::open(&past, &hospital, &card).await?;
            for step in ["receive", "agree"] {
                let fields = StepFields { step: step.into(), ..StepFields::default() };
                followup::take(&past, &doctor, record, &fields).await?;
            }
            visit(&past, &doctor, record, stable(&today(&past))).await?;
            records.push(record);
        }
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let site = format!("http://{}", listener.local_addr()?);
        let router = web::site(app.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.ok() });
        let line = Line::to(&site).await?;
        Ok(Valley { app, line, doctor, colleague, records, _folder: folder })
    }

    async fn visits(&self, record: Id) -> Result<i64> {
        let sql =
            "SELECT COUNT(*) FROM followup_visit WHERE home = $1 AND record_id = $2 AND voided_at IS NULL";
        let found: Option<(i64,)> = self.app.db.opt(sql, p![record.home_number(), record]).await?;
        Ok(found.unwrap_or_default().0)
    }
}

/// A doctor's phone.
struct Phone<'a> {
    valley: &'a Valley,
    browser: &'a Browser,
    clerk: Clerk<'a>,
}

impl<'a> Phone<'a> {
    fn new(valley: &'a Valley, browser: &'a Browser) -> Phone<'a> {
        Phone { valley, browser, clerk: Clerk::new(browser) }
    }

    async fn shows(&self, view: &str) -> Result<()> {
        self.clerk.wait_for(view, &format!("body[data-shown={view}]")).await
    }

    async fn type_at(&self, selector: &str, text: &str) -> Result<()> {
        let field = self.browser.client().wait().for_element(fantoccini::Locator::Css(selector)).await?;
        field.clear().await?;
        Ok(field.send_keys(text).await?)
    }

    async fn well_made(&self) -> Result<()> {
        self.browser.expect_translated().await?;
        self.browser.expect_no_overflow().await?;
        self.browser.expect_no_axe_violations().await
    }

    async fn register(&self) -> Result<()> {
        self.browser.sign_in("town", PASSWORD).await?;
        self.browser.goto("/device").await?;
        self.shows("register").await?;
        self.well_made().await?;
        self.type_at("#device-name", "随访手机").await?;
        self.type_at("#new-pin", "123456").await?;
        self.type_at("#new-pin-again", "123456").await?;
        self.browser.click_at("#register-form [type=submit]").await?;
        self.clerk.wait_for("too simple", "#register-form [data-problem]:not([hidden])").await?;
        self.type_at("#new-pin", PIN).await?;
        self.type_at("#new-pin-again", PIN).await?;
        self.browser.click_at("#register-form [type=submit]").await?;
        self.shows("home").await?;
        self.clerk.wait_for("the caseload", "article.client").await?;
        self.kept().await
    }

    /// Waits until the phone keeps the page.
    async fn kept(&self) -> Result<()> {
        for _ in 0..100 {
            let script = "const done = arguments[0];
                caches.keys().then(async (names) => {
                    const cache = names.length && (await caches.open(names[0]));
                    const whole = cache && (await cache.match('/device?lang=en')) && (await cache.match('/language'));
                    done(Boolean(navigator.serviceWorker.controller && whole));
                });";
            if self.browser.client().execute_async(script, vec![]).await? == json!(true) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        anyhow::bail!("the phone does not keep the page")
    }

    async fn opens(&self) -> Result<()> {
        self.browser.goto("/device").await?;
        self.shows("closed").await?;
        self.type_at("#pin", PIN).await?;
        self.browser.click_at("#open-form [type=submit]").await?;
        self.shows("home").await
    }

    async fn sets_pin(&self) -> Result<()> {
        self.shows("set-pin").await?;
        self.type_at("#set-pin", PIN).await?;
        self.type_at("#set-pin-again", PIN).await?;
        self.browser.click_at("#set-pin-form [type=submit]").await?;
        self.shows("home").await
    }

    async fn begins(&self, record: Id) -> Result<()> {
        self.browser.click_at(&format!("[data-client='{record}'] [data-put=act]")).await?;
        self.shows("visit").await
    }

    async fn picks(&self, name: &str, value: &str) -> Result<()> {
        let answer = format!("#visit-form [name='{name}'][value='{value}']");
        // A second touch would take it back.
        if self.clerk.has(&format!("{answer}:checked")).await? {
            return Ok(());
        }
        self.browser.click_at(&answer).await
    }

    /// Writes a visit at home at which this insight was found.
    async fn writes(&self, insight: &str) -> Result<()> {
        for (name, value) in [
            ("mode", "2"),
            ("found.risk", "0"),
            ("found.symptom_level", "0"),
            ("found.insight", insight),
            ("found.danger.none", "true"),
            ("found.adherence", "1"),
        ] {
            self.picks(name, value).await?;
        }
        self.browser.click_at("[data-copy-drugs]").await?;
        self.clerk.wait_for("a class", "#take-class:not([hidden])").await?;
        self.browser.click_at("#take-class").await?;
        self.clerk.wait_for("a day", "#take-latest:not([hidden])").await?;
        self.browser.click_at("#take-latest").await?;
        self.clerk.wait_for("the day taken", "#take-latest[hidden]").await
    }

    async fn keeps(&self) -> Result<()> {
        self.browser.click_at("#visit-form [type=submit]").await?;
        self.shows("home").await
    }

    async fn queue(&self) -> Result<String> {
        self.browser.click_at("[data-tab=queue]").await?;
        self.clerk.text_at("[data-count=queue]").await
    }

    async fn waits_for_queue(&self, count: &str) -> Result<()> {
        for _ in 0..100 {
            if self.queue().await? == count {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        anyhow::bail!("{count} are not what waits: {}", self.queue().await?)
    }

    /// Waits until so many are due.
    async fn waits_for_due(&self, count: &str) -> Result<()> {
        for _ in 0..100 {
            if self.clerk.text_at("[data-count=today]").await? == count {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        anyhow::bail!("{count} are not due: {}", self.clerk.text_at("[data-count=today]").await?)
    }

    /// The phone is used in one window at a time: the second one waits until it is told to go on, and finds what was being written.
    async fn in_a_second_window(&self, record: Id) -> Result<()> {
        let client = self.browser.client();
        let first = client.window().await?;
        let second = client.new_window(true).await?.handle;
        client.switch_to_window(second).await?;
        self.browser.goto("/device").await?;
        self.shows("elsewhere").await?;
        self.well_made().await?;
        self.browser.click_at("#use-here").await?;
        self.shows("closed").await?;
        client.close_window().await?;
        client.switch_to_window(first).await?;
        self.shows("elsewhere").await?;
        self.browser.click_at("#use-here").await?;
        self.shows("closed").await?;
        self.type_at("#pin", PIN).await?;
        self.browser.click_at("#open-form [type=submit]").await?;
        self.shows("home").await?;
        self.begins(record).await?;
        let kept = self.clerk.has("#visit-form [name='found.risk'][value='0']:checked").await?;
        ensure!(kept, "the draft is lost between two windows");
        Ok(())
    }

    /// So many days go by without a contact.
    async fn waits_for_days(&self, days: u32) -> Result<()> {
        let script = "const [days, done] = arguments;
            const request = indexedDB.open('xinqiao-device');
            request.onsuccess = () => {
                const tx = request.result.transaction('meta', 'readwrite');
                const meta = tx.objectStore('meta');
                const asked = meta.get('device');
                asked.onsuccess = () => meta.put({ ...asked.result, contact_at: asked.result.contact_at - days * 86400000 }, 'device');
                tx.oncomplete = () => (request.result.close(), done());
            };";
        self.browser.client().execute_async(script, vec![json!(days)]).await?;
        Ok(())
    }

    /// Everything that lies on the phone, as text; binary values as their bytes.
    async fn store(&self) -> Result<Value> {
        let script = "const done = arguments[0];
            const request = indexedDB.open('xinqiao-device');
            request.onsuccess = async () => {
                const found = {};
                for (const name of request.result.objectStoreNames) {
                    const all = request.result.transaction(name).objectStore(name).getAll();
                    await new Promise((resolve) => (all.onsuccess = resolve));
                    found[name] = all.result.map((value) => value instanceof Uint8Array
                        ? new TextDecoder('utf-8').decode(value) : JSON.stringify(value));
                }
                request.result.close();
                done(found);
            };";
        Ok(self.browser.client().execute_async(script, vec![]).await?)
    }
}

async fn on_the_road(language: Language) -> Result<()> {
    let valley = Valley::new().await?;
    let browser = Browser::open(&valley.line.address, Screen::Phone, language).await?;
    let phone = Phone::new(&valley, &browser);
    phone.register().await?;
    phone.well_made().await?;
    let record = valley.records[0];

    // No network: the page comes from the phone, and the number opens it.
    valley.line.cut();
    phone.opens().await?;
    ensure!(phone.clerk.texts_at("article.client").await?.len() == 2, "both are overdue");
    phone.well_made().await?;
    phone.begins(record).await?;
    phone.well_made().await?;
    // The page is closed in the middle: what was written is there again.
    phone.picks("found.risk", "0").await?;
    phone.clerk.wait_for("the draft", "#draft:not(:empty)").await?;
    phone.opens().await?;
    phone.begins(record).await?;
    ensure!(
        phone.clerk.has("#visit-form [name='found.risk'][value='0']:checked").await?,
        "the draft is lost"
    );
    phone.in_a_second_window(record).await?;
    // What does not fit is named before anything is kept.
    browser.click_at("#visit-form [type=submit]").await?;
    phone.clerk.wait_for("what is missing", "#summary:not([hidden]) li").await?;
    phone.well_made().await?;
    phone.writes("1").await?;
    phone.keeps().await?;
    ensure!(phone.queue().await? == "1");
    phone.well_made().await?;
    let store = phone.store().await?.to_string();
    ensure!(
        !store.contains("桥小明") && !store.contains("insight") && !store.contains(PIN),
        "something lies open: {store}"
    );
    // It waits although the page is opened anew.
    phone.opens().await?;
    ensure!(phone.queue().await? == "1");
    ensure!(valley.visits(record).await? == 1, "nothing has come yet");

    valley.line.mend();
    browser.click_at("#send").await?;
    phone.waits_for_queue("0").await?;
    ensure!(valley.visits(record).await? == 2, "it came once");
    browser.click_at("[data-tab=today]").await?;
    phone.waits_for_due("1").await?;
    let line = &device::own(&valley.app, &valley.doctor).await?[0];
    ensure!((line.waiting, line.handed_rows) == (0, 2), "{line:?}");
    Ok(())
}

#[tokio::test]
async fn a_doctor_records_a_visit_in_a_valley_and_it_is_sent_afterwards() -> Result<()> {
    on_the_road(Language::Chinese).await
}

#[tokio::test]
async fn the_same_in_english() -> Result<()> {
    on_the_road(Language::English).await
}

#[tokio::test]
async fn two_who_recorded_differently_are_shown_to_a_person_and_neither_is_lost() -> Result<()> {
    let valley = Valley::new().await?;
    let browser = Browser::open(&valley.line.address, Screen::Phone, Language::Chinese).await?;
    let phone = Phone::new(&valley, &browser);
    phone.register().await?;
    let record = valley.records[1];
    valley.line.cut();
    phone.opens().await?;
    phone.begins(record).await?;
    phone.writes("3").await?;
    phone.keeps().await?;
    let theirs = VisitFields { insight: Some(2), ..stable(&today(&valley.app)) };
    visit(&valley.app, &valley.colleague, record, theirs).await?;
    valley.line.mend();
    browser.click_at("#send").await?;
    browser.click_at("[data-tab=queue]").await?;
    phone.clerk.wait_for("the card", "[data-state=conflict]").await?;
    let card = phone.clerk.text_at("[data-state=conflict]").await?;
    for words in ["桥小兰", "赵同事", "自知力", "自知力缺失", "自知力不全"] {
        ensure!(card.contains(words), "{words} is not in {card}");
    }
    phone.well_made().await?;
    ensure!(valley.visits(record).await? == 2, "mine waits for a person");
    browser.click_at("[data-act=keep-both]").await?;
    phone.waits_for_queue("0").await?;
    ensure!(valley.visits(record).await? == 3, "both are kept");
    Ok(())
}

#[tokio::test]
async fn a_session_that_ended_keeps_what_waits_and_a_revoked_phone_is_emptied() -> Result<()> {
    let valley = Valley::new().await?;
    let browser = Browser::open(&valley.line.address, Screen::Phone, Language::Chinese).await?;
    let phone = Phone::new(&valley, &browser);
    phone.register().await?;
    valley.line.cut();
    phone.opens().await?;
    phone.begins(valley.records[0]).await?;
    phone.writes("1").await?;
    phone.keeps().await?;
    // The session ends meanwhile, as after half an hour.
    valley.app.db.run("DELETE FROM session /* whole: a test ends them all */", p![]).await?;
    valley.line.mend();
    browser.click_at("#send").await?;
    phone.clerk.wait_for("sign in again", "#trouble:not([hidden]) a").await?;
    ensure!(phone.queue().await? == "1");
    phone.well_made().await?;
    browser.sign_in("town", PASSWORD).await?;
    browser.goto("/device").await?;
    phone.shows("home").await?;
    phone.waits_for_queue("0").await?;
    ensure!(valley.visits(valley.records[0]).await? == 2);

    // Signing out anywhere on the site takes the caseload and the number's key away.
    browser.goto("/account").await?;
    browser.click_at(".me form button").await?;
    // The page of the account has a field of this name as well; the one to sign in has it alone.
    phone.clerk.wait_for("signed out", "form[action='/sign-in'] [name=password]").await?;
    ensure!(phone.store().await?["clients"] == json!([]));
    valley.line.cut();
    browser.goto("/device").await?;
    phone.shows("no-key").await?;
    phone.well_made().await?;
    valley.line.mend();
    browser.goto("/sign-in?next=/device").await?;
    browser.sign_in("town", PASSWORD).await?;
    phone.shows("set-pin").await?;
    phone.well_made().await?;
    phone.sets_pin().await?;
    phone.clerk.wait_for("the caseload", "article.client").await?;

    let line = device::own(&valley.app, &valley.doctor).await?.remove(0);
    device::revoke(&valley.app, &valley.doctor, line.id).await?;
    browser.goto("/device").await?;
    phone.shows("revoked").await?;
    phone.well_made().await?;
    let store = phone.store().await?;
    ensure!(
        store["clients"] == json!([]) && store["queue"] == json!([]) && store["meta"] == json!([]),
        "{store}"
    );
    ensure!(device::own(&valley.app, &valley.doctor).await?[0].wiped_at.is_some());
    Ok(())
}

#[tokio::test]
async fn days_without_contact_and_wrong_numbers_end_what_the_phone_holds_but_not_what_waits() -> Result<()> {
    let valley = Valley::new().await?;
    let browser = Browser::open(&valley.line.address, Screen::Phone, Language::English).await?;
    let phone = Phone::new(&valley, &browser);
    phone.register().await?;
    valley.line.cut();
    phone.opens().await?;
    phone.begins(valley.records[0]).await?;
    phone.writes("1").await?;
    phone.keeps().await?;

    // A phone on which nothing more fits closes nevertheless, and tells what it could not keep.
    phone.begins(valley.records[1]).await?;
    browser
        .run(
            "IDBObjectStore.prototype.put = () => { throw new DOMException('full', 'QuotaExceededError') }",
            vec![],
        )
        .await?;
    browser.click_at("#lock").await?;
    phone.shows("closed").await?;
    browser.see("could not be kept").await?;
    phone.opens().await?;

    // Closed in the middle of a correction, what was corrected is there again.
    phone.queue().await?;
    browser.click_at("[data-act=correct]").await?;
    phone.shows("visit").await?;
    phone.picks("found.sleep", "2").await?;
    phone.clerk.wait_for("the draft", "#draft:not(:empty)").await?;
    phone.opens().await?;
    phone.queue().await?;
    browser.click_at("[data-act=correct]").await?;
    phone.shows("visit").await?;
    ensure!(
        phone.clerk.has("#visit-form [name='found.sleep'][value='2']:checked").await?,
        "the correction is lost"
    );
    phone.keeps().await?;

    // The days without contact are over: the caseload goes, what waits stays and is sent after the next sign-in.
    phone.waits_for_days(u32::from(valley.app.tables.offline.days_without_contact) + 1).await?;
    browser.goto("/device").await?;
    phone.shows("no-key").await?;
    let store = phone.store().await?;
    ensure!(
        store["clients"] == json!([]) && store["queue"].as_array().is_some_and(|queue| queue.len() == 1),
        "{store}"
    );
    valley.line.mend();
    browser.goto("/device").await?;
    phone.sets_pin().await?;
    phone.waits_for_queue("0").await?;
    ensure!(valley.visits(valley.records[0]).await? == 2, "what waited was sent");

    // A clock that is a day behind is told; the visit is dated by the server's day, and taken.
    browser.before_each_page(A_DAY_BEHIND).await?;
    browser.goto("/device").await?;
    phone.shows("home").await?;
    phone.clerk.wait_for("the clock", "#clock:not([hidden])").await?;
    phone.well_made().await?;
    valley.line.cut();
    phone.begins(valley.records[1]).await?;
    phone.writes("1").await?;
    phone.keeps().await?;
    browser.goto("/device").await?;
    phone.shows("closed").await?;
    phone.well_made().await?;
    for number in 1..=phone.valley.app.tables.offline.pin_tries {
        phone.type_at("#pin", "000111").await?;
        browser.click_at("#open-form [type=submit]").await?;
        if number < phone.valley.app.tables.offline.pin_tries {
            let left = phone.valley.app.tables.offline.pin_tries - number;
            browser.see(&format!("Tries left: {left}")).await?;
        }
    }
    phone.shows("no-key").await?;
    let store = phone.store().await?;
    ensure!(
        store["clients"] == json!([]) && store["queue"].as_array().is_some_and(|queue| queue.len() == 1),
        "{store}"
    );
    valley.line.mend();
    browser.goto("/device").await?;
    phone.sets_pin().await?;
    phone.waits_for_queue("0").await?;
    ensure!(valley.visits(valley.records[1]).await? == 2, "what waited was sent");
    Ok(())
}
