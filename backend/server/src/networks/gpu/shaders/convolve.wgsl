// A convolution of the normalised picture, three channels to all: `(batch, H, W, 4) → (batch, H', W', N)`.
// A thread computes one quad of channels of PIXELS neighbours in a row, so that it reads its weights once for all of them.
// The host sets SIDE and STRIDE, and repeats the lines between `#for` and `#end`.

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
    // Where the weights `(SIDE, SIDE, 3, quads)` and the scales and biases `(2, quads)` begin.
    weights: u32,
    numbers: u32,
    low: f32,
    high: f32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(2) var<storage, read> picture: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> weights: array<Weights>;
@group(0) @binding(5) var<storage, read> numbers: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> out: array<vec4<f32>>;

// The pixel, or zero outside of the picture: a negative position wraps to a large one.
fn pixel(first: u32, row: u32, column: u32) -> vec4<f32> {
    if row >= sizes.height || column >= sizes.width {
        return vec4<f32>();
    }
    return picture[first + row * sizes.width + column];
}

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let thread = thread_of(workgroup, groups, local);
    let quad = thread % sizes.quads;
    let strip = thread / sizes.quads % sizes.strips;
    let line = thread / (sizes.quads * sizes.strips);
    if line >= run.batch * sizes.out_height {
        return;
    }
    let first = line / sizes.out_height * sizes.height * sizes.width;
    let top = line % sizes.out_height * STRIDE - sizes.pad_top;
    let left = strip * PIXELS * STRIDE - sizes.pad_left;
#for p PIXELS
    var sum_$p = vec4<f32>();
#end
    var at = sizes.weights + quad;
    for (var row = top; row != top + SIDE; row++) {
        for (var column = left; column != left + SIDE; column++) {
            let red = vec4<f32>(weights[at]);
            let green = vec4<f32>(weights[at + sizes.quads]);
            let blue = vec4<f32>(weights[at + 2u * sizes.quads]);
            at += 3u * sizes.quads;
#for p PIXELS
            let rgb_$p = pixel(first, row, column + $pu * STRIDE);
            sum_$p += rgb_$p.x * red + rgb_$p.y * green + rgb_$p.z * blue;
#end
        }
    }
    let scale = numbers[sizes.numbers + quad];
    let bias = numbers[sizes.numbers + sizes.quads + quad];
    let begin = line * sizes.out_width;
    let x = strip * PIXELS;
#for p PIXELS
    if x + $pu < sizes.out_width {
        let value_$p = clamp(sum_$p * scale + bias, vec4<f32>(sizes.low), vec4<f32>(sizes.high));
        out[(begin + x + $pu) * sizes.quads + quad] = value_$p;
    }
#end
}
