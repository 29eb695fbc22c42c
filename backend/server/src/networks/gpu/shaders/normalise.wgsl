// Pictures of bytes `(batch, H, W, 3)` → a map of three channels: `(byte − mean) / deviation`.

struct Sizes {
    mean: vec4<f32>,
    deviation: vec4<f32>,
    // Pixels of a picture.
    pixels: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(2) var<storage, read> bytes: array<u32>;
@group(0) @binding(6) var<storage, read_write> out: array<vec4<f32>>;

fn byte(at: u32) -> f32 {
    return f32(bytes[at / 4u] >> (at % 4u * 8u) & 255u);
}

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let pixel = thread_of(workgroup, groups, local);
    if pixel >= run.batch * sizes.pixels {
        return;
    }
    let rgb = vec4<f32>(byte(3u * pixel), byte(3u * pixel + 1u), byte(3u * pixel + 2u), 0.0);
    // The fourth mean is zero.
    out[pixel] = (rgb - sizes.mean) / sizes.deviation;
}
