//! Every route on one screen: method, path, handler, who may.

use crate::{
    Site, account, agreed, answer, api, assets, audit, care, conference, device, division, emergency_access,
    export, failure::Failure, followup, health, import, institution, limits, link, metrics, need, outcome,
    outreach, person, question, referral, reminder, research, rights, scale, search, security, seen, share,
    supervision, talent, traces, work_list, workforce,
};
use axum::{
    Extension, Router,
    extract::DefaultBodyLimit,
    middleware,
    routing::{get, post},
};
use rules::account::{Deed, Subject};
use tower_http::{compression::CompressionLayer, limit::RequestBodyLimitLayer};

/// How the caller of a route is known. What a role may do says the table of permissions, with whose data its scope, in
/// the query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Anyone, without signing in.
    Anyone,
    /// Whoever is signed in.
    SignedIn,
    /// Whoever gave the password and has a step of the sign-in left, and nobody else.
    HalfOpen,
    /// Programs with a bearer token.
    Program,
}

/// What a route does with which kind of data. Whoever signs in with a role that the table of permissions does not name
/// for it is turned away before the handler begins; on a route without needs nobody is signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Needs(pub Deed, pub Subject);

/// A route: method, path, who may, and what the role must be permitted.
pub type Route = (&'static str, &'static str, Who, Option<Needs>);

macro_rules! needs {
    () => {
        None::<Needs>
    };
    ($deed:ident $subject:ident) => {
        Some(Needs(Deed::$deed, Subject::$subject))
    };
}

macro_rules! routes { ($($method:ident $path:literal $handler:path, $who:ident $($deed:ident $subject:ident)?;)*) => {
    /// Every route.
    pub const ROUTES: &[Route] =
        &[$((stringify!($method), $path, Who::$who, needs!($($deed $subject)?))),*];

    fn table() -> Router<Site> {
        Router::new()$(.route($path, $method($handler).layer(Extension(needs!($($deed $subject)?)))))*
    }
} }

