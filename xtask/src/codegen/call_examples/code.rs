//! Public interface of the generated types: fields to read, and setters of builders.

use std::collections::{BTreeMap, BTreeSet};

use quote::{ToTokens as _, format_ident};
use syn::{Field, FnArg, Ident, ImplItem, ImplItemFn, Item, ItemImpl, ItemStruct, ReturnType, Type, Visibility};

use crate::codegen::ir::{Filter, Ir, OpenEnum};
use crate::codegen::refine::Refined;
use crate::codegen::refine::syntax::{first_type, option_argument};

/// Types of one crate.
pub struct Code<'r> {
    pub structs: BTreeMap<String, Struct>,
    /// Variants that hold one value, by the name of their union.
    pub unions: BTreeMap<String, Vec<(Ident, Type)>>,
    pub enums: BTreeMap<&'r str, &'r OpenEnum>,
    pub filters: BTreeMap<&'r str, &'r Filter>,
    ids: BTreeSet<&'r str>,
    /// Unions that can be printed.
    displayed: BTreeSet<String>,
}

/// A type with named fields.
#[derive(Default)]
pub struct Struct {
    /// Fields and methods that are read, in the order of the code.
    pub properties: Vec<Property>,
    /// Setters of its builder by the name on the wire; `None` if it has no builder.
    pub setters: Option<BTreeMap<String, Setter>>,
}

/// A public field, or a method that reads one or several fields.
pub struct Property {
    pub ident: Ident,
    /// Names on the wire; more than one if a method reads several fields.
    pub wires: Vec<String>,
    pub ty: Type,
    pub is_method: bool,
}

/// A setter of a builder.
pub struct Setter {
    pub ident: Ident,
    pub ty: Type,
    /// Takes any value that converts into the type.
    pub converts: bool,
    pub required: bool,
    /// Enum and variant that the value is wrapped in, if the setter takes exactly one of several fields.
    pub alternative: Option<(Ident, Ident)>,
}

