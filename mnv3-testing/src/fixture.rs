//! Fixtures: what a reference library said of one network with formula weights. `tests/fixtures/README.md` describes them.

use crate::formula;
use safetensors::SafeTensorError;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io;
use std::path::Path;

/// One file of `tests/fixtures`.
#[derive(Clone, Debug, Deserialize)]
pub struct Fixture {
    /// Its name.
    pub network: String,
    /// The library's count of parameters.
    pub parameters: u64,
    /// What it counts: `trainable`, or `all` with the statistics of batch norms.
    pub parameters_counted: String,
    /// Height, width and channels of the image.
    pub input: [usize; 3],
    /// Factor of all kernels.
    pub gain: f64,
    /// Whether the scores are probabilities.
    pub softmax: bool,
    /// Scores are kept every so many.
    pub logits_every: usize,
    /// Name and shape of each tensor, in the library's order.
    pub tensors: Vec<(String, Vec<usize>)>,
    /// Scores of a network without softmax.
    pub logits: Option<Vec<f64>>,
    /// Logarithms of the scores of a network with softmax.
    pub log_probabilities: Option<Vec<f64>>,
    /// Row, column, channel and value at a few places of each map.
    pub taps: BTreeMap<String, Vec<(usize, usize, usize, f64)>>,
    /// Of a network that detects, class, score, left, top, right and bottom of each box, best first.
    #[serde(default)]
    pub found: Vec<[f64; 6]>,
}

/// A network is not what the library says of it.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Mismatch {
    /// Names or shapes of tensors.
    #[error("tensors: ours only {ours:?}, the library's only {theirs:?}")]
    Tensors {
        /// Only the spec has these.
        ours: Vec<(String, Vec<usize>)>,
        /// Only the library has these.
        theirs: Vec<(String, Vec<usize>)>,
    },
    /// How many numbers there are.
    #[error("{what}: {ours}, the library's {theirs}")]
    Count {
        /// Of what.
        what: String,
        /// Found.
        ours: u64,
        /// Wanted.
        theirs: u64,
    },
    /// A number.
    #[error("{what}: value {index} is {ours}, the library's {theirs}, largest {largest}")]
    Value {
        /// Of which map, or of the scores.
        what: String,
        /// Its place in the fixture's list.
        index: usize,
        /// Found.
        ours: f64,
        /// Wanted.
        theirs: f64,
        /// Of all values wanted.
        largest: f64,
    },
}

/// The values that a run showed at a fixture's places.
#[derive(Clone, Debug)]
pub struct ShownValues<'f> {
    fixture: &'f Fixture,
    maps: BTreeMap<String, Vec<f64>>,
}

impl Fixture {
    /// Reads `tests/fixtures/NAME.json` of the repository.
    ///
    /// # Errors
    /// There is none, or it is not of this form.
    pub fn read(name: &str) -> io::Result<Self> {
        let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures"));
        let text = std::fs::read_to_string(folder.join(name).with_extension("json"))?;
        Ok(serde_json::from_str(&text)?)
    }

    /// The weights, as a safetensors file.
    ///
    /// # Errors
    /// Those of writing one.
    pub fn weights(&self) -> Result<Vec<u8>, SafeTensorError> {
        let tensors = self
            .tensors
            .iter()
            .map(|(name, shape)| (name.as_str(), shape.as_slice()));
        formula::weights(tensors, self.gain)
    }

    /// The image.
    #[must_use]
    pub fn image(&self) -> Vec<f32> {
        let [h, w, c] = self.input;
        formula::image(h, w, c)
    }

