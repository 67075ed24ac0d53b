//! Loading of a seed.

use serde_json::{Value, json};

use super::state::Dialog360;
use crate::spec::Bundle;
use crate::vendors::seed::{SeedError, SeedItem, SeedLoader, SeedSchema};

/// Fields of a channel that come from its client and its WhatsApp Business account.
const EMBEDDED: [&str; 2] = ["client", "waba_account"];

/// Returns the schema of the part.
fn schema(bundle: &Bundle) -> SeedSchema {
    let schema = SeedSchema::of(bundle);
    let balance = json!({"balance": schema.resource(&["ClientBalance"], &[], json!({}))});
    let partner = schema.resource(&["Partner"], &["id"], json!({}));
    let clients = schema.resource(&["AccountSharingCreateClientIn", "PartnerClient"], &[], balance);
    let channels = schema.resource(&["AccountSharingNewNumbersIn", "Channel"], &EMBEDDED, json!({}));
    let mut templates = schema.resource(&["CreateTemplate", "Template"], &["partner_id"], json!({}));
    // None of these has a default.
    templates["required"] = bundle.components()["CreateTemplate"]["required"].clone();
    schema.key("partner", partner).list("clients", clients).list("channels", channels).list("templates", templates)
}

impl Dialog360 {
    /// Loads the partner, its clients, their channels, and the templates of these.
    pub(super) fn load_seed(&mut self, part: &SeedItem<'_>, loader: &mut SeedLoader<'_, '_>) -> Result<(), SeedError> {
        schema(loader.context.bundle).check(part)?;
        part.item("partner").iter().try_for_each(|partner| self.load_partner(partner, loader))?;
        part.items("clients").iter().try_for_each(|client| self.load_client(client, loader))?;
        part.items("channels").iter().try_for_each(|channel| self.load_channel(channel, loader))?;
        part.items("templates").iter().try_for_each(|template| self.load_template(template, loader))
    }

    fn load_partner(&mut self, item: &SeedItem<'_>, loader: &mut SeedLoader<'_, '_>) -> Result<(), SeedError> {
        self.call("update_partner", &[], (item, item.value.clone()), loader)?;
        item.write_fields(&loader.context.bundle.components()["Partner"], &[], &mut self.partner);
        Ok(())
    }

    fn load_client(&mut self, item: &SeedItem<'_>, loader: &mut SeedLoader<'_, '_>) -> Result<(), SeedError> {
        loader.give_id("CL", item, "id")?;
        self.call("create_client", &[], (item, item.value.clone()), loader)?;
        let Some(client) = self.clients.last_mut() else { return Ok(()) };
        item.write_fields(&loader.context.bundle.components()["PartnerClient"], &["id"], client);
        if let (Some(balance), Some(id)) = (item.get("balance"), client["id"].as_str()) {
            self.balances.insert(id.to_owned(), balance.clone());
        }
        Ok(())
    }

    fn load_channel(&mut self, item: &SeedItem<'_>, loader: &mut SeedLoader<'_, '_>) -> Result<(), SeedError> {
        if let Some(id) = item.text("client_id")
            && !self.clients.iter().any(|client| client["id"] == id)
        {
            let known = self.clients.iter().filter_map(|client| client["id"].as_str());
            return Err(SeedError::unknown(&item.pointer_of("client_id"), "client", id, known));
        }
        let mut body = item.value.clone();
        body["waba_external_id"] = self.waba_external_id(item, loader)?.into();
        loader.give_id("CH", item, "id")?;
        self.call("onboard_number", &[], (item, body), loader)?;
        let Some(channel) = self.channels.last_mut() else { return Ok(()) };
        if let Some(number) = item.get("phone_number") {
            channel.value["setup_info"]["phone_number"] = number.clone();
        }
        item.write_fields(&loader.context.bundle.components()["Channel"], &["id"], &mut channel.value);
        Ok(())
    }

    /// Returns the external id of the WhatsApp Business account of a channel: the one that is given, that of the account that is
    /// named, or that of the account of the client. If there is none, the account is to have the id that is given.
    fn waba_external_id(&self, item: &SeedItem<'_>, loader: &mut SeedLoader<'_, '_>) -> Result<String, SeedError> {
        let (id, client, external_id) =
            (item.text("waba_account_id"), item.text("client_id"), item.text("waba_external_id"));
        let known = self.waba_accounts.iter().find(|account| match (external_id, id) {
            (Some(external_id), _) => account["external_id"] == external_id,
            (None, Some(id)) => account["id"] == id,
            (None, None) => client.is_some_and(|client| account["client_id"] == client),
        });
        if let Some(account) = known {
            if id.is_some_and(|id| account["id"] != id) {
                let reason = "the account of this `waba_external_id` has another id: leave one of the two out";
                return Err(item.refuse("waba_account_id", reason));
            }
            return Ok(account["external_id"].as_str().unwrap_or_default().to_owned());
        }
        loader.give_id("WA", item, "waba_account_id")?;
        let generated = || loader.context.ids.number("waba account", client.unwrap_or_default(), 15).to_string();
        Ok(external_id.map_or_else(generated, ToOwned::to_owned))
    }

    fn load_template(&mut self, item: &SeedItem<'_>, loader: &mut SeedLoader<'_, '_>) -> Result<(), SeedError> {
        let account = item.text("waba_account_id").unwrap_or_default();
        if !self.waba_accounts.iter().any(|known| known["id"] == account) {
            let known = self.waba_accounts.iter().filter_map(|account| account["id"].as_str());
            return Err(SeedError::unknown(
                &item.pointer_of("waba_account_id"),
                "account of a channel",
                account,
                known,
            ));
        }
        loader.give_id("WT", item, "id")?;
        self.call("create_template", &[("waba_account_id", account)], (item, item.value.clone()), loader)?;
        let Some(template) = self.templates.last_mut() else { return Ok(()) };
        item.write_fields(&loader.context.bundle.components()["Template"], &["id"], template);
        Ok(())
    }

    /// Calls an operation as the partner.
    fn call(
        &mut self,
        operation: &str,
        path: &[(&str, &str)],
        item: (&SeedItem<'_>, Value),
        loader: &mut SeedLoader<'_, '_>,
    ) -> Result<(), SeedError> {
        let partner = self.credentials.partner_id.clone();
        let path: Vec<(&str, &str)> = [("partner_id", partner.as_str())].iter().chain(path).copied().collect();
        loader.call(self, operation, &partner, &path, item)
    }
}
