//! Networks in single precision: every value is what the naive interpreter says.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

use mnv3_quantize::Float;
use mnv3_spec::Tensor;
use mnv3_testing::random::legal;
use mnv3_testing::{Weights, formula, naive};
use std::collections::HashMap;

/// Largest difference allowed, as a share of the largest value of a map and of those that it is made of.
const TOLERANCE: f64 = 2e-5;

#[test]
fn values_are_what_they_are_defined_to_be() {
    for legal in legal().take(100) {
        let graph = legal.network.graph();
        let weights = Weights::of(&legal.network, 4.75);
        let tensor = |tensor: &Tensor| weights.numbers(tensor);
        let input = legal.network.input;
        let image = formula::image(input.h, input.w, input.c);
        let values = Float::new(&graph, &tensor).run(&image);
        let mut largest_of = HashMap::new();
        naive::run_with(&graph, &tensor, &image, &mut |op, map| {
            let own = map.values.iter().fold(0.0f64, |most, x| most.max(x.abs()));
            largest_of.insert(op.output, own);
            // A sum may cancel: its error is as large as what was summed up makes it.
            let read = op.inputs.iter().filter_map(|input| largest_of.get(input));
            let largest = read.fold(own, |most, x| most.max(*x));
            let ours = &values[&op.output];
            assert_eq!(ours.len(), map.values.len());
            let close = |i: usize| (f64::from(ours[i]) - map.values[i]).abs() <= TOLERANCE * largest;
            let wrong = (0..ours.len()).find(|i| !close(*i));
            assert_eq!(wrong, None, "{} of row {} of seed {}", op.name, op.row, legal.seed);
            map
        });
    }
}
