CREATE TABLE account (
  id BLOB NOT NULL PRIMARY KEY,
  username TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  role TEXT NOT NULL,
  organisation_id BLOB NOT NULL REFERENCES organisation (id),
  division INTEGER NOT NULL,       
  person_id BLOB,                
  language TEXT,
  failed_sign_ins INTEGER NOT NULL,
  locked_until INTEGER,
  created_at INTEGER NOT NULL,
  ended_at INTEGER,
  version INTEGER NOT NULL
, password_at INTEGER) STRICT;
CREATE INDEX account_by_organisation ON account (organisation_id);
CREATE INDEX account_by_person ON account (person_id);
CREATE TABLE account_code (
  account_id BLOB NOT NULL PRIMARY KEY REFERENCES account (id),
  holder TEXT NOT NULL,              
  code_hash BLOB NOT NULL,          
  opened_by BLOB NOT NULL,             
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER
, basis TEXT, basis_until TEXT, basis_paper BLOB) STRICT;
CREATE TABLE agreed_task (
  home INTEGER NOT NULL,
  id BLOB NOT NULL,
  source_kind TEXT NOT NULL,       
  source_id BLOB NOT NULL,
  about_kind TEXT,                 
  about_id BLOB,
  owner_id BLOB,                     
  owner_name TEXT NOT NULL,
  due_on TEXT NOT NULL,
  content BLOB NOT NULL,          
  made_by_name TEXT NOT NULL,
  made_at INTEGER NOT NULL,
  done_at INTEGER,
  done_by_name TEXT,
  version INTEGER NOT NULL,
  PRIMARY KEY (home, id)
) STRICT;
CREATE INDEX agreed_task_about ON agreed_task (about_id) WHERE done_at IS NULL;
CREATE INDEX agreed_task_of_owner ON agreed_task (owner_id, due_on) WHERE done_at IS NULL;
CREATE INDEX agreed_task_of_source ON agreed_task (source_id, id);
CREATE TABLE api_token (
  token_hash BLOB NOT NULL PRIMARY KEY,
  id BLOB NOT NULL UNIQUE,
  account_id BLOB NOT NULL REFERENCES account (id),
  label TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  revoked_at INTEGER
, purposes TEXT, changes INTEGER) STRICT;
CREATE INDEX api_token_by_account ON api_token (account_id);
CREATE TABLE attachment (
  home INTEGER NOT NULL,
  id BLOB NOT NULL,
  referral_id BLOB NOT NULL,
  session_id BLOB,                     
  entry_key BLOB NOT NULL,             
  kind TEXT NOT NULL,                
  media TEXT NOT NULL,               
  size INTEGER NOT NULL,                 
  title BLOB NOT NULL,              
  consent BLOB,                     
  made_by BLOB NOT NULL,
  made_by_name TEXT NOT NULL,
  organisation_id BLOB NOT NULL,
  at INTEGER NOT NULL,
  voided_at INTEGER,
  voided_by_name TEXT,
  void_reason TEXT,
  PRIMARY KEY (home, id),
  FOREIGN KEY (home, referral_id) REFERENCES referral (home, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX attachment_by_referral ON attachment (home, referral_id, entry_key);
CREATE TABLE attachment_part (
  home INTEGER NOT NULL,
  attachment_id BLOB NOT NULL,
  number INTEGER NOT NULL,
  content BLOB NOT NULL,            
  PRIMARY KEY (home, attachment_id, number),
  FOREIGN KEY (home, attachment_id) REFERENCES attachment (home, id)
) STRICT;
CREATE TABLE attendance (
  home INTEGER NOT NULL,
  referral_id BLOB NOT NULL,
  session_id BLOB NOT NULL,
  organisation_id BLOB NOT NULL,
  state TEXT NOT NULL,               
  presence TEXT NOT NULL,            
  service TEXT NOT NULL,
  way TEXT NOT NULL,
  on_day TEXT NOT NULL,
  starts_at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL,
  late INTEGER NOT NULL,
  note BLOB,                        
  PRIMARY KEY (home, referral_id, session_id),
  FOREIGN KEY (home, referral_id) REFERENCES referral (home, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX attendance_by_day ON attendance (home, referral_id, starts_at);
CREATE INDEX attendance_by_session ON attendance (session_id);
CREATE TABLE audit (
  home INTEGER NOT NULL,
  number INTEGER NOT NULL,         
  id BLOB NOT NULL,
  at INTEGER NOT NULL,
  account_id BLOB NOT NULL,
  role TEXT NOT NULL,
  organisation_id BLOB NOT NULL,
  purpose TEXT NOT NULL,       
  action TEXT NOT NULL,
  subject_kind TEXT NOT NULL,
  subject_id BLOB,
  detail TEXT NOT NULL,
  hash BLOB NOT NULL,         
  PRIMARY KEY (home, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_by_account ON audit (account_id, at);
CREATE INDEX audit_by_subject ON audit (subject_id, at);
CREATE INDEX audit_by_time ON audit (at, id);
CREATE TABLE audit_checkpoint (
  number INTEGER NOT NULL PRIMARY KEY,
  at INTEGER NOT NULL,
  heads TEXT NOT NULL,         
  previous BLOB NOT NULL,     
  signature BLOB NOT NULL,    
  public_key BLOB NOT NULL
) STRICT;
CREATE TABLE audit_cut (
  number INTEGER NOT NULL PRIMARY KEY,
  at INTEGER NOT NULL,
  before_at INTEGER NOT NULL,     
  checkpoint INTEGER NOT NULL,     
  starts TEXT NOT NULL,        
  signature BLOB NOT NULL,    
  public_key BLOB NOT NULL
) STRICT;
CREATE TABLE audit_head (
  home INTEGER NOT NULL PRIMARY KEY,
  number INTEGER NOT NULL,
  hash BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE authenticator (
  account_id BLOB NOT NULL PRIMARY KEY REFERENCES account (id),
  secret BLOB NOT NULL,             
  last_step INTEGER NOT NULL,            
  created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE calendar_feed (
  id BLOB NOT NULL PRIMARY KEY,
  account_id BLOB NOT NULL REFERENCES account (id),
  token_hash BLOB NOT NULL UNIQUE,
  made_at INTEGER NOT NULL,
  read_at INTEGER,
  ended_at INTEGER
, whose TEXT) STRICT;
CREATE INDEX calendar_feed_by_account ON calendar_feed (account_id);
CREATE TABLE candidate_pair (
  home INTEGER NOT NULL,           
  id BLOB NOT NULL,
  left_id BLOB NOT NULL,
  right_home INTEGER NOT NULL,
  right_id BLOB NOT NULL,
  division INTEGER NOT NULL,       
  probability REAL NOT NULL,
  explanation TEXT NOT NULL,   
  state TEXT NOT NULL,         
  owner_id BLOB,
  due_on TEXT NOT NULL,
  decided_by BLOB,
  decided_at INTEGER,
  joined BLOB,                   
  created_at INTEGER NOT NULL,
  import_id BLOB,
  version INTEGER NOT NULL,
  PRIMARY KEY (home, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX candidate_pair_by_right ON candidate_pair (right_id);
CREATE UNIQUE INDEX candidate_pair_once ON candidate_pair (home, left_id, right_id);
CREATE INDEX candidate_pair_queue ON candidate_pair (state, division, due_on);
CREATE TABLE care_session (
  home INTEGER NOT NULL,
  id BLOB NOT NULL,
  organisation_id BLOB NOT NULL,
  entry_key BLOB NOT NULL,             
  state TEXT NOT NULL,               
  version INTEGER NOT NULL,
  service TEXT NOT NULL,             
  way TEXT NOT NULL,                 
  place TEXT NOT NULL,               
  on_day TEXT NOT NULL,
  starts_at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL,
  leader_id BLOB NOT NULL,             
  leader_name TEXT NOT NULL,
  persons INTEGER NOT NULL,
  came INTEGER NOT NULL,                 
  late INTEGER NOT NULL,                
  recorded_by BLOB,                    
  recorded_by_name TEXT,
  recorded_at INTEGER,
  made_by BLOB NOT NULL,
  made_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  reason TEXT,                       
  content BLOB NOT NULL,            
  PRIMARY KEY (home, id)
) STRICT;
CREATE UNIQUE INDEX care_session_by_entry ON care_session (home, made_by, entry_key);
CREATE INDEX care_session_by_house ON care_session (organisation_id, starts_at);
CREATE INDEX care_session_by_leader ON care_session (leader_id, starts_at);
CREATE TABLE claim (
  kind TEXT NOT NULL,          
  hash BLOB NOT NULL,
  home INTEGER NOT NULL,
  id BLOB NOT NULL,
  PRIMARY KEY (kind, hash)
) STRICT, WITHOUT ROWID;
CREATE TABLE clock_tally (
  county INTEGER NOT NULL,
  month INTEGER NOT NULL,                
  clock TEXT NOT NULL,
  met INTEGER NOT NULL,
  missed INTEGER NOT NULL,
  PRIMARY KEY (county, month, clock)
) STRICT;
CREATE TABLE conference (
  home INTEGER NOT NULL,
  id BLOB NOT NULL,
  organisation_id BLOB NOT NULL,       
  organisation_name TEXT NOT NULL,
  planner_id BLOB NOT NULL,
  planner_name TEXT NOT NULL,
  chair_id BLOB NOT NULL,
  chair_name TEXT NOT NULL,
  on_day TEXT NOT NULL,
  starts_at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL,
  way TEXT NOT NULL,                 
  state TEXT NOT NULL,               
  minutes INTEGER NOT NULL,              
  confirmed INTEGER NOT NULL,            
  content BLOB NOT NULL,            
  made_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (home, id)
) STRICT;
CREATE INDEX conference_of_chair ON conference (chair_id, on_day);
CREATE TABLE conference_case (
  home INTEGER NOT NULL,
  conference_id BLOB NOT NULL,
  number INTEGER NOT NULL,
  about_kind TEXT NOT NULL,          
  about_id BLOB NOT NULL,
  content BLOB NOT NULL,            
  PRIMARY KEY (home, conference_id, number)
) STRICT;
CREATE INDEX conference_case_about ON conference_case (about_id);
CREATE TABLE conference_minutes (
  home INTEGER NOT NULL,
  conference_id BLOB NOT NULL,
  number INTEGER NOT NULL,
  content BLOB NOT NULL,            
  written_by_name TEXT NOT NULL,
  at INTEGER NOT NULL,
  confirmed_by_name TEXT,
  confirmed_at INTEGER,
  PRIMARY KEY (home, conference_id, number)
) STRICT;
CREATE TABLE conference_person (
  home INTEGER NOT NULL,
  conference_id BLOB NOT NULL,
  number INTEGER NOT NULL,
  account_id BLOB,
  name TEXT NOT NULL,
  organisation_name TEXT NOT NULL,
  starts_at INTEGER NOT NULL,           
  PRIMARY KEY (home, conference_id, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX conference_person_by_account ON conference_person (account_id, starts_at, conference_id);
CREATE TABLE contact_attempt (
  home INTEGER NOT NULL,
  id BLOB NOT NULL,
  lead_id BLOB NOT NULL,
  entry_key BLOB NOT NULL,             
  on_day TEXT NOT NULL,
  way TEXT NOT NULL,
  reached TEXT NOT NULL,
  outcome TEXT NOT NULL,
  reason TEXT,
  next_on TEXT,                      
  note BLOB,                        
  made_by BLOB NOT NULL,
  made_by_name TEXT NOT NULL,
  organisation_id BLOB NOT NULL,
  at INTEGER NOT NULL,
  voided_at INTEGER,
  voided_by_name TEXT,
  PRIMARY KEY (home, id),
  FOREIGN KEY (home, lead_id) REFERENCES lead (home, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX contact_attempt_by_lead ON contact_attempt (home, lead_id, entry_key);
CREATE TABLE contact_rule (
  home INTEGER NOT NULL,
  id BLOB NOT NULL,
  person_id BLOB,                      
  referral_id BLOB NOT NULL,           
  content BLOB NOT NULL,            
  written_by BLOB NOT NULL,
  written_by_name TEXT NOT NULL,
  guardian INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (home, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX contact_rule_by_person ON contact_rule (person_id, at);
CREATE INDEX contact_rule_by_referral ON contact_rule (referral_id, at);
CREATE TABLE data_key (
  number INTEGER NOT NULL PRIMARY KEY,   
  algorithm TEXT NOT NULL,
  wrapped BLOB NOT NULL,
  master_version INTEGER NOT NULL,       
  created_at INTEGER NOT NULL,
  retired_at INTEGER                    
) STRICT;
CREATE TABLE delegation (
  id BLOB NOT NULL PRIMARY KEY,
  from_account BLOB NOT NULL REFERENCES account (id),
  to_account BLOB NOT NULL REFERENCES account (id),
  from_on TEXT NOT NULL,
  until_on TEXT NOT NULL,      
  made_at INTEGER NOT NULL,
  ended_at INTEGER                
) STRICT;
CREATE INDEX delegation_by_account ON delegation (from_account, until_on);
CREATE INDEX delegation_by_colleague ON delegation (to_account, until_on);
CREATE TABLE device (
  id BLOB NOT NULL PRIMARY KEY,
  account_id BLOB NOT NULL REFERENCES account (id),
  name TEXT NOT NULL,                
  content_key BLOB NOT NULL,        
  created_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,
  handed_at INTEGER,                    
  handed_rows INTEGER NOT NULL,          
  waiting INTEGER NOT NULL,              
  clock_seconds INTEGER NOT NULL,        
  revoked_at INTEGER,
  revoked_by BLOB,
  wiped_at INTEGER                      
) STRICT;
CREATE INDEX device_of_account ON device (account_id, created_at);
CREATE TABLE division_change (
  code INTEGER NOT NULL,                 
  valid_from TEXT NOT NULL,          
  name TEXT NOT NULL,
  kind TEXT,                         
  valid_to TEXT,                     
  successor INTEGER,                     
  recorded_at INTEGER NOT NULL,
  PRIMARY KEY (code, valid_from)
) STRICT, WITHOUT ROWID;
CREATE TABLE earlier_password (
  account_id BLOB NOT NULL REFERENCES account (id),
  replaced_at INTEGER NOT NULL,
  password_hash TEXT NOT NULL,
  PRIMARY KEY (account_id, replaced_at)
) STRICT;
CREATE TABLE emergency_access (
  home INTEGER NOT NULL,           
  id BLOB NOT NULL,
  account_id BLOB NOT NULL,
  role TEXT NOT NULL,          
  organisation_id BLOB NOT NULL,
  subject_kind TEXT,           
  subject_id BLOB,
  division INTEGER NOT NULL,       
  basis TEXT NOT NULL,         
  reason BLOB NOT NULL,       
  at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL,
  ended_at INTEGER,               
  review_due_at INTEGER NOT NULL,
  escalated_at INTEGER,           
  reviewed_by BLOB,
  reviewed_at INTEGER,
  verdict TEXT,                
  note BLOB,                  
  PRIMARY KEY (home, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX emergency_access_by_account ON emergency_access (account_id, ends_at);
CREATE INDEX emergency_access_by_time ON emergency_access (at, id);
CREATE INDEX emergency_access_late ON emergency_access (review_due_at)
  WHERE verdict IS NULL AND subject_id IS NOT NULL AND escalated_at IS NULL;
CREATE INDEX emergency_access_to_judge ON emergency_access (division, review_due_at)
  WHERE verdict IS NULL AND subject_id IS NOT NULL;
CREATE TABLE employment (
  id BLOB NOT NULL PRIMARY KEY,
  talent_id BLOB NOT NULL REFERENCES talent (id),
  institution_id BLOB NOT NULL REFERENCES institution (id),
  post TEXT NOT NULL,                
  week_minutes INTEGER NOT NULL,         
  from_on TEXT NOT NULL,
  until_on TEXT,                     
  account_id BLOB,                     
  recorded_by BLOB NOT NULL,
  recorded_at INTEGER NOT NULL
) STRICT;
CREATE INDEX employment_by_account ON employment (account_id);
CREATE INDEX employment_by_institution ON employment (institution_id);
CREATE UNIQUE INDEX employment_by_talent ON employment (talent_id, from_on);
CREATE TABLE external_identity (
  issuer TEXT NOT NULL,
  subject_hash BLOB NOT NULL,       
  account_id BLOB NOT NULL REFERENCES account (id),
  created_at INTEGER NOT NULL,
  used_at INTEGER,                      
  PRIMARY KEY (issuer, subject_hash)
) STRICT;
CREATE UNIQUE INDEX external_identity_by_account ON external_identity (account_id, issuer);
CREATE TABLE factor_enrolment (
  account_id BLOB NOT NULL PRIMARY KEY REFERENCES account (id),
  session_hash BLOB NOT NULL,       
  secret BLOB NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE followup_visit (
  home INTEGER NOT NULL,
  id BLOB NOT NULL,              
  record_id BLOB NOT NULL,
  visit_on TEXT NOT NULL,
  class INTEGER,
  rule TEXT,                   
  course TEXT,                 
  risk INTEGER,
  face_to_face INTEGER NOT NULL,
  reached INTEGER NOT NULL,
  next_on TEXT,
  content BLOB NOT NULL,      
  replaces BLOB,                 
  recorded_by BLOB NOT NULL,
  recorded_by_name TEXT NOT NULL,
  organisation_id BLOB NOT NULL,
  at INTEGER NOT NULL,
  voided_at INTEGER,
  voided_by_name TEXT,
  void_reason BLOB,           
  PRIMARY KEY (home, id)
) STRICT;
CREATE INDEX followup_visit_by_record ON followup_visit (home, record_id, visit_on, at);
CREATE TABLE form_entry (
  home INTEGER NOT NULL,
  id BLOB NOT NULL,
  referral_id BLOB NOT NULL,
  code TEXT NOT NULL,
  form_version INTEGER NOT NULL,
  content BLOB NOT NULL,
  written_by BLOB NOT NULL,
  written_by_name TEXT NOT NULL,
  organisation_id BLOB NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (home, id),
  FOREIGN KEY (home, referral_id) REFERENCES referral (home, id)
) STRICT;
CREATE INDEX form_entry_by_referral ON form_entry (home, referral_id, code, at);
CREATE TABLE goal_value (
  home INTEGER NOT NULL,
  id BLOB NOT NULL,
  referral_id BLOB NOT NULL,
  on_day TEXT NOT NULL,
  content BLOB NOT NULL,            
  written_by BLOB NOT NULL,
  written_by_name TEXT NOT NULL,
  organisation_id BLOB NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (home, id),
  FOREIGN KEY (home, referral_id) REFERENCES referral (home, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX goal_value_by_referral ON goal_value (home, referral_id, on_day);
CREATE TABLE idempotency (
  account_id BLOB NOT NULL,
  key_hash BLOB NOT NULL,           
  request_hash BLOB NOT NULL,       
  answer TEXT,                       
  created_at INTEGER NOT NULL,
  PRIMARY KEY (account_id, key_hash)
) STRICT;
CREATE INDEX idempotency_by_time ON idempotency (created_at);
CREATE TABLE import (
  id BLOB NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  sender TEXT NOT NULL,
  file_name TEXT NOT NULL,
  size INTEGER NOT NULL,           
  state TEXT NOT NULL,         
  mapping TEXT NOT NULL,       
  keep_valid INTEGER NOT NULL,
  keep_unverified INTEGER NOT NULL,
  rows_total INTEGER NOT NULL,     
  rows_done INTEGER NOT NULL,
  summary TEXT NOT NULL,
  failure TEXT,
  account_id BLOB NOT NULL,
  organisation_id BLOB NOT NULL,
  division INTEGER NOT NULL,
  today TEXT NOT NULL,         
  created_at INTEGER NOT NULL,
  started_at INTEGER,
  finished_at INTEGER,
  version INTEGER NOT NULL
) STRICT;
CREATE INDEX import_by_time ON import (division, id);
CREATE TABLE import_change (
  import_id BLOB NOT NULL,
  row_number INTEGER NOT NULL,
  subject_id BLOB NOT NULL,            
  added INTEGER NOT NULL,               
  first_event INTEGER NOT NULL,          
  last_event INTEGER NOT NULL,
  taken_back INTEGER NOT NULL,
  PRIMARY KEY (import_id, row_number)
) STRICT, WITHOUT ROWID;
CREATE TABLE import_mapping (
  kind TEXT NOT NULL,
  sender TEXT NOT NULL,
  mapping TEXT NOT NULL,
  changed_at INTEGER NOT NULL,
  PRIMARY KEY (kind, sender)
) STRICT;
CREATE TABLE import_outcome (
  import_id BLOB NOT NULL,
  first_row INTEGER NOT NULL,
  outcomes TEXT NOT NULL,
  PRIMARY KEY (import_id, first_row)
) STRICT;
CREATE TABLE import_part (
  import_id BLOB NOT NULL,
  number INTEGER NOT NULL,
  content BLOB NOT NULL,
  PRIMARY KEY (import_id, number)
) STRICT;
CREATE TABLE import_trouble (
  import_id BLOB NOT NULL,
  row_number INTEGER NOT NULL,
  troubles TEXT NOT NULL,
  PRIMARY KEY (import_id, row_number)
) STRICT;
CREATE TABLE institution (
  id BLOB NOT NULL PRIMARY KEY REFERENCES organisation (id),
  credit_code TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  level TEXT NOT NULL,
  name TEXT NOT NULL,
  division INTEGER NOT NULL,             
  county INTEGER NOT NULL,               
  address TEXT NOT NULL,
  contact TEXT NOT NULL,
  phone TEXT NOT NULL,
  floor_area INTEGER,                    
  hours TEXT NOT NULL,               
  licence TEXT,
  licence_until TEXT,
  promise_on TEXT,                   
  lowest_age INTEGER NOT NULL,
  highest_age INTEGER NOT NULL,
  disorder_groups TEXT NOT NULL,     
  services TEXT NOT NULL,            
  areas TEXT NOT NULL,               
  contracted INTEGER NOT NULL,
  in_service INTEGER NOT NULL,
  reserved INTEGER NOT NULL,
  blocked INTEGER NOT NULL,
  block_reason TEXT,
  answered_in_time INTEGER NOT NULL,     
  answered INTEGER NOT NULL,
  state TEXT NOT NULL,
  body TEXT NOT NULL,                
  version INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL
) STRICT;
CREATE INDEX institution_by_county ON institution (county, state);
CREATE INDEX institution_by_state ON institution (state, division);
CREATE TABLE institution_answer (
  institution_id BLOB NOT NULL,
  month INTEGER NOT NULL,                
  answered_in_time INTEGER NOT NULL,
  answered INTEGER NOT NULL,
  PRIMARY KEY (institution_id, month)
) STRICT, WITHOUT ROWID;
CREATE INDEX institution_answer_by_month ON institution_answer (month);
CREATE TABLE job (
  id BLOB NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  arguments TEXT NOT NULL,
  run_at INTEGER NOT NULL,
  tries INTEGER NOT NULL,
  locked_until INTEGER,
  done_at INTEGER,
  failure TEXT
) STRICT;
CREATE INDEX job_by_time ON job (run_at);
CREATE TABLE lead (
  home INTEGER NOT NULL,
  id BLOB NOT NULL,
  person_id BLOB NOT NULL,
  county INTEGER NOT NULL,
  division INTEGER NOT NULL,             
  organisation_id BLOB NOT NULL,       
  given_on TEXT NOT NULL,
  given_by BLOB NOT NULL,
  given_by_name TEXT NOT NULL,
  state TEXT NOT NULL,               
  attempts INTEGER NOT NULL,
  tried_on TEXT,                     
  contacted_on TEXT,                 
  trial_on TEXT,                     
  consented_on TEXT,                 
  assessed_on TEXT,                  
  started_on TEXT,                   
  last_on TEXT,
  outcome TEXT,                      
  reason TEXT,                       
  next_on TEXT,                      
  referral_id BLOB,                    
  taken_back_on TEXT,                
  version INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  PRIMARY KEY (home, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX lead_by_division ON lead (division, next_on);
CREATE INDEX lead_by_due ON lead (county, next_on, id);
CREATE INDEX lead_by_giving ON lead (county, given_on);
CREATE INDEX lead_by_house ON lead (organisation_id, next_on);
CREATE INDEX lead_by_person ON lead (person_id);
CREATE TABLE library_event (
  subject_id BLOB NOT NULL,
  sequence INTEGER NOT NULL,
  subject_kind TEXT NOT NULL,        
  event TEXT NOT NULL,
  actor_id BLOB NOT NULL,
  actor_name TEXT NOT NULL,
  organisation_id BLOB NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (subject_id, sequence)
) STRICT;
CREATE TABLE link_event (
  home INTEGER NOT NULL,
  id BLOB NOT NULL,
  person_id BLOB NOT NULL,
  kind TEXT NOT NULL,          
  other_id BLOB,
  record_id BLOB,
  pair_id BLOB,
  account_id BLOB NOT NULL,
  at INTEGER NOT NULL,
  detail TEXT NOT NULL,
  PRIMARY KEY (home, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX link_event_by_person ON link_event (person_id, at);
CREATE TABLE message (
  home INTEGER NOT NULL,
  id BLOB NOT NULL,
  referral_id BLOB NOT NULL,
  kind TEXT NOT NULL,
  to_party TEXT NOT NULL,            
  to_account BLOB,
  to_organisation BLOB,
  to_role TEXT,
  county INTEGER NOT NULL,
  due_on TEXT,
  state TEXT NOT NULL,               
  created_at INTEGER NOT NULL,
  read_at INTEGER,
  read_by BLOB,
  answered_at INTEGER, division INTEGER NOT NULL DEFAULT 0, told_on TEXT, told_way TEXT, told_by BLOB, told_at INTEGER,
  PRIMARY KEY (home, id),
  FOREIGN KEY (home, referral_id) REFERENCES referral (home, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX message_by_account ON message (to_account, state);
CREATE INDEX message_by_county ON message (county, to_role, state);
CREATE INDEX message_by_delivery ON message (state, county, created_at);
CREATE INDEX message_by_division ON message (to_role, division);
CREATE INDEX message_by_organisation ON message (to_organisation, state);
CREATE INDEX message_by_referral ON message (home, referral_id);
CREATE TABLE migration (number INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL,
        hash TEXT NOT NULL, applied_at INTEGER NOT NULL, needs INTEGER) STRICT;
CREATE TABLE need_fact (
  home INTEGER NOT NULL,
  id BLOB NOT NULL,
  person_id BLOB NOT NULL,
  fact TEXT NOT NULL,          
  value INTEGER NOT NULL,
  found_on TEXT NOT NULL,
  account_id BLOB NOT NULL,
  recorded_at INTEGER NOT NULL,
  PRIMARY KEY (home, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX need_fact_by_person ON need_fact (person_id);
CREATE TABLE organisation (
  id BLOB NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,          
  name TEXT NOT NULL,
  division INTEGER NOT NULL,       
  phone TEXT,
  created_at INTEGER NOT NULL,
  ended_at INTEGER,
  version INTEGER NOT NULL
) STRICT;
CREATE INDEX organisation_by_division ON organisation (division, kind);
CREATE TABLE passkey (
  id BLOB NOT NULL PRIMARY KEY,
  account_id BLOB NOT NULL REFERENCES account (id),
  credential_id BLOB NOT NULL,      
  credential BLOB NOT NULL,         
  counter INTEGER NOT NULL,              
  name TEXT NOT NULL,                
  created_at INTEGER NOT NULL,
  used_at INTEGER
) STRICT;
CREATE UNIQUE INDEX passkey_credential ON passkey (credential_id);
CREATE INDEX passkey_of_account ON passkey (account_id, created_at);
CREATE TABLE passkey_challenge (
  id BLOB NOT NULL PRIMARY KEY,
  session_hash BLOB NOT NULL,       
  purpose TEXT NOT NULL,             
  account_id BLOB NOT NULL REFERENCES account (id),
  state BLOB NOT NULL,              
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX passkey_challenge_of_account ON passkey_challenge (account_id, created_at);
CREATE UNIQUE INDEX passkey_challenge_of_session ON passkey_challenge (session_hash, purpose);
CREATE TABLE pending_sign_in (
  id BLOB NOT NULL PRIMARY KEY,
  state_hash BLOB NOT NULL UNIQUE,
  browser_hash BLOB NOT NULL,       
  secrets BLOB NOT NULL,            
  next TEXT NOT NULL,                
  account_id BLOB REFERENCES account (id), 
  ends_at INTEGER NOT NULL
) STRICT;
CREATE INDEX pending_sign_in_by_end ON pending_sign_in (ends_at);
CREATE TABLE person (
  home INTEGER NOT NULL,
  id BLOB NOT NULL,
  head_home INTEGER NOT NULL,      
  head_id BLOB NOT NULL,
  merged_into BLOB,              
  name TEXT NOT NULL,
  sex TEXT,                    
  born_on TEXT,
  division INTEGER NOT NULL,       
  registered_division INTEGER,     
  in_health INTEGER NOT NULL,
  in_dpf INTEGER NOT NULL,
  in_application INTEGER NOT NULL,
  number BLOB,                
  number_index BLOB,
  phone BLOB,                 
  phone_index BLOB,
  lives_at_home INTEGER,
  need_assessed INTEGER,
  suitable INTEGER,
  consented INTEGER,
  created_at INTEGER NOT NULL,
  ended_at INTEGER,               
  version INTEGER NOT NULL,
  PRIMARY KEY (home, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX person_by_division ON person (division, id);
CREATE INDEX person_by_head ON person (head_id);
CREATE TABLE person_key (
  key BLOB NOT NULL,          
  home INTEGER NOT NULL,
  person_id BLOB NOT NULL,
  county INTEGER NOT NULL,         
  PRIMARY KEY (key, person_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX person_key_by_county ON person_key (county, key, person_id);
CREATE TABLE person_member (
  home INTEGER NOT NULL,
  head_id BLOB NOT NULL,
  member_home INTEGER NOT NULL,
  member_id BLOB NOT NULL,
  PRIMARY KEY (home, head_id, member_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE plan (
  home INTEGER NOT NULL,
  id BLOB NOT NULL,
  referral_id BLOB NOT NULL,
  number INTEGER NOT NULL,               
  from_on TEXT NOT NULL,
  until_on TEXT NOT NULL,
  review_on TEXT NOT NULL,
  written_by BLOB NOT NULL,
  written_by_name TEXT NOT NULL,
  organisation_id BLOB NOT NULL,
  at INTEGER NOT NULL,
  signed_on TEXT,                    
  signature BLOB,                   
  content BLOB NOT NULL,            
  PRIMARY KEY (home, id),
  FOREIGN KEY (home, referral_id) REFERENCES referral (home, id)
) STRICT;
CREATE UNIQUE INDEX plan_by_referral ON plan (home, referral_id, number);
CREATE TABLE question (
  home INTEGER NOT NULL,
  id BLOB NOT NULL,
  asker_id BLOB NOT NULL,
  asker_name TEXT NOT NULL,
  organisation_id BLOB NOT NULL,     
  organisation_name TEXT NOT NULL,
  county INTEGER NOT NULL,             
  desk_id BLOB NOT NULL,             
  desk_name TEXT NOT NULL,
  doctor_id BLOB,                    
  doctor_name TEXT,
  about_kind TEXT,                 
  about_id BLOB,
  topic TEXT NOT NULL,
  urgency TEXT NOT NULL,
  state TEXT NOT NULL,             
  asked_at INTEGER NOT NULL,
  due_at INTEGER,                     
  remind_at INTEGER,
  escalated_at INTEGER,               
  silent_from INTEGER,                
  answered_at INTEGER,                
  answer_hours INTEGER,                
  in_time INTEGER,
  closed_on TEXT,
  note_id BLOB,                      
  content BLOB NOT NULL,          
  changed_at INTEGER NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (home, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX question_by_asker ON question (asker_id, asked_at);
CREATE INDEX question_by_county ON question (county, asked_at);
CREATE INDEX question_by_desk ON question (desk_id, asked_at);
CREATE INDEX question_late ON question (county, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX question_silent ON question (silent_from) WHERE silent_from IS NOT NULL;
CREATE INDEX question_to_answer ON question (desk_id, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX question_to_tell ON question (due_at) WHERE escalated_at IS NULL AND due_at IS NOT NULL;
CREATE TABLE question_message (
  home INTEGER NOT NULL,
  question_id BLOB NOT NULL,
  number INTEGER NOT NULL,
  kind TEXT NOT NULL,              
  author_id BLOB NOT NULL,           
  author_name TEXT NOT NULL,
  organisation_name TEXT NOT NULL,
  proposes TEXT,                   
  taken INTEGER,                      
  content BLOB NOT NULL,          
  at INTEGER NOT NULL,
  PRIMARY KEY (home, question_id, number)
) STRICT;
CREATE TABLE question_note (
  id BLOB NOT NULL PRIMARY KEY,
  topic TEXT NOT NULL,
  title TEXT NOT NULL,
  body TEXT NOT NULL,
  hospital_id BLOB NOT NULL,
  hospital_name TEXT NOT NULL,
  county INTEGER NOT NULL,
  author_id BLOB NOT NULL,
  author_name TEXT NOT NULL,
  published_at INTEGER NOT NULL,
  withdrawn_at INTEGER,
  withdrawn_for TEXT,
  version INTEGER NOT NULL
) STRICT;
CREATE INDEX question_note_by_topic ON question_note (topic, published_at, id) WHERE withdrawn_at IS NULL;
CREATE INDEX question_note_latest ON question_note (published_at, id) WHERE withdrawn_at IS NULL;
CREATE TABLE question_note_word (
  word TEXT NOT NULL,
  note_id BLOB NOT NULL REFERENCES question_note(id),
  PRIMARY KEY (word, note_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE recovery_code (
  account_id BLOB NOT NULL REFERENCES account (id),
  code_hash BLOB NOT NULL,          
  created_at INTEGER NOT NULL,
  used_at INTEGER,
  PRIMARY KEY (account_id, code_hash)
) STRICT;
CREATE TABLE referral (
  home INTEGER NOT NULL,
  id BLOB NOT NULL,
  episode BLOB NOT NULL,               
  receipt TEXT,                      
  registration TEXT,                 
  person_id BLOB,                      
  client_name TEXT NOT NULL,
  client_initials TEXT NOT NULL,     
  client_index BLOB,                
  client_sex TEXT,
  client_born_on TEXT,
  state TEXT NOT NULL,
  version INTEGER NOT NULL,              
  county INTEGER NOT NULL,               
  division INTEGER NOT NULL,             
  channel TEXT NOT NULL,
  filed_by BLOB NOT NULL,
  filed_by_organisation BLOB NOT NULL,
  institution_id BLOB,                 
  case_manager_id BLOB,
  hospital_id BLOB,
  transfer_office_id BLOB,             
  next_role TEXT,                    
  clock TEXT,                        
  due_at INTEGER,
  remind_at INTEGER,
  provisional INTEGER NOT NULL,         
  frozen INTEGER NOT NULL,
  told_overdue_at INTEGER,
  priority INTEGER,                      
  restricted_at INTEGER,                
  unmet_at INTEGER,                     
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  
  body TEXT NOT NULL, ask_on TEXT,                
  PRIMARY KEY (home, id)
) STRICT;
CREATE INDEX referral_by_account ON referral (filed_by);
CREATE INDEX referral_by_asking ON referral (ask_on);
CREATE INDEX referral_by_change ON referral (county, changed_at, id);
CREATE INDEX referral_by_client ON referral (client_index);
CREATE INDEX referral_by_division ON referral (division);
CREATE INDEX referral_by_episode ON referral (episode);
CREATE INDEX referral_by_filer ON referral (filed_by_organisation, changed_at);
CREATE INDEX referral_by_hospital ON referral (hospital_id);
CREATE INDEX referral_by_initials ON referral (client_initials);
CREATE INDEX referral_by_institution ON referral (institution_id, state);
CREATE INDEX referral_by_name ON referral (client_name);
CREATE INDEX referral_by_person ON referral (person_id);
CREATE INDEX referral_by_receipt ON referral (receipt);
CREATE INDEX referral_by_registration ON referral (registration);
CREATE INDEX referral_by_time ON referral (changed_at, id);
CREATE INDEX referral_by_transfer ON referral (transfer_office_id);
CREATE INDEX referral_by_turn ON referral (county, next_role, due_at, state, frozen);
CREATE INDEX referral_untold ON referral (due_at) WHERE told_overdue_at IS NULL;
CREATE INDEX referral_waiting ON referral (county, priority, created_at) WHERE state = 'waiting';
CREATE TABLE referral_event (
  home INTEGER NOT NULL,
  referral_id BLOB NOT NULL,
  sequence INTEGER NOT NULL,
  name TEXT NOT NULL,
  event TEXT NOT NULL,
  actor_name TEXT NOT NULL,
  at INTEGER NOT NULL,
  from_state TEXT,
  to_state TEXT NOT NULL,
  rule TEXT NOT NULL,
  reason TEXT,
  deadline_met INTEGER,
  digest BLOB NOT NULL,
  PRIMARY KEY (home, referral_id, sequence),
  FOREIGN KEY (home, referral_id) REFERENCES referral (home, id)
) STRICT;
CREATE TABLE referral_filer (
  home INTEGER NOT NULL,
  referral_id BLOB NOT NULL,
  account_id BLOB NOT NULL,
  organisation_id BLOB NOT NULL,       
  PRIMARY KEY (home, referral_id, account_id),
  FOREIGN KEY (home, referral_id) REFERENCES referral (home, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX referral_filer_by_account ON referral_filer (account_id);
CREATE INDEX referral_filer_by_organisation ON referral_filer (organisation_id);
CREATE TABLE reminder (
  account_id BLOB NOT NULL REFERENCES account (id),
  on_day TEXT NOT NULL,
  until_day TEXT NOT NULL,           
  counts TEXT NOT NULL,              
  at INTEGER NOT NULL,
  read_at INTEGER,
  PRIMARY KEY (account_id, on_day)
) STRICT;
CREATE INDEX reminder_by_day ON reminder (on_day);
CREATE TABLE reminder_choice (
  account_id BLOB NOT NULL PRIMARY KEY REFERENCES account (id),
  wanted INTEGER NOT NULL,
  changed_at INTEGER NOT NULL
) STRICT;
CREATE TABLE research_extract (
  id BLOB NOT NULL PRIMARY KEY,
  project_id BLOB NOT NULL REFERENCES research_project (id),
  at INTEGER NOT NULL,
  account_id BLOB NOT NULL,
  name TEXT NOT NULL,
  code TEXT NOT NULL,                
  row_count INTEGER NOT NULL,
  persons INTEGER NOT NULL,
  generalised INTEGER NOT NULL,          
  left_out INTEGER NOT NULL              
) STRICT;
CREATE INDEX research_extract_by_project ON research_extract (project_id, at);
CREATE TABLE research_project (
  id BLOB NOT NULL PRIMARY KEY,
  organisation_id BLOB NOT NULL REFERENCES organisation (id),  
  division INTEGER NOT NULL,             
  title TEXT NOT NULL,
  institution TEXT NOT NULL,         
  ethics_number TEXT NOT NULL,
  ethics_on TEXT NOT NULL,
  agreement TEXT NOT NULL,
  agreed_on TEXT NOT NULL,
  purpose TEXT NOT NULL,
  fields TEXT NOT NULL,              
  until_on TEXT NOT NULL,
  state TEXT NOT NULL,               
  asked_by BLOB NOT NULL,
  asked_at INTEGER NOT NULL,
  decided_by BLOB,
  decided_at INTEGER,
  note TEXT,
  project_key BLOB,                 
  key_destroyed_at INTEGER,
  version INTEGER NOT NULL
) STRICT;
CREATE INDEX research_project_by_area ON research_project (division, asked_at);
CREATE INDEX research_project_by_end ON research_project (state, until_on);
CREATE TABLE rights_request (
  home INTEGER NOT NULL,
  id BLOB NOT NULL,
  person_id BLOB,                      
  referral_id BLOB,                    
  county INTEGER NOT NULL,               
  kind TEXT NOT NULL,                
  words BLOB NOT NULL,              
  asked_by BLOB NOT NULL,              
  guardian INTEGER NOT NULL,            
  asked_at INTEGER NOT NULL,
  due_on TEXT NOT NULL,
  due_at INTEGER NOT NULL,
  answered_at INTEGER,
  answered_by BLOB,
  outcome TEXT,                      
  ground TEXT,
  answer BLOB,                      
  PRIMARY KEY (home, id)
) STRICT;
CREATE INDEX rights_request_by_account ON rights_request (asked_by);
CREATE INDEX rights_request_by_desk ON rights_request (county, answered_at, due_at);
CREATE INDEX rights_request_by_person ON rights_request (person_id);
CREATE TABLE running_number (
  series TEXT NOT NULL PRIMARY KEY,
  last INTEGER NOT NULL
) STRICT;
CREATE TABLE scale_definition (
  scale TEXT NOT NULL,
  version TEXT NOT NULL,
  written TEXT NOT NULL,             
  file_name TEXT NOT NULL,
  definition TEXT NOT NULL,
  imported_by BLOB NOT NULL,
  imported_by_name TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (scale, version)
) STRICT;
CREATE TABLE scale_offer (
  division INTEGER NOT NULL,
  scale TEXT NOT NULL,
  offered INTEGER NOT NULL,
  decided_by BLOB NOT NULL,
  decided_by_name TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (division, scale)
) STRICT;
CREATE TABLE scale_result (
  home INTEGER NOT NULL,
  id BLOB NOT NULL,
  person_id BLOB,                      
  referral_id BLOB NOT NULL,           
  scale TEXT NOT NULL,               
  definition_version TEXT NOT NULL,
  content BLOB NOT NULL,            
  rater TEXT NOT NULL,               
  mode TEXT NOT NULL,                
  language TEXT NOT NULL,            
  seconds INTEGER,                       
  recorded_by BLOB NOT NULL,
  recorded_by_name TEXT NOT NULL,
  organisation_id BLOB NOT NULL,
  at INTEGER NOT NULL, occasion TEXT, made_id BLOB,
  PRIMARY KEY (home, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX scale_result_by_made_id ON scale_result (home, referral_id, made_id);
CREATE INDEX scale_result_by_person ON scale_result (person_id, at);
CREATE INDEX scale_result_by_referral ON scale_result (home, referral_id, at);
CREATE TABLE scale_void (
  home INTEGER NOT NULL,
  id BLOB NOT NULL,                    
  reason TEXT NOT NULL,              
  words BLOB NOT NULL,              
  voided_by BLOB NOT NULL,
  voided_by_name TEXT NOT NULL,
  organisation_id BLOB NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (home, id),
  FOREIGN KEY (home, id) REFERENCES scale_result (home, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE server (
  id BLOB NOT NULL PRIMARY KEY,
  version TEXT NOT NULL,
  newest INTEGER NOT NULL,               
  place TEXT NOT NULL,               
  started_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL
) STRICT;
CREATE TABLE session (
  token_hash BLOB NOT NULL PRIMARY KEY,
  account_id BLOB NOT NULL REFERENCES account (id),
  created_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL
, awaits TEXT, came_by TEXT) STRICT;
CREATE INDEX session_by_account ON session (account_id);
CREATE TABLE setting (
  name TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL,
  changed_at INTEGER NOT NULL
) STRICT;
CREATE TABLE share (
  id BLOB NOT NULL PRIMARY KEY,
  county INTEGER NOT NULL,               
  recipient_id BLOB NOT NULL REFERENCES organisation (id),
  basis TEXT NOT NULL,               
  kinds TEXT NOT NULL,               
  agreement TEXT NOT NULL,           
  agreed_on TEXT,
  state TEXT NOT NULL,               
  proposed_by BLOB,                    
  assessment_id BLOB,                  
  review_due_on TEXT,                
  opened_at INTEGER,                    
  person_key BLOB NOT NULL,         
  last_number INTEGER NOT NULL,          
  given_number INTEGER NOT NULL,         
  receipt_number INTEGER NOT NULL,       
  receipt_at INTEGER,
  read_at INTEGER,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  version INTEGER NOT NULL
) STRICT;
CREATE INDEX share_by_county ON share (county, state);
CREATE INDEX share_by_recipient ON share (recipient_id);
CREATE INDEX share_by_review ON share (state, review_due_on);
CREATE TABLE share_assessment (
  id BLOB NOT NULL PRIMARY KEY,
  share_id BLOB NOT NULL REFERENCES share (id),
  number TEXT NOT NULL,
  concluded_on TEXT NOT NULL,
  concluded_by TEXT NOT NULL,
  conclusion TEXT NOT NULL,          
  measures TEXT NOT NULL,
  kinds TEXT NOT NULL,               
  review_due_on TEXT NOT NULL,
  recorded_by TEXT NOT NULL,         
  recorded_at INTEGER NOT NULL
) STRICT;
CREATE INDEX share_assessment_by_share ON share_assessment (share_id, recorded_at);
CREATE TABLE share_event (
  id BLOB NOT NULL PRIMARY KEY,
  share_id BLOB NOT NULL REFERENCES share (id),
  at INTEGER NOT NULL,
  account_id BLOB NOT NULL,            
  name TEXT NOT NULL,
  event TEXT NOT NULL,               
  reason TEXT NOT NULL               
) STRICT;
CREATE INDEX share_event_by_share ON share_event (share_id, at);
CREATE TABLE share_subject (
  home INTEGER NOT NULL,
  share_id BLOB NOT NULL,
  referral_id BLOB NOT NULL,
  reference BLOB NOT NULL,             
  number INTEGER NOT NULL,
  withdrawn INTEGER NOT NULL,           
  content TEXT NOT NULL,             
  consent_until TEXT,                
  given_number INTEGER NOT NULL,         
  PRIMARY KEY (home, share_id, referral_id),
  FOREIGN KEY (home, referral_id) REFERENCES referral (home, id)
) STRICT;
CREATE INDEX share_subject_by_end ON share_subject (share_id, consent_until);
CREATE INDEX share_subject_by_number ON share_subject (share_id, number);
CREATE TABLE sharing (
  home INTEGER NOT NULL,
  id BLOB NOT NULL,
  referral_id BLOB NOT NULL,
  at INTEGER NOT NULL,
  act TEXT NOT NULL,                 
  party TEXT NOT NULL,               
  organisation_id BLOB,
  basis TEXT NOT NULL,               
  purpose TEXT,                      
  consent_version INTEGER, law TEXT, recipient TEXT,               
  PRIMARY KEY (home, id),
  FOREIGN KEY (home, referral_id) REFERENCES referral (home, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX sharing_by_referral ON sharing (home, referral_id, at);
CREATE TABLE smd_emergency (
  home INTEGER NOT NULL,
  id BLOB NOT NULL,
  record_id BLOB NOT NULL,
  began_at INTEGER NOT NULL,
  due_at INTEGER,                 
  told_overdue_at INTEGER,        
  closed_at INTEGER,
  content BLOB NOT NULL,      
  recorded_by BLOB NOT NULL,
  recorded_by_name TEXT NOT NULL,
  organisation_id BLOB NOT NULL,
  changed_at INTEGER NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (home, id)
) STRICT;
CREATE INDEX smd_emergency_by_record ON smd_emergency (home, record_id, began_at);
CREATE INDEX smd_emergency_late ON smd_emergency (due_at) WHERE due_at IS NOT NULL AND told_overdue_at IS NULL;
CREATE TABLE smd_event (
  home INTEGER NOT NULL,
  id BLOB NOT NULL,
  record_id BLOB NOT NULL,
  version INTEGER NOT NULL,        
  number INTEGER NOT NULL,         
  kind TEXT NOT NULL,          
  happened_on TEXT NOT NULL,
  visit_id BLOB,                 
  content BLOB NOT NULL,      
  recorded_by BLOB NOT NULL,
  recorded_by_name TEXT NOT NULL,
  organisation_id BLOB NOT NULL,
  at INTEGER NOT NULL,
  voided_at INTEGER,
  PRIMARY KEY (home, id)
) STRICT;
CREATE UNIQUE INDEX smd_event_once ON smd_event (home, record_id, version, number);
CREATE TABLE smd_examination (
  home INTEGER NOT NULL,           
  id BLOB NOT NULL,
  record_id BLOB NOT NULL,
  made_on TEXT NOT NULL,
  answer TEXT NOT NULL,        
  content BLOB NOT NULL,      
  recorded_by_name TEXT NOT NULL,
  organisation_id BLOB NOT NULL,
  at INTEGER NOT NULL,
  voided_at INTEGER,
  voided_by_name TEXT,
  void_reason BLOB,           
  PRIMARY KEY (home, id)
) STRICT;
CREATE INDEX smd_examination_by_record ON smd_examination (home, record_id, made_on);
CREATE TABLE smd_group (
  id BLOB NOT NULL PRIMARY KEY,
  division INTEGER NOT NULL UNIQUE,  
  county INTEGER NOT NULL,
  name TEXT NOT NULL,
  content BLOB NOT NULL,        
  complete INTEGER NOT NULL,        
  changed_by_name TEXT NOT NULL,
  changed_at INTEGER NOT NULL,
  version INTEGER NOT NULL
) STRICT;
CREATE INDEX smd_group_by_county ON smd_group (county, division);
CREATE TABLE smd_group_meeting (
  id BLOB NOT NULL PRIMARY KEY,
  group_id BLOB NOT NULL REFERENCES smd_group(id),
  held_on TEXT NOT NULL,
  content BLOB NOT NULL,        
  recorded_by_name TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;
CREATE INDEX smd_group_meeting_by_group ON smd_group_meeting (group_id, held_on);
CREATE TABLE smd_handed (
  home INTEGER NOT NULL,             
  id BLOB NOT NULL,
  record_id BLOB NOT NULL,
  division INTEGER NOT NULL,         
  county INTEGER NOT NULL,
  ground TEXT NOT NULL,          
  handed_on TEXT NOT NULL,
  closed_on TEXT,
  content BLOB NOT NULL,        
  recorded_by_name TEXT NOT NULL,
  organisation_id BLOB NOT NULL,
  at INTEGER NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (home, id)
) STRICT;
CREATE INDEX smd_handed_by_division ON smd_handed (division, id);
CREATE INDEX smd_handed_by_record ON smd_handed (home, record_id);
CREATE UNIQUE INDEX smd_handed_once ON smd_handed (home, record_id) WHERE closed_on IS NULL;
CREATE INDEX smd_handed_open ON smd_handed (division, id) WHERE closed_on IS NULL;
CREATE TABLE smd_paper (
  home INTEGER NOT NULL,           
  id BLOB NOT NULL,
  record_id BLOB NOT NULL,
  kind TEXT NOT NULL,          
  number INTEGER NOT NULL,         
  made_on TEXT NOT NULL,       
  content BLOB NOT NULL,      
  replaces BLOB,                 
  recorded_by_name TEXT NOT NULL,
  organisation_id BLOB NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (home, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX smd_paper_by_record ON smd_paper (home, record_id, kind, number);
CREATE TABLE smd_payment (
  home INTEGER NOT NULL,
  id BLOB NOT NULL,
  record_id BLOB NOT NULL,
  support_id BLOB NOT NULL,
  division INTEGER NOT NULL,       
  county INTEGER NOT NULL,
  in_charge BLOB NOT NULL,
  kind TEXT NOT NULL,
  year INTEGER NOT NULL,           
  from_on TEXT NOT NULL,
  until_on TEXT NOT NULL,
  amount_fen INTEGER NOT NULL,
  payer TEXT NOT NULL,
  content BLOB NOT NULL,      
  recorded_by_name TEXT NOT NULL,
  organisation_id BLOB NOT NULL,
  at INTEGER NOT NULL,
  voided_at INTEGER,
  voided_by_name TEXT,
  void_reason BLOB,           
  PRIMARY KEY (home, id)
) STRICT;
CREATE INDEX smd_payment_by_charge ON smd_payment (in_charge, year, id);
CREATE INDEX smd_payment_by_county ON smd_payment (county, year, id);
CREATE INDEX smd_payment_by_division ON smd_payment (division, year, id);
CREATE INDEX smd_payment_by_record ON smd_payment (home, record_id);
CREATE UNIQUE INDEX smd_payment_once ON smd_payment (home, support_id, year) WHERE kind = 'guardian' AND voided_at IS NULL;
CREATE TABLE smd_record (
  home INTEGER NOT NULL,           
  id BLOB NOT NULL,
  person_id BLOB NOT NULL,
  division INTEGER NOT NULL,       
  county INTEGER NOT NULL,
  in_charge BLOB NOT NULL,       
  receiver BLOB,                 
  reporter BLOB,                 
  state TEXT NOT NULL,         
  class INTEGER,                   
  risk INTEGER,                    
  last_visit_on TEXT,
  due_on TEXT,                 
  due_what TEXT,               
  told_overdue_at INTEGER,        
  content BLOB NOT NULL,      
  opened_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  version INTEGER NOT NULL, examination_due_on TEXT,
  PRIMARY KEY (home, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX smd_record_by_charge ON smd_record (in_charge, due_on, id);
CREATE INDEX smd_record_by_county ON smd_record (county, due_on, id);
CREATE INDEX smd_record_by_division ON smd_record (division, due_on, id);
CREATE UNIQUE INDEX smd_record_by_person ON smd_record (home, person_id);
CREATE INDEX smd_record_by_receiver ON smd_record (receiver) WHERE receiver IS NOT NULL;
CREATE INDEX smd_record_by_reporter ON smd_record (reporter) WHERE reporter IS NOT NULL;
CREATE INDEX smd_record_examination_by_county ON smd_record (county, examination_due_on, id) WHERE examination_due_on IS NOT NULL;
CREATE INDEX smd_record_late ON smd_record (due_on) WHERE due_on IS NOT NULL AND told_overdue_at IS NULL;
CREATE INDEX smd_record_unexamined ON smd_record (state, id) WHERE state = 'managed' AND examination_due_on IS NULL;
CREATE TABLE smd_support (
  home INTEGER NOT NULL,           
  id BLOB NOT NULL,
  record_id BLOB NOT NULL,
  division INTEGER NOT NULL,       
  county INTEGER NOT NULL,
  in_charge BLOB NOT NULL,       
  kind TEXT NOT NULL,          
  begun_on TEXT NOT NULL,
  ended_on TEXT,
  end_reason TEXT,             
  ended_by_visit BLOB,           
  review_due_on TEXT,          
  content BLOB NOT NULL,      
  recorded_by_name TEXT NOT NULL,
  organisation_id BLOB NOT NULL,
  at INTEGER NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (home, id)
) STRICT;
CREATE INDEX smd_support_by_charge ON smd_support (in_charge, kind, id);
CREATE INDEX smd_support_by_county ON smd_support (county, kind, id);
CREATE INDEX smd_support_by_division ON smd_support (division, kind, id);
CREATE INDEX smd_support_by_record ON smd_support (home, record_id);
CREATE UNIQUE INDEX smd_support_once ON smd_support (home, record_id, kind) WHERE ended_on IS NULL;
CREATE TABLE source_record (
  home INTEGER NOT NULL,
  id BLOB NOT NULL,
  person_id BLOB NOT NULL,
  import_id BLOB,                
  row_number INTEGER,
  kind TEXT NOT NULL,          
  sender TEXT NOT NULL,
  key_index BLOB NOT NULL,    
  digest BLOB NOT NULL,       
  name TEXT NOT NULL,
  sex TEXT,
  born_on TEXT,
  division INTEGER NOT NULL,
  registered_division INTEGER,
  number BLOB,
  number_index BLOB,          
  phone BLOB,
  phone_index BLOB,
  certificate BLOB,           
  private BLOB,               
  fields TEXT NOT NULL,        
  lives_at_home INTEGER,
  need_assessed INTEGER,
  suitable INTEGER,
  consented INTEGER,
  linked_as TEXT NOT NULL,     
  created_at INTEGER NOT NULL,
  ended_at INTEGER,
  ended_because TEXT,          
  supersedes BLOB,               
  PRIMARY KEY (home, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX source_record_by_import ON source_record (import_id, row_number);
CREATE INDEX source_record_by_person ON source_record (person_id);
CREATE TABLE supervision (
  home INTEGER NOT NULL,
  id BLOB NOT NULL,
  organisation_id BLOB NOT NULL,       
  worker_id BLOB NOT NULL,
  worker_name TEXT NOT NULL,
  supervisor_id BLOB NOT NULL,
  supervisor_name TEXT NOT NULL,
  supervisor_organisation TEXT NOT NULL,
  on_day TEXT NOT NULL,
  starts_at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL,
  way TEXT NOT NULL,                 
  state TEXT NOT NULL,               
  content BLOB NOT NULL,            
  made_by BLOB NOT NULL,
  made_at INTEGER NOT NULL,
  changed_by_name TEXT,
  changed_at INTEGER NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (home, id)
) STRICT;
CREATE INDEX supervision_by_house ON supervision (organisation_id, starts_at);
CREATE INDEX supervision_by_supervisor ON supervision (supervisor_id, starts_at);
CREATE INDEX supervision_by_worker ON supervision (worker_id, starts_at);
CREATE TABLE taken_file (
  id BLOB NOT NULL PRIMARY KEY,
  code TEXT NOT NULL,          
  subject TEXT NOT NULL,       
  filter TEXT NOT NULL,
  row_count INTEGER NOT NULL,
  state TEXT NOT NULL,         
  reason TEXT NOT NULL,        
  account_id BLOB NOT NULL,
  organisation_id BLOB NOT NULL,
  division INTEGER NOT NULL,       
  asked_at INTEGER NOT NULL,
  decided_by BLOB,
  decided_at INTEGER,
  note TEXT,
  fetch_until INTEGER,
  taken_at INTEGER,
  version INTEGER NOT NULL
) STRICT;
CREATE INDEX taken_file_by_account ON taken_file (account_id, asked_at);
CREATE INDEX taken_file_by_code ON taken_file (code);
CREATE INDEX taken_file_to_decide ON taken_file (state, division, asked_at);
CREATE TABLE talent (
  id BLOB NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  initials TEXT NOT NULL,
  identity_index BLOB NOT NULL UNIQUE,
  identity_number BLOB NOT NULL,    
  profession TEXT NOT NULL,
  certificate TEXT,
  certificate_number TEXT,
  certificate_on TEXT,
  verified INTEGER NOT NULL,
  institution_id BLOB REFERENCES institution (id),
  division INTEGER NOT NULL,
  county INTEGER NOT NULL,
  services TEXT NOT NULL,
  pledge_on TEXT,                    
  training_minutes TEXT NOT NULL,    
  state TEXT NOT NULL,
  body TEXT NOT NULL,
  version INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL
, course_minutes TEXT, certificate_until TEXT) STRICT;
CREATE INDEX talent_by_certificate ON talent (institution_id, certificate_until);
CREATE INDEX talent_by_county ON talent (county, state);
CREATE INDEX talent_by_institution ON talent (institution_id);
CREATE INDEX talent_by_place ON talent (county, id);
CREATE TABLE tally (
  indicator TEXT NOT NULL,
  division INTEGER NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (indicator, division)
) STRICT, WITHOUT ROWID;
CREATE TABLE tally_county (
  county INTEGER NOT NULL,
  indicator TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (county, indicator)
) STRICT, WITHOUT ROWID;
CREATE TABLE tally_town (
  town INTEGER NOT NULL,
  indicator TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (town, indicator)
) STRICT, WITHOUT ROWID;
CREATE TABLE task (
  home INTEGER NOT NULL,
  id BLOB NOT NULL,
  referral_id BLOB NOT NULL,
  kind TEXT NOT NULL,
  to_party TEXT NOT NULL,
  to_account BLOB,
  to_organisation BLOB,
  to_role TEXT,
  county INTEGER NOT NULL,
  due_at INTEGER,
  created_at INTEGER NOT NULL,
  done_at INTEGER,
  done_by BLOB, division INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (home, id),
  FOREIGN KEY (home, referral_id) REFERENCES referral (home, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX task_by_account ON task (to_account, done_at);
CREATE INDEX task_by_county ON task (county, to_role, done_at);
CREATE INDEX task_by_division ON task (to_role, division);
CREATE INDEX task_by_organisation ON task (to_organisation, done_at);
CREATE INDEX task_by_referral ON task (home, referral_id);
CREATE TABLE training (
  id BLOB NOT NULL PRIMARY KEY,
  organisation_id BLOB NOT NULL REFERENCES organisation (id),  
  county INTEGER NOT NULL,
  on_day TEXT NOT NULL,
  minutes INTEGER NOT NULL,
  topic TEXT NOT NULL,
  organiser TEXT NOT NULL,
  kind TEXT NOT NULL,                
  evidence TEXT NOT NULL,            
  persons INTEGER NOT NULL,
  state TEXT NOT NULL,               
  reason TEXT,                       
  recorded_by_name TEXT NOT NULL,
  recorded_at INTEGER NOT NULL,
  voided_by_name TEXT,
  voided_at INTEGER
) STRICT;
CREATE INDEX training_by_county ON training (county, on_day);
CREATE INDEX training_by_house ON training (organisation_id, on_day);
CREATE TABLE training_attendance (
  talent_id BLOB NOT NULL REFERENCES talent (id),
  training_id BLOB NOT NULL REFERENCES training (id),
  on_day TEXT NOT NULL,
  minutes INTEGER NOT NULL,
  stands INTEGER NOT NULL,
  PRIMARY KEY (talent_id, training_id)
) STRICT;
CREATE INDEX training_attendance_by_training ON training_attendance (training_id);
CREATE TABLE unsent_form (
  account_id BLOB NOT NULL,
  place TEXT NOT NULL,               
  content BLOB NOT NULL,            
  saved_at INTEGER NOT NULL,
  PRIMARY KEY (account_id, place)
) STRICT;
CREATE INDEX unsent_form_by_time ON unsent_form (saved_at);
