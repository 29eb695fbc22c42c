// Mean, least, sum or norm of each line. `by_group`: a workgroup for a line; `by_thread`: a thread for a line, if lines are short.

const MEAN: u32 = 0u;
const LEAST: u32 = 1u;
const SUM: u32 = 2u;
const NORM: u32 = 3u;

var<workgroup> parts: array<f32, GROUP>;

fn neutral() -> f32 {
    return select(0.0, 3.4028234e38, sizes.function == LEAST);
}

fn joined(a: f32, b: f32) -> f32 {
    return select(a + b, min(a, b), sizes.function == LEAST);
}

// The part of a line's numbers from `first` on, `stride` apart.
fn part(begin: u32, first: u32, stride: u32) -> f32 {
    var sum = neutral();
    for (var at = first; at < sizes.length; at += stride) {
        let value = number(begin, at);
        sum = joined(sum, select(value, value * value, sizes.function == NORM));
    }
    return sum;
}

fn finished(sum: f32) -> f32 {
    switch sizes.function {
        case MEAN: { return sum / f32(sizes.length); }
        case NORM: { return sqrt(sum); }
        default: { return sum; }
    }
}

@compute @workgroup_size(64)
fn by_thread(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let line = thread_of(workgroup, groups, local);
    if line < run.batch * sizes.lines {
        out[out_of(line)] = finished(part(begin_of(line), 0u, 1u));
    }
}

@compute @workgroup_size(64)
fn by_group(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let line = group_of(workgroup, groups);
    if line >= run.batch * sizes.lines {
        return;
    }
    parts[local] = part(begin_of(line), local, GROUP);
    for (var half = GROUP / 2u; half > 0u; half /= 2u) {
        workgroupBarrier();
        if local < half {
            parts[local] = joined(parts[local], parts[local + half]);
        }
    }
    if local == 0u {
        out[out_of(line)] = finished(parts[0]);
    }
}
