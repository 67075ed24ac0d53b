//! Optional behavior: what one integrator only observed of a vendor, or what holds for some accounts only.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Optional behavior of a vendor, off by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Behavior {
    /// ZapSign: the signers of a new document have neither token nor link in its first 5 seconds.
    LateSignerTokens,
    /// ZapSign: `create_document_from_template` answers 200 without having made a document, as for a heavy file.
    EmptyTemplateDocument,
    /// ZapSign: the signers of a list have the names of the vendor's page instead of the Portuguese ones.
    EnglishListedSigners,
    /// ZapSign: the account has no API plan. `get_plan` answers 404, and creating a document 402.
    NoApiPlan,
    /// ZapSign: `get_plan` says `canceled` although everything works.
    CanceledPlan,
    /// ZapSign: the plan does not include the audit log, which is refused with 403 and a plain sentence.
    NoAuditLog,
    /// ZapSign: a document can have 9 attachments instead of 14.
    NineExtraDocuments,
    /// ZapSign: nobody signs before those that come first in the order of the document, as in an account with that preference.
    EnforcedSigningOrder,
    /// ZapSign: the signing page tells twice that the signed file is ready.
    RepeatedSignedFileMessage,
    /// 360dialog: an onboarded number stays `created` until its status is set, instead of running at once.
    ChannelReview,
    /// 360dialog: an onboarded number is `created`, `ready` after an hour and `running` after a day, by the sandbox's clock.
    SlowChannels,
}

impl Behavior {
    /// All behaviors.
    pub const ALL: [Self; 11] = [
        Self::LateSignerTokens,
        Self::EmptyTemplateDocument,
        Self::EnglishListedSigners,
        Self::NoApiPlan,
        Self::CanceledPlan,
        Self::NoAuditLog,
        Self::NineExtraDocuments,
        Self::EnforcedSigningOrder,
        Self::RepeatedSignedFileMessage,
        Self::ChannelReview,
        Self::SlowChannels,
    ];

    /// Returns the name used on the command line and in the control endpoints.
    pub fn name(self) -> &'static str {
        match self {
            Self::LateSignerTokens => "late-signer-tokens",
            Self::EmptyTemplateDocument => "empty-template-document",
            Self::EnglishListedSigners => "english-listed-signers",
            Self::NoApiPlan => "no-api-plan",
            Self::CanceledPlan => "canceled-plan",
            Self::NoAuditLog => "no-audit-log",
            Self::NineExtraDocuments => "nine-extra-documents",
            Self::EnforcedSigningOrder => "enforced-signing-order",
            Self::RepeatedSignedFileMessage => "repeated-signed-file-message",
            Self::ChannelReview => "channel-review",
            Self::SlowChannels => "slow-channels",
        }
    }
}

impl fmt::Display for Behavior {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Behavior {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|behavior| behavior.name() == name).ok_or_else(|| {
            let known: Vec<&str> = Self::ALL.into_iter().map(Self::name).collect();
            format!("there is no behavior `{name}`; there are {}", known.join(", "))
        })
    }
}

/// Behaviors that are on.
pub(crate) type Behaviors = BTreeSet<Behavior>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_and_json_use_the_same_names() {
        for behavior in Behavior::ALL {
            assert_eq!(behavior.name().parse(), Ok(behavior));
            assert_eq!(serde_json::to_value(behavior).expect("json"), behavior.name());
        }
        let error = Behavior::from_str("late").expect_err("no such name");
        assert!(error.starts_with("there is no behavior `late`; there are late-signer-tokens, "), "{error}");
    }
}
