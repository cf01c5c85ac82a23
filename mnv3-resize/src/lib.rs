//! Pictures of bytes, resampled to the very bytes that Pillow's `Image.resize` gives.
//!
//! The libraries that train image networks resize with Pillow, so that a network's input is the same only if the
//! resampling is: its coefficients, the order of its passes and the rounding to bytes between them. All is that of Pillow 13;
//! earlier versions differ in the order for tall pictures that shrink, nowhere else.
//!
//! Only the window of the target that is asked for is computed, and only the rows of the source that it sees are read.
//! Memory is bounded by a few rows of the source's width cut into pieces and by the rows that are being summed, never by
//! the picture: an edge may be a pixel or millions of pixels long.
//!
//! ```
//! use mnv3_resize::{Filter, Resize};
//!
//! let resize = Resize::whole([2, 2], [1, 4], 1, Filter::Bilinear);
//! let mut row = [0; 4];
//! resize.run(&[0, 200, 0, 200], &mut row)?;
//! assert_eq!(row, [0, 50, 150, 200]);
//! # Ok::<(), mnv3_resize::ResizeError>(())
//! ```

mod axis;
mod blocks;
mod filter;
mod finish;
mod gather;
mod horizontal;
mod nearest;
mod parts;
mod passes;
mod products;
mod rows;
mod turn;
mod vertical;

pub use fearless_simd::Level;
pub use filter::Filter;

/// One resampling: from which size to which, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resize {
    /// Rows and columns of the source.
    pub from: [usize; 2],
    /// Rows and columns that the whole source becomes.
    pub to: [u64; 2],
    /// First row and column of the window of these that is computed.
    pub start: [u64; 2],
    /// Rows and columns of the window.
    pub size: [usize; 2],
    /// Bytes of a pixel, each resampled for itself: 1, 3 or 4. (Pillow weighs colours with alpha in its mode RGBA; its
    /// four-channel modes without alpha are what 4 channels are here.)
    pub channels: usize,
    /// Of the resampling.
    pub filter: Filter,
}

/// Why nothing was resampled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ResizeError {
    /// An edge has no pixels.
    #[error("an edge has no pixels: {rows} x {columns} of the {what}")]
    Empty {
        /// Source, target or window.
        what: &'static str,
        /// Rows.
        rows: u64,
        /// Columns.
        columns: u64,
    },
    /// Pixels are of one, three or four bytes.
    #[error("pixels of {0} channels: they must be of 1, 3 or 4")]
    Channels(usize),
    /// The window ends outside of the target.
    #[error("the window ends at row {}, column {} of a target of {} x {}", end[0], end[1], to[0], to[1])]
    Window {
        /// The window's last row and column, plus one; `u64::MAX` where that is more.
        end: [u64; 2],
        /// Rows and columns of the target.
        to: [u64; 2],
    },
    /// A buffer has another length than its size says.
    #[error("the {what} has {found} bytes, {rows} rows x {columns} columns x {channels} channels are another number")]
    Length {
        /// Source or window.
        what: &'static str,
        /// Bytes that it has.
        found: usize,
        /// Rows.
        rows: usize,
        /// Columns.
        columns: usize,
        /// Bytes of a pixel.
        channels: usize,
    },
}

impl Resize {
    /// All of the target.
    #[must_use]
    pub fn whole(from: [usize; 2], to: [usize; 2], channels: usize, filter: Filter) -> Self {
        Self {
            from,
            to: to.map(|n| n as u64),
            start: [0, 0],
            size: to,
            channels,
            filter,
        }
    }

    /// Fills `window` from `source`, both rows x columns x channels, at the best SIMD level of the processor.
    ///
    /// # Errors
    /// An edge has no pixels, the window is not inside of the target, or a buffer's length is not that of its size.
    pub fn run(&self, source: &[u8], window: &mut [u8]) -> Result<(), ResizeError> {
        self.run_on(Level::new(), source, window)
    }

    /// The same at a level of choice; the bytes do not depend on it.
    ///
    /// # Errors
    /// Those of [`run`](Self::run).
    pub fn run_on(&self, level: Level, source: &[u8], window: &mut [u8]) -> Result<(), ResizeError> {
        self.check(source, window)?;
        match (self.filter.shape(), self.channels) {
            (None, 1) => nearest::run::<1>(self, source, window),
            (None, 3) => nearest::run::<3>(self, source, window),
            (None, _) => nearest::run::<4>(self, source, window),
            (Some(shape), _) => passes::run(level, self, shape, source, window),
        }
        Ok(())
    }

    fn check(&self, source: &[u8], window: &[u8]) -> Result<(), ResizeError> {
        let sizes = [
            ("source", self.from.map(|n| n as u64)),
            ("target", self.to),
            ("window", self.size.map(|n| n as u64)),
        ];
        for (what, [rows, columns]) in sizes {
            if rows == 0 || columns == 0 {
                return Err(ResizeError::Empty { what, rows, columns });
            }
        }
        if !matches!(self.channels, 1 | 3 | 4) {
            return Err(ResizeError::Channels(self.channels));
        }
        let end = [0, 1].map(|axis| self.start[axis].saturating_add(self.size[axis] as u64));
        if end[0] > self.to[0] || end[1] > self.to[1] {
            return Err(ResizeError::Window { end, to: self.to });
        }
        for (what, found, [rows, columns]) in [("source", source.len(), self.from), ("window", window.len(), self.size)]
        {
            let wanted = rows.checked_mul(columns).and_then(|n| n.checked_mul(self.channels));
            if wanted != Some(found) {
                let channels = self.channels;
                return Err(ResizeError::Length {
                    what,
                    found,
                    rows,
                    columns,
                    channels,
                });
            }
        }
        Ok(())
    }
}
