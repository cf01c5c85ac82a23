mnv3::mobilenet!("specs/text-direction.yaml");
mnv3::mobilenet!("specs/small.yaml");

fn classify(network: &TextDirection, image: &[f32; 48 * 192 * 3]) {
    network.forward_into(&mut MobileNetV3Small::workspace(), image, &mut [0.0; 2]);
}

fn main() {}
