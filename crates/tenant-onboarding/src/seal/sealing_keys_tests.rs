use super::*;
use crate::seal::SealContext;

const CONTEXT: &[u8] = b"an entry";
/// The bytes 80 to 9f, of the published vector.
const KEY: &str = "2026-11:gIGCg4SFhoeIiYqLjI2Oj5CRkpOUlZaXmJmam5ydnp8=";

fn keys(lines: &[&str]) -> SealingKeys {
    SealingKeys::parse(&Secret::new(lines.join("\n"))).expect("keys")
}

fn refusal(text: &str) -> String {
    SealingKeys::parse(&Secret::new(text)).expect_err("no keys").to_string()
}

fn bytes(hexadecimal: &str) -> Vec<u8> {
    let byte = |at| u8::from_str_radix(&hexadecimal[at..at + 2], 16).expect("two digits");
    (0..hexadecimal.len()).step_by(2).map(byte).collect()
}

/// The vector of draft-irtf-cfrg-xchacha-03, A.3.1.
#[test]
fn the_cipher_is_the_published_one() {
    let key = &keys(&[KEY]).keys[0];
    let text =
        b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would \
        be it.";
    let nonce: [u8; NONCE_LENGTH] = std::array::from_fn(|index| 0x40 + index as u8);
    let additional = bytes("50515253c0c1c2c3c4c5c6c7");
    let published = bytes(concat!(
        "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216",
        "cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff921f9664c97637da9768812f615c68b13",
        "b52ec0875924c1c7987947deafd8780acf49"
    ));
    assert_eq!(key.encrypt(&nonce.into(), text, &additional).expect("it is short"), published);
    assert_eq!(key.decrypt(&nonce.into(), &published, &additional).expect("it is unchanged").as_slice(), text);
}

/// Sealed by another program, which had only the description of the format.
#[tokio::test]
async fn what_another_program_seals_is_opened() {
    let context = SealContext { servers: "here", tenant: "it@aurora.example", number: 7, step: "key" };
    let sealed = Sealed {
        key_id: "2026-11".to_owned(),
        bytes: bytes("01404142434445464748494a4b4c4d4e4f5051525354555657823f10863e8412fca4cd9eed0176824410cd05770832"),
    };
    assert_eq!(keys(&[KEY]).open(&sealed, &context.to_bytes()).await.expect("it is unchanged").expose(), "s3cret");
}

#[tokio::test]
async fn what_was_sealed_is_opened_in_its_context_only() {
    let keys = keys(&[KEY]);
    for text in ["", "s3cret", "Schlüssel\0\n"] {
        let secret = Secret::new(text);
        let sealed = keys.seal(&secret, CONTEXT).await.expect("sealed");
        assert_eq!(sealed.bytes.len(), 1 + NONCE_LENGTH + text.len() + 16);
        assert_eq!(keys.open(&sealed, CONTEXT).await.expect("opened"), secret);
        assert_ne!(sealed, keys.seal(&secret, CONTEXT).await.expect("sealed"), "the nonce is random");
        let error = keys.open(&sealed, b"another entry").await.expect_err("another context").to_string();
        assert!(error.contains("belongs to another entry"), "{error}");
    }
}

#[tokio::test]
async fn a_changed_byte_is_noticed_wherever_it_is() {
    let keys = keys(&[KEY]);
    let sealed = keys.seal(&Secret::new("s3cret"), CONTEXT).await.expect("sealed");
    for index in 0..sealed.bytes.len() {
        let mut changed = sealed.clone();
        changed.bytes[index] ^= 1;
        assert!(keys.open(&changed, CONTEXT).await.is_err(), "byte {index}");
    }
    for length in 0..sealed.bytes.len() {
        let cut = Sealed { bytes: sealed.bytes[..length].to_vec(), ..sealed.clone() };
        assert!(keys.open(&cut, CONTEXT).await.is_err(), "{length} bytes");
    }
}

