-- Lists of institutions and of talent: what their rows did to the libraries, and what is wrong with rows.

-- local: so that a list can be taken back as a whole
CREATE TABLE import_change (
  import_id {id} NOT NULL,
  row_number {int} NOT NULL,
  subject_id {id} NOT NULL,            -- the record
  added {bool} NOT NULL,               -- the row began the record
  first_event {int} NOT NULL,          -- numbers of the first and the last event that the row added to it
  last_event {int} NOT NULL,
  taken_back {bool} NOT NULL,
  PRIMARY KEY (import_id, row_number)
) {clustered};

-- local: rows that are judged against the database cannot be judged again for the report
CREATE TABLE import_trouble (
  import_id {id} NOT NULL,
  row_number {int} NOT NULL,
  troubles {json} NOT NULL,
  PRIMARY KEY (import_id, row_number)
) {clustered};
