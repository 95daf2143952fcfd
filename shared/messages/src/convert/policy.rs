//! The limits a job runs under.

use std::time::Duration;

use domain::{
    id::Token,
    job::{Policy, RetryPolicy},
    violation::Violation,
};

use super::{Invalid, duration_from_pb, duration_to_pb};
use crate::v1;

const LONGEST: Duration = Duration::from_secs(30 * 24 * 3600);

/// The policy a message holds, with `defaults` where it says nothing.
///
/// # Errors
///
/// Every violation, with its path below `policy`.
pub fn policy_from_pb(policy: Option<v1::JobPolicy>, defaults: &Policy) -> Result<Policy, Invalid> {
    let policy = policy.unwrap_or_default();
    let mut violations = Vec::new();
    let retry = retry_from_pb(policy.retry.unwrap_or_default(), &defaults.retry, &mut violations);
    let resource_class = if policy.resource_class.is_empty() {
        defaults.resource_class.clone()
    } else {
        policy.resource_class
    };
    if let Err(error) = resource_class.parse::<Token>() {
        violations.push(Violation::new("policy.resource_class", error.to_string()));
    }
    let mut span =
        |field: &str, given, default| span(&format!("policy.{field}"), given, default, &mut violations);
    let checked = Policy {
        queue_timeout: span("queue_timeout", policy.queue_timeout, defaults.queue_timeout),
        run_timeout: span("run_timeout", policy.run_timeout, defaults.run_timeout),
        total_timeout: span("total_timeout", policy.total_timeout, defaults.total_timeout),
        cancel_grace: span("cancel_grace", policy.cancel_grace, defaults.cancel_grace),
        retry,
        resource_class,
        memory_limit_bytes: u64::try_from(policy.memory_limit_bytes).ok().filter(|n| *n > 0),
        threads: u32::try_from(policy.threads).ok().filter(|n| *n > 0),
    };
    if policy.memory_limit_bytes < 0 {
        violations.push(Violation::new(
            "policy.memory_limit_bytes",
            "must not be negative",
        ));
    }
    if !(0..=1024).contains(&policy.threads) {
        violations.push(Violation::new("policy.threads", "must be in [0, 1024]"));
    }
    if violations.is_empty() {
        Ok(checked)
    } else {
        Err(Invalid(violations))
    }
}

fn retry_from_pb(
    retry: v1::RetryPolicy,
    defaults: &RetryPolicy,
    violations: &mut Vec<Violation>,
) -> RetryPolicy {
    if !(0..=100).contains(&retry.max_attempts) {
        violations.push(Violation::new("policy.retry.max_attempts", "must be in [1, 100]"));
    }
    if !(retry.factor == 0.0 || (1.0..=100.0).contains(&retry.factor)) {
        violations.push(Violation::new("policy.retry.factor", "must be in [1, 100]"));
    }
    let mut wait =
        |field: &str, given, default| span(&format!("policy.retry.{field}"), given, default, violations);
    RetryPolicy {
        max_attempts: if retry.max_attempts == 0 {
            defaults.max_attempts
        } else {
            retry.max_attempts
        },
        initial_backoff: wait("initial_backoff", retry.initial_backoff, defaults.initial_backoff),
        factor: if retry.factor == 0.0 {
            defaults.factor
        } else {
            retry.factor
        },
        max_backoff: wait("max_backoff", retry.max_backoff, defaults.max_backoff),
    }
}

fn span(
    field: &str,
    given: Option<prost_types::Duration>,
    default: Duration,
    violations: &mut Vec<Violation>,
) -> Duration {
    let Some(given) = given else { return default };
    match duration_from_pb(given) {
        Some(span) if !span.is_zero() && span <= LONGEST => span,
        Some(_) | None => {
            violations.push(Violation::new(field, "must be above zero and at most 30 days"));
            default
        }
    }
}

/// A policy as a message.
pub fn policy_to_pb(policy: &Policy) -> v1::JobPolicy {
    let retry = v1::RetryPolicy {
        max_attempts: policy.retry.max_attempts,
        initial_backoff: Some(duration_to_pb(policy.retry.initial_backoff)),
        factor: policy.retry.factor,
        max_backoff: Some(duration_to_pb(policy.retry.max_backoff)),
    };
    v1::JobPolicy {
        queue_timeout: Some(duration_to_pb(policy.queue_timeout)),
        run_timeout: Some(duration_to_pb(policy.run_timeout)),
        total_timeout: Some(duration_to_pb(policy.total_timeout)),
        cancel_grace: Some(duration_to_pb(policy.cancel_grace)),
        retry: Some(retry),
        resource_class: policy.resource_class.clone(),
        memory_limit_bytes: policy
            .memory_limit_bytes
            .and_then(|n| i64::try_from(n).ok())
            .unwrap_or(0),
        threads: policy.threads.and_then(|n| i32::try_from(n).ok()).unwrap_or(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_left_out_is_the_default_and_comes_back_as_it_went() {
        let defaults = Policy::default();
        let policy = policy_from_pb(None, &defaults).unwrap();
        assert_eq!(policy, defaults);
        assert_eq!(
            policy_from_pb(Some(policy_to_pb(&policy)), &defaults).unwrap(),
            policy
        );
    }

    #[test]
    fn every_limit_out_of_bounds_is_told_at_once() {
        let policy = v1::JobPolicy {
            run_timeout: Some(prost_types::Duration {
                seconds: -1,
                nanos: 0,
            }),
            resource_class: "gpu.*".into(),
            threads: -1,
            retry: Some(v1::RetryPolicy {
                max_attempts: -1,
                factor: 0.5,
                ..Default::default()
            }),
            ..Default::default()
        };
        let Invalid(violations) = policy_from_pb(Some(policy), &Policy::default()).unwrap_err();
        assert_eq!(violations.len(), 5, "{violations:?}");
    }
}
