// Before `reduce` and `softmax`: lines of numbers, each of a picture and of an index of the axes that stay.

struct Sizes {
    // Sides and distances of the axes that stay, and of those along which a line runs.
    kept: vec4<u32>,
    kept_strides: vec4<u32>,
    line: vec4<u32>,
    line_strides: vec4<u32>,
    // The same of the result; a reduction has no distances along a line.
    out_kept_strides: vec4<u32>,
    out_line_strides: vec4<u32>,
    // Numbers between two pictures, and the first number.
    a_picture: u32,
    a_first: u32,
    out_picture: u32,
    // Lines of a picture and numbers of a line.
    lines: u32,
    length: u32,
    function: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(2) var<storage, read> a: array<f32>;
@group(0) @binding(6) var<storage, read_write> out: array<f32>;

// The index on four axes.
fn index_of(at: u32, shape: vec4<u32>) -> vec4<u32> {
    return vec4<u32>(
        at / (shape.y * shape.z * shape.w) % shape.x,
        at / (shape.z * shape.w) % shape.y,
        at / shape.w % shape.z,
        at % shape.w,
    );
}

// Where line `line` of all pictures begins.
fn begin_of(line: u32) -> u32 {
    let kept = index_of(line % sizes.lines, sizes.kept);
    return line / sizes.lines * sizes.a_picture + sizes.a_first + dot(kept, sizes.kept_strides);
}

// Where it begins in the result.
fn out_of(line: u32) -> u32 {
    return line / sizes.lines * sizes.out_picture + dot(index_of(line % sizes.lines, sizes.kept), sizes.out_kept_strides);
}

fn number(begin: u32, at: u32) -> f32 {
    return a[begin + dot(index_of(at, sizes.line), sizes.line_strides)];
}
