
TABLE account
  id uuid NOT NULL
  username text NOT NULL
  name text NOT NULL
  password_hash text NOT NULL
  role text NOT NULL
  organisation_id uuid NOT NULL
  division bigint NOT NULL
  person_id uuid
  language text
  failed_sign_ins bigint NOT NULL
  locked_until timestamp with time zone
  created_at timestamp with time zone NOT NULL
  ended_at timestamp with time zone
  version bigint NOT NULL
  password_at timestamp with time zone

TABLE account_code
  account_id uuid NOT NULL
  holder text NOT NULL
  code_hash bytea NOT NULL
  opened_by uuid NOT NULL
  created_at timestamp with time zone NOT NULL
  expires_at timestamp with time zone NOT NULL
  used_at timestamp with time zone
  basis text
  basis_until date
  basis_paper bytea

TABLE agreed_task
  home bigint NOT NULL
  id uuid NOT NULL
  source_kind text NOT NULL
  source_id uuid NOT NULL
  about_kind text
  about_id uuid
  owner_id uuid
  owner_name text NOT NULL
  due_on date NOT NULL
  content bytea NOT NULL
  made_by_name text NOT NULL
  made_at timestamp with time zone NOT NULL
  done_at timestamp with time zone
  done_by_name text
  version bigint NOT NULL

TABLE api_token
  token_hash bytea NOT NULL
  id uuid NOT NULL
  account_id uuid NOT NULL
  label text NOT NULL
  created_at timestamp with time zone NOT NULL
  expires_at timestamp with time zone NOT NULL
  revoked_at timestamp with time zone
  purposes text
  changes boolean

TABLE attachment
  home bigint NOT NULL
  id uuid NOT NULL
  referral_id uuid NOT NULL
  session_id uuid
  entry_key uuid NOT NULL
  kind text NOT NULL
  media text NOT NULL
  size bigint NOT NULL
  title bytea NOT NULL
  consent bytea
  made_by uuid NOT NULL
  made_by_name text NOT NULL
  organisation_id uuid NOT NULL
  at timestamp with time zone NOT NULL
  voided_at timestamp with time zone
  voided_by_name text
  void_reason text

TABLE attachment_part
  home bigint NOT NULL
  attachment_id uuid NOT NULL
  number bigint NOT NULL
  content bytea NOT NULL

TABLE attendance
  home bigint NOT NULL
  referral_id uuid NOT NULL
  session_id uuid NOT NULL
  organisation_id uuid NOT NULL
  state text NOT NULL
  presence text NOT NULL
  service text NOT NULL
  way text NOT NULL
  on_day date NOT NULL
  starts_at timestamp with time zone NOT NULL
  ends_at timestamp with time zone NOT NULL
  late boolean NOT NULL
  note bytea

TABLE audit
  home bigint NOT NULL
  number bigint NOT NULL
  id uuid NOT NULL
  at timestamp with time zone NOT NULL
  account_id uuid NOT NULL
  role text NOT NULL
  organisation_id uuid NOT NULL
  purpose text NOT NULL
  action text NOT NULL
  subject_kind text NOT NULL
  subject_id uuid
  detail jsonb NOT NULL
  hash bytea NOT NULL

TABLE audit_checkpoint
  number bigint NOT NULL
  at timestamp with time zone NOT NULL
  heads text NOT NULL
  previous bytea NOT NULL
  signature bytea NOT NULL
  public_key bytea NOT NULL

TABLE audit_cut
  number bigint NOT NULL
  at timestamp with time zone NOT NULL
  before_at timestamp with time zone NOT NULL
  checkpoint bigint NOT NULL
  starts text NOT NULL
  signature bytea NOT NULL
  public_key bytea NOT NULL

TABLE audit_head
  home bigint NOT NULL
  number bigint NOT NULL
  hash bytea NOT NULL

TABLE authenticator
  account_id uuid NOT NULL
  secret bytea NOT NULL
  last_step bigint NOT NULL
  created_at timestamp with time zone NOT NULL

TABLE calendar_feed
  id uuid NOT NULL
  account_id uuid NOT NULL
  token_hash bytea NOT NULL
  made_at timestamp with time zone NOT NULL
  read_at timestamp with time zone
  ended_at timestamp with time zone
  whose text

TABLE candidate_pair
  home bigint NOT NULL
  id uuid NOT NULL
  left_id uuid NOT NULL
  right_home bigint NOT NULL
  right_id uuid NOT NULL
  division bigint NOT NULL
  probability double precision NOT NULL
  explanation jsonb NOT NULL
  state text NOT NULL
  owner_id uuid
  due_on date NOT NULL
  decided_by uuid
  decided_at timestamp with time zone
  joined uuid
  created_at timestamp with time zone NOT NULL
  import_id uuid
  version bigint NOT NULL

TABLE care_session
  home bigint NOT NULL
  id uuid NOT NULL
  organisation_id uuid NOT NULL
  entry_key uuid NOT NULL
  state text NOT NULL
  version bigint NOT NULL
  service text NOT NULL
  way text NOT NULL
  place text NOT NULL
  on_day date NOT NULL
  starts_at timestamp with time zone NOT NULL
  ends_at timestamp with time zone NOT NULL
  leader_id uuid NOT NULL
  leader_name text NOT NULL
  persons bigint NOT NULL
  came bigint NOT NULL
  late boolean NOT NULL
  recorded_by uuid
  recorded_by_name text
  recorded_at timestamp with time zone
  made_by uuid NOT NULL
  made_at timestamp with time zone NOT NULL
  changed_at timestamp with time zone NOT NULL
  reason text
  content bytea NOT NULL

TABLE claim
  kind text NOT NULL
  hash bytea NOT NULL
  home bigint NOT NULL
  id uuid NOT NULL

TABLE clock_tally
  county bigint NOT NULL
  month bigint NOT NULL
  clock text NOT NULL
  met bigint NOT NULL
  missed bigint NOT NULL

TABLE conference
  home bigint NOT NULL
  id uuid NOT NULL
  organisation_id uuid NOT NULL
  organisation_name text NOT NULL
  planner_id uuid NOT NULL
  planner_name text NOT NULL
  chair_id uuid NOT NULL
  chair_name text NOT NULL
  on_day date NOT NULL
  starts_at timestamp with time zone NOT NULL
  ends_at timestamp with time zone NOT NULL
  way text NOT NULL
  state text NOT NULL
  minutes bigint NOT NULL
  confirmed bigint NOT NULL
  content bytea NOT NULL
  made_at timestamp with time zone NOT NULL
  changed_at timestamp with time zone NOT NULL
  version bigint NOT NULL

TABLE conference_case
  home bigint NOT NULL
  conference_id uuid NOT NULL
  number bigint NOT NULL
  about_kind text NOT NULL
  about_id uuid NOT NULL
  content bytea NOT NULL

TABLE conference_minutes
  home bigint NOT NULL
  conference_id uuid NOT NULL
  number bigint NOT NULL
  content bytea NOT NULL
  written_by_name text NOT NULL
  at timestamp with time zone NOT NULL
  confirmed_by_name text
  confirmed_at timestamp with time zone

TABLE conference_person
  home bigint NOT NULL
  conference_id uuid NOT NULL
  number bigint NOT NULL
  account_id uuid
  name text NOT NULL
  organisation_name text NOT NULL
  starts_at timestamp with time zone NOT NULL

TABLE contact_attempt
  home bigint NOT NULL
  id uuid NOT NULL
  lead_id uuid NOT NULL
  entry_key uuid NOT NULL
  on_day date NOT NULL
  way text NOT NULL
  reached text NOT NULL
  outcome text NOT NULL
  reason text
  next_on date
  note bytea
  made_by uuid NOT NULL
  made_by_name text NOT NULL
  organisation_id uuid NOT NULL
  at timestamp with time zone NOT NULL
  voided_at timestamp with time zone
  voided_by_name text

TABLE contact_rule
  home bigint NOT NULL
  id uuid NOT NULL
  person_id uuid
  referral_id uuid NOT NULL
  content bytea NOT NULL
  written_by uuid NOT NULL
  written_by_name text NOT NULL
  guardian boolean NOT NULL
  at timestamp with time zone NOT NULL

TABLE data_key
  number bigint NOT NULL
  algorithm text NOT NULL
  wrapped bytea NOT NULL
  master_version bigint NOT NULL
  created_at timestamp with time zone NOT NULL
  retired_at timestamp with time zone

TABLE delegation
  id uuid NOT NULL
  from_account uuid NOT NULL
  to_account uuid NOT NULL
  from_on date NOT NULL
  until_on date NOT NULL
  made_at timestamp with time zone NOT NULL
  ended_at timestamp with time zone

TABLE device
  id uuid NOT NULL
  account_id uuid NOT NULL
  name text NOT NULL
  content_key bytea NOT NULL
  created_at timestamp with time zone NOT NULL
  seen_at timestamp with time zone NOT NULL
  handed_at timestamp with time zone
  handed_rows bigint NOT NULL
  waiting bigint NOT NULL
  clock_seconds bigint NOT NULL
  revoked_at timestamp with time zone
  revoked_by uuid
  wiped_at timestamp with time zone

TABLE division_change
  code bigint NOT NULL
  valid_from date NOT NULL
  name text NOT NULL
  kind text
  valid_to date
  successor bigint
  recorded_at timestamp with time zone NOT NULL

