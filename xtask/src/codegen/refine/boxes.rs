//! Boxes, with which the generator breaks recursive types.

use quote::ToTokens as _;
use syn::{Type, parse_quote};

use super::syntax::{first_type, option_argument};

/// Rewrites `Box<Option<T>>` as `Option<Box<T>>`: an absent value would be sent as `null`, and would be required.
pub fn unbox(field: &mut syn::Field) {
    let Type::Path(path) = &field.ty else { return };
    let Some(last) = path.path.segments.last().filter(|segment| segment.ident == "Box") else { return };
    let Some(value) = first_type(&last.arguments).and_then(option_argument) else { return };
    field.ty = parse_quote!(Option<Box<#value>>);
    let is_optional = field.attrs.iter().any(|attribute| {
        attribute.path().is_ident("serde") && attribute.meta.to_token_stream().to_string().contains("default")
    });
    if is_optional {
        field.attrs.push(parse_quote!(#[serde(skip_serializing_if = "::std::option::Option::is_none")]));
    }
}

#[cfg(test)]
mod tests {
    use syn::ItemStruct;

    use super::*;

    #[test]
    fn a_box_with_an_optional_value_is_an_optional_box() {
        let mut item: ItemStruct = parse_quote!(
            pub struct Ship {
                #[serde(default)]
                pub next: Box<Option<Ship>>,
                pub last: Box<Option<Ship>>,
                pub crew: Box<Crew>,
            }
        );
        item.fields.iter_mut().for_each(unbox);
        let expected: ItemStruct = parse_quote!(
            pub struct Ship {
                #[serde(default)]
                #[serde(skip_serializing_if = "::std::option::Option::is_none")]
                pub next: Option<Box<Ship>>,
                pub last: Option<Box<Ship>>,
                pub crew: Box<Crew>,
            }
        );
        assert_eq!(item, expected);
    }
}
