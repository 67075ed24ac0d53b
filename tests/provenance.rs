//! Published texts of the vendors, which must be unchanged.
#![allow(missing_docs)]

use conformance::case::workspace_file;
use sha2::{Digest as _, Sha256};

#[test]
fn published_files_are_what_was_recorded() {
    let sources: toml::Table = workspace_file("specs/dialog360/sources.toml").parse().expect("it is TOML");
    let published = sources["published"].as_array().expect("a list of files");
    assert!(!published.is_empty());
    for source in published {
        let file = source["file"].as_str().expect("a file");
        let text = workspace_file(&format!("specs/dialog360/published/{file}"));
        let sha256: String = Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(Some(sha256.as_str()), source["sha256"].as_str(), "{file}");
    }
}
