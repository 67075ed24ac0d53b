//! The keys of every object but the schema.

use super::value_type::Class::{Irrelevant, Read, Refused};
use super::value_type::Form::{Data, Dialect, Flag, List, Names, Target, Text, Version};
use super::value_type::{Class, Form, Key, Object};

pub const SCHEMA_FORM: Form = Form::Object(Object::Schema);
const CALLBACK: Form = Form::Object(Object::Callback);
const DOCUMENTATION: Form = Form::Object(Object::ExternalDocumentation);
const EXAMPLE_FORM: Form = Form::Object(Object::Example);
const FLOW: Form = Form::Object(Object::OauthFlow);
const HEADER_FORM: Form = Form::Object(Object::Header);
const LINK_FORM: Form = Form::Object(Object::Link);
const MEDIA_TYPE_FORM: Form = Form::Object(Object::MediaType);
const OPERATION_FORM: Form = Form::Object(Object::Operation);
const PARAMETER_FORM: Form = Form::Object(Object::Parameter);
const PATH_ITEM_FORM: Form = Form::Object(Object::PathItem);
const REQUEST_BODY_FORM: Form = Form::Object(Object::RequestBody);
const RESPONSE_FORM: Form = Form::Object(Object::Response);
const SECURITY_SCHEME_FORM: Form = Form::Object(Object::SecurityScheme);
const SECURITY: Form = List(&Form::Object(Object::SecurityRequirement));
const SERVERS: Form = List(&Form::Object(Object::Server));

pub const PEOPLE: Class = Irrelevant("for people who read the document");
pub const XML_REASON: Class = Irrelevant("how the value is written as XML, which is neither sent nor read");
const ANSWER_HEADERS: Class = Irrelevant("every answer's headers are handed over as they came");
const LINKS: Class = Irrelevant("which call may follow is for the caller to decide");
const TOKENS: Class = Irrelevant("how a token is obtained is the caller's affair");
const EMPTY: Class = Irrelevant("an empty value is sent where one is given");
const ESCAPED: Class = Irrelevant("an escaped character means the same");
const PART: Class = Irrelevant("each part of a form is one text or one file");

pub const DOCUMENT: &[Key] = &[
    ("openapi", Version, Read("spec::vocabulary")),
    ("info", Form::Object(Object::Info), Read("codegen::lower::operations")),
    ("jsonSchemaDialect", Dialect, Read("spec::vocabulary")),
    ("servers", SERVERS, Read("codegen::lower::security")),
    ("paths", Form::Object(Object::Paths), Read("codegen::lower::operations")),
    ("webhooks", Names(&PATH_ITEM_FORM), Read("spec::downlevel")),
    ("components", Form::Object(Object::Components), Read("codegen::lower::schemas")),
    ("security", SECURITY, Read("codegen::lower::security")),
    ("tags", List(&Form::Object(Object::Tag)), Read("spec::merge")),
    ("externalDocs", DOCUMENTATION, PEOPLE),
];

pub const INFO: &[Key] = &[
    ("title", Text, Read("codegen::lower::operations")),
    ("version", Text, Read("codegen::lower::operations")),
    ("summary", Text, PEOPLE),
    ("description", Text, PEOPLE),
    ("termsOfService", Text, PEOPLE),
    ("contact", Form::Object(Object::Contact), PEOPLE),
    ("license", Form::Object(Object::License), PEOPLE),
];

pub const CONTACT: &[Key] = &[("name", Text, PEOPLE), ("url", Text, PEOPLE), ("email", Text, PEOPLE)];

pub const LICENSE: &[Key] = &[("name", Text, PEOPLE), ("identifier", Text, PEOPLE), ("url", Text, PEOPLE)];

pub const SERVER: &[Key] = &[
    ("url", Text, Read("codegen::lower::security")),
    ("description", Text, PEOPLE),
    ("variables", Names(&Form::Object(Object::ServerVariable)), Read("codegen::lower::security")),
];

pub const SERVER_VARIABLE: &[Key] = &[
    ("enum", List(&Text), Irrelevant("the default counts; another address is for the client's builder")),
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
    ("parameters", List(&PARAMETER_FORM), Read("codegen::lower::parameters")),
];

pub const OPERATION: &[Key] = &[
    ("tags", List(&Text), Read("codegen::lower::operations")),
    ("summary", Text, Read("codegen::lower::operations")),
    ("description", Text, Read("codegen::lower::operations")),
    ("externalDocs", DOCUMENTATION, Read("codegen::lower::operations")),
    ("operationId", Text, Read("codegen::lower::operations")),
    ("parameters", List(&PARAMETER_FORM), Read("codegen::lower::parameters")),
    ("requestBody", REQUEST_BODY_FORM, Read("codegen::lower::bodies")),
    ("responses", Form::Object(Object::Responses), Read("codegen::lower::bodies")),
    ("callbacks", Names(&CALLBACK), Read("codegen::lower::operations")),
    ("deprecated", Flag, Read("codegen::lower::operations")),
    ("security", SECURITY, Read("codegen::lower::security")),
    ("servers", SERVERS, Read("codegen::lower::security")),
];

pub const EXTERNAL_DOCUMENTATION: &[Key] =
    &[("url", Text, Read("codegen::lower::operations")), ("description", Text, PEOPLE)];

