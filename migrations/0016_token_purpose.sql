-- Tokens of programs say what they are for.

ALTER TABLE api_token ADD COLUMN purposes {text};  -- codes in the order of the rules, with commas between them
ALTER TABLE api_token ADD COLUMN changes {bool};   -- it may change data, not only read it
-- Tokens so far were made for everything, and end on their last day.
UPDATE api_token /* whole: every token so far */ SET changes = (1 = 1),
  purposes = 'care,referral,assessment,supervision,statistics,audit,research,legal,administration';
