//! `Debug` of generated types. The generator chooses the fields, by the rule in the documentation of their module `types`.

use std::fmt::{self, Debug, Formatter};

/// Writes a type with the fields that may be shown and have a value.
///
/// # Errors
///
/// That of the formatter.
#[doc(hidden)]
pub fn __debug(f: &mut Formatter<'_>, name: &str, fields: &[(&str, Option<&dyn Debug>)]) -> fmt::Result {
    let mut shown = f.debug_struct(name);
    for (name, value) in fields {
        if let Some(value) = value {
            shown.field(name, value);
        }
    }
    shown.finish_non_exhaustive()
}

/// Returns the value of an optional field for [`__debug`].
#[doc(hidden)]
pub fn __debug_value<T: Debug>(value: &Option<T>) -> Option<&dyn Debug> {
    value.as_ref().map(|value| value as &dyn Debug)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Ship {
        speed: Option<u8>,
        afloat: bool,
        captain: Option<&'static str>,
    }

    impl Debug for Ship {
        fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
            let fields = [("speed", __debug_value(&self.speed)), ("afloat", Some(&self.afloat as &dyn Debug))];
            __debug(f, "Ship", &fields)
        }
    }

    #[test]
    fn a_field_without_a_value_and_one_that_is_not_named_are_left_out() {
        let mut ship = Ship { speed: None, afloat: true, captain: Some("Ana") };
        assert_eq!(format!("{ship:?}"), "Ship { afloat: true, .. }");
        ship.speed = Some(9);
        assert_eq!(format!("{ship:?}"), "Ship { speed: 9, afloat: true, .. }");
        assert_eq!(ship.captain, Some("Ana"));
    }
}