#[tokio::test]
async fn the_first_key_seals_and_every_key_opens() {
    let (old, new) = (KEY, SealingKeys::generate("2027-01").expect("random numbers"));
    let before = keys(&[old]);
    let after = keys(&[new.expose(), "# the key of 2026", old, ""]);
    let secret = Secret::new("s3cret");
    let sealed = before.seal(&secret, CONTEXT).await.expect("sealed");
    assert!(before.is_current(&sealed) && !after.is_current(&sealed));
    assert_eq!(after.open(&sealed, CONTEXT).await.expect("opened"), secret);
    let again = after.seal(&secret, CONTEXT).await.expect("sealed");
    assert_eq!(again.key_id, "2027-01");
    assert!(after.is_current(&again));
    let error = before.open(&again, CONTEXT).await.expect_err("a key that it lacks").to_string();
    assert!(error.contains("the key \"2027-01\" is not among"), "{error}");
    // The id is a part of what is authenticated, even where both ids have the same key.
    let renamed = keys(&[&KEY.replace("2026", "2025"), old]);
    let moved = Sealed { key_id: "2025-11".to_owned(), ..sealed };
    assert!(renamed.open(&moved, CONTEXT).await.is_err());
}

#[test]
fn two_generated_keys_differ() {
    let key = |id| SealingKeys::generate(id).expect("random numbers");
    assert_ne!(key("a"), key("a"));
    for id in ["", "a b", "a:b", "#a", "ä", "a\n", &"a".repeat(65)] {
        assert!(SealingKeys::generate(id).is_err(), "{id:?}");
    }
}

#[test]
fn an_invalid_line_is_told_by_its_number_and_not_shown() {
    let encode = |length| BASE64_STANDARD.encode(vec![b'k'; length]);
    let twice = format!("{KEY}\n{KEY}");
    for (text, fault) in [
        ("", "there is no key"),
        ("\n# a:b\n", "there is no key"),
        ("\n\nhuntertwo", "line 3: not a key"),
        ("huntertwo!:aa", "line 1: the id of the key is invalid"),
        (":huntertwo", "line 1: the id of the key is invalid"),
        ("a:huntertwo!", "line 1: the key is not base64"),
        (&format!("a:{}", encode(31)), "line 1: the key has 31 bytes"),
        (&format!("a:{}", encode(33)), "line 1: the key has 33 bytes"),
        (&twice, "line 2: another key has this id"),
    ] {
        let error = refusal(text);
        assert!(error.starts_with(fault), "{error}");
        assert!(!error.contains("hunter") && !error.contains("a2tr") && !error.contains("gIGC"), "{error}");
    }
}

#[test]
fn debug_shows_the_ids_only() {
    let keys = keys(&[KEY, "old:a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s="]);
    assert_eq!(format!("{keys:?}"), "SealingKeys { ids: [\"2026-11\", \"old\"] }");
}

#[cfg(unix)]
#[test]
fn a_file_that_others_can_read_is_refused() {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("keys");
    fs::write(&path, format!("{KEY}\r\n")).expect("it is written");
    for (mode, private) in [(0o600, true), (0o400, true), (0o640, false), (0o604, false), (0o644, false)] {
        fs::set_permissions(&path, Permissions::from_mode(mode)).expect("it is set");
        let error = SealingKeys::read(&path).err().map(|error| error.to_string());
        assert_eq!(error.is_none(), private, "{mode:o}: {error:?}");
        assert!(error.is_none_or(|error| error.contains(&format!("(mode {mode:o}); set its mode to 600"))));
    }
    fs::set_permissions(&path, Permissions::from_mode(0o600)).expect("it is set");
    fs::write(&path, format!("{KEY}\nhuntertwo")).expect("it is written");
    let error = SealingKeys::read(&path).expect_err("no key").to_string();
    assert!(error.contains("keys: line 2: not a key") && !error.contains("hunter"), "{error}");
    fs::write(&path, "#".repeat(LONGEST_FILE as usize + 1)).expect("it is written");
    assert!(SealingKeys::read(&path).expect_err("no keys").to_string().contains("not a file of keys"));
    assert!(SealingKeys::read(folder.path().join("none")).is_err());
}