TABLE earlier_password
  account_id uuid NOT NULL
  replaced_at timestamp with time zone NOT NULL
  password_hash text NOT NULL

TABLE emergency_access
  home bigint NOT NULL
  id uuid NOT NULL
  account_id uuid NOT NULL
  role text NOT NULL
  organisation_id uuid NOT NULL
  subject_kind text
  subject_id uuid
  division bigint NOT NULL
  basis text NOT NULL
  reason bytea NOT NULL
  at timestamp with time zone NOT NULL
  ends_at timestamp with time zone NOT NULL
  ended_at timestamp with time zone
  review_due_at timestamp with time zone NOT NULL
  escalated_at timestamp with time zone
  reviewed_by uuid
  reviewed_at timestamp with time zone
  verdict text
  note bytea

TABLE employment
  id uuid NOT NULL
  talent_id uuid NOT NULL
  institution_id uuid NOT NULL
  post text NOT NULL
  week_minutes bigint NOT NULL
  from_on date NOT NULL
  until_on date
  account_id uuid
  recorded_by uuid NOT NULL
  recorded_at timestamp with time zone NOT NULL

TABLE external_identity
  issuer text NOT NULL
  subject_hash bytea NOT NULL
  account_id uuid NOT NULL
  created_at timestamp with time zone NOT NULL
  used_at timestamp with time zone

TABLE factor_enrolment
  account_id uuid NOT NULL
  session_hash bytea NOT NULL
  secret bytea NOT NULL
  created_at timestamp with time zone NOT NULL

TABLE followup_visit
  home bigint NOT NULL
  id uuid NOT NULL
  record_id uuid NOT NULL
  visit_on date NOT NULL
  class bigint
  rule text
  course text
  risk bigint
  face_to_face boolean NOT NULL
  reached boolean NOT NULL
  next_on date
  content bytea NOT NULL
  replaces uuid
  recorded_by uuid NOT NULL
  recorded_by_name text NOT NULL
  organisation_id uuid NOT NULL
  at timestamp with time zone NOT NULL
  voided_at timestamp with time zone
  voided_by_name text
  void_reason bytea

TABLE form_entry
  home bigint NOT NULL
  id uuid NOT NULL
  referral_id uuid NOT NULL
  code text NOT NULL
  form_version bigint NOT NULL
  content bytea NOT NULL
  written_by uuid NOT NULL
  written_by_name text NOT NULL
  organisation_id uuid NOT NULL
  at timestamp with time zone NOT NULL

TABLE goal_value
  home bigint NOT NULL
  id uuid NOT NULL
  referral_id uuid NOT NULL
  on_day date NOT NULL
  content bytea NOT NULL
  written_by uuid NOT NULL
  written_by_name text NOT NULL
  organisation_id uuid NOT NULL
  at timestamp with time zone NOT NULL

TABLE idempotency
  account_id uuid NOT NULL
  key_hash bytea NOT NULL
  request_hash bytea NOT NULL
  answer jsonb
  created_at timestamp with time zone NOT NULL

TABLE import
  id uuid NOT NULL
  kind text NOT NULL
  sender text NOT NULL
  file_name text NOT NULL
  size bigint NOT NULL
  state text NOT NULL
  mapping jsonb NOT NULL
  keep_valid boolean NOT NULL
  keep_unverified boolean NOT NULL
  rows_total bigint NOT NULL
  rows_done bigint NOT NULL
  summary jsonb NOT NULL
  failure text
  account_id uuid NOT NULL
  organisation_id uuid NOT NULL
  division bigint NOT NULL
  today date NOT NULL
  created_at timestamp with time zone NOT NULL
  started_at timestamp with time zone
  finished_at timestamp with time zone
  version bigint NOT NULL

TABLE import_change
  import_id uuid NOT NULL
  row_number bigint NOT NULL
  subject_id uuid NOT NULL
  added boolean NOT NULL
  first_event bigint NOT NULL
  last_event bigint NOT NULL
  taken_back boolean NOT NULL

TABLE import_mapping
  kind text NOT NULL
  sender text NOT NULL
  mapping jsonb NOT NULL
  changed_at timestamp with time zone NOT NULL

TABLE import_outcome
  import_id uuid NOT NULL
  first_row bigint NOT NULL
  outcomes text NOT NULL

TABLE import_part
  import_id uuid NOT NULL
  number bigint NOT NULL
  content bytea NOT NULL

TABLE import_trouble
  import_id uuid NOT NULL
  row_number bigint NOT NULL
  troubles jsonb NOT NULL

TABLE institution
  id uuid NOT NULL
  credit_code text NOT NULL
  kind text NOT NULL
  level text NOT NULL
  name text NOT NULL
  division bigint NOT NULL
  county bigint NOT NULL
  address text NOT NULL
  contact text NOT NULL
  phone text NOT NULL
  floor_area bigint
  hours text NOT NULL
  licence text
  licence_until date
  promise_on date
  lowest_age bigint NOT NULL
  highest_age bigint NOT NULL
  disorder_groups jsonb NOT NULL
  services jsonb NOT NULL
  areas jsonb NOT NULL
  contracted bigint NOT NULL
  in_service bigint NOT NULL
  reserved bigint NOT NULL
  blocked bigint NOT NULL
  block_reason text
  answered_in_time bigint NOT NULL
  answered bigint NOT NULL
  state text NOT NULL
  body jsonb NOT NULL
  version bigint NOT NULL
  created_at timestamp with time zone NOT NULL
  changed_at timestamp with time zone NOT NULL

TABLE institution_answer
  institution_id uuid NOT NULL
  month bigint NOT NULL
  answered_in_time bigint NOT NULL
  answered bigint NOT NULL

TABLE job
  id uuid NOT NULL
  kind text NOT NULL
  arguments jsonb NOT NULL
  run_at timestamp with time zone NOT NULL
  tries bigint NOT NULL
  locked_until timestamp with time zone
  done_at timestamp with time zone
  failure text

TABLE lead
  home bigint NOT NULL
  id uuid NOT NULL
  person_id uuid NOT NULL
  county bigint NOT NULL
  division bigint NOT NULL
  organisation_id uuid NOT NULL
  given_on date NOT NULL
  given_by uuid NOT NULL
  given_by_name text NOT NULL
  state text NOT NULL
  attempts bigint NOT NULL
  tried_on date
  contacted_on date
  trial_on date
  consented_on date
  assessed_on date
  started_on date
  last_on date
  outcome text
  reason text
  next_on date
  referral_id uuid
  taken_back_on date
  version bigint NOT NULL
  changed_at timestamp with time zone NOT NULL

TABLE library_event
  subject_id uuid NOT NULL
  sequence bigint NOT NULL
  subject_kind text NOT NULL
  event jsonb NOT NULL
  actor_id uuid NOT NULL
  actor_name text NOT NULL
  organisation_id uuid NOT NULL
  at timestamp with time zone NOT NULL

TABLE link_event
  home bigint NOT NULL
  id uuid NOT NULL
  person_id uuid NOT NULL
  kind text NOT NULL
  other_id uuid
  record_id uuid
  pair_id uuid
  account_id uuid NOT NULL
  at timestamp with time zone NOT NULL
  detail jsonb NOT NULL

TABLE message
  home bigint NOT NULL
  id uuid NOT NULL
  referral_id uuid NOT NULL
  kind text NOT NULL
  to_party text NOT NULL
  to_account uuid
  to_organisation uuid
  to_role text
  county bigint NOT NULL
  due_on date
  state text NOT NULL
  created_at timestamp with time zone NOT NULL
  read_at timestamp with time zone
  read_by uuid
  answered_at timestamp with time zone
  division bigint NOT NULL
  told_on date
  told_way text
  told_by uuid
  told_at timestamp with time zone

TABLE migration
  number bigint NOT NULL
  name text NOT NULL
  hash text NOT NULL
  applied_at timestamp with time zone NOT NULL
  needs bigint

TABLE need_fact
  home bigint NOT NULL
  id uuid NOT NULL
  person_id uuid NOT NULL
  fact text NOT NULL
  value boolean NOT NULL
  found_on date NOT NULL
  account_id uuid NOT NULL
  recorded_at timestamp with time zone NOT NULL

TABLE organisation
  id uuid NOT NULL
  kind text NOT NULL
  name text NOT NULL
  division bigint NOT NULL
  phone text
  created_at timestamp with time zone NOT NULL
  ended_at timestamp with time zone
  version bigint NOT NULL

TABLE passkey
  id uuid NOT NULL
  account_id uuid NOT NULL
  credential_id bytea NOT NULL
  credential bytea NOT NULL
  counter bigint NOT NULL
  name text NOT NULL
  created_at timestamp with time zone NOT NULL
  used_at timestamp with time zone

TABLE passkey_challenge
  id uuid NOT NULL
  session_hash bytea NOT NULL
  purpose text NOT NULL
  account_id uuid NOT NULL
  state bytea NOT NULL
  created_at timestamp with time zone NOT NULL

TABLE pending_sign_in
  id uuid NOT NULL
  state_hash bytea NOT NULL
  browser_hash bytea NOT NULL
  secrets bytea NOT NULL
  next text NOT NULL
  account_id uuid
  ends_at timestamp with time zone NOT NULL

