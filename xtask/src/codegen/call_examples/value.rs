//! Values of the spec's examples as Rust expressions.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToSnakeCase as _;
use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};
use serde_json::Value;
use syn::{Ident, Type};

use super::code::{Code, Kind, Setter};
use super::objects::{Object, Objects};
use super::tokens::{text, variable};

/// Most optional members that a body shows.
const OPTIONAL: usize = 5;
/// The same of an object inside a body.
const NESTED: usize = 3;
/// Number of members from which an example shows enough.
const ENOUGH: usize = 3;
/// Most items that a list shows.
const ITEMS: usize = 2;
/// Longest text of an optional member, in characters.
const LONGEST: usize = 60;
/// Depth from which nothing is written: types may contain themselves.
const DEPTH: usize = 8;

/// Writer of values, and of the variables that they use.
pub struct Writer<'c> {
    code: &'c Code<'c>,
    objects: &'c Objects<'c>,
    /// Variables with their values, in the order of their definition.
    variables: Vec<(Ident, TokenStream)>,
    /// Names that no variable may have.
    taken: BTreeSet<String>,
    /// Types of the objects around the current one.
    inside: Vec<String>,
}

impl<'c> Writer<'c> {
    /// Creates a writer. `taken` are names that its variables may not have.
    pub fn new(code: &'c Code<'c>, objects: &'c Objects<'c>, taken: BTreeSet<String>) -> Self {
        Self { code, objects, variables: Vec::new(), taken, inside: Vec::new() }
    }

