-- Rating scales that come while the programme runs, and which of all are offered where.

-- reference: imported definitions; each version stays, since results name theirs
CREATE TABLE scale_definition (
  scale {text} NOT NULL,
  version {text} NOT NULL,
  written {text} NOT NULL,             -- own, questionnaire: the form of the file
  file_name {text} NOT NULL,
  definition {json} NOT NULL,
  imported_by {id} NOT NULL,
  imported_by_name {text} NOT NULL,
  at {time} NOT NULL,
  PRIMARY KEY (scale, version)
) {strict};

-- reference: where a scale is offered or not, as far as that was decided; the smallest area that holds a place counts
CREATE TABLE scale_offer (
  division {int} NOT NULL,
  scale {text} NOT NULL,
  offered {bool} NOT NULL,
  decided_by {id} NOT NULL,
  decided_by_name {text} NOT NULL,
  at {time} NOT NULL,
  PRIMARY KEY (division, scale)
) {strict};
