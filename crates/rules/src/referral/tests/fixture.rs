//! A small county: its people, two institutions, a story that walks a case from state to state.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::Refusal;
use crate::account::{Actor, OnBehalfOf, Role};
use crate::calendar::Calendar;
use crate::capacity::CapacityTable;
use crate::clock::ClockTable;
use crate::consent::ConsentTexts;
use crate::form::{FormCode, FormSummary, Signatory};
use crate::institution::{InstitutionFacts, Places};
use crate::reason::ReasonTable;
use crate::referral::*;

pub const COUNTY: i64 = 370_102_000_000;
pub const VILLAGE: i64 = 370_102_001_001;
pub const OTHER_COUNTY: i64 = 370_103_000_000;
pub const OFFICE: u128 = 100;
pub const OTHER_OFFICE: u128 = 900;
pub const HOSPITAL: u128 = 102;
pub const HOUSE: u128 = 201;
pub const SECOND_HOUSE: u128 = 202;
pub const THIRD_HOUSE: u128 = 203;

pub fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

pub fn someone(account: u128, role: Role, organisation: u128) -> Actor {
    Actor::new(id(account), role, id(organisation))
}

pub fn client() -> Actor {
    someone(1, Role::Client, 0)
}
pub fn doctor() -> Actor {
    someone(2, Role::Doctor, HOSPITAL)
}
pub fn committee() -> Actor {
    someone(3, Role::Committee, 103)
}
pub fn worker() -> Actor {
    someone(4, Role::ReferralWorker, OFFICE)
}
pub fn officer() -> Actor {
    someone(5, Role::CivilAffairsOfficer, OFFICE)
}
pub fn second_officer() -> Actor {
    someone(15, Role::CivilAffairsOfficer, OFFICE)
}
pub fn manager() -> Actor {
    someone(6, Role::InstitutionManager, HOUSE)
}
pub fn second_manager() -> Actor {
    someone(16, Role::InstitutionManager, SECOND_HOUSE)
}
pub fn case_manager() -> Actor {
    someone(7, Role::CaseManager, HOUSE)
}
pub fn assessor() -> Actor {
    someone(8, Role::Assessor, HOUSE)
}
pub fn worker_there() -> Actor {
    someone(9, Role::ReferralWorker, OTHER_OFFICE)
}
pub fn system() -> Actor {
    Actor::system()
}
pub fn for_client(actor: Actor) -> Actor {
    let on_behalf_of = Some(OnBehalfOf { account: Some(id(1)), relation: "self".into(), evidence: None });
    Actor { on_behalf_of, ..actor }
}

/// One actor of a role, as tied to the case as the role can be.
pub fn of_role(role: Role) -> Actor {
    match role {
        Role::Client => client(),
        Role::Committee => committee(),
        Role::ReferralWorker => worker(),
        Role::CivilAffairsOfficer => officer(),
        Role::Doctor => doctor(),
        Role::InstitutionManager => manager(),
        Role::CaseManager => case_manager(),
        Role::Assessor => assessor(),
        Role::System => system(),
        other => someone(40, other, 140),
    }
}

pub fn house(number: u128) -> InstitutionFacts {
    InstitutionFacts {
        id: id(number),
        listed: true,
        division: VILLAGE,
        areas: vec![COUNTY],
        services: vec!["S1".into(), "S4".into(), "S6".into()],
        disorder_groups: vec![],
        ages: (14, 80),
        places: Places { contracted: 10, ..Places::default() },
        answered: (0, 0),
    }
}

pub fn filing() -> Filing {
    Filing {
        person: Some(id(50)),
        county: COUNTY,
        division: VILLAGE,
        office: id(OFFICE),
        package: Package::of(&["S1", "S4", "S6"]),
        preferences: vec![id(HOUSE)],
    }
}

pub fn eligible() -> Eligibility {
    Eligibility {
        identity_verified: true,
        ground: Ground::HealthRegister,
        lives_at_home: true,
        has_need: true,
        suitable: true,
        package: Package::of(&["S1", "S4", "S6"]),
    }
}

pub fn own() -> Signer {
    Signer { capacity: Capacity::Full, guardian: None, own_word: None }
}

pub fn at(day: Date) -> Timestamp {
    crate::clock::end_of(day).checked_sub(SignedDuration::from_hours(14)).unwrap()
}

/// A complete form, signed by everybody.
pub fn form(code: FormCode, on: Date) -> FormSummary {
    use Signatory::*;
    let (outcome, kind) = match code {
        FormCode::F4 => (Some("suitable"), Some("baseline")),
        FormCode::F8 => (Some("continue"), Some("stage")),
        FormCode::F9 => (Some("suitable"), Some("returned")),
        _ => (None, None),
    };
    FormSummary {
        code,
        version: 1,
        document: id(7_000),
        on,
        complete: true,
        signed: vec![Client, CaseManager, Institution, Assessor, Doctor, Officer, Sender],
        outcome: outcome.map(str::to_owned),
        kind: kind.map(str::to_owned),
        scales: vec!["psychosocial".into(), "sdss".into()],
        reasoned: false,
    }
}

