use std::fs;

use super::*;

const SERVERS: &str = "here";
const HEADER: &str = "{\"journal\":\"tenant-onboarding/1\",\"servers\":\"here\"}\n";

fn client(id: &str) -> Entry {
    Entry::Client { client_id: dialog360_api::types::ClientId::new(id).expect("an id") }
}

fn reopen(path: &Path) -> Result<FileJournal, JournalError> {
    FileJournal::open(path, SERVERS)
}

fn refusal(path: &Path) -> String {
    reopen(path).expect_err("no journal").to_string()
}

#[tokio::test]
async fn the_beginning_of_a_line_is_cut_off_and_whole_lines_stay() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("journal.jsonl");
    FileJournal::open(&path, SERVERS)
        .expect("a new file")
        .record("a@x.example", &client("aCL"))
        .await
        .expect("written");
    let whole = fs::read(&path).expect("the file");
    for torn in ["{", "{\"tenant\":\"a@x.example\",\"step\":\"client\",\"client_id\":\"bCL\"}"] {
        fs::write(&path, [&whole, torn.as_bytes()].concat()).expect("it is written");
        let progress = reopen(&path).expect("a journal").begin("a@x.example").await.expect("a claim").progress;
        assert_eq!(progress.client.as_ref().map(ToString::to_string).as_deref(), Some("aCL"));
        assert_eq!(fs::read(&path).expect("the file"), whole);
    }
    let strange = [&whole, &b"nonsense\n{"[..]].concat();
    fs::write(&path, &strange).expect("it is written");
    assert!(refusal(&path).ends_with("line 3 is not of a journal"));
    assert_eq!(fs::read(&path).expect("the file"), strange);
}

#[test]
fn one_run_has_it_and_it_is_about_its_servers() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("journal.jsonl");
    let first = FileJournal::open(&path, SERVERS).expect("a new file");
    assert!(first.path().is_absolute());
    let error = FileJournal::open(&path, SERVERS).expect_err("it is in use").to_string();
    assert!(error.contains("another run has it"), "{error}");
    drop(first);
    fs::write(&path, HEADER.replace("here", "there")).expect("it is written");
    assert!(refusal(&path).contains("it is about there, and this run about here"));
}

#[cfg(unix)]
#[test]
fn a_copy_of_the_open_file_does_not_keep_the_lock() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("journal.jsonl");
    drop(FileJournal::open(&path, SERVERS).expect("a new file"));
    // A child process that is starting has such a copy for a moment.
    let (locked, ..) = journal_file::open(&path, SERVERS).expect("a journal");
    let _copy = locked.0.try_clone().expect("a copy");
    drop(locked);
    reopen(&path).expect("a journal");
}

#[cfg(unix)]
#[test]
fn what_is_no_journal_is_left_as_it_is() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("config.json");
    let mode = |path: &Path| fs::metadata(path).expect("the file").permissions().mode() & 0o777;
    for content in
        ["", "{\"database\":\"prod\"}", "{\"database\":\"prod\"}\n", HEADER.trim_end(), "{\"servers\":\"here\"}\n"]
    {
        fs::write(&path, content).expect("it is written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o664)).expect("it is set");
        assert!(refusal(&path).contains("not a journal"), "{content}");
        assert_eq!((fs::read_to_string(&path).expect("the file").as_str(), mode(&path)), (content, 0o664));
    }
    let link = folder.path().join("link");
    fs::write(&path, HEADER).expect("it is written");
    symlink(&path, &link).expect("a link");
    assert!(refusal(&link).contains("not a regular file"));
    assert_eq!(mode(&path), 0o664);
    let pipe = folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo");
    assert!(made.success() && refusal(&pipe).contains("not a regular file"));
    // A journal that others may read is made private.
    reopen(&path).expect("a journal");
    assert_eq!(mode(&path), 0o600);
}

#[tokio::test]
async fn what_one_tenant_has_no_other_may_have() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("journal.jsonl");
    let begun = |number: &str, name: &str| Entry::Tenant { phone_number_id: number.into(), name: name.into() };
    {
        let journal = FileJournal::open(&path, SERVERS).expect("a new file");
        journal.record("a@x.example", &begun("111", "A")).await.expect("free");
        let error = journal.record("b@x.example", &begun("111", "B")).await.expect_err("it is a's");
        let resource = Resource::PhoneNumber("111".into());
        assert_eq!(error, JournalError::Held { resource, by: "a@x.example".into() });
        assert_eq!(journal.holder(&Resource::Name("b".into())).await, Ok(None), "a refusal claims nothing");
    }
    let journal = reopen(&path).expect("a journal");
    assert!(journal.record("b@x.example", &begun("222", " a ")).await.is_err(), "the name is compared normalized");
    // A mistaken number is free again once its tenant begins with another.
    journal.record("a@x.example", &begun("333", "A")).await.expect("free");
    journal.record("b@x.example", &begun("111", "B")).await.expect("free again");
}

/// Disk that writes half of the bytes, once, and then has space again.
struct ShortWrite {
    content: std::sync::Arc<Mutex<Vec<u8>>>,
    fails: bool,
}

impl AppendFile for ShortWrite {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut content = self.content.lock().expect("no panic");
        if std::mem::take(&mut self.fails) {
            content.extend_from_slice(&bytes[..bytes.len() / 2]);
            return Err(io::ErrorKind::StorageFull.into());
        }
        content.extend_from_slice(bytes);
        Ok(())
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.content.lock().expect("no panic").truncate(length as usize);
        Ok(())
    }
}

#[tokio::test]
async fn after_a_short_write_whole_lines_stay_and_nothing_more_is_written() {
    let content = std::sync::Arc::new(Mutex::new(b"first\n".to_vec()));
    let file = ShortWrite { content: content.clone(), fails: true };
    let (lines, pending) = mpsc::channel();
    let writer = thread::spawn(move || write(file, 6, &pending));
    let journal =
        FileJournal { path: "/journal".into(), tenants: Mutex::default(), lines: Some(lines), writer: Some(writer) };
    for _ in 0..2 {
        let error = journal.record("a@x.example", &client("aCL")).await.expect_err("no room").to_string();
        assert!(error.contains("it can't be written, so the run stops"), "{error}");
    }
    assert_eq!(journal.holder(&Resource::Client("aCL".into())).await, Ok(None));
    drop(journal);
    assert_eq!(content.lock().expect("no panic").as_slice(), b"first\n");
}
