//! Constraints that a vendor documents for request bodies, checked before the request is sent.

use std::fmt;

use super::base64::Base64;
use super::secret::Secret;
use super::timestamp::Timestamp;

/// One documented constraint.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Constraint {
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
    /// E-mail address: a text on each side of an `@`, and no blanks around them. What else an address can't be, the vendor
    /// decides.
    Email,
    /// Absolute URL without blanks and control characters.
    Url,
    /// Maximum size of a file in bytes, inclusive, as configured on the client for the user's plan.
    FileBytes(usize),
    /// Exactly one of these fields is given.
    ExactlyOne(&'static [&'static str]),
}

impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MinLength(constraint) => write!(f, "is shorter than {constraint} characters"),
            Self::MaxLength(constraint) => write!(f, "is longer than {constraint} characters"),
            Self::MinItems(constraint) => write!(f, "has fewer than {constraint} items"),
            Self::MaxItems(constraint) => write!(f, "has more than {constraint} items"),
            Self::Minimum(constraint) => write!(f, "is less than {constraint}"),
            Self::Maximum(constraint) => write!(f, "is more than {constraint}"),
            Self::ExclusiveMinimum(constraint) => write!(f, "is not more than {constraint}"),
            Self::ExclusiveMaximum(constraint) => write!(f, "is not less than {constraint}"),
            Self::Email => f.write_str("is no e-mail address"),
            Self::Url => f.write_str("is no absolute url, as in https://crm.example/hook, or has a blank in it"),
            Self::ExactlyOne(fields) => write!(f, "is not given by exactly one of `{}`", fields.join("`, `")),
            Self::FileBytes(constraint) => {
                let size = FileSize(*constraint);
                write!(f, "is a file of more than {size}, which this client was told is what the plan allows")
            }
        }
    }
}

/// Size of a file in bytes, and in MB where that is a whole number of millions or of 1024 squared.
struct FileSize(usize);

impl fmt::Display for FileSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(bytes) = self;
        match [1_000_000, 1024 * 1024].into_iter().find(|unit| *bytes > 0 && bytes % unit == 0) {
            Some(unit) => write!(f, "{} MB ({bytes} bytes)", bytes / unit),
            None => write!(f, "{bytes} bytes"),
        }
    }
}

/// Body with constraints. Generated code implements it.
pub trait Validate {
    /// Checks each constrained field, nested bodies included.
    fn validate(&self, validator: &mut Validator);
}

/// Value that constraints can be checked on.
pub trait Constrained {
    /// Returns `true` if the value satisfies the constraint. A constraint of another kind than the value's, such as a
    /// length of a number, is always satisfied.
    fn satisfies(&self, constraint: Constraint) -> bool;
}

/// Validator of a body, which records the first violated constraint.
#[derive(Debug, Default)]
pub struct Validator {
    /// Maximum file size of the user's plan, in bytes; `None` if the client was not configured with one.
    max_file_bytes: Option<usize>,
    path: String,
    violation: Option<(String, Constraint)>,
}

impl Validator {
    /// Creates a validator. `max_file_bytes` is the maximum file size of the user's plan; `None` checks no file.
    pub(crate) fn new(max_file_bytes: Option<usize>) -> Self {
        Self { max_file_bytes, ..Self::default() }
    }

    /// Checks the size of a file, if the client was configured with a maximum.
    pub fn file<T: Constrained>(&mut self, name: &str, value: &T) {
        if let Some(constraint) = self.max_file_bytes {
            self.field(name, value, Constraint::FileBytes(constraint));
        }
    }

    /// Checks one constraint of a field.
    pub fn field<T: Constrained>(&mut self, name: &str, value: &T, constraint: Constraint) {
        self.check(name, value.satisfies(constraint), constraint);
    }

    /// Checks that exactly one field of a group is set. `name` is that of the group; `is_set` is in the order of the fields.
    pub fn exactly_one(&mut self, name: &str, fields: &'static [&'static str], is_set: &[bool]) {
        let count = is_set.iter().filter(|is_set| **is_set).count();
        self.check(name, count == 1, Constraint::ExactlyOne(fields));
    }

    fn check(&mut self, name: &str, is_satisfied: bool, constraint: Constraint) {
        if self.violation.is_none() && !is_satisfied {
            let separator = if self.path.is_empty() { "" } else { "." };
            self.violation = Some((format!("{}{separator}{name}", self.path), constraint));
        }
    }

    /// Checks the constraints of the body or list in a field.
    pub fn nested<T: Validate>(&mut self, name: &str, value: &T) {
        let before = self.path.len();
        if before > 0 {
            self.path.push('.');
        }
        self.path.push_str(name);
        value.validate(self);
        self.path.truncate(before);
    }

    /// Returns the path and the constraint of the first violation.
    pub(crate) fn violation(self) -> Option<(String, Constraint)> {
        self.violation
    }
}

