//! `mnv3 quantize`: scales and corrected biases, so that a network can be run in eight bits.

use super::Outcome;
use crate::destination::{self, Content};
use crate::error::Error;
use crate::picture::{self, PictureError};
use crate::{noise, output, pictures, source, weights};
use image::DynamicImage;
use indicatif::{ProgressBar, ProgressStyle};
use mnv3_exec::NotClassifier;
use mnv3_image::Recipe;
use mnv3_quantize::{Agreement, Calibration, Float, Options, Pass, Simulation, ValueReport, calibrate, report};
use mnv3_spec::graph::Graph;
use mnv3_spec::{ComputedIn, Network, Tensor};
use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};
use serde::Serialize;
use std::collections::HashMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Finds the scales that a network is run with in eight bits, by what it makes of pictures, and corrects its biases.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Quantize {
    /// A spec: a YAML file, or a published one such as mnv3:large; `-` reads it from standard input
    #[arg(value_name = "SPEC")]
    spec: PathBuf,
    /// Its weights: .safetensors, or any checkpoint that mnv3 convert reads
    #[arg(value_name = "WEIGHTS")]
    weights: PathBuf,
    /// A folder of pictures such as the network will see; they need no labels
    #[arg(long, value_name = "FOLDER", required_unless_present = "random")]
    calibrate: Option<PathBuf>,
    /// Pictures of noise instead of a folder: to try things out, since scales that fit no real picture are less accurate
    #[arg(long, conflicts_with = "calibrate")]
    random: bool,
    /// The most pictures that are looked at, by name the first
    #[arg(long, value_name = "N", default_value = "300", value_parser = clap::value_parser!(u32).range(1..))]
    images: u32,
    /// Also tells of each layer how many answers change if nothing else is in eight bits; takes long
    #[arg(long)]
    layers: bool,
    /// Writes the table as JSON
    #[arg(long)]
    json: bool,
    /// The safetensors file to write: the weights, biases corrected, and scales beside them
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

const AFTER_HELP: &str = "\
Examples:
  mnv3 quantize mnv3:small small.safetensors --calibrate photos -o small-int8.safetensors
  mnv3 quantize lines.yaml lines.safetensors --calibrate scans --layers --json -o lines-int8.safetensors
  mnv3 quantize mnv3:large large.safetensors --random --images 32 -o large-noise.safetensors

The table has a line for each value that is quantised: its range; its signal-to-noise ratio in the network in eight bits (dB);
the error of rounding in steps (0.289 is that of numbers spread evenly, more means that numbers are cut off); how far the bias
of its layer was moved, in steps. The last line tells how often the likeliest class stayed the same, on the same pictures.
The same pictures give the same file.

A picture that cannot be read is reported and left out. A single picture, or pictures of one colour each, are warned of: ranges
that are found from these fit little else.

Exit codes: 0 done, 1 a picture could not be read, or the spec or the weights are wrong or the file cannot be written,
2 the command line is wrong.";

/// What `--json` writes.
#[derive(Serialize)]
struct QuantizeJson {
    images: usize,
    /// How many of them have the same likeliest class; none without a head.
    same_class: Option<usize>,
    margin_error: Option<f64>,
    error: f64,
    values: Vec<ValueJson>,
}

#[derive(Serialize)]
struct ValueJson {
    name: String,
    low: f32,
    high: f32,
    sqnr: f64,
    rounding: f64,
    bias_shift: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    changed: Option<usize>,
}

impl Quantize {
    pub(super) fn run(&self) -> Result<Outcome, Error> {
        let spec = source::spec(&self.spec)?;
        // What is read here has no scales yet.
        let network = &Network {
            precision: ComputedIn::F32,
            ..spec.network.clone()
        };
        if network.only_in_f32().is_some() {
            return Err(Error::NotInEightBits(self.spec.clone()));
        }
        let bytes = weights::read(&self.weights, network)?;
        // All that can be wrong with them, names of their own and packed ones too.
        mnv3_codegen::pack(network, &bytes).map_err(|reason| Error::Unfit {
            path: self.weights.clone(),
            reason,
        })?;
        let numbers = self.tensors(network, &bytes)?;
        let tensor = |wanted: &Tensor| numbers.get(&wanted.name).cloned().unwrap_or_default();
        let (images, unread) = self.images(network)?;
        warn(&images, self.random);
        let graph = network.graph();
        // Ranges, corrections op by op, the table, the answers.
        let passes = graph.ops.len() + if self.layers { graph.points().len() } else { 1 } + 2;
        let bar = progress((images.len() * passes) as u64);
        let options = Options::default();
        let refused = |reason| Error::Calibration {
            path: self.calibrate.clone().unwrap_or_else(|| "noise".into()),
            reason,
        };
        let found = calibrate(&graph, &tensor, &images, options, &|_: Pass| bar.inc(1)).map_err(refused)?;
        let corrected = |wanted: &Tensor| found.corrected(wanted).unwrap_or_else(|| tensor(wanted));
        let simulation = Simulation::new(&graph, &corrected, found.scales.clone())
            .map_err(|reasons| refused(mnv3_quantize::CalibrationError::Simulation(reasons)))?;
        let float = Float::new(&graph, &tensor);
        let values = report(&graph, &float, &simulation, &found, &images, self.layers, &|| {
            bar.inc(1)
        });
        let agreement = Agreement::of(&graph, &float, &simulation, &images, &|| bar.inc(1));
        bar.finish_and_clear();
        let report = QuantizeJson {
            images: images.len(),
            same_class: agreement.same_class,
            margin_error: agreement.margin_error,
            error: agreement.error,
            values: values.into_iter().map(ValueJson::from).collect(),
        };
        let file = self.file(&graph, &bytes, &found, &report)?;
        let mut inputs = spec.files;
        inputs.push(self.weights.clone());
        destination::write(&file, Content::Bytes, Some(&self.output), &inputs)?;
        let mut out = anstream::stdout().lock();
        if self.json {
            output::json(&mut out, &report)?;
        } else {
            out.write_all(table(&report).as_bytes())?;
        }
        if spec.network.precision == ComputedIn::F32 {
            anstream::eprintln!("write `precision: int8` in the spec, which then runs in eight bits with this file");
        }
        Ok(Outcome::of(unread))
    }

    /// The numbers of all tensors that the network wants.
    fn tensors(&self, network: &Network, bytes: &[u8]) -> Result<HashMap<String, Vec<f32>>, Error> {
        let wanted = network.layers().into_iter().flat_map(mnv3_spec::Tensors::iter);
        let numbers = wanted.map(|tensor| {
            let found = mnv3_weights::tensor(bytes, &tensor.name);
            let found = found.ok_or_else(|| Error::Unnamed {
                path: self.weights.clone(),
                tensor: tensor.name.clone(),
            });
            Ok((tensor.name.clone(), found?))
        });
        numbers.collect()
    }

    /// What the network is given of pictures, and how many could not be read.
    fn images(&self, network: &Network) -> Result<(Vec<Vec<f32>>, usize), Error> {
        let refused = |reason| Error::NotClassifier {
            spec: self.spec.clone(),
            reason,
        };
        let preprocess = network
            .preprocess
            .as_ref()
            .ok_or(refused(NotClassifier::NoPreprocess))?;
        let input = network.input;
        if !matches!(input.c, 1 | 3) {
            return Err(refused(NotClassifier::Channels(input.c)));
        }
        let recipe = mnv3_exec::recipe(preprocess);
        let size = [input.h, input.w, input.c];
        let Some(folder) = &self.calibrate else {
            let pictures = (0..u64::from(self.images)).map(noise::picture);
            // All of them have pixels, so that all can be prepared.
            let images = pictures.filter_map(|picture| prepared(&recipe, &picture, size).ok());
            return Ok((images.collect(), 0));
        };
        let (mut images, mut unread) = (Vec::new(), 0);
        for path in files(folder)?.iter().take(self.images as usize) {
            match picture::read(path).and_then(|picture| prepared(&recipe, &picture, size)) {
                Ok(image) => images.push(image),
                Err(problem) => {
                    unread += 1;
                    pictures::complain(&source::display(path), &problem);
                }
            }
        }
        if images.is_empty() {
            return Err(Error::NoPictures(folder.clone()));
        }
        Ok((images, unread))
    }

    /// The weights, corrected, with scales beside them.
    fn file(
        &self,
        graph: &Graph<'_>,
        bytes: &[u8],
        found: &Calibration,
        report: &QuantizeJson,
    ) -> Result<Vec<u8>, Error> {
        let refused = |reason: safetensors::SafeTensorError| Error::Safetensors {
            path: self.weights.clone(),
            reason,
        };
        let read = SafeTensors::deserialize(bytes).map_err(refused)?;
        let data = |numbers: &[f32]| numbers.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>();
        let mut added: HashMap<String, Vec<u8>> = HashMap::new();
        for correction in &found.corrections {
            added.insert(correction.tensor.clone(), data(&correction.numbers));
        }
        for (name, numbers) in found.scales.tensors(graph) {
            added.insert(name, data(&numbers));
        }
        let mark = mnv3_codegen::scales_of(graph.network).map(f32::from);
        added.insert(mnv3_weights::SCALES_OF.to_owned(), data(&mark));
        let mut views: HashMap<&str, TensorView<'_>> = read.iter().collect();
        for (name, data) in &added {
            let shape = vec![data.len() / size_of::<f32>()];
            let view = TensorView::new(Dtype::F32, shape, data).map_err(refused)?;
            views.insert(name, view);
        }
        let record = serde_json::json!({
            "mnv3": env!("CARGO_PKG_VERSION"),
            "network": graph.network.name,
            "images": report.images,
            "noise": self.random,
            "same_class": report.same_class,
            "margin_error": report.margin_error,
            "error": report.error,
            "options": format!("{:?}", Options::default()),
        });
        let metadata = HashMap::from([("mnv3.int8".to_owned(), record.to_string())]);
        serialize(views, Some(metadata)).map_err(refused)
    }
}

impl From<ValueReport> for ValueJson {
    fn from(value: ValueReport) -> Self {
        Self {
            name: value.name,
            low: value.range[0],
            high: value.range[1],
            sqnr: value.sqnr,
            rounding: value.rounding,
            bias_shift: value.bias_shift,
            changed: value.changed,
        }
    }
}

/// What a network is given of a picture.
fn prepared(recipe: &Recipe<'_>, picture: &DynamicImage, size: [usize; 3]) -> Result<Vec<f32>, PictureError> {
    Ok(recipe.prepare(picture, size)?.into_raw_vec_and_offset().0)
}

/// Says what pictures are too few or too plain to find ranges from.
fn warn(images: &[Vec<f32>], random: bool) {
    if random {
        anstream::eprintln!(
            "warning: noise is not what the network will see: a folder of pictures (--calibrate) is more accurate"
        );
    }
    if let [_] = images {
        anstream::eprintln!(
            "warning: one picture: ranges that are found from it fit little else; some dozens are enough"
        );
    }
    let plain = |image: &Vec<f32>| image.iter().all(|x| x.to_bits() == image[0].to_bits());
    if images.iter().all(plain) {
        anstream::eprintln!(
            "warning: every picture is of one colour: ranges that are found from these fit nothing else"
        );
    }
}

/// The files of a folder, by name.
fn files(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let failed = |reason| Error::Folder {
        path: folder.to_owned(),
        reason,
    };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let hidden = path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if path.is_file() && !hidden {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn progress(steps: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:40} {percent} %, {eta} left");
    ProgressBar::new(steps).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn table(report: &QuantizeJson) -> String {
    let width = report
        .values
        .iter()
        .map(|line| line.name.len())
        .max()
        .unwrap_or_default();
    let mut text = format!(
        "{:width$}      from        to  SQNR dB  rounding  bias moved\n",
        "value"
    );
    for line in &report.values {
        let ValueJson {
            name,
            low,
            high,
            sqnr,
            rounding,
            bias_shift,
            changed,
        } = line;
        text += &format!("{name:width$}  {low:8.3}  {high:8.3}  {sqnr:7.1}  {rounding:8.3}  {bias_shift:10.2}");
        text += &changed.map_or_else(String::new, |changed| {
            format!("  {changed} of {} changed", report.images)
        });
        text.push('\n');
    }
    let images = report.images;
    text += &match report.same_class {
        Some(same) => format!("{same} of {images} pictures have the same likeliest class\n"),
        None => format!(
            "{images} pictures; the last map is off by {:.4} of its spread\n",
            report.error
        ),
    };
    text
}
