//! Seed: state that the sandbox has before the first request.

use std::fmt;
use std::fs;
use std::path::Path;

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::behavior::Behaviors;
use crate::credentials::Credentials;
use crate::faults::FaultRule;
use crate::ids::IdGenerator;
use crate::spec::Bundle;
use crate::vendors::{HandlerContext, SeedError, SeedItem, SeedLoader, Vendor, vendor};

/// Key of the optional behaviors.
const BEHAVIORS: &str = "behaviors";
/// Key of the fault rules.
const FAULTS: &str = "faults";

/// State that a sandbox starts with: accounts, documents, channels and the like, optional behaviors and fault rules. The README
/// shows its JSON.
#[derive(Clone, Default)]
pub struct Seed {
    /// State by API.
    parts: Map<String, Value>,
    behaviors: Behaviors,
    fault_rules: Vec<FaultRule>,
}

impl Seed {
    /// Parses a seed, and checks all of it.
    ///
    /// # Errors
    ///
    /// Returns the reasons why it cannot be loaded: an unknown key, a value of another type, an id that comes twice, a
    /// reference to something that is not there, or what the vendor would reject.
    pub fn from_json(text: &str) -> Result<Self, SeedError> {
        let value = serde_json::from_str(text).map_err(|error| SeedError::at("", format!("not JSON: {error}")))?;
        let Value::Object(keys) = value else {
            return Err(SeedError::at("", "not an object: write `{\"zapsign\": {}}`"));
        };
        let mut seed = Self::default();
        for (key, value) in keys {
            match key.as_str() {
                BEHAVIORS => seed.behaviors = parse_behaviors(value)?,
                FAULTS => seed.fault_rules = parse_fault_rules(value)?,
                _ if Bundle::all().iter().any(|bundle| bundle.name == key) => {
                    seed.parts.insert(key, value);
                }
                _ => {
                    let apis = Bundle::all().iter().map(|bundle| bundle.name.as_str());
                    return Err(SeedError::unknown("", "key", &key, apis.chain([BEHAVIORS, FAULTS])));
                }
            }
        }
        let bundles: Vec<&Bundle> = Bundle::all().iter().collect();
        let mut vendors: Vec<_> = bundles.iter().map(|bundle| vendor(bundle, &Credentials::default())).collect();
        seed.load(&bundles, &mut vendors, &mut IdGenerator::new(0), Timestamp::now(), "")?;
        Ok(seed)
    }

    /// Reads a seed from a file.
    ///
    /// # Errors
    ///
    /// Returns the reason why the file cannot be read, or those of [`Seed::from_json`].
    pub fn from_path(path: impl AsRef<Path>) -> Result<Self, SeedError> {
        let text = fs::read_to_string(path).map_err(|error| SeedError::at("", format!("can't be read: {error}")))?;
        Self::from_json(&text)
    }

    /// Returns the behaviors to switch on.
    pub(crate) fn behaviors(&self) -> &Behaviors {
        &self.behaviors
    }

    /// Returns the fault rules to add.
    pub(crate) fn fault_rules(&self) -> &[FaultRule] {
        &self.fault_rules
    }

    /// Loads the state into the vendors of these bundles. The events that it would emit are dropped, and behaviors are off.
    pub(crate) fn load(
        &self,
        bundles: &[&'static Bundle],
        vendors: &mut [Box<dyn Vendor>],
        ids: &mut IdGenerator,
        now: Timestamp,
        url: &str,
    ) -> Result<(), SeedError> {
        for (name, value) in &self.parts {
            let part = SeedItem { pointer: format!("/{name}"), value };
            let mut apis = bundles.iter().zip(vendors.iter_mut());
            let (bundle, vendor) = apis
                .find(|(bundle, _)| bundle.name == *name)
                .ok_or_else(|| SeedError::at(&part.pointer, "the sandbox does not serve this API"))?;
            let (behaviors, mut outbox) = (Behaviors::new(), Vec::new());
            let mut context = HandlerContext { bundle, ids, now, url, behaviors: &behaviors, outbox: &mut outbox };
            vendor.load(&part, &mut SeedLoader::new(&mut context))?;
        }
        Ok(())
    }
}

/// Shows the APIs and no values, which may be secrets.
impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seed")
            .field("parts", &self.parts.keys().collect::<Vec<_>>())
            .field("behaviors", &self.behaviors)
            .field("fault_rules", &self.fault_rules.len())
            .finish()
    }
}

/// Parses the items of a list.
fn parse_list<T>(key: &str, list: Value, parse: impl Fn(Value) -> Result<T, String>) -> Result<Vec<T>, SeedError> {
    let Value::Array(items) = list else { return Err(SeedError::at(&format!("/{key}"), "not a list")) };
    let items = items.into_iter().enumerate();
    items.map(|(index, item)| parse(item).map_err(|reason| SeedError::at(&format!("/{key}/{index}"), reason))).collect()
}

fn parse_behaviors(list: Value) -> Result<Behaviors, SeedError> {
    let parse = |name: Value| name.as_str().ok_or("not the name of a behavior")?.parse();
    Ok(parse_list(BEHAVIORS, list, parse)?.into_iter().collect())
}

fn parse_fault_rules(list: Value) -> Result<Vec<FaultRule>, SeedError> {
    parse_list(FAULTS, list, |rule| {
        let rule: FaultRule = serde_json::from_value(rule).map_err(|error| format!("not a fault rule: {error}"))?;
        rule.check().map(|()| rule)
    })
}
