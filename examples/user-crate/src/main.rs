//! Ten lines: a network of one's own, weights from a file, scores on standard output.

mnv3::mobilenet!("specs/tiny.yaml");

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("name a safetensors file")?;
    let network = Tiny::from_safetensors(&std::fs::read(path)?)?;
    let image = mnv3::ndarray::Array3::from_shape_fn(Tiny::INPUT_SIZE, |(y, x, _)| ((y + x) % 7) as f32 / 7.0);
    println!("{}", network.forward(image.view())?);
    Ok(())
}
