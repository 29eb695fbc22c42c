// Softmax of each line: a workgroup for a line.

var<workgroup> parts: array<f32, GROUP>;

fn greatest(local: u32) -> f32 {
    for (var half = GROUP / 2u; half > 0u; half /= 2u) {
        workgroupBarrier();
        if local < half {
            parts[local] = max(parts[local], parts[local + half]);
        }
    }
    workgroupBarrier();
    return parts[0];
}

fn sum(local: u32) -> f32 {
    for (var half = GROUP / 2u; half > 0u; half /= 2u) {
        workgroupBarrier();
        if local < half {
            parts[local] += parts[local + half];
        }
    }
    workgroupBarrier();
    return parts[0];
}

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let line = group_of(workgroup, groups);
    if line >= run.batch * sizes.lines {
        return;
    }
    let begin = begin_of(line);
    var own = -3.4028234e38;
    for (var at = local; at < sizes.length; at += GROUP) {
        own = max(own, number(begin, at));
    }
    parts[local] = own;
    let most = greatest(local);
    own = 0.0;
    for (var at = local; at < sizes.length; at += GROUP) {
        own += exp(number(begin, at) - most);
    }
    // All threads have read the greatest.
    workgroupBarrier();
    parts[local] = own;
    let whole = sum(local);
    let first = out_of(line);
    for (var at = local; at < sizes.length; at += GROUP) {
        let place = dot(index_of(at, sizes.line), sizes.out_line_strides);
        out[first + place] = exp(number(begin, at) - most) / whole;
    }
}
