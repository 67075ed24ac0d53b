//! Lookup of the keys of an object.

use super::value_type::{Key, Object};
use super::{schema, tables};

impl Object {
    /// Returns the keys that the specification defines.
    pub fn keys(self) -> &'static [Key] {
        match self {
            Self::Document => tables::DOCUMENT,
            Self::Info => tables::INFO,
            Self::Contact => tables::CONTACT,
            Self::License => tables::LICENSE,
            Self::Server => tables::SERVER,
            Self::ServerVariable => tables::SERVER_VARIABLE,
            Self::Paths | Self::Callback | Self::SecurityRequirement => &[],
            Self::PathItem => tables::PATH_ITEM,
            Self::Operation => tables::OPERATION,
            Self::ExternalDocumentation => tables::EXTERNAL_DOCUMENTATION,
            Self::Parameter => tables::PARAMETER,
            Self::RequestBody => tables::REQUEST_BODY,
            Self::MediaType => tables::MEDIA_TYPE,
            Self::Encoding => tables::ENCODING,
            Self::Responses => tables::RESPONSES,
            Self::Response => tables::RESPONSE,
            Self::Example => tables::EXAMPLE,
            Self::Link => tables::LINK,
            Self::Header => tables::HEADER,
            Self::Tag => tables::TAG,
            Self::Reference => tables::REFERENCE,
            Self::Schema => schema::SCHEMA,
            Self::Discriminator => schema::DISCRIMINATOR,
            Self::Xml => schema::XML,
            Self::Components => tables::COMPONENTS,
            Self::SecurityScheme => tables::SECURITY_SCHEME,
            Self::OauthFlows => tables::OAUTH_FLOWS,
            Self::OauthFlow => tables::OAUTH_FLOW,
        }
    }

    pub fn key(self, name: &str) -> Option<&'static Key> {
        self.keys().iter().find(|(known, ..)| *known == name)
    }
}
