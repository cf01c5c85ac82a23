//! The bits of a scan.

/// Bits from the first to the last of each byte, without the zeros that follow bytes of ones.
pub(crate) struct Bits<'d> {
    data: &'d [u8],
    at: usize,
    /// The next bits, from the highest on; zeros behind the last.
    buffer: u64,
    /// Bits in the buffer.
    count: u32,
    /// Bits in the buffer or taken from it that were not in the data, which ended before.
    invented: u32,
}

impl<'d> Bits<'d> {
    pub(crate) fn new(data: &'d [u8]) -> Self {
        Self {
            data,
            at: 0,
            buffer: 0,
            count: 0,
            invented: 0,
        }
    }

    /// Sees to it that there are more than 32 bits, which is more than a code and its number have.
    #[inline(always)]
    pub(crate) fn refill(&mut self) {
        if self.count > 32 {
            return;
        }
        let next = self.data.get(self.at..).and_then(|rest| rest.first_chunk::<4>());
        match next.map(|bytes| u32::from_be_bytes(*bytes)) {
            Some(four) if !has_ones(four) => {
                self.buffer |= u64::from(four) << (32 - self.count);
                self.count += 32;
                self.at += 4;
            }
            _ => self.refill_by_bytes(),
        }
    }

    #[cold]
    fn refill_by_bytes(&mut self) {
        while self.count <= 56 {
            let byte = match self.data.get(self.at..).unwrap_or_default() {
                [0xff, 0, ..] => {
                    self.at += 2;
                    0xff
                }
                [byte, ..] if *byte != 0xff => {
                    self.at += 1;
                    *byte
                }
                // A marker, or the end.
                _ => {
                    self.invented += 8;
                    0
                }
            };
            self.buffer |= u64::from(byte) << (56 - self.count);
            self.count += 8;
        }
    }

    /// The next bits, as a number; 1 to 32 of them.
    #[inline(always)]
    pub(crate) fn peek(&self, bits: u32) -> usize {
        (self.buffer >> (64 - bits)) as usize
    }

    #[inline(always)]
    pub(crate) fn skip(&mut self, bits: u32) {
        self.buffer <<= bits;
        self.count -= bits;
    }

    /// A number of so many bits, at most 16, whose first bit says that it is positive: as JPEG writes differences and coefficients.
    #[inline(always)]
    pub(crate) fn number(&mut self, bits: u32) -> i32 {
        if bits == 0 {
            return 0;
        }
        let value = self.peek(bits) as i32;
        self.skip(bits);
        if value >> (bits - 1) == 0 {
            value - (1 << bits) + 1
        } else {
            value
        }
    }

    /// Whether bits were taken that are not there.
    pub(crate) fn is_beyond_end(&self) -> bool {
        self.invented > self.count
    }

    /// Goes behind the restart marker that is next; nothing, if another is, or none.
    pub(crate) fn restart(&mut self, number: u8) -> Option<()> {
        if self.is_beyond_end() {
            return None;
        }
        // Whole bytes are left only where there was no marker yet.
        let unread = (self.count - self.invented.min(self.count)) / 8;
        if unread > 0 {
            return None;
        }
        match self.data.get(self.at..)? {
            [0xff, marker, ..] if *marker == 0xd0 + number => {
                *self = Self {
                    at: self.at + 2,
                    ..Self::new(self.data)
                };
                Some(())
            }
            _ => None,
        }
    }
}

/// Whether one of four bytes is all ones.
#[inline(always)]
fn has_ones(four: u32) -> bool {
    let zeros = !four;
    zeros.wrapping_sub(0x0101_0101) & !zeros & 0x8080_8080 != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_come_in_order_without_stuffed_zeros_and_numbers_have_signs() {
        let mut bits = Bits::new(&[0b1010_0110, 0xff, 0, 1, 2, 3, 0xff, 0xd9]);
        bits.refill();
        assert_eq!(bits.number(3), 0b101);
        assert_eq!(bits.number(2), -3);
        assert_eq!((bits.number(1), bits.number(1), bits.number(0)), (1, 1, 0));
        bits.skip(1);
        bits.refill();
        assert_eq!(bits.peek(32), 0xff01_0203);
        bits.skip(32);
        assert!(!bits.is_beyond_end());
        bits.refill();
        bits.skip(1);
        assert!(bits.is_beyond_end());
    }

    #[test]
    fn a_restart_is_taken_where_it_stands() {
        let data = [0b1100_0000, 0xff, 0xd3, 0b1000_0000, 0xff, 0xd4];
        let mut bits = Bits::new(&data);
        bits.refill();
        assert_eq!(bits.restart(3), None);
        bits.skip(2);
        assert_eq!(bits.restart(4), None);
        assert_eq!(bits.restart(3), Some(()));
        bits.refill();
        assert_eq!(bits.peek(8), 0b1000_0000);
        for four in [0xff00_0000u32, 0x00ff_0000, 0x12_ff34, 0x1234_56ff] {
            assert!(has_ones(four));
        }
        assert!(!has_ones(0xfe7f_80fe));
    }
}
