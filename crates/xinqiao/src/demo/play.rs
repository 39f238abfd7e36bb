//! Plays the scripts: the same actions as users take, at past instants, in the order of time, while the background
//! clock turns every day.

use super::{
    care::Diary,
    forms::{Data, Paper, agrees_to_research, needs, signer},
    script::{Age, Filer, SCRIPTS, Script, Step},
    staff::{COMMITTEES, Member, Staff, committee},
};
use crate::synth::{Person, Population, Seed, Topic};
use anyhow::{Context, Result};
use app::{
    App,
    id::Id,
    referral::{self, Order, Written},
};
use jiff::{
    Timestamp, ToSpan,
    civil::Date,
    tz::{TimeZone, offset},
};
use rand::{Rng, seq::SliceRandom};
use rules::{
    account::Role,
    form::FormCode,
    referral::{
        Answer, Capacity, Command, Eligibility, Filing, Ground, HospitalRequest, ItemAnswer, Package,
        Purpose, StageDecision, Trigger, VisitAction,
    },
};

/// A case of the demonstration while it is played.
#[derive(Debug)]
struct Played {
    script: &'static Script,
    /// Days from the last step to the present.
    rest: i64,
    person: Person,
    record: Option<Id>,
    filer: String,
    id: Option<Id>,
    institution: Option<Id>,
    number: String,
    done: usize,
    /// No institution fitted: the rest of the script is left out.
    stuck: bool,
}

/// One step of one case at its instant.
#[derive(Debug, Clone, Copy)]
struct Turn {
    at: Timestamp,
    case: usize,
    step: Step,
}

/// Everything that playing needs.
pub struct Stage<'a> {
    /// The installation; its present is the last instant of the play.
    pub app: &'a App,
    /// The county.
    pub population: &'a Population,
    /// Everybody who acts.
    pub staff: &'a Staff,
    /// The client with an account, and the record it belongs to.
    pub client: Option<(Person, Id)>,
    /// Further days of rest, beside each script's own, so that every course is met at more of its ages.
    pub rests: &'static [i64],
    /// Plans and sessions are played as well.
    pub care: bool,
}

/// Whom a case is about, and what became of it.
#[derive(Debug)]
pub struct Cast {
    /// The person.
    pub person: Person,
    /// The case, once it was filed.
    pub case: Option<Id>,
    /// The institution that it was last referred to.
    pub institution: Option<Id>,
}

/// Plays all scripts; returns whom the cases are about.
///
/// # Errors
/// A rule refuses a step: then script and rules do not fit together, and the step is named.
pub async fn play(stage: &Stage<'_>) -> Result<Vec<Cast>> {
    let mut cases = cast(stage).await?;
    if stage.care {
        reach(stage, &cases).await?;
    }
    let turns = turns(stage, &cases);
    let (mut day, mut diary) = (None, Diary::default());
    for turn in &turns {
        let today = rules::clock::china_date(turn.at);
        if let Some(day) = day.filter(|day| *day < today) {
            stage.between(&mut diary, day, today).await?;
            referral::tick(&stage.app.at(instant(today, 1, 0))).await?;
        }
        day = Some(today);
        let case = cases.get_mut(turn.case).context("a turn without a case")?;
        if case.stuck {
            continue;
        }
        let app = stage.app.at(turn.at);
        stage
            .act(&app, case, turn.step)
            .await
            .with_context(|| format!("{:?} after {} steps of {:?}", turn.step, case.done, case.script))?;
        case.done += 1;
    }
    if let Some(day) = day {
        stage.between(&mut diary, day, rules::clock::china_date(stage.app.now())).await?;
    }
    referral::tick(stage.app).await?;
    if stage.care {
        diary.ahead(stage).await?;
    }
    let cast = |case: Played| Cast { person: case.person, case: case.id, institution: case.institution };
    Ok(cases.into_iter().map(cast).collect())
}

/// Days before the application in which people are reached, and how many.
const REACHING: (i64, usize) = (10, 18);

