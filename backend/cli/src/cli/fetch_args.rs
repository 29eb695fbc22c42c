//! How the hosts of pictures are asked. In: flags. Out: [`FetchOptions`].

use anyhow::Context as _;
use clap::Args;
use stl_server::catalogue::fetch::FetchOptions;
use stl_server::catalogue::fetch::options::{connections, header_line, requests_per_s, user_agent};

#[derive(Args)]
pub(super) struct FetchArgs {
    /// Requests a second to one host of pictures [default: as many as workers send]
    #[arg(long, value_name = "N", value_parser = requests_per_s)]
    requests_per_second: Option<f64>,
    /// Requests to one host of pictures at once [default: as many as there are workers]
    #[arg(long, value_name = "N", value_parser = connections)]
    connections: Option<usize>,
    /// The header User-Agent for hosts of pictures [default: shop-the-look and its version]
    #[arg(long, value_name = "TEXT")]
    user_agent: Option<String>,
    /// A header for the hosts of pictures that the feed names, as NAME: VALUE; may be given several times
    #[arg(long, value_name = "HEADER")]
    header: Vec<String>,
}

impl FetchArgs {
    /// Checks the flags.
    ///
    /// # Errors
    /// When a header cannot be sent; with the flag.
    pub(super) fn options(&self) -> anyhow::Result<FetchOptions> {
        let agent = self.user_agent.as_deref().map(user_agent).transpose();
        let mut options = FetchOptions {
            user_agent: agent.map_err(anyhow::Error::msg).context("--user-agent")?,
            requests_per_s: self.requests_per_second,
            connections: self.connections,
            headers: Vec::new(),
        };
        for line in &self.header {
            let header = header_line(line).map_err(anyhow::Error::msg).context("--header")?;
            options = options.with_header(header).map_err(anyhow::Error::msg).context("--header")?;
        }
        Ok(options)
    }
}
