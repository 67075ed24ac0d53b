//! Secrets that a server sends back, and secrets in the wrong place: none of them is shown, and none is in an argument list.
#![allow(missing_docs)]

mod program;

use std::fs;
use std::io::Write as _;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use self::program::Received;

const PROGRAM: &str = env!("CARGO_BIN_EXE_partner");

/// Beginning of the secrets that the program gets as it should. No other process has it.
fn mark() -> String {
    format!("s3cret{}x", std::process::id())
}

/// Beginning of the secrets that the program gets in the wrong place, which may be its arguments.
fn misplaced() -> String {
    format!("s3cret{}y", std::process::id())
}

/// Environment variables of a run.
type Variables<'v> = &'v [(&'v str, &'v str)];

/// Answer of the server, whose text has the secrets of the request in the place of `ECHO`.
#[derive(Clone)]
struct Answer {
    status: u16,
    media_type: &'static str,
    body: String,
}

/// Server that sends back what it gets: the credential and the body.
struct EchoServer {
    url: String,
    answer: Arc<Mutex<Answer>>,
    /// Argument lists with the mark, at the time of the requests.
    seen: Arc<Mutex<Vec<String>>>,
    requests: Arc<Mutex<usize>>,
}

impl EchoServer {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let first = Answer { status: 200, media_type: "application/json", body: "{}".to_owned() };
        let answer = Arc::new(Mutex::new(first));
        let (seen, requests) = (Arc::default(), Arc::new(Mutex::new(0)));
        let server =
            Self { url, answer: Arc::clone(&answer), seen: Arc::clone(&seen), requests: Arc::clone(&requests) };
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.expect("a connection");
                let Some(request) = Received::read(&mut stream) else { continue };
                let echo = echo(&request);
                seen.lock().expect("no panic").extend(argument_lists());
                *requests.lock().expect("no panic") += 1;
                let Answer { status, media_type, body } = answer.lock().expect("no panic").clone();
                let body = body.replace("ECHO", &echo);
                let head = format!(
                    "HTTP/1.1 {status} X\r\ncontent-type: {media_type}\r\nlocation: /{echo}\r\nx-request-id: {echo}\r\n\
                     connection: close\r\ncontent-length: {}\r\n\r\n",
                    body.len()
                );
                let body = if request.method == "HEAD" { "" } else { &body };
                let _ = stream.write_all(format!("{head}{body}").as_bytes());
            }
        });
        server
    }

    fn answers(&self, status: u16, media_type: &'static str, body: &str) {
        *self.answer.lock().expect("no panic") = Answer { status, media_type, body: body.to_owned() };
    }

    fn take_requests(&self) -> usize {
        std::mem::take(&mut *self.requests.lock().expect("no panic"))
    }
}

/// Returns the parts of a request that have the mark, up to what ends a word.
fn echo(request: &Received) -> String {
    let headers: String = request.headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
    let text = format!("{}\n{headers}{}", request.target, String::from_utf8_lossy(&request.body));
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
    words.filter(|word| word.contains(&mark())).collect::<Vec<_>>().join("_")
}

/// Returns the argument lists of all processes that have the mark, where the system tells them.
fn argument_lists() -> Vec<String> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let lists = processes.filter_map(|process| fs::read(process.path().join("cmdline")).ok());
    lists.map(|list| String::from_utf8_lossy(&list).into_owned()).filter(|list| list.contains(&mark())).collect()
}

/// Result of a run.
#[derive(Debug)]
struct Run {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Run {
    /// Checks that nothing has the mark, or the beginning of it that a cut can leave.
    fn is_clean(&self, context: &str) {
        let all = format!("{}{}", self.stdout, self.stderr);
        assert!(!all.contains("s3cret"), "{context}: {all}");
        assert!(!all.contains("panicked"), "{context}: {all}");
        assert!(!all.contains('\u{1b}'), "{context}: {all:?}");
    }
}

/// Runs the program with nothing in its environment but these variables.
fn run(line: &[&str], variables: &[(&str, &str)], input: &str) -> Run {
    let mut child = Command::new(PROGRAM)
        .args(line)
        .env_clear()
        .envs([("RUST_LOG", "trace"), ("RUST_BACKTRACE", "full")])
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    // Not every run reads it.
    let _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
    let output = child.wait_with_output().expect("it ends");
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    Run { code: output.status.code(), stdout: text(&output.stdout), stderr: text(&output.stderr) }
}

fn private_file(path: &Path, text: &str) {
    fs::write(path, text).expect("written");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("its mode is set");
    }
}