/// Some of those who apply are reached first, all through the year.
async fn reach(stage: &Stage<'_>, cases: &[Played]) -> Result<()> {
    let given = |case: &Played| case.script.days() + case.rest + REACHING.0;
    let later = |case: &&Played| case.script.applies() && given(case) < super::DAYS;
    let people: Vec<(Id, i64)> =
        cases.iter().filter(later).filter_map(|case| Some((case.record?, given(case)))).collect();
    let every = (people.len() / REACHING.1).max(1);
    let chosen: Vec<(Id, i64)> = people.into_iter().step_by(every).take(REACHING.1).collect();
    super::outreach::before(stage.app, stage.staff, &chosen).await
}

/// The persons of the cases: on a list with a number by which they are found, none twice.
async fn cast(stage: &Stage<'_>) -> Result<Vec<Played>> {
    let mut left = candidates(stage);
    let officer = &stage.staff.of("civil.affairs")?.scope;
    let mut cases = Vec::new();
    let villages: Vec<i64> = super::staff::committees(stage.population).map(|v| v.code).collect();
    for script in SCRIPTS {
        let further = stage.rests.iter().filter(|rest| script.days() + **rest < super::DAYS);
        for rest in script.rests.iter().chain(further) {
            if script.filer == Filer::Client {
                if let Some((person, record)) = &stage.client {
                    let who = (person.clone(), Some(*record));
                    cases.push(played(script, *rest, who, "client".to_owned()));
                }
                continue;
            }
            let (filer, village) = filer(script.filer, cases.len(), &villages);
            let fits = |person: &Person| age_fits(script.age, person, stage.population.settings().as_of);
            let near = |p: &Person| village.is_some_and(|v| stage.population.village(p).code == v);
            let place = left.iter().position(|p| fits(p) && near(p)).or_else(|| left.iter().position(fits));
            let Some(place) = place else { continue };
            let person = left.swap_remove(place);
            let found = app::person::search::by_number(stage.app, officer, &person.identity_number).await?;
            cases.push(played(script, *rest, (person, found.map(|found| found.id)), filer));
        }
    }
    Ok(cases)
}

fn played(script: &'static Script, rest: i64, who: (Person, Option<Id>), filer: String) -> Played {
    let (person, record) = who;
    Played {
        script,
        rest,
        person,
        record,
        filer,
        id: None,
        institution: None,
        number: String::new(),
        done: 0,
        stuck: false,
    }
}

/// Persons in an order by chance, without the client.
fn candidates(stage: &Stage<'_>) -> Vec<Person> {
    let population = stage.population;
    let most = population.people.min(MOST_CANDIDATES);
    let client = stage.client.as_ref().map(|(person, _)| person.number);
    let numbers = (0..most).filter(|number| Some(*number) != client);
    let mut persons: Vec<Person> = numbers.map(|number| population.person(number)).collect();
    persons.shuffle(&mut population.seed().stream(Topic::Cases, 0));
    persons
}

/// So many persons are enough to find fitting ones among them.
const MOST_CANDIDATES: u64 = 5_000;

pub fn age_fits(age: Age, person: &Person, on: Date) -> bool {
    let years = rules::identity_number::age_on(person.born_on, on);
    match age {
        Age::Working => (25..=62).contains(&years),
        Age::Old => years > 76,
    }
}

fn filer(filer: Filer, number: usize, villages: &[i64]) -> (String, Option<i64>) {
    let username = match filer {
        Filer::Committee => {
            let which = number % COMMITTEES;
            return (committee(which + 1), villages.get(which).copied());
        }
        Filer::Hospital => "doctor",
        Filer::HealthCentre => "town.doctor",
        Filer::Dpf => "dpf",
        Filer::Assisting => "assisting",
        Filer::Client => "client",
    };
    (username.to_owned(), None)
}

