//! Handlers that create, read, update and delete documents.

use bytes::Bytes;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::behavior::Behavior;
use crate::clock::format_seconds;
use crate::spec::{Rejection, Reply};
use crate::vendors::vendor::{HandlerContext, ValidRequest};
use crate::vendors::zapsign::error_response::{documented_response, field_error};
use crate::vendors::zapsign::json::{field_or, format_time, set_fields};
use crate::vendors::zapsign::model::{Cooldown, Document, Signer, SigningOrder, deadline, file, validate_cpfs};
use crate::vendors::zapsign::paging;
use crate::vendors::zapsign::state::Zapsign;
use crate::vendors::zapsign::storage::{FileKind, text_pdf};

/// Documents per page.
const PAGE_SIZE: usize = 25;
/// Time for which the response to a list query is cached.
const LIST_CACHE_LIFETIME: SignedDuration = SignedDuration::from_secs(60);
/// Number of digits of an `open_id`.
const ID_DIGITS: u32 = 8;

/// Returns the fields that a document copies from the request, with their defaults.
fn settings(body: &Value) -> Value {
    json!({
        "sandbox": field_or(body, "sandbox", false),
        "external_id": field_or(body, "external_id", ""),
        "folder_path": field_or(body, "folder_path", "/"),
        "folder_token": field_or(body, "folder_token", Value::Null),
        "lang": field_or(body, "lang", "pt-br"),
        "signed_file_only_finished": field_or(body, "signed_file_only_finished", false),
        "disable_signer_emails": field_or(body, "disable_signer_emails", false),
        "brand_logo": field_or(body, "brand_logo", ""),
        "brand_primary_color": field_or(body, "brand_primary_color", ""),
        "auto_reminder": field_or(body, "reminder_every_n_days", 0),
        "metadata": field_or(body, "metadata", json!([])),
    })
}

impl Zapsign {
    pub(crate) fn create_document(
        &mut self,
        request: &ValidRequest<'_>,
        upload: Option<Bytes>,
        context: &mut HandlerContext<'_>,
    ) -> Result<Reply, Rejection> {
        let body = &request.parameters.body;
        require_plan(context)?;
        validate_cpfs(body)?;
        let order = SigningOrder::parse(body)?;
        let name = request.parameters.text("name").unwrap_or_default();
        let mut document = self.new_document(request, name, order, context)?;
        let has_file = upload.is_some();
        let original = file::original_file(body, name, upload, context.now);
        document.value["original_file_hash"] = has_file.then(|| original.sha256()).into();
        let one_click = body["one_click_active"] == true;
        if one_click {
            document.value["one_click_active"] = true.into();
            document.value["require_signature"] = field_or(body, "require_signature", false);
        }
        let signers = body["signers"].as_array().into_iter().flatten().enumerate();
        document.signers = signers
            .map(|(index, signer)| {
                let rank = order.rank(index, signer["order_group"].as_i64());
                Signer::new(signer, document.token(), one_click, rank, context)
            })
            .collect();
        self.store_file(FileKind::Original, document.token(), original, context.ids);
        Ok(self.add_document(document, context))
    }

    pub(crate) fn create_document_from_template(
        &mut self,
        request: &ValidRequest<'_>,
        context: &mut HandlerContext<'_>,
    ) -> Result<Reply, Rejection> {
        require_plan(context)?;
        if context.behaviors.contains(&Behavior::EmptyTemplateDocument) {
            self.template(request.caller, request.parameters.text("template_id").unwrap_or_default())?;
            return Ok(Reply::ok(&json!({"token": "", "status": "", "name": "", "signers": []})));
        }
        self.add_document_of_template(request, "api-template", context)
    }

    /// Adds a document that is made from the template which the body names.
    pub(crate) fn add_document_of_template(
        &mut self,
        request: &ValidRequest<'_>,
        created_through: &str,
        context: &mut HandlerContext<'_>,
    ) -> Result<Reply, Rejection> {
        let body = &request.parameters.body;
        let template = self.template(request.caller, request.parameters.text("template_id").unwrap_or_default())?;
        let name = field_or(body, "name", template.value["name"].clone());
        let original = file::described_file(name.as_str().unwrap_or_default(), vec![template.source()], context.now);
        let of_template = json!({
            "created_through": created_through,
            "template": {"token": template.value["token"]},
            "lang": field_or(body, "lang", template.value["lang"].clone()),
            "answers": template_answers(&body["data"]),
        });
        let order = SigningOrder::parse(body)?;
        let mut document = self.new_document(request, name.as_str().unwrap_or_default(), order, context)?;
        set_fields(&mut document.value, of_template);
        let mut signer = body.clone();
        for field in ["name", "email", "phone_country", "phone_number"] {
            signer[field] = field_or(body, &format!("signer_{field}"), Value::Null);
        }
        // `external_id` of the request is the document's, not the signer's.
        signer["external_id"] = Value::Null;
        document.signers.push(Signer::new(&signer, document.token(), false, order.rank(0, None), context));
        self.store_file(FileKind::Original, document.token(), original, context.ids);
        Ok(self.add_document(document, context))
    }

