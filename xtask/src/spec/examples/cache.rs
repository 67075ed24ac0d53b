//! Cache of generated values, so that a schema with many references is expanded once.

use std::cell::Cell;
use std::collections::HashMap;

use serde_json::Value;

use super::direction::Direction;
use super::merged_schema::{MergedSchema, References};

/// Number of values from which on an example gets no further optional objects and lists.
pub const MAX_VALUES: usize = 50;

/// Position of a value in an example.
#[derive(Clone, Copy)]
pub struct Position<'n> {
    /// Name of the field that holds it.
    pub name: &'n str,
    /// Number of enclosing objects and lists.
    pub depth: usize,
    /// Index that makes values different where they must be.
    pub variant: usize,
}

/// Generated value of a schema.
struct CachedExample<'d> {
    value: Value,
    /// Name of the field it was generated for.
    name: String,
    /// Only the other side sends it (`readOnly` or `writeOnly`).
    is_other_direction: bool,
    /// References that were followed. The value is not reused inside one of these, where it would be truncated.
    entered: Vec<&'d str>,
    /// Number of values it contains.
    count: usize,
}

/// Cached values, and the state of the example being generated.
#[derive(Default)]
pub struct ExampleCache<'d> {
    known: HashMap<(usize, usize, usize, Direction), CachedExample<'d>>,
    /// References followed so far.
    entered: Vec<&'d str>,
    /// Index of the outermost open reference because of which something was left out; `usize::MAX` if there is none.
    cut: Cell<usize>,
    /// Number of values generated so far.
    pub values: usize,
}

/// State at the start of a value.
pub struct Checkpoint {
    values: usize,
    entered: usize,
    cut: usize,
}

impl<'d> ExampleCache<'d> {
    /// Resets the state for another example.
    pub fn start(&mut self) {
        self.values = 0;
        self.entered.clear();
        self.cut.set(usize::MAX);
    }

    /// Records that a part was left out because of recursion.
    pub fn record_recursion(&self, parts: &MergedSchema<'d>) {
        self.cut.set(self.cut.get().min(parts.cut.unwrap_or(usize::MAX)));
    }

    pub fn begin(&mut self, parts: &MergedSchema<'d>) -> Checkpoint {
        let checkpoint =
            Checkpoint { values: self.values, entered: self.entered.len(), cut: self.cut.replace(usize::MAX) };
        self.entered.extend(&parts.entered);
        checkpoint
    }

    /// Ends a value. Returns `true` if it depends on nothing outside of it and may be cached.
    pub fn end(&self, checkpoint: &Checkpoint, open: usize) -> bool {
        let cut = self.cut.get();
        self.cut.set(cut.min(checkpoint.cut));
        cut >= open && self.values <= MAX_VALUES
    }

    pub fn insert(
        &mut self,
        id: usize,
        at: Position<'_>,
        direction: Direction,
        is_other_direction: bool,
        checkpoint: &Checkpoint,
        value: &Value,
    ) {
        let known = CachedExample {
            value: value.clone(),
            name: at.name.to_owned(),
            is_other_direction,
            entered: self.entered[checkpoint.entered..].to_vec(),
            count: self.values - checkpoint.values,
        };
        self.known.insert((id, at.depth, at.variant, direction), known);
    }

    /// Returns a cached value that would be generated identically. The value is `None` if only the other side sends it
    /// and it is not required.
    pub fn get(
        &mut self,
        id: usize,
        at: Position<'_>,
        direction: Direction,
        open: &[&str],
        needed: bool,
    ) -> Option<Option<Value>> {
        let known = self.known.get(&(id, at.depth, at.variant, direction))?;
        let same = (known.value.is_object() || known.name == at.name)
            && self.values + known.count <= MAX_VALUES
            && !known.entered.iter().any(|reference| open.contains(reference));
        if !same {
            return None;
        }
        if known.is_other_direction && !needed {
            return Some(None);
        }
        self.values += known.count;
        self.entered.extend(&known.entered);
        Some(Some(known.value.clone()))
    }
}

/// Returns the identity of a schema: its address, since the document is not moved during generation. A reference
/// without siblings has the identity of its target.
pub fn id(references: References<'_>, schema: &Value) -> usize {
    let target = reference(schema).and_then(|reference| references.target(reference));
    std::ptr::from_ref(target.unwrap_or(schema)).addr()
}

/// Returns the target of a reference without siblings.
pub fn reference(schema: &Value) -> Option<&str> {
    schema.as_object().filter(|map| map.len() == 1)?.get("$ref")?.as_str()
}
