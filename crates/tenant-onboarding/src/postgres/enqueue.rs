use std::collections::BTreeMap;

use deadpool_postgres::Transaction;
use serde_json::Value;
use tokio_postgres::types::Type;

use super::database::TransactionFuture;
use super::database_error::DatabaseError;
use super::journal::{PostgresJournal, check_identity};
use super::row;
use crate::journal_error::JournalError;
use crate::tenant::Tenant;

const ENQUEUE: &str = include_str!("sql/enqueue.sql");

/// Tenants of one statement.
const BATCH: usize = 1000;

/// Result of [`PostgresJournal::enqueue`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct EnqueuedTenants {
    /// Tenants that are new.
    pub added: u64,
    /// Tenants whose data changed. Each of them is ready again, also a complete one or a dead letter.
    pub changed: u64,
    /// Tenants that were there with the same data. A dead letter among them stays one.
    pub unchanged: u64,
}

impl PostgresJournal {
    /// Adds tenants, in one transaction. A tenant that a process has keeps its data until that process ends its claim, and is
    /// then ready again with the new ones.
    ///
    /// # Errors
    ///
    /// [`JournalError::Invalid`] if a tenant has no usable e-mail address, or two tenants with different data have the same one,
    /// and [`JournalError::Broken`] if the database can't be written. Nothing is changed then; after a connection that was lost
    /// at the end, everything may be written.
    pub async fn enqueue(&self, tenants: &[Tenant]) -> Result<EnqueuedTenants, JournalError> {
        let (batches, repeated) = batches(tenants)?;
        let account = self.0.account;
        let enqueued = self.0.database.transaction(|transaction| -> TransactionFuture<'_, EnqueuedTenants> {
            let batches = batches.clone();
            Box::pin(async move { write(transaction, account, &batches).await })
        });
        let mut enqueued = enqueued.await?;
        enqueued.unchanged += repeated;
        Ok(enqueued)
    }
}

type Batch = (Vec<String>, Vec<Value>);

/// Returns identities and data of the tenants in the order of the identities, so that two processes that write them lock them
/// in the same order; and the number of tenants that are there twice.
fn batches(tenants: &[Tenant]) -> Result<(std::sync::Arc<[Batch]>, u64), JournalError> {
    let (mut inputs, mut repeated) = (BTreeMap::new(), 0);
    for tenant in tenants {
        let identity = tenant.identity();
        check_identity(&identity)?;
        let input = serde_json::to_value(tenant).map_err(|error| JournalError::Invalid(error.to_string()))?;
        if has_nul(&input) {
            return Err(JournalError::Invalid(format!("the data of the tenant {identity} contain NUL; correct them")));
        }
        match inputs.get(&identity) {
            None => {
                inputs.insert(identity, input);
            }
            Some(first) if *first == input => repeated += 1,
            Some(_) => {
                return Err(JournalError::Invalid(format!(
                    "two tenants with different data have the e-mail address {identity}; correct one of them"
                )));
            }
        }
    }
    let inputs: Vec<_> = inputs.into_iter().collect();
    Ok((inputs.chunks(BATCH).map(|batch| batch.iter().cloned().unzip()).collect(), repeated))
}

fn has_nul(input: &Value) -> bool {
    match input {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(has_nul),
        Value::Object(fields) => fields.values().any(has_nul),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

async fn write(
    transaction: &Transaction<'_>,
    account: i32,
    batches: &[Batch],
) -> Result<EnqueuedTenants, DatabaseError> {
    let mut enqueued = EnqueuedTenants::default();
    for (identities, inputs) in batches {
        let parameters =
            [(&account as _, Type::INT4), (identities as _, Type::TEXT_ARRAY), (inputs as _, Type::JSONB_ARRAY)];
        let row = row::only(transaction.query_typed(ENQUEUE, &parameters).await?)?;
        enqueued.added += row::count(&row, "added")?;
        enqueued.changed += row::count(&row, "changed")?;
        enqueued.unchanged += row::count(&row, "unchanged")?;
    }
    Ok(enqueued)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenant(email: &str, name: &str) -> Tenant {
        Tenant {
            name: name.to_owned(),
            email: email.to_owned(),
            waba_external_id: String::new(),
            phone_number_id: String::new(),
            country: String::new(),
            language: String::new(),
            messaging_webhook_url: String::new(),
        }
    }

    #[test]
    fn each_tenant_is_written_once_in_the_order_of_identities() {
        let (one, other) = (tenant("b@x.example", "B"), tenant("A@x.example", "A"));
        let (batches, repeated) = batches(&[one.clone(), other, one]).expect("they are valid");
        assert_eq!(batches[0].0, ["a@x.example", "b@x.example"]);
        assert_eq!((batches.len(), repeated), (1, 1));
    }

    #[test]
    fn what_can_not_be_written_is_refused() {
        for (tenants, part) in [
            (vec![tenant("a@x.example", "A"), tenant("A@X.example", "B")], "two tenants"),
            (vec![tenant("", "A")], "no e-mail address"),
            (vec![tenant("a@x.example", "A\0")], "contain NUL"),
            (vec![tenant("a\0@x.example", "A")], "contains NUL"),
            (vec![tenant(&"a".repeat(1001), "A")], "1001 bytes"),
        ] {
            let error = batches(&tenants).expect_err("it can't be written");
            assert!(error.to_string().contains(part), "{error}");
        }
    }
}