routes! {
    get  "/healthz"                                          health::alive,                    Anyone;
    get  "/readyz"                                           health::ready,                    Anyone;
    get  "/metrics"                                          metrics::show,                    Anyone;
    get  "/assets/{*path}"                                   assets::file,                     Anyone;
    get  "/sign-in"                                          account::sign_in::show,           Anyone;
    post "/sign-in"                                          account::sign_in::enter,          Anyone;
    get  "/first-sign-in"                                    account::take_over::show,         Anyone;
    post "/first-sign-in"                                    account::take_over::enter,        Anyone;
    get  "/sign-in/code"                                     account::step::code,              HalfOpen Read Session;
    post "/sign-in/code"                                     account::step::show_code,         HalfOpen Change Session;
    get  "/sign-in/enrol"                                    account::step::enrol,             HalfOpen Read Session;
    post "/sign-in/enrol"                                    account::step::complete_enrol,    HalfOpen Change Session;
    get  "/sign-in/password"                                 account::step::password,          HalfOpen Read Session;
    post "/sign-in/password"                                 account::step::set_password,      HalfOpen Change Session;
    post "/sign-in/provider"                                 account::provider::start,         Anyone;
    get  "/sign-in/provider/return"                          account::provider::come_back,     Anyone;
    post "/sign-out"                                         account::sign_in::leave,          SignedIn Change Session;
    get  "/"                                                 work_list::home,                  SignedIn Read Session;
    get  "/account"                                          account::own::show,               SignedIn Read Session;
    post "/account/password"                                 account::own::change_password,    SignedIn Change Session;
    post "/account/sessions/end-others"                      account::own::end_others,         SignedIn Change Session;
    post "/account/sessions/{id}/end"                        account::own::end_session,        SignedIn Change Session;
    post "/account/delegations"                              account::own::delegate,           SignedIn Change Session;
    post "/account/delegations/{id}/end"                     account::own::end_delegation,     SignedIn Change Session;
    post "/account/tokens/{id}/revoke"                       account::own::revoke_token,       SignedIn Change Session;
    post "/account/provider/link"                            account::provider::start_linking, SignedIn Change Session;
    post "/account/provider/unlink"                          account::provider::unlink,        SignedIn Change Session;
    get  "/account/factor"                                   account::factor::show,            SignedIn Read Session;
    post "/account/factor/begin"                             account::factor::begin,           SignedIn Change Session;
    post "/account/factor/complete"                          account::factor::complete,        SignedIn Change Session;
    post "/account/factor/remove"                            account::factor::remove,          SignedIn Change Session;
    post "/account/passkeys/begin"                           account::passkey::begin,          SignedIn Change Session;
    get  "/account/passkeys/new"                             account::passkey::show,           SignedIn Read Session;
    post "/account/passkeys/new"                             account::passkey::complete,       SignedIn Change Session;
    post "/account/passkeys/{id}/remove"                     account::passkey::remove,         SignedIn Change Session;
    post "/account/factor/codes"                             account::factor::renew_codes,     SignedIn Change Session;
    get  "/work-list"                                        work_list::show,                  SignedIn Read WorkList;
    get  "/reminders"                                        reminder::show,                   SignedIn Read Session;
    post "/reminders/read"                                   reminder::read,                   SignedIn Change Session;
    post "/reminders/choice"                                 reminder::choose,                 SignedIn Change Session;
    get  "/api/v1/reminders"                                 reminder::api_list,               Program Read Session;
    post "/tasks/{id}/done"                                  work_list::task_done,             SignedIn Change WorkList;
    post "/messages/{id}/read"                               work_list::message_read,          SignedIn Change WorkList;
    post "/messages/{id}/acknowledge"                        work_list::acknowledge,           SignedIn Change WorkList;
    post "/messages/{id}/told"                               referral::telling::tell,          SignedIn Change Telling;
    post "/messages/{id}/not-told"                           referral::telling::untell,        SignedIn Change Telling;
    post "/search"                                           search::find,                     SignedIn Read Session;
    get  "/divisions/search"                                 division::search,                 SignedIn Read Division;
    get  "/cases"                                            referral::list::show,             SignedIn Read Case;
    get  "/cases/export/{kind}"                              referral::list::export,           SignedIn Export Case;
    get  "/cases/new"                                        referral::apply::new,             SignedIn Change Application;
    post "/cases/new"                                        referral::apply::create,          SignedIn Change Application;
    post "/unsent"                                           referral::unsent::keep,           SignedIn Change Case;
    post "/unsent/discard"                                   referral::unsent::discard,        SignedIn Change Case;
    get  "/cases/{id}"                                       referral::page::show,             SignedIn Read Case;
    get  "/cases/{id}/contact"                               referral::contact::show,          SignedIn Change Contact;
    post "/cases/{id}/contact"                               referral::contact::save,          SignedIn Change Contact;
    get  "/cases/{id}/consent"                               referral::consent::show,          SignedIn Read Consent;
    get  "/cases/{id}/do/save"                               referral::apply::edit,            SignedIn Change Case;
    post "/cases/{id}/do/save"                               referral::apply::change,          SignedIn Change Case;
    get  "/cases/{id}/do/{command}"                          referral::act::show,              SignedIn Change Case;
    post "/cases/{id}/do/{command}"                          referral::act::give,              SignedIn Change Case;
    get  "/cases/{id}/refer"                                 referral::choose::show,           SignedIn Read Shortlist;
    post "/cases/{id}/refer"                                 referral::choose::refer,          SignedIn Change Case;
    get  "/cases/{id}/slip"                                  referral::paper::slip,            SignedIn Read Case;
    get  "/cases/{id}/two-way-slip"                          referral::paper::two_way_slip,    SignedIn Read Case;
    get  "/cases/{id}/forms/{form}"                          referral::paper::form,            SignedIn Read Case;
    get  "/cases/{id}/forms/{form}/pdf"                      referral::paper_file::form,       SignedIn Read Case;
    get  "/cases/{id}/file/pdf"                              referral::paper_file::whole,      SignedIn Export CaseFile;
    get  "/cases/{id}/results/{result}/pdf"                  referral::paper_file::result,     SignedIn Read ScaleResult;
    get  "/cases/{id}/outcome/pdf"                           referral::paper_file::outcome,    SignedIn Read ScaleResult;
    get  "/cases/{id}/scales"                                scale::show,                      SignedIn Read ScaleResult;
    get  "/cases/{id}/scales/{scale}"                        scale::fill::show,                SignedIn Change ScaleResult;
    post "/cases/{id}/scales/{scale}"                        scale::fill::record,              SignedIn Change ScaleResult;
    get  "/cases/{id}/results/{result}"                      scale::result::show,              SignedIn Read ScaleResult;
    post "/cases/{id}/results/{result}/void"                 scale::result::void,              SignedIn Change ScaleResult;
    get  "/cases/{id}/outcome"                               outcome::show,                    SignedIn Read ScaleResult;
    get  "/scales"                                           scale::library::list,             SignedIn Read ScaleLibrary;
    post "/scales"                                           scale::library::import,           SignedIn Change ScaleLibrary;
    get  "/scales/{scale}"                                   scale::library::show,             SignedIn Read ScaleLibrary;
    post "/scales/{scale}/offer"                             scale::library::offer,            SignedIn Change ScaleLibrary;
    get  "/api/v1/scales"                                    scale::api::list,                 Program Read ScaleLibrary;
    post "/api/v1/scales"                                    scale::api::import,               Program Change ScaleLibrary;
    get  "/api/v1/scales/{scale}"                            scale::api::show,                 Program Read ScaleLibrary;
    post "/api/v1/scales/{scale}/offer"                      scale::api::offer,                Program Change ScaleLibrary;
    get  "/api/v1/cases/{id}/scales"                         scale::api::rounds,               Program Read ScaleResult;
    get  "/api/v1/cases/{id}/results"                        scale::api::results,              Program Read ScaleResult;
    post "/api/v1/cases/{id}/results"                        scale::api::record,               Program Change ScaleResult;
    get  "/api/v1/cases/{id}/results/{result}"               scale::api::result,               Program Read ScaleResult;
    post "/api/v1/cases/{id}/results/{result}/void"          scale::api::void,                 Program Change ScaleResult;
    get  "/api/v1/cases/{id}/outcome"                        outcome::api_show,                Program Read ScaleResult;
    get  "/cases/{id}/plan"                                  care::plan::show,                 SignedIn Read Care;
    post "/cases/{id}/plan"                                  care::plan::write,                SignedIn Change Care;
    get  "/cases/{id}/plan/pdf"                              care::paper::plan::pdf,           SignedIn Read Care;
    get  "/cases/{id}/plan/new"                              care::plan::new,                  SignedIn Change Care;
    post "/cases/{id}/plan/sign"                             care::plan::sign,                 SignedIn Change Care;
    post "/cases/{id}/plan/goals"                            care::plan::measure,              SignedIn Change Care;
    get  "/cases/{id}/crisis-card"                           care::card::show,                 SignedIn Read Care;
    get  "/cases/{id}/files"                                 care::files::show,                SignedIn Read Care;
    get  "/cases/{id}/files/{file}"                          care::files::content,             SignedIn Read Care;
    post "/cases/{id}/files/{file}/void"                     care::files::void,                SignedIn Change Care;
    get  "/api/v1/cases/{id}/files"                          care::api::files::list,           Program Read Care;
    get  "/api/v1/cases/{id}/files/{file}"                   care::api::files::content,        Program Read Care;
    post "/api/v1/cases/{id}/files/{file}/void"              care::api::files::void,           Program Change Care;
    get  "/care"                                             care::board::show,                SignedIn Read Agenda;
    get  "/care/calendar"                                    care::agenda::show,               SignedIn Read Agenda;
    post "/care/feeds"                                       care::agenda::make_feed,          SignedIn Change Agenda;
    post "/care/house-feeds"                                 care::agenda::make_house_feed,    SignedIn Read Agenda;
    post "/care/feeds/{id}/end"                              care::agenda::end_feed,           SignedIn Read Agenda;
    get  "/care/sessions/new"                                care::session::new,               SignedIn Change Agenda;
    post "/care/sessions"                                    care::session::create,            SignedIn Change Agenda;
    get  "/care/sessions/{id}"                               care::session::show,              SignedIn Read Agenda;
    get  "/care/sessions/{id}/pdf"                           care::paper::session::pdf,        SignedIn Read Agenda;
    post "/care/sessions/{id}/record"                        care::session::record,            SignedIn Change Agenda;
    post "/care/sessions/{id}/cancel"                        care::session::cancel,            SignedIn Change Agenda;
    post "/care/sessions/{id}/void"                          care::session::void,              SignedIn Change Agenda;
    get  "/feeds/{secret}"                                   care::feed::show,                 Anyone;
    get  "/api/v1/cases/{id}/plan"                           care::api::plan,                  Program Read Care;
    post "/api/v1/cases/{id}/plan"                           care::api::write_plan,            Program Change Care;
    post "/api/v1/cases/{id}/plan/sign"                      care::api::sign_plan,             Program Change Care;
    post "/api/v1/cases/{id}/plan/goals"                     care::api::measure,               Program Change Care;
    get  "/api/v1/cases/{id}/care"                           care::api::figures,               Program Read Care;
    get  "/api/v1/cases/{id}/sessions"                       care::api::of_case,               Program Read Care;
    get  "/api/v1/care/sessions"                             care::api::agenda,                Program Read Agenda;
    post "/api/v1/care/sessions"                             care::api::enter,                 Program Change Agenda;
    get  "/api/v1/care/sessions/{id}"                        care::api::session,               Program Read Agenda;
    post "/api/v1/care/sessions/{id}/record"                 care::api::record,                Program Change Agenda;
    post "/api/v1/care/sessions/{id}/end"                    care::api::end,                   Program Change Agenda;
    get  "/api/v1/care/warnings"                             care::api::warnings,              Program Read Agenda;
    get  "/rights"                                           rights::list,                     SignedIn Read Right;
    post "/rights"                                           rights::ask,                      SignedIn Change Right;
    get  "/rights/{id}"                                      rights::show,                     SignedIn Read Right;
    post "/rights/{id}/answer"                               rights::answer,                   SignedIn Change Right;
    get  "/rights/{id}/copy"                                 rights::copy,                     SignedIn Read Right;
    post "/rights/guardians/{account}/end"                   rights::end_guardian,             SignedIn Change Right;
    get  "/api/v1/rights"                                    rights::api::list,                Program Read Right;
    post "/api/v1/rights"                                    rights::api::ask,                 Program Change Right;
    get  "/api/v1/rights/{id}"                               rights::api::show,                Program Read Right;
    post "/api/v1/rights/{id}/answer"                        rights::api::answer,              Program Change Right;
    get  "/audit"                                            audit::show,                      SignedIn Read Log;
    get  "/audit/export"                                     audit::export,                    SignedIn Export Log;
    get  "/audit/unusual"                                    audit::unusual::show,             SignedIn Read Log;
    get  "/audit/unusual/export"                             audit::unusual::export,           SignedIn Export Log;
    get  "/emergency-access"                                 emergency_access::show,           SignedIn Read EmergencyAccess;
    post "/emergency-access"                                 emergency_access::open,           SignedIn Change EmergencyAccess;
    get  "/emergency-access/{id}"                            emergency_access::look,           SignedIn Reveal EmergencyAccess;
    post "/emergency-access/{id}/end"                        emergency_access::end,            SignedIn Change EmergencyAccess;
    get  "/emergency-access/{id}/review"                     emergency_access::to_review,      SignedIn Read EmergencyReview;
    post "/emergency-access/{id}/review"                     emergency_access::judge,          SignedIn Change EmergencyReview;
    get  "/administration"                                   account::admin::show,             SignedIn Read Organisation;
    post "/administration/accounts"                          account::admin::add,              SignedIn Change StaffAccount;
    get  "/administration/access"                            account::access::show,            SignedIn Read StaffAccount;
    get  "/administration/accounts/{id}/role"                account::role::show,              SignedIn Read StaffAccount;
    post "/administration/accounts/{id}/role"                account::role::change,            SignedIn Change StaffAccount;
    get  "/api/v1/access"                                    account::access::api::explain,    Program Read StaffAccount;
    get  "/administration/accounts/{id}/leave"               account::leave::show,             SignedIn Read StaffAccount;
    post "/administration/accounts/{id}/end"                 account::leave::end,              SignedIn Change StaffAccount;
    post "/administration/accounts/{id}/restore"             account::admin::restore,          SignedIn Change StaffAccount;
    post "/administration/accounts/{id}/password"            account::admin::password,         SignedIn Change StaffAccount;
    post "/administration/accounts/{id}/unlock"              account::admin::unlock,           SignedIn Change StaffAccount;
    post "/administration/accounts/{id}/factor/reset"        account::admin::reset_factor,     SignedIn Change StaffAccount;
    get  "/administration/accounts/{id}/tokens"              account::tokens::show,            SignedIn Read StaffAccount;
    post "/administration/accounts/{id}/tokens"              account::tokens::make,            SignedIn Change StaffAccount;
    post "/administration/accounts/{id}/tokens/revoke"       account::tokens::revoke,          SignedIn Change StaffAccount;
    get  "/administration/accounts/{id}/provider"            account::linked::show,            SignedIn Read StaffAccount;
    post "/administration/accounts/{id}/provider/link"       account::linked::link,            SignedIn Change StaffAccount;
    post "/administration/accounts/{id}/provider/unlink"     account::linked::unlink,          SignedIn Change StaffAccount;
    post "/administration/organisations"                     account::admin::add_organisation, SignedIn Change Organisation;
    get  "/exports"                                          export::show,                     SignedIn Read ExportOrder;
    post "/exports"                                          export::ask,                      SignedIn Change ExportOrder;
    post "/exports/{id}/file"                                export::fetch,                    SignedIn Change ExportOrder;
    post "/exports/{id}/decide"                              export::decide,                   SignedIn Change ExportDecision;
    get  "/device"                                           device::shell::show,              Anyone;
    get  "/service-worker.js"                                device::shell::worker,            Anyone;
    get  "/manifest.webmanifest"                             device::shell::manifest,          Anyone;
    get  "/devices"                                          device::sync::may,                SignedIn Read Device;
    post "/devices"                                          device::sync::register,           SignedIn Change Device;
    post "/devices/{id}/contact"                             device::sync::contact,            Anyone;
    post "/devices/{id}/open"                                device::sync::open,               SignedIn Read Device;
    post "/devices/{id}/caseload"                            device::sync::caseload,           SignedIn Read Device;
    post "/devices/{id}/clients"                             device::sync::clients,            SignedIn Read Device;
    post "/devices/{id}/visits"                              device::sync::visits,             SignedIn Change Device;
    post "/devices/{id}/sessions"                            device::sync::sessions,           SignedIn Change Device;
    post "/devices/{id}/sessions/withdrawn"                  device::sync::session_withdrawn,  SignedIn Change Device;
    post "/devices/{id}/withdrawn"                           device::sync::withdrawn,          SignedIn Change Device;
    post "/account/devices/{id}/revoke"                      device::own::revoke,              SignedIn Change Session;
    get  "/administration/accounts/{id}/devices"             device::own::of_account,          SignedIn Read StaffAccount;
    post "/administration/devices/{id}/revoke"               device::own::revoke_of,           SignedIn Change StaffAccount;
    get  "/api/v1/devices"                                   device::api::list,                Program Read StaffAccount;
    post "/api/v1/devices/{id}/revoke"                       device::api::revoke,              Program Change StaffAccount;
    get  "/shares"                                           share::list,                      SignedIn Read Share;
    get  "/shares/new"                                       share::new,                       SignedIn Change Share;
    post "/shares/new"                                       share::create,                    SignedIn Change Share;
    get  "/shares/{id}"                                      share::show,                      SignedIn Read Share;
    post "/shares/{id}/edit"                                 share::change,                    SignedIn Change Share;
    post "/shares/{id}/assessments"                          share::assess,                    SignedIn Change Share;
    post "/shares/{id}/events"                               share::act,                       SignedIn Change Share;
    post "/shares/{id}/confirm"                              share::confirm,                   SignedIn Change ShareDecision;
    get  "/api/v1/shares"                                    share::api::list,                 Program Read SharedRecord;
    get  "/api/v1/shares/{id}"                               share::api::show,                 Program Read SharedRecord;
    get  "/api/v1/shares/{id}/records"                       share::api::records,              Program Read SharedRecord;
    post "/api/v1/shares/{id}/receipt"                       share::api::receipt,              Program Change SharedRecord;
    get  "/research"                                         research::list,                   SignedIn Read Research;
    post "/research"                                         research::ask,                    SignedIn Change Research;
    get  "/research/{id}"                                    research::show,                   SignedIn Read Research;
    post "/research/{id}/decide"                             research::decide,                 SignedIn Change ResearchDecision;
    post "/research/{id}/end"                                research::end,                    SignedIn Change Research;
    post "/research/{id}/file"                               research::file,                   SignedIn Export Research;
    get  "/institutions"                                     institution::list::show,          SignedIn Read Institution;
    get  "/institutions/export"                              institution::list::export,        SignedIn Export Institution;
    get  "/institutions/new"                                 institution::form::new,           SignedIn Change Institution;
    post "/institutions/new"                                 institution::form::begin,         SignedIn Change Institution;
    get  "/institutions/{id}"                                institution::show::show,          SignedIn Read Institution;
    get  "/institutions/{id}/edit"                           institution::form::edit,          SignedIn Change Institution;
    post "/institutions/{id}/edit"                           institution::form::save,          SignedIn Change Institution;
    post "/institutions/{id}/events"                         institution::show::act,           SignedIn Change Institution;
    get  "/talent"                                           talent::list::show,               SignedIn Read Talent;
    get  "/talent/export"                                    talent::list::export,             SignedIn Export Talent;
    get  "/talent/new"                                       talent::form::new,                SignedIn Change Talent;
    post "/talent/new"                                       talent::form::begin,              SignedIn Change Talent;
    get  "/talent/{id}"                                      talent::show::show,               SignedIn Read Talent;
    get  "/talent/{id}/edit"                                 talent::form::edit,               SignedIn Change Talent;
    post "/talent/{id}/edit"                                 talent::form::save,               SignedIn Change Talent;
    post "/talent/{id}/events"                               talent::show::act,                SignedIn Change Talent;
    get  "/supervision"                                      supervision::list,                SignedIn Read Supervision;
    post "/supervision"                                      supervision::book,                SignedIn Change Supervision;
    get  "/supervision/{id}"                                 supervision::show,                SignedIn Read Supervision;
    post "/supervision/{id}/step"                            supervision::step,                SignedIn Change Supervision;
    get  "/questions"                                        question::list,                    SignedIn Read Question;
    post "/questions"                                        question::ask,                     SignedIn Change Question;
    get  "/questions/new"                                    question::new,                     SignedIn Change Question;
    get  "/questions/notes"                                  question::note::list,              SignedIn Read Question;
    get  "/questions/notes/{id}"                             question::note::show,              SignedIn Read Question;
    post "/questions/notes/{id}/withdraw"                    question::note::withdraw,          SignedIn Change Question;
    get  "/questions/export"                                 question::export,                 SignedIn Export Question;
    get  "/questions/figures"                                question::figures::show,           SignedIn Read QuestionFigures;
    get  "/questions/figures/export"                         question::figures::export,         SignedIn Export QuestionFigures;
    get  "/questions/{id}"                                   question::show,                    SignedIn Read Question;
    post "/questions/{id}/step"                              question::step,                    SignedIn Change Question;
    post "/questions/{id}/proposal"                          question::propose,                 SignedIn Change Question;
    get  "/questions/{id}/note"                              question::note::new,               SignedIn Change Question;
    post "/questions/{id}/note"                              question::note::publish,           SignedIn Change Question;
    get  "/api/v1/questions"                                 question::api::list,               Program Read Question;
    post "/api/v1/questions"                                 question::api::ask,                Program Change Question;
    get  "/api/v1/questions/{id}"                            question::api::show,               Program Read Question;
    post "/api/v1/questions/{id}/step"                       question::api::step,               Program Change Question;
    post "/api/v1/questions/{id}/proposal"                   question::api::propose,            Program Change Question;
    post "/api/v1/questions/{id}/note"                       question::api::note::publish,      Program Change Question;
    get  "/api/v1/question-notes"                            question::api::note::list,         Program Read Question;
    get  "/api/v1/question-notes/{id}"                       question::api::note::show,         Program Read Question;
    get  "/api/v1/question-figures"                          question::api::note::figures,      Program Read QuestionFigures;
    get  "/conferences"                                      conference::list,                  SignedIn Read Conference;
    post "/conferences"                                      conference::plan,                  SignedIn Change Conference;
    get  "/conferences/new"                                  conference::new,                   SignedIn Change Conference;
    get  "/conferences/{id}"                                 conference::show,                  SignedIn Read Conference;
    get  "/conferences/{id}/pdf"                             conference::pdf,                   SignedIn Read Conference;
    post "/conferences/{id}/step"                            conference::step,                  SignedIn Change Conference;
    post "/conferences/{id}/minutes"                         conference::minutes,               SignedIn Change Conference;
    post "/conferences/{id}/tasks"                           conference::agree,                 SignedIn Change Conference;
    get  "/api/v1/conferences"                               conference::api::list,             Program Read Conference;
    post "/api/v1/conferences"                               conference::api::plan,             Program Change Conference;
    get  "/api/v1/conferences/{id}"                          conference::api::show,             Program Read Conference;
    post "/api/v1/conferences/{id}/step"                     conference::api::step,             Program Change Conference;
    post "/api/v1/conferences/{id}/minutes"                  conference::api::minutes,          Program Change Conference;
    post "/api/v1/conferences/{id}/tasks"                    conference::api::agree,            Program Change Conference;
    post "/agreed/{id}/done"                                 agreed::done,                      SignedIn Change WorkList;
    get  "/api/v1/supervision"                               supervision::api::list,           Program Read Supervision;
    post "/api/v1/supervision"                               supervision::api::book,           Program Change Supervision;
    get  "/api/v1/supervision/{id}"                          supervision::api::show,           Program Read Supervision;
    post "/api/v1/supervision/{id}/step"                     supervision::api::step,           Program Change Supervision;
    get  "/workforce"                                        workforce::board::show,           SignedIn Read Workforce;
    get  "/workforce/export"                                 workforce::board::export,         SignedIn Export Workforce;
    get  "/workforce/trainings"                              workforce::training::list,        SignedIn Read Workforce;
    post "/workforce/trainings"                              workforce::training::create,      SignedIn Change Workforce;
    get  "/workforce/trainings/new"                          workforce::training::new,         SignedIn Change Workforce;
    get  "/workforce/trainings/{id}"                         workforce::training::show,        SignedIn Read Workforce;
    post "/workforce/trainings/{id}/void"                    workforce::training::void,        SignedIn Change Workforce;
    get  "/workforce/staffing"                               workforce::staffing::show,        SignedIn Read Workforce;
    get  "/workforce/staff/{id}"                             workforce::employment::show,      SignedIn Change Workforce;
    post "/workforce/staff/{id}"                             workforce::employment::save,      SignedIn Change Workforce;
    get  "/api/v1/workforce/figures"                         workforce::api::figures,          Program Read Workforce;
    get  "/api/v1/workforce/staffing"                        workforce::api::staffing,         Program Read Workforce;
    get  "/api/v1/workforce/staff"                           workforce::api::staff,            Program Read Workforce;
    get  "/api/v1/workforce/staff/{id}/employment"           workforce::api::employment,       Program Change Workforce;
    post "/api/v1/workforce/staff/{id}/employment"           workforce::api::employ,           Program Change Workforce;
    get  "/api/v1/workforce/trainings"                       workforce::api::training::list,   Program Read Workforce;
    post "/api/v1/workforce/trainings"                       workforce::api::training::enter,  Program Change Workforce;
    get  "/api/v1/workforce/trainings/{id}"                  workforce::api::training::show,   Program Read Workforce;
    post "/api/v1/workforce/trainings/{id}/void"             workforce::api::training::void,   Program Change Workforce;
    get  "/api/v1/institutions"                              institution::api::list,           Program Read Institution;
    get  "/api/v1/institutions/{id}"                         institution::api::get,            Program Read Institution;
    post "/api/v1/institutions/{id}/events"                  institution::api::act,            Program Change Institution;
    get  "/api/v1"                                           api::page::show,                  Anyone;
    get  "/api/v1/openapi.json"                              api::openapi::show,               Anyone;
    get  "/api/v1/cases"                                     api::cases::list,                 Program Read Case;
    post "/api/v1/cases"                                     api::cases::file,                 Program Change Application;
    get  "/api/v1/cases/{id}"                                api::cases::show,                 Program Read Case;
    get  "/api/v1/cases/{id}/actions"                        api::cases::actions,              Program Read Case;
    get  "/api/v1/cases/{id}/forms"                          api::cases::forms,                Program Read Case;
    get  "/api/v1/cases/{id}/forms-to-decide"                api::cases::forms_to_decide,      Program Read Case;
    get  "/api/v1/cases/{id}/contact"                        referral::contact::api_show,      Program Read Contact;
    post "/api/v1/cases/{id}/contact"                        referral::contact::api_save,      Program Change Contact;
    get  "/api/v1/cases/{id}/consent"                        api::consent::show,               Program Read Consent;
    get  "/api/v1/cases/{id}/messages"                       api::messages::of_case,           Program Read Telling;
    get  "/api/v1/messages"                                  api::messages::to_tell,           Program Read Telling;
    post "/api/v1/messages/{id}/told"                        api::messages::tell,              Program Change Telling;
    post "/api/v1/messages/{id}/not-told"                    api::messages::untell,            Program Change Telling;
    get  "/api/v1/cases/{id}/follow-up"                      followup::api::rehabilitation::of_case, Program Read Case;
    get  "/api/v1/cases/{id}/shortlist"                      api::cases::shortlist,            Program Read Shortlist;
    get  "/api/v1/cases/{id}/events"                         api::events::list,                Program Read Case;
    post "/api/v1/cases/{id}/events"                         api::events::act,                 Program Change Case;
    get  "/api/v1/divisions"                                 api::divisions::find,             Program Read Division;
    get  "/api/v1/divisions/{code}"                          api::divisions::show,             Program Read Division;
    get  "/followup"                                         followup::due::show,               SignedIn Read FollowUp;
    get  "/followup/records"                                 followup::list::show,              SignedIn Read FollowUp;
    post "/followup/feeds"                                   followup::due::make_feed,         SignedIn Change FollowUp;
    post "/followup/feeds/{id}/end"                          followup::due::end_feed,          SignedIn Change FollowUp;
    get  "/followup/records/export"                          followup::list::export,            SignedIn Export FollowUp;
    get  "/followup/records/new"                             followup::entry::new,              SignedIn Change FollowUp;
    post "/followup/records/new"                             followup::entry::open,             SignedIn Change FollowUp;
    get  "/followup/records/{id}"                            followup::record::show,            SignedIn Read FollowUp;
    post "/followup/records/{id}/told"                       followup::record::told,            SignedIn Change FollowUp;
    get  "/followup/records/{id}/profile"                    followup::entry::profile_form,     SignedIn Change FollowUp;
    post "/followup/records/{id}/profile"                    followup::entry::change_profile,   SignedIn Change FollowUp;
    get  "/followup/records/{id}/do/{step}"                  followup::step::show,              SignedIn Change FollowUp;
    post "/followup/records/{id}/do/{step}"                  followup::step::take,              SignedIn Change FollowUp;
    get  "/followup/records/{id}/visit"                      followup::visit::new,              SignedIn Change FollowUp;
    post "/followup/records/{id}/visit"                      followup::visit::save,             SignedIn Change FollowUp;
    get  "/followup/records/{id}/emergency"                  followup::emergency::new,          SignedIn Change FollowUp;
    post "/followup/records/{id}/emergency"                  followup::emergency::begin,        SignedIn Change FollowUp;
    get  "/followup/records/{id}/support"                    followup::support::show,           SignedIn Read FollowUp;
    get  "/followup/records/{id}/support/{act}"              followup::support::form::show,     SignedIn Change FollowUp;
    post "/followup/records/{id}/support/{act}"              followup::support::form::take,     SignedIn Change FollowUp;
    get  "/followup/records/{id}/examinations"               followup::examination::show,       SignedIn Read FollowUp;
    get  "/followup/records/{id}/examinations/{examination}/pdf" followup::paper::file::examination, SignedIn Read FollowUp;
    get  "/followup/records/{id}/papers/{kind}"              followup::paper::entry::new,       SignedIn Change FollowUp;
    post "/followup/records/{id}/papers/{kind}"              followup::paper::entry::save,      SignedIn Change FollowUp;
    get  "/followup/papers/{id}"                             followup::paper::show,             SignedIn Read FollowUp;
    get  "/followup/papers/{id}/pdf"                         followup::paper::file::paper,      SignedIn Read FollowUp;
    get  "/followup/records/{id}/examinations/new"           followup::examination::new,        SignedIn Change FollowUp;
    post "/followup/records/{id}/examinations/new"           followup::examination::save,       SignedIn Change FollowUp;
    post "/followup/records/{id}/examinations/void"          followup::examination::void,       SignedIn Change FollowUp;
    get  "/followup/records/{id}/group"                      followup::group::form::case,       SignedIn Change FollowUp;
    post "/followup/records/{id}/group"                      followup::group::form::act,        SignedIn Change FollowUp;
    get  "/followup/groups"                                  followup::group::list,             SignedIn Read FollowUp;
    get  "/followup/groups/{town}"                           followup::group::show,             SignedIn Read FollowUp;
    get  "/followup/groups/{town}/members"                   followup::group::form::members,    SignedIn Change FollowUp;
    post "/followup/groups/{town}/members"                   followup::group::form::set_members, SignedIn Change FollowUp;
    get  "/followup/groups/{town}/meeting"                   followup::group::form::meeting,    SignedIn Change FollowUp;
    post "/followup/groups/{town}/meeting"                   followup::group::form::meet,       SignedIn Change FollowUp;
    get  "/followup/payments"                                followup::support::payments::show, SignedIn Read FollowUp;
    get  "/followup/payments/export"                         followup::support::payments::export, SignedIn Export FollowUp;
    get  "/followup/figures"                                 followup::figures::show,          SignedIn Read FollowUp;
    get  "/followup/figures/pdf"                             followup::figures::file::pdf,     SignedIn Read FollowUp;
    get  "/followup/figures/export"                          followup::figures::file::export,  SignedIn Export FollowUp;
    get  "/followup/guardians"                               followup::support::guardians::show, SignedIn Read FollowUp;
    post "/followup/guardians"                               followup::support::guardians::settle, SignedIn Change FollowUp;
    get  "/followup/visits/{id}"                             followup::visit::show,             SignedIn Read FollowUp;
    get  "/followup/visits/{id}/pdf"                         followup::paper::file::visit,      SignedIn Read FollowUp;
    post "/followup/visits/{id}/void"                        followup::visit::void,             SignedIn Change FollowUp;
    get  "/followup/emergencies/{id}"                        followup::emergency::show,         SignedIn Read FollowUp;
    get  "/followup/emergencies/{id}/pdf"                    followup::paper::file::emergency,  SignedIn Read FollowUp;
    post "/followup/emergencies/{id}/events"                 followup::emergency::act,          SignedIn Change FollowUp;
    get  "/api/v1/smd-records"                               followup::api::list,               Program Read FollowUp;
    post "/api/v1/smd-records"                               followup::api::open,               Program Change FollowUp;
    post "/api/v1/smd-records/search"                        followup::api::search,             Program Read FollowUp;
    get  "/api/v1/smd-records/{id}"                          followup::api::show,               Program Read FollowUp;
    post "/api/v1/smd-records/{id}/events"                   followup::api::act,                Program Change FollowUp;
    get  "/api/v1/smd-records/{id}/visits"                   followup::api::visit::visits,      Program Read FollowUp;
    post "/api/v1/smd-records/{id}/emergencies"              followup::api::emergency::begin,   Program Change FollowUp;
    get  "/api/v1/smd-records/{id}/support"                  followup::support::api::show,      Program Read FollowUp;
    post "/api/v1/smd-records/{id}/support"                  followup::support::api::act,       Program Change FollowUp;
    get  "/api/v1/smd-records/{id}/examinations"             followup::examination::api::show,  Program Read FollowUp;
    post "/api/v1/smd-records/{id}/examinations"             followup::examination::api::record, Program Change FollowUp;
    get  "/api/v1/smd-records/{id}/papers"                   followup::paper::api::list,        Program Read FollowUp;
    post "/api/v1/smd-records/{id}/papers"                   followup::paper::api::write,       Program Change FollowUp;
    get  "/api/v1/smd-records/{id}/hospital-days"            followup::paper::api::hospital_days, Program Read FollowUp;
    get  "/api/v1/smd-records/{id}/rehabilitation"           followup::api::rehabilitation::proposal, Program Read FollowUp;
    get  "/api/v1/smd-papers/{id}"                           followup::paper::api::show,        Program Read FollowUp;
    post "/api/v1/smd-records/{id}/group"                    followup::group::api::act,         Program Change FollowUp;
    get  "/api/v1/smd-groups"                                followup::group::api::list,        Program Read FollowUp;
    get  "/api/v1/smd-groups/{town}"                         followup::group::api::show,        Program Read FollowUp;
    post "/api/v1/smd-groups/{town}"                         followup::group::api::change,      Program Change FollowUp;
    post "/api/v1/smd-groups/{town}/meetings"                followup::group::api::meet,        Program Change FollowUp;
    get  "/api/v1/smd-payments"                              followup::support::api::payments,  Program Read FollowUp;
    get  "/api/v1/smd-figures"                               followup::figures::api::show,     Program Read FollowUp;
    get  "/api/v1/smd-guardians"                             followup::support::api::guardians, Program Read FollowUp;
    post "/api/v1/smd-guardians"                             followup::support::api::settle,    Program Change FollowUp;
    post "/api/v1/followup-visits"                           followup::api::visit::record,      Program Change FollowUp;
    get  "/api/v1/followup-visits/{id}"                      followup::api::visit::visit,       Program Read FollowUp;
    post "/api/v1/followup-visits/{id}/void"                 followup::api::visit::void,        Program Change FollowUp;
    get  "/api/v1/smd-emergencies/{id}"                      followup::api::emergency::show,    Program Read FollowUp;
    post "/api/v1/smd-emergencies/{id}/events"               followup::api::emergency::act,     Program Change FollowUp;
    get  "/outreach"                                         outreach::list::show,             SignedIn Read Lead;
    get  "/outreach/new"                                     outreach::give::new,              SignedIn Change Outreach;
    post "/outreach"                                         outreach::give::create,           SignedIn Change Outreach;
    get  "/outreach/funnel"                                  outreach::funnel::show,           SignedIn Read Outreach;
    get  "/outreach/funnel/export"                           outreach::funnel::export,         SignedIn Export Outreach;
    get  "/outreach/{id}"                                    outreach::lead::show,             SignedIn Read Lead;
    post "/outreach/{id}/reveal"                             outreach::lead::reveal,           SignedIn Reveal Lead;
    post "/outreach/{id}/attempts"                           outreach::lead::enter,            SignedIn Change Lead;
    post "/outreach/{id}/attempts/{attempt}/void"            outreach::lead::void,             SignedIn Change Lead;
    post "/outreach/{id}/take-back"                          outreach::lead::take_back,        SignedIn Change Outreach;
    get  "/api/v1/leads"                                     outreach::api::list,              Program Read Lead;
    post "/api/v1/leads"                                     outreach::api::give,              Program Change Outreach;
    get  "/api/v1/leads/candidates"                          outreach::api::candidates,        Program Change Outreach;
    get  "/api/v1/leads/funnel"                              outreach::api::funnel,            Program Read Outreach;
    get  "/api/v1/leads/{id}"                                outreach::api::show,              Program Read Lead;
    post "/api/v1/leads/{id}/reveal"                         outreach::api::reveal,            Program Reveal Lead;
    post "/api/v1/leads/{id}/attempts"                       outreach::api::enter,             Program Change Lead;
    post "/api/v1/leads/{id}/attempts/{attempt}/void"        outreach::api::void,              Program Change Lead;
    post "/api/v1/leads/{id}/take-back"                      outreach::api::take_back,         Program Change Outreach;
    get  "/people"                                           person::list,                     SignedIn Read Person;
    get  "/people/{id}"                                      person::show,                     SignedIn Read Person;
    post "/people/{id}/reveal"                               person::reveal,                   SignedIn Reveal Person;
    post "/people/{id}/part"                                 person::part,                     SignedIn Change Person;
    post "/people/{id}/accounts"                             person::account::open,            SignedIn Change ClientAccount;
    post "/people/{id}/accounts/{account}/code"              person::account::renew,           SignedIn Change ClientAccount;
    post "/people/{id}/accounts/{account}/end"               person::account::end,             SignedIn Change ClientAccount;
    post "/records/{id}/unlink"                              person::unlink,                   SignedIn Change Person;
    get  "/review"                                           link::queue,                      SignedIn Read Pair;
    get  "/review/{id}"                                      link::show,                       SignedIn Read Pair;
    post "/review/{id}/decide"                               link::decide,                     SignedIn Change Pair;
    post "/review/{id}/take"                                 link::take,                       SignedIn Change Pair;
    post "/review/{id}/undo"                                 link::undo,                       SignedIn Change Pair;
    get  "/need"                                             need::show,                       SignedIn Read Need;
    get  "/need/export"                                      need::export,                     SignedIn Export Need;
    get  "/imports"                                          import::list,                     SignedIn Read Import;
    get  "/imports/template/{kind}"                          import::template,                 SignedIn Read Import;
    get  "/imports/{id}"                                     import::show,                     SignedIn Read Import;
    post "/imports/{id}/mapping"                             import::map,                      SignedIn Change Import;
    post "/imports/{id}/check"                               import::check,                    SignedIn Change Import;
    post "/imports/{id}/apply"                               import::apply,                    SignedIn Change Import;
    post "/imports/{id}/undo"                                import::undo,                     SignedIn Change Import;
    get  "/imports/{id}/report"                              import::report,                   SignedIn Export Import;
    post "/api/v1/persons/search"                            person::api::find,                Program Read Person;
    get  "/api/v1/persons/{id}"                              person::api::show,                Program Read Person;
    get  "/api/v1/persons/{id}/accounts"                     person::account::api::list,       Program Read ClientAccount;
    post "/api/v1/persons/{id}/accounts"                     person::account::api::open,       Program Change ClientAccount;
    post "/api/v1/persons/{id}/accounts/{account}/code"      person::account::api::renew,      Program Change ClientAccount;
    post "/api/v1/persons/{id}/accounts/{account}/end"       person::account::api::end,        Program Change ClientAccount;
    get  "/api/v1/pairs"                                     link::api::list,                  Program Read Pair;
    get  "/api/v1/imports"                                   import::api::list,                Program Read Import;
    get  "/api/v1/imports/{id}"                              import::api::show,                Program Read Import;
    get  "/api/v1/imports/templates/{kind}"                  import::api::template,            Program Read Import;
    post "/api/v1/imports/{id}/mapping"                      import::api::map,                 Program Change Import;
    post "/api/v1/imports/{id}/apply"                        import::api::apply,               Program Change Import;
    post "/api/v1/imports/{id}/undo"                         import::api::undo,                Program Change Import;
    get  "/api/v1/imports/{id}/report"                       import::api::report,              Program Export Import;
    get  "/api/v1/counts"                                    need::api::show,                  Program Read Need;
    get  "/api/v1/audit"                                     audit::api::list,                 Program Read Log;
}

