//! Loading of a seed into a vendor.

use std::collections::HashSet;

use serde_json::Value;

use super::error::SeedError;
use super::item::SeedItem;
use crate::spec::Parameters;
use crate::vendors::vendor::{HandlerContext, ValidRequest, Vendor};

/// Loader of a seed into one vendor. It calls the operations that requests call, so that a seeded resource is made as any
/// other, with the ids of the seed.
pub(crate) struct SeedLoader<'l, 'c> {
    /// Context of the calls. Its outbox is never delivered.
    pub(crate) context: &'l mut HandlerContext<'c>,
    /// Ids of the seed so far, by kind.
    ids: HashSet<(&'static str, String)>,
}

impl<'l, 'c> SeedLoader<'l, 'c> {
    /// Creates a loader without ids.
    pub(crate) fn new(context: &'l mut HandlerContext<'c>) -> Self {
        Self { context, ids: HashSet::new() }
    }

    /// Notes an id that a resource has.
    ///
    /// # Errors
    ///
    /// Returns a reason without the id, which may be a secret, if it is empty or another resource has it.
    pub(crate) fn reserve_id(&mut self, kind: &'static str, id: String) -> Result<(), &'static str> {
        match id.is_empty() {
            true => Err("the id is empty: leave it out, and one is generated"),
            false if self.ids.insert((kind, id)) => Ok(()),
            false => Err("the id comes twice: give another, or leave it out, and one is generated"),
        }
    }

    /// Has the next call issue the id of an item as the next one of this kind, or generate it if there is none.
    ///
    /// # Errors
    ///
    /// Returns the error of an id that is empty or comes twice.
    pub(crate) fn give_id(&mut self, kind: &'static str, item: &SeedItem<'_>, key: &str) -> Result<(), SeedError> {
        let id = item.id(key);
        if let Some(id) = &id {
            self.reserve_id(kind, id.clone()).map_err(|reason| item.refuse(key, reason))?;
        }
        self.context.ids.give(kind, id);
        Ok(())
    }

    /// Has the next call issue the number of an item, as [`Self::give_id`] does.
    ///
    /// # Errors
    ///
    /// Returns the error of a number that is negative, too large, or not whole, and those of [`Self::give_id`].
    pub(crate) fn give_number(&mut self, kind: &'static str, item: &SeedItem<'_>, key: &str) -> Result<(), SeedError> {
        if item.get(key).is_some_and(|number| number.as_u64().is_none()) {
            return Err(
                item.refuse(key, "the id is no whole number from 0: give one, or leave it out, and one is generated")
            );
        }
        self.give_id(kind, item, key)
    }

    /// Calls an operation for an item.
    ///
    /// # Errors
    ///
    /// Returns the error of an item that the vendor rejects.
    pub(crate) fn call(
        &mut self,
        vendor: &mut dyn Vendor,
        operation: &str,
        caller: &str,
        path: &[(&str, &str)],
        (item, body): (&SeedItem<'_>, Value),
    ) -> Result<(), SeedError> {
        let operation = self.context.bundle.operation(operation);
        let operation = operation.ok_or_else(|| SeedError::at(&item.pointer, "no operation makes this"))?;
        let request = ValidRequest { operation, caller, parameters: Parameters::new(path, body) };
        let reply = vendor.handle(&request, self.context);
        self.context.ids.forget_given();
        reply.map(drop).map_err(|rejection| SeedError::rejected(&item.pointer, &rejection))
    }
}
