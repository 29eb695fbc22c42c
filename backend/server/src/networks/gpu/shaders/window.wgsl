// Before the shaders that move a window of SIDE × SIDE over a map: `(batch, H, W, …) → (batch, H', W', quads)`.
// A thread computes one quad of channels of PIXELS neighbours in a row.

const PIXELS: u32 = 4u;

struct Sizes {
    height: u32,
    width: u32,
    out_height: u32,
    out_width: u32,
    // Rows above and columns left that count as zero.
    pad_top: u32,
    pad_left: u32,
    // Quads of output channels.
    quads: u32,
    // Groups of PIXELS in an output row.
    strips: u32,
    // Where the weights and the scales and biases `(2, quads)` begin.
    weights: u32,
    numbers: u32,
    low: f32,
    high: f32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(2) var<storage, read> map: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> weights: array<Weights>;
@group(0) @binding(5) var<storage, read> numbers: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> out: array<vec4<f32>>;

// Scales a sum, adds the bias, bounds it and writes it to column `x` of a line; columns beyond the line's end are dropped.
fn write(line: u32, x: u32, quad: u32, sum: vec4<f32>) {
    if x < sizes.out_width {
        let value = sum * numbers[sizes.numbers + quad] + numbers[sizes.numbers + sizes.quads + quad];
        out[(line * sizes.out_width + x) * sizes.quads + quad] = clamp(value, vec4<f32>(sizes.low), vec4<f32>(sizes.high));
    }
}
