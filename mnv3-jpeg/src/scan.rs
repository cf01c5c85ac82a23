//! From the bits of a scan to pixels.

use crate::bits::Bits;
use crate::colours;
use crate::header::{Component, Header, ZIGZAG};
use crate::huffman::{CodeStrides, Codes};
use crate::idct::{Block, inverse};

/// The part of a picture's height and width that is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denominator {
    /// A pixel for 2 x 2.
    Two,
    /// A pixel for 4 x 4.
    Four,
    /// A pixel for 8 x 8.
    Eight,
}

/// A picture at a fraction of its size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scaled {
    /// Rows and columns: those of the picture over the denominator, rounded up.
    pub size: [usize; 2],
    /// 3 for red, green and blue, 1 for grey.
    pub channels: usize,
    /// Rows of pixels of channels.
    pub pixels: Vec<u8>,
}

impl Denominator {
    /// Pixels of an axis that become one.
    #[must_use]
    pub fn number(self) -> usize {
        8 / self.of_block()
    }

    /// Pixels of an axis that a block becomes.
    fn of_block(self) -> usize {
        match self {
            Self::Two => 4,
            Self::Four => 2,
            Self::Eight => 1,
        }
    }
}

/// One component while it is decoded.
struct ComponentPlane<'h> {
    component: &'h Component,
    dc: &'h Codes,
    ac: &'h Codes,
    strides: CodeStrides,
    /// Pixels that a block becomes: rows and columns.
    block: [usize; 2],
    /// The last place, as frequencies are written, of those that these pixels are made of.
    last: usize,
    /// What the first frequency of the block before was.
    predicted: i32,
    stride: usize,
    pixels: Vec<u8>,
}

impl Header<'_> {
    /// The picture at a fraction of its size; nothing, if the file is broken, or breaks off.
    #[must_use]
    pub fn decode(&self, denominator: Denominator) -> Option<Scaled> {
        let most = [0, 1].map(|axis| self.components.iter().map(|component| component.sampling[axis]).max());
        let [Some(rows), Some(columns)] = most else { return None };
        let most = [rows, columns];
        let size = self.size.map(usize::from);
        let units = [0, 1].map(|axis| size[axis].div_ceil(8 * most[axis]));
        let planes = self
            .components
            .iter()
            .map(|component| self.plane(component, most, units, denominator));
        let mut planes: Vec<ComponentPlane<'_>> = planes.collect::<Option<_>>()?;
        let mut bits = Bits::new(self.scan);
        let mut left = u32::from(self.restart_interval);
        let mut restarts = 0;
        for row in 0..units[0] {
            for column in 0..units[1] {
                if self.restart_interval > 0 {
                    if left == 0 {
                        bits.restart(restarts)?;
                        restarts = (restarts + 1) % 8;
                        left = self.restart_interval.into();
                        planes.iter_mut().for_each(|plane| plane.predicted = 0);
                    }
                    left -= 1;
                }
                for plane in &mut planes {
                    plane.unit(&mut bits, [row, column])?;
                }
            }
            if bits.is_beyond_end() {
                return None;
            }
        }
        Some(shown(&planes, size.map(|n| n.div_ceil(denominator.number()))))
    }

    fn plane<'h>(
        &'h self,
        component: &'h Component,
        most: [usize; 2],
        units: [usize; 2],
        denominator: Denominator,
    ) -> Option<ComponentPlane<'h>> {
        // A component of half the resolution gives twice the pixels of a block, so that all planes are of one size.
        let block = [0, 1].map(|axis| denominator.of_block() * most[axis] / component.sampling[axis]);
        let stride = units[1] * component.sampling[1] * block[1];
        let rows = units[0] * component.sampling[0] * block[0];
        let within = |place: &u8| usize::from(place / 8) < block[0] && usize::from(place % 8) < block[1];
        let ac = self.codes_of_ac.get(component.ac)?.as_ref()?;
        Some(ComponentPlane {
            component,
            dc: self.codes_of_dc.get(component.dc)?.as_ref()?,
            ac,
            strides: ac.strides(),
            block,
            last: ZIGZAG.iter().rposition(within)?,
            predicted: 0,
            stride,
            pixels: vec![0; stride * rows],
        })
    }
}

