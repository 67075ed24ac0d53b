use serde_json::json;

use super::*;

fn spooled(tenant: &str, fence: i64, number: i64) -> SpooledEntry {
    let entry = SealedEntry {
        step: "key".into(),
        content: json!({"address": null, "api_key": ""}),
        sealed: Some(b"sealed\xff".to_vec()),
        key_id: Some("a".into()),
    };
    SpooledEntry {
        account: "here".into(),
        tenant: tenant.into(),
        claim: format!("claim-{fence}"),
        fence,
        number,
        entry,
    }
}

fn names(folder: &Path) -> Vec<String> {
    let name = |file: io::Result<fs::DirEntry>| file.expect("it reads").file_name().to_string_lossy().into_owned();
    let mut names: Vec<String> = fs::read_dir(folder).expect("a folder").map(name).collect();
    names.sort();
    names
}

#[tokio::test]
async fn an_entry_stays_until_it_is_removed() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a/spool");
    let spool = Spool::open(&path).await.expect("a new folder");
    let late = spool.put(&spooled("b@x.example", 2, 7)).await.expect("written");
    for (tenant, fence, number) in [("b@x.example", 2, 6), ("b@x.example", 1, 9), ("a@x.example", 9, 9)] {
        let _ = spool.put(&spooled(tenant, fence, number)).await.expect("written");
    }
    // As a later process finds them.
    let found = Spool::open(&path).await.expect("a folder").read_all("here").await.expect("read");
    assert!(found.unreadable.is_empty());
    let (entries, mut files): (Vec<_>, Vec<_>) = found.entries.into_iter().unzip();
    let expected = [("a@x.example", 9, 9), ("b@x.example", 1, 9), ("b@x.example", 2, 6), ("b@x.example", 2, 7)];
    assert_eq!(entries, expected.map(|(tenant, fence, number)| spooled(tenant, fence, number)));
    // Two processes have one of the files.
    files.pop().expect("the late one").remove().await.expect("removed");
    late.remove().await.expect("gone already");
    assert_eq!(names(&path).len(), 3);
    for file in files {
        file.remove().await.expect("removed");
    }
    assert_eq!(names(&path), [""; 0]);
}

#[tokio::test]
async fn what_is_of_others_or_strange_stays() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("spool");
    let spool = Spool::open(&path).await.expect("a new folder");
    let elsewhere = SpooledEntry { account: "there".into(), ..spooled("a@x.example", 1, 1) };
    let _ = spool.put(&elsewhere).await.expect("written");
    let text = fs::read_to_string(path.join(&names(&path)[0])).expect("a file");
    let newer = text.replace(FORMAT, "tenant-onboarding-spool/3");
    let here = |text: &str| text.replace("there", "here");
    for (name, text) in [
        ("1.json", &here(&newer)),
        ("2.json", &newer),
        ("3.json", &here(&text).replace("\"fence\":1", "\"fence\":\"hunter\"")),
        ("4.json", &text[..text.len() / 2].to_owned()),
        ("entry-1.part", &here(&text)),
        ("README", &"x".to_owned()),
    ] {
        fs::write(path.join(name), text).expect("it is written");
    }
    let before = names(&path);
    let found = spool.read_all("here").await.expect("read");
    assert!(found.entries.is_empty());
    let expected = ["1.json: written by another version", "3.json: not a file", "4.json: not a file"];
    assert_eq!(found.unreadable.len(), expected.len(), "{:?}", found.unreadable);
    for (text, expected) in found.unreadable.iter().zip(expected) {
        assert!(text.contains(expected) && !text.contains("hunter"), "{text}");
    }
    assert_eq!(names(&path), before);
    assert_eq!(spool.read_all("there").await.expect("read").entries[0].0, elsewhere);
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_but_the_owner_can_read_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("spool");
    let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    let spool = Spool::open(&path).await.expect("a new folder");
    let file = spool.put(&spooled("a@x.example", 1, 1)).await.expect("written");
    assert_eq!((mode(&path), mode(&file.0)), (0o700, 0o600));
    let set = |mode| fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("it is set");
    for open in [0o750, 0o705, 0o777] {
        set(open);
        let fault = Spool::open(&path).await.expect_err("others can read it");
        assert!(fault.contains(&format!("(mode {open:o}); set its mode to 700")), "{fault}");
        assert_eq!(mode(&path), open, "it is not changed");
    }
    set(0o700);
    let fault = Spool::open(&file.0).await.expect_err("a file");
    assert!(fault.starts_with("the spool "), "{fault}");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_folder_that_is_gone_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("spool");
    let spool = Spool::open(&path).await.expect("a new folder");
    fs::remove_dir(&path).expect("it is empty");
    let fault = spool.put(&spooled("a@x.example", 1, 1)).await.expect_err("there is no folder");
    assert!(fault.starts_with("the spool "), "{fault}");
    assert!(spool.read_all("here").await.is_err());
    assert_eq!(names(folder.path()), [""; 0]);
}
