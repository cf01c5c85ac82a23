//! Any bytes are a checkpoint whose tensors claim no more than the file is worth, or an error: zip and pickle, old pickles, HDF5,
//! Keras' archives, safetensors. The first bytes of a file say which reader it is for, and the seeds are one of each.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mnv3_convert::{ConvertOptions, read};

fuzz_target!(|bytes: &[u8]| {
    match read(bytes, &ConvertOptions::default()) {
        Ok(checkpoint) => {
            let claimed: usize = checkpoint.tensors.iter().map(|tensor| tensor.data.len()).sum();
            assert!(claimed <= 4 * bytes.len(), "{claimed} bytes from {}", bytes.len());
            if let Ok(file) = checkpoint.to_safetensors(None) {
                assert!(read(&file, &ConvertOptions::default()).is_ok(), "what was written is not read");
            }
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