TABLE person
  home bigint NOT NULL
  id uuid NOT NULL
  head_home bigint NOT NULL
  head_id uuid NOT NULL
  merged_into uuid
  name text NOT NULL
  sex text
  born_on date
  division bigint NOT NULL
  registered_division bigint
  in_health boolean NOT NULL
  in_dpf boolean NOT NULL
  in_application boolean NOT NULL
  number bytea
  number_index bytea
  phone bytea
  phone_index bytea
  lives_at_home boolean
  need_assessed boolean
  suitable boolean
  consented boolean
  created_at timestamp with time zone NOT NULL
  ended_at timestamp with time zone
  version bigint NOT NULL

TABLE person_key
  key bytea NOT NULL
  home bigint NOT NULL
  person_id uuid NOT NULL
  county bigint NOT NULL

TABLE person_member
  home bigint NOT NULL
  head_id uuid NOT NULL
  member_home bigint NOT NULL
  member_id uuid NOT NULL

TABLE plan
  home bigint NOT NULL
  id uuid NOT NULL
  referral_id uuid NOT NULL
  number bigint NOT NULL
  from_on date NOT NULL
  until_on date NOT NULL
  review_on date NOT NULL
  written_by uuid NOT NULL
  written_by_name text NOT NULL
  organisation_id uuid NOT NULL
  at timestamp with time zone NOT NULL
  signed_on date
  signature bytea
  content bytea NOT NULL

TABLE question
  home bigint NOT NULL
  id uuid NOT NULL
  asker_id uuid NOT NULL
  asker_name text NOT NULL
  organisation_id uuid NOT NULL
  organisation_name text NOT NULL
  county bigint NOT NULL
  desk_id uuid NOT NULL
  desk_name text NOT NULL
  doctor_id uuid
  doctor_name text
  about_kind text
  about_id uuid
  topic text NOT NULL
  urgency text NOT NULL
  state text NOT NULL
  asked_at timestamp with time zone NOT NULL
  due_at timestamp with time zone
  remind_at timestamp with time zone
  escalated_at timestamp with time zone
  silent_from timestamp with time zone
  answered_at timestamp with time zone
  answer_hours bigint
  in_time boolean
  closed_on date
  note_id uuid
  content bytea NOT NULL
  changed_at timestamp with time zone NOT NULL
  version bigint NOT NULL

TABLE question_message
  home bigint NOT NULL
  question_id uuid NOT NULL
  number bigint NOT NULL
  kind text NOT NULL
  author_id uuid NOT NULL
  author_name text NOT NULL
  organisation_name text NOT NULL
  proposes text
  taken boolean
  content bytea NOT NULL
  at timestamp with time zone NOT NULL

TABLE question_note
  id uuid NOT NULL
  topic text NOT NULL
  title text NOT NULL
  body text NOT NULL
  hospital_id uuid NOT NULL
  hospital_name text NOT NULL
  county bigint NOT NULL
  author_id uuid NOT NULL
  author_name text NOT NULL
  published_at timestamp with time zone NOT NULL
  withdrawn_at timestamp with time zone
  withdrawn_for text
  version bigint NOT NULL

TABLE question_note_word
  word text NOT NULL
  note_id uuid NOT NULL

TABLE recovery_code
  account_id uuid NOT NULL
  code_hash bytea NOT NULL
  created_at timestamp with time zone NOT NULL
  used_at timestamp with time zone

TABLE referral
  home bigint NOT NULL
  id uuid NOT NULL
  episode uuid NOT NULL
  receipt text
  registration text
  person_id uuid
  client_name text NOT NULL
  client_initials text NOT NULL
  client_index bytea
  client_sex text
  client_born_on date
  state text NOT NULL
  version bigint NOT NULL
  county bigint NOT NULL
  division bigint NOT NULL
  channel text NOT NULL
  filed_by uuid NOT NULL
  filed_by_organisation uuid NOT NULL
  institution_id uuid
  case_manager_id uuid
  hospital_id uuid
  transfer_office_id uuid
  next_role text
  clock text
  due_at timestamp with time zone
  remind_at timestamp with time zone
  provisional boolean NOT NULL
  frozen boolean NOT NULL
  told_overdue_at timestamp with time zone
  priority bigint
  restricted_at timestamp with time zone
  unmet_at timestamp with time zone
  created_at timestamp with time zone NOT NULL
  changed_at timestamp with time zone NOT NULL
  body jsonb NOT NULL
  ask_on date

TABLE referral_event
  home bigint NOT NULL
  referral_id uuid NOT NULL
  sequence bigint NOT NULL
  name text NOT NULL
  event jsonb NOT NULL
  actor_name text NOT NULL
  at timestamp with time zone NOT NULL
  from_state text
  to_state text NOT NULL
  rule text NOT NULL
  reason text
  deadline_met boolean
  digest bytea NOT NULL

TABLE referral_filer
  home bigint NOT NULL
  referral_id uuid NOT NULL
  account_id uuid NOT NULL
  organisation_id uuid NOT NULL

TABLE reminder
  account_id uuid NOT NULL
  on_day date NOT NULL
  until_day date NOT NULL
  counts jsonb NOT NULL
  at timestamp with time zone NOT NULL
  read_at timestamp with time zone

TABLE reminder_choice
  account_id uuid NOT NULL
  wanted boolean NOT NULL
  changed_at timestamp with time zone NOT NULL

TABLE research_extract
  id uuid NOT NULL
  project_id uuid NOT NULL
  at timestamp with time zone NOT NULL
  account_id uuid NOT NULL
  name text NOT NULL
  code text NOT NULL
  row_count bigint NOT NULL
  persons bigint NOT NULL
  generalised bigint NOT NULL
  left_out bigint NOT NULL

TABLE research_project
  id uuid NOT NULL
  organisation_id uuid NOT NULL
  division bigint NOT NULL
  title text NOT NULL
  institution text NOT NULL
  ethics_number text NOT NULL
  ethics_on date NOT NULL
  agreement text NOT NULL
  agreed_on date NOT NULL
  purpose text NOT NULL
  fields jsonb NOT NULL
  until_on date NOT NULL
  state text NOT NULL
  asked_by uuid NOT NULL
  asked_at timestamp with time zone NOT NULL
  decided_by uuid
  decided_at timestamp with time zone
  note text
  project_key bytea
  key_destroyed_at timestamp with time zone
  version bigint NOT NULL

TABLE rights_request
  home bigint NOT NULL
  id uuid NOT NULL
  person_id uuid
  referral_id uuid
  county bigint NOT NULL
  kind text NOT NULL
  words bytea NOT NULL
  asked_by uuid NOT NULL
  guardian boolean NOT NULL
  asked_at timestamp with time zone NOT NULL
  due_on date NOT NULL
  due_at timestamp with time zone NOT NULL
  answered_at timestamp with time zone
  answered_by uuid
  outcome text
  ground text
  answer bytea

TABLE running_number
  series text NOT NULL
  last bigint NOT NULL

TABLE scale_definition
  scale text NOT NULL
  version text NOT NULL
  written text NOT NULL
  file_name text NOT NULL
  definition jsonb NOT NULL
  imported_by uuid NOT NULL
  imported_by_name text NOT NULL
  at timestamp with time zone NOT NULL

TABLE scale_offer
  division bigint NOT NULL
  scale text NOT NULL
  offered boolean NOT NULL
  decided_by uuid NOT NULL
  decided_by_name text NOT NULL
  at timestamp with time zone NOT NULL

TABLE scale_result
  home bigint NOT NULL
  id uuid NOT NULL
  person_id uuid
  referral_id uuid NOT NULL
  scale text NOT NULL
  definition_version text NOT NULL
  content bytea NOT NULL
  rater text NOT NULL
  mode text NOT NULL
  language text NOT NULL
  seconds bigint
  recorded_by uuid NOT NULL
  recorded_by_name text NOT NULL
  organisation_id uuid NOT NULL
  at timestamp with time zone NOT NULL
  occasion text
  made_id uuid

TABLE scale_void
  home bigint NOT NULL
  id uuid NOT NULL
  reason text NOT NULL
  words bytea NOT NULL
  voided_by uuid NOT NULL
  voided_by_name text NOT NULL
  organisation_id uuid NOT NULL
  at timestamp with time zone NOT NULL

TABLE server
  id uuid NOT NULL
  version text NOT NULL
  newest bigint NOT NULL
  place text NOT NULL
  started_at timestamp with time zone NOT NULL
  seen_at timestamp with time zone NOT NULL

TABLE session
  token_hash bytea NOT NULL
  account_id uuid NOT NULL
  created_at timestamp with time zone NOT NULL
  seen_at timestamp with time zone NOT NULL
  awaits text
  came_by text

TABLE setting
  name text NOT NULL
  value jsonb NOT NULL
  changed_at timestamp with time zone NOT NULL

TABLE share
  id uuid NOT NULL
  county bigint NOT NULL
  recipient_id uuid NOT NULL
  basis text NOT NULL
  kinds jsonb NOT NULL
  agreement text NOT NULL
  agreed_on date
  state text NOT NULL
  proposed_by uuid
  assessment_id uuid
  review_due_on date
  opened_at timestamp with time zone
  person_key bytea NOT NULL
  last_number bigint NOT NULL
  given_number bigint NOT NULL
  receipt_number bigint NOT NULL
  receipt_at timestamp with time zone
  read_at timestamp with time zone
  created_at timestamp with time zone NOT NULL
  changed_at timestamp with time zone NOT NULL
  version bigint NOT NULL

