//! Documents by the caller's own id, which ZapSign does not filter by: how a lost answer of a creating call is settled.

use std::collections::HashSet;
use std::time::{Duration, SystemTime};

use api_runtime::{InvalidRequest, PageCheck, Timestamp};

use crate::operations::LIST_DOCUMENTS;
use crate::types::{DocumentDetail, DocumentSortOrder, DocumentSummary};
use crate::{Client, Error};

/// Time for which ZapSign answers a list with what it answered before, and a second more.
const CACHE: Duration = Duration::from_secs(61);
/// Difference between the clocks of ZapSign and this machine that is allowed for.
const CLOCKS: Duration = Duration::from_secs(3600);
/// ZapSign filters by day, in a time zone that it does not name.
const DAY: Duration = Duration::from_secs(24 * 3600);

impl Client {
    /// Finds the documents with this `external_id` that were created since then, deleted ones and attachments of the same
    /// id included.
    ///
    /// ZapSign neither refuses an `external_id` that it has seen nor lists by it, and it answers a list from a cache for
    /// 60 seconds. So this walks the list from the newest document on, and before it says that there is none it waits the
    /// cache out and walks again: it then takes a good minute. `since` is when the first attempt to create the document
    /// began; an hour before it is looked at, too, since clocks differ.
    ///
    /// So the answer of a creating call that was lost is settled: if this finds a document it has been created, and if
    /// not, it can be created again. A call that is still under way at ZapSign is not seen, so wait for as long as your
    /// time-out was short.
    ///
    /// ```no_run
    /// # use std::time::SystemTime;
    /// # use zapsign_api::{Client, Error, types::{CreateDocument, DocumentToken}};
    /// # async fn example(client: Client, body: CreateDocument) -> Result<DocumentToken, Error> {
    /// let since = SystemTime::now();
    /// match client.create_document().body(&body).send().await {
    ///     Ok(document) => Ok(document.token.clone()),
    ///     Err(error) if error.may_have_taken_effect() => {
    ///         // The body has `external_id("contract-77")`, which no other document has.
    ///         match client.find_documents_by_external_id("contract-77", since).await?.first() {
    ///             Some(document) => Ok(document.token.clone()),
    ///             None => Ok(client.create_document().body(&body).send().await?.token.clone()),
    ///         }
    ///     }
    ///     Err(error) => Err(error),
    /// }
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::InvalidRequest`] if the id is empty, which most documents have; [`Error::Decode`] if the list does not end:
    /// at a page that has come before, and after 10,000 pages. Else as for `list_documents`.
    pub async fn find_documents_by_external_id(
        &self,
        external_id: &str,
        since: SystemTime,
    ) -> Result<Vec<DocumentSummary>, Error> {
        if external_id.is_empty() {
            return Err(Error::InvalidRequest(Box::new(InvalidRequest::empty(&LIST_DOCUMENTS, "external_id"))));
        }
        let found = self.walk(external_id, since).await?;
        if !found.is_empty() {
            return Ok(found);
        }
        tokio::time::sleep(CACHE).await;
        self.walk(external_id, since).await
    }

    async fn walk(&self, external_id: &str, since: SystemTime) -> Result<Vec<DocumentSummary>, Error> {
        let mut rows = Rows::since(since);
        let day = Timestamp::from(rows.earliest.checked_sub(DAY).unwrap_or(SystemTime::UNIX_EPOCH));
        let day = day.as_str().get(..10);
        let mut found = Vec::new();
        let mut check = PageCheck::default();
        for page in 1.. {
            let call = self.list_documents().sort_order(&DocumentSortOrder::NewestFirst).created_from(day);
            let answer = check.take(call.page(page).send().await?)?;
            let is_last = answer.next.is_none() || answer.results.is_empty();
            for row in answer.results {
                if rows.is_candidate(&row) && self.has_external_id(&row, external_id).await? {
                    found.push(row);
                }
            }
            if is_last || rows.are_past() {
                break;
            }
        }
        Ok(found)
    }

    /// A row without an id of the caller's may be one of a form that leaves it out, so the document itself tells.
    async fn has_external_id(&self, row: &DocumentSummary, external_id: &str) -> Result<bool, Error> {
        if let Some(given) = &row.external_id {
            return Ok(given == external_id);
        }
        match self.get_document().doc_token(&row.token).send().await?.into_inner() {
            DocumentDetail::Main(document) => Ok(document.external_id.as_deref() == Some(external_id)),
            _ => Ok(false),
        }
    }
}

/// The rows of a walk, from the newest on as far as ZapSign keeps to the order that it was asked for.
struct Rows {
    earliest: SystemTime,
    seen: HashSet<String>,
    newest: Option<SystemTime>,
    oldest: Option<SystemTime>,
    in_order: bool,
}

impl Rows {
    fn since(since: SystemTime) -> Self {
        let earliest = since.checked_sub(CLOCKS).unwrap_or(SystemTime::UNIX_EPOCH);
        Self { earliest, seen: HashSet::new(), newest: None, oldest: None, in_order: true }
    }

    /// Says whether a row is new to the walk, which a page that moves on makes it meet twice, and young enough.
    fn is_candidate(&mut self, row: &DocumentSummary) -> bool {
        let created = row.created_at.as_ref().and_then(Timestamp::to_system_time);
        if let Some(created) = created {
            self.in_order &= self.oldest.is_none_or(|oldest| created <= oldest);
            self.oldest = Some(created);
            self.newest = self.newest.max(Some(created));
        }
        self.seen.insert(row.token.as_str().to_owned()) && created.is_none_or(|created| created >= self.earliest)
    }

    /// Says whether every row from here on is too old: only if the order can be relied on.
    fn are_past(&self) -> bool {
        self.in_order && self.oldest < self.newest && self.oldest.is_some_and(|oldest| oldest < self.earliest)
    }
}
