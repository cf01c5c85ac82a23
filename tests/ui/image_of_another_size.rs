mnv3::mobilenet!("specs/text-direction.yaml");

fn classify(network: &TextDirection, image: &[f32; 48 * 192]) {
    network.forward_into(&mut TextDirection::workspace(), image, &mut [0.0; 2]);
}

fn main() {}
