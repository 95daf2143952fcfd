//! What the use cases promise, held against every database: SQLite in memory, SQLite in a file, PostgreSQL.

// Clippy allows it in tests, but does not see that every function here is part of one.
#![allow(clippy::unwrap_used)]

mod cancels;
mod claims;
mod concurrency;
mod datasets;
mod deadlines;
mod deletions;
mod histories;
mod lists;
mod model;
mod outbox;
mod queues;
mod retention;
mod retries;
mod stage;
mod submissions;

/// Makes a test of each case on each database.
macro_rules! on_every_database {
    ($($module:ident::$case:ident,)+) => {
        mod sqlite_in_memory {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                crate::$module::$case(crate::stage::Stage::sqlite_in_memory().await).await;
            })+
        }
        mod sqlite_in_a_file {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                crate::$module::$case(crate::stage::Stage::sqlite_in_a_file().await).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                crate::$module::$case(crate::stage::Stage::postgres().await).await;
            })+
        }
    };
}

on_every_database! {
    submissions::a_submission_makes_one_queued_job_for_each_model,
    submissions::a_job_not_to_be_run_waits_until_it_is_started,
    submissions::validate_only_writes_nothing,
    submissions::every_violation_is_told_at_once,
    submissions::a_spec_too_large_for_a_claim_is_refused,
    submissions::the_same_request_returns_the_same_jobs,
    submissions::another_tenant_sees_nothing,
    submissions::an_id_that_no_database_takes_is_refused,
    datasets::the_same_registration_is_made_once,
    datasets::registrations_are_checked_and_listed_by_id,
    datasets::a_registration_can_be_forgotten_and_made_anew,
    retries::a_retry_is_the_next_version_of_what_was_stored,
    retries::the_same_retry_returns_the_same_job,
    retries::only_jobs_that_have_ended_are_retried,
    retries::concurrent_retries_with_one_id_make_one_job,
    cancels::each_job_of_a_batch_is_cancelled_for_itself,
    cancels::all_that_match_are_cancelled_in_several_rounds,
    cancels::what_is_being_stopped_is_not_found_again,
    cancels::a_batch_out_of_bounds_is_refused,
    deletions::a_deleted_job_is_gone_for_everyone_and_its_version_with_it,
    deletions::only_jobs_that_have_ended_are_deleted,
    deletions::the_model_stays_or_goes_as_asked,
    deletions::a_deletion_that_was_interrupted_is_finished_by_any_replica,
    deletions::a_request_of_deleted_jobs_is_refused_until_it_is_forgotten,
    deletions::the_last_of_a_requests_jobs_is_noticed_by_whoever_removes_it,
    deletions::what_a_dead_trainer_has_left_is_removed_after_the_jobs_end,
    deletions::a_zombie_of_a_deleted_job_leaves_nothing_behind,
    retention::jobs_kept_long_enough_are_deleted,
    retention::histories_are_shortened_to_their_end,
    retention::two_replicas_tidy_up_as_one,
    queues::queues_tell_who_waits_and_who_is_held,
    queues::a_queued_job_knows_how_many_are_ahead,
    queues::no_more_jobs_wait_than_may,
    queues::what_was_made_before_is_never_refused,
    claims::a_claim_grants_the_spec_and_opens_an_attempt,
    claims::a_lost_claim_reply_is_granted_again_to_the_same_lease_only,
    claims::a_trainer_with_another_artifact_root_is_denied,
    claims::a_beat_tells_the_trainer_where_it_stands,
    claims::beats_judged_together_are_answered_each_as_alone,
    claims::an_expired_lease_requeues_with_the_next_attempt,
    claims::a_trainer_that_holds_another_lease_cannot_speak,
    claims::a_cancelled_job_is_never_granted,
    claims::a_released_job_is_queued_again_at_once_and_nothing_is_counted,
    deadlines::a_job_nobody_claims_in_time_fails_and_is_not_announced,
    deadlines::a_run_past_its_time_is_stopped_and_fails_when_it_has,
    deadlines::a_run_that_does_not_stop_fails_after_its_grace,
    deadlines::deadlines_are_passed_however_many_there_are,
    deadlines::replicas_pass_a_deadline_once,
    histories::a_success_is_taken_once_its_files_are_there,
    histories::a_success_without_its_files_costs_the_attempt,
    histories::the_files_of_a_model_that_came_too_late_are_removed,
    histories::a_failure_of_the_data_ends_the_job,
    histories::a_crash_is_retried_until_the_attempts_are_spent,
    histories::duplicate_and_stale_events_are_dropped,
    histories::progress_never_falls_and_does_not_extend_the_lease,
    histories::events_can_be_read_from_any_number_on,
    histories::events_that_make_no_sense_are_put_aside,
    lists::pages_are_exact_while_jobs_are_submitted,
    lists::every_order_is_paged_exactly_with_and_without_labels,
    lists::filters_combine,
    outbox::a_row_is_leased_by_one_relay_only,
    outbox::a_row_given_back_is_tried_again,
    outbox::a_lost_announcement_is_made_again_under_a_fresh_id,
    outbox::a_queue_made_anew_has_lost_every_message_at_once,
    outbox::replicas_announce_a_lost_attempt_once,
    outbox::a_cancelled_job_is_not_announced,
    concurrency::concurrent_submitters_of_one_key_get_every_version_once,
    concurrency::concurrent_requests_with_one_id_make_one_batch,
    concurrency::batches_that_share_keys_do_not_deadlock,
    concurrency::a_cancel_racing_a_success_ends_the_job_once,
    concurrency::concurrent_claims_grant_one_lease,
    concurrency::concurrent_events_are_numbered_without_gaps,
    model::random_commands_leave_table_and_model_equal,
}
