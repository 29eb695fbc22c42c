// Reads every byte and computes next to nothing. A workgroup reads 512 KiB.

const THREADS: u32 = 256u;
// Sixteens of bytes that a workgroup reads.
const SIXTEENS: u32 = 32768u;

@group(0) @binding(0) var<storage, read> bytes: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read_write> sink: array<u32>;

// Neighbouring threads read neighbouring sixteens. Four loads are in flight together.
@compute @workgroup_size(256)
fn read_all(@builtin(workgroup_id) group_id: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    var all = vec4<u32>(0u);
    let first = group_id.x * SIXTEENS;
    for (var at = first + thread; at < first + SIXTEENS; at += 4u * THREADS) {
        all ^= bytes[at] ^ bytes[at + THREADS] ^ bytes[at + 2u * THREADS] ^ bytes[at + 3u * THREADS];
    }
    // Never true for zeros, but the compiler cannot know.
    if (all.x ^ all.y ^ all.z ^ all.w) == 0x9e3779b9u {
        sink[0] = 0u;
    }
}
