//! The protocol as it is, in worlds with different faults: nothing that is promised is broken, and from every moment
//! it goes on to an end.

use crate::{
    row::Limits,
    rules::{Fault, Setting},
    search,
};

/// Searches a setting whole. `states` and `met` show that it was worth it: how many moments there are at least, and
/// what must be among them.
fn holds(name: &str, setting: Setting, states: usize, ends: &[&str], met: &[&str]) {
    let explored = match search(setting, None) {
        Ok(explored) => explored,
        Err(found) => panic!("{name}: {:?}\n{}", found.violation, found.trace.join("\n")),
    };
    let reached: Vec<&str> = explored.ends.keys().copied().collect();
    println!("{name}: {} states, ends {reached:?}", explored.states);
    assert!(
        explored.states >= states,
        "{name}: only {} states",
        explored.states
    );
    assert_eq!(reached, ends, "{name}");
    assert!(explored.spent, "{name}: no end with all faults behind it");
    for step in met {
        assert!(explored.steps.contains_key(step), "{name}: never {step}");
    }
}

#[test]
fn without_faults_a_job_succeeds() {
    holds(
        "no faults",
        Setting::with(&[]),
        40,
        &["SUCCEEDED"],
        &["a trainer beats"],
    );
}

#[test]
fn a_lost_stream_and_lost_trainers_lose_no_job() {
    let faults = [(Fault::Wipe, 1), (Fault::Unsynced, 1), (Fault::Crash, 1)];
    let setting = Setting::with(&faults);
    let met = [
        "the sweeper finds a message gone",
        "the sweeper finds an expired lease",
    ];
    holds("wipe, crash", setting, 80_000, &["SUCCEEDED"], &met);
}

#[test]
fn zombies_and_lost_answers_give_one_result() {
    let faults = [(Fault::Pause, 1), (Fault::Lost, 1), (Fault::Again, 1)];
    let setting = Setting {
        max_attempts: 3,
        ..Setting::with(&faults)
    };
    let met = ["a trainer continues", "a trainer gives a message back unanswered"];
    holds("zombie, lost answers", setting, 100_000, &["SUCCEEDED"], &met);
}

#[test]
fn of_a_cancel_an_expiry_and_a_report_one_wins() {
    let setting = Setting {
        progress: true,
        ..Setting::with(&[(Fault::Cancel, 1), (Fault::Pause, 1)])
    };
    let met = ["the sweeper finds an expired lease", "a trainer tells progress"];
    holds(
        "cancel, expiry, resend",
        setting,
        100_000,
        &["CANCELLED", "SUCCEEDED"],
        &met,
    );
}

#[test]
fn of_reports_taken_twice_and_a_cancel_one_wins() {
    let faults = [(Fault::Cancel, 1), (Fault::Again, 1), (Fault::Lost, 1)];
    let met = [
        "an applier takes what another is at",
        "a transition is committed and its answer lost",
    ];
    holds(
        "cancel, report twice",
        Setting::with(&faults),
        30_000,
        &["CANCELLED", "SUCCEEDED"],
        &met,
    );
}

#[test]
fn relays_that_die_or_are_slow_announce_every_attempt() {
    let setting = Setting {
        relays: 2,
        ..Setting::with(&[(Fault::Relay, 1), (Fault::Purge, 1), (Fault::Window, 1)])
    };
    let met = ["a relay is slower than its lease", "an announcement is renewed"];
    holds(
        "relay crash, duplicate window",
        setting,
        80_000,
        &["SUCCEEDED"],
        &met,
    );
}

#[test]
fn a_number_taken_by_another_message_proves_nothing() {
    let faults = [(Fault::Relay, 1), (Fault::Unsynced, 1), (Fault::Foreign, 1)];
    let met = ["another job is announced", "an announcement is renewed"];
    holds(
        "lost and reused numbers",
        Setting::with(&faults),
        20_000,
        &["SUCCEEDED"],
        &met,
    );
}

#[test]
fn every_deadline_ends_the_job() {
    let limits = Limits {
        queue: 2,
        run: 2,
        total: 4,
    };
    let setting = Setting {
        limits,
        ..Setting::with(&[(Fault::Pause, 1), (Fault::Child, 1)])
    };
    let met = ["the sweeper finds a deadline passed", "a child dies"];
    holds("deadlines", setting, 80_000, &["FAILED", "SUCCEEDED"], &met);
}

#[test]
fn an_outage_ends_no_attempt() {
    let setting = Setting {
        max_attempts: 3,
        ..Setting::with(&[(Fault::Outage, 1), (Fault::Release, 1), (Fault::Crash, 1)])
    };
    let met = [
        "NATS returns",
        "a trainer gives its job back",
        "a relay gives a row back",
    ];
    holds("outage, release", setting, 80_000, &["SUCCEEDED"], &met);
}

#[test]
fn a_job_that_is_started_later_ends_as_well() {
    let faults = [(Fault::Cancel, 2), (Fault::Child, 1), (Fault::Invalid, 1)];
    let setting = Setting {
        run: false,
        ..Setting::with(&faults)
    };
    let ends = ["CANCELLED", "FAILED", "SUCCEEDED"];
    let met = [
        "a person starts the job",
        "a child dies",
        "the data cannot be used",
    ];
    holds("start, cancel, failures", setting, 10_000, &ends, &met);
}
