mnv3::mobilenet!("specs/tf2-small.yaml");

fn main() {
    let picture = mnv3::image::DynamicImage::new_rgb8(8, 8);
    _ = Tf2MobileNetV3Small::preprocess(&picture);
}
