/// Text of an optional parameter: a text, or an `Option` of one whose `None` leaves the parameter out.
pub trait OptionalText<'t> {
    /// Returns the text.
    fn into_text(self) -> Option<&'t str>;
}

impl<'t> OptionalText<'t> for &'t str {
    fn into_text(self) -> Option<&'t str> {
        Some(self)
    }
}

impl<'t> OptionalText<'t> for &'t String {
    fn into_text(self) -> Option<&'t str> {
        Some(self)
    }
}

impl<'t> OptionalText<'t> for &'t Option<String> {
    fn into_text(self) -> Option<&'t str> {
        self.as_deref()
    }
}

// The only one for an `Option`, by which a bare `None` has a type.
impl<'t> OptionalText<'t> for Option<&'t str> {
    fn into_text(self) -> Option<&'t str> {
        self
    }
}
