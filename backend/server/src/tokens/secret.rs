//! A token's text and its hash. In: random bytes, or a request's text. Out: a [`Token`]; a hash by argon2id in the format of PHC.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{RngCore as _, SeedableRng as _};

/// What all tokens begin with: scanners of leaked secrets find them.
const PREFIX: &str = "stl";

/// Random bytes of the part that names the token. It is no secret.
const ID_BYTES: usize = 6;

/// Random bytes of the secret part: nobody guesses 256 bits.
const SECRET_BYTES: usize = 32;

/// Random bytes of the salt, as RFC 9106 recommends.
const SALT_BYTES: usize = 16;

/// OWASP's least for argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// A token as a request carries it: `stl_ID_SECRET`, hexadecimal.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Token {
    /// Which token it is.
    pub(crate) id: String,
    /// The whole text.
    pub(crate) text: String,
}

impl Token {
    /// A new one.
    pub(crate) fn random() -> Self {
        let mut random = ChaCha20Rng::from_os_rng();
        let (mut id, mut secret) = ([0; ID_BYTES], [0; SECRET_BYTES]);
        random.fill_bytes(&mut id);
        random.fill_bytes(&mut secret);
        let id = hex::encode(id);
        Self { text: format!("{PREFIX}_{id}_{}", hex::encode(secret)), id }
    }

    /// The token of a request, if it has the form of one.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('_');
        let (prefix, id, secret) = (parts.next()?, parts.next()?, parts.next()?);
        let is_hex = |part: &str, bytes: usize| {
            part.len() == 2 * bytes && part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        };
        let is_one = prefix == PREFIX && is_hex(id, ID_BYTES) && is_hex(secret, SECRET_BYTES) && parts.next().is_none();
        is_one.then(|| Self { id: id.to_owned(), text: text.to_owned() })
    }

    /// Its hash, with a salt of its own.
    ///
    /// # Errors
    /// When argon2 refuses its parameters, which are constants.
    pub(crate) fn hash(&self) -> Result<String, String> {
        let mut salt = [0; SALT_BYTES];
        ChaCha20Rng::from_os_rng().fill_bytes(&mut salt);
        let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|error| error.to_string())?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let hash = argon2.hash_password_with_salt(self.text.as_bytes(), &salt).map_err(|error| error.to_string())?;
        Ok(hash.to_string())
    }
}

/// Whether a text is the one of a hash. Takes some hundredths of a second and 19 MiB; compares in constant time.
pub(crate) fn matches(text: &str, hash: &str) -> bool {
    let Ok(parsed) = PasswordHash::new(hash) else { return false };
    Argon2::default().verify_password(text.as_bytes(), &parsed).is_ok()
}

/// Whether a hash was made as this program makes them: one of others could take any time and memory.
pub(super) fn is_own(hash: &str) -> bool {
    hash.starts_with(&format!("$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}$")) && PasswordHash::new(hash).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_its_hashs_and_another_one_is_not() {
        let token = Token::random();
        assert_eq!(Token::parse(&token.text).map(|token| token.id), Some(token.id.clone()));
        let hash = token.hash().expect("hashed");
        assert!(is_own(&hash) && !hash.contains(&token.text[17..]), "{hash}");
        assert!(matches(&token.text, &hash));
        assert!(!matches(&Token::random().text, &hash) && !matches("", &hash) && !matches(&token.text, "none"));
        assert_ne!(token.hash().expect("hashed"), hash, "each hash has its salt");
        assert!(!is_own(&hash.replace("m=19456", "m=4000000")), "a hash that takes gigabytes is refused");
    }

    #[test]
    fn only_the_form_of_a_token_is_looked_up() {
        let text = Token::random().text;
        for other in
            [String::new(), text.to_uppercase(), format!("{text}_0"), text[1..].to_owned(), text.replacen('_', "-", 1)]
        {
            assert!(Token::parse(&other).is_none(), "{other}");
        }
    }
}