/// Bodies with what was sent in each place that something shows.
fn answers() -> Vec<(u16, &'static str, String)> {
    let everywhere = r#"{"message": "bad ECHO", "detail": "no ECHO", "code": "ECHO", "meta": {"360dialog_trace_id": "ECHO",
        "developer_message": "ECHO"}, "name": "ECHO", "brand_name": "is ECHO", "status": "ECHO", "ECHO\u001b[2J": ["ECHO", {"x": "ECHO"}],
        "next": "http://x.example/?page=ECHO", "results": [{"name": "ECHO"}], "token": "ECHO", "signers": []}"#;
    // The end of what is shown is in the middle of the secret.
    let cut = |length: usize| format!("{}ECHO and more", "x".repeat(length));
    let mut answers = Vec::new();
    for status in [200, 302, 401] {
        answers.push((status, "application/json", everywhere.to_owned()));
        answers.push((status, "application/json", everywhere[..everywhere.len() - 2].to_owned()));
        answers.push((status, "text/html", "<pre>ECHO".to_owned()));
        answers.push((status, "text/plain", cut(990)));
        answers.push((
            status,
            "application/json",
            format!(r#"{{"message": "{}", "detail": "{}"}}"#, cut(991), cut(992)),
        ));
    }
    answers
}

#[test]
fn a_secret_that_the_server_sends_back_is_not_shown() {
    let server = EchoServer::start();
    let folder = tempfile::tempdir().expect("a folder");
    let secret = |name: &str| format!("{}-{name}-0123456789", mark());
    let (key, token, body) = (secret("key"), secret("token"), secret("body"));
    let file = |name: &str, text: String| {
        let path = folder.path().join(name);
        private_file(&path, &text);
        path.display().to_string()
    };
    let profiles = format!(
        "[profiles.a.dialog360]\nbearer_token = \"{key}\"\npartner_id = \"acmePA\"\nurl = \"{0}\"\n\
         [profiles.a.zapsign]\napi_token = \"{token}\"\nurl = \"{0}\"\n",
        server.url
    );
    let profiles = file("profiles.toml", profiles);
    let value = format!("@{}", file("value", body.clone()));
    let whole = format!(
        "@{}",
        file(
            "body.json",
            format!(
                "{{\"url\": \"https://a.example\", \"type\": \"doc_signed\", \"headers\": [{{\"name\": \"x\", \"value\": \"{body}\"}}]}}"
            )
        )
    );
    let pair = format!("name=x,value={value}");
    let assigned = format!("headers[0].value={value}");
    let environment = [
        ("PARTNER_URL", server.url.as_str()),
        ("D360_API_KEY", &key),
        ("D360_PARTNER_ID", "acmePA"),
        ("ZAPSIGN_API_TOKEN", &token),
    ];
    let address = [("PARTNER_URL", server.url.as_str())];
    let profile = [("PARTNER_CONFIG", profiles.as_str()), ("PARTNER_PROFILE", "a")];
    let webhook = |option: &'static str, value: &str| {
        let mut line =
            vec!["zapsign", "webhooks", "create", "--webhook-url", "https://a.example", "--type", "doc_signed"];
        line.extend(["--set", "headers[0].name=x"].iter().filter(|_| option == "--set"));
        line.into_iter().map(str::to_owned).chain([option.to_owned(), value.to_owned()]).collect::<Vec<_>>()
    };
    let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let lines: Vec<(Vec<String>, Variables<'_>, &str)> = vec![
        (words("dialog360 partner get"), &environment, ""),
        (words("dialog360 partner get --partner-id acmePA --token-stdin"), &address, &key),
        (words("dialog360 partner get"), &profile, ""),
        (words("zapsign documents list --all"), &environment, ""),
        (words("zapsign documents get --doc-token abc --query /name"), &profile, ""),
        (words(&format!("dialog360 authentication create-token --username a --password {value}")), &environment, ""),
        (webhook("--header", &pair), &environment, ""),
        (webhook("--set", &assigned), &environment, ""),
        (webhook("--body", &whole), &environment, ""),
        (words("download abc"), &environment, ""),
        (words("download abc --output-file -"), &profile, ""),
        (words("wait abc --time-limit 1s"), &environment, ""),
        (words("doctor dialog360"), &environment, ""),
        (words("doctor zapsign --token-stdin"), &address, &token),
    ];
    for (line, variables, input) in lines {
        for (status, media_type, answer) in answers() {
            server.answers(status, media_type, &answer);
            for options in [&[][..], &["--verbose", "--output", "table"]] {
                if media_type == "text/html" && !options.is_empty() {
                    continue;
                }
                let line: Vec<&str> = line.iter().map(String::as_str).chain(options.iter().copied()).collect();
                let run = run(&line, variables, input);
                run.is_clean(&format!("{line:?} {status} {media_type}"));
                assert!(server.take_requests() > 0, "nothing was sent: {line:?} {run:?}");
            }
        }
    }
    assert_eq!(*server.seen.lock().expect("no panic"), Vec::<String>::new());
}