/// What sending a list needs.
const UPLOAD_NEEDS: Option<Needs> = needs!(Change Import);

/// What adding a file to a case needs.
const FILE_NEEDS: Option<Needs> = needs!(Change Care);

/// Routes that take whole files: lists, and files beside a case.
pub const UPLOADS: &[Route] = &[
    ("post", "/imports", Who::SignedIn, UPLOAD_NEEDS),
    ("post", "/api/v1/imports", Who::Program, UPLOAD_NEEDS),
    ("post", "/cases/{id}/files", Who::SignedIn, FILE_NEEDS),
    ("post", "/api/v1/cases/{id}/files", Who::Program, FILE_NEEDS),
];

/// Bytes of a request at most; uploads of lists have their own, larger limit.
pub(crate) const BODY: usize = 2 * 1024 * 1024;
/// Bytes of an upload at most: a list, and the form around it.
const UPLOAD: usize = app::import::MOST_BYTES + 64 * 1024;

fn uploads() -> Router<Site> {
    Router::new()
        .route("/imports", post(import::send).layer(Extension(UPLOAD_NEEDS)))
        .route("/api/v1/imports", post(import::api::send).layer(Extension(UPLOAD_NEEDS)))
        .layer(DefaultBodyLimit::disable())
        .layer(RequestBodyLimitLayer::new(UPLOAD))
}