/// What the server knows, as far as a story changes it.
#[derive(Clone)]
pub struct World {
    pub calendar: Calendar,
    pub clocks: ClockTable,
    pub reasons: ReasonTable,
    pub capacity: CapacityTable,
    pub texts: ConsentTexts,
    pub institutions: Vec<InstitutionFacts>,
    pub person: PersonFacts,
    pub other_open_case: Option<Uuid>,
    pub shared_risk: Option<u8>,
    pub in_area: bool,
    pub responsible: bool,
    pub extended: bool,
    pub case_managers: Vec<Uuid>,
    /// Another account of the person's in the directory: a guardian's.
    pub also_client: Option<Uuid>,
    /// Forms instead of the complete ones that the transition asks for.
    pub forms: Option<Vec<FormSummary>>,
}

impl World {
    pub fn new() -> Self {
        Self {
            calendar: Calendar::embedded(),
            clocks: ClockTable::embedded().unwrap(),
            reasons: ReasonTable::embedded().unwrap(),
            capacity: CapacityTable::embedded().unwrap(),
            texts: ConsentTexts::embedded().unwrap(),
            institutions: Self::new_institutions(),
            person: PersonFacts {
                identity_number_valid: true,
                age: Some(40),
                disorder_group: Some("01".into()),
                ..PersonFacts::default()
            },
            other_open_case: None,
            shared_risk: None,
            in_area: true,
            responsible: false,
            extended: false,
            case_managers: vec![id(7), id(17)],
            also_client: None,
            forms: None,
        }
    }

    pub fn new_institutions() -> Vec<InstitutionFacts> {
        vec![house(HOUSE), house(SECOND_HOUSE), house(THIRD_HOUSE)]
    }

    pub fn context(&self, name: CommandName, today: Date, number: u128) -> Context<'_> {
        let row = transition(name).unwrap();
        let forms = row.forms.iter().map(|code| form(*code, today)).collect();
        Context {
            in_area: self.in_area,
            responsible: self.responsible,
            client_accounts: std::iter::once(id(1)).chain(self.also_client).collect(),
            case_managers: self.case_managers.clone(),
            institutions: self.institutions.clone(),
            person: self.person.clone(),
            other_open_case: self.other_open_case,
            shared_risk: self.shared_risk,
            extended_disorders: self.extended,
            forms: self.forms.clone().unwrap_or(forms),
            number: Some(format!("N{number}")),
            fresh: [id(10_000 + number * 2), id(10_001 + number * 2)],
            ..Context::new(&self.calendar, &self.clocks, &self.reasons, (&self.capacity, &self.texts))
        }
    }

    pub fn house(&mut self, number: u128) -> &mut InstitutionFacts {
        self.institutions.iter_mut().find(|facts| facts.id == id(number)).unwrap()
    }
}

/// A case, what the server knows, and the day.
#[derive(Clone)]
pub struct Story {
    pub world: World,
    pub today: Date,
    pub now: Timestamp,
    pub case: Option<Case>,
    pub events: Vec<Recorded>,
    pub effects: Vec<Effect>,
}

impl Story {
    /// Monday, 3 March 2025.
    pub fn new() -> Self {
        Self::from(jiff::civil::date(2025, 3, 3))
    }

    pub fn from(today: Date) -> Self {
        let (case, events, effects) = (None, Vec::new(), Vec::new());
        Self { world: World::new(), today, now: at(today), case, events, effects }
    }

    pub fn case(&self) -> &Case {
        self.case.as_ref().unwrap()
    }

    pub fn on(mut self, today: Date) -> Self {
        self.today = today;
        self.now = at(today);
        self
    }

    pub fn after_days(self, days: i32) -> Self {
        let day = self.today.saturating_add(jiff::Span::new().days(days));
        self.on(day)
    }

    pub fn know(mut self, change: impl FnOnce(&mut World)) -> Self {
        change(&mut self.world);
        self
    }

    pub fn attempt(&self, actor: &Actor, command: &Command) -> Result<Change, Refusal> {
        let number = u128::try_from(self.events.len()).unwrap();
        let context = self.world.context(command.name(), self.today, number);
        decide(self.case.as_ref(), command, actor, &context, self.now)
    }

    pub fn try_act(&mut self, actor: &Actor, command: &Command) -> Result<Change, Refusal> {
        let change = self.attempt(actor, command)?;
        for recorded in &change.events {
            match &mut self.case {
                None => self.case = Some(begin(recorded).unwrap()),
                Some(case) => apply(case, recorded).unwrap(),
            }
            self.events.push(recorded.clone());
        }
        self.effects = change.effects.clone();
        Ok(change)
    }

    pub fn act(mut self, actor: Actor, command: Command) -> Self {
        self.try_act(&actor, &command).unwrap_or_else(|refusal| {
            panic!("{command:?} by {:?}: {refusal} {:?}", actor.role, refusal.values)
        });
        self
    }

    /// With forms other than the complete ones, for one act.
    pub fn act_with(mut self, actor: Actor, command: Command, forms: Vec<FormSummary>) -> Self {
        self.world.forms = Some(forms);
        let mut story = self.act(actor, command);
        story.world.forms = None;
        story
    }

