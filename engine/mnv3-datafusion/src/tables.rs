//! Tables by the names of their files: `SELECT ... FROM 'photos'`.

use crate::folder::{self, PictureFolder};
use async_trait::async_trait;
use datafusion::catalog::{DynamicFileCatalog, TableProvider, UrlTableFactory};
use datafusion::error::Result;
use datafusion::prelude::SessionContext;
use mnv3_image::is_picture_name;
use std::path::Path;
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
        let path = Path::new(name);
        let has_pictures = path.is_dir() && folder::files(path).any(|file| is_picture_name(&file));
        let table = || Arc::new(PictureFolder::new(path)) as Arc<dyn TableProvider>;
        Ok(has_pictures.then(table))
    }
}
