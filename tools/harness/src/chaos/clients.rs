//! The clients of a run: each makes one submission and does with its jobs what is planned for them, and writes down
//! every answer.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use messages::v1;
use tokio::{
    task::JoinSet,
    time::{sleep, sleep_until},
};

use super::{
    history::{Entry, History, Made},
    patient::Patient,
    watchers,
    workload::{Fate, Planned},
};

/// What all clients share.
#[derive(Debug)]
pub(crate) struct Clients {
    /// The way to the service.
    pub(crate) service: Patient,
    /// Where everything is written down.
    pub(crate) history: Arc<History>,
    victims: Mutex<BTreeMap<String, usize>>,
    watchers: Mutex<JoinSet<()>>,
    watched: AtomicUsize,
}

impl Clients {
    /// Clients that write to `history`.
    #[must_use]
    pub(crate) fn new(service: Patient, history: Arc<History>) -> Self {
        Self {
            service,
            history,
            victims: Mutex::default(),
            watchers: Mutex::default(),
            watched: AtomicUsize::new(0),
        }
    }

    /// The jobs whose processes are still to be killed, and how often.
    pub(crate) fn victims(&self) -> MutexGuard<'_, BTreeMap<String, usize>> {
        self.victims.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The watchers that were begun until now.
    #[must_use]
    pub(crate) fn take_watchers(&self) -> JoinSet<()> {
        std::mem::take(&mut *self.watchers.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Makes every submission at its time; ends when every call is answered.
    pub(crate) async fn run(self: Arc<Self>, planned: Vec<Planned>) {
        let mut clients = JoinSet::new();
        for one in planned {
            clients.spawn(Arc::clone(&self).one(one));
        }
        while let Some(ended) = clients.join_next().await {
            if let Err(error) = ended {
                self.history.wrong("harness", format!("a client ended: {error}"));
            }
        }
    }

    async fn one(self: Arc<Self>, planned: Planned) {
        sleep_until((self.history.start() + planned.at).into()).await;
        match planned.again_after {
            None => _ = self.submit(&planned, true).await,
            // Two at once, so that they meet.
            Some(Duration::ZERO) => {
                _ = tokio::join!(self.submit(&planned, true), self.submit(&planned, false))
            }
            Some(wait) => {
                self.submit(&planned, true).await;
                sleep(wait).await;
                self.submit(&planned, false).await;
            }
        }
    }

    /// Submits, and sees to the jobs unless another call of the same submission does.
    async fn submit(self: &Arc<Self>, planned: &Planned, sees_to_jobs: bool) {
        let send = |client: crate::Client| {
            let request = planned.request.clone();
            async move { client.jobs.clone().submit_training_job(request).await }
        };
        let request_id = planned.request.request_id.clone();
        let answer = match self.service.call(send).await {
            Ok(answer) => answer,
            Err(status) => {
                let found = format!("the submission {request_id} was answered with {status}");
                return self.history.wrong("submitted", found);
            }
        };
        let response = answer.message.into_inner();
        let jobs: Vec<Made> = response.jobs.iter().map(made).collect();
        self.history.write(Entry::Submitted {
            request_id,
            fate: planned.fate,
            jobs: jobs.clone(),
            created: response.created,
            tries: answer.tries,
        });
        if sees_to_jobs {
            self.watch(planned, &jobs);
            self.see_to(planned, &jobs).await;
        }
    }

    fn watch(self: &Arc<Self>, planned: &Planned, jobs: &[Made]) {
        let mut begun = self.watchers.lock().unwrap_or_else(PoisonError::into_inner);
        for (job, begins) in jobs
            .iter()
            .flat_map(|job| planned.watchers.iter().map(move |from| (job, *from)))
        {
            let watcher = self.watched.fetch_add(1, Ordering::Relaxed);
            begun.spawn(watchers::watch(
                Arc::clone(self),
                watcher,
                job.job_id.clone(),
                begins,
            ));
        }
    }

    async fn see_to(&self, planned: &Planned, jobs: &[Made]) {
        if planned.crashes > 0 {
            let doomed = jobs.iter().map(|job| (job.job_id.clone(), planned.crashes));
            self.victims().extend(doomed);
        }
        if planned.request.run_training == Some(false) {
            sleep(planned.wait).await;
            for job in jobs {
                self.start(&job.job_id).await;
            }
        }
        if planned.fate == Fate::Cancelled {
            sleep(planned.wait).await;
            for job in jobs {
                self.cancel(&job.job_id).await;
            }
        }
    }

    async fn start(&self, job_id: &str) {
        let send = |client: crate::Client| {
            let request = v1::StartTrainingJobRequest {
                job_id: job_id.to_owned(),
            };
            async move { client.jobs.clone().start_training_job(request).await }
        };
        if let Err(status) = self.service.call(send).await {
            let found = format!("the start of {job_id} was answered with {status}");
            self.history.wrong("started", found);
        }
    }

    async fn cancel(&self, job_id: &str) {
        let send = |client: crate::Client| {
            let request = v1::CancelTrainingJobRequest {
                job_id: job_id.to_owned(),
                reason: "chaos".to_owned(),
            };
            async move { client.jobs.clone().cancel_training_job(request).await }
        };
        match self.service.call(send).await {
            Ok(answer) => {
                let job = answer.message.into_inner().job.unwrap_or_default();
                self.history.write(Entry::Cancelled {
                    job_id: job_id.to_owned(),
                    state: job.state().as_str_name().to_owned(),
                });
            }
            Err(status) => {
                let found = format!("the cancellation of {job_id} was answered with {status}");
                self.history.wrong("cancelled", found);
            }
        }
    }
}

fn made(job: &v1::TrainingJob) -> Made {
    Made {
        job_id: job.job_id.clone(),
        model_type: job.model_type.clone(),
        version: job.version,
    }
}
