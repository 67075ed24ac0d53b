use crate::ClientBuilder;

impl ClientBuilder {
    /// The largest file that the account's plan takes, in bytes: a larger one is refused before it is sent. Unless set,
    /// ZapSign decides. Its page says 10 MB; files of 11 MB have been taken, and there are plans of 20 MB.
    pub fn max_file_bytes(mut self, bytes: usize) -> Self {
        self.pipeline = self.pipeline.max_file_bytes(bytes);
        self
    }
}
