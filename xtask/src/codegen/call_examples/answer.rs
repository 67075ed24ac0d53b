//! Statements that read an answer or an event: a few of the fields that its example has.

use heck::ToSnakeCase as _;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use serde_json::Value;
use syn::{Ident, Type};

use super::code::{Code, Kind, Property};
use super::objects::Object;
use super::tokens::{text, variable};

/// Most values that are read from an object without a list.
const VALUES: usize = 3;
/// Most values that are read from an item of a list, and from an object with a list. Also the least that are read from an object
/// without a list.
const OF_ITEM: usize = 2;
/// Depth of the objects that are looked into.
const DEPTH: usize = 2;
/// Highest rank of the values that most programs read.
const WANTED: usize = 5;
/// Added to the rank of a value for each object around it.
const DEEPER: usize = 3;
/// A value to read.
struct Read {
    /// The smaller, the more useful.
    rank: usize,
    /// Position in the example.
    position: usize,
    /// Optional values on the way, from the outermost on: name, and the expression that it is bound to.
    conditions: Vec<(Ident, TokenStream)>,
    value: TokenStream,
    /// Name for a secret, which is not printed.
    secret: Option<Ident>,
}

/// An object in the answer.
struct Place<'p> {
    value: TokenStream,
    conditions: Vec<(Ident, TokenStream)>,
    ty: &'p str,
    json: &'p Object,
    depth: usize,
}

/// Returns the name of a variable: that of the type in snake case, or else `fallback`.
pub fn name(code: &Code, ty: &Type, fallback: &str) -> Ident {
    let name = match code.kind(ty) {
        Kind::Struct(name) | Kind::Union(name) => name.to_string().to_snake_case(),
        _ => String::new(),
    };
    variable(&name).unwrap_or_else(|| format_ident!("{fallback}"))
}

