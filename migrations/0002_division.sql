-- Changes of administrative divisions since the embedded edition.

-- reference: small, the same on every node
CREATE TABLE division_change (
  code {int} NOT NULL,                 -- 12-digit statistical code
  valid_from {date} NOT NULL,          -- 0001-01-01 stands for "since before the embedded edition"
  name {text} NOT NULL,
  kind {text},                         -- class of urban and rural, three digits
  valid_to {date},                     -- last day
  successor {int},                     -- code of the division that took its place
  recorded_at {time} NOT NULL,
  PRIMARY KEY (code, valid_from)
) {clustered};
