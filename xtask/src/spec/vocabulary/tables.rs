//! Keys of every object but the schema.

use super::value_type::Handling::{Ignored, Read, Rejected};
use super::value_type::ValueType::{Any, Array, Boolean, Dialect, Map, Target, Text, Version};
use super::value_type::{Handling, Key, Object, ValueType};

pub const SCHEMA_FORM: ValueType = ValueType::Object(Object::Schema);
const CALLBACK: ValueType = ValueType::Object(Object::Callback);
const DOCUMENTATION: ValueType = ValueType::Object(Object::ExternalDocumentation);
const EXAMPLE_FORM: ValueType = ValueType::Object(Object::Example);
const FLOW: ValueType = ValueType::Object(Object::OauthFlow);
const HEADER_FORM: ValueType = ValueType::Object(Object::Header);
const LINK_FORM: ValueType = ValueType::Object(Object::Link);
const MEDIA_TYPE_FORM: ValueType = ValueType::Object(Object::MediaType);
const OPERATION_FORM: ValueType = ValueType::Object(Object::Operation);
const PARAMETER_FORM: ValueType = ValueType::Object(Object::Parameter);
const PATH_ITEM_FORM: ValueType = ValueType::Object(Object::PathItem);
const REQUEST_BODY_FORM: ValueType = ValueType::Object(Object::RequestBody);
const RESPONSE_FORM: ValueType = ValueType::Object(Object::Response);
const SECURITY_SCHEME_FORM: ValueType = ValueType::Object(Object::SecurityScheme);
const SECURITY: ValueType = Array(&ValueType::Object(Object::SecurityRequirement));
const SERVERS: ValueType = Array(&ValueType::Object(Object::Server));

pub const PEOPLE: Handling = Ignored("for people who read the document");
pub const XML_REASON: Handling = Ignored("how the value is written as XML, which is neither sent nor read");
const ANSWER_HEADERS: Handling = Ignored("every answer's headers are handed over as they came");
const LINKS: Handling = Ignored("which call may follow is for the caller to decide");
const TOKENS: Handling = Ignored("how a token is obtained is the caller's affair");
const EMPTY: Handling = Ignored("an empty value is sent where one is given");
const ESCAPED: Handling = Ignored("an escaped character means the same");
const PART: Handling = Ignored("each part of a form is one text or one file");

pub const DOCUMENT: &[Key] = &[
    ("openapi", Version, Read("spec::vocabulary")),
    ("info", ValueType::Object(Object::Info), Read("codegen::lower::operations")),
    ("jsonSchemaDialect", Dialect, Read("spec::vocabulary")),
    ("servers", SERVERS, Read("codegen::lower::security")),
    ("paths", ValueType::Object(Object::Paths), Read("codegen::lower::operations")),
    ("webhooks", Map(&PATH_ITEM_FORM), Read("spec::downlevel")),
    ("components", ValueType::Object(Object::Components), Read("codegen::lower::schemas")),
    ("security", SECURITY, Read("codegen::lower::security")),
    ("tags", Array(&ValueType::Object(Object::Tag)), Read("spec::merge")),
    ("externalDocs", DOCUMENTATION, PEOPLE),
];

pub const INFO: &[Key] = &[
    ("title", Text, Read("codegen::lower::operations")),
    ("version", Text, Read("codegen::lower::operations")),
    ("summary", Text, PEOPLE),
    ("description", Text, PEOPLE),
    ("termsOfService", Text, PEOPLE),
    ("contact", ValueType::Object(Object::Contact), PEOPLE),
    ("license", ValueType::Object(Object::License), PEOPLE),
];

pub const CONTACT: &[Key] = &[("name", Text, PEOPLE), ("url", Text, PEOPLE), ("email", Text, PEOPLE)];

pub const LICENSE: &[Key] = &[("name", Text, PEOPLE), ("identifier", Text, PEOPLE), ("url", Text, PEOPLE)];

pub const SERVER: &[Key] = &[
    ("url", Text, Read("codegen::lower::security")),
    ("description", Text, PEOPLE),
    ("variables", Map(&ValueType::Object(Object::ServerVariable)), Read("codegen::lower::security")),
];

