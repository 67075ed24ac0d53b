//! Optional behavior: what one integrator only observed of a vendor, or what holds for some accounts only.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Declares the behaviors, each with its name. What its documentation says is its description, too.
macro_rules! behaviors {
    ($(#[doc = $description:literal] $behavior:ident = $name:literal,)*) => {
        /// Optional behavior of a vendor, off by default.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        #[non_exhaustive]
        pub enum Behavior {
            $(#[doc = $description] $behavior,)*
        }

        impl Behavior {
            /// All behaviors.
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$behavior),*];

            /// Returns the name used on the command line and in the control endpoints.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$behavior => $name,)*
                }
            }

            /// Returns a sentence that begins with the vendor.
            pub(crate) fn description(self) -> &'static str {
                match self {
                    $(Self::$behavior => $description.trim_ascii(),)*
                }
            }
        }
    };
}

behaviors! {
    /// ZapSign: the signers of a new document have neither token nor link in its first 5 seconds.
    LateSignerTokens = "late-signer-tokens",
    /// ZapSign: `create_document_from_template` answers 200 without having made a document, as for a heavy file.
    EmptyTemplateDocument = "empty-template-document",
    /// ZapSign: the signers of a list have the names of the vendor's page instead of the Portuguese ones.
    EnglishListedSigners = "english-listed-signers",
    /// ZapSign: the account has no API plan. `get_plan` answers 404, and creating a document 402.
    NoApiPlan = "no-api-plan",
    /// ZapSign: `get_plan` says `canceled` although everything works.
    CanceledPlan = "canceled-plan",
    /// ZapSign: the plan does not include the audit log, which is refused with 403 and a plain sentence.
    NoAuditLog = "no-audit-log",
    /// ZapSign: a document can have 9 attachments instead of 14.
    NineExtraDocuments = "nine-extra-documents",
    /// ZapSign: nobody signs before those that come first in the order of the document, as in an account with that preference.
    EnforcedSigningOrder = "enforced-signing-order",
    /// ZapSign: the signing page tells twice that the signed file is ready.
    RepeatedSignedFileMessage = "repeated-signed-file-message",
    /// 360dialog: an onboarded number stays `created` until its status is set, instead of running at once.
    ChannelReview = "channel-review",
    /// 360dialog: an onboarded number is `created`, `ready` after an hour and `running` after a day, by the sandbox's clock.
    SlowChannels = "slow-channels",
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
