//! Sequential bias correction: what rounded weights and bytes shift on the mean is taken off each layer's bias, with all
//! layers before it in eight bits and corrected.

use crate::parallel::each;
use crate::scales::Scales;
use crate::simulation::{Simulation, SimulationError, Value, Values};
use mnv3_spec::Tensor;
use mnv3_spec::graph::{Graph, Op, ValueId};
use std::collections::HashMap;

/// What was added to the bias of a layer.
#[derive(Clone, Debug, PartialEq)]
pub struct Correction {
    /// Row and op.
    pub name: String,
    /// What the layer makes.
    pub value: ValueId,
    /// The tensor that it was added to: the shift of a batch norm, or a bias.
    pub tensor: String,
    /// What the tensor then is.
    pub numbers: Vec<f32>,
    /// What was added, by channel.
    pub added: Vec<f64>,
}

/// `means` has the mean of each channel before the non-linearity, in single precision, for each op that has weights.
pub(crate) fn correct(
    graph: &Graph<'_>,
    tensor: &dyn Fn(&Tensor) -> Vec<f32>,
    scales: &Scales,
    means: &[Option<Vec<f64>>],
    images: &[Vec<f32>],
    step: &(dyn Fn() + Sync),
) -> Result<Vec<Correction>, Vec<SimulationError>> {
    let mut simulation = Simulation::new(graph, tensor, scales.clone())?;
    let mut values: Vec<Values> = each(images.len(), &|i| {
        HashMap::from([(graph.input, Value::Bytes(simulation.input(&images[i])))])
    });
    let mut corrections: Vec<Correction> = Vec::new();
    for (at, op) in graph.ops.iter().enumerate() {
        let corrected = |wanted: &Tensor| {
            let found = corrections.iter().find(|correction| correction.tensor == wanted.name);
            found.map_or_else(|| tensor(wanted), |correction| correction.numbers.clone())
        };
        if let (Some(mean), Some(shift)) = (&means[at], shift(op)) {
            let sums = each(images.len(), &|i| {
                simulation.before_act(at, &values[i]).unwrap_or_default()
            });
            let output = graph.shape(op.output);
            let count = (images.len() * output.h * output.w) as f64;
            let mut added = mean.clone();
            for sums in sums {
                added
                    .iter_mut()
                    .zip(sums)
                    .for_each(|(added, sum)| *added -= sum / count);
            }
            let numbers = corrected(shift).into_iter().zip(&added);
            let numbers = numbers
                .map(|(number, added)| (f64::from(number) + added) as f32)
                .collect();
            corrections.push(Correction {
                name: graph.tensor_name(op),
                value: op.output,
                tensor: shift.name.clone(),
                numbers,
                added,
            });
            let corrected = |wanted: &Tensor| {
                let found = corrections.iter().find(|correction| correction.tensor == wanted.name);
                found.map_or_else(|| tensor(wanted), |correction| correction.numbers.clone())
            };
            simulation.prepare_again(at, &corrected);
        } else {
            simulation.prepare_again(at, &corrected);
        }
        let made = each(images.len(), &|i| {
            let made = simulation.op(at, &values[i]);
            step();
            made
        });
        // What nobody reads any more needs no memory.
        let needed = |id: &ValueId| graph.readers(*id).any(|reader| reader > at);
        for (values, made) in values.iter_mut().zip(made) {
            values.insert(op.output, made);
            values.retain(|id, _| needed(id));
        }
    }
    Ok(corrections)
}

/// What is added to a layer's sums on the way to its non-linearity.
fn shift<'o>(op: &'o Op<'_>) -> Option<&'o Tensor> {
    let tensors = op.kind.tensors()?;
    tensors.norm.as_ref().map(|norm| &norm.beta).or(tensors.bias.as_ref())
}
