//! From a definition to a function: a network of any spec, run without being compiled.

use crate::answer::{ClassShare, LabelledBox};
use crate::definition::FunctionDefinition;
use crate::error::{FunctionError, HeadError};
use crate::function::PictureFunction;
use mnv3_codegen::Plan;
use mnv3_convert::ConvertOptions;
use mnv3_exec::{Classifier, Detector, Embedder, Exec, Segmenter, class_name};
use mnv3_image::{DecodedPicture, Decoding, ImageError, PictureDecoder};
use mnv3_spec::Network;
use mnv3_stream::StreamError;
use std::fs;
use std::path::Path;
use twox_hash::XxHash64;

/// The least score of a box, unless another is asked for.
const SCORE: f32 = 0.3;

/// The weights of the model that comes with mnv3.
const TEXT_DIRECTION: &[u8] = include_bytes!("../../../specs/text-direction.safetensors");

/// The function that a definition tells of; what it answers is what the network's head is for. Its network stays in memory until the process
/// ends.
///
/// # Errors
/// All that is wrong with the spec or the weights, or the head answers nothing about pictures.
pub fn load(definition: &FunctionDefinition) -> Result<PictureFunction, FunctionError> {
    let network = network(&definition.spec)?;
    let weights = weights(&definition.weights, network)?;
    function(definition, network, &weights)
}

/// `direction`: is a line of text upright or upside down? The model is in the program.
///
/// # Errors
/// None: its spec and its weights are one another's.
pub fn direction() -> Result<PictureFunction, FunctionError> {
    let definition = FunctionDefinition {
        name: "direction".to_owned(),
        spec: "mnv3:text-direction".into(),
        weights: "mnv3:text-direction".into(),
        fast: false,
        threshold: None,
    };
    function(&definition, network(&definition.spec)?, TEXT_DIRECTION)
}

/// Functions live until the process ends, and so do their networks.
fn keep<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

fn network(spec: &Path) -> Result<&'static Network, FunctionError> {
    let loaded = mnv3_spec::load(&spec.display().to_string(), spec)?;
    Ok(keep(loaded.network))
}

/// What a weights file holds, as safetensors or packed.
fn weights(path: &Path, network: &Network) -> Result<Vec<u8>, FunctionError> {
    let path = path.to_owned();
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(reason) => return Err(FunctionError::Read { path, reason }),
    };
    if mnv3_weights::is_prepacked(&bytes) {
        return Ok(bytes);
    }
    let options = ConvertOptions {
        spec: Some(network),
        folder: path.parent(),
        ..ConvertOptions::default()
    };
    let refused = |reason| FunctionError::Checkpoint {
        path: path.clone(),
        reason,
    };
    let checkpoint = mnv3_convert::read(&bytes, &options).map_err(refused)?;
    let report = mnv3_convert::check(network, &checkpoint).map_err(refused)?;
    if !report.fits() {
        let report = Box::new(report);
        return Err(FunctionError::Misfit { path, report });
    }
    checkpoint.to_safetensors(None).map_err(refused)
}

/// Of what decides the answers: the resolved spec, the weights, what is asked, and the version of this code.
fn fingerprint(definition: &FunctionDefinition, network: &Network, weights: &[u8]) -> u64 {
    let told = format!(
        "{} {network:?} {} {:?} {:016x}",
        env!("CARGO_PKG_VERSION"),
        definition.fast,
        definition.threshold,
        XxHash64::oneshot(0, weights)
    );
    XxHash64::oneshot(0, told.as_bytes())
}

fn function(
    definition: &FunctionDefinition,
    network: &'static Network,
    weights: &[u8],
) -> Result<PictureFunction, FunctionError> {
    let plan = keep(Plan::new(network));
    let exec = Exec::new(plan, weights).map_err(|reason| FunctionError::Unfit {
        path: definition.weights.clone(),
        reason,
    })?;
    let made = of_head(definition, network, keep(exec));
    let function = made.map_err(|reason| FunctionError::Head {
        spec: definition.spec.clone(),
        reason,
    })?;
    Ok(function.with_fingerprint(fingerprint(definition, network, weights)))
}

/// By the kind of the network's head.
fn of_head(
    definition: &FunctionDefinition,
    network: &'static Network,
    exec: &'static Exec<'static>,
) -> Result<PictureFunction, HeadError> {
    let name = &definition.name;
    let decoding = if definition.fast {
        Decoding::Scaled
    } else {
        Decoding::Exact
    };
    Ok(if network.detect().is_some() {
        let like = Detector::new(exec)?;
        let least = definition.threshold.unwrap_or(SCORE);
        PictureFunction::detect(name, move || {
            let mut detector = like.clone();
            seeing(like.decoder(decoding), move |picture| {
                let found = detector.detect(picture)?.iter();
                let sure = found.filter(|found| found.score >= least);
                let named = sure.map(|found| LabelledBox {
                    detection: *found,
                    label: class_name(network, found.class),
                });
                Ok(named.collect())
            })
        })
    } else if network.segment().is_some() {
        let like = Segmenter::new(exec)?;
        PictureFunction::segment(name, move || {
            let mut segmenter = like.clone();
            seeing(like.decoder(decoding), move |picture| {
                segmenter.look(picture)?;
                let shares = segmenter.mask().shares().into_iter();
                let named = shares.map(|(class, share)| ClassShare {
                    class,
                    label: class_name(network, class),
                    share,
                });
                Ok(named.collect())
            })
        })
    } else if network.classify().is_some_and(|head| head.classes.is_none()) {
        let like = Embedder::new(exec)?;
        PictureFunction::embed(name, move || {
            let mut embedder = like.clone();
            seeing(like.decoder(decoding), move |picture| embedder.embed(picture))
        })
    } else {
        let like = Classifier::new(exec)?;
        PictureFunction::classify(name, move || {
            let mut classifier = like.clone();
            seeing(like.decoder(decoding), move |picture| {
                Ok(classifier.classify(picture, 1)?.into_iter().next())
            })
        })
    })
}

/// A function of the bytes of a file, of one of its picture.
fn seeing<T>(
    mut decoder: PictureDecoder<'static>,
    mut see: impl FnMut(&DecodedPicture) -> Result<T, ImageError>,
) -> impl FnMut(&[u8]) -> Result<T, StreamError> {
    move |bytes| {
        let picture = decoder.decode(bytes)?;
        let seen = see(&picture)?;
        decoder.recycle(picture);
        Ok(seen)
    }
}
