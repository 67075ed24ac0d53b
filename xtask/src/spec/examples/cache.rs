//! Values that were made before: what many schemas refer to is made once.

use std::cell::Cell;
use std::collections::HashMap;

use serde_json::Value;

use super::direction::Direction;
use super::merged_schema::{MergedSchema, References};

/// An example of so many values has no further objects and lists but those that must be there.
pub const MAX_VALUES: usize = 50;

/// Position of a value in an example.
#[derive(Clone, Copy)]
pub struct Position<'n> {
    /// The field that holds it.
    pub name: &'n str,
    /// Number of objects and lists around it.
    pub depth: usize,
    /// Values that must differ have different ones.
    pub variant: usize,
}

/// Example of a schema.
struct CachedExample<'d> {
    value: Value,
    /// The field that it was made for.
    name: String,
    /// The other side alone sends it.
    is_other_direction: bool,
    /// The references inside. Where one of them is open the value would have less in it.
    entered: Vec<&'d str>,
    /// Number of values that it holds.
    count: usize,
}

/// Examples that are known, and those that the one being made consists of.
#[derive(Default)]
pub struct ExampleCache<'d> {
    known: HashMap<(usize, usize, usize, Direction), CachedExample<'d>>,
    /// The references that were entered.
    entered: Vec<&'d str>,
    /// The outermost of the open references that something was left out for.
    cut: Cell<usize>,
    /// Number of values of the example.
    pub values: usize,
}

/// Point at which the making of a value began.
pub struct Checkpoint {
    values: usize,
    entered: usize,
    cut: usize,
}

impl<'d> ExampleCache<'d> {
    /// Begins another example.
    pub fn start(&mut self) {
        self.values = 0;
        self.entered.clear();
        self.cut.set(usize::MAX);
    }

    /// Notes that something was left out as it would stand inside itself.
    pub fn record_recursion(&self, parts: &MergedSchema<'d>) {
        self.cut.set(self.cut.get().min(parts.cut.unwrap_or(usize::MAX)));
    }

    pub fn begin(&mut self, parts: &MergedSchema<'d>) -> Checkpoint {
        let checkpoint =
            Checkpoint { values: self.values, entered: self.entered.len(), cut: self.cut.replace(usize::MAX) };
        self.entered.extend(&parts.entered);
        checkpoint
    }

    /// Ends the making of a value; returns `true` if nothing outside of it decided what is in it.
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

    /// Finds a value that would be made the same way again. The value is `None` if it is hidden, and not needed.
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

/// Tells schemas apart: the document stays where it is while examples are made of it. A reference with nothing beside it
/// is what it refers to.
pub fn id(references: References<'_>, schema: &Value) -> usize {
    let target = reference(schema).and_then(|reference| references.target(reference));
    std::ptr::from_ref(target.unwrap_or(schema)).addr()
}

/// The target of a reference with nothing beside it.
pub fn reference(schema: &Value) -> Option<&str> {
    schema.as_object().filter(|map| map.len() == 1)?.get("$ref")?.as_str()
}
