use rayon::ThreadPoolBuilder;

use super::*;
use crate::{
    frame::{Frame, float_column},
    nodes::testing::context,
    random,
};

fn points(rows: &[[f64; 2]]) -> Points {
    let column = |at: usize| float_column(rows.iter().map(|row| Some(row[at])));
    let frame = Frame::new(vec![("x".into(), column(0)), ("y".into(), column(1))]).unwrap();
    Points::read(&frame.training(), &context()).unwrap()
}

fn clustered(rows: &[[f64; 2]], count: usize, seed: u64) -> Vec<usize> {
    let mut random = random::stream(seed, &["clusters"]);
    cluster(&points(rows), count, &mut random, &context()).unwrap()
}

/// Points around three places far from each other, in turn.
fn heaps(count: usize) -> Vec<[f64; 2]> {
    let mut random = random::stream(9, &["heaps"]);
    let around = |at: usize| {
        let [x, y] = [[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]][at % 3];
        [x + random.uniform(), y + random.uniform()]
    };
    (0..count).map(around).collect()
}

#[test]
fn heaps_are_told_apart() {
    for seed in 0..20 {
        let clusters = clustered(&heaps(60), 3, seed);
        assert_eq!(clusters[..3].iter().max(), Some(&2));
        assert!((0..60).all(|at| clusters[at] == clusters[at % 3]), "{clusters:?}");
        assert!(clusters[0] != clusters[1] && clusters[1] != clusters[2] && clusters[0] != clusters[2]);
    }
}

#[test]
fn every_point_is_nearest_to_the_mean_of_its_cluster() {
    let rows: Vec<[f64; 2]> = heaps(200).iter().map(|row| row.map(|x| x % 1.0)).collect();
    let clusters = clustered(&rows, 5, 1);
    let mean = |cluster: usize| {
        let members = rows.iter().zip(&clusters).filter(|(_, of)| **of == cluster);
        let members: Vec<_> = members.map(|(row, _)| row).collect();
        [0, 1].map(|at| members.iter().map(|row| row[at]).sum::<f64>() / members.len() as f64)
    };
    let means: Vec<[f64; 2]> = (0..5).map(mean).collect();
    for (row, of) in rows.iter().zip(&clusters) {
        let own = squares(row, &means[*of]);
        assert!(means.iter().all(|mean| own <= squares(row, mean) + 1e-12));
    }
}

#[test]
fn fewer_places_than_clusters_are_no_trouble() {
    assert_eq!(clustered(&[[1.0, 2.0]; 6], 4, 3), [0; 6]);
    let mut two = clustered(&[[1.0, 2.0], [1.0, 2.0], [5.0, 5.0]], 8, 3);
    assert_eq!(two[0], two[1]);
    two.dedup();
    assert_eq!(two.len(), 2);
    // Distances beyond any number.
    assert!(
        clustered(&[[1e200, 0.0], [-1e200, 0.0], [0.0, 0.0]], 2, 3)
            .iter()
            .all(|of| *of < 2)
    );
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let on = |threads| {
        let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| clustered(&heaps(500), 7, 4))
    };
    assert_eq!(on(1), on(3));
}