    /// Returns the definitions of the variables so far, and forgets them.
    pub fn take_variables(&mut self) -> TokenStream {
        let variables = self.variables.drain(..).map(|(ident, value)| quote!(let #ident = #value;));
        variables.collect()
    }

    /// Writes the builder of a type with the values of one of the objects; `None` if a required value can't be written.
    pub fn builder(&mut self, name: &str, objects: &[&Object]) -> Option<TokenStream> {
        let (base, object) = chosen(objects)?;
        self.inside = vec![name.to_owned()];
        self.filled(name, base, object, 0)
    }

    /// Writes a builder with the values of `object`, those first whose keys are in `base`.
    fn filled(&mut self, name: &str, base: &Object, object: &Object, depth: usize) -> Option<TokenStream> {
        let setters = self.code.structs.get(name)?.setters.as_ref()?;
        let mut values = BTreeMap::new();
        for (wire, setter) in setters.iter().filter(|(_, setter)| setter.required) {
            values.insert(wire, self.argument(setter, object.get(wire)?, depth)?);
        }
        if setters.values().any(|setter| setter.alternative.is_some()) {
            let wire =
                object.keys().find(|wire| setters.get(*wire).is_some_and(|setter| setter.alternative.is_some()))?;
            values.insert(wire, self.argument(&setters[wire], &object[wire], depth)?);
        }
        let mut room = if depth == 0 { OPTIONAL } else { NESTED };
        for wire in base.keys().chain(object.keys()) {
            let Some(setter) = setters
                .get(wire)
                .filter(|setter| room > 0 && !values.contains_key(wire) && setter.alternative.is_none())
            else {
                continue;
            };
            if let Some(json) = object.get(wire).filter(|json| is_interesting(json)) {
                let variables = self.variables.len();
                match self.argument(setter, json, depth) {
                    Some(value) => {
                        values.insert(wire, value);
                        room -= 1;
                    }
                    None => self.variables.truncate(variables),
                }
            }
        }
        let name = format_ident!("{name}");
        let calls = object.keys().filter_map(|wire| {
            let (value, setter) = (values.get(wire)?, &setters[wire].ident);
            Some(quote!(.#setter(#value)))
        });
        Some(quote!(types::#name::builder() #(#calls)* .build()))
    }

    /// Writes the argument of a setter.
    fn argument(&mut self, setter: &Setter, json: &Value, depth: usize) -> Option<TokenStream> {
        if let Some((ty, variant)) = &setter.alternative {
            let value = self.value_at(&setter.ty, json, depth + 1)?;
            return Some(quote!(types::#ty::#variant(#value)));
        }
        match self.code.kind(&setter.ty) {
            Kind::Text | Kind::Secret | Kind::Timestamp if setter.converts => {
                let text = text(json.as_str()?);
                Some(quote!(#text))
            }
            _ => self.value_at(&setter.ty, json, depth + 1),
        }
    }

    /// Writes a value of a type; `None` if it can't be written.
    pub fn value(&mut self, ty: &Type, json: &Value) -> Option<TokenStream> {
        self.value_at(ty, json, 0)
    }

    fn value_at(&mut self, ty: &Type, json: &Value, depth: usize) -> Option<TokenStream> {
        if depth > DEPTH {
            return None;
        }
        let of_text = |wrap: &dyn Fn(Literal) -> TokenStream| json.as_str().map(|value| wrap(text(value)));
        match self.code.kind(ty) {
            Kind::Text => of_text(&|text| quote!(#text.to_owned())),
            Kind::Flag => json.as_bool().map(|value| quote!(#value)),
            Kind::Integer(ident) => integer(ident, json),
            // As large as the smaller of the two types holds.
            Kind::Float => {
                let number = json.as_f64().filter(|number| (*number as f32).is_finite())?;
                format!("{number:?}").parse().ok()
            }
            Kind::Secret => of_text(&|text| quote!(Secret::from(#text))),
            Kind::Timestamp => of_text(&|text| quote!(Timestamp::from(#text))),
            Kind::Base64 => of_text(&|text| quote!(Base64::from_encoded(#text))),
            Kind::Sort => of_text(&|text| quote!(Sort::from(#text))),
            Kind::Optional(_) if json.is_null() => Some(quote!(None)),
            Kind::Optional(inner) => self.value_at(inner, json, depth).map(|value| quote!(Some(#value))),
            Kind::Boxed(inner) => self.value_at(inner, json, depth).map(|value| quote!(Box::new(#value))),
            Kind::List(inner) => self.list(inner, json.as_array()?, depth),
            Kind::Map(inner) => {
                let entries = json.as_object()?.iter().take(ITEMS).map(|(key, item)| {
                    let (key, item) = (text(key), self.value_at(inner, item, depth + 1)?);
                    Some(quote!((#key.to_owned(), #item)))
                });
                let entries: Vec<TokenStream> = entries.collect::<Option<_>>()?;
                Some(quote!(std::collections::BTreeMap::from([#(#entries),*])))
            }
            Kind::Enum(name) => {
                let (wire, open) = (json.as_str()?, self.code.enums.get(name.to_string().as_str())?);
                Some(match open.variants.iter().find(|(_, value)| value == wire) {
                    Some((variant, _)) => {
                        let variant = format_ident!("{variant}");
                        quote!(types::#name::#variant)
                    }
                    None => {
                        let wire = text(wire);
                        quote!(types::#name::from(#wire))
                    }
                })
            }
            Kind::Id(name) => of_text(&|text| quote!(types::#name::new(#text)?)),
            Kind::Filter(name) => Some(self.filter(name, json)),
            Kind::Struct(name) => {
                let own = json.as_object()?;
                let name = name.to_string();
                // A type that contains itself would be extended without end.
                let is_inner = self.inside.contains(&name);
                let others = self.objects.get(&name).into_iter().flatten().copied().filter(|_| !is_inner);
                let (base, object) = chosen(&std::iter::once(own).chain(others).collect::<Vec<_>>())?;
                self.inside.push(name.clone());
                let filled = self.filled(&name, base, object, depth);
                self.inside.pop();
                filled
            }
            Kind::Union(name) => {
                // Texts, numbers and flags tell by themselves which alternative they are.
                let variants = self.code.unions.get(&name.to_string())?;
                variants.iter().find_map(|(variant, ty)| {
                    let kind = self.code.kind(ty);
                    let is_scalar = matches!(kind, Kind::Text | Kind::Flag | Kind::Integer(_) | Kind::Float);
                    let value = self.value_at(ty, json, depth + 1).filter(|_| is_scalar)?;
                    Some(quote!(types::#name::#variant(#value)))
                })
            }
            Kind::Json | Kind::Other => None,
        }
    }

    /// Writes a list. A list of objects or ids has one item, which is a variable.
    fn list(&mut self, ty: &Type, items: &[Value], depth: usize) -> Option<TokenStream> {
        if let (Kind::Struct(name) | Kind::Id(name), Some(first)) = (self.code.kind(ty), items.first()) {
            let own = name.to_string().to_snake_case();
            let names = [own.clone(), format!("other_{own}")];
            let is_free = |name: &&String| {
                !self.taken.contains(*name) && self.variables.iter().all(|(ident, _)| *ident != name.as_str())
            };
            let ident = variable(names.iter().find(is_free)?)?;
            let value = self.value_at(ty, first, depth + 1)?;
            self.variables.push((ident.clone(), value));
            return Some(quote!(vec![#ident]));
        }
        let items = items.iter().take(ITEMS).map(|item| self.value_at(ty, item, depth + 1));
        let items: Vec<TokenStream> = items.collect::<Option<_>>()?;
        Some(quote!(vec![#(#items),*]))
    }

    /// Writes a filter with the strings of its known fields.
    fn filter(&self, name: &Ident, json: &Value) -> TokenStream {
        let known = self.code.filters.get(name.to_string().as_str());
        let calls = known.into_iter().flat_map(|filter| &filter.fields).filter_map(|(method, wire, _)| {
            let (method, value) = (format_ident!("{method}"), text(json.get(wire)?.as_str()?));
            Some(quote!(.#method(#value)))
        });
        quote!(types::#name::new() #(#calls)*)
    }
}

/// Chooses among the objects of one type: the first and, if that has few members, one that has more of the same.
fn chosen<'v>(objects: &[&'v Object]) -> Option<(&'v Object, &'v Object)> {
    let (&first, others) = objects.split_first()?;
    if first.values().filter(|value| is_interesting(value)).count() >= ENOUGH {
        return Some((first, first));
    }
    let agrees = |key: &str, value: &Value, other: &Object| match other.get(key) {
        Some(other) => value == other || !is_interesting(value),
        None => false,
    };
    let extends = |other: &&&Object| {
        let more = |object: &Object| object.values().filter(|value| is_interesting(value)).count();
        more(other) > more(first) && first.iter().all(|(key, value)| agrees(key, value, other))
    };
    Some((first, others.iter().find(extends).copied().unwrap_or(first)))
}

/// Returns `true` if an optional member is worth showing.
fn is_interesting(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty() && text.chars().count() <= LONGEST,
        Value::Array(items) => !items.is_empty(),
        Value::Object(object) => !object.is_empty(),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

fn integer(ident: &Ident, json: &Value) -> Option<TokenStream> {
    let number = json.as_i64().map(i128::from).or_else(|| json.as_u64().map(i128::from))?;
    let fits = match ident.to_string().as_str() {
        "i8" => i8::try_from(number).is_ok(),
        "i16" => i16::try_from(number).is_ok(),
        "i32" => i32::try_from(number).is_ok(),
        "i64" => i64::try_from(number).is_ok(),
        "u8" => u8::try_from(number).is_ok(),
        "u16" => u16::try_from(number).is_ok(),
        "u32" => u32::try_from(number).is_ok(),
        _ => u64::try_from(number).is_ok(),
    };
    let literal: TokenStream = number.to_string().parse().ok()?;
    fits.then_some(literal)
}
