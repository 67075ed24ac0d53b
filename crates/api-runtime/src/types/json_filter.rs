use std::fmt;

/// Sort order of a list, by one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sort(String);

impl Sort {
    /// Creates an ascending order: smallest value first.
    pub fn ascending(field: impl Into<String>) -> Self {
        Self(field.into())
    }

    /// Creates a descending order: largest value first.
    pub fn descending(field: impl AsRef<str>) -> Self {
        Self(format!("-{}", field.as_ref()))
    }
}

impl fmt::Display for Sort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for Sort {
    /// Creates an order from its wire form: the field's name, after a minus sign if descending.
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

/// Defines a list filter: an object of field names and the value that each must equal, sent as JSON in the query.
///
/// ```
/// api_runtime::json_filter! {
///     /// Filter of the ship list.
///     pub struct ShipFilter {
///         /// Name of the captain.
///         captain_name = "captain.name",
///     }
/// }
/// let filter = ShipFilter::new().captain_name("Ann").field("speed", 9).field("lost_at", ());
/// assert_eq!(filter.to_string(), r#"{"captain.name":"Ann","lost_at":null,"speed":9}"#);
/// ```
#[macro_export]
macro_rules! json_filter {
    ($(#[$meta:meta])* pub struct $name:ident { $($(#[$field_meta:meta])* $field:ident = $wire:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Default, PartialEq, $crate::__private::serde::Deserialize, $crate::__private::serde::Serialize)]
        #[serde(crate = "::api_runtime::__private::serde", transparent)]
        pub struct $name(::std::collections::BTreeMap<::std::string::String, $crate::__private::Value>);

        impl $name {
            /// Creates an empty filter, which matches every item.
            pub fn new() -> Self {
                Self::default()
            }

            /// Sets a field by its wire name, for a field without a method here. The parts of a nested name are joined
            /// by dots.
            #[must_use]
            pub fn field(
                mut self,
                name: impl ::core::convert::Into<::std::string::String>,
                value: impl ::core::convert::Into<$crate::__private::Value>,
            ) -> Self {
                self.0.insert(name.into(), value.into());
                self
            }

            $(
                $(#[$field_meta])*
                #[must_use]
                pub fn $field(self, value: impl ::core::convert::Into<$crate::__private::Value>) -> Self {
                    self.field($wire, value)
                }
            )*
        }

        impl ::core::fmt::Display for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                let fields = self.0.iter().map(|(name, value)| (name.clone(), value.clone()));
                let object: $crate::__private::Value = fields.collect();
                ::core::fmt::Display::fmt(&object, f)
            }
        }

        impl ::core::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }

        $crate::__filter_schema!($name, $($wire),*);
    };
}

/// Implements `JsonSchema` with the feature `schemars`: an object of the known fields, each of any JSON type.
#[cfg(feature = "schemars")]
#[doc(hidden)]
#[macro_export]
macro_rules! __filter_schema {
    ($name:ident, $($wire:literal),*) => {
        impl $crate::__private::schemars::JsonSchema for $name {
            fn schema_name() -> $crate::__private::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut $crate::__private::schemars::SchemaGenerator) -> $crate::__private::schemars::Schema {
                $crate::__private::open_object(&[$($wire),*])
            }
        }
    };
}

#[cfg(not(feature = "schemars"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __filter_schema {
    ($($ignored:tt)*) => {};
}
