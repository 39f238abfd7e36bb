//! The rules' data files, read once at the start.

use crate::error::{Error, Result};
use rules::{
    account::Limits,
    attachment::AttachmentTable,
    audit::Keeping,
    calendar::Calendar,
    capacity::CapacityTable,
    care::CareTable,
    clock::ClockTable,
    conference::ConferenceTerms,
    consent::ConsentTexts,
    emergency_access::Terms,
    export::ExportRule,
    followup::{
        FollowupTable,
        examination::ExaminationTable,
        indicator::IndicatorTable,
        paper::{self, PaperKind, Sheet},
        subsidy::SubsidyTable,
    },
    form::{Form, FormCode},
    offline::OfflineRules,
    outreach::OutreachTable,
    question::QuestionTable,
    reason::ReasonTable,
    referral::Context,
    reminder::ReminderRule,
    research::ResearchRule,
    rights::RightsTable,
    scale::{self, CrisisProtocol, Scale, Schedule},
    service::ServiceTable,
    share::ShareRule,
    unusual_access,
    workforce::WorkforceTable,
};
use std::collections::BTreeMap;

/// Working days, clocks, reasons, services, limits, files and forms.
pub struct Tables {
    /// Working days of the State Council's notices.
    pub calendar: Calendar,
    /// Clocks K1 to K14 and limits.
    pub clocks: ClockTable,
    /// Reason codes and their effects.
    pub reasons: ReasonTable,
    /// Who decides for whom.
    pub capacity: CapacityTable,
    /// What people agree to.
    pub consent: ConsentTexts,
    /// What persons may ask of those who hold their data.
    pub rights: RightsTable,
    /// Services S1 to S16.
    pub services: ServiceTable,
    /// Bounds of files beside a case.
    pub attachments: AttachmentTable,
    /// Bounds, frequencies and fields of care.
    pub care: CareTable,
    /// Bounds around accounts and around what is open without signing in.
    pub limits: Limits,
    /// How the log is kept.
    pub keeping: Keeping,
    /// How much leaves as a file.
    pub exports: ExportRule,
    /// Who opens a record in an emergency, for how long, and who judges it.
    pub emergency: Terms,
    /// Terms and limits of the follow-up of severe mental disorders.
    pub followup: FollowupTable,
    /// Indicators of the follow-up's year.
    pub indicators: IndicatorTable,
    /// How people on the shared registers are reached.
    pub outreach: OutreachTable,
    /// Terms and topics of the question desk.
    pub questions: QuestionTable,
    /// Bounds of case conferences.
    pub conferences: ConferenceTerms,
    /// What is measured at the yearly examination of the follow-up.
    pub examination: ExaminationTable,
    /// What regions pay to guardians, for drugs and admissions.
    pub subsidies: SubsidyTable,
    /// What a device may hold without a network, and for how long.
    pub offline: OfflineRules,
    /// When workers are reminded of what is due.
    pub reminders: ReminderRule,
    /// What departments may take, and what must stand before they do.
    pub shares: ShareRule,
    /// What research projects may get.
    pub research: ResearchRule,
    /// Training, certificates and posts of staff.
    pub workforce: WorkforceTable,
    /// What the report of unusual access names.
    pub unusual: unusual_access::Limits,
    /// What follows when answers must not wait.
    pub crisis: CrisisProtocol,
    /// Which scales a case is due for, and when.
    pub scale_schedule: Schedule,
    forms: BTreeMap<FormCode, Form>,
    papers: BTreeMap<PaperKind, Sheet>,
    scales: BTreeMap<&'static str, Scale>,
}

impl Tables {
    /// Reads the embedded files.
    ///
    /// # Errors
    /// A file is damaged; it is named.
    pub fn embedded() -> Result<Tables> {
        let mut forms = BTreeMap::new();
        for code in FormCode::ALL {
            forms.insert(code, Form::embedded(code).map_err(Error::broken)?);
        }
        let mut papers = BTreeMap::new();
        for kind in PaperKind::ALL {
            papers.insert(kind, paper::embedded(kind).map_err(Error::broken)?);
        }
        Ok(Tables {
            calendar: Calendar::embedded(),
            clocks: ClockTable::embedded().map_err(Error::broken)?,
            reasons: ReasonTable::embedded().map_err(Error::broken)?,
            capacity: CapacityTable::embedded().map_err(Error::broken)?,
            consent: ConsentTexts::embedded().map_err(Error::broken)?,
            rights: RightsTable::embedded().map_err(Error::broken)?,
            services: ServiceTable::embedded().map_err(Error::broken)?,
            attachments: AttachmentTable::embedded().map_err(Error::broken)?,
            care: CareTable::embedded().map_err(Error::broken)?,
            limits: Limits::embedded().map_err(Error::broken)?,
            keeping: Keeping::embedded().map_err(Error::broken)?,
            exports: ExportRule::embedded().map_err(Error::broken)?,
            emergency: Terms::embedded().map_err(Error::broken)?,
            followup: FollowupTable::embedded().map_err(Error::broken)?,
            indicators: IndicatorTable::embedded().map_err(Error::broken)?,
            outreach: OutreachTable::embedded().map_err(Error::broken)?,
            conferences: ConferenceTerms::embedded().map_err(Error::broken)?,
            questions: QuestionTable::embedded().map_err(Error::broken)?,
            examination: ExaminationTable::embedded().map_err(Error::broken)?,
            subsidies: SubsidyTable::embedded().map_err(Error::broken)?,
            offline: OfflineRules::embedded().map_err(Error::broken)?,
            reminders: ReminderRule::embedded().map_err(Error::broken)?,
            shares: ShareRule::embedded().map_err(Error::broken)?,
            research: ResearchRule::embedded().map_err(Error::broken)?,
            workforce: WorkforceTable::embedded().map_err(Error::broken)?,
            unusual: unusual_access::Limits::embedded().map_err(Error::broken)?,
            crisis: CrisisProtocol::embedded().map_err(Error::broken)?,
            scale_schedule: Schedule::embedded().map_err(Error::broken)?,
            forms,
            papers,
            scales: scale::all().map_err(Error::broken)?,
        })
    }

    /// A context of the rules that knows the tables and nothing else.
    #[must_use]
    pub fn context(&self) -> Context<'_> {
        Context::new(&self.calendar, &self.clocks, &self.reasons, (&self.capacity, &self.consent))
    }

    /// A rating scale that is part of the programme; nothing where there is none of this id.
    #[must_use]
    pub fn scale(&self, id: &str) -> Option<&Scale> {
        self.scales.get(id)
    }

    /// All rating scales that are part of the programme, by their ids.
    pub fn scales(&self) -> impl Iterator<Item = &Scale> {
        self.scales.values()
    }

    /// The definition of a paper of the register of severe mental disorders.
    ///
    /// # Errors
    /// None of the embedded files defines it.
    pub fn paper(&self, kind: PaperKind) -> Result<&Sheet> {
        self.papers.get(&kind).ok_or_else(|| Error::broken("a paper without a definition"))
    }

    /// The definition of a form.
    ///
    /// # Errors
    /// None of the embedded files defines it.
    pub fn form(&self, code: FormCode) -> Result<&Form> {
        self.forms.get(&code).ok_or_else(|| Error::broken("a form has no definition"))
    }
}
