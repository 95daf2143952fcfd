//! Pipelines with generated damage, in artifacts whose manifests fit: each is refused, or predicts, at bounded cost. A few
//! hundred cases run by default; `TRAINYARD_ARTIFACT_CASES=100000` makes it that many. Case after case has its own seed, so
//! that a failure comes again.

use std::{
    env,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::PoisonError,
};

use ciborium::Value as Cbor;
use ml::{
    Error, Silent,
    random::{Stream, stream},
};

use super::{ALONE, Golden, MEMORY, Workshop};

/// The most bytes that loading a pipeline of a few kilobytes and predicting with it may take at any moment.
const MOST_MEMORY: usize = 256 << 20;
/// Where the content of the file begins: behind eight bytes of magic, four of version, eight of length.
const HEADER: usize = 20;

#[test]
fn damaged_pipelines_are_refused_or_predict_at_bounded_cost() {
    let cases = env::var("TRAINYARD_ARTIFACT_CASES").map_or(400, |cases| cases.parse().unwrap());
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let golden = Golden::of(1);
    let workshop = Workshop::of(&golden);
    let names: Vec<&String> = golden.cases.keys().collect();
    let files: Vec<Vec<u8>> = names.iter().map(|name| golden.pipeline(name)).collect();
    let (mut refused, mut predicted) = (0, 0);
    for case in 0..cases {
        let mut random = stream(case, &["damage"]);
        let which = pick(&mut random, names.len());
        let file = damaged(&files[which], &mut random);
        let told = format!("case {case}, {}", names[which]);
        MEMORY.reset_peak_usage();
        let before = MEMORY.current_usage();
        let run = || {
            let artifact = workshop.load(&golden.cases[names[which]], &file)?;
            let table = golden.table(&artifact)?;
            artifact.pipeline.predict(table, &Silent)
        };
        let outcome = catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| {
            eprintln!("{told}");
            resume_unwind(panic)
        });
        let taken = MEMORY.peak_usage().saturating_sub(before);
        assert!(taken <= MOST_MEMORY, "{told}: {taken} bytes");
        match outcome {
            Ok(predictions) => {
                assert_eq!(predictions.rows.len(), 40, "{told}");
                predicted += 1;
            }
            Err(Error::Cancelled) => panic!("{told}: cancelled"),
            Err(Error::Failed(failure)) => {
                assert!(!failure.message.is_empty(), "{told}");
                refused += 1;
            }
        }
    }
    // Neither is all damage found out, of numbers for instance, nor is none.
    assert!(
        refused > cases / 3 && predicted > cases / 50,
        "{refused} refused, {predicted} predicted"
    );
}

fn pick(random: &mut Stream, of: usize) -> usize {
    random.below(of as u64) as usize
}

/// The file with damage: to its bytes, to the bytes that it packs, or to a value among these.
fn damaged(file: &[u8], random: &mut Stream) -> Vec<u8> {
    if random.below(4) == 0 {
        let mut file = file.to_vec();
        damage_bytes(&mut file, random);
        return file;
    }
    let mut content = zstd::decode_all(&file[HEADER..]).unwrap();
    if random.below(4) == 0 {
        damage_bytes(&mut content, random);
        return packed(file, &content);
    }
    let mut value: Cbor = ciborium::from_reader(content.as_slice()).unwrap();
    for _ in 0..=random.below(3) {
        damage_value(&mut value, random);
    }
    content.clear();
    ciborium::into_writer(&value, &mut content).unwrap();
    packed(file, &content)
}

/// The content behind the header of `file`, with its new length.
fn packed(file: &[u8], content: &[u8]) -> Vec<u8> {
    let length = (content.len() as u64).to_le_bytes();
    [&file[..12], &length, &zstd::encode_all(content, 1).unwrap()].concat()
}

fn damage_bytes(bytes: &mut Vec<u8>, random: &mut Stream) {
    match random.below(5) {
        0 => bytes.truncate(pick(random, bytes.len())),
        1 => bytes.extend(
            (0..1 + random.below(40))
                .map(|_| random.below(256) as u8)
                .collect::<Vec<_>>(),
        ),
        2 => {
            // The header and what comes first decide about most.
            let at = pick(random, bytes.len().min(64));
            bytes[at] = random.below(256) as u8;
        }
        3 => {
            let from = pick(random, bytes.len());
            bytes.drain(from..(from + 1 + pick(random, 30)).min(bytes.len()));
        }
        _ => {
            for _ in 0..=random.below(4) {
                let at = pick(random, bytes.len());
                bytes[at] = random.below(256) as u8;
            }
        }
    }
}

/// Damages something inside the value, at a depth that chance decides. Byte strings that hold CBOR are gone into.
fn damage_value(value: &mut Cbor, random: &mut Stream) {
    let goes_on = random.below(10) > 0;
    match value {
        Cbor::Array(items) if goes_on && !items.is_empty() => {
            let at = pick(random, items.len());
            damage_value(&mut items[at], random);
        }
        Cbor::Map(entries) if goes_on && !entries.is_empty() => {
            let at = pick(random, entries.len());
            let (key, value) = &mut entries[at];
            let damage_to = if random.below(20) == 0 { key } else { value };
            damage_value(damage_to, random);
        }
        Cbor::Bytes(bytes) if goes_on => match ciborium::from_reader::<Cbor, _>(bytes.as_slice()) {
            Ok(mut inner) => {
                damage_value(&mut inner, random);
                bytes.clear();
                ciborium::into_writer(&inner, bytes).unwrap();
            }
            Err(_) if bytes.is_empty() => bytes.push(0),
            Err(_) => damage_bytes(bytes, random),
        },
        Cbor::Array(items) if !items.is_empty() && random.below(2) == 0 => {
            let at = pick(random, items.len());
            if random.below(2) == 0 {
                items.remove(at);
            } else {
                let again = items[at].clone();
                items.extend(std::iter::repeat_n(again, 1 + pick(random, 300)));
            }
        }
        Cbor::Map(entries) if !entries.is_empty() && random.below(2) == 0 => {
            let at = pick(random, entries.len());
            entries.remove(at);
        }
        other => *other = foreign(random),
    }
}

/// A value that does not belong there.
fn foreign(random: &mut Stream) -> Cbor {
    let numbers = [
        0,
        1,
        -1,
        2,
        255,
        256,
        65_536,
        i64::from(u32::MAX),
        i64::MAX,
        i64::MIN,
    ];
    let floats = [f64::NAN, f64::INFINITY, -0.0, 0.5, -1e300, 1e300, 5e-324];
    let texts = [
        "",
        "age",
        "city_Bern",
        "no such thing",
        "é\u{0}",
        "random_forest_classifier",
        "one_hot_encoding",
    ];
    match random.below(9) {
        0 => Cbor::Null,
        1 => Cbor::Bool(random.below(2) == 0),
        2 | 3 => numbers[pick(random, numbers.len())].into(),
        4 => floats[pick(random, floats.len())].into(),
        5 => texts[pick(random, texts.len())].into(),
        6 => Cbor::Bytes((0..random.below(80)).map(|_| random.below(256) as u8).collect()),
        7 => Cbor::Map(vec![("a".into(), 1.into())]),
        // Deeper than any that is written.
        _ => (0..random.below(2000)).fold(Cbor::Array(Vec::new()), |inner, _| Cbor::Array(vec![inner])),
    }
}
