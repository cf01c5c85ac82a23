//! Networks over many pictures, for machines: what they are asked, the rows that come of it, and the file that these go to.

mod ask;
mod cells;
mod csv;
mod journal;
mod row;
mod table;

pub(crate) use ask::{Asker, NotAsked, RunWanted, defaults};
pub(crate) use journal::{Begun, Earlier, Journal, JournalError, RunHeader};
pub(crate) use row::RunRow;
pub(crate) use table::{RunFormat, TableWriter};