TABLE share_assessment
  id uuid NOT NULL
  share_id uuid NOT NULL
  number text NOT NULL
  concluded_on date NOT NULL
  concluded_by text NOT NULL
  conclusion text NOT NULL
  measures text NOT NULL
  kinds jsonb NOT NULL
  review_due_on date NOT NULL
  recorded_by text NOT NULL
  recorded_at timestamp with time zone NOT NULL

TABLE share_event
  id uuid NOT NULL
  share_id uuid NOT NULL
  at timestamp with time zone NOT NULL
  account_id uuid NOT NULL
  name text NOT NULL
  event text NOT NULL
  reason text NOT NULL

TABLE share_subject
  home bigint NOT NULL
  share_id uuid NOT NULL
  referral_id uuid NOT NULL
  reference uuid NOT NULL
  number bigint NOT NULL
  withdrawn boolean NOT NULL
  content jsonb NOT NULL
  consent_until date
  given_number bigint NOT NULL

TABLE sharing
  home bigint NOT NULL
  id uuid NOT NULL
  referral_id uuid NOT NULL
  at timestamp with time zone NOT NULL
  act text NOT NULL
  party text NOT NULL
  organisation_id uuid
  basis text NOT NULL
  purpose text
  consent_version bigint
  law text
  recipient text

TABLE smd_emergency
  home bigint NOT NULL
  id uuid NOT NULL
  record_id uuid NOT NULL
  began_at timestamp with time zone NOT NULL
  due_at timestamp with time zone
  told_overdue_at timestamp with time zone
  closed_at timestamp with time zone
  content bytea NOT NULL
  recorded_by uuid NOT NULL
  recorded_by_name text NOT NULL
  organisation_id uuid NOT NULL
  changed_at timestamp with time zone NOT NULL
  version bigint NOT NULL

TABLE smd_event
  home bigint NOT NULL
  id uuid NOT NULL
  record_id uuid NOT NULL
  version bigint NOT NULL
  number bigint NOT NULL
  kind text NOT NULL
  happened_on date NOT NULL
  visit_id uuid
  content bytea NOT NULL
  recorded_by uuid NOT NULL
  recorded_by_name text NOT NULL
  organisation_id uuid NOT NULL
  at timestamp with time zone NOT NULL
  voided_at timestamp with time zone

TABLE smd_examination
  home bigint NOT NULL
  id uuid NOT NULL
  record_id uuid NOT NULL
  made_on date NOT NULL
  answer text NOT NULL
  content bytea NOT NULL
  recorded_by_name text NOT NULL
  organisation_id uuid NOT NULL
  at timestamp with time zone NOT NULL
  voided_at timestamp with time zone
  voided_by_name text
  void_reason bytea

TABLE smd_group
  id uuid NOT NULL
  division bigint NOT NULL
  county bigint NOT NULL
  name text NOT NULL
  content bytea NOT NULL
  complete boolean NOT NULL
  changed_by_name text NOT NULL
  changed_at timestamp with time zone NOT NULL
  version bigint NOT NULL

TABLE smd_group_meeting
  id uuid NOT NULL
  group_id uuid NOT NULL
  held_on date NOT NULL
  content bytea NOT NULL
  recorded_by_name text NOT NULL
  at timestamp with time zone NOT NULL

TABLE smd_handed
  home bigint NOT NULL
  id uuid NOT NULL
  record_id uuid NOT NULL
  division bigint NOT NULL
  county bigint NOT NULL
  ground text NOT NULL
  handed_on date NOT NULL
  closed_on date
  content bytea NOT NULL
  recorded_by_name text NOT NULL
  organisation_id uuid NOT NULL
  at timestamp with time zone NOT NULL
  version bigint NOT NULL

TABLE smd_paper
  home bigint NOT NULL
  id uuid NOT NULL
  record_id uuid NOT NULL
  kind text NOT NULL
  number bigint NOT NULL
  made_on date NOT NULL
  content bytea NOT NULL
  replaces uuid
  recorded_by_name text NOT NULL
  organisation_id uuid NOT NULL
  at timestamp with time zone NOT NULL

TABLE smd_payment
  home bigint NOT NULL
  id uuid NOT NULL
  record_id uuid NOT NULL
  support_id uuid NOT NULL
  division bigint NOT NULL
  county bigint NOT NULL
  in_charge uuid NOT NULL
  kind text NOT NULL
  year bigint NOT NULL
  from_on date NOT NULL
  until_on date NOT NULL
  amount_fen bigint NOT NULL
  payer text NOT NULL
  content bytea NOT NULL
  recorded_by_name text NOT NULL
  organisation_id uuid NOT NULL
  at timestamp with time zone NOT NULL
  voided_at timestamp with time zone
  voided_by_name text
  void_reason bytea

TABLE smd_record
  home bigint NOT NULL
  id uuid NOT NULL
  person_id uuid NOT NULL
  division bigint NOT NULL
  county bigint NOT NULL
  in_charge uuid NOT NULL
  receiver uuid
  reporter uuid
  state text NOT NULL
  class bigint
  risk bigint
  last_visit_on date
  due_on date
  due_what text
  told_overdue_at timestamp with time zone
  content bytea NOT NULL
  opened_at timestamp with time zone NOT NULL
  changed_at timestamp with time zone NOT NULL
  version bigint NOT NULL
  examination_due_on date

TABLE smd_support
  home bigint NOT NULL
  id uuid NOT NULL
  record_id uuid NOT NULL
  division bigint NOT NULL
  county bigint NOT NULL
  in_charge uuid NOT NULL
  kind text NOT NULL
  begun_on date NOT NULL
  ended_on date
  end_reason text
  ended_by_visit uuid
  review_due_on date
  content bytea NOT NULL
  recorded_by_name text NOT NULL
  organisation_id uuid NOT NULL
  at timestamp with time zone NOT NULL
  version bigint NOT NULL

TABLE source_record
  home bigint NOT NULL
  id uuid NOT NULL
  person_id uuid NOT NULL
  import_id uuid
  row_number bigint
  kind text NOT NULL
  sender text NOT NULL
  key_index bytea NOT NULL
  digest bytea NOT NULL
  name text NOT NULL
  sex text
  born_on date
  division bigint NOT NULL
  registered_division bigint
  number bytea
  number_index bytea
  phone bytea
  phone_index bytea
  certificate bytea
  private bytea
  fields jsonb NOT NULL
  lives_at_home boolean
  need_assessed boolean
  suitable boolean
  consented boolean
  linked_as text NOT NULL
  created_at timestamp with time zone NOT NULL
  ended_at timestamp with time zone
  ended_because text
  supersedes uuid

TABLE supervision
  home bigint NOT NULL
  id uuid NOT NULL
  organisation_id uuid NOT NULL
  worker_id uuid NOT NULL
  worker_name text NOT NULL
  supervisor_id uuid NOT NULL
  supervisor_name text NOT NULL
  supervisor_organisation text NOT NULL
  on_day date NOT NULL
  starts_at timestamp with time zone NOT NULL
  ends_at timestamp with time zone NOT NULL
  way text NOT NULL
  state text NOT NULL
  content bytea NOT NULL
  made_by uuid NOT NULL
  made_at timestamp with time zone NOT NULL
  changed_by_name text
  changed_at timestamp with time zone NOT NULL
  version bigint NOT NULL

TABLE taken_file
  id uuid NOT NULL
  code text NOT NULL
  subject text NOT NULL
  filter jsonb NOT NULL
  row_count bigint NOT NULL
  state text NOT NULL
  reason text NOT NULL
  account_id uuid NOT NULL
  organisation_id uuid NOT NULL
  division bigint NOT NULL
  asked_at timestamp with time zone NOT NULL
  decided_by uuid
  decided_at timestamp with time zone
  note text
  fetch_until timestamp with time zone
  taken_at timestamp with time zone
  version bigint NOT NULL

TABLE talent
  id uuid NOT NULL
  name text NOT NULL
  initials text NOT NULL
  identity_index bytea NOT NULL
  identity_number bytea NOT NULL
  profession text NOT NULL
  certificate text
  certificate_number text
  certificate_on date
  verified boolean NOT NULL
  institution_id uuid
  division bigint NOT NULL
  county bigint NOT NULL
  services jsonb NOT NULL
  pledge_on date
  training_minutes jsonb NOT NULL
  state text NOT NULL
  body jsonb NOT NULL
  version bigint NOT NULL
  created_at timestamp with time zone NOT NULL
  changed_at timestamp with time zone NOT NULL
  course_minutes jsonb
  certificate_until date

TABLE tally
  indicator text NOT NULL
  division bigint NOT NULL
  count bigint NOT NULL

TABLE tally_county
  county bigint NOT NULL
  indicator text NOT NULL
  count bigint NOT NULL

TABLE tally_town
  town bigint NOT NULL
  indicator text NOT NULL
  count bigint NOT NULL

TABLE task
  home bigint NOT NULL
  id uuid NOT NULL
  referral_id uuid NOT NULL
  kind text NOT NULL
  to_party text NOT NULL
  to_account uuid
  to_organisation uuid
  to_role text
  county bigint NOT NULL
  due_at timestamp with time zone
  created_at timestamp with time zone NOT NULL
  done_at timestamp with time zone
  done_by uuid
  division bigint NOT NULL

