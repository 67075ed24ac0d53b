//! Documents that are made at random become code that compiles.

use std::path::Path;
use std::process::Command;

#[test]
fn documents_made_at_random_become_code_that_compiles() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a workspace");
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["torture", "--seed", "1", "--count", "12", "--root"])
        .arg(root)
        .output()
        .expect("it runs");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let line = text.lines().find(|line| line.starts_with("12 documents: ")).expect("the figures");
    assert!(line.contains("0 panics, 0 aborts, 0 hangs, 0 claims broken, 0 do not compile"), "{line}");
    let taken: u32 = line.split([' ', ':']).nth(3).and_then(|number| number.parse().ok()).expect("a number");
    assert!(taken > 12, "{line}");
}
