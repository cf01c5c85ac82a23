//! `classify(image).label`, which DataFusion knows as `classify(image)['label']`.

use datafusion::sql::parser::{CopyToSource, Statement};
use datafusion::sql::sqlparser::ast::{AccessExpr, Expr, Ident, Value, VisitMut, visit_expressions_mut};
use std::ops::ControlFlow;

/// Names fields behind a dot as DataFusion reads them.
pub(crate) fn name_fields(statement: &mut Statement) {
    match statement {
        Statement::Statement(statement) => in_expressions(statement),
        Statement::CopyTo(copied) => {
            if let CopyToSource::Query(query) = &mut copied.source {
                in_expressions(query);
            }
        }
        Statement::Explain(explained) => name_fields(&mut explained.statement),
        Statement::CreateExternalTable(_) | Statement::Reset(_) => {}
    }
}

fn in_expressions(part: &mut impl VisitMut) {
    let _: ControlFlow<()> = visit_expressions_mut(part, |expression| {
        if let Expr::CompoundFieldAccess { access_chain, .. } = expression {
            for access in access_chain {
                if let AccessExpr::Dot(field) = access
                    && let Expr::Identifier(name) = field
                {
                    *field = Expr::Value(Value::SingleQuotedString(as_read(name)).into());
                }
            }
        }
        ControlFlow::Continue(())
    });
}

/// SQL reads names in small letters, but for quoted ones.
fn as_read(name: &Ident) -> String {
    match name.quote_style {
        Some(_) => name.value.clone(),
        None => name.value.to_ascii_lowercase(),
    }
}