pub const SERVER_VARIABLE: &[Key] = &[
    ("enum", Array(&Text), Ignored("the default counts; another address is for the client's builder")),
    ("default", Text, Read("codegen::lower::security")),
    ("description", Text, PEOPLE),
];

pub const PATH_ITEM: &[Key] = &[
    ("$ref", Target, Read("spec::downlevel::references")),
    ("summary", Text, PEOPLE),
    ("description", Text, PEOPLE),
    ("get", OPERATION_FORM, Read("spec::document")),
    ("put", OPERATION_FORM, Read("spec::document")),
    ("post", OPERATION_FORM, Read("spec::document")),
    ("delete", OPERATION_FORM, Read("spec::document")),
    ("options", OPERATION_FORM, Read("spec::document")),
    ("head", OPERATION_FORM, Read("spec::document")),
    ("patch", OPERATION_FORM, Read("spec::document")),
    ("trace", OPERATION_FORM, Read("spec::document")),
    ("servers", SERVERS, Read("codegen::lower::security")),
    ("parameters", Array(&PARAMETER_FORM), Read("codegen::lower::parameters")),
];

pub const OPERATION: &[Key] = &[
    ("tags", Array(&Text), Read("codegen::lower::operations")),
    ("summary", Text, Read("codegen::lower::operations")),
    ("description", Text, Read("codegen::lower::operations")),
    ("externalDocs", DOCUMENTATION, Read("codegen::lower::operations")),
    ("operationId", Text, Read("codegen::lower::operations")),
    ("parameters", Array(&PARAMETER_FORM), Read("codegen::lower::parameters")),
    ("requestBody", REQUEST_BODY_FORM, Read("codegen::lower::bodies")),
    ("responses", ValueType::Object(Object::Responses), Read("codegen::lower::bodies")),
    ("callbacks", Map(&CALLBACK), Read("codegen::lower::operations")),
    ("deprecated", Boolean, Read("codegen::lower::operations")),
    ("security", SECURITY, Read("codegen::lower::security")),
    ("servers", SERVERS, Read("codegen::lower::security")),
];

pub const EXTERNAL_DOCUMENTATION: &[Key] =
    &[("url", Text, Read("codegen::lower::operations")), ("description", Text, PEOPLE)];

pub const PARAMETER: &[Key] = &[
    ("name", Text, Read("codegen::lower::parameters")),
    ("in", Text, Read("codegen::lower::parameters")),
    ("description", Text, Read("codegen::lower::parameters")),
    ("required", Boolean, Read("codegen::lower::parameters")),
    ("deprecated", Boolean, PEOPLE),
    ("allowEmptyValue", Boolean, EMPTY),
    ("style", Text, Read("codegen::lower::parameters")),
    ("explode", Boolean, Read("codegen::lower::parameters")),
    ("allowReserved", Boolean, ESCAPED),
    ("schema", SCHEMA_FORM, Read("codegen::lower::parameters")),
    ("example", Any, Read("codegen::lower::parameters")),
    ("examples", Map(&EXAMPLE_FORM), Read("codegen::lower::parameters")),
    ("content", Map(&MEDIA_TYPE_FORM), Read("codegen::lower::parameters")),
];

pub const REQUEST_BODY: &[Key] = &[
    ("description", Text, Read("codegen::lower::bodies")),
    ("content", Map(&MEDIA_TYPE_FORM), Read("codegen::lower::bodies")),
    ("required", Boolean, Read("codegen::lower::bodies")),
];

pub const MEDIA_TYPE: &[Key] = &[
    ("schema", SCHEMA_FORM, Read("codegen::lower::bodies")),
    ("example", Any, Read("codegen::lower::bodies")),
    ("examples", Map(&EXAMPLE_FORM), Read("codegen::lower::bodies")),
    ("encoding", Map(&ValueType::Object(Object::Encoding)), Read("spec::vocabulary")),
];

pub const ENCODING: &[Key] = &[
    ("contentType", Text, Ignored("a file is given with its media type, and a text has none")),
    (
        "headers",
        Map(&HEADER_FORM),
        Rejected("a part of a form is sent without headers of its own; remove `headers` if the vendor takes it so"),
    ),
    ("style", Text, PART),
    ("explode", Boolean, PART),
    ("allowReserved", Boolean, ESCAPED),
];

