use std::fmt;

/// Value of an enum that the spec does not list. It is encoded unchanged.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct UnknownValue(String);

impl UnknownValue {
    /// Wraps a value for [`open_enum!`](crate::open_enum); elsewhere a value comes from converting a string into the
    /// enum.
    #[doc(hidden)]
    pub fn __new(value: String) -> Self {
        Self(value)
    }

    /// Returns the value as it is on the wire.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for UnknownValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("..")
    }
}

/// Defines an open enum of strings: a value that is not listed becomes `Unknown` and is encoded unchanged.
///
/// ```
/// api_runtime::open_enum! {
///     /// Speed of a ship.
///     pub enum Speed {
///         /// Below ten knots.
///         Slow = "slow",
///         /// No speed ordered.
///         Unset = "",
///     }
/// }
/// assert_eq!(Speed::from("slow"), Speed::Slow);
/// assert_eq!(Speed::from("warp").as_str(), "warp");
/// assert!(matches!(Speed::from("warp"), Speed::Unknown(_)));
/// assert!(Speed::Slow == "slow" && Speed::from("warp") == "warp");
/// ```
#[macro_export]
macro_rules! open_enum {
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $wire:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, Hash, Debug)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_meta])* $variant,)+
            /// A value that the spec does not list.
            Unknown($crate::UnknownValue),
        }

        impl $name {
            /// Values that the spec lists.
            pub const KNOWN: &'static [Self] = &[$(Self::$variant),+];

            /// Returns the value as it is on the wire.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $wire,)+
                    Self::Unknown(value) => value.as_str(),
                }
            }

            fn known(value: &str) -> ::core::option::Option<Self> {
                match value {
                    $($wire => ::core::option::Option::Some(Self::$variant),)+
                    _ => ::core::option::Option::None,
                }
            }
        }

        impl ::core::convert::From<&str> for $name {
            fn from(value: &str) -> Self {
                Self::known(value).unwrap_or_else(|| Self::Unknown($crate::UnknownValue::__new(value.into())))
            }
        }

        impl ::core::convert::From<::std::string::String> for $name {
            fn from(value: ::std::string::String) -> Self {
                Self::known(&value).unwrap_or_else(|| Self::Unknown($crate::UnknownValue::__new(value)))
            }
        }

        impl ::core::str::FromStr for $name {
            type Err = ::core::convert::Infallible;

            fn from_str(value: &str) -> ::core::result::Result<Self, Self::Err> {
                ::core::result::Result::Ok(Self::from(value))
            }
        }

        impl ::core::convert::AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl ::core::fmt::Display for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        $crate::__equals_text!($name);

        impl $crate::__private::serde::Serialize for $name {
            fn serialize<S: $crate::__private::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> $crate::__private::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::__private::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                <::std::string::String as $crate::__private::serde::Deserialize>::deserialize(deserializer)
                    .map(Self::from)
            }
        }

        impl ::core::convert::From<&$name> for $crate::__private::Value {
            fn from(value: &$name) -> Self {
                Self::String(value.as_str().to_owned())
            }
        }

        impl ::core::convert::From<$name> for $crate::__private::Value {
            fn from(value: $name) -> Self {
                Self::from(&value)
            }
        }

        $crate::__open_enum_schema!($name, $($wire),+);
    };
}

/// Implements `JsonSchema` with the feature `schemars`: a string enum of the listed values.
#[cfg(feature = "schemars")]
#[doc(hidden)]
#[macro_export]
macro_rules! __open_enum_schema {
    ($name:ident, $($wire:literal),+) => {
        impl $crate::__private::schemars::JsonSchema for $name {
            fn schema_name() -> $crate::__private::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut $crate::__private::schemars::SchemaGenerator) -> $crate::__private::schemars::Schema {
                $crate::__private::string_enum(&[$($wire),+])
            }
        }
    };
}

#[cfg(not(feature = "schemars"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __open_enum_schema {
    ($($ignored:tt)*) => {};
}

#[cfg(test)]
mod tests {
    crate::open_enum! {
        /// Enum for the tests.
        pub enum Tier {
            /// Listed value.
            Basic = "basic",
            /// Listed empty value.
            Unset = "",
        }
    }

    #[test]
    fn an_unlisted_value_survives_and_does_not_print() {
        let tiers: Vec<Tier> = serde_json::from_str(r#"["basic","","gold"]"#).expect("strings");
        assert_eq!(tiers[..2], [Tier::Basic, Tier::Unset]);
        assert_eq!(format!("{:?}", tiers[2]), "Unknown(..)");
        assert_eq!(serde_json::to_string(&tiers).expect("encodes"), r#"["basic","","gold"]"#);
    }

    #[test]
    fn a_listed_value_is_never_unknown() {
        for tier in Tier::KNOWN {
            assert_eq!(Tier::from(tier.as_str().to_owned()), *tier);
            assert!(!matches!(tier, Tier::Unknown(_)));
        }
    }
}
