//! Handlers of WhatsApp Flows.

use serde_json::{Value, json};

use crate::spec::{Rejection, Reply};
use crate::vendors::dialog360::state::{Dialog360, Flow};
use crate::vendors::vendor::{HandlerContext, ValidRequest};

impl Dialog360 {
    pub(crate) fn list_flows(&self, request: &ValidRequest<'_>) -> Result<Reply, Rejection> {
        let account = &self.waba_account(request)?["id"];
        let flows: Vec<&Value> =
            self.flows.iter().filter(|flow| *account == flow.waba_account).map(|flow| &flow.value).collect();
        Ok(Reply::ok(&json!({"flows": flows, "count": flows.len(), "total": flows.len()})))
    }

    pub(crate) fn create_flow(
        &mut self,
        request: &ValidRequest<'_>,
        context: &mut HandlerContext<'_>,
    ) -> Result<Reply, Rejection> {
        self.waba_account(request)?;
        let account = request.parameters.path("waba_account_id").to_owned();
        let name = request.parameters.text("name").unwrap_or_default();
        let id = context.ids.number("flow", &format!("{account} {name}"), 16).to_string();
        let body = &request.parameters.body;
        let value = json!({
            "id": id,
            "name": name,
            "status": "DRAFT",
            "categories": body.get("categories").cloned().unwrap_or_else(|| json!([])),
            "validation_errors": [],
            "endpoint_uri": body.get("endpoint_uri"),
        });
        self.flows.push(Flow { waba_account: account, value, assets: Vec::new() });
        Ok(Reply::ok(&json!({"id": id})))
    }

    /// Returns the flow named in the path.
    pub(crate) fn flow(&mut self, request: &ValidRequest<'_>) -> Result<&mut Flow, Rejection> {
        let (account, id) = (request.parameters.path("waba_account_id"), request.parameters.path("flow_id"));
        let mut flows = self.flows.iter_mut();
        flows.find(|flow| flow.waba_account == account && flow.value["id"] == id).ok_or(Rejection::NotFound)
    }

    /// Deletes a flow, which has to be a draft.
    pub(crate) fn delete_flow(&mut self, request: &ValidRequest<'_>) -> Result<Reply, Rejection> {
        let flow = self.flow(request)?;
        if flow.value["status"] != "DRAFT" {
            return Err(Rejection::BusinessRule("The flow is not a draft.".to_owned()));
        }
        let id = flow.value["id"].clone();
        self.flows.retain(|flow| flow.value["id"] != id);
        Ok(success())
    }

    /// Publishes a draft, or deprecates a published flow.
    pub(crate) fn set_flow_status(&mut self, request: &ValidRequest<'_>, status: &str) -> Result<Reply, Rejection> {
        let flow = self.flow(request)?;
        let before = if status == "PUBLISHED" { "DRAFT" } else { "PUBLISHED" };
        if flow.value["status"] != before {
            return Err(Rejection::BusinessRule(format!("The flow is not {before}.")));
        }
        flow.value["status"] = status.into();
        Ok(success())
    }

    pub(crate) fn upload_flow_asset(&mut self, request: &ValidRequest<'_>) -> Result<Reply, Rejection> {
        let flow = self.flow(request)?;
        let content = request.parameters.text("file").unwrap_or_default();
        let errors = match serde_json::from_str::<Value>(content) {
            Ok(_) => json!([]),
            Err(_) => json!([{"error": "INVALID_JSON", "message": "The file is not JSON."}]),
        };
        let name = request.parameters.text("name").unwrap_or("flow.json");
        flow.assets.retain(|asset| asset["name"] != name);
        flow.assets.push(json!({
            "name": name,
            "asset_type": request.parameters.text("asset_type").unwrap_or("FLOW_JSON"),
            "download_url": format!("https://files.sandbox.example/{}/{name}", request.parameters.path("flow_id")),
        }));
        flow.value["validation_errors"] = errors.clone();
        Ok(Reply::ok(&json!({"success": true, "validation_errors": errors})))
    }

    pub(crate) fn list_flow_assets(&mut self, request: &ValidRequest<'_>) -> Result<Reply, Rejection> {
        let assets = &self.flow(request)?.assets;
        Ok(Reply::ok(&json!({"assets": assets, "count": assets.len(), "total": assets.len()})))
    }
}

fn success() -> Reply {
    Reply::ok(&json!({"success": true}))
}
