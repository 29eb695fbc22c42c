// Means of rectangles that fill a map: `(batch, H, W, C) → (batch, H / down, W / across, C)`. A thread computes one quad.

struct Sizes {
    width: u32,
    out_height: u32,
    out_width: u32,
    quads: u32,
    // Rows and columns of a rectangle.
    down: u32,
    across: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(2) var<storage, read> map: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> out: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let thread = thread_of(workgroup, groups, local);
    let quad = thread % sizes.quads;
    let x = thread / sizes.quads % sizes.out_width;
    // Of all pictures.
    let y = thread / (sizes.quads * sizes.out_width);
    if y >= run.batch * sizes.out_height {
        return;
    }
    var sum = vec4<f32>();
    for (var row = y * sizes.down; row < (y + 1u) * sizes.down; row++) {
        for (var column = x * sizes.across; column < (x + 1u) * sizes.across; column++) {
            sum += map[(row * sizes.width + column) * sizes.quads + quad];
        }
    }
    out[thread] = sum / f32(sizes.down * sizes.across);
}
