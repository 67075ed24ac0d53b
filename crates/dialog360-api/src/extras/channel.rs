use crate::types::{Channel, ChannelStatus};

impl Channel {
    /// Returns `true` if the number can be used and an API key can be created for it: its `status` is `running`. The
    /// status `ready` comes before and is not enough. `hub_status` and `meta_status` do not decide.
    ///
    /// `false` also if the answer or event does not tell the status.
    pub fn is_usable(&self) -> bool {
        self.status == Some(ChannelStatus::Running)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_running_channel_is_usable() {
        let usable = |body: &str| serde_json::from_str::<Channel>(body).expect("a channel").is_usable();
        assert!(usable(r#"{"status":"running","hub_status":"pending"}"#));
        for body in [r#"{"status":"ready"}"#, r#"{"hub_status":"live"}"#, r#"{"status":null}"#, "{}"] {
            assert!(!usable(body), "{body}");
        }
    }
}
