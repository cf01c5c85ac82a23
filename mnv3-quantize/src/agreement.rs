//! How far a network in eight bits answers what it answers in single precision.

use crate::float::Float;
use crate::parallel::each;
use crate::simulation::Simulation;
use crate::statistics::answer_value;
use mnv3_spec::graph::Graph;

/// What two runs of many images have in common.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Agreement {
    /// How many.
    pub images: usize,
    /// Of how many the likeliest class is the same; none without a head.
    pub same_class: Option<usize>,
    /// The error of the margin, in root mean square, over the margin's standard deviation; none without a head. The margin
    /// is how far the likeliest class is above the next, both as single precision has them.
    pub margin_error: Option<f64>,
    /// The error of scores (before a softmax) or of the last map, in root mean square, over the standard deviation.
    pub error: f64,
}

impl Agreement {
    /// Runs both over images; `step` is told of each.
    #[must_use]
    pub fn of(
        graph: &Graph<'_>,
        float: &Float<'_, '_>,
        simulation: &Simulation<'_, '_>,
        images: &[Vec<f32>],
        step: &(dyn Fn() + Sync),
    ) -> Self {
        let value = answer_value(graph);
        let answers = each(images.len(), &|i| {
            let wanted = float.run(&images[i]).remove(&value).unwrap_or_default();
            let values = simulation.run(&images[i]);
            step();
            (wanted, simulation.numbers(value, &values[&value]))
        });
        Self::between(graph, &answers)
    }

    /// Pairs of answers: as it should be, as it is.
    pub(crate) fn between(graph: &Graph<'_>, answers: &[(Vec<f32>, Vec<f32>)]) -> Self {
        let pairs = answers.iter().flat_map(|(wanted, found)| wanted.iter().zip(found));
        let pairs = pairs.map(|(wanted, found)| (f64::from(*wanted), f64::from(*found)));
        let error = relative_error(pairs);
        let with_head = graph.network.head.is_some();
        let same = answers.iter().filter(|(wanted, found)| class(wanted) == class(found));
        let margins = answers.iter().map(|(wanted, found)| {
            let (first, second) = first_and_second(wanted);
            (margin(wanted, first, second), margin(found, first, second))
        });
        Self {
            images: answers.len(),
            same_class: with_head.then(|| same.count()),
            margin_error: with_head.then(|| relative_error(margins)),
            error,
        }
    }
}

/// The index of the largest; of a single score, whether it is above zero.
fn class(scores: &[f32]) -> usize {
    match scores {
        [score] => usize::from(*score > 0.0),
        scores => first_and_second(scores).0,
    }
}

fn first_and_second(scores: &[f32]) -> (usize, usize) {
    let largest = |but: Option<usize>| {
        let others = (0..scores.len()).filter(|i| Some(*i) != but);
        others
            .reduce(|best, i| if scores[i] > scores[best] { i } else { best })
            .unwrap_or_default()
    };
    let first = largest(None);
    (first, largest(Some(first)))
}

fn margin(scores: &[f32], first: usize, second: usize) -> f64 {
    match scores {
        [score] => f64::from(*score),
        scores => f64::from(scores[first]) - f64::from(scores[second]),
    }
}

/// Root mean square of the difference, over the standard deviation of the first; 0 where there is none.
pub(crate) fn relative_error(pairs: impl Iterator<Item = (f64, f64)>) -> f64 {
    let (mut count, mut sum, mut squares, mut errors) = (0.0, 0.0, 0.0, 0.0);
    for (wanted, found) in pairs {
        count += 1.0;
        sum += wanted;
        squares += wanted * wanted;
        errors += (found - wanted) * (found - wanted);
    }
    let spread = squares / count - (sum / count) * (sum / count);
    if errors == 0.0 {
        0.0
    } else {
        (errors / count / spread).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_and_margins_are_those_of_single_precision() {
        assert_eq!(first_and_second(&[0.1, 0.7, 0.2]), (1, 2));
        assert_eq!(class(&[0.5, 0.5]), 0);
        assert_eq!([class(&[0.5]), class(&[-0.5])], [1, 0]);
        let spec = "{ name: Two, dialect: torchvision, input: { size: [2, 2], channels: 1 },
            stem: { k: 1, out: 1, nl: RE, s: 1 }, bottlenecks: [{ k: 1, exp: 1, out: 1, se: false, nl: RE, s: 1 }],
            last: none, head: { pool: avg, hidden: none, classes: 3 } }";
        let network = mnv3_spec::parse("two.yaml", spec).unwrap();
        let answers = [
            (vec![3.0, 1.0, 0.0], vec![3.0, 1.5, 9.0]),
            (vec![0.0, 4.0, 0.0], vec![0.0, 4.0, 0.0]),
        ];
        let found = Agreement::between(&network.graph(), &answers);
        assert_eq!((found.images, found.same_class), (2, Some(1)));
        // Margins are 2 and 4: their deviation is 1, the error 0.5 of one of them.
        assert!((found.margin_error.unwrap() - (0.25f64 / 2.0).sqrt()).abs() < 1e-12);
    }
}
