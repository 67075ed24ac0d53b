//! Worker: reads the document of each contract of which ZapSign has told something, and fetches the file when it is signed.
//!
//! An event is a sign to look, and the document says what holds: events come twice, in any order, or not at all. So all open
//! contracts are looked at when the service starts, and once an hour.

use std::collections::HashSet;
use std::error::Error;
use std::time::Duration;

use tokio::fs::File;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant, interval, sleep, sleep_until};
use zapsign_api::Client;
use zapsign_api::types::DocumentToken;

use crate::contract::Contract;
use crate::folder::{Folder, Kind};

/// Time for the events of one cause to arrive, so that they make one call.
const GATHERING: Duration = Duration::from_millis(500);
/// Pause before a contract is looked at again whose document could not be read.
const RETRY_INTERVAL: Duration = Duration::from_secs(30);
/// Interval of the look at all open contracts.
const SWEEP_INTERVAL: Duration = Duration::from_secs(3600);

/// Contracts to look at.
#[derive(Default)]
struct Work {
    all: bool,
    documents: HashSet<DocumentToken>,
}

impl Work {
    fn includes(&self, contract: &Contract) -> bool {
        !contract.closed
            && (self.all || contract.document.as_ref().is_some_and(|document| self.documents.contains(document)))
    }
}

/// Works until the future is dropped. A contract stays open until its work is done, so the next start finds it.
pub(crate) async fn run(client: &Client, folder: &Folder, mut changes: UnboundedReceiver<DocumentToken>) {
    let mut sweep = interval(SWEEP_INTERVAL);
    let mut retry_at: Option<Instant> = None;
    loop {
        let mut work = Work::default();
        tokio::select! {
            // The first tick is at once.
            _ = sweep.tick() => work.all = true,
            Some(document) = changes.recv() => {
                work.documents.insert(document);
                sleep(GATHERING).await;
                while let Ok(document) = changes.try_recv() {
                    work.documents.insert(document);
                }
            }
            () = sleep_until(retry_at.unwrap_or_else(Instant::now)), if retry_at.is_some() => {
                (work.all, retry_at) = (true, None);
            }
        }
        let contracts = folder.read_all::<Contract>(Kind::Contract).unwrap_or_else(|error| {
            eprintln!("reading the contracts: {error}");
            Vec::new()
        });
        let mut is_left = false;
        for mut contract in contracts.into_iter().filter(|contract| work.includes(contract)) {
            if contract.may_be_on_its_way() {
                is_left = true;
            } else if let Err(error) = update(client, folder, &mut contract).await {
                eprintln!("contract {}: {error}; looking again in {} s", contract.id, RETRY_INTERVAL.as_secs());
                is_left = true;
            }
        }
        if is_left {
            retry_at = retry_at.or_else(|| Some(Instant::now() + RETRY_INTERVAL));
        }
    }
}

/// Reads the document of a contract, fetches its file if everybody has signed, and keeps its state last: a contract is closed
/// only when its file is there.
async fn update(client: &Client, folder: &Folder, contract: &mut Contract) -> Result<(), Box<dyn Error>> {
    contract.refresh(client).await?;
    if let Some(document) = contract.document.as_ref().filter(|_| contract.is_signed()) {
        let file = folder.begin()?;
        client.download_signed_file(document).to_writer(&mut File::from_std(file.reopen()?)).await?;
        println!("signed: {}", folder.replace(Kind::Signed, &contract.id, file)?.display());
    }
    folder.write(Kind::Contract, &contract.id, contract)?;
    Ok(())
}
