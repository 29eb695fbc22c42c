// A convolution of each channel by itself: `(batch, H, W, C) → (batch, H', W', C)`.
// The weights are `(SIDE, SIDE, quads)`. The SPAN pixels of a row that a thread reads stay in registers. The host sets SIDE, STRIDE and
// SPAN, and repeats the lines between `#for` and `#end`.

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
#for p PIXELS
    write(line, strip * PIXELS + $pu, quad, sum_$p);
#end
}
