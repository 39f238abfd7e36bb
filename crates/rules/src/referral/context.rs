//! What the server knows when a command arrives: loaded by the caller, never taken from the request.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::calendar::Calendar;
use crate::capacity::CapacityTable;
use crate::clock::ClockTable;
use crate::consent::ConsentTexts;
use crate::contact::ContactRules;
use crate::form::FormSummary;
use crate::institution::InstitutionFacts;
use crate::reason::ReasonTable;

/// Everything a decision depends on besides the case, the command, the actor and the time.
#[derive(Debug, Clone)]
pub struct Context<'a> {
    /// Working days.
    pub calendar: &'a Calendar,
    /// Clocks and limits.
    pub clocks: &'a ClockTable,
    /// Reasons and their effects.
    pub reasons: &'a ReasonTable,
    /// Who decides for whom.
    pub capacity: &'a CapacityTable,
    /// What people agree to.
    pub texts: &'a ConsentTexts,
    /// The caller's own area covers the county of the case.
    pub in_area: bool,
    /// The caller is the primary-care doctor responsible for the person: for residents of the own township or village
    /// in the health register, and for whom an emergency was told.
    pub responsible: bool,
    /// Accounts that the directory links with the person: the person's own and the guardian's.
    pub client_accounts: Vec<Uuid>,
    /// Accounts with the role of case manager at the actor's institution.
    pub case_managers: Vec<Uuid>,
    /// Institutions of the area, listed or not, with the count of their places.
    pub institutions: Vec<InstitutionFacts>,
    /// What is known of the person.
    pub person: PersonFacts,
    /// How the person may be reached, where somebody said it.
    pub contact: Option<ContactRules>,
    /// The risk grade that the follow-up of severe mental disorders shares, where the person has a record there.
    pub shared_risk: Option<u8>,
    /// An open case of the same person that belongs to another episode.
    pub other_open_case: Option<Uuid>,
    /// Other mental disorders than severe ones and certified ones are admitted here.
    pub extended_disorders: bool,
    /// Forms handed in with this command, checked by the server.
    pub forms: Vec<FormSummary>,
    /// Receipt or registration number drawn for this command.
    pub number: Option<String>,
    /// Identities for cases that this command may open.
    pub fresh: [Uuid; 2],
}

/// What is known of the person, as far as rules need it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonFacts {
    /// The identity number has a right check digit and birth date.
    pub identity_number_valid: bool,
    /// Full years of age.
    pub age: Option<u8>,
    /// Day of birth.
    pub born_on: Option<Date>,
    /// Disorder group, a code of `data/disorders.toml`.
    pub disorder_group: Option<String>,
    /// Institutions that served the person before.
    pub earlier_institutions: Vec<Uuid>,
    /// Day of the death on record, if any.
    pub died: Option<Date>,
}

impl<'a> Context<'a> {
    /// A context that knows the tables and nothing else: outside the caller's area, no person, no institutions.
    #[must_use]
    pub fn new(
        calendar: &'a Calendar,
        clocks: &'a ClockTable,
        reasons: &'a ReasonTable,
        (capacity, texts): (&'a CapacityTable, &'a ConsentTexts),
    ) -> Self {
        Self {
            calendar,
            clocks,
            reasons,
            capacity,
            texts,
            in_area: false,
            responsible: false,
            client_accounts: Vec::new(),
            case_managers: Vec::new(),
            institutions: Vec::new(),
            person: PersonFacts::default(),
            contact: None,
            shared_risk: None,
            other_open_case: None,
            extended_disorders: false,
            forms: Vec::new(),
            number: None,
            fresh: [Uuid::nil(); 2],
        }
    }

    /// The facts of an institution.
    #[must_use]
    pub fn institution(&self, id: Uuid) -> Option<&InstitutionFacts> {
        self.institutions.iter().find(|facts| facts.id == id)
    }
}
