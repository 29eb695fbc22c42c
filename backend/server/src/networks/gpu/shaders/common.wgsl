// Before every shader. A map is `(picture, row, column, channel)` with channels in quads of four; the channels that fill the last quad
// are finite and meet weights of zero. The host adds before this: `Weights`, four weights in float32 or float16. Everything else is
// float32.

struct Run {
    // Pictures of this run.
    batch: u32,
}

@group(0) @binding(1) var<uniform> run: Run;

const GROUP: u32 = 64u;

// The number of a thread when GROUP of them are a workgroup; the workgroups' grid has two dimensions.
fn thread_of(workgroup: vec3<u32>, groups: vec3<u32>, local: u32) -> u32 {
    return group_of(workgroup, groups) * GROUP + local;
}

fn group_of(workgroup: vec3<u32>, groups: vec3<u32>) -> u32 {
    return workgroup.y * groups.x + workgroup.x;
}
