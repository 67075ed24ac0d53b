//! Worker: reads each document of which ZapSign has told something, and fetches the file when it is signed.
//!
//! An event is a sign to look, and the document says what holds: events come twice, in any order, or not at all. So all open
//! contracts are looked at when the service starts, and once an hour.

use std::collections::HashSet;
use std::error::Error;
use std::io;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{interval, sleep};
use zapsign_api::Client;
use zapsign_api::types::{DocumentDetail, DocumentToken};

use crate::contract::Contract;
use crate::folder::{Folder, Kind};

/// Time for the events of one cause to arrive, so that they make one call.
const GATHERING: Duration = Duration::from_millis(500);
/// Pause before a document is read again that could not be read.
const RETRY_INTERVAL: Duration = Duration::from_secs(30);
/// Interval of the look at all open contracts.
const SWEEP_INTERVAL: Duration = Duration::from_secs(3600);

/// Works until the future is dropped. What it was about to do is found again at the next start.
pub(crate) async fn run(client: &Client, folder: &Folder, mut changes: UnboundedReceiver<DocumentToken>) {
    let mut sweep = interval(SWEEP_INTERVAL);
    let mut failed = HashSet::new();
    loop {
        let mut documents = HashSet::new();
        tokio::select! {
            // The first tick is at once.
            _ = sweep.tick() => match open_contracts(folder) {
                Ok(open) => documents.extend(open),
                Err(error) => eprintln!("reading the contracts: {error}"),
            },
            Some(document) = changes.recv() => {
                documents.insert(document);
                sleep(GATHERING).await;
                while let Ok(document) = changes.try_recv() {
                    documents.insert(document);
                }
            }
            () = sleep(RETRY_INTERVAL), if !failed.is_empty() => documents.extend(failed.drain()),
        }
        for document in documents {
            if let Err(error) = update(client, folder, &document).await {
                eprintln!("reading a document: {error}; it is read again in {} s", RETRY_INTERVAL.as_secs());
                failed.insert(document);
            }
        }
    }
}

/// Returns the documents of the contracts to which something may happen yet.
fn open_contracts(folder: &Folder) -> io::Result<Vec<DocumentToken>> {
    let contracts = folder.read_all::<Contract>(Kind::Contract)?;
    Ok(contracts.into_iter().filter(|contract| !contract.closed).map(|contract| contract.document).collect())
}

/// Reads a document, fetches its file if everybody has signed, and then keeps its state: a contract is closed only when its
/// file is there.
async fn update(client: &Client, folder: &Folder, token: &DocumentToken) -> Result<(), Box<dyn Error>> {
    let detail = client.get_document().doc_token(token).send().await?;
    let DocumentDetail::Main(document) = &*detail else { return Ok(()) };
    let signed_file = folder.file(Kind::Signed, token.as_str())?;
    if document.status.is_signed() && !signed_file.exists() {
        client.download_signed_file(token).to_file(&signed_file).await?;
        println!("signed: {}", signed_file.display());
    }
    folder.write(Kind::Contract, token.as_str(), &Contract::from(document))?;
    Ok(())
}