    /// Compares names and shapes of tensors, and the count of parameters; `trainable` is ours without statistics.
    ///
    /// # Errors
    /// The first difference.
    pub fn fits<'t, N: ToString>(
        &self,
        tensors: impl IntoIterator<Item = (N, &'t [usize])>,
        trainable: u64,
    ) -> Result<(), Mismatch> {
        let ours: Vec<(String, Vec<usize>)> = tensors.into_iter().map(|(n, s)| (n.to_string(), s.to_vec())).collect();
        let without = |these: &[(String, Vec<usize>)], others: &[(String, Vec<usize>)]| {
            let only = these.iter().filter(|tensor| !others.contains(tensor));
            only.cloned().collect::<Vec<_>>()
        };
        let only = [without(&ours, &self.tensors), without(&self.tensors, &ours)];
        if only.iter().any(|tensors| !tensors.is_empty()) || ours.len() != self.tensors.len() {
            let [ours, theirs] = only;
            return Err(Mismatch::Tensors { ours, theirs });
        }
        let all = ours
            .iter()
            .map(|(_, shape)| shape.iter().product::<usize>() as u64)
            .sum();
        let counted = if self.parameters_counted == "all" {
            all
        } else {
            trainable
        };
        count("parameters", counted, self.parameters)
    }

    /// To collect what a run shows.
    #[must_use]
    pub fn seen(&self) -> ShownValues<'_> {
        ShownValues {
            fixture: self,
            maps: BTreeMap::new(),
        }
    }
}

impl ShownValues<'_> {
    /// Keeps of a map what the fixture has of it; `value` is that at a row, column and channel.
    pub fn look(&mut self, name: &str, value: impl Fn(usize, usize, usize) -> f64) {
        if let Some(places) = self.fixture.taps.get(name) {
            let values = places.iter().map(|&(y, x, c, _)| value(y, x, c)).collect();
            self.maps.insert(name.to_owned(), values);
        }
    }

    /// Compares all that was kept, and the scores, with what the library has: each number may differ by `tolerance` times
    /// the largest of its map.
    ///
    /// # Errors
    /// The first difference.
    pub fn compare(&self, scores: &[f64], tolerance: f64) -> Result<(), Mismatch> {
        let fixture = self.fixture;
        for (name, places) in &fixture.taps {
            let theirs: Vec<f64> = places.iter().map(|place| place.3).collect();
            let ours = self.maps.get(name).map_or(&[][..], Vec::as_slice);
            compare(name, ours, &theirs, tolerance)?;
        }
        let kept = scores.iter().copied().step_by(fixture.logits_every);
        let kept: Vec<f64> = kept.map(|s| if fixture.softmax { s.ln() } else { s }).collect();
        let lists = [&fixture.logits, &fixture.log_probabilities];
        let theirs = lists.into_iter().flatten().flatten().copied().collect::<Vec<_>>();
        compare("scores", &kept, &theirs, tolerance)?;
        if fixture.softmax {
            compare("sum of probabilities", &[scores.iter().sum()], &[1.0], 1e-5)?;
        }
        Ok(())
    }
}

fn count(what: &str, ours: u64, theirs: u64) -> Result<(), Mismatch> {
    if ours == theirs {
        return Ok(());
    }
    let what = what.to_owned();
    Err(Mismatch::Count { what, ours, theirs })
}

fn compare(what: &str, ours: &[f64], theirs: &[f64], tolerance: f64) -> Result<(), Mismatch> {
    count(what, ours.len() as u64, theirs.len() as u64)?;
    let largest = theirs.iter().fold(0.0f64, |most, value| most.max(value.abs()));
    // Of NaN nothing is true, so that it is asked what is close, not what is far.
    let close = |ours: f64, theirs: f64| (ours - theirs).abs() <= tolerance * largest;
    match (0..ours.len()).find(|&i| !close(ours[i], theirs[i])) {
        None => Ok(()),
        Some(index) => Err(Mismatch::Value {
            what: what.to_owned(),
            index,
            ours: ours[index],
            theirs: theirs[index],
            largest,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::{Mismatch, compare};

    #[test]
    fn a_difference_beyond_the_tolerance_is_told_and_so_is_nan() {
        assert_eq!(compare("map", &[1.0, 100.0], &[1.009, 100.0], 1e-4), Ok(()));
        let told = |ours: &[f64]| compare("map", ours, &[1.0, 100.0], 1e-4);
        assert!(matches!(told(&[1.011, 100.0]), Err(Mismatch::Value { index: 0, .. })));
        assert!(matches!(told(&[1.0, f64::NAN]), Err(Mismatch::Value { index: 1, .. })));
        assert!(matches!(told(&[1.0]), Err(Mismatch::Count { ours: 1, theirs: 2, .. })));
    }
}
