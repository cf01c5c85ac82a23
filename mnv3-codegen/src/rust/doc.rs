//! What an editor shows of a network: what it does, what it costs, and its table.

use crate::plan::Plan;
use mnv3_ir::Visible;
use mnv3_spec::network::{Classes, Network, OutputActivation};

/// Lines of the network's documentation.
pub(super) fn of_network(plan: &Plan<'_>) -> Vec<String> {
    let network = plan.network;
    let input = network.input;
    let output = output(network);
    let mut lines = vec![
        format!(
            " {}, compiled from `{}` (dialect {}): an image of {} x {} x {} (height, width, channels) to {output}.",
            network.name,
            Visible(&network.file),
            network.dialect,
            input.h,
            input.w,
            input.c,
        ),
        String::new(),
        format!(
            " {} parameters, {} multiply-adds.",
            thousands(network.parameters()),
            thousands(network.multiply_adds())
        ),
        String::new(),
        " ```text".to_owned(),
    ];
    let label = |name: &str| name.strip_prefix("bottleneck ").unwrap_or(name).to_owned();
    let width = plan
        .graph
        .rows
        .iter()
        .map(|row| label(&row.name).len())
        .max()
        .unwrap_or(0);
    for row in &plan.graph.rows {
        // Backticks would end the block.
        let text = row.source.text.replace('`', "'");
        lines.push(format!(" {:width$}   {}", label(&row.name), Visible(&text)));
    }
    lines.push(" ```".to_owned());
    lines
}

/// What it gives.
fn output(network: &Network) -> String {
    if let Some(head) = network.detect() {
        let (anchors, classes) = (head.anchors(), head.classes);
        return format!("logits and offsets of {anchors} anchors, for boxes of {classes} classes");
    }
    match (network.classes(), network.vector()) {
        (Some(Classes { layer, activation }), _) => {
            let what = match activation {
                OutputActivation::Identity => "logits",
                OutputActivation::Softmax => "probabilities",
                OutputActivation::Sigmoid => "probabilities, each by itself",
            };
            format!("{} {what}", layer.output)
        }
        (None, Some(width)) => format!("an embedding of {width} numbers"),
        (None, None) => match network.segment() {
            Some(head) => format!("{} logits of each pixel", head.classes),
            None => {
                let shape = network.features();
                format!("a map of {} x {} x {}", shape.h, shape.w, shape.c)
            }
        },
    }
}

/// 5483032 as 5,483,032.
#[must_use]
pub fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::thousands;
    use crate::plan::Plan;
    use crate::rust::emitted::tiny;

    #[test]
    fn a_network_says_what_it_does_and_costs_and_shows_its_table() {
        insta::assert_snapshot!(super::of_network(&Plan::new(&tiny(&[]))).join("\n"), @"
        Tiny, compiled from `tiny.yaml` (dialect torchvision): an image of 16 x 24 x 3 (height, width, channels) to 5 logits.

        5,213 parameters, 254,052 multiply-adds.

        ```text
        stem   { k: 3, out: 16, nl: HS, s: 2 }
        1      { k: 3, exp: 16, out: 16, se: true, nl: RE, s: 1 }
        2      { k: [3, 5], exp: 40, out: 24, se: false, nl: HS, s: [2, 1] }
        last   { out: 32, nl: HS }
        head   { pool: avg, hidden: 20, nl: HS, classes: 5 }
        ```
        ");
    }

    #[test]
    fn thousands_are_separated_from_the_right() {
        let written = [0, 12, 999, 1000, 123_456, 1_234_567, 2_542_856, u64::MAX].map(thousands);
        let expected = [
            "0",
            "12",
            "999",
            "1,000",
            "123,456",
            "1,234,567",
            "2,542,856",
            "18,446,744,073,709,551,615",
        ];
        assert_eq!(written, expected);
    }
}
