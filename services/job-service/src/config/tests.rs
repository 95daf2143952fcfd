use clap::Parser;

use super::*;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    flags: Flags,
}

fn load(line: &str) -> Config {
    let line = Line::try_parse_from(line.split(' ')).unwrap();
    Config::load(&line.flags).unwrap()
}

#[test]
fn flags_win_over_the_defaults_and_the_rest_stays() {
    let config =
        load("x --data-dir /d --artifact-root /a --data-root /x:/y --data-root /z --listen 127.0.0.1:0");
    config.check().unwrap();
    assert_eq!(config.storage.data_roots, ["/x", "/y", "/z"].map(PathBuf::from));
    assert_eq!(config.server.listen, "127.0.0.1:0");
    assert_eq!(config.lease.ttl, Duration::from_secs(30));
    assert_eq!(config.retention.jobs, None, "for ever");
    assert_eq!(config.database_url(), "sqlite:///d/jobs.db");
}

#[test]
fn the_defaults_are_the_spans_of_the_promises() {
    let config = load("x --data-dir /d --artifact-root /a");
    let spans = [
        config.lease.ttl,
        config.lease.beat_interval,
        config.background.sweep_interval,
        config.background.recheck_after,
        config.watch.poll,
        config.watch.bookmark,
    ];
    assert_eq!(spans, [30, 5, 2, 30, 2, 15].map(Duration::from_secs));
}

#[test]
fn a_file_wins_over_the_defaults() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "[lease]\nttl = \"2s\"\nbeat_interval = \"400ms\"\n").unwrap();
    let config = load(&format!("x --config {}", file.path().display()));
    assert_eq!(
        (config.lease.ttl, config.lease.beat_interval),
        (Duration::from_secs(2), Duration::from_millis(400))
    );
}

#[test]
fn directories_must_be_named_and_spans_must_fit() {
    assert!(load("x").check().is_err());
    let mut config = load("x --data-dir /d --artifact-root /a");
    config.lease.ttl = Duration::from_secs(3);
    assert!(config.check().unwrap_err().to_string().contains("lease.ttl"));
    for url in ["mysql://db/x", "/var/lib/x.db"] {
        let config = load(&format!("x --data-dir /d --artifact-root /a --database {url}"));
        let refused = config.check().unwrap_err().to_string();
        assert!(refused.contains("sqlite: or postgres:"), "{refused}");
    }
    let mut config = load("x --data-dir /d --artifact-root /a");
    config.background.relay_poll = Duration::from_millis(1);
    assert!(config.check().unwrap_err().to_string().contains("relay_poll"));
    let mut config = load("x --data-dir /d --artifact-root /a");
    config.watch.bookmark = Duration::ZERO;
    assert!(config.check().unwrap_err().to_string().contains("bookmark"));
    let mut config = load("x --data-dir /d --artifact-root /a");
    config.retention.leftovers = Duration::from_secs(59);
    assert!(config.check().unwrap_err().to_string().contains("leftovers"));
    let mut config = load("x --data-dir /d --artifact-root /a");
    config.nats.classes = vec!["a.b".into()];
    assert!(config.check().unwrap_err().to_string().contains("nats.classes"));
}

#[test]
fn what_is_dumped_can_be_read_again_and_hides_passwords() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let line = "x --data-dir /d --database postgres://me:secret@db/x --nats nats://u:p@a:1,nats://b:2";
    let text = load(line).dump().unwrap();
    assert!(!text.contains("secret") && !text.contains("u:p"), "{text}");
    std::fs::write(file.path(), &text).unwrap();
    let again = load(&format!("x --config {}", file.path().display()));
    assert_eq!(again.dump().unwrap(), text);
}
