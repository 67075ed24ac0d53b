//! `cargo xtask fetch` against a server on this machine.
#![allow(missing_docs)]

mod server;

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use server::{Server, page, status};

/// A workspace that has a list of pages and nothing else, and a cache.
struct Place {
    folder: tempfile::TempDir,
    server: Server,
}

impl Place {
    /// The pages that are listed, by their paths.
    fn new(paths: &[&str]) -> Self {
        let place = Self { folder: tempfile::tempdir().expect("a temporary folder"), server: Server::start() };
        let urls: Vec<String> = paths.iter().map(|path| place.server.url(path)).collect();
        place.list("", &urls.iter().map(String::as_str).collect::<Vec<_>>());
        place
    }

    fn list(&self, head: &str, urls: &[&str]) {
        let folder = self.folder.path().join("specs/zapsign");
        fs::create_dir_all(&folder).expect("made");
        let pages: String = urls.iter().map(|url| format!("[[page]]\nurl = {url:?}\nholds = \"prose\"\n")).collect();
        fs::write(folder.join("pages.toml"), format!("{head}\n{pages}")).expect("written");
    }

    fn run(&self, arguments: &[&str]) -> (i32, String) {
        self.run_with(arguments, &[])
    }

    fn run_with(&self, arguments: &[&str], environment: &[(&str, &str)]) -> (i32, String) {
        let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_xtask"))
            .args(["fetch", "--api", "zapsign", "--root"])
            .arg(self.folder.path())
            .arg("--cache")
            .arg(self.folder.path().join("cache"))
            .args(arguments)
            .envs(environment.iter().copied())
            .output()
            .expect("it runs");
        let text = String::from_utf8([stdout, stderr].concat()).expect("it prints text");
        (status.code().expect("it exits"), text.replace(&self.server.url(""), "SERVER"))
    }

    /// The file of a page, by its last part.
    fn cached(&self, name: &str) -> PathBuf {
        let host = self.server.url("").trim_start_matches("http://").replace(':', "-");
        self.folder.path().join("cache").join(format!("{host}_{name}"))
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.cached(name)).expect("it is cached")
    }
}

#[track_caller]
fn holds(said: &(i32, String), code: i32, expected: &[&str]) {
    assert_eq!(said.0, code, "{}", said.1);
    for expected in expected {
        assert!(said.1.contains(expected), "no `{expected}` in:\n{}", said.1);
    }
}

#[test]
fn a_page_is_new_then_unchanged_then_changed() {
    let place = Place::new(&["/a.md"]);
    place.server.answer("/a.md", &[page(&["ETag: \"1\"", "Last-Modified: Mon, 23 Nov 2026 10:00:00 GMT"], "# One\n")]);
    let line = |state| format!("{state}: SERVER/a.md -> {}\n", place.cached("a.md").display());
    holds(&place.run(&[]), 0, &[&line("new"), "zapsign: 1 pages, 1 new, 0 changed, 0 unchanged, 0 failed\n"]);
    assert_eq!(place.text("a.md"), "# One\n");
    let record = place.text("a.md.toml");
    for expected in [
        "/a.md\"\n",
        "holds = \"prose\"\n",
        "etag = '\"1\"'\n",
        "last_modified = \"Mon, ",
        "sha256 = \"",
        "fetched = \"20",
    ] {
        assert!(record.contains(expected), "no {expected} in {record}");
    }
    let first = place.server.requests().concat().to_ascii_lowercase();
    assert!(!first.contains("if-none-match") && !first.contains("authorization"), "{first}");

    // The vendor says that nothing has changed.
    place.server.answer("/a.md", &[status("304 Not Modified", &[])]);
    holds(&place.run(&[]), 0, &[&line("unchanged"), "1 unchanged, 0 failed\n"]);
    let second = place.server.requests().concat().to_ascii_lowercase();
    assert!(second.contains("if-none-match: \"1\"\r\n"), "{second}");
    assert!(second.contains("if-modified-since: mon, 23 nov 2026 10:00:00 gmt\r\n"), "{second}");
    assert!(place.text("a.md.toml").contains("etag = '\"1\"'\n"), "the record is kept");

    // The vendor does not say it.
    place.server.answer("/a.md", &[page(&[], "# One\n")]);
    holds(&place.run(&[]), 0, &[&line("unchanged")]);
    assert!(!place.text("a.md.toml").contains("etag"), "the record is that of the last answer");

    place.server.answer("/a.md", &[page(&[], "# Two\n")]);
    holds(&place.run(&[]), 0, &[&line("changed"), "1 changed, 0 unchanged, 0 failed\n"]);
    assert_eq!(place.text("a.md"), "# Two\n");
}