pub const RESPONSES: &[Key] = &[("default", RESPONSE_FORM, Read("codegen::lower::bodies"))];

pub const RESPONSE: &[Key] = &[
    ("description", Text, PEOPLE),
    ("headers", Map(&HEADER_FORM), ANSWER_HEADERS),
    ("content", Map(&MEDIA_TYPE_FORM), Read("codegen::lower::bodies")),
    ("links", Map(&LINK_FORM), LINKS),
];

pub const EXAMPLE: &[Key] = &[
    ("summary", Text, PEOPLE),
    ("description", Text, PEOPLE),
    ("value", Any, Read("codegen::lower::bodies")),
    ("externalValue", Text, Rejected("write the example itself, as `value`")),
];

pub const LINK: &[Key] = &[
    ("operationRef", Text, LINKS),
    ("operationId", Text, LINKS),
    ("parameters", Map(&Any), LINKS),
    ("requestBody", Any, LINKS),
    ("description", Text, LINKS),
    ("server", ValueType::Object(Object::Server), LINKS),
];

pub const HEADER: &[Key] = &[
    ("description", Text, ANSWER_HEADERS),
    ("required", Boolean, ANSWER_HEADERS),
    ("deprecated", Boolean, ANSWER_HEADERS),
    ("allowEmptyValue", Boolean, ANSWER_HEADERS),
    ("style", Text, ANSWER_HEADERS),
    ("explode", Boolean, ANSWER_HEADERS),
    ("allowReserved", Boolean, ANSWER_HEADERS),
    ("schema", SCHEMA_FORM, ANSWER_HEADERS),
    ("example", Any, ANSWER_HEADERS),
    ("examples", Map(&EXAMPLE_FORM), ANSWER_HEADERS),
    ("content", Map(&MEDIA_TYPE_FORM), ANSWER_HEADERS),
];

pub const TAG: &[Key] =
    &[("name", Text, Read("spec::merge")), ("description", Text, PEOPLE), ("externalDocs", DOCUMENTATION, PEOPLE)];

pub const REFERENCE: &[Key] =
    &[("$ref", Target, Read("codegen::lower::operations")), ("summary", Text, PEOPLE), ("description", Text, PEOPLE)];

pub const COMPONENTS: &[Key] = &[
    ("schemas", Map(&SCHEMA_FORM), Read("codegen::lower::schemas")),
    ("responses", Map(&RESPONSE_FORM), Read("codegen::lower::operations")),
    ("parameters", Map(&PARAMETER_FORM), Read("codegen::lower::operations")),
    ("examples", Map(&EXAMPLE_FORM), Read("codegen::lower::operations")),
    ("requestBodies", Map(&REQUEST_BODY_FORM), Read("codegen::lower::operations")),
    ("headers", Map(&HEADER_FORM), ANSWER_HEADERS),
    ("securitySchemes", Map(&SECURITY_SCHEME_FORM), Read("codegen::lower::security")),
    ("links", Map(&LINK_FORM), LINKS),
    ("callbacks", Map(&CALLBACK), Read("codegen::lower::operations")),
    ("pathItems", Map(&PATH_ITEM_FORM), Read("spec::downlevel::references")),
];

pub const SECURITY_SCHEME: &[Key] = &[
    ("type", Text, Read("spec::downlevel")),
    ("description", Text, PEOPLE),
    ("name", Text, Read("codegen::lower::security")),
    ("in", Text, Read("codegen::lower::security")),
    ("scheme", Text, Read("codegen::lower::security")),
    ("bearerFormat", Text, TOKENS),
    ("flows", ValueType::Object(Object::OauthFlows), TOKENS),
    ("openIdConnectUrl", Text, TOKENS),
];

pub const OAUTH_FLOWS: &[Key] = &[
    ("implicit", FLOW, TOKENS),
    ("password", FLOW, TOKENS),
    ("clientCredentials", FLOW, TOKENS),
    ("authorizationCode", FLOW, TOKENS),
];

pub const OAUTH_FLOW: &[Key] = &[
    ("authorizationUrl", Text, TOKENS),
    ("tokenUrl", Text, TOKENS),
    ("refreshUrl", Text, TOKENS),
    ("scopes", Map(&Text), TOKENS),
];
