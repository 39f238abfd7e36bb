-- Persons of one county are searched among its own keys, not among those of the whole country.

-- local: the keys so far with the county in which each person is shown, until they are carried over
CREATE TABLE person_key_carried AS
  SELECT k.key, k.home, k.person_id, p.division / 1000000 * 1000000 AS county
  FROM person_key k
  JOIN person m ON m.home = k.home AND m.id = k.person_id
  JOIN person p ON p.home = m.head_home AND p.id = m.head_id /* whole: carried over once */;
DROP TABLE person_key;

-- Each key stands under the county in which its person, or the head of its cluster, lives, and follows who moves.
-- reference: stored keys by which persons are searched and by which possible doubles meet; only ever added
CREATE TABLE person_key (
  key {bytes} NOT NULL,          -- a short text; as bytes, so that its order is the same on both databases
  home {int} NOT NULL,
  person_id {id} NOT NULL,
  county {int} NOT NULL,         -- 12-digit code with six zeros in place of town and village
  PRIMARY KEY (key, person_id)
) {clustered};
INSERT INTO person_key (key, home, person_id, county)
SELECT key, home, person_id, county FROM person_key_carried /* whole: carried over once */ ORDER BY key, person_id;
DROP TABLE person_key_carried;
CREATE INDEX person_key_by_county ON person_key (county, key, person_id);
