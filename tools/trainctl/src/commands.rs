//! The commands: each asks the server, or this machine, and shows the answer.

mod artifact;
mod cancel;
mod catalog;
mod compare;
mod datasets;
mod file;
mod interrupt;
mod jobs;
mod model_dir;
mod operate;
mod plan;
mod predict;
mod report;
mod submit;
mod told;
mod transform;
mod watch;

use anyhow::Result;

use crate::{
    cli::{Cli, Command},
    client::Client,
    exit::Exit,
    output::Output,
};

/// Does what the command line asks for.
pub(crate) async fn run(cli: Cli, output: &mut Output) -> Result<Exit> {
    let server = cli.server.as_str();
    match cli.command {
        Command::Submit(options) => return submit::submit(server, &options, output).await,
        Command::Watch(options) => {
            return watch::watch(&Client::connect(server).await?, &options, output).await;
        }
        Command::Start(options) => {
            return jobs::start(&Client::connect(server).await?, &options, output).await;
        }
        Command::Plan(options) => return plan::plan(&options, output),
        Command::Predict(options) => return predict::predict(&options, output).await,
        Command::Retry(options) => {
            return operate::retry(&Client::connect(server).await?, &options, output).await;
        }
        Command::Delete(options) => {
            return operate::delete(&Client::connect(server).await?, options, output).await;
        }
        Command::Cancel(options) => {
            return cancel::cancel(&Client::connect(server).await?, options, output).await;
        }
        Command::Queues => operate::queues(&Client::connect(server).await?, output).await?,
        Command::Get(options) => jobs::get(&Client::connect(server).await?, &options, output).await?,
        Command::List(options) => jobs::list(&Client::connect(server).await?, options, output).await?,
        Command::Compare(options) => {
            compare::compare(&Client::connect(server).await?, &options, output).await?;
        }
        Command::Events(options) => jobs::events(&Client::connect(server).await?, &options, output).await?,
        Command::Models { key } => catalog::models(&Client::connect(server).await?, key, output).await?,
        Command::Nodes { key } => catalog::nodes(&Client::connect(server).await?, key, output).await?,
        Command::Artifact(command) => artifact::run(server, command, output).await?,
        Command::Report(options) => report::report(server, &options, output).await?,
        Command::Transform(options) => transform::transform(&options, output)?,
        Command::Datasets(command) => datasets::run(server, command, output).await?,
    }
    Ok(Exit::Success)
}
