//! The job-service's command line.

use anyhow::Context;
use clap::{Parser, Subcommand};
use job_service::config::{Config, Flags};
use service_kit::Shutdown;
use tokio::net::TcpListener;

/// Takes training jobs over gRPC and sees them through.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serves until SIGTERM or SIGINT.
    Serve(Flags),
    /// Brings the database's tables up to date.
    Migrate(Flags),
    /// Prints the configuration that would be used, as TOML.
    DumpConfig(Flags),
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match Cli::parse().command {
        Command::Serve(flags) => serve(load(&flags)?).await,
        Command::Migrate(flags) => Ok(job_service::migrate(&load(&flags)?).await?),
        Command::DumpConfig(flags) => {
            print!("{}", Config::load(&flags)?.dump()?);
            Ok(())
        }
    }
}

fn load(flags: &Flags) -> anyhow::Result<Config> {
    let config = Config::load(flags)?;
    service_kit::init_logging(config.server.log_format, &config.server.log)?;
    config.check()?;
    Ok(config)
}

async fn serve(config: Config) -> anyhow::Result<()> {
    let shutdown = Shutdown::new(config.server.shutdown_grace);
    shutdown.listen_for_signals()?;
    let listen = config.server.listen.clone();
    let listener = TcpListener::bind(&listen)
        .await
        .with_context(|| format!("cannot listen on {listen}"))?;
    job_service::serve(config, listener, shutdown).await?;
    tracing::info!("everything has ended");
    Ok(())
}
