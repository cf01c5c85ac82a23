//! From the table to the graph: each row to its ops, in order.

mod block;
mod classify;
mod detect;
mod segment;

use crate::graph::{Graph, Op, OpKind, Output, OutputKind, Row, ValueId};
use crate::network::{Act, Conv, Dense, Head, Network, Shape, Source, Tapped};

impl<'n> Graph<'n> {
    /// Lowers a table.
    #[must_use]
    pub fn of(network: &'n Network) -> Self {
        let mut graph = Self {
            network,
            rows: Vec::new(),
            values: vec![network.input],
            ops: Vec::new(),
            input: ValueId(0),
            outputs: Vec::new(),
        };
        graph.row("stem".to_owned(), &network.stem.source);
        let mut x = graph.conv(&network.stem, graph.input);
        graph.tap(Tapped::Stem, x);
        let mut of_rows = vec![x];
        for block in &network.bottlenecks {
            graph.row(format!("bottleneck {}", block.number), &block.source);
            x = graph.bottleneck(block, x);
            graph.tap(Tapped::Bottleneck(block.number), x);
            of_rows.push(x);
        }
        for (i, last) in network.last.iter().enumerate() {
            let name = if i + 1 == network.last.len() {
                "last".to_owned()
            } else {
                format!("last {}", i + 1)
            };
            graph.row(name, &last.source);
            let kind = OpKind::Pointwise {
                act: last.act,
                tensors: &last.tensors,
            };
            x = graph.op("conv", kind, &[x], last.output);
        }
        graph.tap(Tapped::Last, x);
        match &network.head {
            None => graph.output("features", OutputKind::Map, x),
            Some(Head::Classify(head)) => {
                graph.row("head".to_owned(), &head.source);
                let name = match head.classes {
                    Some(_) => "scores",
                    None => "embedding",
                };
                let vector = graph.classify(head, x);
                graph.output(name, OutputKind::Vector, vector);
            }
            Some(Head::Segment(head)) => {
                graph.row("head".to_owned(), &head.source);
                let logits = graph.segment(head, &of_rows, x);
                graph.output("logits", OutputKind::Map, logits);
            }
            Some(Head::Detect(head)) => {
                let maps = head.maps.iter().map(|of| graph.tappable(*of)).collect();
                graph.detect(head, maps);
            }
        }
        graph
    }

    fn row(&mut self, name: String, source: &'n Source) {
        self.rows.push(Row { name, source });
    }

    /// The value that taps call so; the resolver has found that there is one.
    fn tappable(&self, of: Tapped) -> ValueId {
        let named = |row: &str, op: Option<&str>| {
            let here = |o: &&Op<'_>| self.rows[o.row].name == row && op.is_none_or(|name| o.name == name);
            self.ops.iter().rfind(here).map(|op| op.output)
        };
        let found = match of {
            Tapped::Stem => named("stem", None),
            Tapped::Bottleneck(number) => named(&format!("bottleneck {number}"), None),
            Tapped::Expand(number) => named(&format!("bottleneck {number}"), Some("expand")),
            Tapped::Last => named("last", None),
        };
        match found {
            Some(value) => value,
            None => unreachable!("{of:?} was resolved"),
        }
    }

    /// Hands a value to the caller, once for each tap of it.
    fn tap(&mut self, of: Tapped, value: ValueId) {
        let taps = self.network.taps.iter().filter(|tap| tap.of == of);
        self.outputs.extend(taps.map(|tap| Output {
            name: &tap.name,
            value,
            kind: OutputKind::Tap,
        }));
    }

    /// Hands a value to the caller.
    fn output(&mut self, name: &'n str, kind: OutputKind, value: ValueId) {
        self.outputs.push(Output { name, value, kind });
    }

    fn op(&mut self, name: &'static str, kind: OpKind<'n>, inputs: &[ValueId], output: Shape) -> ValueId {
        let id = ValueId(self.values.len());
        self.values.push(output);
        self.ops.push(Op {
            name,
            kind,
            inputs: inputs.to_vec(),
            output: id,
            row: self.rows.len().saturating_sub(1),
        });
        id
    }

    fn conv(&mut self, conv: &'n Conv, input: ValueId) -> ValueId {
        let kind = OpKind::Conv {
            window: conv.window,
            act: conv.act,
            tensors: &conv.tensors,
        };
        self.op("conv", kind, &[input], conv.output)
    }

    fn linear(&mut self, name: &'static str, dense: &'n Dense, input: ValueId) -> ValueId {
        let kind = OpKind::Linear {
            act: dense.act,
            tensors: &dense.tensors,
            storage: self.network.matrices,
        };
        self.op(name, kind, &[input], vector(dense.output))
    }

