//! Networks that no PyTorch module is written for.

use mnv3_spec::network::{Network, Segment, Upsampling};

/// What a network has that no module is written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoModule {
    Detector,
    Decoder,
    SigmoidGate,
}

impl NoModule {
    pub(crate) fn of(network: &Network) -> Option<Self> {
        let decodes = |head: &Segment| matches!(head.upsampling, Upsampling::Decoder(_));
        let mut gates = network
            .bottlenecks
            .iter()
            .filter_map(|block| block.squeeze_excite.as_ref());
        if network.detect().is_some() {
            Some(Self::Detector)
        } else if network.segment().is_some_and(decodes) {
            Some(Self::Decoder)
        } else {
            gates.any(|gate| gate.sigmoid).then_some(Self::SigmoidGate)
        }
    }

    pub(crate) fn what(self) -> &'static str {
        match self {
            Self::Detector => "heads that detect",
            Self::Decoder => "decoders of heads that segment",
            Self::SigmoidGate => "gates that are sigmoids",
        }
    }

    pub(crate) fn help(self) -> &'static str {
        match self {
            Self::Detector => "train torchvision's own ssdlite: the compiled network loads its state_dict",
            Self::Decoder => "train one with low in place of decoder",
            Self::SigmoidGate => "train one without gate: sigmoid in its conventions",
        }
    }
}
