//! Field of a form on a page.

use crate::vendors::field_checks::is_email;
use crate::vendors::form_entries::FormEntries;

/// Largest number of characters of an entry.
const MAX_CHARACTERS: usize = 1_000;

/// Field of a form, with what was entered into it and the error of that.
#[derive(Debug, Clone, Default)]
pub(crate) struct FormField {
    /// Name of the control, which is its id, too.
    pub(crate) name: String,
    pub(crate) label: String,
    /// Sentence below the label.
    pub(crate) hint: String,
    pub(crate) control: Control,
    /// Token of HTML's `autocomplete`, so that a browser fills it in.
    pub(crate) autocomplete: &'static str,
    pub(crate) value: String,
    /// `true` if the value can't be changed.
    pub(crate) locked: bool,
    pub(crate) required: bool,
    /// Cause and remedy; empty if there is no error.
    pub(crate) error: String,
    /// `true` if it is the first field with an error, where the focus starts.
    pub(crate) has_focus: bool,
}

/// Control of a field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Control {
    #[default]
    Text,
    Email,
    Phone,
    /// Text of digits.
    Digits,
    Date,
    /// One of these.
    Radio(Vec<String>),
    /// One of these, in a list that opens.
    Select(Vec<String>),
    /// Any of these.
    Checklist(Vec<String>),
}

impl FormField {
    /// Reads the entry, unless the field is locked, and checks it.
    pub(crate) fn read(&mut self, entries: &FormEntries) {
        if self.locked {
            return;
        }
        let chosen: Vec<&str> = entries.all(&self.name).filter(|value| !value.is_empty()).collect();
        self.value = match self.control {
            Control::Checklist(_) => chosen.join(CHOICES_SEPARATOR),
            _ => entries.text(&self.name).to_owned(),
        };
        self.error = self.check(&chosen).unwrap_or_default();
    }

    /// Returns the error of the value, if there is one.
    fn check(&self, chosen: &[&str]) -> Option<String> {
        if self.value.is_empty() {
            return self.required.then(|| match self.control {
                Control::Radio(_) | Control::Select(_) => "Choose one.".to_owned(),
                Control::Checklist(_) => "Choose at least one.".to_owned(),
                _ => "This field is empty. Fill it in.".to_owned(),
            });
        }
        if self.value.chars().count() > MAX_CHARACTERS {
            return Some(format!("Enter at most {MAX_CHARACTERS} characters."));
        }
        match &self.control {
            Control::Email if !is_email(&self.value) => {
                Some("This is no e-mail address. Enter one such as ana@example.com.".to_owned())
            }
            Control::Phone if !self.value.chars().any(|character| character.is_ascii_digit()) => {
                Some("This is no phone number. Enter its digits.".to_owned())
            }
            Control::Date if self.value.parse::<jiff::civil::Date>().is_err() => {
                Some("This is no date. Enter one such as 2026-02-28.".to_owned())
            }
            Control::Radio(options) | Control::Select(options) | Control::Checklist(options)
                if !chosen.iter().all(|choice| options.iter().any(|option| option == choice)) =>
            {
                Some("This is not one of the choices. Choose another.".to_owned())
            }
            _ => None,
        }
    }

    /// Returns `true` if this choice is a part of the value.
    pub(crate) fn has_chosen(&self, option: &str) -> bool {
        match self.control {
            Control::Checklist(_) => self.value.split(CHOICES_SEPARATOR).any(|choice| choice == option),
            _ => self.value == option,
        }
    }

    /// Returns the value of HTML's `type`.
    pub(crate) fn input_type(&self) -> &'static str {
        match self.control {
            Control::Email => "email",
            Control::Phone => "tel",
            Control::Date => "date",
            _ => "text",
        }
    }

    /// Returns the value of `aria-describedby`: the ids of hint and error.
    pub(crate) fn described_by(&self) -> String {
        let parts = [("hint", &self.hint), ("error", &self.error)];
        let ids = parts.iter().filter(|(_, text)| !text.is_empty()).map(|(kind, _)| format!("{}-{kind}", self.name));
        ids.collect::<Vec<_>>().join(" ")
    }
}

/// Text between the choices in the value of a check list, as between the options of a template.
const CHOICES_SEPARATOR: &str = "; ";