#[test]
fn no_address_with_a_secret_is_shown_or_called() {
    let server = EchoServer::start();
    let secret = format!("{}-0123456789", misplaced());
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("profiles.toml");
    let host = server.url.trim_start_matches("http://");
    let key = [("ZAPSIGN_API_TOKEN", "a-token-0001"), ("PARTNER_CONFIG", config.to_str().expect("text"))];
    for url in [
        format!("http://ana:{secret}@{host}"),
        format!("http://{secret}@{host}"),
        format!("http://{host}/?token={secret}"),
        format!("http://{host}/#{secret}"),
        format!("http://ana:{secret}@sandbox.example"),
        format!("http://sandbox.example?{secret}"),
        secret.clone(),
    ] {
        for line in ["zapsign documents list", "zapsign documents list --dry-run", "doctor zapsign", "download abc"] {
            let line: Vec<&str> = line.split(' ').collect();
            let run = run(&line, &[&key[..], &[("PARTNER_URL", &url)]].concat(), "");
            run.is_clean(&format!("{line:?} {url}"));
            assert!(!matches!(run.code, Some(0)), "{line:?} {url}: {run:?}");
            // The doctor may look for a server, but with nothing of the secret.
            let requests = server.take_requests();
            assert!(requests == 0 || line[0] == "doctor" && !url.contains('@'), "{line:?} {url}: {requests}");
        }
        let line = ["profile", "set", "a", "zapsign", "--token-stdin", "--url", &url];
        let set = run(&line, &key, "a-token-0001");
        set.is_clean(&url);
        assert!(set.code == Some(2) && !config.exists(), "{url}: {set:?}");
        private_file(&config, &format!("[profiles.a.zapsign]\napi_token = \"a-token\"\nurl = \"{url}\"\n"));
        for line in [&["profile", "show", "a"][..], &["doctor", "zapsign", "--profile", "a"]] {
            run(line, &key[1..], "").is_clean(&format!("{line:?} {url}"));
            assert!(server.take_requests() == 0 || !url.contains('@'), "{line:?} {url}");
        }
        fs::remove_file(&config).expect("removed");
    }
}

#[test]
fn a_faulty_file_of_profiles_shows_no_secret() {
    let secret = format!("{}-0123456789", misplaced());
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("profiles.toml");
    let variables = [("PARTNER_CONFIG", config.to_str().expect("text"))];
    let check = |context: &str| {
        for line in [
            "zapsign documents list --verbose",
            "profile list",
            "profile show a",
            "profile set a zapsign --url https://a.example",
            "doctor",
        ] {
            let line: Vec<&str> = line.split(' ').collect();
            let run = run(&line, &variables, "");
            run.is_clean(&format!("{line:?} {context}"));
            assert!(matches!(run.code, Some(2 | 4)), "{line:?} {context}: {run:?}");
        }
    };
    let valid = format!("[profiles.a.zapsign]\napi_token = \"{secret}\"\n");
    for text in [
        secret.clone(),
        format!("{secret}="),
        format!("{secret} = \"api_token\""),
        format!("\"{secret}\" = \"api_token\""),
        format!("api_token = \"{secret}\""),
        format!("[{secret}]"),
        format!("[profiles]\na = \"{secret}\""),
        format!("[profiles]\n{secret} = \"a\""),
        format!("[profiles.a]\n{secret} = \"a\""),
        format!("[profiles.a.{secret}]\napi_token = \"a\""),
        format!("[profiles.a.zapsign]\n{secret} = \"api_token\""),
        format!("[profiles.a.zapsign]\napi_token = {secret}"),
        format!("[profiles.a.zapsign]\napi_token = \"{secret}"),
        format!("[profiles.a.zapsign]\napi_token = [\"{secret}\"]"),
        format!("[profiles.a.zapsign]\napi_token.{secret} = \"a\""),
        format!("[profiles.a.zapsign]\nenvironment = \"{secret}\""),
        format!("default = \"{secret}\"\n{valid}"),
        format!("{valid}{valid}"),
        format!("{valid}\0"),
        format!("{valid}#{}", "x".repeat(1 << 20)),
    ] {
        private_file(&config, &text);
        check(&text[..text.len().min(100)]);
    }
    fs::write(
        &config,
        format!("{valid}\u{1b}").replace('\u{1b}', "").into_bytes().into_iter().chain([0xff]).collect::<Vec<_>>(),
    )
    .expect("written");
    check("no UTF-8");
    fs::remove_file(&config).expect("removed");
    fs::create_dir(&config).expect("a folder");
    check("a folder");
    fs::remove_dir(&config).expect("removed");
    #[cfg(unix)]
    {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        private_file(&config, &valid);
        for mode in [0o640, 0o604, 0o620, 0o601, 0o777] {
            fs::set_permissions(&config, fs::Permissions::from_mode(mode)).expect("its mode is set");
            check(&format!("{mode:o}"));
        }
        let elsewhere = folder.path().join("elsewhere");
        fs::rename(&config, &elsewhere).expect("moved");
        symlink(&elsewhere, &config).expect("a link");
        check("a link to a file that others can read");
        fs::remove_file(&config).expect("removed");
        assert!(Command::new("mkfifo").arg(&config).status().expect("it runs").success());
        // Nobody writes to it: a run that reads it does not end.
        check("a pipe");
    }
}

