//! Handlers of clients, the partner's customers.

use serde_json::{Value, json};

use crate::clock::format_seconds;
use crate::spec::{Rejection, Reply};
use crate::vendors::dialog360::json::{acknowledgement, system_user};
use crate::vendors::dialog360::state::Dialog360;
use crate::vendors::vendor::{HandlerContext, ValidRequest};

impl Dialog360 {
    /// Creates a client. A second one with the same e-mail address is accepted: nothing the vendor says rules it out, and users
    /// report that it happens.
    pub(crate) fn create_client(&mut self, request: &ValidRequest<'_>, context: &mut HandlerContext<'_>) -> Reply {
        let text = |field: &str| request.parameters.text(field);
        let (name, email) = (text("name").unwrap_or_default(), text("email").unwrap_or_default());
        self.add_client(name, email, request.parameters.body.get("user_name"), context);
        acknowledgement("Client created", context)
    }

    /// Adds a client, and emits the event. Returns its id.
    pub(crate) fn add_client(
        &mut self,
        name: &str,
        email: &str,
        user_name: Option<&Value>,
        context: &mut HandlerContext<'_>,
    ) -> String {
        let id = context.ids.dialog360_id("CL", email);
        let now = format_seconds(context.now);
        self.clients.push(json!({
            "id": id,
            "name": name,
            "status": "active",
            "organisation": name,
            "max_channels": null,
            "contact_info": {"email": email, "full_name": user_name},
            "contact_user": {"email": email, "name": user_name},
            "partner_payload": null,
            "suspicious": false,
            "created_at": now,
            "created_by": system_user(),
            "modified_at": now,
            "modified_by": system_user(),
        }));
        let data = json!({"client": {"id": id, "name": name, "contact_info": {"email": email}}});
        self.emit_event("client_created", &id, data, context);
        id
    }

    pub(crate) fn update_client(
        &mut self,
        request: &ValidRequest<'_>,
        context: &mut HandlerContext<'_>,
    ) -> Result<Reply, Rejection> {
        let client = self.client_mut(request.parameters.path("client_id"))?;
        for field in ["partner_payload", "max_channels"] {
            if let Some(value) = request.parameters.body.get(field) {
                client[field] = value.clone();
            }
        }
        client["modified_at"] = format_seconds(context.now).into();
        Ok(Reply::ok(client))
    }

    /// Returns the balance of the example, with the fields that are set for the client.
    pub(crate) fn get_client_balance(&self, request: &ValidRequest<'_>, context: &HandlerContext<'_>) -> Reply {
        let mut balance = context.example_body("get_client_balance");
        if let (Some(Value::Object(set)), Value::Object(fields)) =
            (self.balances.get(request.parameters.path("client_id")), &mut balance)
        {
            fields.extend(set.clone());
        }
        Reply::ok(&balance)
    }

    fn client_mut(&mut self, id: &str) -> Result<&mut Value, Rejection> {
        self.clients.iter_mut().find(|client| client["id"] == id).ok_or(Rejection::NotFound)
    }
}
