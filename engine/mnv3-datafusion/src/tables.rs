//! Tables by the names of their files: `SELECT ... FROM 'photos'`.

use crate::folder::PictureFolder;
use async_trait::async_trait;
use datafusion::catalog::{DynamicFileCatalog, TableProvider, UrlTableFactory};
use datafusion::error::Result;
use datafusion::prelude::SessionContext;
use std::sync::Arc;

/// A context whose queries may name files where they name tables: `'a.parquet'`, `'a.csv'`, `'b.json'`, folders of one of these, `'shards/*.parquet'`,
/// `'s3://bucket/...'`; and folders of pictures, each a [`PictureFolder`].
#[must_use]
pub fn with_file_tables(context: SessionContext) -> SessionContext {
    let context = context.enable_url_table();
    let catalogs = context.state().catalog_list().clone();
    // What is asked for the first of these that knows it.
    context.register_catalog_list(Arc::new(DynamicFileCatalog::new(catalogs, Arc::new(PictureTables))));
    context
}

#[derive(Debug)]
struct PictureTables;

#[async_trait]
impl UrlTableFactory for PictureTables {
    async fn try_new(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        Ok(PictureFolder::find(name).map(|folder| Arc::new(folder) as Arc<dyn TableProvider>))
    }
}
