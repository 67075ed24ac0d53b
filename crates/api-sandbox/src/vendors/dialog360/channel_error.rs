//! Reasons why the status of a channel is not set.

use std::fmt;

use crate::similar_name::{hint, most_similar};

/// Reason why the status of a 360dialog channel was not set.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChannelError {
    /// The sandbox has no such channel.
    UnknownChannel {
        /// Id that was given.
        id: String,
    },
    /// The API has no such status.
    UnknownStatus {
        /// Status that was given.
        status: String,
        /// Most similar status.
        nearest: Option<String>,
    },
}

impl ChannelError {
    /// Creates the error for a channel that the sandbox does not have.
    pub(crate) fn unknown_channel(id: &str) -> Self {
        Self::UnknownChannel { id: id.to_owned() }
    }

    /// Creates the error for a status that is none of these.
    pub(super) fn unknown_status<'n>(status: &str, known: impl Iterator<Item = &'n str>) -> Self {
        let nearest = most_similar(status, known).map(ToOwned::to_owned);
        Self::UnknownStatus { status: status.to_owned(), nearest }
    }
}

impl fmt::Display for ChannelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownChannel { id } => {
                write!(f, "the sandbox has no channel `{id}`: take an `id` of `list_channels`")
            }
            Self::UnknownStatus { status, nearest } => {
                write!(f, "there is no status `{status}`{}", hint(nearest.as_deref()))
            }
        }
    }
}

impl std::error::Error for ChannelError {}