TABLE training
  id uuid NOT NULL
  organisation_id uuid NOT NULL
  county bigint NOT NULL
  on_day date NOT NULL
  minutes bigint NOT NULL
  topic text NOT NULL
  organiser text NOT NULL
  kind text NOT NULL
  evidence text NOT NULL
  persons bigint NOT NULL
  state text NOT NULL
  reason text
  recorded_by_name text NOT NULL
  recorded_at timestamp with time zone NOT NULL
  voided_by_name text
  voided_at timestamp with time zone

TABLE training_attendance
  talent_id uuid NOT NULL
  training_id uuid NOT NULL
  on_day date NOT NULL
  minutes bigint NOT NULL
  stands boolean NOT NULL

TABLE unsent_form
  account_id uuid NOT NULL
  place text NOT NULL
  content bytea NOT NULL
  saved_at timestamp with time zone NOT NULL

account: FOREIGN KEY (organisation_id) REFERENCES organisation(id)
account: PRIMARY KEY (id)
account: UNIQUE (username)
account_code: FOREIGN KEY (account_id) REFERENCES account(id)
account_code: PRIMARY KEY (account_id)
agreed_task: PRIMARY KEY (home, id)
api_token: FOREIGN KEY (account_id) REFERENCES account(id)
api_token: PRIMARY KEY (token_hash)
api_token: UNIQUE (id)
attachment: FOREIGN KEY (home, referral_id) REFERENCES referral(home, id)
attachment: PRIMARY KEY (home, id)
attachment_part: FOREIGN KEY (home, attachment_id) REFERENCES attachment(home, id)
attachment_part: PRIMARY KEY (home, attachment_id, number)
attendance: FOREIGN KEY (home, referral_id) REFERENCES referral(home, id)
attendance: PRIMARY KEY (home, referral_id, session_id)
audit: PRIMARY KEY (home, number)
audit_checkpoint: PRIMARY KEY (number)
audit_cut: PRIMARY KEY (number)
audit_head: PRIMARY KEY (home)
authenticator: FOREIGN KEY (account_id) REFERENCES account(id)
authenticator: PRIMARY KEY (account_id)
calendar_feed: FOREIGN KEY (account_id) REFERENCES account(id)
calendar_feed: PRIMARY KEY (id)
calendar_feed: UNIQUE (token_hash)
candidate_pair: PRIMARY KEY (home, id)
care_session: PRIMARY KEY (home, id)
claim: PRIMARY KEY (kind, hash)
clock_tally: PRIMARY KEY (county, month, clock)
conference: PRIMARY KEY (home, id)
conference_case: PRIMARY KEY (home, conference_id, number)
conference_minutes: PRIMARY KEY (home, conference_id, number)
conference_person: PRIMARY KEY (home, conference_id, number)
contact_attempt: FOREIGN KEY (home, lead_id) REFERENCES lead(home, id)
contact_attempt: PRIMARY KEY (home, id)
contact_rule: PRIMARY KEY (home, id)
data_key: PRIMARY KEY (number)
delegation: FOREIGN KEY (from_account) REFERENCES account(id)
delegation: FOREIGN KEY (to_account) REFERENCES account(id)
delegation: PRIMARY KEY (id)
device: FOREIGN KEY (account_id) REFERENCES account(id)
device: PRIMARY KEY (id)
division_change: PRIMARY KEY (code, valid_from)
earlier_password: FOREIGN KEY (account_id) REFERENCES account(id)
earlier_password: PRIMARY KEY (account_id, replaced_at)
emergency_access: PRIMARY KEY (home, id)
employment: FOREIGN KEY (institution_id) REFERENCES institution(id)
employment: FOREIGN KEY (talent_id) REFERENCES talent(id)
employment: PRIMARY KEY (id)
external_identity: FOREIGN KEY (account_id) REFERENCES account(id)
external_identity: PRIMARY KEY (issuer, subject_hash)
factor_enrolment: FOREIGN KEY (account_id) REFERENCES account(id)
factor_enrolment: PRIMARY KEY (account_id)
followup_visit: PRIMARY KEY (home, id)
form_entry: FOREIGN KEY (home, referral_id) REFERENCES referral(home, id)
form_entry: PRIMARY KEY (home, id)
goal_value: FOREIGN KEY (home, referral_id) REFERENCES referral(home, id)
goal_value: PRIMARY KEY (home, id)
idempotency: PRIMARY KEY (account_id, key_hash)
import: PRIMARY KEY (id)
import_change: PRIMARY KEY (import_id, row_number)
import_mapping: PRIMARY KEY (kind, sender)
import_outcome: PRIMARY KEY (import_id, first_row)
import_part: PRIMARY KEY (import_id, number)
import_trouble: PRIMARY KEY (import_id, row_number)
institution: FOREIGN KEY (id) REFERENCES organisation(id)
institution: PRIMARY KEY (id)
institution: UNIQUE (credit_code)
institution_answer: PRIMARY KEY (institution_id, month)
job: PRIMARY KEY (id)
lead: PRIMARY KEY (home, id)
library_event: PRIMARY KEY (subject_id, sequence)
link_event: PRIMARY KEY (home, id)
message: FOREIGN KEY (home, referral_id) REFERENCES referral(home, id)
message: PRIMARY KEY (home, id)
migration: PRIMARY KEY (number)
need_fact: PRIMARY KEY (home, id)
organisation: PRIMARY KEY (id)
passkey: FOREIGN KEY (account_id) REFERENCES account(id)
passkey: PRIMARY KEY (id)
passkey_challenge: FOREIGN KEY (account_id) REFERENCES account(id)
passkey_challenge: PRIMARY KEY (id)
pending_sign_in: FOREIGN KEY (account_id) REFERENCES account(id)
pending_sign_in: PRIMARY KEY (id)
pending_sign_in: UNIQUE (state_hash)
person: PRIMARY KEY (home, id)
person_key: PRIMARY KEY (key, person_id)
person_member: PRIMARY KEY (home, head_id, member_id)
plan: FOREIGN KEY (home, referral_id) REFERENCES referral(home, id)
plan: PRIMARY KEY (home, id)
question: PRIMARY KEY (home, id)
question_message: PRIMARY KEY (home, question_id, number)
question_note: PRIMARY KEY (id)
question_note_word: FOREIGN KEY (note_id) REFERENCES question_note(id)
question_note_word: PRIMARY KEY (word, note_id)
recovery_code: FOREIGN KEY (account_id) REFERENCES account(id)
recovery_code: PRIMARY KEY (account_id, code_hash)
referral: PRIMARY KEY (home, id)
referral_event: FOREIGN KEY (home, referral_id) REFERENCES referral(home, id)
referral_event: PRIMARY KEY (home, referral_id, sequence)
referral_filer: FOREIGN KEY (home, referral_id) REFERENCES referral(home, id)
referral_filer: PRIMARY KEY (home, referral_id, account_id)
reminder: FOREIGN KEY (account_id) REFERENCES account(id)
reminder: PRIMARY KEY (account_id, on_day)
reminder_choice: FOREIGN KEY (account_id) REFERENCES account(id)
reminder_choice: PRIMARY KEY (account_id)
research_extract: FOREIGN KEY (project_id) REFERENCES research_project(id)
research_extract: PRIMARY KEY (id)
research_project: FOREIGN KEY (organisation_id) REFERENCES organisation(id)
research_project: PRIMARY KEY (id)
rights_request: PRIMARY KEY (home, id)
running_number: PRIMARY KEY (series)
scale_definition: PRIMARY KEY (scale, version)
scale_offer: PRIMARY KEY (division, scale)
scale_result: PRIMARY KEY (home, id)
scale_void: FOREIGN KEY (home, id) REFERENCES scale_result(home, id)
scale_void: PRIMARY KEY (home, id)
server: PRIMARY KEY (id)
session: FOREIGN KEY (account_id) REFERENCES account(id)
session: PRIMARY KEY (token_hash)
setting: PRIMARY KEY (name)
share: FOREIGN KEY (recipient_id) REFERENCES organisation(id)
share: PRIMARY KEY (id)
share_assessment: FOREIGN KEY (share_id) REFERENCES share(id)
share_assessment: PRIMARY KEY (id)
share_event: FOREIGN KEY (share_id) REFERENCES share(id)
share_event: PRIMARY KEY (id)
share_subject: FOREIGN KEY (home, referral_id) REFERENCES referral(home, id)
share_subject: PRIMARY KEY (home, share_id, referral_id)
sharing: FOREIGN KEY (home, referral_id) REFERENCES referral(home, id)
sharing: PRIMARY KEY (home, id)
smd_emergency: PRIMARY KEY (home, id)
smd_event: PRIMARY KEY (home, id)
smd_examination: PRIMARY KEY (home, id)
smd_group: PRIMARY KEY (id)
smd_group: UNIQUE (division)
smd_group_meeting: FOREIGN KEY (group_id) REFERENCES smd_group(id)
smd_group_meeting: PRIMARY KEY (id)
smd_handed: PRIMARY KEY (home, id)
smd_paper: PRIMARY KEY (home, id)
smd_payment: PRIMARY KEY (home, id)
smd_record: PRIMARY KEY (home, id)
smd_support: PRIMARY KEY (home, id)
source_record: PRIMARY KEY (home, id)
supervision: PRIMARY KEY (home, id)
taken_file: PRIMARY KEY (id)
talent: FOREIGN KEY (institution_id) REFERENCES institution(id)
talent: PRIMARY KEY (id)
talent: UNIQUE (identity_index)
tally: PRIMARY KEY (indicator, division)
tally_county: PRIMARY KEY (county, indicator)
tally_town: PRIMARY KEY (town, indicator)
task: FOREIGN KEY (home, referral_id) REFERENCES referral(home, id)
task: PRIMARY KEY (home, id)
training: FOREIGN KEY (organisation_id) REFERENCES organisation(id)
training: PRIMARY KEY (id)
training_attendance: FOREIGN KEY (talent_id) REFERENCES talent(id)
training_attendance: FOREIGN KEY (training_id) REFERENCES training(id)
training_attendance: PRIMARY KEY (talent_id, training_id)
unsent_form: PRIMARY KEY (account_id, place)

