use serde_json::json;

use super::*;
use crate::spec::document::operations;

/// Seeds that every test run uses.
const SAMPLE: std::ops::Range<u64> = 1..61;

/// Runs a test with the stack of a main thread. Generated code is nested as deeply as the document, and parsed recursively.
fn on_a_large_stack(test: fn()) {
    let thread = std::thread::Builder::new().stack_size(8 * 1024 * 1024).spawn(test).expect("a thread");
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
}

#[test]
fn everything_holds_of_a_sample() {
    on_a_large_stack(|| {
        let (mut operations, mut taken, mut codes, mut refusals) = (0, 0, 0, 0);
        for seed in SAMPLE {
            let (result, files) = worker::run_seed(seed);
            assert_eq!(
                result.broken, [""; 0],
                "seed {seed}: see `cargo xtask torture --seed {seed} --count 1 --print`"
            );
            operations += result.operations;
            taken += result.taken;
            refusals += result.refusals.len();
            codes += usize::from(!files.is_empty());
        }
        // Otherwise the sample would show nothing.
        assert!(operations > 150 && taken * 2 > operations, "{taken} of {operations} operations are taken");
        assert!(codes > 45 && refusals > 10, "{codes} documents have code, {refusals} parts were refused");
    });
}

#[test]
fn a_value_of_a_wrong_type_is_refused_wherever_it_stands() {
    on_a_large_stack(|| {
        let wrong = [
            ("operationId", json!(7)),
            ("tags", json!("ships")),
            ("parameters", json!({"name": "a"})),
            ("requestBody", json!("a body")),
            ("responses", json!([])),
            ("callbacks", json!([])),
            ("deprecated", json!("yes")),
            ("security", json!({})),
            ("servers", json!({"url": "https://ships.example"})),
            ("summary", json!(["a", "b"])),
        ];
        for (seed, (key, value)) in SAMPLE.zip(wrong.iter().cycle()) {
            let mut document = document::document(&choices::bytes(seed));
            let found = operations(&document).next().map(|(pointer, ..)| pointer);
            let Some(operation) = found.and_then(|pointer| document.pointer_mut(&pointer)?.as_object_mut()) else {
                continue;
            };
            operation.insert((*key).to_owned(), value.clone());
            let (result, _) = worker::run_document(seed, &document);
            assert_eq!(result.broken, [""; 0], "seed {seed} with `{key}`");
            // What was odd in the document before may be refused first.
            assert!(!result.refusals.is_empty(), "seed {seed}: `{key}` was taken as {value}");
            let refused = result.refusals.iter().any(|message| message.starts_with("this must be"));
            assert!(refused || result.taken == 0, "seed {seed} with `{key}`: {:?}", result.refusals);
        }
    });
}

#[test]
fn a_seed_is_one_document_on_every_machine() {
    let bytes = choices::bytes(7);
    assert_eq!(bytes[..8], [145, 32, 115, 145, 44, 9, 93, 232]);
    let documents: Vec<_> = [7, 7, 8].map(|seed| document::document(&choices::bytes(seed)).to_string()).into();
    assert_eq!(documents[0], documents[1]);
    assert_ne!(documents[0], documents[2]);
}

#[test]
fn without_bytes_there_is_a_document() {
    assert!(document::document(&[]).is_object());
}