impl Constrained for String {
    fn satisfies(&self, constraint: Constraint) -> bool {
        self.as_str().satisfies(constraint)
    }
}

impl Constrained for str {
    fn satisfies(&self, constraint: Constraint) -> bool {
        match constraint {
            Constraint::MinLength(constraint) => self.chars().count() >= constraint,
            // A character takes at least one byte, so a string that is short in bytes need not be counted.
            Constraint::MaxLength(constraint) => self.len() <= constraint || self.chars().count() <= constraint,
            Constraint::Email => {
                let sides = self.rsplit_once('@');
                self.trim() == self && sides.is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty())
            }
            // The parser would encode a blank, or leave out a line break.
            Constraint::Url => {
                !self.contains(|c: char| c.is_whitespace() || c.is_control()) && url::Url::parse(self).is_ok()
            }
            _ => true,
        }
    }
}

impl Constrained for Base64 {
    fn satisfies(&self, constraint: Constraint) -> bool {
        match constraint {
            Constraint::MinLength(constraint) => self.encoded_len() >= constraint,
            Constraint::MaxLength(constraint) => self.encoded_len() <= constraint,
            Constraint::FileBytes(constraint) => self.decoded_len() <= constraint,
            _ => true,
        }
    }
}

impl Constrained for f64 {
    fn satisfies(&self, constraint: Constraint) -> bool {
        match constraint {
            Constraint::Minimum(constraint) => *self >= constraint,
            Constraint::Maximum(constraint) => *self <= constraint,
            Constraint::ExclusiveMinimum(constraint) => *self > constraint,
            Constraint::ExclusiveMaximum(constraint) => *self < constraint,
            _ => true,
        }
    }
}

macro_rules! numbers {
    ($($number:ty),*) => {$(
        impl Constrained for $number {
            fn satisfies(&self, constraint: Constraint) -> bool {
                (*self as f64).satisfies(constraint)
            }
        }
    )*};
}

numbers!(i8, i16, i32, i64, u8, u16, u32, u64, f32);

/// Implements the constraints of a type that wraps a string through that string.
macro_rules! texts {
    ($($text:ty: $read:ident),*) => {$(
        impl Constrained for $text {
            fn satisfies(&self, constraint: Constraint) -> bool {
                self.$read().satisfies(constraint)
            }
        }
    )*};
}

texts!(Secret: expose, Timestamp: as_str);

impl<T> Constrained for Vec<T> {
    fn satisfies(&self, constraint: Constraint) -> bool {
        match constraint {
            Constraint::MinItems(constraint) => self.len() >= constraint,
            Constraint::MaxItems(constraint) => self.len() <= constraint,
            _ => true,
        }
    }
}

impl<T: Constrained> Constrained for Option<T> {
    fn satisfies(&self, constraint: Constraint) -> bool {
        self.as_ref().is_none_or(|value| value.satisfies(constraint))
    }
}

impl<T: Constrained> Constrained for Box<T> {
    fn satisfies(&self, constraint: Constraint) -> bool {
        (**self).satisfies(constraint)
    }
}

impl<T: Validate> Validate for Box<T> {
    fn validate(&self, validator: &mut Validator) {
        (**self).validate(validator);
    }
}

impl<T: Validate> Validate for &T {
    fn validate(&self, validator: &mut Validator) {
        (**self).validate(validator);
    }
}

impl<T: Validate> Validate for Option<T> {
    fn validate(&self, validator: &mut Validator) {
        if let Some(value) = self {
            value.validate(validator);
        }
    }
}

