use std::future::Future;
use std::sync::Arc;

use tokio::sync::Mutex;
use tokio::time::Instant;

/// Readings of a list that can only be read as a whole. Those that wait while it is read share the next reading.
pub(crate) struct SharedReads<T>(Mutex<Option<(Instant, Arc<T>)>>);

impl<T> SharedReads<T> {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// Returns what a reading found that began after this call.
    pub(crate) async fn read<E>(&self, read: impl Future<Output = Result<T, E>>) -> Result<Arc<T>, E> {
        let asked = Instant::now();
        let mut last = self.0.lock().await;
        if let Some((began, found)) = &*last
            && *began > asked
        {
            return Ok(found.clone());
        }
        let began = Instant::now();
        let found = Arc::new(read.await?);
        *last = Some((began, found.clone()));
        Ok(found)
    }
}