    /// A non-linearity by itself; nothing for the identity.
    fn activation(&mut self, act: Act, input: ValueId) -> ValueId {
        match act {
            Act::Identity => input,
            Act::Relu | Act::Relu6 | Act::HardSigmoid { .. } | Act::HardSwish { .. } => {
                self.op("activation", OpKind::Activation { act }, &[input], self.shape(input))
            }
        }
    }
}

fn vector(c: usize) -> Shape {
    Shape { h: 1, w: 1, c }
}

#[cfg(test)]
mod tests {
    use crate::graph::{Graph, Op, OpKind, OutputKind};
    use crate::network::Network;

    fn network(lines: &str) -> Network {
        let spec = format!(
            "name: Tiny\ndialect: torchvision\ninput: {{ size: [16, 24], channels: 3 }}\n\
             stem: {{ k: 3, out: 16, nl: HS, s: 2 }}\nbottlenecks:\n\
             - {{ k: 3, exp: 16, out: 16, se: true, nl: RE, s: 1 }}\n\
             - {{ k: 3, exp: 40, out: 24, se: false, nl: HS, s: 2 }}\nlast: {{ out: 32, nl: HS }}\n{lines}\n"
        );
        crate::parse("tiny.yaml", &spec).unwrap_or_else(|errors| panic!("{errors}"))
    }

    /// Each op as `output = name(inputs)`, by numbers of values.
    fn text(graph: &Graph<'_>) -> String {
        let op = |op: &Op<'_>| {
            let inputs: Vec<String> = op.inputs.iter().map(|input| input.0.to_string()).collect();
            let shape = graph.shape(op.output);
            let row = &graph.rows[op.row].name;
            let inputs = inputs.join(", ");
            format!(
                "{row}: {} = {}({inputs})  {}x{}x{}\n",
                op.output.0, op.name, shape.h, shape.w, shape.c
            )
        };
        graph.ops.iter().map(op).collect()
    }

    #[test]
    fn a_table_becomes_ops_between_values() {
        let network = network("head: { pool: avg, hidden: 20, nl: HS, classes: 5, softmax: true }");
        insta::assert_snapshot!(text(&network.graph()), @r"
        stem: 1 = conv(0)  8x12x16
        bottleneck 1: 2 = depthwise(1)  8x12x16
        bottleneck 1: 3 = squeeze(2)  1x1x16
        bottleneck 1: 4 = reduce(3)  1x1x8
        bottleneck 1: 5 = excite(4)  1x1x16
        bottleneck 1: 6 = gate(2, 5)  8x12x16
        bottleneck 1: 7 = project(6)  8x12x16
        bottleneck 1: 8 = residual(7, 1)  8x12x16
        bottleneck 2: 9 = expand(8)  8x12x40
        bottleneck 2: 10 = depthwise(9)  4x6x40
        bottleneck 2: 11 = project(10)  4x6x24
        last: 12 = conv(11)  4x6x32
        head: 13 = global pool(12)  1x1x32
        head: 14 = hidden(13)  1x1x20
        head: 15 = classes(14)  1x1x5
        head: 16 = softmax(15)  1x1x5
        ");
    }

    #[test]
    fn outputs_are_taps_and_the_last_map_or_scores_or_an_embedding() {
        let backbone = network("head: none\ntaps: { late: 2, early: 1 }");
        let graph = backbone.graph();
        let names: Vec<&str> = graph.outputs.iter().map(|output| output.name).collect();
        assert_eq!(names, ["early", "late", "features"]);
        let classifier = network("head: { pool: avg, hidden: none, classes: 5 }");
        let graph = classifier.graph();
        assert_eq!(graph.outputs.len(), 1);
        assert!(graph.is_output(graph.ops[graph.ops.len() - 1].output));
        for (hidden, width) in [("none", 32), ("20, nl: RE", 20)] {
            let encoder = network(&format!("head: {{ pool: avg, hidden: {hidden}, classes: none }}"));
            let graph = encoder.graph();
            let output = &graph.outputs[0];
            assert_eq!((output.name, output.kind), ("embedding", OutputKind::Vector));
            assert_eq!((graph.shape(output.value).c, encoder.vector()), (width, Some(width)));
        }
    }

    #[test]
    fn every_value_is_made_once_before_it_is_read() {
        let network = network("head: { pool: [{ kind: max, k: 2, s: 1 }, avg], hidden: none, classes: 5 }");
        let graph = network.graph();
        for (i, op) in graph.ops.iter().enumerate() {
            assert!(op.inputs.iter().all(|input| input.0 <= i), "{op:?}");
            assert_eq!(op.output.0, i + 1);
            assert_eq!(op.kind.tensors().is_some(), op.kind.act().is_some());
            let combines = matches!(op.kind, OpKind::Scale | OpKind::Add);
            assert_eq!(op.inputs.len(), if combines { 2 } else { 1 });
        }
    }
}
