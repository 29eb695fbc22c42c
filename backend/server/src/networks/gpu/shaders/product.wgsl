// A small product of matrices for each picture, from any places: `(M, K) · (K, N) → (M, N)`. A thread computes one number.

struct Sizes {
    rows: u32,
    inner: u32,
    columns: u32,
    // Distances between rows and columns of both matrices.
    a_row: u32,
    a_column: u32,
    b_row: u32,
    b_column: u32,
    // Numbers between two pictures, and the first number.
    a_picture: u32,
    a_first: u32,
    b_picture: u32,
    b_first: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(2) var<storage, read> a: array<f32>;
@group(0) @binding(3) var<storage, read> b: array<f32>;
@group(0) @binding(6) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let thread = thread_of(workgroup, groups, local);
    let column = thread % sizes.columns;
    let row = thread / sizes.columns % sizes.rows;
    let picture = thread / (sizes.columns * sizes.rows);
    if picture >= run.batch {
        return;
    }
    var left = picture * sizes.a_picture + sizes.a_first + row * sizes.a_row;
    var right = picture * sizes.b_picture + sizes.b_first + column * sizes.b_column;
    var sum = 0.0;
    for (var k = 0u; k < sizes.inner; k++) {
        sum += a[left] * b[right];
        left += sizes.a_column;
        right += sizes.b_row;
    }
    out[thread] = sum;
}