/// Runs that change the file at the same time.
#[cfg(unix)]
#[test]
fn no_profile_is_lost_if_several_are_set_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("new").join("profiles.toml");
    let names: Vec<String> = (0..8).map(|number| format!("p{number}")).collect();
    std::thread::scope(|scope| {
        for name in &names {
            scope.spawn(|| {
                let line = ["profile", "set", name, "zapsign", "--token-stdin"];
                let run = run(&line, &[("PARTNER_CONFIG", config.to_str().expect("text"))], "a-token-0001");
                assert_eq!(run.code, Some(0), "{run:?}");
            });
        }
    });
    let text = fs::read_to_string(&config).expect("it is there");
    for name in &names {
        assert!(text.contains(&format!("[profiles.{name}.zapsign]")), "{name}: {text}");
    }
    assert_eq!(fs::read_dir(config.parent().expect("a folder")).expect("a folder").count(), 1);
}

#[test]
fn no_argument_in_the_wrong_place_is_shown() {
    let secret = format!("{}-0123456789", misplaced());
    for line in [
        vec![secret.clone()],
        vec!["zapsign".to_owned(), secret.clone()],
        vec!["zapsign".to_owned(), "documents".to_owned(), secret.clone()],
        vec![format!("--{secret}")],
        vec![format!("-{secret}")],
        vec!["doctor".to_owned(), secret.clone()],
        vec!["doctor".to_owned(), "--timeout".to_owned(), secret.clone()],
        vec!["doctor".to_owned(), "--environment".to_owned(), secret.clone()],
        vec!["completions".to_owned(), secret.clone()],
        vec!["profile".to_owned(), "set".to_owned(), "a".to_owned(), secret.clone()],
        vec!["profile".to_owned(), "set".to_owned(), format!("{secret}="), "zapsign".to_owned()],
        vec!["profile".to_owned(), "set".to_owned(), "a".to_owned(), "zapsign".to_owned(), secret.clone()],
    ] {
        for format in [&[][..], &["--output", "table"]] {
            let line: Vec<&str> = line.iter().map(String::as_str).chain(format.iter().copied()).collect();
            let run = run(&line, &[("PARTNER_CONFIG", "/nowhere/profiles.toml")], "");
            run.is_clean(&format!("{line:?}"));
            assert!(!matches!(run.code, Some(0) | None), "{line:?}: {run:?}");
        }
    }
    for (name, value) in [
        ("PARTNER_ENVIRONMENT", secret.as_str()),
        ("PARTNER_URL", &secret),
        ("D360_API_KEY", &format!("{secret}\n")),
        ("D360_API_KEY", &format!("{secret} é")),
    ] {
        let variables = [("PARTNER_CONFIG", "/nowhere/profiles.toml"), ("D360_PARTNER_ID", "acmePA"), (name, value)];
        let run = run(&["dialog360", "partner", "get", "--timeout", "1"], &variables, "");
        run.is_clean(name);
        assert!(matches!(run.code, Some(2 | 4)), "{name}: {run:?}");
    }
}
