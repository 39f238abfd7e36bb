-- Sessions of service, planned and held, and who came.

-- large: one entry for a session, whether one person comes or a group; its home is the institution's, since persons of a group differ in theirs
CREATE TABLE care_session (
  home {int} NOT NULL,
  id {id} NOT NULL,
  organisation_id {id} NOT NULL,
  entry_key {id} NOT NULL,             -- made by whoever sent it: the same entry sent twice is one
  state {text} NOT NULL,               -- planned, held, cancelled, void
  version {int} NOT NULL,
  service {text} NOT NULL,             -- S1 to S16
  way {text} NOT NULL,                 -- W1 to W11
  place {text} NOT NULL,               -- institution, home, other
  on_day {date} NOT NULL,
  starts_at {time} NOT NULL,
  ends_at {time} NOT NULL,
  leader_id {id} NOT NULL,             -- account of who leads it
  leader_name {text} NOT NULL,
  persons {int} NOT NULL,
  came {int} NOT NULL,                 -- of these, who came
  late {bool} NOT NULL,                -- recorded long after it was held
  recorded_by {id},                    -- who recorded who came
  recorded_by_name {text},
  recorded_at {time},
  made_by {id} NOT NULL,
  made_at {time} NOT NULL,
  changed_at {time} NOT NULL,
  reason {text},                       -- why it was cancelled or is void
  content {bytes} NOT NULL,            -- sealed: title, what was done, summary, fields of the service
  PRIMARY KEY (home, id)
) {clustered};
CREATE UNIQUE INDEX care_session_by_entry ON care_session (home, made_by, entry_key);
CREATE INDEX care_session_by_house ON care_session (organisation_id, starts_at);
CREATE INDEX care_session_by_leader ON care_session (leader_id, starts_at);

-- large: one person at one session, with what is read of the session without looking for it elsewhere
CREATE TABLE attendance (
  home {int} NOT NULL,
  referral_id {id} NOT NULL,
  session_id {id} NOT NULL,
  organisation_id {id} NOT NULL,
  state {text} NOT NULL,               -- of the session
  presence {text} NOT NULL,            -- expected, came, excused, missed
  service {text} NOT NULL,
  way {text} NOT NULL,
  on_day {date} NOT NULL,
  starts_at {time} NOT NULL,
  ends_at {time} NOT NULL,
  late {bool} NOT NULL,
  note {bytes},                        -- sealed: how it went for this person
  PRIMARY KEY (home, referral_id, session_id),
  FOREIGN KEY (home, referral_id) REFERENCES referral (home, id)
) {clustered};
CREATE INDEX attendance_by_day ON attendance (home, referral_id, starts_at);
CREATE INDEX attendance_by_session ON attendance (session_id);
