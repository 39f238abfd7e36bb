-- The question desk: community workers ask, doctors of a hospital answer; what was published of the answers, and what was agreed on.

-- large: a question; at home with the case or record it is about, otherwise with the asker's organisation
CREATE TABLE question (
  home {int} NOT NULL,
  id {id} NOT NULL,
  asker_id {id} NOT NULL,
  asker_name {text} NOT NULL,
  organisation_id {id} NOT NULL,     -- the asker's
  organisation_name {text} NOT NULL,
  county {int} NOT NULL,             -- of the asker's organisation
  desk_id {id} NOT NULL,             -- the hospital
  desk_name {text} NOT NULL,
  doctor_id {id},                    -- who took it
  doctor_name {text},
  about_kind {text},                 -- case, record; nothing where no person is spoken of
  about_id {id},
  topic {text} NOT NULL,
  urgency {text} NOT NULL,
  state {text} NOT NULL,             -- waiting, taken, asked_back, answered, closed
  asked_at {time} NOT NULL,
  due_at {time},                     -- while the desk has the word
  remind_at {time},
  escalated_at {time},               -- when the county was told that the running term is over
  silent_from {time},                -- while the asker has the word
  answered_at {time},                -- the first answer
  answer_hours {int},                -- whole hours until then
  in_time {bool},
  closed_on {date},
  note_id {id},                      -- what was published of the answer
  content {bytes} NOT NULL,          -- sealed: subject; sex, band of ages and risk grade of who it is about
  changed_at {time} NOT NULL,
  version {int} NOT NULL,
  PRIMARY KEY (home, id)
) {clustered};
CREATE INDEX question_by_asker ON question (asker_id, asked_at);
CREATE INDEX question_by_desk ON question (desk_id, asked_at);
CREATE INDEX question_to_answer ON question (desk_id, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX question_late ON question (county, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX question_to_tell ON question (due_at) WHERE escalated_at IS NULL AND due_at IS NOT NULL;
CREATE INDEX question_silent ON question (silent_from) WHERE silent_from IS NOT NULL;
CREATE INDEX question_by_county ON question (county, asked_at);

-- large: what was said and done about a question, in turn
CREATE TABLE question_message (
  home {int} NOT NULL,
  question_id {id} NOT NULL,
  number {int} NOT NULL,
  kind {text} NOT NULL,              -- ask, take, hand_back, answer, ask_back, add, close, reopen, redirect, late, silent
  author_id {id} NOT NULL,           -- nobody where the clock did it
  author_name {text} NOT NULL,
  organisation_name {text} NOT NULL,
  proposes {text},                   -- task, medical_referral
  taken {bool},                      -- what was proposed was taken up, or set aside
  content {bytes} NOT NULL,          -- sealed: words, the day proposed
  at {time} NOT NULL,
  PRIMARY KEY (home, question_id, number)
) {clustered};

-- reference: answers that hold for many, without any person's data
CREATE TABLE question_note (
  id {id} NOT NULL PRIMARY KEY,
  topic {text} NOT NULL,
  title {text} NOT NULL,
  body {text} NOT NULL,
  hospital_id {id} NOT NULL,
  hospital_name {text} NOT NULL,
  county {int} NOT NULL,
  author_id {id} NOT NULL,
  author_name {text} NOT NULL,
  published_at {time} NOT NULL,
  withdrawn_at {time},
  withdrawn_for {text},
  version {int} NOT NULL
) {strict};
CREATE INDEX question_note_latest ON question_note (published_at, id) WHERE withdrawn_at IS NULL;
CREATE INDEX question_note_by_topic ON question_note (topic, published_at, id) WHERE withdrawn_at IS NULL;

-- reference: pairs of characters of the notes, by which they are found
CREATE TABLE question_note_word (
  word {text} NOT NULL,
  note_id {id} NOT NULL REFERENCES question_note(id),
  PRIMARY KEY (word, note_id)
) {clustered};