/// The upper left of the planes, as pixels.
fn shown(planes: &[ComponentPlane<'_>], size: [usize; 2]) -> Scaled {
    let row = |plane: &ComponentPlane<'_>, y: usize| y * plane.stride..y * plane.stride + size[1];
    let mut pixels = Vec::with_capacity(size[0] * size[1] * planes.len());
    for y in 0..size[0] {
        match planes {
            [luma, cb, cr] => {
                let [luma, cb, cr] = [luma, cb, cr].map(|plane| &plane.pixels[row(plane, y)]);
                colours::push_row(luma, cb, cr, &mut pixels);
            }
            planes => planes
                .iter()
                .for_each(|plane| pixels.extend_from_slice(&plane.pixels[row(plane, y)])),
        }
    }
    Scaled {
        size,
        channels: planes.len(),
        pixels,
    }
}

impl ComponentPlane<'_> {
    /// The blocks of a unit.
    #[inline(always)]
    fn unit(&mut self, bits: &mut Bits<'_>, at: [usize; 2]) -> Option<()> {
        let [rows, columns] = self.component.sampling;
        for y in 0..rows {
            for x in 0..columns {
                let [h, w] = self.block;
                let place = (at[0] * rows + y) * h * self.stride + (at[1] * columns + x) * w;
                self.block(bits, place)?;
            }
        }
        Some(())
    }

    #[inline(always)]
    fn block(&mut self, bits: &mut Bits<'_>, place: usize) -> Option<()> {
        bits.refill();
        let size = self.dc.next(bits)?;
        if size > 15 {
            return None;
        }
        self.predicted = self.predicted.wrapping_add(bits.number(size.into()));
        let first = self.predicted.wrapping_mul(self.component.quantisation[0].into());
        let mut block: Block = [[0.0; 8]; 8];
        block[0][0] = first as f32;
        self.others(bits, &mut block)?;
        let pixels = self.pixels.get_mut(place..)?;
        match self.block {
            [1, 1] => inverse::<1, 1>(&block, pixels, self.stride),
            [2, 2] => inverse::<2, 2>(&block, pixels, self.stride),
            [4, 4] => inverse::<4, 4>(&block, pixels, self.stride),
            [8, 8] => inverse::<8, 8>(&block, pixels, self.stride),
            [1, 2] => inverse::<1, 2>(&block, pixels, self.stride),
            [2, 1] => inverse::<2, 1>(&block, pixels, self.stride),
            [2, 4] => inverse::<2, 4>(&block, pixels, self.stride),
            [4, 2] => inverse::<4, 2>(&block, pixels, self.stride),
            [4, 8] => inverse::<4, 8>(&block, pixels, self.stride),
            [8, 4] => inverse::<8, 4>(&block, pixels, self.stride),
            _ => return None,
        }
        Some(())
    }

    /// The frequencies behind the first: those that are wanted, and over the others.
    #[inline(always)]
    fn others(&self, bits: &mut Bits<'_>, block: &mut Block) -> Option<()> {
        let mut place = 0;
        while place < 63 {
            bits.refill();
            if place >= self.last {
                let stride = self.strides.next(bits);
                let behind = place + usize::from(stride.places);
                // Where a block is full, no end is written: what follows is the next block's.
                if stride.bits > 0 && behind + usize::from(stride.is_end) <= 63 {
                    bits.skip(stride.bits.into());
                    if stride.is_end {
                        return Some(());
                    }
                    place = behind;
                    continue;
                }
            }
            let symbol = self.ac.next(bits)?;
            let (run, size) = (usize::from(symbol >> 4), symbol & 15);
            if size == 0 {
                if run < 15 {
                    return Some(());
                }
                place += 16;
                continue;
            }
            place += run + 1;
            let value = bits.number(size.into());
            if place <= self.last {
                let natural = usize::from(ZIGZAG[place]);
                let value = value * i32::from(self.component.quantisation[place]);
                block[natural / 8][natural % 8] = value as f32;
            }
        }
        // More frequencies than a block has.
        (place == 63).then_some(())
    }
}
