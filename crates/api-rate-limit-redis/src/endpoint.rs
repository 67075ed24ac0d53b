//! Place where the store is, and how a connection to it is opened.

use redis::{AsyncConnectionConfig, Client, RedisResult};

use crate::connection::Connection;
#[cfg(feature = "sentinel")]
use crate::sentinels::Sentinels;
use crate::server_info::ServerInfo;

/// Number of requests that wait for the connection's task before further ones wait for room.
const BUFFERED_REQUESTS: usize = 1024;

/// Place where the store is.
pub(crate) enum Endpoint {
    Server(Box<Client>),
    #[cfg(feature = "sentinel")]
    Sentinels(Box<Sentinels>),
    #[cfg(feature = "cluster")]
    Cluster(Box<redis::cluster::ClusterClient>),
}

impl Endpoint {
    /// Opens a connection, and asks the server who it is. Takes any time; the caller ends it.
    ///
    /// # Errors
    ///
    /// That of the first step that fails.
    pub(crate) async fn open(&self) -> RedisResult<(Connection, ServerInfo)> {
        // The caller keeps the time, of a connection as of a request.
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(None)
            .set_response_timeout(None)
            .set_pipeline_buffer_size(BUFFERED_REQUESTS);
        let mut connection = match self {
            Self::Server(client) => {
                Connection::Server(client.get_multiplexed_async_connection_with_config(&config).await?)
            }
            #[cfg(feature = "sentinel")]
            Self::Sentinels(sentinels) => {
                Connection::Server(sentinels.client()?.get_async_connection_with_config(&config).await?)
            }
            #[cfg(feature = "cluster")]
            Self::Cluster(client) => Connection::Cluster(client.get_async_connection().await?),
        };
        let answer = redis::cmd("INFO").query_async(&mut connection).await?;
        Ok((connection, ServerInfo::parse(&answer)))
    }
}
