//! Statements, one after the other.

use crate::arguments::SqlArgs;
use crate::error::SqlError;
use crate::fields::name_fields;
use crate::output::{RowWriter, RowsWanted};
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::DFParserBuilder;
use futures::StreamExt;
use std::io::{self, BufWriter};

/// Carries out the statements of a command line, and writes their rows to standard output as they come.
///
/// # Errors
/// A statement is wrong, or cannot be carried out, or its rows cannot be written. Those before it are done.
pub async fn answer(context: &SessionContext, asked: &SqlArgs) -> Result<(), SqlError> {
    let text = asked.text()?;
    let statements = DFParserBuilder::new(text.as_str()).build()?.parse_statements()?;
    for mut statement in statements {
        name_fields(&mut statement);
        let plan = context.state().statement_to_plan(statement).await?;
        let mut batches = context.execute_logical_plan(plan).await?.execute_stream().await?;
        // What changes a session has no columns.
        let has_rows = !batches.schema().fields().is_empty();
        let mut writer = RowWriter::new(asked.format, BufWriter::new(io::stdout().lock()));
        while let Some(rows) = batches.next().await {
            if has_rows && writer.write(&rows?)? == RowsWanted::Enough {
                break;
            }
        }
        if has_rows {
            writer.end()?;
        }
    }
    Ok(())
}
