-- The need of a county is added up from towns: a large one has more than a thousand villages, each with every figure.

-- reference: as tally, the villages of a town together; town is their code with three zeros in place of the village
CREATE TABLE tally_town (
  town {int} NOT NULL,
  indicator {text} NOT NULL,
  count {int} NOT NULL,
  PRIMARY KEY (town, indicator)
) {clustered};
INSERT INTO tally_town (town, indicator, count)
SELECT division / 1000 * 1000, indicator, SUM(count) FROM tally GROUP BY 1, 2;
