//! Weights of a network, from any file that has them.

use crate::error::Error;
use crate::source;
use mnv3::Threads;
use mnv3_codegen::Plan;
use mnv3_exec::Exec;
use mnv3_ir::Visible;
use mnv3_spec::Network;
use std::path::Path;

/// Bytes of a weights file: the largest published MobileNetV3 has 60 MB, a training checkpoint of it 250.
pub(crate) const MOST_BYTES: u64 = 4 << 30;

/// Those of a file that `mnv3 pack` wrote as they are, those of a checkpoint as safetensors.
pub(crate) fn read(path: &Path, network: &Network) -> Result<Vec<u8>, Error> {
    let bytes = source::bytes(path, MOST_BYTES).map_err(|reason| Error::Read {
        path: path.to_owned(),
        reason,
    })?;
    if mnv3_weights::is_prepacked(&bytes) {
        return Ok(bytes);
    }
    let refused = |reason| Error::Checkpoint {
        path: path.to_owned(),
        reason,
    };
    let options = mnv3_convert::ConvertOptions {
        spec: Some(network),
        folder: path.parent(),
        ..mnv3_convert::ConvertOptions::default()
    };
    let checkpoint = mnv3_convert::read(&bytes, &options).map_err(refused)?;
    let report = mnv3_convert::check(network, &checkpoint).map_err(refused)?;
    if !report.fits() {
        return Err(Error::Misfit {
            path: path.to_owned(),
            report: Box::new(report),
        });
    }
    checkpoint.to_safetensors(None).map_err(refused)
}

/// The network of a plan with the weights of a file, its layers divided among so many threads.
pub(crate) fn exec<'p>(plan: &'p Plan<'p>, path: &Path, threads: usize) -> Result<Exec<'p>, Error> {
    let bytes = read(path, plan.network)?;
    let exec = exec_of(plan, path, &bytes)?;
    Ok(match threads {
        1 => exec,
        several => exec.with_threads(Threads::new(several)?),
    })
}

/// The same with what was read of the file, on one thread.
pub(crate) fn exec_of<'p>(plan: &'p Plan<'p>, path: &Path, bytes: &[u8]) -> Result<Exec<'p>, Error> {
    if !plan.is_int8() && mnv3_weights::tensor(bytes, mnv3_weights::SCALES_OF).is_some() {
        let name = path.to_string_lossy();
        anstream::eprintln!(
            "{}: it has scales for eight bits, which are not used: the spec does not say `precision: int8`",
            Visible(&name)
        );
    }
    Exec::new(plan, bytes).map_err(|reason| Error::Unfit {
        path: path.to_owned(),
        reason,
    })
}
