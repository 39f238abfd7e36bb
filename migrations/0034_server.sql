-- Servers that work on this database, so that steps wait for those that would not bear them; what each step needs.

-- local: one that gave no sign of life for two minutes is gone
CREATE TABLE server (
  id {id} NOT NULL PRIMARY KEY,
  version {text} NOT NULL,
  newest {int} NOT NULL,               -- the last step of the schema that it knows
  place {text} NOT NULL,               -- machine and process
  started_at {time} NOT NULL,
  seen_at {time} NOT NULL
) {strict};

-- The step that a program must know to work with the database after this one; empty: this one.
ALTER TABLE migration ADD COLUMN needs {int};
