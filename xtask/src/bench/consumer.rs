//! Consumer projects, which are built outside of the workspace.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::diagnostic::{Diagnostic, Result};
use crate::workspace::cargo::cargo;

/// TLS implementation, which is the largest part of any client's build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// rustls with aws-lc-rs.
    Rustls,
    /// rustls with ring, which the consumer depends on.
    Ring,
    /// The TLS library of the operating system.
    Native,
    /// No TLS.
    None,
}

#[derive(Clone, Copy)]
pub enum Consumer {
    HandWritten,
    /// With default features, including rustls.
    Default,
    /// With the features of the two operations only.
    Needed,
}

impl Consumer {
    pub fn title(self) -> &'static str {
        match self {
            Self::HandWritten => "hand-written",
            Self::Default => "default features",
            Self::Needed => "needed tags only",
        }
    }

    fn source(self) -> &'static str {
        match self {
            Self::HandWritten => "hand_written.rs",
            Self::Default | Self::Needed => "generated.rs",
        }
    }

    /// Returns the dependencies beside tokio, as lines of a manifest.
    fn dependencies(self, root: &Path, tls: Tls) -> String {
        let tls = tls.feature();
        let library = |name: &str, features: &str| {
            format!("{name} = {{ path = {:?}, {features} }}\n", root.join("crates").join(name))
        };
        match self {
            Self::HandWritten => format!(
                "reqwest = {{ version = \"0.13\", default-features = false, features = [\"json\", {tls}] }}\nserde = {{ \
                 version = \"1\", features = [\"derive\"] }}\nserde_json = \"1\"\n"
            ),
            Self::Default => {
                let features = format!("features = [{tls}]");
                library("dialog360-api", &features) + &library("zapsign-api", &features)
            }
            Self::Needed => {
                let features = |tag: &str| format!("default-features = false, features = [{tag:?}, {tls}]");
                library("dialog360-api", &features("account-sharing"))
                    + &library("zapsign-api", &features("partnerships"))
            }
        }
    }
}

impl Tls {
    /// All implementations, the baseline first.
    pub const ALL: [Self; 4] = [Self::None, Self::Ring, Self::Native, Self::Rustls];

    pub fn title(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Ring => "rustls with ring",
            Self::Native => "native-tls",
            Self::Rustls => "rustls with aws-lc-rs",
        }
    }

    fn feature(self) -> &'static str {
        match self {
            Self::Rustls => "\"rustls\"",
            Self::Ring => "\"rustls-no-provider\"",
            Self::Native => "\"native-tls\"",
            Self::None => "",
        }
    }

    /// Returns the dependency that the consumer needs for it.
    fn dependency(self) -> &'static str {
        match self {
            Self::Ring => {
                "rustls = { version = \"0.23\", default-features = false, features = [\"ring\", \"std\", \"tls12\"] }\n"
            }
            Self::Rustls | Self::Native | Self::None => "",
        }
    }
}

/// Writes a consumer project, with the lockfile of the workspace.
pub fn write(root: &Path, folder: &Path, consumer: Consumer, tls: Tls) -> Result<PathBuf> {
    let project = folder.join(format!("{tls:?}-{}", consumer.title().replace(' ', "-")));
    let source = root.join("tests/benches/consumers").join(consumer.source());
    let mut program = fs::read_to_string(&source).map_err(|e| Diagnostic::new(e.to_string()).in_file(&source))?;
    if tls == Tls::Ring {
        let install = "    let _ = rustls::crypto::ring::default_provider().install_default();\n";
        program = program.replacen("Error>> {\n", &format!("Error>> {{\n{install}"), 1);
    }
    let manifest = format!(
        "[package]\nname = \"consumer\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n{}{}tokio = \
         {{ version = \"1\", features = [\"macros\", \"rt-multi-thread\"] }}\n\n[profile.release]\nstrip = true\n",
        consumer.dependencies(root, tls),
        tls.dependency(),
    );
    fs::create_dir_all(project.join("src"))
        .and_then(|()| fs::write(project.join("src/main.rs"), program))
        .and_then(|()| fs::write(project.join("Cargo.toml"), manifest))
        .and_then(|()| fs::copy(root.join("Cargo.lock"), project.join("Cargo.lock")))
        .map_err(|e| Diagnostic::new(e.to_string()).in_file(&project))?;
    cargo(&project, &["fetch", "--quiet"])?;
    Ok(project)
}

/// Kind of a clean build.
#[derive(Debug, Clone, Copy)]
pub enum Build {
    Check,
    Release,
}

/// Runs a clean build, and returns its processor time in seconds.
pub fn clean(project: &Path, build: Build) -> Result<f64> {
    let (folder, arguments): (_, &[&str]) = match build {
        Build::Check => ("target/debug", &["check", "--quiet", "--offline"]),
        Build::Release => ("target/release", &["build", "--release", "--quiet", "--offline"]),
    };
    let target = project.join(folder);
    if target.exists() {
        fs::remove_dir_all(&target).map_err(|e| Diagnostic::new(e.to_string()).in_file(&target))?;
    }
    let before = processor_time()?;
    cargo(project, arguments)?;
    Ok(processor_time()? - before)
}

/// Returns the processor time of all child processes that have ended, in seconds.
#[cfg(unix)]
fn processor_time() -> Result<f64> {
    use nix::sys::resource::{UsageWho, getrusage};
    use nix::sys::time::TimeValLike as _;

    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).map_err(|e| Diagnostic::new(format!("no processor time: {e}")))?;
    Ok((usage.user_time() + usage.system_time()).num_microseconds() as f64 / 1e6)
}

#[cfg(not(unix))]
fn processor_time() -> Result<f64> {
    Err(Diagnostic::new("the processor time of builds can be read on Unix only; leave `build` and `tls` out"))
}

pub fn size(project: &Path) -> Result<f64> {
    let binary = project.join("target/release/consumer");
    let bytes = fs::metadata(&binary).map_err(|e| Diagnostic::new(e.to_string()).in_file(&binary))?.len();
    Ok(bytes as f64)
}

/// Returns the number of dependencies that are compiled.
pub fn crates(project: &Path) -> Result<usize> {
    let arguments =
        ["tree", "--offline", "--edges", "normal,build", "--prefix", "none", "--no-dedupe", "--format", "{p}"];
    let output = Command::new("cargo").args(arguments).current_dir(project).output();
    let output = output.map_err(|error| Diagnostic::new(format!("cargo can't be run: {error}")))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let crates: BTreeSet<&str> =
        text.lines().filter(|line| !line.is_empty() && !line.starts_with("consumer ")).collect();
    Ok(crates.len())
}
