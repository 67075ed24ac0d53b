//! Another API, on a copy of the workspace: its spec is written, and everything else is there.
#![allow(missing_docs)]

mod workspace;

use workspace::Copy;

const SPEC: &str = include_str!("new_api/ships.yaml");
const SOCKET: &str = include_str!("new_api/socket.txt");
const RUNTIME_OF_TESTS: &str = "\n[dev-dependencies]\ntokio = { workspace = true, features = [\"macros\", \"rt\"] }\n";

/// Makes the API, with the spec that it starts from.
fn skeleton(name: &str, target: &str) -> Copy {
    let copy = Copy::new(name, target);
    copy.xtask(&["new-api", "ships"]);
    copy.xtask(&["regenerate"]);
    copy.xtask(&["regenerate", "--check"]);
    assert!(copy.read("crates/ships-api/OPERATIONS.md").contains("`GET /ships`"));
    copy
}

/// Writes a spec of three operations, and what is left to write by hand for it.
fn write_spec(copy: &Copy) {
    copy.write("specs/ships/api.yaml", SPEC);
    let readme = copy.read("crates/ships-api/README.md").replace("api_key", "harbour_key");
    copy.write("crates/ships-api/README.md", &readme);
    copy.xtask(&["regenerate"]);
    copy.xtask(&["lint"]);
    for (file, part) in [
        ("crates/ships-api/Cargo.toml", "\n## Operations of yards.\nyards = []\n"),
        ("crates/ships-api/src/generated/webhooks.rs", "pub fn id(&self) -> Option<&str>"),
        ("tests/generated/mod.rs", "    &ships::CASES,\n"),
        ("tests/Cargo.toml", "\nships-api = { workspace = true, "),
        ("Cargo.toml", "\nships-api = { path = \"crates/ships-api\", "),
    ] {
        assert!(copy.read(file).contains(part), "{part} in {file}");
    }
}

#[test]
fn a_third_api_is_called_over_a_socket() {
    // With the workspace's target folder and profile, dependencies are not compiled again.
    let copy = skeleton("new-api", ".");
    write_spec(&copy);
    let manifest =
        copy.read("crates/ships-api/Cargo.toml").replace("\n[lints]", &format!("{RUNTIME_OF_TESTS}\n[lints]"));
    copy.write("crates/ships-api/Cargo.toml", &manifest);
    copy.write("crates/ships-api/tests/socket.rs", SOCKET);
    let (passed, said) =
        copy.cargo(&["test", "--offline", "--package", "ships-api", "--lib", "--test", "socket"], "no");
    assert!(passed && said.contains("4 passed"), "{said}");
}

#[test]
#[ignore = "builds the tests of the whole workspace, which takes minutes; `.ci/run` asks for it"]
fn the_generic_tests_go_through_a_third_api() {
    let copy = skeleton("new-api-tests", "new-page");
    let (passed, said) = copy.cargo(&["test", "--offline", "--package", "ships-api"], "no");
    assert!(passed, "{said}");
    write_spec(&copy);
    let tests = ["surface", "wire", "examples", "schema", "errors", "drift", "memory"];
    let tests: Vec<&str> = tests.iter().flat_map(|test| ["--test", test]).collect();
    let arguments = [&["test", "--offline", "--package", "conformance"], tests.as_slice()].concat();
    let (passed, said) = copy.cargo(&arguments, "always");
    assert!(passed, "{said}");
    for snapshot in ["surface/ships.client.snap", "wire/ships.launch_ship.snap"] {
        assert!(copy.folder.join("tests/snapshots").join(snapshot).exists(), "{said}");
    }
    let request = copy.read("tests/snapshots/wire/ships.launch_ship.snap");
    assert!(request.contains("authorization: Bearer <HARBOUR KEY>"), "{request}");
    let (passed, said) = copy.cargo(&["test", "--offline", "--package", "ships-api", "--doc"], "no");
    assert!(passed, "{said}");
}
