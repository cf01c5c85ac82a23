//! What stands before the pixels.

use crate::huffman::Codes;

/// The order in which frequencies are written: their places in rows of eight.
pub(crate) const ZIGZAG: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21,
    28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54,
    47, 55, 62, 63,
];

/// A file that can be decoded at a fraction of its size.
pub struct Header<'d> {
    /// Rows and columns.
    pub(crate) size: [u16; 2],
    pub(crate) components: Vec<Component>,
    pub(crate) codes_of_dc: [Option<Codes>; 4],
    pub(crate) codes_of_ac: [Option<Codes>; 4],
    /// Blocks between restarts, in units of all components; 0 without restarts.
    pub(crate) restart_interval: u16,
    /// From the first bit of the scan to the end of the file.
    pub(crate) scan: &'d [u8],
    exif: Option<&'d [u8]>,
}

/// Luma, or a colour difference.
pub(crate) struct Component {
    id: u8,
    /// Blocks of it in a unit of all components: rows and columns, 1 or 2 each.
    pub(crate) sampling: [usize; 2],
    table: u8,
    /// By which its coefficients are multiplied, in the order in which they are written.
    pub(crate) quantisation: [u16; 64],
    pub(crate) dc: usize,
    pub(crate) ac: usize,
}

/// What a header is made of while it is read.
#[derive(Default)]
struct Parts<'d> {
    size: Option<[u16; 2]>,
    components: Vec<Component>,
    tables: [Option<[u16; 64]>; 4],
    codes_of_dc: [Option<Codes>; 4],
    codes_of_ac: [Option<Codes>; 4],
    restart_interval: u16,
    exif: Option<&'d [u8]>,
    /// Of Adobe's segment: whether colours are YCbCr.
    is_ycbcr: Option<bool>,
}

impl<'d> Header<'d> {
    /// Nothing, if it is another file than a camera's, whole or not: this decoder has no opinion of it.
    #[must_use]
    pub fn read(bytes: &'d [u8]) -> Option<Self> {
        let mut rest = bytes.strip_prefix(b"\xff\xd8")?;
        let mut parts = Parts::default();
        loop {
            let [0xff, marker, tail @ ..] = rest else { return None };
            // Bytes of ones may stand before a marker.
            if *marker == 0xff {
                rest = &rest[1..];
                continue;
            }
            let length = usize::from(u16::from_be_bytes(*tail.first_chunk()?));
            let segment = tail.get(2..length)?;
            rest = tail.get(length..)?;
            match marker {
                // Baseline, and extended sequential with Huffman codes.
                0xc0 | 0xc1 => parts.frame(segment)?,
                0xc4 => parts.huffman(segment)?,
                0xdb => parts.quantisation(segment)?,
                0xdd => parts.restart_interval = u16::from_be_bytes(segment.try_into().ok()?),
                0xda => return parts.scan(segment, rest),
                0xe1 if parts.exif.is_none() => parts.exif = segment.strip_prefix(b"Exif\0\0"),
                0xee if segment.starts_with(b"Adobe") => {
                    parts.is_ycbcr = segment.get(11).map(|transform| *transform == 1)
                }
                // Comments, and what applications put there.
                0xe0..=0xef | 0xfe => {}
                _ => return None,
            }
        }
    }

    /// Rows and columns of the picture.
    #[must_use]
    pub fn size(&self) -> [u32; 2] {
        self.size.map(u32::from)
    }

    /// The first Exif segment, without its mark: what says how a picture is to be turned.
    #[must_use]
    pub fn exif(&self) -> Option<&'d [u8]> {
        self.exif
    }
}

impl<'d> Parts<'d> {
    fn frame(&mut self, segment: &[u8]) -> Option<()> {
        let [8, h0, h1, w0, w1, count, components @ ..] = segment else {
            return None;
        };
        let size = [u16::from_be_bytes([*h0, *h1]), u16::from_be_bytes([*w0, *w1])];
        let (components, rest) = components.as_chunks::<3>();
        let known = matches!(count, 1 | 3) && components.len() == usize::from(*count) && rest.is_empty();
        if self.size.is_some() || size.contains(&0) || !known {
            return None;
        }
        for [id, sampling, table] in components {
            let sampling = [sampling & 15, sampling >> 4].map(usize::from);
            if sampling.iter().any(|blocks| !(1..=2).contains(blocks)) || *table > 3 {
                return None;
            }
            self.components.push(Component {
                id: *id,
                // One component by itself is in units of a block.
                sampling: if *count == 1 { [1, 1] } else { sampling },
                table: *table,
                quantisation: [0; 64],
                dc: 0,
                ac: 0,
            });
        }
        self.size = Some(size);
        Some(())
    }

    fn quantisation(&mut self, mut segment: &[u8]) -> Option<()> {
        while let [kind, rest @ ..] = segment {
            let (precision, place) = (kind >> 4, usize::from(kind & 15));
            let table = self.tables.get_mut(place)?;
            let mut numbers = [0; 64];
            let length = match precision {
                0 => {
                    let bytes = rest.first_chunk::<64>()?;
                    numbers
                        .iter_mut()
                        .zip(bytes)
                        .for_each(|(number, byte)| *number = u16::from(*byte));
                    64
                }
                1 => {
                    let bytes = rest.first_chunk::<128>()?.as_chunks::<2>().0;
                    numbers
                        .iter_mut()
                        .zip(bytes)
                        .for_each(|(number, two)| *number = u16::from_be_bytes(*two));
                    128
                }
                _ => return None,
            };
            *table = Some(numbers);
            segment = &rest[length..];
        }
        Some(())
    }

    fn huffman(&mut self, mut segment: &[u8]) -> Option<()> {
        while let [kind, rest @ ..] = segment {
            let counts = rest.first_chunk::<16>()?;
            let symbols: usize = counts.iter().map(|count| usize::from(*count)).sum();
            let codes = Codes::new(counts, rest.get(16..16 + symbols)?)?;
            let of = match kind >> 4 {
                0 => &mut self.codes_of_dc,
                1 => &mut self.codes_of_ac,
                _ => return None,
            };
            *of.get_mut(usize::from(kind & 15))? = Some(codes);
            segment = &rest[16 + symbols..];
        }
        Some(())
    }

    /// The scan that has all components and all frequencies.
    fn scan(mut self, segment: &[u8], scan: &'d [u8]) -> Option<Header<'d>> {
        let [count, rest @ ..] = segment else { return None };
        let (components, rest) = rest.split_at_checked(2 * usize::from(*count))?;
        if usize::from(*count) != self.components.len() || rest != [0, 63, 0] {
            return None;
        }
        for (component, [id, codes]) in self.components.iter_mut().zip(components.as_chunks::<2>().0) {
            if *id != component.id {
                return None;
            }
            component.quantisation = (*self.tables.get(usize::from(component.table))?)?;
            (component.dc, component.ac) = (usize::from(codes >> 4), usize::from(codes & 15));
            self.codes_of_dc.get(component.dc)?.as_ref()?;
            self.codes_of_ac.get(component.ac)?.as_ref()?;
        }
        let ids: Vec<u8> = self.components.iter().map(|component| component.id).collect();
        let is_ycbcr = self.is_ycbcr.unwrap_or(ids != *b"RGB");
        if ids.len() == 3 && !is_ycbcr {
            return None;
        }
        Some(Header {
            size: self.size?,
            components: self.components,
            codes_of_dc: self.codes_of_dc,
            codes_of_ac: self.codes_of_ac,
            restart_interval: self.restart_interval,
            scan,
            exif: self.exif,
        })
    }
}