/// Kind of a type.
#[derive(Debug, PartialEq, Eq)]
pub enum Kind<'t> {
    Text,
    Flag,
    Integer(&'t Ident),
    Float,
    Secret,
    Timestamp,
    Base64,
    Sort,
    Optional(&'t Type),
    Boxed(&'t Type),
    List(&'t Type),
    Map(&'t Type),
    Json,
    Enum(&'t Ident),
    Id(&'t Ident),
    Filter(&'t Ident),
    Struct(&'t Ident),
    Union(&'t Ident),
    /// A type whose values no example shows.
    Other,
}

impl<'r> Code<'r> {
    /// Reads the generated code.
    pub fn of(ir: &'r Ir, refined: &Refined) -> Self {
        let mut code = Self {
            structs: BTreeMap::new(),
            unions: BTreeMap::new(),
            enums: ir.enums.iter().map(|open| (open.name.as_str(), open)).collect(),
            filters: ir.filters.iter().map(|filter| (filter.name.as_str(), filter)).collect(),
            ids: ir.ids.iter().map(|id| id.name.as_str()).collect(),
            displayed: BTreeSet::new(),
        };
        let wires = Wires::of(ir);
        for item in refined.types.values().flatten() {
            code.add_type(item, &wires);
        }
        let builders: Vec<&Item> = refined.builders.values().flatten().collect();
        for item in &builders {
            if let Item::Struct(item) = item
                && let Some(name) = item.ident.to_string().strip_suffix("Builder")
            {
                code.add_builder(name, item, &builders, &wires, ir);
            }
        }
        code
    }

    fn add_type(&mut self, item: &Item, wires: &Wires) {
        match item {
            Item::Struct(item) => {
                let name = item.ident.to_string();
                let fields = item.fields.iter().filter_map(|field| property(&name, field, wires));
                self.structs.entry(name.clone()).or_default().properties.extend(fields);
            }
            Item::Enum(item) => {
                let variants = item.variants.iter().filter_map(|variant| match &variant.fields {
                    syn::Fields::Unnamed(fields) if fields.unnamed.len() == 1 && variant.ident != "Unknown" => {
                        Some((variant.ident.clone(), fields.unnamed[0].ty.clone()))
                    }
                    _ => None,
                });
                self.unions.insert(item.ident.to_string(), variants.collect());
            }
            Item::Impl(block) => {
                let name = own_name(block);
                match &block.trait_ {
                    Some((_, path, _)) if path.segments.last().is_some_and(|last| last.ident == "Display") => {
                        self.displayed.insert(name);
                    }
                    Some(_) => {}
                    None => {
                        let methods = methods(block).filter_map(|method| accessor(&name, method, wires));
                        self.structs.entry(name.clone()).or_default().properties.extend(methods);
                    }
                }
            }
            _ => {}
        }
    }

    fn add_builder(&mut self, name: &str, builder: &ItemStruct, items: &[&Item], wires: &Wires, ir: &Ir) {
        if !self.structs.contains_key(name) {
            return;
        }
        let required: BTreeSet<String> = builder
            .fields
            .iter()
            .filter(|field| option_argument(&field.ty).is_none())
            .filter_map(|field| field.ident.as_ref().map(ToString::to_string))
            .collect();
        let blocks = items.iter().filter_map(|item| match item {
            Item::Impl(block) if block.trait_.is_none() && builder.ident == own_name(block) => Some(block),
            _ => None,
        });
        let mut setters = BTreeMap::new();
        for method in blocks.flat_map(methods) {
            let ident = &method.sig.ident;
            let (Some(wire), Some(argument)) = (wires.field(name, ident), argument(method)) else { continue };
            let (ty, converts) = match converted(argument) {
                Some(ty) => (ty, true),
                None => (argument, false),
            };
            let required = required.contains(&ident.to_string());
            let setter = Setter { ident: ident.clone(), ty: ty.clone(), converts, required, alternative: None };
            setters.insert(wire.to_owned(), setter);
        }
        let group = ir.exactly_one.get(name);
        let variants = group.and_then(|group| self.unions.get(&group.ty)).into_iter().flatten();
        for (variant, ty) in variants {
            let Some((group, (field, _))) =
                group.and_then(|group| Some((group, group.of.iter().find(|(_, of)| variant == of)?)))
            else {
                continue;
            };
            let Some(wire) = wires.field(name, &format_ident!("{field}")) else { continue };
            let alternative = Some((format_ident!("{}", group.ty), variant.clone()));
            let ident = format_ident!("{}", group.member);
            let setter = Setter { ident, ty: ty.clone(), converts: false, required: false, alternative };
            setters.insert(wire.to_owned(), setter);
        }
        self.structs.entry(name.to_owned()).or_default().setters = Some(setters);
    }

    /// Returns the kind of a type.
    pub fn kind<'t>(&self, ty: &'t Type) -> Kind<'t> {
        let path = match ty {
            Type::Reference(reference) => return self.kind(&reference.elem),
            Type::Path(path) if path.qself.is_none() => &path.path,
            _ => return Kind::Other,
        };
        let Some(last) = path.segments.last() else { return Kind::Other };
        let names: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let inner = first_type(&last.arguments);
        match (names.as_slice(), inner) {
            (["String" | "str"], _) => Kind::Text,
            (["bool"], _) => Kind::Flag,
            (["i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64"], _) => Kind::Integer(&last.ident),
            (["f32" | "f64"], _) => Kind::Float,
            (["Secret"], _) => Kind::Secret,
            (["Timestamp"], _) => Kind::Timestamp,
            (["Base64"], _) => Kind::Base64,
            (["Sort"], _) => Kind::Sort,
            (["Option"], Some(inner)) => Kind::Optional(inner),
            (["Box"], Some(inner)) => Kind::Boxed(inner),
            (["Vec"], Some(inner)) => Kind::List(inner),
            (["BTreeMap"], Some(_)) => second_type(&last.arguments).map_or(Kind::Other, Kind::Map),
            (["serde_json", "Value"], _) => Kind::Json,
            ([name] | ["types", name], None) => self.own_kind(name, &last.ident),
            _ => Kind::Other,
        }
    }

    /// Returns the type of the field at a JSON pointer, without `Option` and `Box`.
    pub fn field_at(&self, ty: &Type, pointer: &str) -> Option<Type> {
        let mut ty = ty.clone();
        for key in pointer.split('/').skip(1) {
            let key = key.replace("~1", "/").replace("~0", "~");
            let Kind::Struct(name) = self.kind(&ty) else { return None };
            let properties = &self.structs.get(&name.to_string())?.properties;
            let field = properties.iter().find(|field| !field.is_method && field.wires.contains(&key))?;
            let mut inner = &field.ty;
            while let Kind::Optional(next) | Kind::Boxed(next) = self.kind(inner) {
                inner = next;
            }
            ty = inner.clone();
        }
        Some(ty)
    }

    fn own_kind<'t>(&self, name: &str, ident: &'t Ident) -> Kind<'t> {
        if self.enums.contains_key(name) {
            Kind::Enum(ident)
        } else if self.ids.contains(name) {
            Kind::Id(ident)
        } else if self.filters.contains_key(name) {
            Kind::Filter(ident)
        } else if self.structs.contains_key(name) {
            Kind::Struct(ident)
        } else if self.unions.contains_key(name) {
            Kind::Union(ident)
        } else {
            Kind::Other
        }
    }

    /// Returns `true` if values of the type implement `Display`.
    pub fn is_displayed(&self, ty: &Type) -> bool {
        match self.kind(ty) {
            Kind::Text
            | Kind::Flag
            | Kind::Integer(_)
            | Kind::Float
            | Kind::Timestamp
            | Kind::Enum(_)
            | Kind::Id(_) => true,
            Kind::Union(name) => self.displayed.contains(&name.to_string()),
            _ => false,
        }
    }
}

/// Names on the wire by type and name in the code.
struct Wires<'l> {
    fields: BTreeMap<(&'l str, &'l str), &'l str>,
    accessors: BTreeMap<(&'l str, &'l str), Vec<String>>,
}

impl<'l> Wires<'l> {
    fn of(ir: &'l Ir) -> Self {
        let (mut fields, mut accessors) = (BTreeMap::new(), BTreeMap::<_, Vec<String>>::new());
        for ((ty, key), field) in &ir.fields {
            // The fields that a type does not name have none.
            if key.is_empty() {
                continue;
            }
            fields.insert((ty.as_str(), field.rust.as_str()), field.wire.as_str());
            if let Some(accessor) = &field.accessor {
                accessors.entry((ty.as_str(), accessor.as_str())).or_default().push(field.wire.clone());
            }
        }
        Self { fields, accessors }
    }

    fn field(&self, ty: &str, ident: &Ident) -> Option<&'l str> {
        self.fields.get(&(ty, ident.to_string().as_str())).copied()
    }
}

fn property(ty: &str, field: &Field, wires: &Wires) -> Option<Property> {
    let ident = field.ident.clone().filter(|_| matches!(field.vis, Visibility::Public(_)))?;
    let wire = wires.field(ty, &ident)?.to_owned();
    Some(Property { ident, wires: vec![wire], ty: field.ty.clone(), is_method: false })
}

fn accessor(ty: &str, method: &ImplItemFn, wires: &Wires) -> Option<Property> {
    let ident = method.sig.ident.clone();
    let ReturnType::Type(_, returned) = &method.sig.output else { return None };
    let wires = wires.accessors.get(&(ty, ident.to_string().as_str()))?.clone();
    Some(Property { ident, wires, ty: (**returned).clone(), is_method: true })
}

fn methods(block: &ItemImpl) -> impl Iterator<Item = &ImplItemFn> {
    block.items.iter().filter_map(|item| match item {
        ImplItem::Fn(method) => Some(method),
        _ => None,
    })
}

/// Returns the type of the argument of a setter.
fn argument(method: &ImplItemFn) -> Option<&Type> {
    let mut inputs = method.sig.inputs.iter();
    match (inputs.next()?, inputs.next()?, inputs.next()) {
        (FnArg::Receiver(_), FnArg::Typed(argument), None) => Some(&argument.ty),
        _ => None,
    }
}

/// Returns `T` of `impl Into<T>`.
fn converted(ty: &Type) -> Option<&Type> {
    let Type::ImplTrait(ty) = ty else { return None };
    let syn::TypeParamBound::Trait(bound) = ty.bounds.first()? else { return None };
    first_type(&bound.path.segments.last()?.arguments)
}

fn second_type(arguments: &syn::PathArguments) -> Option<&Type> {
    let syn::PathArguments::AngleBracketed(arguments) = arguments else { return None };
    let mut types = arguments.args.iter().filter_map(|argument| match argument {
        syn::GenericArgument::Type(ty) => Some(ty),
        _ => None,
    });
    types.nth(1)
}

fn own_name(block: &ItemImpl) -> String {
    match &*block.self_ty {
        Type::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default(),
        other => other.to_token_stream().to_string(),
    }
}
