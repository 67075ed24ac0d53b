//! Reading of the vendor's error bodies.
#![allow(missing_docs)]

use api_runtime::ErrorBody as _;
use dialog360_api::ApiError;

#[test]
fn reads_the_envelope_and_what_comes_instead_of_it() {
    for (body, message) in [
        (r#"{"meta":{"developer_message":"Wrong payload","http_code":400,"success":false}}"#, Some("Wrong payload")),
        (r#"{"error":"invalid_grant","error_description":"Wrong password."}"#, Some("Wrong password.")),
        (r#"{"error":{"message":"no key"}}"#, Some("no key")),
        ("upstream is away", Some("upstream is away")),
        ("<html>502</html>", None),
        ("", None),
    ] {
        assert_eq!(ApiError::decode(body.as_bytes()).message(), message, "{body}");
    }
}

#[test]
fn details_are_any_json() {
    for details in [r#"{"email":["wrong"]}"#, r#"["wrong"]"#, r#""wrong""#] {
        let error = ApiError::decode(format!(r#"{{"meta":{{"details":{details}}}}}"#).as_bytes());
        assert_eq!(error.details().map(ToString::to_string).as_deref(), Some(details));
    }
}

#[test]
fn the_reason_is_the_message_and_the_details() {
    for (details, reason) in [
        (r#"{"email":["wrong"]}"#, r#"Bad payload; {"email":["wrong"]}"#),
        (r#""wrong""#, "Bad payload; wrong"),
        ("{}", "Bad payload"),
        ("[]", "Bad payload"),
        ("null", "Bad payload"),
        (r#"" ""#, "Bad payload"),
    ] {
        let body = format!(r#"{{"meta":{{"developer_message":"Bad payload","http_code":400,"details":{details}}}}}"#);
        let error = ApiError::decode(body.as_bytes());
        assert_eq!((error.reason().as_deref(), error.to_string().as_str()), (Some(reason), reason));
        assert_eq!(api_runtime::ErrorBody::code(&error).as_deref(), Some("400"));
    }
    let error = ApiError::decode(br#"{"meta":{"details":["wrong"]}}"#);
    assert_eq!(error.reason().as_deref(), Some(r#"["wrong"]"#));
    assert_eq!(ApiError::decode(b"<html>").reason(), None);
}