impl<T: Validate> Validate for Vec<T> {
    fn validate(&self, validator: &mut Validator) {
        let before = validator.path.len();
        for (index, value) in self.iter().enumerate() {
            validator.path.push_str(&format!("[{index}]"));
            value.validate(validator);
            validator.path.truncate(before);
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

    impl Validate for Ship {
        fn validate(&self, validator: &mut Validator) {
            validator.field("name", &self.name, Constraint::MaxLength(3));
            validator.field("crew", &self.crew, Constraint::MinItems(1));
            validator.nested("crew", &self.crew);
        }
    }

    impl Validate for Sailor {
        fn validate(&self, validator: &mut Validator) {
            validator.field("age", &self.age, Constraint::Minimum(16.0));
        }
    }

    fn violation(name: &str, ages: &[Option<i64>]) -> Option<(String, Constraint)> {
        let crew = ages.iter().map(|age| Sailor { age: *age }).collect();
        let mut validator = Validator::default();
        Ship { name: name.to_owned(), crew }.validate(&mut validator);
        validator.violation()
    }

    #[test]
    fn the_first_limit_that_is_not_kept_is_named_with_its_place() {
        assert_eq!(violation("açã", &[Some(16), None]), None);
        assert_eq!(violation("long", &[]), Some(("name".to_owned(), Constraint::MaxLength(3))));
        assert_eq!(violation("a", &[]), Some(("crew".to_owned(), Constraint::MinItems(1))));
        assert_eq!(violation("a", &[Some(20), Some(15)]), Some(("crew[1].age".to_owned(), Constraint::Minimum(16.0))));
    }

    #[test]
    fn every_type_that_has_a_limit_can_be_measured() {
        assert!(
            !Secret::new("short").satisfies(Constraint::MinLength(8))
                && Secret::new("long enough").satisfies(Constraint::MinLength(8))
        );
        assert!(!Timestamp::new("2026").satisfies(Constraint::MinLength(10)));
        assert!(
            !0_u64.satisfies(Constraint::ExclusiveMinimum(0.0)) && 1_i32.satisfies(Constraint::ExclusiveMinimum(0.0))
        );
        assert!(
            !Some(3_i64).satisfies(Constraint::ExclusiveMaximum(3.0))
                && Some(Box::new(2.5)).satisfies(Constraint::ExclusiveMaximum(3.0))
        );
        let mut validator = Validator::default();
        Some(&Sailor { age: Some(3) }).validate(&mut validator);
        assert_eq!(validator.violation(), Some(("age".to_owned(), Constraint::Minimum(16.0))));
    }

    #[test]
    fn what_can_be_no_address_is_refused() {
        for address in ["ana@x.example", "\"ana b\"@x.example", "ana@b@localhost", "ána@é"] {
            assert!(address.satisfies(Constraint::Email), "{address}");
        }
        for address in ["", "nonsense", "@x.example", "ana@", " ana@x.example", "ana@x.example\n"] {
            assert!(!address.to_owned().satisfies(Constraint::Email), "{address}");
        }
        assert!(Option::<String>::None.satisfies(Constraint::Email));
        assert_eq!(Constraint::Email.to_string(), "is no e-mail address");
    }

    #[test]
    fn what_can_be_no_url_is_refused() {
        for url in ["https://crm.example/d360?secret=a%20b", "http://127.0.0.1:3000", "https://münchen.example/ä"] {
            assert!(url.satisfies(Constraint::Url), "{url}");
        }
        for url in
            ["", "crm.example/d360", "/d360", "https://", "https://crm.example/?secret=a b", "https://crm.example\n"]
        {
            assert!(!url.to_owned().satisfies(Constraint::Url), "{url}");
        }
    }

    #[test]
    fn exactly_one_field_of_a_group_is_set() {
        let violation = |is_set: &[bool]| {
            let mut validator = Validator::default();
            validator.exactly_one("mark", &["name", "sign"], is_set);
            validator.violation().map(|(path, constraint)| format!("`{path}` {constraint}"))
        };
        assert_eq!((violation(&[true, false]), violation(&[false, true])), (None, None));
        for is_set in [[false, false], [true, true]] {
            let said = "`mark` is not given by exactly one of `name`, `sign`";
            assert_eq!(violation(&is_set).as_deref(), Some(said));
        }
    }

    #[test]
    fn binary_data_is_measured_as_its_text() {
        let data = Base64::from_bytes(vec![0; 6]);
        assert!(data.satisfies(Constraint::MaxLength(8)) && !data.satisfies(Constraint::MaxLength(7)));
        assert!(Base64::from_encoded("AAAA").satisfies(Constraint::MaxLength(4)));
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
            assert!(file.satisfies(Constraint::FileBytes(bytes)), "{bytes}");
            assert!(bytes == 0 || !file.satisfies(Constraint::FileBytes(bytes - 1)), "{bytes}");
        }
        let violation = |constraint| {
            let mut validator = Validator::new(constraint);
            validator.file("scan", &Some(Base64::from_bytes(vec![0; 5])));
            validator.violation()
        };
        assert_eq!((violation(None), violation(Some(5))), (None, None));
        let (path, constraint) = violation(Some(4)).expect("it is larger");
        assert_eq!(
            format!("`{path}` {constraint}"),
            "`scan` is a file of more than 4 bytes, which this client was told is what the plan allows"
        );
        for (bytes, size) in [(10_485_760, "10 MB (10485760 bytes)"), (20_000_000, "20 MB (20000000 bytes)")] {
            assert!(Constraint::FileBytes(bytes).to_string().contains(size), "{size}");
        }
    }
}
