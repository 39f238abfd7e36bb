-- The need of whole provinces and of the nation is added up from counties: villages are hundreds of thousands.

-- reference: as tally, the villages of a county together; county is their code with six zeros in place of town and village
CREATE TABLE tally_county (
  county {int} NOT NULL,
  indicator {text} NOT NULL,
  count {int} NOT NULL,
  PRIMARY KEY (county, indicator)
) {clustered};
INSERT INTO tally_county (county, indicator, count)
SELECT division / 1000000 * 1000000, indicator, SUM(count) FROM tally GROUP BY 1, 2;
