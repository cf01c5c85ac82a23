//! The Rust backend: the struct that `mobilenet!` defines.

mod act;
mod batch;
mod bottleneck;
mod comment;
#[cfg(test)]
mod emitted;
mod head;
mod items;
mod manifest;
mod maps;
mod preprocess;
mod stem;

use crate::plan::{Buffer, Plan};
use crate::weights::WeightsFile;
use comment::Comments;
use mnv3_spec::network::Network;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

/// The items that a network compiles to, with its weights if they are to be part of the program.
#[must_use]
pub fn tokens(network: &Network, weights: Option<&WeightsFile>) -> TokenStream {
    items::emit(network, weights, &mut Comments::Drop)
}

/// The same as formatted Rust, with the YAML row over each group of statements.
#[must_use]
pub fn pretty(network: &Network) -> String {
    let mut comments = Comments::Keep(Vec::new());
    let items = items::emit(network, None, &mut comments);
    match syn::parse2::<syn::File>(items.clone()) {
        Ok(file) => comments.restore(&prettyplease::unparse(&file)),
        // Tokens made by quote! always parse; should they not, unformatted code is still the most useful answer.
        Err(_) => items.to_string(),
    }
}

/// Statements of the forward function, walked in the order of the network.
struct Body<'p> {
    plan: &'p Plan<'p>,
    comments: &'p mut Comments,
    statements: TokenStream,
    /// Layers written so far: the next one's index in the plan.
    layer: usize,
    /// The buffer that the next map is written to.
    buffer: Buffer,
}

impl<'p> Body<'p> {
    /// The statements of a whole network.
    fn of(plan: &'p Plan<'p>, comments: &'p mut Comments) -> TokenStream {
        let network = plan.network;
        let mut body = Self {
            plan,
            comments,
            statements: TokenStream::new(),
            layer: 0,
            buffer: Buffer::Even,
        };
        stem::emit(&mut body, &network.stem);
        for b in &network.bottlenecks {
            bottleneck::emit(&mut body, b);
        }
        for (i, last) in network.last.iter().enumerate() {
            let name = if i + 1 == network.last.len() {
                "last".to_owned()
            } else {
                format!("last {}", i + 1)
            };
            head::emit_last(&mut body, last, &name);
        }
        if let Some(head) = &network.head {
            head::emit(&mut body, head);
        }
        body.statements
    }

    /// The offset of the next layer's packed weights, as a literal.
    fn next_offset(&mut self) -> TokenStream {
        let offset = self.plan.layers.get(self.layer).map_or(0, |l| l.offset);
        self.layer += 1;
        usize_literal(offset)
    }

    /// The function that makes the next layer: by how its weights are stored.
    fn next_constructor(&self) -> TokenStream {
        match self.plan.layers.get(self.layer) {
            Some(layer) if layer.half => quote!(half_at),
            _ => quote!(at),
        }
    }

    /// The next buffer, as the expression to hand to a layer.
    fn next_buffer(&mut self) -> TokenStream {
        let name = match self.buffer {
            Buffer::Even => quote!(&mut *even),
            Buffer::Odd => quote!(&mut *odd),
        };
        self.buffer = self.buffer.other();
        name
    }

    /// The buffer that a bottleneck writes to: a tapped one has its own.
    fn bottleneck_buffer(&mut self, bottleneck: usize) -> TokenStream {
        let alternating = self.next_buffer();
        match self.plan.taps(bottleneck).first() {
            Some(tap) => {
                let buffer = format_ident!("tap_{}", tap);
                quote!(#buffer)
            }
            None => alternating,
        }
    }

    fn comment(&mut self, source: &mnv3_spec::network::Source, label: &str) {
        let text = format!("{label}   {}   {}:{}", source.text, source.file, source.line);
        self.statements.extend(self.comments.marker(text));
    }
}

/// An unsuffixed literal.
fn usize_literal(n: usize) -> TokenStream {
    let n = proc_macro2::Literal::usize_unsuffixed(n);
    quote!(#n)
}

fn literals<const N: usize>(numbers: [usize; N]) -> [TokenStream; N] {
    numbers.map(usize_literal)
}
