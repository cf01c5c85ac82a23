//! Huffman codes, by tables of what the next bits mean.

use crate::bits::Bits;

/// Bits that are looked up at once; longer codes are rare.
const LOOKED_UP: u32 = 10;
/// Bits that are looked up at once where nobody wants the coefficients: what fits into them is stepped over.
const STEPPED: u32 = 13;

/// The codes of a table of the file.
pub(crate) struct Codes {
    /// By the next bits: length of the code, 0 of a longer one, and its symbol.
    short: Vec<(u8, u8)>,
    /// For each length from 1 on the first code behind those of this length, and what to add to a code to have its symbol's place.
    ends: [(u32, i32); 16],
    symbols: Vec<u8>,
}

/// Coefficients that are stepped over.
#[derive(Clone, Copy, Default)]
pub(crate) struct CodeStride {
    /// 0, if not even one fits.
    pub(crate) bits: u8,
    /// Places by which it goes on.
    pub(crate) places: u8,
    /// Whether the block ends with it.
    pub(crate) is_end: bool,
}

/// How far each sequence of bits goes.
pub(crate) struct CodeStrides(Vec<CodeStride>);

impl Codes {
    /// Of the numbers of codes of each length, and their symbols; nothing, if there are more codes than fit.
    pub(crate) fn new(counts: &[u8; 16], symbols: &[u8]) -> Option<Self> {
        let mut short = vec![(0, 0); 1 << LOOKED_UP];
        let mut ends = [(0, 0); 16];
        let (mut code, mut place) = (0u32, 0usize);
        for (length, (count, end)) in (1u32..).zip(counts.iter().zip(&mut ends)) {
            let first = code;
            for symbol in symbols.get(place..place + usize::from(*count))? {
                if length <= LOOKED_UP {
                    let free = LOOKED_UP - length;
                    let all = (code << free) as usize..((code + 1) << free) as usize;
                    short.get_mut(all)?.fill((length as u8, *symbol));
                }
                code += 1;
            }
            if code > 1 << length {
                return None;
            }
            *end = (code, place as i32 - first as i32);
            place += usize::from(*count);
            code <<= 1;
        }
        Some(Self {
            short,
            ends,
            symbols: symbols.to_vec(),
        })
    }

    /// The next symbol; nothing, if there is no such code.
    #[inline(always)]
    pub(crate) fn next(&self, bits: &mut Bits<'_>) -> Option<u8> {
        let (length, symbol) = self.short[bits.peek(LOOKED_UP)];
        if length > 0 {
            bits.skip(length.into());
            return Some(symbol);
        }
        self.next_long(bits)
    }

    #[cold]
    fn next_long(&self, bits: &mut Bits<'_>) -> Option<u8> {
        for length in LOOKED_UP + 1..=16 {
            let code = bits.peek(length) as u32;
            let (end, shift) = self.ends[length as usize - 1];
            if code < end {
                bits.skip(length);
                let place = usize::try_from(code as i32 + shift).ok()?;
                return self.symbols.get(place).copied();
            }
        }
        None
    }

    /// What the codes of coefficients step over.
    pub(crate) fn strides(&self) -> CodeStrides {
        let stride = |window: u32| {
            let mut stride = CodeStride::default();
            loop {
                let used = u32::from(stride.bits);
                // What is left of the window, from its highest bit.
                let left = (window << used) & ((1 << STEPPED) - 1);
                let (length, symbol) = self.short[(left >> (STEPPED - LOOKED_UP)) as usize];
                let (run, size) = (symbol >> 4, symbol & 15);
                let bits = used + u32::from(length) + u32::from(size);
                if length == 0 || bits > STEPPED {
                    return stride;
                }
                stride.bits = bits as u8;
                if size == 0 && run < 15 {
                    stride.is_end = true;
                    return stride;
                }
                stride.places += run + 1;
            }
        };
        CodeStrides((0..1 << STEPPED).map(stride).collect())
    }
}

impl CodeStrides {
    #[inline(always)]
    pub(crate) fn next(&self, bits: &Bits<'_>) -> CodeStride {
        self.0[bits.peek(STEPPED)]
    }
}
