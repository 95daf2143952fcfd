//! The protocol with one mechanism taken out: each is missed, and in the way that tells what it is there for.

use crate::{
    rules::{Fault, Mutant, Setting, Violation},
    search,
};

/// Takes `mutant` out of the protocol, and expects `missed` to be what comes of it; with it back in nothing does.
fn missed(mutant: Mutant, setting: Setting, missed: Violation) {
    if let Err(found) = search(setting.clone(), None) {
        panic!(
            "without {mutant:?}: {:?}\n{}",
            found.violation,
            found.trace.join("\n")
        );
    }
    match search(setting, Some(mutant)) {
        Ok(explored) => panic!("{mutant:?} was not missed in {} states", explored.states),
        Err(found) => {
            println!(
                "{mutant:?}: {:?} after {} steps",
                found.violation,
                found.trace.len()
            );
            assert_eq!(found.violation, missed, "{mutant:?}\n{}", found.trace.join("\n"));
        }
    }
}

#[test]
fn without_the_fence_a_zombies_result_is_taken() {
    let setting = Setting::with(&[(Fault::Pause, 1)]);
    missed(Mutant::NoFence, setting, Violation::ResultOfAnother);
}

#[test]
fn without_the_lease_in_a_claim_two_trainers_run_one_attempt() {
    let setting = Setting::with(&[(Fault::Lost, 1)]);
    missed(Mutant::ClaimOfAnyLease, setting, Violation::TwoLeases);
}

#[test]
fn without_the_lease_in_a_beat_a_zombie_is_told_to_go_on() {
    let setting = Setting::with(&[(Fault::Pause, 1)]);
    missed(Mutant::BeatOfAnyLease, setting, Violation::TrustedStranger);
}

#[test]
fn with_the_fence_alone_in_a_commit_a_cancel_overwrites_a_success() {
    let setting = Setting::with(&[(Fault::Cancel, 1)]);
    missed(Mutant::CommitWithoutState, setting, Violation::EndedTwice);
}

#[test]
fn without_the_event_number_in_a_commit_two_events_share_one() {
    let setting = Setting {
        progress: true,
        ..Setting::with(&[])
    };
    missed(Mutant::CommitWithoutEventNo, setting, Violation::EventNumber);
}

#[test]
fn without_the_leases_end_in_a_commit_a_revived_lease_expires() {
    let setting = Setting::with(&[(Fault::Pause, 1)]);
    missed(Mutant::CommitWithoutLeaseTime, setting, Violation::ExpiredAlive);
}

#[test]
fn without_numbers_a_redelivered_event_is_recorded_twice() {
    let setting = Setting {
        progress: true,
        ..Setting::with(&[(Fault::Lost, 1)])
    };
    missed(Mutant::NoSequence, setting, Violation::ToldTwice);
}

#[test]
fn without_the_sweeper_a_dead_trainers_job_stays() {
    let setting = Setting::with(&[(Fault::Crash, 1)]);
    missed(Mutant::NoSweeper, setting, Violation::Stuck);
}

#[test]
fn without_the_sweeper_a_lost_message_stays_lost() {
    let setting = Setting::with(&[(Fault::Wipe, 1)]);
    missed(Mutant::NoSweeper, setting, Violation::Stuck);
}

#[test]
fn a_hasty_sweeper_ends_attempts_during_an_outage() {
    let setting = Setting::with(&[(Fault::Outage, 1)]);
    missed(Mutant::HastySweeper, setting, Violation::ExpiredAlive);
}

#[test]
fn under_the_same_id_an_announcement_is_swallowed() {
    let setting = Setting::with(&[(Fault::Purge, 1)]);
    missed(Mutant::SameMessageId, setting, Violation::Stuck);
}

#[test]
fn a_number_alone_proves_another_jobs_message() {
    let setting = Setting::with(&[(Fault::Unsynced, 1), (Fault::Foreign, 1)]);
    missed(Mutant::ProofByNumber, setting, Violation::Stuck);
}

#[test]
fn without_an_outbox_a_crash_after_the_commit_leaves_a_job_unannounced() {
    let setting = Setting::with(&[(Fault::Relay, 1)]);
    missed(Mutant::AnnouncedAfter, setting, Violation::Stuck);
}

#[test]
fn announced_before_its_commit_an_attempt_is_denied_and_forgotten() {
    let setting = Setting::with(&[(Fault::Child, 1)]);
    missed(Mutant::AnnouncedBefore, setting, Violation::Stuck);
}
