// A map at twice its size, bilinear: `(batch, H, W, C) → (batch, 2 H, 2 W, C)`. What is outside the map is zero. A thread computes a quad.

struct Sizes {
    height: u32,
    width: u32,
    quads: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(2) var<storage, read> map: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> out: array<vec4<f32>>;

fn pixel(rows: u32, row: u32, column: u32, quad: u32) -> vec4<f32> {
    if row >= sizes.height || column >= sizes.width {
        return vec4<f32>();
    }
    return map[((rows + row) * sizes.width + column) * sizes.quads + quad];
}

// The second nearest index: an even output lies before the centre of its nearest one. A negative index wraps to a large one.
fn far(at: u32) -> u32 {
    return select(at / 2u + 1u, at / 2u - 1u, at % 2u == 0u);
}

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let thread = thread_of(workgroup, groups, local);
    let quad = thread % sizes.quads;
    let x = thread / sizes.quads % (2u * sizes.width);
    let line = thread / (2u * sizes.quads * sizes.width);
    if line >= 2u * run.batch * sizes.height {
        return;
    }
    let y = line % (2u * sizes.height);
    let rows = line / (2u * sizes.height) * sizes.height;
    let near = 0.75 * pixel(rows, y / 2u, x / 2u, quad) + 0.25 * pixel(rows, y / 2u, far(x), quad);
    let beside = 0.75 * pixel(rows, far(y), x / 2u, quad) + 0.25 * pixel(rows, far(y), far(x), quad);
    out[thread] = 0.75 * near + 0.25 * beside;
}
