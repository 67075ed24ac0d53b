//! Environments of a vendor, from the servers of its bundle.

use crate::spec::Api;

/// Environment of a vendor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Environment {
    /// Name in lower case, such as `sandbox`: that of the crates' `Environment`.
    pub(crate) name: String,
    /// Base URL.
    pub(crate) url: String,
}

/// Returns the environments of an API; the first one is production, and what a client calls by default.
pub(crate) fn environments(api: &'static Api) -> Vec<Environment> {
    let servers = api.document()["servers"].as_array().into_iter().flatten();
    let environment = |server: &'static serde_json::Value| {
        let name = server["x-rust-name"].as_str().unwrap_or("production").to_lowercase();
        Some(Environment { name, url: server["url"].as_str()?.to_owned() })
    };
    servers.filter_map(environment).collect()
}

/// Returns the environment with this name, or the reason why there is none, with the names that there are.
pub(crate) fn find_environment(api: &'static Api, name: &str) -> Result<Environment, String> {
    let all = environments(api);
    let names: Vec<_> = all.iter().map(|environment| environment.name.as_str()).collect();
    let fault = format!("names no environment of the {}; it has {}", api.title, names.join(", "));
    all.into_iter().find(|environment| environment.name == name).ok_or(fault)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environments_are_those_of_the_crates() {
        let names = |api| -> Vec<String> {
            environments(Api::find(api).expect("an api")).into_iter().map(|found| found.name).collect()
        };
        assert_eq!(names("zapsign"), ["production", "sandbox", "brazil"]);
        assert_eq!(names("dialog360"), ["production"]);
        let zapsign = Api::find("zapsign").expect("an api");
        assert!(
            find_environment(zapsign, "Sandbox").expect_err("case counts").ends_with("production, sandbox, brazil")
        );
    }
}