/// All steps of all cases in the order of time. People work on working days, and nobody acts after the present.
fn turns(stage: &Stage<'_>, cases: &[Played]) -> Vec<Turn> {
    let now = stage.app.now();
    let today = rules::clock::china_date(now);
    let mut turns = Vec::new();
    for (case, played) in cases.iter().enumerate() {
        let (script, rest) = (played.script, played.rest);
        let seed: &Seed = stage.population.seed();
        let chance = &mut seed.stream(Topic::Cases, 1 + played.person.number);
        let (hour, minute) = (chance.random_range(8..16_i8), chance.random_range(0..50_i8));
        let mut day = today.checked_sub((script.days() + rest).days()).unwrap_or(today);
        for ((gap, step), order) in script.steps().zip(0_i64..) {
            day = day.checked_add(gap.days()).unwrap_or(day);
            let working = stage.app.tables.calendar.next_working_day(day).date;
            let at = instant(working, hour, minute) + jiff::SignedDuration::from_mins(order);
            let latest = now - jiff::SignedDuration::from_secs(60 - order.min(59));
            turns.push(Turn { at: at.min(latest), case, step });
        }
    }
    turns.sort_by_key(|turn| turn.at);
    turns
}

/// An instant in China.
pub(super) fn instant(day: Date, hour: i8, minute: i8) -> Timestamp {
    let zone = TimeZone::fixed(offset(8));
    day.at(hour, minute, 0, 0).to_zoned(zone).map_or(Timestamp::UNIX_EPOCH, |zoned| zoned.timestamp())
}

/// What a user does in one step.
struct Act<'a> {
    member: &'a Member,
    command: Command,
    forms: Vec<Written>,
}

