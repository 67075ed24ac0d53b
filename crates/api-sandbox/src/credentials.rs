use std::fmt;

/// Credentials of the accounts in a new sandbox. They are valid in the sandbox only.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Credentials {
    /// 360dialog: id of the partner.
    pub partner_id: String,
    /// 360dialog: API key of the partner.
    pub api_key: String,
    /// 360dialog: name of a user of the partner.
    pub partner_user: String,
    /// 360dialog: password of that user.
    pub partner_password: String,
    /// 360dialog: secret that deliveries are signed with; `None` if they are not signed.
    pub platform_secret: Option<String>,
    /// ZapSign: number of the partner's account.
    pub organization_id: String,
    /// ZapSign: API token of that account.
    pub api_token: String,
    /// ZapSign: e-mail address of the owner of that account and of every account that it opens.
    pub owner: String,
    /// ZapSign: password of the owner.
    pub owner_password: String,
    /// ZapSign: user token of the owner, for signing through the API.
    pub user_token: String,
}

impl Default for Credentials {
    /// Returns the same credentials for every sandbox, so that a configuration file can hold them.
    fn default() -> Self {
        Self {
            partner_id: "sandboxPA".to_owned(),
            api_key: "sandbox-api-key".to_owned(),
            partner_user: "partner@sandbox.example".to_owned(),
            partner_password: "sandbox-password".to_owned(),
            platform_secret: Some("sandbox-platform-secret".to_owned()),
            organization_id: "100001".to_owned(),
            api_token: "5a4db0c5-0000-4000-8000-0000000000015a4db0c5-0000-4000-8000-000000000002".to_owned(),
            owner: "owner@sandbox.example".to_owned(),
            owner_password: "sandbox-password".to_owned(),
            user_token: "5a4db0c5-0000-4000-8000-000000000003".to_owned(),
        }
    }
}

/// Shows the accounts and no secret.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("partner_id", &self.partner_id)
            .field("organization_id", &self.organization_id)
            .finish_non_exhaustive()
    }
}