CREATE INDEX account_by_organisation ON public.account USING btree (organisation_id);
CREATE INDEX account_by_person ON public.account USING btree (person_id);
CREATE UNIQUE INDEX account_code_pkey ON public.account_code USING btree (account_id);
CREATE UNIQUE INDEX account_pkey ON public.account USING btree (id);
CREATE UNIQUE INDEX account_username_key ON public.account USING btree (username);
CREATE INDEX agreed_task_about ON public.agreed_task USING btree (about_id) WHERE (done_at IS NULL);
CREATE INDEX agreed_task_of_owner ON public.agreed_task USING btree (owner_id, due_on) WHERE (done_at IS NULL);
CREATE INDEX agreed_task_of_source ON public.agreed_task USING btree (source_id, id);
CREATE UNIQUE INDEX agreed_task_pkey ON public.agreed_task USING btree (home, id);
CREATE INDEX api_token_by_account ON public.api_token USING btree (account_id);
CREATE UNIQUE INDEX api_token_id_key ON public.api_token USING btree (id);
CREATE UNIQUE INDEX api_token_pkey ON public.api_token USING btree (token_hash);
CREATE UNIQUE INDEX attachment_by_referral ON public.attachment USING btree (home, referral_id, entry_key);
CREATE UNIQUE INDEX attachment_part_pkey ON public.attachment_part USING btree (home, attachment_id, number);
CREATE UNIQUE INDEX attachment_pkey ON public.attachment USING btree (home, id);
CREATE INDEX attendance_by_day ON public.attendance USING btree (home, referral_id, starts_at);
CREATE INDEX attendance_by_session ON public.attendance USING btree (session_id);
CREATE UNIQUE INDEX attendance_pkey ON public.attendance USING btree (home, referral_id, session_id);
CREATE INDEX audit_by_account ON public.audit USING btree (account_id, at);
CREATE INDEX audit_by_subject ON public.audit USING btree (subject_id, at);
CREATE INDEX audit_by_time ON public.audit USING btree (at, id);
CREATE UNIQUE INDEX audit_checkpoint_pkey ON public.audit_checkpoint USING btree (number);
CREATE UNIQUE INDEX audit_cut_pkey ON public.audit_cut USING btree (number);
CREATE UNIQUE INDEX audit_head_pkey ON public.audit_head USING btree (home);
CREATE UNIQUE INDEX audit_pkey ON public.audit USING btree (home, number);
CREATE UNIQUE INDEX authenticator_pkey ON public.authenticator USING btree (account_id);
CREATE INDEX calendar_feed_by_account ON public.calendar_feed USING btree (account_id);
CREATE UNIQUE INDEX calendar_feed_pkey ON public.calendar_feed USING btree (id);
CREATE UNIQUE INDEX calendar_feed_token_hash_key ON public.calendar_feed USING btree (token_hash);
CREATE INDEX candidate_pair_by_right ON public.candidate_pair USING btree (right_id);
CREATE UNIQUE INDEX candidate_pair_once ON public.candidate_pair USING btree (home, left_id, right_id);
CREATE UNIQUE INDEX candidate_pair_pkey ON public.candidate_pair USING btree (home, id);
CREATE INDEX candidate_pair_queue ON public.candidate_pair USING btree (state, division, due_on);
CREATE UNIQUE INDEX care_session_by_entry ON public.care_session USING btree (home, made_by, entry_key);
CREATE INDEX care_session_by_house ON public.care_session USING btree (organisation_id, starts_at);
CREATE INDEX care_session_by_leader ON public.care_session USING btree (leader_id, starts_at);
CREATE UNIQUE INDEX care_session_pkey ON public.care_session USING btree (home, id);
CREATE UNIQUE INDEX claim_pkey ON public.claim USING btree (kind, hash);
CREATE UNIQUE INDEX clock_tally_pkey ON public.clock_tally USING btree (county, month, clock);
CREATE INDEX conference_case_about ON public.conference_case USING btree (about_id);
CREATE UNIQUE INDEX conference_case_pkey ON public.conference_case USING btree (home, conference_id, number);
CREATE UNIQUE INDEX conference_minutes_pkey ON public.conference_minutes USING btree (home, conference_id, number);
CREATE INDEX conference_of_chair ON public.conference USING btree (chair_id, on_day);
CREATE INDEX conference_person_by_account ON public.conference_person USING btree (account_id, starts_at, conference_id);
CREATE UNIQUE INDEX conference_person_pkey ON public.conference_person USING btree (home, conference_id, number);
CREATE UNIQUE INDEX conference_pkey ON public.conference USING btree (home, id);
CREATE UNIQUE INDEX contact_attempt_by_lead ON public.contact_attempt USING btree (home, lead_id, entry_key);
CREATE UNIQUE INDEX contact_attempt_pkey ON public.contact_attempt USING btree (home, id);
CREATE INDEX contact_rule_by_person ON public.contact_rule USING btree (person_id, at);
CREATE INDEX contact_rule_by_referral ON public.contact_rule USING btree (referral_id, at);
CREATE UNIQUE INDEX contact_rule_pkey ON public.contact_rule USING btree (home, id);
CREATE UNIQUE INDEX data_key_pkey ON public.data_key USING btree (number);
CREATE INDEX delegation_by_account ON public.delegation USING btree (from_account, until_on);
CREATE INDEX delegation_by_colleague ON public.delegation USING btree (to_account, until_on);
CREATE UNIQUE INDEX delegation_pkey ON public.delegation USING btree (id);
CREATE INDEX device_of_account ON public.device USING btree (account_id, created_at);
CREATE UNIQUE INDEX device_pkey ON public.device USING btree (id);
CREATE UNIQUE INDEX division_change_pkey ON public.division_change USING btree (code, valid_from);
CREATE UNIQUE INDEX earlier_password_pkey ON public.earlier_password USING btree (account_id, replaced_at);
CREATE INDEX emergency_access_by_account ON public.emergency_access USING btree (account_id, ends_at);
CREATE INDEX emergency_access_by_time ON public.emergency_access USING btree (at, id);
CREATE INDEX emergency_access_late ON public.emergency_access USING btree (review_due_at) WHERE ((verdict IS NULL) AND (subject_id IS NOT NULL) AND (escalated_at IS NULL));
CREATE UNIQUE INDEX emergency_access_pkey ON public.emergency_access USING btree (home, id);
CREATE INDEX emergency_access_to_judge ON public.emergency_access USING btree (division, review_due_at) WHERE ((verdict IS NULL) AND (subject_id IS NOT NULL));
CREATE INDEX employment_by_account ON public.employment USING btree (account_id);
CREATE INDEX employment_by_institution ON public.employment USING btree (institution_id);
CREATE UNIQUE INDEX employment_by_talent ON public.employment USING btree (talent_id, from_on);
CREATE UNIQUE INDEX employment_pkey ON public.employment USING btree (id);
CREATE UNIQUE INDEX external_identity_by_account ON public.external_identity USING btree (account_id, issuer);
CREATE UNIQUE INDEX external_identity_pkey ON public.external_identity USING btree (issuer, subject_hash);
CREATE UNIQUE INDEX factor_enrolment_pkey ON public.factor_enrolment USING btree (account_id);
CREATE INDEX followup_visit_by_record ON public.followup_visit USING btree (home, record_id, visit_on, at);
CREATE UNIQUE INDEX followup_visit_pkey ON public.followup_visit USING btree (home, id);
CREATE INDEX form_entry_by_referral ON public.form_entry USING btree (home, referral_id, code, at);
CREATE UNIQUE INDEX form_entry_pkey ON public.form_entry USING btree (home, id);
CREATE INDEX goal_value_by_referral ON public.goal_value USING btree (home, referral_id, on_day);
CREATE UNIQUE INDEX goal_value_pkey ON public.goal_value USING btree (home, id);
CREATE INDEX idempotency_by_time ON public.idempotency USING btree (created_at);
CREATE UNIQUE INDEX idempotency_pkey ON public.idempotency USING btree (account_id, key_hash);
CREATE INDEX import_by_time ON public.import USING btree (division, id);
CREATE UNIQUE INDEX import_change_pkey ON public.import_change USING btree (import_id, row_number);
CREATE UNIQUE INDEX import_mapping_pkey ON public.import_mapping USING btree (kind, sender);
CREATE UNIQUE INDEX import_outcome_pkey ON public.import_outcome USING btree (import_id, first_row);
CREATE UNIQUE INDEX import_part_pkey ON public.import_part USING btree (import_id, number);
CREATE UNIQUE INDEX import_pkey ON public.import USING btree (id);
CREATE UNIQUE INDEX import_trouble_pkey ON public.import_trouble USING btree (import_id, row_number);
CREATE INDEX institution_answer_by_month ON public.institution_answer USING btree (month);
CREATE UNIQUE INDEX institution_answer_pkey ON public.institution_answer USING btree (institution_id, month);
CREATE INDEX institution_by_county ON public.institution USING btree (county, state);
CREATE INDEX institution_by_state ON public.institution USING btree (state, division);
CREATE UNIQUE INDEX institution_credit_code_key ON public.institution USING btree (credit_code);
CREATE UNIQUE INDEX institution_pkey ON public.institution USING btree (id);
CREATE INDEX job_by_time ON public.job USING btree (run_at);
CREATE UNIQUE INDEX job_pkey ON public.job USING btree (id);
CREATE INDEX lead_by_division ON public.lead USING btree (division, next_on);
CREATE INDEX lead_by_due ON public.lead USING btree (county, next_on, id);
CREATE INDEX lead_by_giving ON public.lead USING btree (county, given_on);
CREATE INDEX lead_by_house ON public.lead USING btree (organisation_id, next_on);
CREATE INDEX lead_by_person ON public.lead USING btree (person_id);
CREATE UNIQUE INDEX lead_pkey ON public.lead USING btree (home, id);
CREATE UNIQUE INDEX library_event_pkey ON public.library_event USING btree (subject_id, sequence);
CREATE INDEX link_event_by_person ON public.link_event USING btree (person_id, at);
CREATE UNIQUE INDEX link_event_pkey ON public.link_event USING btree (home, id);
CREATE INDEX message_by_account ON public.message USING btree (to_account, state);
CREATE INDEX message_by_county ON public.message USING btree (county, to_role, state);
CREATE INDEX message_by_delivery ON public.message USING btree (state, county, created_at);
CREATE INDEX message_by_division ON public.message USING btree (to_role, division);
CREATE INDEX message_by_organisation ON public.message USING btree (to_organisation, state);
CREATE INDEX message_by_referral ON public.message USING btree (home, referral_id);
CREATE UNIQUE INDEX message_pkey ON public.message USING btree (home, id);
CREATE UNIQUE INDEX migration_pkey ON public.migration USING btree (number);
CREATE INDEX need_fact_by_person ON public.need_fact USING btree (person_id);
CREATE UNIQUE INDEX need_fact_pkey ON public.need_fact USING btree (home, id);
CREATE INDEX organisation_by_division ON public.organisation USING btree (division, kind);
CREATE UNIQUE INDEX organisation_pkey ON public.organisation USING btree (id);
CREATE INDEX passkey_challenge_of_account ON public.passkey_challenge USING btree (account_id, created_at);
CREATE UNIQUE INDEX passkey_challenge_of_session ON public.passkey_challenge USING btree (session_hash, purpose);
CREATE UNIQUE INDEX passkey_challenge_pkey ON public.passkey_challenge USING btree (id);
CREATE UNIQUE INDEX passkey_credential ON public.passkey USING btree (credential_id);
CREATE INDEX passkey_of_account ON public.passkey USING btree (account_id, created_at);
CREATE UNIQUE INDEX passkey_pkey ON public.passkey USING btree (id);
CREATE INDEX pending_sign_in_by_end ON public.pending_sign_in USING btree (ends_at);
CREATE UNIQUE INDEX pending_sign_in_pkey ON public.pending_sign_in USING btree (id);
CREATE UNIQUE INDEX pending_sign_in_state_hash_key ON public.pending_sign_in USING btree (state_hash);
CREATE INDEX person_by_division ON public.person USING btree (division, id);
CREATE INDEX person_by_head ON public.person USING btree (head_id);
CREATE INDEX person_key_by_county ON public.person_key USING btree (county, key, person_id);
CREATE UNIQUE INDEX person_key_pkey ON public.person_key USING btree (key, person_id);
CREATE UNIQUE INDEX person_member_pkey ON public.person_member USING btree (home, head_id, member_id);
CREATE UNIQUE INDEX person_pkey ON public.person USING btree (home, id);
CREATE UNIQUE INDEX plan_by_referral ON public.plan USING btree (home, referral_id, number);
CREATE UNIQUE INDEX plan_pkey ON public.plan USING btree (home, id);
CREATE INDEX question_by_asker ON public.question USING btree (asker_id, asked_at);
CREATE INDEX question_by_county ON public.question USING btree (county, asked_at);
CREATE INDEX question_by_desk ON public.question USING btree (desk_id, asked_at);
CREATE INDEX question_late ON public.question USING btree (county, due_at) WHERE (due_at IS NOT NULL);
CREATE UNIQUE INDEX question_message_pkey ON public.question_message USING btree (home, question_id, number);
CREATE INDEX question_note_by_topic ON public.question_note USING btree (topic, published_at, id) WHERE (withdrawn_at IS NULL);
CREATE INDEX question_note_latest ON public.question_note USING btree (published_at, id) WHERE (withdrawn_at IS NULL);
CREATE UNIQUE INDEX question_note_pkey ON public.question_note USING btree (id);
CREATE UNIQUE INDEX question_note_word_pkey ON public.question_note_word USING btree (word, note_id);
CREATE UNIQUE INDEX question_pkey ON public.question USING btree (home, id);
CREATE INDEX question_silent ON public.question USING btree (silent_from) WHERE (silent_from IS NOT NULL);
CREATE INDEX question_to_answer ON public.question USING btree (desk_id, due_at) WHERE (due_at IS NOT NULL);
CREATE INDEX question_to_tell ON public.question USING btree (due_at) WHERE ((escalated_at IS NULL) AND (due_at IS NOT NULL));
CREATE UNIQUE INDEX recovery_code_pkey ON public.recovery_code USING btree (account_id, code_hash);
CREATE INDEX referral_by_account ON public.referral USING btree (filed_by);
CREATE INDEX referral_by_asking ON public.referral USING btree (ask_on);
CREATE INDEX referral_by_change ON public.referral USING btree (county, changed_at, id);
CREATE INDEX referral_by_client ON public.referral USING btree (client_index);
CREATE INDEX referral_by_division ON public.referral USING btree (division);
CREATE INDEX referral_by_episode ON public.referral USING btree (episode);
CREATE INDEX referral_by_filer ON public.referral USING btree (filed_by_organisation, changed_at);
CREATE INDEX referral_by_hospital ON public.referral USING btree (hospital_id);
CREATE INDEX referral_by_initials ON public.referral USING btree (client_initials);
CREATE INDEX referral_by_institution ON public.referral USING btree (institution_id, state);
CREATE INDEX referral_by_name ON public.referral USING btree (client_name);
CREATE INDEX referral_by_person ON public.referral USING btree (person_id);
CREATE INDEX referral_by_receipt ON public.referral USING btree (receipt);
CREATE INDEX referral_by_registration ON public.referral USING btree (registration);
CREATE INDEX referral_by_time ON public.referral USING btree (changed_at, id);
CREATE INDEX referral_by_transfer ON public.referral USING btree (transfer_office_id);
CREATE INDEX referral_by_turn ON public.referral USING btree (county, next_role, due_at, state, frozen);
CREATE UNIQUE INDEX referral_event_pkey ON public.referral_event USING btree (home, referral_id, sequence);
CREATE INDEX referral_filer_by_account ON public.referral_filer USING btree (account_id);
CREATE INDEX referral_filer_by_organisation ON public.referral_filer USING btree (organisation_id);
CREATE UNIQUE INDEX referral_filer_pkey ON public.referral_filer USING btree (home, referral_id, account_id);
CREATE UNIQUE INDEX referral_pkey ON public.referral USING btree (home, id);
CREATE INDEX referral_untold ON public.referral USING btree (due_at) WHERE (told_overdue_at IS NULL);
CREATE INDEX referral_waiting ON public.referral USING btree (county, priority, created_at) WHERE (state = 'waiting'::text);
CREATE INDEX reminder_by_day ON public.reminder USING btree (on_day);
CREATE UNIQUE INDEX reminder_choice_pkey ON public.reminder_choice USING btree (account_id);
CREATE UNIQUE INDEX reminder_pkey ON public.reminder USING btree (account_id, on_day);
CREATE INDEX research_extract_by_project ON public.research_extract USING btree (project_id, at);
CREATE UNIQUE INDEX research_extract_pkey ON public.research_extract USING btree (id);
CREATE INDEX research_project_by_area ON public.research_project USING btree (division, asked_at);
CREATE INDEX research_project_by_end ON public.research_project USING btree (state, until_on);
CREATE UNIQUE INDEX research_project_pkey ON public.research_project USING btree (id);
CREATE INDEX rights_request_by_account ON public.rights_request USING btree (asked_by);
CREATE INDEX rights_request_by_desk ON public.rights_request USING btree (county, answered_at, due_at);
CREATE INDEX rights_request_by_person ON public.rights_request USING btree (person_id);
CREATE UNIQUE INDEX rights_request_pkey ON public.rights_request USING btree (home, id);
CREATE UNIQUE INDEX running_number_pkey ON public.running_number USING btree (series);
CREATE UNIQUE INDEX scale_definition_pkey ON public.scale_definition USING btree (scale, version);
CREATE UNIQUE INDEX scale_offer_pkey ON public.scale_offer USING btree (division, scale);
CREATE UNIQUE INDEX scale_result_by_made_id ON public.scale_result USING btree (home, referral_id, made_id);
CREATE INDEX scale_result_by_person ON public.scale_result USING btree (person_id, at);
CREATE INDEX scale_result_by_referral ON public.scale_result USING btree (home, referral_id, at);
CREATE UNIQUE INDEX scale_result_pkey ON public.scale_result USING btree (home, id);
CREATE UNIQUE INDEX scale_void_pkey ON public.scale_void USING btree (home, id);
CREATE UNIQUE INDEX server_pkey ON public.server USING btree (id);
CREATE INDEX session_by_account ON public.session USING btree (account_id);
CREATE UNIQUE INDEX session_pkey ON public.session USING btree (token_hash);
CREATE UNIQUE INDEX setting_pkey ON public.setting USING btree (name);
CREATE INDEX share_assessment_by_share ON public.share_assessment USING btree (share_id, recorded_at);
CREATE UNIQUE INDEX share_assessment_pkey ON public.share_assessment USING btree (id);
CREATE INDEX share_by_county ON public.share USING btree (county, state);
CREATE INDEX share_by_recipient ON public.share USING btree (recipient_id);
CREATE INDEX share_by_review ON public.share USING btree (state, review_due_on);
CREATE INDEX share_event_by_share ON public.share_event USING btree (share_id, at);
CREATE UNIQUE INDEX share_event_pkey ON public.share_event USING btree (id);
CREATE UNIQUE INDEX share_pkey ON public.share USING btree (id);
CREATE INDEX share_subject_by_end ON public.share_subject USING btree (share_id, consent_until);
CREATE INDEX share_subject_by_number ON public.share_subject USING btree (share_id, number);
CREATE UNIQUE INDEX share_subject_pkey ON public.share_subject USING btree (home, share_id, referral_id);
CREATE INDEX sharing_by_referral ON public.sharing USING btree (home, referral_id, at);
CREATE UNIQUE INDEX sharing_pkey ON public.sharing USING btree (home, id);
CREATE INDEX smd_emergency_by_record ON public.smd_emergency USING btree (home, record_id, began_at);
CREATE INDEX smd_emergency_late ON public.smd_emergency USING btree (due_at) WHERE ((due_at IS NOT NULL) AND (told_overdue_at IS NULL));
CREATE UNIQUE INDEX smd_emergency_pkey ON public.smd_emergency USING btree (home, id);
CREATE UNIQUE INDEX smd_event_once ON public.smd_event USING btree (home, record_id, version, number);
CREATE UNIQUE INDEX smd_event_pkey ON public.smd_event USING btree (home, id);
CREATE INDEX smd_examination_by_record ON public.smd_examination USING btree (home, record_id, made_on);
CREATE UNIQUE INDEX smd_examination_pkey ON public.smd_examination USING btree (home, id);
CREATE INDEX smd_group_by_county ON public.smd_group USING btree (county, division);
CREATE UNIQUE INDEX smd_group_division_key ON public.smd_group USING btree (division);
CREATE INDEX smd_group_meeting_by_group ON public.smd_group_meeting USING btree (group_id, held_on);
CREATE UNIQUE INDEX smd_group_meeting_pkey ON public.smd_group_meeting USING btree (id);
CREATE UNIQUE INDEX smd_group_pkey ON public.smd_group USING btree (id);
CREATE INDEX smd_handed_by_division ON public.smd_handed USING btree (division, id);
CREATE INDEX smd_handed_by_record ON public.smd_handed USING btree (home, record_id);
CREATE UNIQUE INDEX smd_handed_once ON public.smd_handed USING btree (home, record_id) WHERE (closed_on IS NULL);
CREATE INDEX smd_handed_open ON public.smd_handed USING btree (division, id) WHERE (closed_on IS NULL);
CREATE UNIQUE INDEX smd_handed_pkey ON public.smd_handed USING btree (home, id);
CREATE UNIQUE INDEX smd_paper_by_record ON public.smd_paper USING btree (home, record_id, kind, number);
CREATE UNIQUE INDEX smd_paper_pkey ON public.smd_paper USING btree (home, id);
CREATE INDEX smd_payment_by_charge ON public.smd_payment USING btree (in_charge, year, id);
CREATE INDEX smd_payment_by_county ON public.smd_payment USING btree (county, year, id);
CREATE INDEX smd_payment_by_division ON public.smd_payment USING btree (division, year, id);
CREATE INDEX smd_payment_by_record ON public.smd_payment USING btree (home, record_id);
CREATE UNIQUE INDEX smd_payment_once ON public.smd_payment USING btree (home, support_id, year) WHERE ((kind = 'guardian'::text) AND (voided_at IS NULL));
CREATE UNIQUE INDEX smd_payment_pkey ON public.smd_payment USING btree (home, id);
CREATE INDEX smd_record_by_charge ON public.smd_record USING btree (in_charge, due_on, id);
CREATE INDEX smd_record_by_county ON public.smd_record USING btree (county, due_on, id);
CREATE INDEX smd_record_by_division ON public.smd_record USING btree (division, due_on, id);
CREATE UNIQUE INDEX smd_record_by_person ON public.smd_record USING btree (home, person_id);
CREATE INDEX smd_record_by_receiver ON public.smd_record USING btree (receiver) WHERE (receiver IS NOT NULL);
CREATE INDEX smd_record_by_reporter ON public.smd_record USING btree (reporter) WHERE (reporter IS NOT NULL);
CREATE INDEX smd_record_examination_by_county ON public.smd_record USING btree (county, examination_due_on, id) WHERE (examination_due_on IS NOT NULL);
CREATE INDEX smd_record_late ON public.smd_record USING btree (due_on) WHERE ((due_on IS NOT NULL) AND (told_overdue_at IS NULL));
CREATE UNIQUE INDEX smd_record_pkey ON public.smd_record USING btree (home, id);
CREATE INDEX smd_record_unexamined ON public.smd_record USING btree (state, id) WHERE ((state = 'managed'::text) AND (examination_due_on IS NULL));
CREATE INDEX smd_support_by_charge ON public.smd_support USING btree (in_charge, kind, id);
CREATE INDEX smd_support_by_county ON public.smd_support USING btree (county, kind, id);
CREATE INDEX smd_support_by_division ON public.smd_support USING btree (division, kind, id);
CREATE INDEX smd_support_by_record ON public.smd_support USING btree (home, record_id);
CREATE UNIQUE INDEX smd_support_once ON public.smd_support USING btree (home, record_id, kind) WHERE (ended_on IS NULL);
CREATE UNIQUE INDEX smd_support_pkey ON public.smd_support USING btree (home, id);
CREATE INDEX source_record_by_import ON public.source_record USING btree (import_id, row_number);
CREATE INDEX source_record_by_person ON public.source_record USING btree (person_id);
CREATE UNIQUE INDEX source_record_pkey ON public.source_record USING btree (home, id);
CREATE INDEX supervision_by_house ON public.supervision USING btree (organisation_id, starts_at);
CREATE INDEX supervision_by_supervisor ON public.supervision USING btree (supervisor_id, starts_at);
CREATE INDEX supervision_by_worker ON public.supervision USING btree (worker_id, starts_at);
CREATE UNIQUE INDEX supervision_pkey ON public.supervision USING btree (home, id);
CREATE INDEX taken_file_by_account ON public.taken_file USING btree (account_id, asked_at);
CREATE INDEX taken_file_by_code ON public.taken_file USING btree (code);
CREATE UNIQUE INDEX taken_file_pkey ON public.taken_file USING btree (id);
CREATE INDEX taken_file_to_decide ON public.taken_file USING btree (state, division, asked_at);
CREATE INDEX talent_by_certificate ON public.talent USING btree (institution_id, certificate_until);
CREATE INDEX talent_by_county ON public.talent USING btree (county, state);
CREATE INDEX talent_by_institution ON public.talent USING btree (institution_id);
CREATE INDEX talent_by_place ON public.talent USING btree (county, id);
CREATE UNIQUE INDEX talent_identity_index_key ON public.talent USING btree (identity_index);
CREATE UNIQUE INDEX talent_pkey ON public.talent USING btree (id);
CREATE UNIQUE INDEX tally_county_pkey ON public.tally_county USING btree (county, indicator);
CREATE UNIQUE INDEX tally_pkey ON public.tally USING btree (indicator, division);
CREATE UNIQUE INDEX tally_town_pkey ON public.tally_town USING btree (town, indicator);
CREATE INDEX task_by_account ON public.task USING btree (to_account, done_at);
CREATE INDEX task_by_county ON public.task USING btree (county, to_role, done_at);
CREATE INDEX task_by_division ON public.task USING btree (to_role, division);
CREATE INDEX task_by_organisation ON public.task USING btree (to_organisation, done_at);
CREATE INDEX task_by_referral ON public.task USING btree (home, referral_id);
CREATE UNIQUE INDEX task_pkey ON public.task USING btree (home, id);
CREATE INDEX training_attendance_by_training ON public.training_attendance USING btree (training_id);
CREATE UNIQUE INDEX training_attendance_pkey ON public.training_attendance USING btree (talent_id, training_id);
CREATE INDEX training_by_county ON public.training USING btree (county, on_day);
CREATE INDEX training_by_house ON public.training USING btree (organisation_id, on_day);
CREATE UNIQUE INDEX training_pkey ON public.training USING btree (id);
CREATE INDEX unsent_form_by_time ON public.unsent_form USING btree (saved_at);
CREATE UNIQUE INDEX unsent_form_pkey ON public.unsent_form USING btree (account_id, place);
