//! The administrative divisions of the nation as this installation knows them: the edition in the program, and changes that
//! the database holds. How they are kept, found and compared is `crates/divisions`.

mod nation;
mod stored;

pub use divisions::{
    Change, Committee, Division, Divisions, EditionError, Kind, ListError, Moved, Named, Renamed, Report,
    compare, county_of, prefecture_of, read_list, town_of,
};
pub use nation::Nation;
pub use stored::{save_changes, stored_changes};
