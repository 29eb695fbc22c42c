// The pass over the articles on a graphics processor, with the partial top-k in the same step: the integers of
// `machine::Kernel`. A workgroup scores one slice of rows, or merges some lists of candidates, and leaves one list.
//
// STRIDE16 and NEGATIVE16 (a row's bytes and those that count negatively, in units of 16) are put in by the host.

const THREADS: u32 = 256u;
// Rows, or candidates, that a workgroup chooses from.
const SLICE: u32 = 2048u;
const SHARE: u32 = SLICE / THREADS;
// Places of a list. More candidates than that, all as good as the last one wanted, are the host's to choose from.
const PLACES: u32 = 256u;
// Lists that a workgroup merges.
const LISTS: u32 = SLICE / PLACES;
// What cannot be found scores less than anything.
const NOTHING: i32 = -2147483648;

struct Slice {
    // Whose thresholds count.
    group: u32,
    // The first row in this buffer of rows, and in the whole table; multiples of 64.
    row: u32,
    position: u32,
    rows: u32,
    // Where its list goes, among an ask's.
    list: u32,
}

struct Merge {
    first: u32,
    lists: u32,
    list: u32,
}

struct Ask {
    // Wanted candidates.
    most: u32,
    // 1 where a selection counts.
    selects: u32,
    // Bit g: group g is searched.
    groups: u32,
}

