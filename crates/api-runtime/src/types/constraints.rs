//! Constraints that a vendor documents for request bodies, checked before the request is sent.

use std::fmt;

use super::base64::Base64;
use super::secret::Secret;
use super::timestamp::Timestamp;

/// One documented constraint.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Limit {
    /// Minimum length in characters (Unicode scalar values), inclusive.
    MinLength(usize),
    /// Maximum length in characters (Unicode scalar values), inclusive. Of binary data its base64 text is measured.
    MaxLength(usize),
    /// Minimum number of items, inclusive.
    MinItems(usize),
    /// Maximum number of items, inclusive.
    MaxItems(usize),
    /// Inclusive lower bound.
    Minimum(f64),
    /// Inclusive upper bound.
    Maximum(f64),
    /// Exclusive lower bound.
    ExclusiveMinimum(f64),
    /// Exclusive upper bound.
    ExclusiveMaximum(f64),
    /// Maximum size of a file in bytes, inclusive, as configured on the client for the user's plan.
    FileBytes(usize),
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MinLength(limit) => write!(f, "is shorter than {limit} characters"),
            Self::MaxLength(limit) => write!(f, "is longer than {limit} characters"),
            Self::MinItems(limit) => write!(f, "has fewer than {limit} items"),
            Self::MaxItems(limit) => write!(f, "has more than {limit} items"),
            Self::Minimum(limit) => write!(f, "is less than {limit}"),
            Self::Maximum(limit) => write!(f, "is more than {limit}"),
            Self::ExclusiveMinimum(limit) => write!(f, "is not more than {limit}"),
            Self::ExclusiveMaximum(limit) => write!(f, "is not less than {limit}"),
            Self::FileBytes(limit) => {
                write!(f, "is a file of more than the {limit} bytes that this client was told the plan allows")
            }
        }
    }
}

/// Body with constraints. Generated code implements it.
pub trait Limits {
    /// Checks each constrained field, nested bodies included.
    fn check(&self, check: &mut LimitCheck);
}

/// Value that constraints can be checked on.
pub trait Limited {
    /// Returns `true` if the value satisfies the constraint. A constraint of another kind than the value's, such as a
    /// length of a number, is always satisfied.
    fn keeps(&self, limit: Limit) -> bool;
}

/// Validator of a body, which records the first violated constraint.
#[derive(Debug, Default)]
pub struct LimitCheck {
    /// Maximum file size of the user's plan, in bytes; `None` if the client was not configured with one.
    max_file_bytes: Option<usize>,
    path: String,
    broken: Option<(String, Limit)>,
}

impl LimitCheck {
    /// Creates a validator. `max_file_bytes` is the maximum file size of the user's plan; `None` checks no file.
    pub(crate) fn new(max_file_bytes: Option<usize>) -> Self {
        Self { max_file_bytes, ..Self::default() }
    }

    /// Checks the size of a file, if the client was configured with a maximum.
    pub fn file<T: Limited>(&mut self, name: &str, value: &T) {
        if let Some(limit) = self.max_file_bytes {
            self.field(name, value, Limit::FileBytes(limit));
        }
    }

    /// Checks one constraint of a field.
    pub fn field<T: Limited>(&mut self, name: &str, value: &T, limit: Limit) {
        if self.broken.is_none() && !value.keeps(limit) {
            let separator = if self.path.is_empty() { "" } else { "." };
            self.broken = Some((format!("{}{separator}{name}", self.path), limit));
        }
    }

    /// Checks the constraints of the body or list in a field.
    pub fn inside<T: Limits>(&mut self, name: &str, value: &T) {
        let before = self.path.len();
        if before > 0 {
            self.path.push('.');
        }
        self.path.push_str(name);
        value.check(self);
        self.path.truncate(before);
    }

    /// Returns the path and the constraint of the first violation.
    pub(crate) fn broken(self) -> Option<(String, Limit)> {
        self.broken
    }
}

impl Limited for String {
    fn keeps(&self, limit: Limit) -> bool {
        self.as_str().keeps(limit)
    }
}

impl Limited for str {
    fn keeps(&self, limit: Limit) -> bool {
        match limit {
            Limit::MinLength(limit) => self.chars().count() >= limit,
            // A character takes at least one byte, so a string that is short in bytes need not be counted.
            Limit::MaxLength(limit) => self.len() <= limit || self.chars().count() <= limit,
            _ => true,
        }
    }
}

impl Limited for Base64 {
    fn keeps(&self, limit: Limit) -> bool {
        match limit {
            Limit::MinLength(limit) => self.encoded_len() >= limit,
            Limit::MaxLength(limit) => self.encoded_len() <= limit,
            Limit::FileBytes(limit) => self.decoded_len() <= limit,
            _ => true,
        }
    }
}

impl Limited for f64 {
    fn keeps(&self, limit: Limit) -> bool {
        match limit {
            Limit::Minimum(limit) => *self >= limit,
            Limit::Maximum(limit) => *self <= limit,
            Limit::ExclusiveMinimum(limit) => *self > limit,
            Limit::ExclusiveMaximum(limit) => *self < limit,
            _ => true,
        }
    }
}

macro_rules! numbers {
    ($($number:ty),*) => {$(
        impl Limited for $number {
            fn keeps(&self, limit: Limit) -> bool {
                (*self as f64).keeps(limit)
            }
        }
    )*};
}

numbers!(i8, i16, i32, i64, u8, u16, u32, u64, f32);

