/// Entry that a secret belongs to. A secret that is moved to another entry of the database can't be opened there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SealContext<'a> {
    /// Servers and partner of the journal.
    pub(crate) servers: &'a str,
    /// Identity of the tenant.
    pub(crate) tenant: &'a str,
    /// Number of the entry among those of its tenant.
    pub(crate) number: i64,
    /// Name of the entry's variant.
    pub(crate) step: &'a str,
}

impl SealContext<'_> {
    /// Returns servers, tenant, number and step, each as its length in bytes and its bytes, so that no two contexts are encoded
    /// alike. Lengths are of 4 bytes, the number of 8, the most significant byte first.
    pub(crate) fn to_bytes(self) -> Vec<u8> {
        let Self { servers, tenant, number, step } = self;
        let mut bytes = Vec::new();
        for part in [servers.as_bytes(), tenant.as_bytes(), &number.to_be_bytes(), step.as_bytes()] {
            append_part(&mut bytes, part);
        }
        bytes
    }
}

/// Appends the length of a part, in 4 bytes, and the part.
pub(super) fn append_part(bytes: &mut Vec<u8>, part: &[u8]) {
    // No part comes near to 4 GiB: Postgres refuses a text of 1 GiB.
    let length = u32::try_from(part.len()).unwrap_or(u32::MAX);
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(part);
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTEXT: SealContext<'static> = SealContext { servers: "s", tenant: "a@x", number: 258, step: "key" };

    #[test]
    fn each_part_has_its_length() {
        let expected = b"\0\0\0\x01s\0\0\0\x03a@x\0\0\0\x08\0\0\0\0\0\0\x01\x02\0\0\0\x03key";
        assert_eq!(CONTEXT.to_bytes(), expected);
    }

    #[test]
    fn no_two_contexts_are_alike() {
        let others = [
            SealContext { servers: "sa", tenant: "@x", ..CONTEXT },
            SealContext { servers: "t", ..CONTEXT },
            SealContext { tenant: "b@x", ..CONTEXT },
            SealContext { number: 259, ..CONTEXT },
            SealContext { step: "account", ..CONTEXT },
        ];
        for other in others {
            assert_ne!(other.to_bytes(), CONTEXT.to_bytes(), "{other:?}");
        }
    }
}