    /// Creates a document without signers.
    fn new_document(
        &self,
        request: &ValidRequest<'_>,
        name: &str,
        order: SigningOrder,
        context: &mut HandlerContext<'_>,
    ) -> Result<Document, Rejection> {
        let body = &request.parameters.body;
        let token = context.ids.uuid("document", &format!("{} {name}", request.caller));
        // `created_by` counts if it is a user of the account, else the owner is the creator.
        let users = &self.account(request.caller)?.users;
        let creator = users.iter().find(|user| user["email"] == body["created_by"]).or(users.first());
        let email = creator.map_or(Value::Null, |user| user["email"].clone());
        let now = format_time(context.now);
        let mut value = json!({
            "open_id": context.ids.number("open_id", &token, ID_DIGITS),
            "token": token,
            "name": name,
            "status": "pending",
            "rejected_reason": null,
            "original_file": null,
            "original_file_hash": null,
            "signed_file": null,
            "extra_docs": [],
            "created_through": "api",
            "deleted": false,
            "deleted_at": null,
            "created_at": now,
            "last_update_at": now,
            "created_by": {"email": email},
            "template": null,
            "signers": [],
            "answers": [],
            "signature_report": null,
            "tsa_country": null,
            "use_timestamp": true,
        });
        set_fields(&mut value, settings(body));
        let mut document = Document {
            account: request.caller.to_owned(),
            value,
            signers: Vec::new(),
            order,
            refusable: body["allow_refuse_signature"] == true,
            hides_original: body["disable_signers_get_original_file"] == true,
            log: Vec::new(),
            created_at: context.now,
            sealed_at: context.now,
            deadline: deadline::parse(body),
            cooldown: Cooldown::default(),
            last_event: ("doc_created", json!({})),
        };
        document.append_log(context.now, email.as_str().unwrap_or_default(), "Documento criado", "criou o documento");
        Ok(document)
    }

    /// Adds a new document, emits `doc_created` and an event for each link that was sent, and schedules what comes later.
    fn add_document(&mut self, document: Document, context: &mut HandlerContext<'_>) -> Reply {
        let value = document.response_body(context);
        let (index, signers) = (self.documents.len(), document.signers.len());
        self.documents.push(document);
        self.emit_event(index, "doc_created", json!({}), context);
        (0..signers).for_each(|signer| self.emit_notifications(index, signer, context));
        self.schedule_deadline(index, context.now);
        self.schedule_reminder(index, 1, context.now);
        Reply::ok(&value)
    }

    /// Returns the response of an asynchronous call for the document created last.
    pub(crate) fn queued(&self) -> Reply {
        Reply::ok(&json!({"token": self.documents.last().map(Document::token)}))
    }

    pub(crate) fn get_document(
        &self,
        request: &ValidRequest<'_>,
        context: &HandlerContext<'_>,
    ) -> Result<Reply, Rejection> {
        let token = request.parameters.path("doc_token");
        let document = &self.documents[self.envelope_index(request.caller, token)?];
        let attachment = document.attachments().find(|attachment| attachment["token"] == token);
        Ok(Reply::ok(&match attachment {
            Some(attachment) => {
                let mut attachment = attachment.clone();
                document.set_links(&mut attachment, context);
                attachment["parent_doc_token"] = document.token().into();
                attachment
            }
            None => document.response_body(context),
        }))
    }

    /// Returns a page of documents, from the cache if the same query was answered within the last minute.
    pub(crate) fn list_documents(&mut self, request: &ValidRequest<'_>, context: &HandlerContext<'_>) -> Reply {
        let query = request.operation.parameters.iter().map(|parameter| request.parameters.query(&parameter.name));
        let cache_key =
            format!("{} {}", request.caller, query.map(|value| json!(value).to_string() + " ").collect::<String>());
        self.lists.retain(|_, (at, _)| context.now.duration_since(*at) < LIST_CACHE_LIFETIME);
        let (_, reply) =
            self.lists.entry(cache_key).or_insert_with(|| (context.now, list_page(&self.documents, request, context)));
        reply.clone()
    }

    pub(crate) fn update_document(
        &mut self,
        request: &ValidRequest<'_>,
        context: &HandlerContext<'_>,
    ) -> Result<Reply, Rejection> {
        let index = self.document_index(request.caller, request.parameters.path("doc_token"))?;
        let document = &mut self.documents[index];
        document.require_in_progress()?;
        let body = &request.parameters.body;
        let names = body["extra_docs"].as_array().into_iter().flatten();
        for renamed in names.clone() {
            if !document.attachments().any(|attachment| attachment["token"] == renamed["token"]) {
                return Err(field_error("extra_docs", "A token is not one of an extra document."));
            }
        }
        for attachment in document.attachments_mut() {
            if let Some(renamed) = names.clone().find(|renamed| renamed["token"] == attachment["token"]) {
                attachment["name"] = renamed["name"].clone();
            }
        }
        for field in ["name", "folder_path", "folder_token"] {
            document.value[field] = field_or(body, field, document.value[field].clone());
        }
        document.value["last_update_at"] = format_time(context.now).into();
        if let Some(deadline) = deadline::parse(body) {
            document.deadline = Some(deadline);
            self.schedule_deadline(index, context.now);
        }
        Ok(context.example(request.operation))
    }

