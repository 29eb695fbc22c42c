// A function of one or two numbers for each number of the result, from any places: copies, transposes, sums with broadcasting.
// A distance of zero repeats a number along an axis.

struct Sizes {
    // The result's sides, the last one running fastest, and the distances between its numbers and between its operands'.
    shape: vec4<u32>,
    out_strides: vec4<u32>,
    a_strides: vec4<u32>,
    b_strides: vec4<u32>,
    // Numbers between two pictures, and the first number.
    out_picture: u32,
    out_first: u32,
    a_picture: u32,
    a_first: u32,
    b_picture: u32,
    b_first: u32,
    // Beyond this index of the last axis, the result is zero.
    valid: u32,
    function: u32,
    low: f32,
    high: f32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(2) var<storage, read> a: array<f32>;
@group(0) @binding(3) var<storage, read> b: array<f32>;
@group(0) @binding(6) var<storage, read_write> out: array<f32>;

fn result(a: f32, b: f32) -> f32 {
    switch sizes.function {
        case 0u: { return a; }
        case 1u: { return clamp(a, sizes.low, sizes.high); }
        case 2u: { return sqrt(a); }
        case 3u: { return exp(a); }
        case 4u: { return 1.0 / (1.0 + exp(-a)); }
        case 5u: { return 1.0 / a; }
        case 6u: { return a + b; }
        case 7u: { return a - b; }
        case 8u: { return a * b; }
        default: { return a / b; }
    }
}

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let thread = thread_of(workgroup, groups, local);
    let shape = sizes.shape;
    let picture = thread / (shape.x * shape.y * shape.z * shape.w);
    if picture >= run.batch {
        return;
    }
    let index = vec4<u32>(
        thread / (shape.y * shape.z * shape.w) % shape.x,
        thread / (shape.z * shape.w) % shape.y,
        thread / shape.w % shape.z,
        thread % shape.w,
    );
    var value = 0.0;
    if index.w < sizes.valid {
        let left = a[picture * sizes.a_picture + sizes.a_first + dot(index, sizes.a_strides)];
        let right = b[picture * sizes.b_picture + sizes.b_first + dot(index, sizes.b_strides)];
        value = result(left, right);
    }
    out[picture * sizes.out_picture + sizes.out_first + dot(index, sizes.out_strides)] = value;
}
