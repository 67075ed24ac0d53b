//! Inspection of types and attributes of syntax trees.

use quote::{ToTokens as _, quote};
use syn::{Attribute, GenericArgument, PathArguments, ReturnType, Type, parse_quote};

/// Returns `T` of `Option<T>`.
pub fn option_argument(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last().filter(|segment| segment.ident == "Option")?;
    first_type(&last.arguments)
}

pub fn first_type(arguments: &PathArguments) -> Option<&Type> {
    let PathArguments::AngleBracketed(arguments) = arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

/// Returns `T` of `Result<Response<T>, _>`.
pub fn success_type(output: &ReturnType) -> Option<Type> {
    let ReturnType::Type(_, ty) = output else { return None };
    let Type::Path(result) = &**ty else { return None };
    let Type::Path(value) = first_type(&result.path.segments.last()?.arguments)? else { return None };
    first_type(&value.path.segments.last()?.arguments).cloned()
}

/// Returns the name of the type inside `Option`, `Vec` and `Box`.
pub fn inner_type(ty: &Type) -> Option<String> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last()?;
    match first_type(&last.arguments) {
        Some(inner) if last.ident == "Option" || last.ident == "Vec" || last.ident == "Box" => inner_type(inner),
        _ => Some(last.ident.to_string()),
    }
}

/// Rewrites the derives: `Clone`, `Default` and serde stay, `schemars` is added behind its feature.
pub fn derive(attributes: &mut Vec<Attribute>) {
    let default = attributes.iter().any(|attribute| {
        attribute.path().is_ident("derive") && attribute.meta.to_token_stream().to_string().contains("Default")
    });
    let at = attributes.iter().position(|attribute| attribute.path().is_ident("derive")).unwrap_or(attributes.len());
    attributes.retain(|attribute| !attribute.path().is_ident("derive"));
    let default = default.then(|| quote!(Default,));
    let added: [Attribute; 2] = [
        parse_quote!(#[derive(Clone, #default ::serde::Deserialize, ::serde::Serialize)]),
        parse_quote!(#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]),
    ];
    attributes.splice(at..at, added);
}