    pub fn state(&self) -> State {
        self.case().state
    }

    pub fn has_task(&self, wanted: Task) -> bool {
        self.effects.iter().any(|effect| matches!(effect, Effect::Task { kind, .. } if *kind == wanted))
    }
}

pub fn consent(purposes: &[Purpose]) -> Command {
    Command::RecordConsent { purposes: purposes.to_vec(), signer: own(), until: None }
}

pub fn refer_to(number: u128) -> Command {
    Command::Refer {
        institution: id(number),
        person_asked: true,
        agreed_order: vec![id(number), id(SECOND_HOUSE), id(THIRD_HOUSE)],
    }
}

/// The first institution is no longer listed; each number is another end of its listing.
pub fn unlisted(notice: u128) -> Command {
    Command::InstitutionUnlisted { institution: id(HOUSE), notice: id(notice) }
}

pub fn accept() -> Command {
    Command::Accept { case_manager: id(7), answers: vec![] }
}

pub fn assess() -> Command {
    Command::Assess { risk_grade: 0, services: vec!["S1".into()] }
}

pub fn agree(today: Date) -> Command {
    Command::Agree { signer: own(), until: today.saturating_add(jiff::Span::new().years(1)) }
}

pub fn hospital() -> Command {
    Command::ReturnToHospital(Box::new(HospitalRequest {
        triggers: vec![Trigger::RiskGrade],
        risk_grade: 4,
        danger_to_others: true,
        hospital: id(HOSPITAL),
    }))
}

pub fn slip(kind: &str, today: Date) -> FormSummary {
    FormSummary { kind: Some(kind.into()), ..form(FormCode::F9, today) }
}

pub fn reason(code: &str) -> String {
    code.to_owned()
}

/// A story up to a state, by the ordinary way.
pub fn up_to(state: State) -> Story {
    use State::*;
    match state {
        Draft => Story::new()
            .act(client(), Command::Save(Box::new(filing())))
            .act(client(), consent(&Purpose::ALL)),
        Submitted => up_to(Draft).act(client(), Command::Submit),
        Supplement => {
            up_to(Submitted).act(worker(), Command::AskSupplement { items: vec!["diagnosis".into()] })
        }
        Lapsed => up_to(Supplement).after_days(30).act(system(), Command::ExpireSupplement),
        Rejected => up_to(Submitted)
            .act(worker(), Command::ProposeRejection { reason: reason("R6") })
            .act(officer(), Command::ConfirmRejection { notice_sent: true }),
        Registered => up_to(Submitted).act(worker(), Command::Register(Box::new(eligible()))),
        Referred => up_to(Registered).act(worker(), refer_to(HOUSE)),
        Waiting => up_to(Registered)
            .know(|world| world.institutions.clear())
            .act(worker(), Command::Queue { reason: reason("Q1"), priority: 2 })
            .know(|world| world.institutions = World::new_institutions()),
        Accepted => up_to(Referred).act(manager(), accept()),
        Assessed => up_to(Accepted).act(assessor(), assess()),
        NotSuitable => found_not_suitable().act(assessor(), not_suitable()).act(worker(), not_suitable()),
        Agreed => {
            let story = up_to(Assessed);
            let agree = agree(story.today);
            story.act(case_manager(), agree)
        }
        InService => {
            let story = up_to(Agreed);
            let on = story.today;
            story.act(case_manager(), Command::FirstSession { session: id(70), on })
        }
        Suspended => {
            let story = up_to(InService);
            let until = story.today.saturating_add(jiff::Span::new().days(60));
            story.act(case_manager(), Command::Suspend { reason: reason("P2"), until })
        }
        Hospital => {
            let story = up_to(InService);
            let sent = vec![slip("sent", story.today)];
            let on = story.today;
            story.act_with(case_manager(), hospital(), sent).act(doctor(), Command::ConfirmHospital { on })
        }
        Closing => up_to(InService).act(case_manager(), Command::ProposeClosure { reason: reason("C5") }),
        Closed => {
            up_to(Closing).act(manager(), Command::ApproveClosure { client_told: true, follow_up_plan: true })
        }
        Transferred => {
            let to = Command::ProposeTransfer { county: OTHER_COUNTY, office: id(OTHER_OFFICE) };
            up_to(Registered).act(worker(), to).act(worker_there(), Command::ConfirmTransfer)
        }
        Withdrawn => up_to(Registered).act(client(), Command::Withdraw),
        Ended => up_to(Closed).act(case_manager(), Command::End { reason: reason("Z2") }),
    }
}

/// Assessed with the conclusion "not suitable".
pub fn found_not_suitable() -> Story {
    let story = up_to(State::Accepted);
    let finding = FormSummary { outcome: Some("not_suitable".into()), ..form(FormCode::F4, story.today) };
    story.act_with(assessor(), Command::Assess { risk_grade: 4, services: vec![] }, vec![finding])
}

pub fn not_suitable() -> Command {
    Command::NotSuitable { reason: reason("N1"), alternative: "hospital".into() }
}
