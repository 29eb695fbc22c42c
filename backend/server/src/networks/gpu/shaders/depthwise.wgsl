// A convolution of each channel by itself: `(batch, H, W, C) → (batch, H', W', C)`.
// A thread computes one quad of channels of PIXELS neighbours in a row; the SPAN pixels of a row that these read stay in registers.
// The host sets SIDE, STRIDE and SPAN, and repeats the lines between `#for` and `#end`.

const PIXELS: u32 = 4u;

struct Sizes {
    height: u32,
    width: u32,
    out_height: u32,
    out_width: u32,
    // Rows above and columns left that count as zero.
    pad_top: u32,
    pad_left: u32,
    // Quads of channels.
    quads: u32,
    // Groups of PIXELS in an output row.
    strips: u32,
    // Where the weights `(SIDE, SIDE, quads)` and the scales and biases `(2, quads)` begin.
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

// A quad of the row that begins at `first`, or zero outside of it: a negative column wraps to a large one.
fn pixel(first: u32, column: u32) -> vec4<f32> {
    if column >= sizes.width {
        return vec4<f32>();
    }
    return map[first + column * sizes.quads];
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
    let rows = line / sizes.out_height * sizes.height;
    let top = line % sizes.out_height * STRIDE - sizes.pad_top;
    let left = strip * PIXELS * STRIDE - sizes.pad_left;
#for p PIXELS
    var sum_$p = vec4<f32>();
#end
    for (var down = 0u; down < SIDE; down++) {
        let row = top + down;
        if row >= sizes.height {
            continue;
        }
        let first = (rows + row) * sizes.width * sizes.quads + quad;
        let taps = sizes.weights + down * SIDE * sizes.quads + quad;
#for x SPAN
        let pixel_$x = pixel(first, left + $xu);
#end
#for t SIDE
        let tap_$t = vec4<f32>(weights[taps + $tu * sizes.quads]);
#end
#for p PIXELS
#for t SIDE
        sum_$p += pixel_$(p*STRIDE+t) * tap_$t;
#end
#end
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