#[test]
fn a_page_that_was_altered_in_the_cache_is_not_taken_for_the_vendors() {
    let place = Place::new(&["/a.md"]);
    place.server.answer("/a.md", &[page(&["ETag: \"1\""], "# One\n")]);
    holds(&place.run(&[]), 0, &["new: "]);
    fs::write(place.cached("a.md"), "# Mine\n").expect("written");
    place.server.requests();
    holds(&place.run(&[]), 0, &["changed: "]);
    assert!(!place.server.requests().concat().to_ascii_lowercase().contains("if-none-match"));
    assert_eq!(place.text("a.md"), "# One\n");
    // Nothing is known, so that nothing can be unchanged.
    fs::remove_file(place.cached("a.md")).expect("removed");
    place.server.answer("/a.md", &[status("304 Not Modified", &[])]);
    holds(&place.run(&[]), 1, &["failed: SERVER/a.md: the answer is 304 Not Modified"]);
}

#[test]
fn a_redirect_is_followed_and_said() {
    let place = Place::new(&["/old.md", "/round.md", "/nowhere.md"]);
    place.server.answer("/old.md", &[status("308 Permanent Redirect", &["Location: /new.md?token=not-a-real-token"])]);
    place.server.answer("/new.md?token=not-a-real-token", &[page(&[], "# New\n")]);
    place.server.answer("/round.md", &[status("302 Found", &["Location: /round.md"])]);
    place.server.answer("/nowhere.md", &[status("302 Found", &[])]);
    let said = place.run(&[]);
    holds(
        &said,
        1,
        &[
            "redirected: SERVER/old.md -> SERVER/new.md?...: correct the address",
            "new: SERVER/old.md -> ",
            "failed: SERVER/round.md: it redirects more than 5 times",
            "failed: SERVER/nowhere.md: the answer is 302 Found; it names no new address",
            "zapsign: 3 pages, 1 new, 0 changed, 0 unchanged, 2 failed\n",
        ],
    );
    assert!(!said.1.contains("not-a-real-token"), "{}", said.1);
    assert_eq!(place.text("old.md"), "# New\n");
    assert_eq!(place.server.requests().len(), 2 + 6 + 1);
}

