use std::fmt;

/// The accounts that a new sandbox has. They open nothing but the sandbox.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Credentials {
    /// 360dialog: the partner.
    pub partner_id: String,
    /// 360dialog: its API key.
    pub api_key: String,
    /// 360dialog: a user of the partner.
    pub partner_user: String,
    /// 360dialog: the password of that user.
    pub partner_password: String,
    /// 360dialog: the secret that deliveries are signed with. Missing if they are not signed.
    pub platform_secret: Option<String>,
    /// ZapSign: the number of the partner's account.
    pub organization_id: String,
    /// ZapSign: the API token of that account.
    pub api_token: String,
    /// ZapSign: the owner of that account and of all that it opens.
    pub owner: String,
    /// ZapSign: the password of the owner.
    pub owner_password: String,
    /// ZapSign: the owner's token for signing in his own name.
    pub user_token: String,
}

impl Default for Credentials {
    /// The same for every sandbox, so that they can stand in a configuration.
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

/// Shows who, and not with what.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("partner_id", &self.partner_id)
            .field("organization_id", &self.organization_id)
            .finish_non_exhaustive()
    }
}
