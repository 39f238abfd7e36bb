-- Supervision of case workers: sessions booked, held and missed, with sealed minutes.

-- large: a session of two people; its home is the worker's institution's
CREATE TABLE supervision (
  home {int} NOT NULL,
  id {id} NOT NULL,
  organisation_id {id} NOT NULL,       -- the worker's institution
  worker_id {id} NOT NULL,
  worker_name {text} NOT NULL,
  supervisor_id {id} NOT NULL,
  supervisor_name {text} NOT NULL,
  supervisor_organisation {text} NOT NULL,
  on_day {date} NOT NULL,
  starts_at {time} NOT NULL,
  ends_at {time} NOT NULL,
  way {text} NOT NULL,                 -- room, video, phone
  state {text} NOT NULL,               -- booked, held, missed, cancelled
  content {bytes} NOT NULL,            -- sealed: topic, minutes, why it was missed or called off
  made_by {id} NOT NULL,
  made_at {time} NOT NULL,
  changed_by_name {text},
  changed_at {time} NOT NULL,
  version {int} NOT NULL,
  PRIMARY KEY (home, id)
) {clustered};
CREATE INDEX supervision_by_worker ON supervision (worker_id, starts_at);
CREATE INDEX supervision_by_supervisor ON supervision (supervisor_id, starts_at);
CREATE INDEX supervision_by_house ON supervision (organisation_id, starts_at);