#[test]
fn a_page_that_fails_keeps_its_copy_and_stops_no_other() {
    let whole = page(&[], "# A page that is long enough to be cut\n");
    let cut = whole.as_bytes()[..whole.len() - 8].to_vec();
    let large = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", (16 << 20) + 1);
    let mut endless = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".to_vec();
    endless.resize(endless.len() + (16 << 20) + 1, b'a');
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
    for (answer, expected) in [
        (status("404 Not Found", &[]).into_bytes(), "the answer is 404 Not Found; the page has moved or is gone"),
        (
            status("500 Internal Server Error", &[]).into_bytes(),
            "the answer is 500 Internal Server Error; fetch again later",
        ),
        (status("403 Forbidden", &[]).into_bytes(), "the answer is 403 Forbidden; open the page in a browser"),
        (cut, "the answer broke off: "),
        (format!("{chunked}8\r\n# A page\r\n8\r\n, cut").into_bytes(), "the answer broke off: "),
        (format!("{chunked}8\r\n# A page\r\nno number\r\n").into_bytes(), "the answer broke off: "),
        (Vec::new(), "no answer: "),
        (b"not http\r\n\r\n".to_vec(), "no answer: "),
        (
            page(&["Content-Type: text/html; charset=utf-8"], "# Page\n").into_bytes(),
            "the answer is HTML; give the address",
        ),
        (page(&["Content-Type: text/markdown"], "\n <!DOCTYPE html>\n").into_bytes(), "the answer is HTML; "),
        (page(&[], "\u{feff}<HTML>\n").into_bytes(), "the answer is HTML; "),
        (page(&["Content-Encoding: gzip"], "# Page\n").into_bytes(), "the answer is in `gzip`"),
        (page(&[], "").into_bytes(), "the answer is empty"),
        (large.into_bytes(), "the answer is larger than 16 MiB"),
        (endless, "the answer is larger than 16 MiB"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n# \xff".to_vec(), "the answer is not UTF-8"),
    ] {
        let place = Place::new(&["/a.md", "/b.md"]);
        place.server.answer("/a.md", &[page(&[], "# Before\n")]);
        place.server.answer("/b.md", &[page(&[], "# B\n")]);
        holds(&place.run(&[]), 0, &["2 new"]);
        let record = place.text("a.md.toml");
        place.server.answer("/a.md", &[answer]);
        place.server.answer("/b.md", &[page(&[], "# Other\n")]);
        holds(
            &place.run(&[]),
            1,
            &[
                &format!("failed: SERVER/a.md: {expected}"),
                "changed: SERVER/b.md",
                "2 pages, 0 new, 1 changed, 0 unchanged, 1 failed",
            ],
        );
        assert_eq!((place.text("a.md").as_str(), place.text("a.md.toml")), ("# Before\n", record));
        assert_eq!(place.text("b.md"), "# Other\n");
    }
}

#[test]
fn a_connection_that_the_vendor_closed_meanwhile_is_opened_again() {
    let place = Place::new(&["/a.md", "/b.md", "/c.md"]);
    let kept = |text: &str| format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{text}", text.len());
    for (path, text) in [("/a.md", "# A\n"), ("/b.md", "# B\n"), ("/c.md", "# C\n")] {
        place.server.answer(path, &[kept(text)]);
    }
    holds(&place.run(&[]), 0, &["3 new"]);
    assert_eq!(place.server.requests().len(), 3, "each page is answered once");

    // One that breaks at each request is not asked for ever.
    place.server.answer("/a.md", &[""]);
    holds(&place.run(&[]), 1, &["failed: SERVER/a.md: no answer: ", "2 unchanged, 1 failed"]);
    assert_eq!(place.server.requests().len(), 2 + 2);
}

#[test]
fn a_vendor_that_is_busy_is_asked_three_times() {
    let place = Place::new(&["/a.md", "/b.md"]);
    let busy = status("429 Too Many Requests", &["Retry-After: 0"]);
    let down = status("503 Service Unavailable", &["Retry-After: Mon, 23 Nov 2020 10:00:00 GMT"]);
    place.server.answer("/a.md", &[busy.clone(), down, page(&[], "# A\n")]);
    place.server.answer("/b.md", &[busy]);
    holds(
        &place.run(&[]),
        1,
        &[
            "new: SERVER/a.md",
            "failed: SERVER/b.md: the answer is 429 Too Many Requests; it stayed so through 3 attempts",
        ],
    );
    assert_eq!(place.server.requests().len(), 3 + 3);
}

/// The environment names our server as the proxy of every host, so that a connection to another host would be seen.
#[test]
fn plain_http_to_another_host_is_refused_without_a_connection() {
    let place = Place::new(&[]);
    place.list("", &["http://docs.example/a.md", "https://name:word@docs.example/b.md", &place.server.url("/c.md")]);
    place.server.answer("/c.md", &[status("302 Found", &["Location: http://docs.example/c.md"])]);
    let proxy = place.server.url("");
    let proxies = [("ALL_PROXY", proxy.as_str()), ("HTTP_PROXY", &proxy), ("HTTPS_PROXY", &proxy), ("NO_PROXY", "")];
    let said = place.run_with(&[], &proxies);
    holds(
        &said,
        1,
        &[
            "failed: http://docs.example/a.md: plain http is for this machine only; give the https address",
            "failed: https://docs.example/b.md: the address holds a user or a password",
            "failed: SERVER/c.md: it redirects to http://docs.example/c.md: plain http is for this machine only",
        ],
    );
    assert!(!said.1.contains("word@"), "{}", said.1);
    let requests = place.server.requests();
    assert!(requests.len() == 1 && requests[0].starts_with("GET /c.md "), "{requests:?}");

    // Whereas a page over TLS is asked for, and fails at our server, which is no proxy.
    place.list("", &["https://docs.example/a.md"]);
    holds(&place.run_with(&[], &proxies), 1, &["failed: https://docs.example/a.md: no answer: "]);
    assert!(place.server.requests().concat().starts_with("CONNECT docs.example:443 "));
}

#[test]
fn the_pages_can_come_from_the_vendors_index() {
    let place = Place::new(&["/docs/api/a.md"]);
    place.list("prefix = [\"/docs/api/\"]", &[&place.server.url("/docs/api/a.md")]);
    let index = format!(
        "# Docs\n\n- [A]({0}): First\n- [B](api/b.md)\n- [Guide](guide.md)\n- [A]({0}#again)\n- [Far](https://docs.example/far.md)\n",
        place.server.url("/docs/api/a.md")
    );
    place.server.answer("/docs/llms.txt", &[page(&["Content-Type: text/plain"], &index)]);
    place.server.answer("/docs/api/a.md", &[page(&[], "# A\n")]);
    place.server.answer("/docs/api/b.md", &[page(&[], "# B\n")]);
    let expected = [
        "left out: https://docs.example/far.md: it stands on another host than the index\n",
        "left out: 1 pages that are not below a `prefix`",
        "new: SERVER/docs/api/a.md",
        "new: SERVER/docs/api/b.md",
    ];
    let said = place.run(&["--from", &place.server.url("/docs/llms.txt"), "--pause-ms", "0"]);
    holds(&said, 0, &expected);
    holds(&said, 0, &["new: SERVER/docs/llms.txt", "3 pages, 3 new"]);
    assert!(place.text("docs_api_a.md.toml").contains("holds = \"prose\""));
    assert!(!place.text("docs_api_b.md.toml").contains("holds"), "nobody has said it");

    // The same as a file, where addresses have to be whole.
    fs::remove_dir_all(place.folder.path().join("cache")).expect("removed");
    let file = place.folder.path().join("sitemap.md");
    fs::write(&file, index.replace("api/b.md", "/docs/api/b.md").replace("guide.md", "/guide.md")).expect("written");
    holds(&place.run(&["--from", file.to_str().expect("a path")]), 0, &expected);

    // An index without a page is a fault and no success.
    fs::write(&file, "# Nothing\n").expect("written");
    holds(&place.run(&["--from", file.to_str().expect("a path")]), 1, &["sitemap.md: the index names no page"]);
    place.server.answer("/docs/llms.txt", &[page(&[], "- [Guide](guide.md)\n")]);
    holds(&place.run(&["--from", &place.server.url("/docs/llms.txt")]), 1, &["names no page that is wanted"]);
}

#[test]
fn a_page_that_the_list_lacks_is_named() {
    let place = Place::new(&[]);
    let head = format!("index = {:?}\nprefix = [\"/api/\"]", place.server.url("/llms.txt"));
    place.list(&head, &[&place.server.url("/api/a.md")]);
    place.server.answer("/llms.txt", &[page(&[], "- [A](/api/a.md)\n- [B](/api/b.md)\n- [C](/c.md)\n")]);
    place.server.answer("/api/a.md", &[page(&[], "# A\n")]);
    let said = place.run(&[]);
    holds(&said, 0, &["unlisted: SERVER/api/b.md: add it to specs/zapsign/pages.toml\n", "2 pages, 2 new"]);
    assert!(!said.1.contains("/c.md") && !said.1.contains("unlisted: SERVER/api/a.md"), "{}", said.1);

    place.server.answer("/llms.txt", &[page(&[], "- [C](/c.md)\n")]);
    holds(&place.run(&[]), 1, &["failed: SERVER/llms.txt: the index names no page below a `prefix`"]);
}

#[test]
fn the_cache_is_the_users_unless_given() {
    let place = Place::new(&["/a.md"]);
    place.server.answer("/a.md", &[page(&[], "# A\n")]);
    let home = place.folder.path().join("home");
    for (cache, expected) in [("", ".cache"), ("own", "own")] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command.args(["fetch", "--api", "zapsign", "--root"]).arg(place.folder.path());
        command.env("HOME", &home).env_remove("XDG_CACHE_HOME");
        if !cache.is_empty() {
            command.env("XDG_CACHE_HOME", home.join(cache));
        }
        let output = command.output().expect("it runs");
        assert!(output.status.success(), "{output:?}");
        let folder = home.join(expected).join("partner-apis-pages/zapsign");
        assert_eq!(fs::read_dir(folder).expect("it is there").count(), 2);
    }
    let status = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["fetch", "--root"])
        .arg(place.folder.path())
        .env_remove("HOME")
        .env_remove("XDG_CACHE_HOME")
        .output()
        .expect("it runs");
    let said = String::from_utf8(status.stderr).expect("text");
    assert!(said.contains("neither XDG_CACHE_HOME nor HOME") && said.contains("`--cache`"), "{said}");
}
