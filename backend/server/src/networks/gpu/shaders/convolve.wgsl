// A convolution of the normalised picture, three channels to all: `(batch, H, W, 4) → (batch, H', W', N)`.
// A thread reads its weights `(SIDE, SIDE, 3, quads)` once for all its pixels. The host sets SIDE and STRIDE, and repeats the lines between
// `#for` and `#end`.

// The pixel, or zero outside of the picture: a negative position wraps to a large one.
fn pixel(first: u32, row: u32, column: u32) -> vec4<f32> {
    if row >= sizes.height || column >= sizes.width {
        return vec4<f32>();
    }
    return map[first + row * sizes.width + column];
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
#for p PIXELS
    write(line, strip * PIXELS + $pu, quad, sum_$p);
#end
}