/// Writes the statements that read an answer. `owner` is a variable that dereferences to the type.
pub fn answer(code: &Code, owner: &Ident, ty: &Type, json: &Value) -> Option<TokenStream> {
    match (code.kind(ty), json) {
        (Kind::Text, _) => Some(quote!(println!("{}", #owner.as_str());)),
        (Kind::Json, Value::Object(json)) => {
            let key = text(json.keys().next()?);
            Some(quote!(println!("{:?}", #owner.get(#key));))
        }
        (Kind::Json, _) => None,
        (Kind::Optional(ty), json) => {
            let inner = name(code, ty, "value");
            let inner = if inner == *owner { format_ident!("value") } else { inner };
            let inside = read(code, &inner, ty, json)?;
            Some(quote!(if let Some(#inner) = &*#owner { #inside }))
        }
        (Kind::Union(union), json) => {
            let (variant, ty) = alternative(code, &union.to_string(), json)?;
            let inner = name(code, ty, "value");
            let inside = read(code, &inner, ty, json)?;
            Some(quote!(if let types::#union::#variant(#inner) = &*#owner { #inside }))
        }
        (Kind::Struct(_) | Kind::List(_), json) => read(code, owner, ty, json),
        _ => code.is_displayed(ty).then(|| quote!(println!("{}", #owner.into_inner());)),
    }
}

/// Writes the statements that read a value. `owner` is a variable that refers to it.
pub fn read(code: &Code, owner: &Ident, ty: &Type, json: &Value) -> Option<TokenStream> {
    match (code.kind(ty), json) {
        (Kind::Struct(name), Value::Object(json)) => object(code, owner, &name.to_string(), json),
        (Kind::Union(union), json) => {
            let (variant, ty) = alternative(code, &union.to_string(), json)?;
            let inner = name(code, ty, "value");
            let inside = read(code, &inner, ty, json)?;
            Some(quote!(if let types::#union::#variant(#inner) = #owner { #inside }))
        }
        (Kind::List(ty), Value::Array(items)) => {
            let item = name(code, ty, "item");
            let (_, inside) = item_read(code, &item, ty, items.first()?)?;
            Some(quote!(for #item in #owner.iter() { #inside }))
        }
        _ => {
            let format = format!("{{{owner}}}");
            code.is_displayed(ty).then(|| quote!(println!(#format);))
        }
    }
}

/// A list in an object.
struct List<'c> {
    item: Ident,
    /// Statements that read the variable `item`.
    read: TokenStream,
    /// Least rank of the values of an item.
    rank: usize,
    property: &'c Property,
}

/// Returns the list of objects whose items have the most useful values.
fn list<'c>(code: &'c Code, ty: &str, object: &Object) -> Option<List<'c>> {
    let lists = code.structs.get(ty)?.properties.iter().filter_map(|property| {
        let list = match code.kind(&property.ty) {
            Kind::Optional(inner) => inner,
            _ => &property.ty,
        };
        let Kind::List(item_type) = code.kind(list) else { return None };
        let (_, value) = value_of(property, object)?;
        let first = value.as_array()?.first().filter(|first| first.is_object() && !property.is_method)?;
        let item = self::name(code, item_type, "item");
        let (rank, read) = item_read(code, &item, item_type, first)?;
        Some(List { item, read, rank, property })
    });
    lists.min_by_key(|list| list.rank)
}

/// Writes the statements that read an item of a list. Returns the least rank of its values, too.
pub fn item_read(code: &Code, item: &Ident, ty: &Type, json: &Value) -> Option<(usize, TokenStream)> {
    match (code.kind(ty), json) {
        (Kind::Struct(name), Value::Object(json)) => {
            let place = Place { value: quote!(#item), conditions: Vec::new(), ty: &name.to_string(), json, depth: 0 };
            values(code, place, OF_ITEM, OF_ITEM)
        }
        _ => {
            let format = format!("{{{item}}}");
            code.is_displayed(ty).then(|| (WANTED, quote!(println!(#format);)))
        }
    }
}

/// Writes the statements that read a few values of an object, and one of its lists.
fn object(code: &Code, owner: &Ident, ty: &str, json: &Object) -> Option<TokenStream> {
    let place = Place { value: quote!(#owner), conditions: Vec::new(), ty, json, depth: 0 };
    let list = list(code, ty, json).filter(|list| list.rank <= WANTED);
    let own = if list.is_some() { values(code, place, 0, OF_ITEM) } else { values(code, place, OF_ITEM, VALUES) };
    let own = own.map(|(_, own)| own);
    let list = list.map(|list| {
        let (item, read, field) = (&list.item, &list.read, &list.property.ident);
        let all = match code.kind(&list.property.ty) {
            Kind::Optional(_) => quote!(#owner.#field.iter().flatten()),
            _ => quote!(&#owner.#field),
        };
        quote!(for #item in #all { #read })
    });
    (list.is_some() || own.is_some()).then(|| quote!(#own #list))
}

/// Writes the statements that read the most useful values of an object: all those that most programs read, but no fewer than
/// `least` and no more than `most`. Returns the least rank, too.
fn values(code: &Code, place: Place, least: usize, most: usize) -> Option<(usize, TokenStream)> {
    let mut found = Vec::new();
    collect(code, &place, &mut found);
    found.sort_by_key(|read| (read.rank, read.position));
    let wanted = found.iter().filter(|read| read.rank <= WANTED).count();
    found.truncate(wanted.clamp(least, most));
    let best = found.first()?.rank;
    let (plain, others): (Vec<Read>, Vec<Read>) =
        found.into_iter().partition(|read| read.conditions.is_empty() && read.secret.is_none());
    let plain = (!plain.is_empty()).then(|| {
        let format = vec!["{}"; plain.len()].join(" ");
        let values = plain.iter().map(|read| &read.value);
        quote!(println!(#format, #(#values),*);)
    });
    let (secrets, others): (Vec<Read>, Vec<Read>) = others.into_iter().partition(|read| read.secret.is_some());
    let secrets = secrets.iter().map(|read| {
        let (ident, value) = (&read.secret, &read.value);
        quote!(let #ident = #value;)
    });
    let others = groups(others).into_iter().map(|(conditions, values)| {
        let patterns = conditions.iter().map(|(ident, owner)| quote!(let Some(#ident) = #owner));
        let format = values.iter().map(|value| format!("{{{value}}}")).collect::<Vec<_>>().join(" ");
        quote!(if #(#patterns)&&* { println!(#format); })
    });
    Some((best, quote!(#plain #(#secrets)* #(#others)*)))
}

/// Optional values that are read together: conditions, and names of the values.
type Group = (Vec<(Ident, TokenStream)>, Vec<TokenStream>);

/// Joins optional values into one condition, unless they have the same name.
fn groups(reads: Vec<Read>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for read in reads {
        let joins = |group: &&mut Group| {
            read.conditions.iter().all(|(ident, owner)| {
                group.0.iter().all(|(known, of)| known != ident || of.to_string() == owner.to_string())
            })
        };
        match groups.last_mut().filter(|group| joins(group)) {
            Some((conditions, values)) => {
                for (ident, owner) in read.conditions {
                    if conditions.iter().all(|(known, _)| *known != ident) {
                        conditions.push((ident, owner));
                    }
                }
                values.push(read.value);
            }
            None => groups.push((read.conditions, vec![read.value])),
        }
    }
    groups
}

/// Collects the values that can be read from an object and the objects in it.
fn collect(code: &Code, place: &Place, found: &mut Vec<Read>) {
    let Some(known) = code.structs.get(place.ty) else { return };
    for property in &known.properties {
        let Some((position, json)) = value_of(property, place.json) else { continue };
        let (ident, owner) = (&property.ident, &place.value);
        let mut conditions = place.conditions.clone();
        let optional = match code.kind(&property.ty) {
            Kind::Optional(inner) => Some(inner),
            _ => None,
        };
        let value = match (optional, property.is_method) {
            (Some(_), false) => {
                conditions.push((ident.clone(), quote!(&#owner.#ident)));
                quote!(#ident)
            }
            (Some(_), true) => {
                conditions.push((ident.clone(), quote!(#owner.#ident())));
                quote!(#ident)
            }
            (None, false) => quote!(#owner.#ident),
            (None, true) => continue,
        };
        let ty = optional.unwrap_or(&property.ty);
        let ty = match code.kind(ty) {
            Kind::Boxed(inner) => inner,
            _ => ty,
        };
        let rank = rank(&ident.to_string()) + DEEPER * place.depth;
        match code.kind(ty) {
            Kind::Secret if place.conditions.is_empty() && !property.is_method => {
                let value = match optional {
                    Some(_) => quote!(#owner.#ident.as_ref().map(|secret| secret.expose())),
                    None => quote!(#owner.#ident.expose()),
                };
                found.push(Read { rank: 0, position, conditions: Vec::new(), value, secret: Some(ident.clone()) });
            }
            Kind::Struct(name) if place.depth < DEPTH => {
                let Some(json) = json.as_object() else { continue };
                let inside = Place { value, conditions, ty: &name.to_string(), json, depth: place.depth + 1 };
                collect(code, &inside, found);
            }
            // What is reached through an optional value and is none itself has no name for the format.
            _ if code.is_displayed(ty) && (optional.is_some() || conditions.is_empty()) => {
                found.push(Read { rank, position, conditions, value, secret: None });
            }
            _ => {}
        }
    }
}

/// Returns the position and value of a property in an example, unless it is null or empty.
fn value_of<'v>(property: &Property, json: &'v Object) -> Option<(usize, &'v Value)> {
    let mut values = json.iter().enumerate().filter(|(_, (key, _))| property.wires.contains(key));
    let (position, (_, value)) = values.find(|(_, (_, value))| !value.is_null() && value.as_str() != Some(""))?;
    Some((position, value))
}

/// Returns the rank of a value by its name.
fn rank(name: &str) -> usize {
    match name {
        "id" | "token" => 0,
        "url" | "link" => 1,
        _ if name.ends_with("_url") || name.ends_with("_link") => 1,
        "status" | "state" | "success" => 2,
        "name" => 3,
        "email" | "total" | "message" => 4,
        _ if name.ends_with("_id") || name.ends_with("_token") => 4,
        // The match arm says which event it is.
        "event" | "event_type" => 9,
        _ if name.ends_with("_code") => 8,
        _ => 6,
    }
}

/// Returns the first alternative of a union whose required fields are all in the example.
fn alternative<'c>(code: &'c Code, union: &str, json: &Value) -> Option<(&'c Ident, &'c Type)> {
    let variants = code.unions.get(union)?;
    let fits = |ty: &Type| match (code.kind(ty), json) {
        (Kind::Struct(name), Value::Object(json)) => code.structs.get(&name.to_string()).is_some_and(|known| {
            let fields = known.properties.iter().filter(|property| !property.is_method);
            let mut required = fields.filter(|property| !matches!(code.kind(&property.ty), Kind::Optional(_)));
            required.all(|property| property.wires.iter().any(|wire| json.contains_key(wire)))
        }),
        (Kind::List(_), Value::Array(_)) | (Kind::Text, Value::String(_)) => true,
        _ => false,
    };
    variants.iter().find(|(_, ty)| fits(ty)).map(|(variant, ty)| (variant, ty))
}