    /// Marks a document as deleted. It can still be read.
    pub(crate) fn delete_document(
        &mut self,
        request: &ValidRequest<'_>,
        context: &mut HandlerContext<'_>,
    ) -> Result<Reply, Rejection> {
        let index = self.document_index(request.caller, request.parameters.path("doc_token"))?;
        let document = &mut self.documents[index];
        if document.value["deleted"] == false {
            document.value["deleted"] = true.into();
            document.value["deleted_at"] = format_seconds(context.now).into();
            let user = self.credentials.owner.clone();
            document.append_log(context.now, &user, "Documento excluído", "excluiu o documento");
            self.emit_event(index, "doc_deleted", json!({}), context);
        }
        Ok(Reply::ok(&self.documents[index].with_signers(context)))
    }

    pub(crate) fn get_audit_log(
        &self,
        request: &ValidRequest<'_>,
        context: &HandlerContext<'_>,
    ) -> Result<Reply, Rejection> {
        if context.behaviors.contains(&Behavior::NoAuditLog) {
            return Ok(documented_response(request, 403));
        }
        let document = &self.documents[self.document_index(request.caller, request.parameters.path("doc_token"))?];
        if request.parameters.query("download_pdf") == Some(&Value::Bool(true)) {
            return Ok(Reply::new(200, "application/pdf", text_pdf(&document.log_lines())));
        }
        Ok(Reply::ok(&document.log.iter().cloned().collect()))
    }

    /// Returns the index of the document with this token.
    pub(crate) fn document_index(&self, account: &str, token: &str) -> Result<usize, Rejection> {
        let matches = |document: &Document| document.account == account && document.token() == token;
        self.documents.iter().position(matches).ok_or(Rejection::NotFound)
    }

    /// Returns the document named in the path.
    pub(crate) fn document_mut(&mut self, request: &ValidRequest<'_>) -> Result<&mut Document, Rejection> {
        let index = self.document_index(request.caller, request.parameters.path("doc_token"))?;
        Ok(&mut self.documents[index])
    }

    /// Returns the index of the document that has this token, or an attachment with it.
    pub(crate) fn envelope_index(&self, account: &str, token: &str) -> Result<usize, Rejection> {
        let matches = |document: &Document| document.account == account && document.has_token(token);
        self.documents.iter().position(matches).ok_or(Rejection::NotFound)
    }
}

/// Rejects the creation of a document if the account has no API plan.
fn require_plan(context: &HandlerContext<'_>) -> Result<(), Rejection> {
    if context.behaviors.contains(&Behavior::NoApiPlan) {
        return Err(Rejection::PaymentRequired("The account has no API plan.".to_owned()));
    }
    Ok(())
}

/// Returns the requested page, by default the oldest document first.
fn list_page(documents: &[Document], request: &ValidRequest<'_>, context: &HandlerContext<'_>) -> Reply {
    let query = |name: &str| request.parameters.query(name).and_then(Value::as_str);
    let with_signers = request.parameters.query("include_signers") == Some(&Value::Bool(true));
    let folder = |path: &str| path.trim_matches('/').to_owned();
    let matches = |document: &&Document| {
        let value = &document.value;
        let status = query("status").map(|status| if status == "refused" { "recusado" } else { status });
        document.account == request.caller
            && status.is_none_or(|status| value["status"] == status)
            && request.parameters.query("deleted").is_none_or(|deleted| value["deleted"] == *deleted)
            && query("created_from").is_none_or(|day| document.day() >= day)
            && query("created_to").is_none_or(|day| document.day() <= day)
            && query("folder_path")
                .is_none_or(|path| folder(path) == folder(value["folder_path"].as_str().unwrap_or_default()))
            && query("signer_email")
                .is_none_or(|email| document.signers.iter().any(|signer| signer.text("email") == email))
    };
    // One row for the document, and one for each attachment.
    let mut rows = Vec::new();
    for document in documents.iter().filter(matches) {
        rows.push((document, None));
        rows.extend(document.attachments().map(|attachment| (document, Some(attachment))));
    }
    if query("sort_order") == Some("desc") {
        rows.reverse();
    }
    let row = |(document, attachment): &(&Document, _)| document.list_row(*attachment, with_signers, context);
    paging::page(&rows, row, PAGE_SIZE, "/api/v1/docs/", request, context)
}

/// Returns the values of a template's variables. Requests write a variable in braces, responses without.
fn template_answers(data: &Value) -> Value {
    let replacements = data.as_array().into_iter().flatten();
    replacements
        .map(|replacement| {
            let variable = replacement["de"].as_str().unwrap_or_default().trim_matches(['{', '}']);
            json!({"variable": variable, "value": replacement["para"]})
        })
        .collect()
}
