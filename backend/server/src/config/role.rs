//! Whether a server has all of a catalogue, a part, or asks those that have. In: [`ShardArgs`]. Out: a [`Role`].

use std::time::Duration;

use clap::Args;

use super::error::ConfigError;
use super::values::number;
use crate::matching::Part;
use crate::shards::{ShardAddresses, ShardToken, WhenMissing};

/// The value of `--shard-timeout-ms` that is not given.
pub(super) const TIMEOUT_MS: u64 = 1000;

/// Flags of servers that share a catalogue.
#[derive(Clone, Debug, Args)]
pub struct ShardArgs {
    /// Be a shard: score a part of the catalogue for fronts, such as 2/4, and answer nobody else
    #[arg(long, env = "SHOP_THE_LOOK_SHARD", value_name = "K/N")]
    pub shard: Option<String>,
    /// Be a front: addresses of the shards, the first one first, each with its replicas: 'http://a:8081,http://b:8081 http://c:8081,http://d:8081'
    #[arg(long, env = "SHOP_THE_LOOK_SHARDS", value_name = "URL,URL URL,URL", value_delimiter = ' ')]
    pub shards: Vec<String>,
    /// Secret that fronts and shards share, at least 16 characters, better set in the environment
    #[arg(long, env = "SHOP_THE_LOOK_SHARD_TOKEN", value_name = "TOKEN", hide_env_values = true)]
    pub shard_token: Option<String>,
    /// Milliseconds after which a front asks the next replica of a shard
    #[arg(long, env = "SHOP_THE_LOOK_SHARD_TIMEOUT_MS", value_name = "MS", default_value_t = TIMEOUT_MS, value_parser = number::<u64>(1, 15_000))]
    pub shard_timeout_ms: u64,
    /// What a front does with a search if no replica of a shard answers: answer it without that part's products, and say so, or refuse it
    #[arg(long, env = "SHOP_THE_LOOK_MISSING_SHARDS", value_enum, default_value_t)]
    pub missing_shards: WhenMissing,
}

/// What a server has of its catalogue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// All of it.
    #[default]
    Whole,
    /// A part, which it scores for fronts.
    Shard(Part, ShardToken),
    /// All but what the match compares, which shards have.
    Front(Front),
}

/// How a front asks shards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Front {
    /// Where they are.
    pub addresses: ShardAddresses,
    /// What they let in.
    pub token: ShardToken,
    /// How long one replica may take.
    pub timeout: Duration,
    /// What is done without one of them.
    pub when_missing: WhenMissing,
}

impl ShardArgs {
    /// Whether shards are named.
    pub(super) fn is_front(&self) -> bool {
        self.shards.iter().any(|shard| !shard.trim().is_empty())
    }

    /// What the server has.
    ///
    /// # Errors
    /// When a value cannot be used, or one misses.
    pub(super) fn role(self) -> Result<Role, ConfigError> {
        let shards = self.is_front().then_some(self.shards);
        let role = match (&self.shard, &shards) {
            (None, None) => return Ok(Role::Whole),
            (Some(_), Some(_)) => return Err(ConfigError::ShardAndFront),
            (Some(_), None) => "--shard",
            (None, Some(_)) => "--shards",
        };
        let token = self.shard_token.as_deref().map(str::trim).filter(|token| !token.is_empty());
        let token = token.ok_or(ConfigError::NoShardToken { role })?;
        let token = ShardToken::checked(token).map_err(ConfigError::ShardToken)?;
        if let Some(part) = &self.shard {
            return Ok(Role::Shard(part.parse().map_err(ConfigError::Shard)?, token));
        }
        let addresses = ShardAddresses::of(&shards.unwrap_or_default()).map_err(ConfigError::Shards)?;
        let timeout = Duration::from_millis(self.shard_timeout_ms);
        Ok(Role::Front(Front { addresses, token, timeout, when_missing: self.missing_shards }))
    }
}

impl Role {
    /// The flag that gives a server this role; none if it has all of its catalogue.
    pub(super) const fn flag(&self) -> Option<&'static str> {
        match self {
            Self::Whole => None,
            Self::Shard(..) => Some("--shard"),
            Self::Front(_) => Some("--shards"),
        }
    }
}
