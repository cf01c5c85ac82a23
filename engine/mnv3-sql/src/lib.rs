//! What `mnv3 sql` and `mnv3 cluster sql` are made of: functions that a command line names, queries, and rows for people and programs.

mod arguments;
mod error;
mod fields;
mod functions;
mod output;
mod query;

pub use arguments::SqlArgs;
pub use error::SqlError;
pub use functions::FunctionArgs;
pub use output::QueryFormat;
pub use query::answer;
