//! Where files are: on this machine, or in the buckets of an object storage.

use datafusion::error::{DataFusionError, Result};
use datafusion::execution::object_store::{DefaultObjectStoreRegistry, ObjectStoreRegistry};
use object_store::ObjectStore;
use object_store::aws::AmazonS3Builder;
use std::sync::Arc;
use url::Url;

/// Files of this machine, and every bucket that a query names as `s3://bucket/...`. How a bucket is reached, the environment says, of each process
/// that reads: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`; for what is not Amazon's `AWS_ENDPOINT`, and `AWS_ALLOW_HTTP=true` if it
/// is not encrypted.
#[derive(Debug, Default)]
pub struct Stores {
    known: DefaultObjectStoreRegistry,
}

impl Stores {
    /// Buckets are added when they are named.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl ObjectStoreRegistry for Stores {
    fn register_store(&self, url: &Url, store: Arc<dyn ObjectStore>) -> Option<Arc<dyn ObjectStore>> {
        self.known.register_store(url, store)
    }

    fn deregister_store(&self, url: &Url) -> Result<Arc<dyn ObjectStore>> {
        self.known.deregister_store(url)
    }

    fn get_store(&self, url: &Url) -> Result<Arc<dyn ObjectStore>> {
        let known = self.known.get_store(url);
        let Some(bucket) = url.host_str().filter(|_| url.scheme() == "s3" && known.is_err()) else {
            return known;
        };
        let built = AmazonS3Builder::from_env().with_bucket_name(bucket).build();
        let store: Arc<dyn ObjectStore> =
            Arc::new(built.map_err(|reason| DataFusionError::ObjectStore(Box::new(reason)))?);
        self.known.register_store(url, store.clone());
        Ok(store)
    }
}