impl Stage<'_> {
    /// What case managers did from one day until before another.
    async fn between(&self, diary: &mut Diary, from: Date, until: Date) -> Result<()> {
        let mut day = from;
        while self.care && day < until {
            diary.day(self, day).await?;
            day = day.tomorrow()?;
        }
        Ok(())
    }

    /// The evaluation and the closure say what plan and sessions came to.
    async fn with_figures(&self, app: &App, case: &Played, step: Step, act: &mut Act<'_>) -> Result<()> {
        let (true, Some(id)) =
            (self.care && matches!(step, Step::Evaluate(_) | Step::ProposeClosure), case.id)
        else {
            return Ok(());
        };
        let figures = app::care::figures(app, &act.member.scope, id).await?;
        for form in &mut act.forms {
            if let Some(share) = figures.attained {
                form.data.insert("goals_attained".to_owned(), share.0.into());
            }
            match form.code {
                FormCode::F8 => {
                    form.data
                        .extend(figures.version.map(|version| ("plan_version".to_owned(), version.into())));
                }
                _ => {
                    form.data.insert("sessions".to_owned(), figures.came.into());
                }
            }
        }
        Ok(())
    }

    async fn act(&self, app: &App, case: &mut Played, step: Step) -> Result<()> {
        if step == Step::Refer {
            // Where every fitting place is taken, the case stays on the desk's work list, as it would.
            let Some(best) = self.choose(app, case).await? else {
                case.stuck = true;
                return Ok(());
            };
            case.institution = Some(best);
        }
        if step == Step::Register {
            self.record_capacity(app, case).await?;
        }
        let mut act = self.plan(app, case, step)?;
        self.with_figures(app, case, step, &mut act).await?;
        let order = Order { command: act.command, forms: act.forms, expected: None };
        let outcome = referral::perform(app, &act.member.scope, case.id, &order).await;
        let outcome = outcome.map_err(crate::user::explained)?;
        case.id = Some(outcome.id);
        if let Some(number) = outcome.registration.or(outcome.receipt) {
            case.number = number;
        }
        Ok(())
    }

    /// Whom a guardian signs for is registered once the paper behind it was seen.
    async fn record_capacity(&self, app: &App, case: &Played) -> Result<()> {
        let (Some(id), Some(_)) = (case.id, signer(&case.person).guardian) else { return Ok(()) };
        let command = Command::RecordCapacity {
            capacity: Capacity::Limited,
            basis: "court".to_owned(),
            assessor: format!("{}人民法院（合成）", self.population.county.name),
            on: rules::clock::china_date(app.now()),
            until: None,
        };
        let desk = self.staff.of("referral")?;
        let order = Order { command, forms: Vec::new(), expected: None };
        referral::perform(app, &desk.scope, Some(id), &order).await.map_err(crate::user::explained)?;
        Ok(())
    }

    /// The best institution of the shortlist, as the person agrees; none where nothing fits.
    async fn choose(&self, app: &App, case: &Played) -> Result<Option<Id>> {
        let desk = self.staff.of("referral")?;
        let id = case.id.context("a referral before the application")?;
        let list = referral::shortlist(app, &desk.scope, id).await?;
        Ok(list.candidates.first().map(|best| Id(best.institution)))
    }

    fn filer(&self, case: &Played) -> Result<&Member> {
        self.staff.of(&case.filer)
    }

    fn at_institution(&self, case: &Played, role: Role) -> Result<&Member> {
        self.staff.at(case.institution.context("no institution is in charge")?, role)
    }

    fn paper<'p>(&'p self, app: &App, case: &'p Played, writer: &'p Member) -> Paper<'p> {
        let institution = case.institution.and_then(|id| self.staff.at(id, Role::InstitutionManager).ok());
        let other = institution.map_or("", |member| member.account.organisation.as_str());
        Paper {
            population: self.population,
            person: &case.person,
            today: rules::clock::china_date(app.now()),
            writer: writer.name(),
            house: &writer.account.organisation,
            other_house: other,
            number: &case.number,
        }
    }

    fn written(app: &App, case: &Played, code: FormCode, data: Data) -> Written {
        let beside = case.id.or(case.record).unwrap_or_else(|| Id::in_division(0, app.now()));
        Written::new(app, code, data, beside)
    }

    fn plan(&self, app: &App, case: &Played, step: Step) -> Result<Act<'_>> {
        match step {
            Step::Save | Step::SaveLead | Step::Consent | Step::Submit | Step::Resubmit | Step::Object => {
                self.by_filer(app, case, step)
            }
            Step::AskSupplement
            | Step::ProposeRejection
            | Step::ConfirmRejection
            | Step::Register
            | Step::Queue
            | Step::Refer
            | Step::ConfirmNotSuitable
            | Step::WithdrawConsent
            | Step::ContactAttempt
            | Step::Cancel
            | Step::ProposeTransfer
            | Step::ConfirmTransfer => self.by_county(app, case, step),
            Step::Decline(_)
            | Step::Accept
            | Step::AcceptInPart
            | Step::Assess
            | Step::AssessNotSuitable
            | Step::FindNotSuitable
            | Step::Evaluate(_)
            | Step::ApproveClosure => self.by_institution(app, case, step),
            Step::ConfirmHospital | Step::Discharge | Step::Acknowledge => self.by_hospital(app, case, step),
            _ => self.by_case_manager(app, case, step),
        }
    }

    fn by_filer(&self, app: &App, case: &Played, step: Step) -> Result<Act<'_>> {
        let member = self.filer(case)?;
        let paper = self.paper(app, case, member);
        let (channel, relation) = match member.scope.role {
            Role::Doctor => ("medical", "doctor"),
            Role::Client => ("personal", "self"),
            Role::Committee => ("assisted", "committee"),
            _ => ("assisted", "other"),
        };
        let phone = case.person.guardian_phone.as_str();
        let mut forms = Vec::new();
        let command = match step {
            Step::Save => {
                let data = paper.application(channel, relation, phone);
                forms.push(Self::written(app, case, FormCode::F1, data));
                Command::Save(Box::new(self.filing(case)?))
            }
            Step::SaveLead => {
                forms.push(Self::written(app, case, FormCode::F1, paper.lead(phone)));
                Command::Save(Box::new(self.filing(case)?))
            }
            Step::Consent => {
                forms.push(Self::written(app, case, FormCode::F12, paper.consent()));
                let research = agrees_to_research(&case.person).then_some(Purpose::Research);
                let always = [
                    Purpose::Registration,
                    Purpose::Departments,
                    Purpose::Institution,
                    Purpose::FileTransfer,
                    Purpose::Contact,
                ];
                Command::RecordConsent {
                    purposes: always.into_iter().chain(research).collect(),
                    signer: signer(&case.person),
                    until: None,
                }
            }
            Step::Resubmit => Command::Resubmit { answered: vec!["diagnosis_hospital".to_owned()] },
            Step::Object => Command::Object { document: None },
            _ => Command::Submit,
        };
        Ok(Act { member, command, forms })
    }

    fn filing(&self, case: &Played) -> Result<Filing> {
        Ok(Filing {
            person: case.record.map(|id| id.0),
            county: self.population.county.code,
            division: self.population.village(&case.person).code,
            office: self.staff.of("referral")?.organisation().0,
            package: Package::of(&needs(&case.person)),
            preferences: Vec::new(),
        })
    }

    fn by_county(&self, app: &App, case: &Played, step: Step) -> Result<Act<'_>> {
        let today = rules::clock::china_date(app.now());
        let member = self.staff.of(match step {
            Step::ConfirmRejection => "civil.affairs",
            Step::ConfirmTransfer => "referral.city",
            _ => "referral",
        })?;
        let paper = self.paper(app, case, member);
        let mut forms = Vec::new();
        let command = match step {
            Step::AskSupplement => Command::AskSupplement { items: vec!["diagnosis_hospital".to_owned()] },
            Step::ProposeRejection => Command::ProposeRejection { reason: "R6".to_owned() },
            Step::ConfirmRejection => Command::ConfirmRejection { notice_sent: true },
            Step::Register => Command::Register(Box::new(eligibility(&case.person))),
            Step::Queue => Command::Queue { reason: "Q2".to_owned(), priority: 2 },
            Step::Refer => {
                forms.push(Self::written(app, case, FormCode::F3, paper.referral_slip()));
                let institution = case.institution.context("no institution was chosen")?.0;
                Command::Refer { institution, person_asked: true, agreed_order: vec![institution] }
            }
            Step::ConfirmNotSuitable => {
                forms.push(Self::written(app, case, FormCode::F3, paper.referral_slip()));
                Command::NotSuitable { reason: "N1".to_owned(), alternative: "hospital".to_owned() }
            }
            Step::WithdrawConsent => Command::WithdrawConsent { purposes: Vec::new() },
            Step::ContactAttempt => {
                Command::RecordContactAttempt { on: today, way: "phone".to_owned(), reached: false }
            }
            Step::Cancel => Command::Cancel { reason: "X1".to_owned() },
            Step::ProposeTransfer => {
                let city = self.staff.of("referral.city")?;
                Command::ProposeTransfer {
                    county: super::staff::neighbour(&self.population.county),
                    office: city.organisation().0,
                }
            }
            _ => Command::ConfirmTransfer,
        };
        Ok(Act { member, command, forms })
    }

    fn by_institution(&self, app: &App, case: &Played, step: Step) -> Result<Act<'_>> {
        let role = match step {
            Step::Assess | Step::AssessNotSuitable | Step::FindNotSuitable | Step::Evaluate(_) => {
                Role::Assessor
            }
            _ => Role::InstitutionManager,
        };
        let member = self.at_institution(case, role)?;
        let case_manager = self.at_institution(case, Role::CaseManager)?;
        let paper = self.paper(app, case, member);
        let form = |code, data| vec![Self::written(app, case, code, data)];
        let (command, forms) = match step {
            Step::Decline(reason) => (Command::Decline { reason: reason.to_owned() }, Vec::new()),
            Step::Assess | Step::AssessNotSuitable => {
                let suitable = step == Step::Assess;
                let services = if suitable { needs(&case.person) } else { Vec::new() };
                let services = services.into_iter().map(str::to_owned).collect();
                let risk_grade = if suitable { 1 } else { 3 };
                let forms = form(FormCode::F4, paper.assessment(suitable));
                (Command::Assess { risk_grade, services }, forms)
            }
            Step::FindNotSuitable => {
                let (reason, alternative) = ("N1".to_owned(), "hospital".to_owned());
                (Command::NotSuitable { reason, alternative }, Vec::new())
            }
            Step::Evaluate(decision) => {
                let forms = form(FormCode::F8, paper.evaluation(decision));
                let decision =
                    if decision == "close" { StageDecision::Close } else { StageDecision::Continue };
                (Command::StageEvaluation { decision }, forms)
            }
            Step::ApproveClosure => {
                let data = paper.closure("C1", case_manager.name(), true);
                let command = Command::ApproveClosure { client_told: true, follow_up_plan: true };
                (command, form(FormCode::F10, data))
            }
            _ => {
                let answers =
                    if step == Step::AcceptInPart { in_part(app, &case.person) } else { Vec::new() };
                (Command::Accept { case_manager: case_manager.scope.account.0, answers }, Vec::new())
            }
        };
        Ok(Act { member, command, forms })
    }

    fn by_hospital(&self, app: &App, case: &Played, step: Step) -> Result<Act<'_>> {
        let today = rules::clock::china_date(app.now());
        if step == Step::Acknowledge {
            let member = self.filer(case)?;
            return Ok(Act { member, command: Command::AcknowledgeFeedback, forms: Vec::new() });
        }
        let member = self.staff.of("doctor")?;
        if step == Step::ConfirmHospital {
            return Ok(Act { member, command: Command::ConfirmHospital { on: today }, forms: Vec::new() });
        }
        let paper = self.paper(app, case, member);
        let data = paper.back_from_hospital(paper.other_house);
        let forms = vec![Self::written(app, case, FormCode::F9, data)];
        Ok(Act { member, command: Command::Discharge { on: today }, forms })
    }

    fn by_case_manager(&self, app: &App, case: &Played, step: Step) -> Result<Act<'_>> {
        let member = self.at_institution(case, Role::CaseManager)?;
        let paper = self.paper(app, case, member);
        let today = paper.today;
        let form = |code, data| Self::written(app, case, code, data);
        let after = |days: i64| today.checked_add(days.days()).unwrap_or(today);
        let (command, forms) = match step {
            Step::Agree => {
                let forms = vec![form(FormCode::F5, paper.plan()), form(FormCode::F6, paper.agreement())];
                (Command::Agree { signer: signer(&case.person), until: after(365) }, forms)
            }
            Step::FirstSession => {
                let record = form(FormCode::F7, paper.session());
                (Command::FirstSession { session: record.document.0, on: today }, vec![record])
            }
            Step::Suspend => (Command::Suspend { reason: "P2".to_owned(), until: after(30) }, Vec::new()),
            Step::Resume => (Command::Resume, Vec::new()),
            Step::ReturnToHospital(risk_grade) => {
                let hospital = self.staff.of("doctor")?;
                let data = paper.to_hospital(&hospital.account.organisation, risk_grade);
                let trigger = if risk_grade >= 3 { Trigger::RiskGrade } else { Trigger::StoppedDrugs };
                let request = HospitalRequest {
                    triggers: vec![trigger],
                    risk_grade,
                    danger_to_others: false,
                    hospital: hospital.organisation().0,
                };
                (Command::ReturnToHospital(Box::new(request)), vec![form(FormCode::F9, data)])
            }
            Step::ProposeClosure => {
                let data = paper.closure("C1", member.name(), false);
                (Command::ProposeClosure { reason: "C1".to_owned() }, vec![form(FormCode::F10, data)])
            }
            Step::Visit => {
                let command = Command::ReturnVisit { on: today, action: VisitAction::None };
                (command, vec![form(FormCode::F11, paper.visit())])
            }
            Step::EndFollowUp => (Command::End { reason: "Z2".to_owned() }, Vec::new()),
            Step::ReEnter => {
                let command = Command::ReEnter { needs: Vec::new(), signer: signer(&case.person) };
                (command, vec![form(FormCode::F12, paper.consent())])
            }
            _ => {
                let (source, cause) = ("family".to_owned(), "disease".to_owned());
                (Command::Death { on: today, source, cause }, Vec::new())
            }
        };
        Ok(Act { member, command, forms })
    }
}

fn eligibility(person: &Person) -> Eligibility {
    Eligibility {
        identity_verified: true,
        ground: if person.in_health { Ground::HealthRegister } else { Ground::DisabilityCertificate },
        lives_at_home: true,
        has_need: true,
        suitable: true,
        package: Package::of(&needs(person)),
    }
}

/// All but the last service are accepted.
fn in_part(app: &App, person: &Person) -> Vec<ItemAnswer> {
    let today = rules::clock::china_date(app.now());
    let needs = needs(person);
    let last = needs.len().saturating_sub(1);
    let answer = |place: usize| match place {
        place if place == last => Answer::No { reason: "D3".to_owned() },
        _ => Answer::Yes { from: today },
    };
    let numbered = needs.into_iter().enumerate();
    numbered.map(|(place, code)| ItemAnswer { service: code.to_owned(), answer: answer(place) }).collect()
}
