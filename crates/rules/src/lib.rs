//! Pure decisions of Xinqiao: no input or output, no clock, no database.
