//! Error bodies of the vendors, and what this program must know of each.

use api_runtime::ErrorBody;

/// Error body of a vendor.
pub(crate) trait VendorError: ErrorBody {
    /// Name of the API.
    const API: &'static str;

    /// Returns `true` if it refuses the credential, whatever its status is.
    fn refuses_credential(&self) -> bool;
}

impl VendorError for dialog360_api::ApiError {
    const API: &'static str = "dialog360";

    fn refuses_credential(&self) -> bool {
        false
    }
}

impl VendorError for zapsign_api::ApiError {
    const API: &'static str = "zapsign";

    fn refuses_credential(&self) -> bool {
        self.is_api_token_refused()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Api;

    #[test]
    fn each_api_has_a_client_of_its_own() {
        let names: Vec<&str> = Api::all().iter().map(|api| api.name).collect();
        let known = [<dialog360_api::ApiError as VendorError>::API, <zapsign_api::ApiError as VendorError>::API];
        let places = "send/client.rs, credentials/profile_keys.rs, tools/profile.rs, tools/doctor/account.rs";
        assert_eq!(names, known, "another API needs a branch of its own in {places}");
    }
}