/// Implements the constraints of a type that wraps a string through that string.
macro_rules! texts {
    ($($text:ty: $read:ident),*) => {$(
        impl Limited for $text {
            fn keeps(&self, limit: Limit) -> bool {
                self.$read().keeps(limit)
            }
        }
    )*};
}

texts!(Secret: expose, Timestamp: as_str);

impl<T> Limited for Vec<T> {
    fn keeps(&self, limit: Limit) -> bool {
        match limit {
            Limit::MinItems(limit) => self.len() >= limit,
            Limit::MaxItems(limit) => self.len() <= limit,
            _ => true,
        }
    }
}

impl<T: Limited> Limited for Option<T> {
    fn keeps(&self, limit: Limit) -> bool {
        self.as_ref().is_none_or(|value| value.keeps(limit))
    }
}

impl<T: Limited> Limited for Box<T> {
    fn keeps(&self, limit: Limit) -> bool {
        (**self).keeps(limit)
    }
}

impl<T: Limits> Limits for Box<T> {
    fn check(&self, check: &mut LimitCheck) {
        (**self).check(check);
    }
}

impl<T: Limits> Limits for &T {
    fn check(&self, check: &mut LimitCheck) {
        (**self).check(check);
    }
}

impl<T: Limits> Limits for Option<T> {
    fn check(&self, check: &mut LimitCheck) {
        if let Some(value) = self {
            value.check(check);
        }
    }
}

impl<T: Limits> Limits for Vec<T> {
    fn check(&self, check: &mut LimitCheck) {
        let before = check.path.len();
        for (index, value) in self.iter().enumerate() {
            check.path.push_str(&format!("[{index}]"));
            value.check(check);
            check.path.truncate(before);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Ship {
        name: String,
        crew: Vec<Sailor>,
    }

    struct Sailor {
        age: Option<i64>,
    }

    impl Limits for Ship {
        fn check(&self, check: &mut LimitCheck) {
            check.field("name", &self.name, Limit::MaxLength(3));
            check.field("crew", &self.crew, Limit::MinItems(1));
            check.inside("crew", &self.crew);
        }
    }

    impl Limits for Sailor {
        fn check(&self, check: &mut LimitCheck) {
            check.field("age", &self.age, Limit::Minimum(16.0));
        }
    }

    fn broken(name: &str, ages: &[Option<i64>]) -> Option<(String, Limit)> {
        let crew = ages.iter().map(|age| Sailor { age: *age }).collect();
        let mut check = LimitCheck::default();
        Ship { name: name.to_owned(), crew }.check(&mut check);
        check.broken()
    }

    #[test]
    fn the_first_limit_that_is_not_kept_is_named_with_its_place() {
        assert_eq!(broken("açã", &[Some(16), None]), None);
        assert_eq!(broken("long", &[]), Some(("name".to_owned(), Limit::MaxLength(3))));
        assert_eq!(broken("a", &[]), Some(("crew".to_owned(), Limit::MinItems(1))));
        assert_eq!(broken("a", &[Some(20), Some(15)]), Some(("crew[1].age".to_owned(), Limit::Minimum(16.0))));
    }

    #[test]
    fn every_type_that_has_a_limit_can_be_measured() {
        assert!(
            !Secret::new("short").keeps(Limit::MinLength(8)) && Secret::new("long enough").keeps(Limit::MinLength(8))
        );
        assert!(!Timestamp::new("2026").keeps(Limit::MinLength(10)));
        assert!(!0_u64.keeps(Limit::ExclusiveMinimum(0.0)) && 1_i32.keeps(Limit::ExclusiveMinimum(0.0)));
        assert!(
            !Some(3_i64).keeps(Limit::ExclusiveMaximum(3.0)) && Some(Box::new(2.5)).keeps(Limit::ExclusiveMaximum(3.0))
        );
        let mut check = LimitCheck::default();
        Some(&Sailor { age: Some(3) }).check(&mut check);
        assert_eq!(check.broken(), Some(("age".to_owned(), Limit::Minimum(16.0))));
    }

    #[test]
    fn binary_data_is_measured_as_its_text() {
        let data = Base64::from_bytes(vec![0; 6]);
        assert!(data.keeps(Limit::MaxLength(8)) && !data.keeps(Limit::MaxLength(7)));
        assert!(Base64::from_encoded("AAAA").keeps(Limit::MaxLength(4)));
    }

    #[test]
    fn a_file_is_measured_by_its_bytes_and_only_where_a_plan_was_stated() {
        for (file, bytes) in [
            (Base64::from_bytes(vec![0; 5]), 5),
            (Base64::from_encoded("AAAAAAA="), 5),
            (Base64::from_encoded("AAAAAA=="), 4),
            (Base64::from_encoded("AAAAAA"), 4),
            (Base64::from_encoded(""), 0),
        ] {
            assert!(file.keeps(Limit::FileBytes(bytes)), "{bytes}");
            assert!(bytes == 0 || !file.keeps(Limit::FileBytes(bytes - 1)), "{bytes}");
        }
        let broken = |limit| {
            let mut check = LimitCheck::new(limit);
            check.file("scan", &Some(Base64::from_bytes(vec![0; 5])));
            check.broken()
        };
        assert_eq!((broken(None), broken(Some(5))), (None, None));
        let (path, limit) = broken(Some(4)).expect("it is larger");
        assert_eq!(
            format!("`{path}` {limit}"),
            "`scan` is a file of more than the 4 bytes that this client was told the plan allows"
        );
    }
}