/// Files beside a case, with room for the form around them.
fn files(most: usize) -> Router<Site> {
    let bound = most.saturating_add(64 * 1024);
    Router::new()
        .route("/cases/{id}/files", post(care::files::add).layer(Extension(FILE_NEEDS)))
        .route("/api/v1/cases/{id}/files", post(care::api::files::add).layer(Extension(FILE_NEEDS)))
        .layer(DefaultBodyLimit::disable())
        .layer(RequestBodyLimitLayer::new(bound))
}

pub(crate) fn build(site: Site) -> Router {
    table()
        .layer(RequestBodyLimitLayer::new(BODY))
        .merge(uploads())
        .merge(files(site.app.tables.attachments.most_bytes))
        .fallback(missing)
        .layer(middleware::from_fn_with_state(site.clone(), seen::follow))
        .layer(middleware::from_fn(security::without_nul))
        .layer(middleware::from_fn_with_state(site.clone(), limits::of_strangers))
        .layer(middleware::from_fn(answer::in_language))
        .layer(middleware::from_fn(security::same_site))
        .layer(middleware::from_fn_with_state(site.clone(), security::headers))
        .layer(middleware::from_fn_with_state(site.clone(), metrics::measured))
        .layer(middleware::from_fn_with_state(site.clone(), traces::traced))
        .layer(CompressionLayer::new())
        .layer(middleware::from_fn(api::problem::everywhere))
        .layer(middleware::from_fn_with_state(site.clone(), health::parting))
        .with_state(site)
}

