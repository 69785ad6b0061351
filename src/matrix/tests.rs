//! The embedded table, faults of files, and the schema.

mod counts;
mod faults;
mod reading;
mod schema;
