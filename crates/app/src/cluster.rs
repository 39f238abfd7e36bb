//! From one server to many: which tables may be spread over servers by the home of their rows, and how that is done.

pub mod archive;
pub mod citus;
pub mod kind;
pub mod outcome;
pub mod partition;
pub mod schema;
pub mod server;
pub mod standby;
