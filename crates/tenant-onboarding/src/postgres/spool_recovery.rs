//! Responses of processes that ended while the database could not be reached.

use super::journal::PostgresJournal;

impl PostgresJournal {
    /// Returns the files of the spool that could not be read or written when this journal connected, each with the reason.
    /// They stay.
    pub fn spool_faults(&self) -> &[String] {
        self.0.spool_faults.get().map_or(&[], Vec::as_slice)
    }

    /// Writes what is in the spool, and removes it.
    pub(super) async fn empty_spool(&self) {
        let Some(spool) = &self.0.spool else { return };
        let faults = match spool.read_all(&self.0.servers).await {
            Err(fault) => vec![fault],
            Ok(found) => {
                let mut faults = found.unreadable;
                for (entry, file) in found.entries {
                    match self.write_spooled(&entry).await {
                        Ok(()) => faults.extend(file.remove().await.err()),
                        Err(fault) => {
                            let (number, tenant) = (entry.number, &entry.tenant);
                            faults.push(format!("entry {number} of the tenant {tenant} stays in the spool: {fault}"));
                        }
                    }
                }
                faults
            }
        };
        // It is set once, by the connection.
        let _ = self.0.spool_faults.set(faults);
    }
}
