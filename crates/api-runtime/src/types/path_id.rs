use std::fmt;

/// Error of a value that can't be one segment of a URL path. Check where the id was taken from: it is not one that the
/// vendor assigned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidId {
    /// The value is empty. Often a variable or column is not set.
    Empty,
    /// The value is `.` or `..`, which a URL parser resolves to another path. No id has this form.
    DotSegment,
    /// The value contains this character, which ends or escapes a path segment. Pass the id alone, not a path
    /// or URL, and not percent-encoded; the client encodes it.
    Character(char),
}

impl fmt::Display for InvalidId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("an id must not be empty"),
            Self::DotSegment => f.write_str("an id must not be `.` or `..`"),
            Self::Character(found) => write!(f, "an id must not contain {found:?}"),
        }
    }
}

impl std::error::Error for InvalidId {}

/// Checks that `value` is safe as one segment of a URL path, for every server that decodes the URL.
///
/// # Errors
///
/// [`InvalidId::Empty`] for an empty value, [`InvalidId::DotSegment`] for `.` and `..`, [`InvalidId::Character`] for
/// the first `/`, `\`, `?`, `#`, `%` or control character.
pub fn check_segment(value: &str) -> Result<(), InvalidId> {
    match value {
        "" => Err(InvalidId::Empty),
        "." | ".." => Err(InvalidId::DotSegment),
        _ => match value.chars().find(|c| matches!(c, '/' | '\\' | '?' | '#' | '%') || c.is_control()) {
            Some(found) => Err(InvalidId::Character(found)),
            None => Ok(()),
        },
    }
}

/// Defines the type of an id that is used in URL paths.
///
/// `new` validates the value. An id in a response is taken unchanged, so that no response is lost over it, and is
/// validated when it is used in a path. `Debug` shows the value with `: Debug` after the name only.
///
/// ```
/// api_runtime::path_id! {
///     /// Id of a ship.
///     pub struct ShipId;
/// }
/// assert_eq!(ShipId::new("NCC-1701")?, "NCC-1701");
/// assert!(ShipId::new("..").is_err());
/// assert_eq!(format!("{:?}", ShipId::new("NCC-1701")?), "ShipId(..)");
///
/// api_runtime::path_id! {
///     /// Id of a port.
///     pub struct PortId: Debug;
/// }
/// assert_eq!(format!("{:?}", PortId::new("BRSSZ")?), r#"PortId("BRSSZ")"#);
/// # Ok::<(), api_runtime::InvalidId>(())
/// ```
#[macro_export]
macro_rules! path_id {
    ($(#[$meta:meta])* pub struct $name:ident $(: $debug:ident)?;) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(::std::string::String);

        impl $name {
            /// Creates an id from the text that the vendor assigned.
            ///
            /// # Errors
            ///
            /// [`InvalidId`]($crate::InvalidId) if the value is empty, is `.` or `..`, or contains `/`, `\`,
            /// `?`, `#`, `%` or a control character.
            pub fn new(
                value: impl ::core::convert::Into<::std::string::String>,
            ) -> ::core::result::Result<Self, $crate::InvalidId> {
                let value = value.into();
                $crate::check_segment(&value)?;
                ::core::result::Result::Ok(Self(value))
            }

            /// Returns the id as the vendor assigned it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        $crate::__id_debug!($name $($debug)?);

        impl ::core::fmt::Display for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl ::core::convert::AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl ::core::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        $crate::__equals_text!($name);

        impl ::core::str::FromStr for $name {
            type Err = $crate::InvalidId;

            fn from_str(value: &str) -> ::core::result::Result<Self, Self::Err> {
                Self::new(value)
            }
        }

        impl ::core::convert::TryFrom<&str> for $name {
            type Error = $crate::InvalidId;

            fn try_from(value: &str) -> ::core::result::Result<Self, Self::Error> {
                Self::new(value)
            }
        }

        impl ::core::convert::TryFrom<::std::string::String> for $name {
            type Error = $crate::InvalidId;

            fn try_from(value: ::std::string::String) -> ::core::result::Result<Self, Self::Error> {
                Self::new(value)
            }
        }

        impl ::core::convert::From<&$name> for $name {
            fn from(id: &$name) -> Self {
                id.clone()
            }
        }

        impl ::core::convert::From<$name> for ::std::string::String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl ::core::convert::From<&$name> for ::std::string::String {
            fn from(id: &$name) -> Self {
                id.0.clone()
            }
        }

        impl $crate::__private::serde::Serialize for $name {
            fn serialize<S: $crate::__private::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> $crate::__private::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::__private::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                <::std::string::String as $crate::__private::serde::Deserialize>::deserialize(deserializer).map(Self)
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

        $crate::__string_schema!($name);
    };
}

/// Implements `Debug` of an id, which shows its value if `Debug` follows the name.
#[doc(hidden)]
#[macro_export]
macro_rules! __id_debug {
    ($name:ident) => {
        impl ::core::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    };
    ($name:ident Debug) => {
        impl ::core::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.debug_tuple(stringify!($name)).field(&self.0).finish()
            }
        }
    };
}

/// Implements comparison with text, of a type with `as_str`.
#[doc(hidden)]
#[macro_export]
macro_rules! __equals_text {
    ($name:ident) => {
        impl ::core::cmp::PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                self.as_str() == other
            }
        }

        impl ::core::cmp::PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                self.as_str() == *other
            }
        }
    };
}

/// Implements `JsonSchema` with the feature `schemars`: a string.
#[cfg(feature = "schemars")]
#[doc(hidden)]
#[macro_export]
macro_rules! __string_schema {
    ($name:ident) => {
        impl $crate::__private::schemars::JsonSchema for $name {
            fn schema_name() -> $crate::__private::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(
                _: &mut $crate::__private::schemars::SchemaGenerator,
            ) -> $crate::__private::schemars::Schema {
                $crate::__private::string_schema(::core::option::Option::None)
            }
        }
    };
}

#[cfg(not(feature = "schemars"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __string_schema {
    ($($ignored:tt)*) => {};
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    crate::path_id! {
        /// Id for the tests.
        pub struct ShipId;
    }

    #[test]
    fn an_id_is_compared_looked_up_and_converted_as_text() {
        let id = ShipId::new("NCC-1701").expect("an id");
        assert!(id == "NCC-1701" && id == *"NCC-1701" && id != "NCC-1702");
        assert_eq!(BTreeMap::from([(id.clone(), 9)]).get("NCC-1701"), Some(&9));
        assert_eq!([String::from(&id), id.into()], ["NCC-1701", "NCC-1701"]);
    }

    #[test]
    fn refuses_what_would_change_the_path() {
        for (value, fault) in [
            ("", InvalidId::Empty),
            (".", InvalidId::DotSegment),
            ("..", InvalidId::DotSegment),
            ("a/b", InvalidId::Character('/')),
            ("a\\b", InvalidId::Character('\\')),
            ("a?b", InvalidId::Character('?')),
            ("a#b", InvalidId::Character('#')),
            ("%2e%2e", InvalidId::Character('%')),
            ("a\nb", InvalidId::Character('\n')),
        ] {
            assert_eq!(check_segment(value), Err(fault), "{value:?}");
        }
        for value in ["exmplePA", "...", "ana+1@aurora.example", "número"] {
            assert_eq!(check_segment(value), Ok(()), "{value:?}");
        }
    }
}