async fn missing() -> Failure {
    Failure::App(app::Error::NotFound)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_site::TestSite;
    use axum::{
        body::Body,
        http::{Request, StatusCode, header},
    };
    use tower::ServiceExt;

    const LARGE: usize = 3 * 1024 * 1024;

    /// A list of three rows that together are larger than other requests may be.
    fn large_list() -> String {
        let remark = "x".repeat(LARGE / 3);
        let row = |name: &str| format!("{name},{remark}\n");
        format!("姓名,说明\n{}{}{}", row("赵试"), row("钱试"), row("孙试"))
    }

    async fn status(site: &Router, request: Request<Body>) -> StatusCode {
        site.clone().oneshot(request).await.unwrap().status()
    }

    #[tokio::test]
    async fn a_large_list_is_taken_and_any_other_large_request_is_refused() {
        TestSite::on_both(async |world| {
            let (site, (token, cookie)) = (world.router(), world.account("referral_worker").await);
            let by_program =
                Request::post("/api/v1/imports?kind=dpf&sender=%E6%B5%8B%E8%AF%95&file_name=a.csv")
                    .header(header::AUTHORIZATION, &token)
                    .body(Body::from(large_list()))
                    .unwrap();
            assert_eq!(status(&site, by_program).await, StatusCode::CREATED);

            let part = |name: &str, more: &str, text: &str| {
                format!("--cut\r\nContent-Disposition: form-data; name=\"{name}\"{more}\r\n\r\n{text}\r\n")
            };
            let form = [
                part("kind", "", "dpf"),
                part("sender", "", "测试"),
                part("file", "; filename=\"a.csv\"", &large_list()),
                "--cut--\r\n".to_owned(),
            ];
            let by_form = Request::post("/imports")
                .header(header::COOKIE, &cookie)
                .header(header::CONTENT_TYPE, "multipart/form-data; boundary=cut")
                .body(Body::from(form.concat()))
                .unwrap();
            assert_eq!(status(&site, by_form).await, StatusCode::SEE_OTHER);

            for (path, kind) in [
                ("/api/v1/cases", "application/json"),
                ("/sign-in", "application/x-www-form-urlencoded"),
                ("/cases/new", "application/x-www-form-urlencoded"),
            ] {
                let request = Request::post(path)
                    .header(header::AUTHORIZATION, &token)
                    .header(header::COOKIE, &cookie)
                    .header(header::CONTENT_TYPE, kind)
                    .header(header::CONTENT_LENGTH, LARGE)
                    .body(Body::from(vec![b'x'; LARGE]))
                    .unwrap();
                assert_eq!(status(&site, request).await, StatusCode::PAYLOAD_TOO_LARGE, "{path}");
            }
        })
        .await;
    }

    #[tokio::test]
    async fn a_page_is_sent_no_nul_character_and_answers_so_on_either_database() {
        TestSite::on_both(async |world| {
            let (site, (_, cookie)) = (world.router(), world.account("referral_worker").await);
            let form = "application/x-www-form-urlencoded";
            for (method, path, sent, found) in [
                ("GET", "/cases?q=a%00b", "", StatusCode::UNPROCESSABLE_ENTITY),
                ("GET", "/cases/a%00b", "", StatusCode::UNPROCESSABLE_ENTITY),
                ("GET", "/cases?q=a%0Ab", "", StatusCode::OK),
                ("POST", "/sign-in", "username=a%00b&password=x", StatusCode::UNPROCESSABLE_ENTITY),
                ("POST", "/sign-in", "username=a\0b&password=x", StatusCode::UNPROCESSABLE_ENTITY),
                ("POST", "/sign-in", "username=a&password=x", StatusCode::UNAUTHORIZED),
            ] {
                let request = Request::builder().method(method).uri(path).header(header::COOKIE, &cookie);
                let request = request.header(header::CONTENT_TYPE, form).body(Body::from(sent)).unwrap();
                assert_eq!(status(&site, request).await, found, "{path} {sent:?}");
            }
        })
        .await;
    }

    #[tokio::test]
    async fn an_upload_has_its_own_limit() {
        TestSite::on_both(async |world| {
            let (site, (token, _)) = (world.router(), world.account("referral_worker").await);
            for (bytes, refused) in [(BODY + 1, false), (UPLOAD, false), (UPLOAD + 1, true)] {
                let request = Request::post("/api/v1/imports?kind=dpf&sender=a")
                    .header(header::AUTHORIZATION, &token)
                    .header(header::CONTENT_LENGTH, bytes)
                    .body(Body::empty())
                    .unwrap();
                let found = status(&site, request).await == StatusCode::PAYLOAD_TOO_LARGE;
                assert_eq!(found, refused, "{bytes}");
            }
        })
        .await;
    }
}