pub const PARAMETER: &[Key] = &[
    ("name", Text, Read("codegen::lower::parameters")),
    ("in", Text, Read("codegen::lower::parameters")),
    ("description", Text, Read("codegen::lower::parameters")),
    ("required", Flag, Read("codegen::lower::parameters")),
    ("deprecated", Flag, PEOPLE),
    ("allowEmptyValue", Flag, EMPTY),
    ("style", Text, Read("codegen::lower::parameters")),
    ("explode", Flag, Read("codegen::lower::parameters")),
    ("allowReserved", Flag, ESCAPED),
    ("schema", SCHEMA_FORM, Read("codegen::lower::parameters")),
    ("example", Data, Read("codegen::lower::parameters")),
    ("examples", Names(&EXAMPLE_FORM), Read("codegen::lower::parameters")),
    ("content", Names(&MEDIA_TYPE_FORM), Read("codegen::lower::parameters")),
];

pub const REQUEST_BODY: &[Key] = &[
    ("description", Text, Read("codegen::lower::bodies")),
    ("content", Names(&MEDIA_TYPE_FORM), Read("codegen::lower::bodies")),
    ("required", Flag, Read("codegen::lower::bodies")),
];

pub const MEDIA_TYPE: &[Key] = &[
    ("schema", SCHEMA_FORM, Read("codegen::lower::bodies")),
    ("example", Data, Read("codegen::lower::bodies")),
    ("examples", Names(&EXAMPLE_FORM), Read("codegen::lower::bodies")),
    ("encoding", Names(&Form::Object(Object::Encoding)), Read("spec::vocabulary")),
];

pub const ENCODING: &[Key] = &[
    ("contentType", Text, Irrelevant("a file is given with its media type, and a text has none")),
    (
        "headers",
        Names(&HEADER_FORM),
        Refused("a part of a form is sent without headers of its own; remove `headers` if the vendor takes it so"),
    ),
    ("style", Text, PART),
    ("explode", Flag, PART),
    ("allowReserved", Flag, ESCAPED),
];

pub const RESPONSES: &[Key] = &[("default", RESPONSE_FORM, Read("codegen::lower::bodies"))];

pub const RESPONSE: &[Key] = &[
    ("description", Text, PEOPLE),
    ("headers", Names(&HEADER_FORM), ANSWER_HEADERS),
    ("content", Names(&MEDIA_TYPE_FORM), Read("codegen::lower::bodies")),
    ("links", Names(&LINK_FORM), LINKS),
];

pub const EXAMPLE: &[Key] = &[
    ("summary", Text, PEOPLE),
    ("description", Text, PEOPLE),
    ("value", Data, Read("codegen::lower::bodies")),
    ("externalValue", Text, Refused("write the example itself, as `value`")),
];

pub const LINK: &[Key] = &[
    ("operationRef", Text, LINKS),
    ("operationId", Text, LINKS),
    ("parameters", Names(&Data), LINKS),
    ("requestBody", Data, LINKS),
    ("description", Text, LINKS),
    ("server", Form::Object(Object::Server), LINKS),
];

pub const HEADER: &[Key] = &[
    ("description", Text, ANSWER_HEADERS),
    ("required", Flag, ANSWER_HEADERS),
    ("deprecated", Flag, ANSWER_HEADERS),
    ("allowEmptyValue", Flag, ANSWER_HEADERS),
    ("style", Text, ANSWER_HEADERS),
    ("explode", Flag, ANSWER_HEADERS),
    ("allowReserved", Flag, ANSWER_HEADERS),
    ("schema", SCHEMA_FORM, ANSWER_HEADERS),
    ("example", Data, ANSWER_HEADERS),
    ("examples", Names(&EXAMPLE_FORM), ANSWER_HEADERS),
    ("content", Names(&MEDIA_TYPE_FORM), ANSWER_HEADERS),
];

pub const TAG: &[Key] =
    &[("name", Text, Read("spec::merge")), ("description", Text, PEOPLE), ("externalDocs", DOCUMENTATION, PEOPLE)];

pub const REFERENCE: &[Key] =
    &[("$ref", Target, Read("codegen::lower::operations")), ("summary", Text, PEOPLE), ("description", Text, PEOPLE)];

pub const COMPONENTS: &[Key] = &[
    ("schemas", Names(&SCHEMA_FORM), Read("codegen::lower::schemas")),
    ("responses", Names(&RESPONSE_FORM), Read("codegen::lower::operations")),
    ("parameters", Names(&PARAMETER_FORM), Read("codegen::lower::operations")),
    ("examples", Names(&EXAMPLE_FORM), Read("codegen::lower::operations")),
    ("requestBodies", Names(&REQUEST_BODY_FORM), Read("codegen::lower::operations")),
    ("headers", Names(&HEADER_FORM), ANSWER_HEADERS),
    ("securitySchemes", Names(&SECURITY_SCHEME_FORM), Read("codegen::lower::security")),
    ("links", Names(&LINK_FORM), LINKS),
    ("callbacks", Names(&CALLBACK), Read("codegen::lower::operations")),
    ("pathItems", Names(&PATH_ITEM_FORM), Read("spec::downlevel::references")),
];

pub const SECURITY_SCHEME: &[Key] = &[
    ("type", Text, Read("spec::downlevel")),
    ("description", Text, PEOPLE),
    ("name", Text, Read("codegen::lower::security")),
    ("in", Text, Read("codegen::lower::security")),
    ("scheme", Text, Read("codegen::lower::security")),
    ("bearerFormat", Text, TOKENS),
    ("flows", Form::Object(Object::OauthFlows), TOKENS),
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
    ("scopes", Names(&Text), TOKENS),
];
