//! `trainctl`, the people's program for Trainyard: submits jobs, follows them live, lists what there is, and
//! predicts with a trained model on this machine.

mod cli;
mod client;
mod commands;
mod exit;
mod follow;
mod output;
mod show;
mod submission;

use std::process::ExitCode;

use crate::{cli::Cli, exit::Exit, output::Output};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let cli = Cli::read();
    let mut output = Output::new(cli.json);
    let result = Box::pin(commands::run(cli, &mut output)).await;
    match output.finish(result) {
        Ok(exit) => exit,
        Err(error) if output::is_closed(&error) => Exit::OutputClosed,
        Err(error) => {
            output::note(&format!("error: {error:#}"));
            Exit::Error
        }
    }
    .into()
}