struct Sizes {
    // Lists of an ask that are read, that are written; groups; words of a selection.
    read: u32,
    written: u32,
    groups: u32,
    words: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> asks: array<Ask>;
@group(0) @binding(2) var<storage, read_write> counts: array<u32>;
@group(0) @binding(3) var<storage, read_write> candidates: array<vec2<u32>>;

// Tiles of 64 rows; in a tile, sixteen bytes of every row, then the next sixteen.
@group(1) @binding(0) var<storage, read> rows: array<vec4<u32>>;
@group(1) @binding(1) var<storage, read> slices: array<Slice>;
// For each ask and group.
@group(1) @binding(2) var<storage, read> thresholds: array<vec4<u32>>;
// For each ask, a bit for each position.
@group(1) @binding(3) var<storage, read> selections: array<u32>;

@group(2) @binding(0) var<storage, read> merges: array<Merge>;
@group(2) @binding(1) var<storage, read> former_counts: array<u32>;
@group(2) @binding(2) var<storage, read> former_candidates: array<vec2<u32>>;

var<workgroup> query: array<vec4<i32>, STRIDE16 * 4>;
var<workgroup> scores: array<i32, SLICE>;
var<workgroup> counted: array<atomic<u32>, 2>;

fn bytes(word: u32) -> vec4<i32> {
    return vec4<i32>((vec4<u32>(word) >> vec4<u32>(0u, 8u, 16u, 24u)) & vec4<u32>(255u));
}

fn margins(at: u32, sixteen: u32) -> i32 {
    let row = rows[at];
    var sum = vec4<i32>(0);
    for (var word = 0u; word < 4u; word++) {
        sum += max(bytes(row[word]) - query[sixteen * 4u + word], vec4<i32>(0));
    }
    return sum.x + sum.y + sum.z + sum.w;
}

// How many of the slice's scores are at least `least`. All threads of the workgroup call it together.
fn count_from(least: i32, thread: u32, turn: u32) -> u32 {
    var own = 0u;
    for (var at = thread; at < SLICE; at += THREADS) {
        own += select(0u, 1u, scores[at] >= least);
    }
    atomicAdd(&counted[turn & 1u], own);
    workgroupBarrier();
    let all = atomicLoad(&counted[turn & 1u]);
    // The other counter was read by all before this barrier: it is free for the next turn.
    if thread == 0u {
        atomicStore(&counted[(turn + 1u) & 1u], 0u);
    }
    workgroupBarrier();
    return all;
}

// The highest score that at least `most` of the slice's scores reach, above NOTHING.
fn floor_of(most: u32, thread: u32) -> i32 {
    // A row's score is within ± 255 · 16 · STRIDE16.
    var low = -4096 * i32(STRIDE16);
    var high = 4096 * i32(STRIDE16);
    var turn = 0u;
    // Invariant: `low` is reached by enough, or is below every score.
    while low < high {
        let middle = low + (high - low + 1) / 2;
        if count_from(middle, thread, turn) >= most {
            low = middle;
        } else {
            high = middle - 1;
        }
        turn++;
    }
    // Leaves the first counter at zero for the writing.
    if thread == 0u {
        atomicStore(&counted[0], 0u);
    }
    workgroupBarrier();
    return low;
}

@compute @workgroup_size(256)
fn score(@builtin(workgroup_id) group_id: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    let thread = local.x;
    let slice = slices[group_id.x];
    let ask = asks[group_id.y];
    let list = group_id.y * sizes.written + slice.list;
    if (ask.groups >> slice.group & 1u) == 0u {
        if thread == 0u {
            counts[list] = 0u;
        }
        return;
    }
    let of_query = (group_id.y * sizes.groups + slice.group) * STRIDE16;
    for (var at = thread; at < STRIDE16; at += THREADS) {
        for (var word = 0u; word < 4u; word++) {
            query[at * 4u + word] = bytes(thresholds[of_query + at][word]);
        }
    }
    workgroupBarrier();
    for (var at = thread; at < SLICE; at += THREADS) {
        let position = slice.position + at;
        var allowed = at < slice.rows;
        if allowed && ask.selects == 1u {
            let word = selections[group_id.y * sizes.words + position / 32u];
            allowed = (word >> (position % 32u) & 1u) == 1u;
        }
        var result = NOTHING;
        if allowed {
            let row = slice.row + at;
            let first = row / 64u * 64u * STRIDE16 + row % 64u;
            var minus = 0;
            var plus = 0;
            for (var sixteen = 0u; sixteen < NEGATIVE16; sixteen++) {
                minus += margins(first + sixteen * 64u, sixteen);
            }
            for (var sixteen = NEGATIVE16; sixteen < STRIDE16; sixteen++) {
                plus += margins(first + sixteen * 64u, sixteen);
            }
            result = plus - minus;
        }
        scores[at] = result;
    }
    workgroupBarrier();
    let least = floor_of(ask.most, thread);
    for (var at = thread; at < SLICE; at += THREADS) {
        if scores[at] >= least {
            let place = atomicAdd(&counted[0], 1u);
            if place < PLACES {
                candidates[list * PLACES + place] = vec2<u32>(bitcast<u32>(scores[at]), slice.position + at);
            }
        }
    }
    workgroupBarrier();
    if thread == 0u {
        counts[list] = atomicLoad(&counted[0]);
    }
}

@compute @workgroup_size(256)
fn merge(@builtin(workgroup_id) group_id: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    let thread = local.x;
    let own = merges[group_id.x];
    let ask = asks[group_id.y];
    let list = group_id.y * sizes.written + own.list;
    let former = group_id.y * sizes.read + own.first;
    var overflows = 0u;
    for (var at = thread; at < SLICE; at += THREADS) {
        var result = NOTHING;
        if at / PLACES < own.lists {
            let count = former_counts[former + at / PLACES];
            overflows = max(overflows, count);
            if at % PLACES < count {
                result = bitcast<i32>(former_candidates[former * PLACES + at].x);
            }
        }
        scores[at] = result;
    }
    workgroupBarrier();
    let least = floor_of(ask.most, thread);
    for (var at = thread; at < SLICE; at += THREADS) {
        if scores[at] >= least {
            let place = atomicAdd(&counted[0], 1u);
            if place < PLACES {
                candidates[list * PLACES + place] = former_candidates[former * PLACES + at];
            }
        }
    }
    // A list that overflowed makes what it is merged into overflow.
    if overflows > PLACES {
        atomicMax(&counted[0], overflows);
    }
    workgroupBarrier();
    if thread == 0u {
        counts[list] = atomicLoad(&counted[0]);
    }
}
