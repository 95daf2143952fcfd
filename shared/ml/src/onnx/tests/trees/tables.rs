//! Tables of trees, walked as the operators around them say.

use super::{
    super::{super::graph::Finished, place},
    *,
};

/// The bytes of the constants that `Gather` looks up in, in the order of the operators.
struct Tables(Vec<Vec<u8>>);

impl Tables {
    fn of(fitted: &dyn FittedModel) -> Self {
        let mut graph = Graph::new(0);
        let x = graph.named("x");
        let answer = fitted.onnx(&x, &mut graph).unwrap();
        let (Answer::Values(value) | Answer::Probabilities(value) | Answer::Scores(value)) = answer;
        let Finished {
            nodes,
            constants,
            outside,
        } = graph.finish(&[value]);
        let mut file = Vec::new();
        outside.write(&mut file).unwrap();
        let body = |nodes: &[NodeProto]| {
            let found = nodes.iter().find(|node| node.op_type == "Loop").unwrap();
            found.attribute[0].g.as_ref().unwrap().node.clone()
        };
        let over_trees = body(&nodes);
        let down = body(&over_trees);
        let roots = over_trees.iter().find(|node| node.op_type == "Slice");
        let looked_up = down
            .iter()
            .chain(&over_trees)
            .filter(|node| node.op_type == "Gather");
        let content = |node: &NodeProto| {
            let constant = constants.iter().find(|constant| constant.name == node.input[0]);
            let [offset, length] = place(constant.unwrap());
            file[offset..offset + length].to_vec()
        };
        Self(roots.into_iter().chain(looked_up).map(content).collect())
    }

    fn whole(&self, table: usize, at: usize) -> i32 {
        i32::from_le_bytes(self.0[table].as_chunks().0[at])
    }

    /// By tree the numbers of the leaf that a row ends in.
    fn leaves(&self, row: &[f64], width: usize) -> Vec<Vec<f64>> {
        let [
            roots,
            tests,
            next,
            features,
            tops,
            missing_left,
            next_again,
            leaves,
        ] = [0, 1, 2, 3, 4, 5, 6, 7];
        assert_eq!(self.0.len(), 8);
        assert_eq!(self.0[next], self.0[next_again]);
        let (tops, leaves) = (numbers(&self.0[tops]), numbers(&self.0[leaves]));
        let trees = 0..self.0[roots].len() / 4;
        let leaf = |tree: usize| {
            let mut at = self.whole(roots, tree) as usize;
            while self.whole(next, at) >= 0 {
                let test = self.whole(tests, at) as usize;
                let value = row[self.whole(features, test) as usize];
                let is_left = value <= tops[test] || (value.is_nan() && self.0[missing_left][test] == 1);
                at = self.whole(next, at) as usize + usize::from(!is_left);
            }
            let place = (-1 - self.whole(next, at)) as usize;
            leaves[place * width..][..width].to_vec()
        };
        trees.map(leaf).collect()
    }
}

#[test]
fn rows_are_walked_down_to_the_leaves_whose_numbers_are_predicted() {
    let asked = [
        ("random_forest_regressor", 2, 1),
        ("random_forest_classifier", 2, 1),
        ("random_forest_classifier", 3, 3),
    ];
    for (key, classes, width) in asked {
        let table = holed(classes);
        let params = [("n_estimators", (TREES as f64).into())];
        let fitted = fit(key, &params, &table.for_model(key));
        let tables = Tables::of(&*fitted);
        for row in probes(&table) {
            let leaves = tables.leaves(&row, width);
            assert_eq!(leaves.len(), TREES);
            let expected = predicted(&*fitted, &row);
            for (place, expected) in (0..width).rev().zip(expected.iter().rev()) {
                let mean = leaves.iter().map(|leaf| leaf[place]).sum::<f64>() / TREES as f64;
                assert!(
                    (mean - expected).abs() < 1e-12,
                    "{key}: {row:?}: {mean}, {expected}"
                );
            }
        }
    }
}

#[test]
fn trees_that_add_to_one_sum_after_the_other_lead_to_the_leaves_of_the_operator() {
    let key = "hist_gradient_boosting_classifier";
    let table = holed(3);
    let fitted = fit(key, &[("max_iter", 4.0.into())], &table.for_model(key));
    let tables = Tables::of(&*fitted);
    let (ensembles, _) = written(&*fitted);
    for row in probes(&table) {
        let mut sums = [0.0; 3];
        for (tree, leaf) in tables.leaves(&row, 1).iter().enumerate() {
            sums[tree % 3] += leaf[0];
        }
        assert_eq!(sums.to_vec(), walk(&ensembles[0], &row), "{row:?}");
    }
}
