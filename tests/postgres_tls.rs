//! TLS between the journal and a Postgres server whose certificate leads to an authority that only the test knows.
//!
//! The server has a loopback address of its own, of which Linux has many.
#![allow(missing_docs)]
#![cfg(target_os = "linux")]

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use conformance::postgres_server::{Database, PostgresServer};
use tempfile::TempDir;
use tenant_onboarding::{PostgresJournal, PostgresJournalBuilder};

/// Time after which a server that does not take its settings is taken for one that never will.
const HANG_TIMEOUT: Duration = Duration::from_secs(60);

/// Server that a user with a password reaches over TLS only.
struct TlsServer {
    _server: PostgresServer,
    database: Database,
    address: String,
    certificates: TempDir,
}

impl TlsServer {
    async fn start() -> Option<Self> {
        let address = loopback_address();
        let server = PostgresServer::start_with(&["-c", &format!("listen_addresses={address}")])?;
        let certificates = make_certificates();
        let database = server.database().await;
        let data = database.value("SHOW data_directory").await;
        for name in ["server.crt", "server.key"] {
            let file = Path::new(&data).join(name);
            fs::copy(certificates.path().join(name), &file).expect("it is copied");
            let owner = fs::metadata(&data).expect("a folder");
            chown(&file, Some(owner.uid()), Some(owner.gid())).expect("it is the server's");
            fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("it is set");
        }
        let hba = database.value("SHOW hba_file").await;
        fs::write(hba, "local all test trust\nhostssl all all all scram-sha-256\n").expect("it is written");
        database.query("ALTER SYSTEM SET ssl = 'on'").await;
        database.query("SELECT pg_reload_conf()").await;
        let began = Instant::now();
        while database.value("SHOW ssl").await != "on" {
            assert!(began.elapsed() < HANG_TIMEOUT, "the server does not take its settings");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let grant = format!("GRANT CREATE ON DATABASE {} TO partner", database.name());
        database.query(&format!("CREATE ROLE partner LOGIN PASSWORD 'right'; {grant}")).await;
        Some(Self { _server: server, database, address, certificates })
    }

    fn builder(&self, host: &str, parameters: &str) -> PostgresJournalBuilder {
        let Self { database, address, .. } = self;
        let url = format!("postgres://partner:right@{host}/{}?hostaddr={address}&{parameters}", database.name());
        PostgresJournal::builder(url, "the sandbox").unsealed().max_outage(Duration::ZERO)
    }

    fn certificate(&self, name: &str) -> Vec<u8> {
        fs::read(self.certificates.path().join(name)).expect("a certificate")
    }
}

/// Returns an address that no other test of this machine has.
fn loopback_address() -> String {
    let [_, high, middle, low] = std::process::id().to_be_bytes();
    format!("127.{}.{middle}.{}", 64 | (high & 63), low.clamp(2, 250))
}

/// Makes certificates of two authorities, and one of the server for the name `db.example` that leads to the first.
fn make_certificates() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let openssl = |arguments: String| {
        let mut command = Command::new("openssl");
        let output = command.args(arguments.split(' ')).current_dir(folder.path()).output().expect("openssl");
        assert!(output.status.success(), "openssl: {}", String::from_utf8_lossy(&output.stderr));
    };
    let request = "req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    for name in ["authority", "other"] {
        openssl(format!("{request} -x509 -days 2 -subj /CN={name} -keyout {name}.key -out {name}.crt"));
    }
    openssl(format!("{request} -subj /CN=server -keyout server.key -out server.csr"));
    fs::write(folder.path().join("names"), "subjectAltName=DNS:db.example\n").expect("a file");
    let authority = "-CA authority.crt -CAkey authority.key -CAcreateserial -days 2 -extfile names";
    openssl(format!("x509 -req -in server.csr {authority} -out server.crt"));
    folder
}

async fn refusal(builder: PostgresJournalBuilder) -> String {
    let error = builder.connect().await.expect_err("it is refused").to_string();
    assert!(!error.contains("right"), "{error}");
    error
}

#[tokio::test]
async fn chain_and_host_name_of_the_certificate_are_checked() {
    let Some(server) = TlsServer::start().await else { return };
    let trusted = server.certificate("authority.crt");
    let require = "sslmode=require&channel_binding=require";
    let builder = server.builder("db.example", require).root_certificate(trusted.clone());
    let journal = builder.connect().await.expect("a journal");
    let sessions = "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE usename = 'partner'";
    assert_eq!(server.database.value(sessions).await, "t");
    drop(journal);

    // A text with more than one certificate, as of a bundle of authorities.
    let bundle = [server.certificate("other.crt"), trusted.clone()].concat();
    server.builder("db.example", require).root_certificate(bundle).connect().await.expect("a journal");

    let other = server.builder("db.example", require).root_certificate(server.certificate("other.crt"));
    let error = refusal(other).await;
    assert!(error.contains("TLS") && error.contains("certificate"), "{error}");
    let error = refusal(server.builder("db.example", require)).await;
    assert!(error.contains("TLS") && error.contains("certificate"), "{error}");
    assert!(error.contains("SSL_CERT_FILE"), "the remedy: {error}");
    // A server may have TLS without being asked for it: then it is checked, too.
    let error = refusal(server.builder("db.example", "sslmode=prefer")).await;
    assert!(error.contains("TLS") && error.contains("certificate"), "{error}");
    let error = refusal(server.builder("other.example", require).root_certificate(trusted.clone())).await;
    assert!(error.contains("TLS") && error.contains("name"), "{error}");
    let error = refusal(server.builder("db.example", "sslmode=disable").root_certificate(trusted)).await;
    assert!(error.contains("no encryption"), "{error}");
    for pem in ["", "-----BEGIN CERTIFICATE-----\nbm9uZQ==\n-----END CERTIFICATE-----\n", "not pem"] {
        let error = refusal(server.builder("db.example", require).root_certificate(pem)).await;
        assert!(error.contains("the root certificate can't be read"), "{pem}: {error}");
    }
}

#[tokio::test]
async fn a_server_without_tls_is_refused_where_tls_is_required() {
    let Some(server) = PostgresServer::shared() else { return };
    let database = server.database().await;
    let url = |mode: &str| format!("{}?sslmode={mode}", database.url());
    let builder = |mode: &str| PostgresJournal::builder(url(mode), "the sandbox").unsealed().max_outage(Duration::ZERO);
    let error = refusal(builder("require")).await;
    assert!(error.contains("server does not support TLS"), "{error}");
    builder("prefer").connect().await.expect("a journal");
}
