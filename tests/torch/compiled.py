"""Compiled networks, run from Python: a crate with one `mobilenet!` per spec, built outside the workspace as a user's is."""

import json
import subprocess
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]

# Kernels are optimised and everything else is not: 40 networks then build in a minute.
MANIFEST = """\
[package]
name = "mnv3-torch-check"
version = "0.0.0"
edition = "2024"
publish = false

[workspace]

[dependencies]
mnv3 = {{ path = "{root}" }}

[profile.dev.package.mnv3-runtime]
opt-level = 3
[profile.dev.package.fearless_simd]
opt-level = 3
"""

NETWORK = """\
mod network_{number} {{
    mnv3::mobilenet!("{spec}");

    pub fn run(weights: &[u8], image: &[f32]) -> Result<(), Box<dyn std::error::Error>> {{
        let network = {name}::from_safetensors(weights)?;
        let mut workspace = {name}::workspace();
        {scores}
        {run}
        {show}
        Ok(())
    }}
}}
"""

MAIN = """\
fn main() -> Result<(), Box<dyn std::error::Error>> {{
    let arguments: Vec<String> = std::env::args().collect();
    let weights = std::fs::read(&arguments[2])?;
    let image = std::fs::read(&arguments[3])?;
    let image: Vec<f32> = image.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    match arguments[1].as_str() {{
{arms}
        other => Err(format!("no network {{other}}").into()),
    }}
}}
"""


def build(networks, folder):
    """Builds the crate in `folder` and gives the program. `networks` are (spec, name, answers), answers as of `outputs`."""
    arms = []
    modules = []
    for number, (spec, name, answers) in enumerate(networks):
        arms.append(f'        "{number}" => network_{number}::run(&weights, &image),')
        maps = [answer for answer in answers if answer != "scores"]
        show = ['println!("\\"scores\\": {scores:?},");'] if "scores" in answers else []
        show += [f'println!("\\"{m}\\": {{:?}},", maps.{m}.to_array().into_raw_vec_and_offset().0);' for m in maps]
        arguments = "&mut workspace, image.try_into()?" + (", &mut scores" if "scores" in answers else "")
        modules.append(
            NETWORK.format(
                number=number,
                spec=spec,
                name=name,
                scores=f"let mut scores = [0.0; {name}::OUTPUT_LEN];" if "scores" in answers else "",
                run=("let maps = " if maps else "") + f"network.forward_into({arguments});",
                show="\n        ".join(show),
            )
        )
    (folder / "src").mkdir(parents=True, exist_ok=True)
    (folder / "Cargo.toml").write_text(MANIFEST.format(root=ROOT))
    (folder / "src" / "main.rs").write_text("\n".join(modules) + "\n" + MAIN.format(arms="\n".join(arms)))
    command = ["cargo", "build", "--quiet", "--message-format=json-render-diagnostics"]
    built = subprocess.run(command, cwd=folder, check=True, stdout=subprocess.PIPE, text=True)
    messages = map(json.loads, built.stdout.splitlines())
    return [m["executable"] for m in messages if m.get("executable")][0]


def run(program, number, weights, image, folder):
    """Answers by name, flat: scores, and maps in the order height, width, channels. `weights` is a safetensors file."""
    image_file = folder / "image.f32"
    image_file.write_bytes(image.astype("<f4").tobytes())
    ran = subprocess.run([program, str(number), weights, image_file], check=True, stdout=subprocess.PIPE, text=True)
    answers = json.loads("{" + ran.stdout.rstrip().rstrip(",") + "}")
    return {name: np.asarray(values) for name, values in answers.items()}
