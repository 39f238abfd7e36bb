-- What somebody undertook to do: upon an answer of the question desk, or at a case conference.

-- large: a task with owner and day; at home with what it comes from
CREATE TABLE agreed_task (
  home {int} NOT NULL,
  id {id} NOT NULL,
  source_kind {text} NOT NULL,       -- question, conference
  source_id {id} NOT NULL,
  about_kind {text},                 -- case, record
  about_id {id},
  owner_id {id},                     -- an account; nothing where the owner has none
  owner_name {text} NOT NULL,
  due_on {date} NOT NULL,
  content {bytes} NOT NULL,          -- sealed: what is to be done, what came of it
  made_by_name {text} NOT NULL,
  made_at {time} NOT NULL,
  done_at {time},
  done_by_name {text},
  version {int} NOT NULL,
  PRIMARY KEY (home, id)
) {clustered};
CREATE INDEX agreed_task_of_owner ON agreed_task (owner_id, due_on) WHERE done_at IS NULL;
CREATE INDEX agreed_task_of_source ON agreed_task (source_id, id);
CREATE INDEX agreed_task_about ON agreed_task (about_id) WHERE done_at IS NULL;
