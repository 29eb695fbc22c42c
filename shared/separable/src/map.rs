//! The memory layout of a feature map.

/// Channels that are stored side by side: two vectors of four float32.
pub const LANES: usize = 8;

/// Eight channels of one pixel: the unit of memory everywhere in this crate.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[repr(C, align(32))]
pub struct Block(pub [f32; LANES]);

/// A feature map, `(C / 8, H, W, 8)` row-major (NCHW8c): for each block of eight channels, all pixels.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Map {
    pub(crate) blocks: usize,
    pub(crate) height: usize,
    pub(crate) width: usize,
    pub(crate) values: Vec<Block>,
}

/// Where rows of pixels are in a buffer of blocks: pixel `(y, x)` of channel block `c` is at `start + c · plane + y · row + x`.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// Blocks before the first pixel.
    pub start: usize,
    /// Distance from one channel block to the next, in blocks.
    pub plane: usize,
    /// Distance from one row to the next, in blocks.
    pub row: usize,
}

impl Map {
    /// A map of zeros.
    #[must_use]
    pub fn zeros(blocks: usize, height: usize, width: usize) -> Self {
        Self { blocks, height, width, values: vec![Block::default(); blocks * height * width] }
    }

    /// A map of `(C, H, W)` row-major numbers. Channels up to the next multiple of eight are zero.
    ///
    /// # Panics
    /// When `planar` is not a whole number of channels.
    #[must_use]
    pub fn from_planar(planar: &[f32], height: usize, width: usize) -> Self {
        let area = height * width;
        assert!(area > 0 && planar.len().is_multiple_of(area), "expected whole channels of {height}×{width}");
        let mut map = Self::zeros((planar.len() / area).div_ceil(LANES), height, width);
        for (channel, plane) in planar.chunks_exact(area).enumerate() {
            let blocks = &mut map.values[channel / LANES * area..][..area];
            for (block, &value) in blocks.iter_mut().zip(plane) {
                block.0[channel % LANES] = value;
            }
        }
        map
    }

    /// The first `channels` channels as `(channels, H, W)` row-major numbers.
    ///
    /// # Panics
    /// When the map has fewer channels.
    #[must_use]
    pub fn to_planar(&self, channels: usize) -> Vec<f32> {
        assert!(channels <= self.blocks * LANES, "the map has {} channels, not {channels}", self.blocks * LANES);
        let area = self.height * self.width;
        let mut planar = vec![0.0; channels * area];
        for (channel, plane) in planar.chunks_exact_mut(area.max(1)).enumerate() {
            let blocks = &self.values[channel / LANES * area..][..area];
            for (value, block) in plane.iter_mut().zip(blocks) {
                *value = block.0[channel % LANES];
            }
        }
        planar
    }

    /// `(blocks, height, width)`.
    pub(crate) const fn shape(&self) -> [usize; 3] {
        [self.blocks, self.height, self.width]
    }

    /// The view that starts at row `top`.
    pub(crate) const fn rows_from(&self, top: usize) -> View {
        View { start: top * self.width, plane: self.height * self.width, row: self.width }
    }
}
