// The pass over the articles on a graphics processor, with a partial top-k in the same step. It computes the integers of
// `machine::Kernel`. A workgroup scores one slice of rows, or merges some lists of candidates, and writes one list.

const THREADS: u32 = 256u;
// The score of a row that is not selected: lower than any other.
const NOTHING: i32 = -2147483648;
// The slot of a query without offsets.
const NO_SLOT: u32 = 0xffffffffu;

// The host sets these when it compiles a pipeline.

// Bytes of a row, and those that count negatively, in units of 16.
override STRIDE16: u32;
override NEGATIVE16: u32;
// Rows, or candidates, that a workgroup chooses from.
override SLICE: u32;
// Candidates that a list holds. If more have the score of the last one, the host scores instead.
override LIST_CAPACITY: u32;

struct Slice {
    group: u32,
    // The first row in this buffer, and its position among all rows; multiples of 64.
    row: u32,
    position: u32,
    rows: u32,
    // The index of its list among a query's lists.
    list: u32,
}

struct Merge {
    // The first list that it reads, how many it reads, and the list that it writes.
    first: u32,
    lists: u32,
    list: u32,
}

struct Query {
    // The number of candidates to find.
    limit: u32,
    // 1 if the query has a selection.
    has_selection: u32,
    // Bit g: group g is searched.
    groups: u32,
    // The slot of its offsets, or NO_SLOT.
    slot: u32,
}

struct Sizes {
    // Lists of a query that this step reads.
    read: u32,
    // Lists of a query that this step writes.
    written: u32,
    groups: u32,
    // Words of a selection.
    words: u32,
}

// The first dimension of a dispatch is the queries: those that read the same rows run side by side.

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> queries: array<Query>;
@group(0) @binding(2) var<storage, read_write> counts: array<u32>;
@group(0) @binding(3) var<storage, read_write> candidates: array<vec2<u32>>;

// Tiles of 64 rows. In a tile, the first sixteen bytes of every row come before the next sixteen.
@group(1) @binding(0) var<storage, read> rows: array<vec4<u32>>;
@group(1) @binding(1) var<storage, read> slices: array<Slice>;
// For each query and group.
@group(1) @binding(2) var<storage, read> thresholds: array<vec4<u32>>;
// For each query, a bit for each position.
@group(1) @binding(3) var<storage, read> selections: array<u32>;

@group(2) @binding(0) var<storage, read> merges: array<Merge>;
@group(2) @binding(1) var<storage, read> former_counts: array<u32>;
@group(2) @binding(2) var<storage, read> former_candidates: array<vec2<u32>>;

// For each slot, what is added to the score at each position.
@group(3) @binding(0) var<storage, read> offsets: array<i32>;

// The thresholds of the slice's group.
var<workgroup> slice_thresholds: array<vec4<u32>, STRIDE16>;
var<workgroup> scores: array<i32, SLICE>;
var<workgroup> counted: array<atomic<u32>, 2>;
// The lowest and highest score of the slice, and how many scores it has.
var<workgroup> lowest: atomic<i32>;
var<workgroup> highest: atomic<i32>;
var<workgroup> known: atomic<u32>;

const HIGH_BITS: u32 = 0x80808080u;

// Sum of max(row − threshold, 0) over the four bytes of each. A byte of `row` reaches the threshold's in two cases: its high
// bit is set and the threshold's is not; or both high bits are equal and subtracting the other seven bits, without a borrow from
// the next byte, leaves the high bit set.
fn margins_of_four(row: u32, limits: u32) -> u32 {
    let seven = (row | HIGH_BITS) - (limits & ~HIGH_BITS);
    let reaches = ((row & ~limits) | (~(row ^ limits) & seven)) & HIGH_BITS;
    let mask = (reaches >> 7u) * 255u;
    let larger = (row & mask) | (limits & ~mask);
    return dot4U8Packed(larger - limits, 0x01010101u);
}

fn margins_of_sixteen(row: vec4<u32>, limits: vec4<u32>) -> u32 {
    return margins_of_four(row.x, limits.x) + margins_of_four(row.y, limits.y)
        + margins_of_four(row.z, limits.z) + margins_of_four(row.w, limits.w);
}

// Sum of the margins of a row from one sixteen of bytes up to another. Reads a cache line, four sixteens, at a time: four loads
// are in flight together.
fn margins(row: u32, begin: u32, end: u32) -> u32 {
    var sum = 0u;
    var at = row + begin * 64u;
    for (var sixteen = begin; sixteen < end; sixteen += 4u) {
        let a = rows[at];
        let b = rows[at + 64u];
        let c = rows[at + 128u];
        let d = rows[at + 192u];
        sum += margins_of_sixteen(a, slice_thresholds[sixteen]) + margins_of_sixteen(b, slice_thresholds[sixteen + 1u])
            + margins_of_sixteen(c, slice_thresholds[sixteen + 2u]) + margins_of_sixteen(d, slice_thresholds[sixteen + 3u]);
        at += 256u;
    }
    return sum;
}

// How many scores of the slice are at least `least`. All threads of the workgroup call it together.
fn count_from(least: i32, thread: u32, turn: u32) -> u32 {
    var own = 0u;
    for (var at = thread; at < SLICE; at += THREADS) {
        own += select(0u, 1u, scores[at] >= least);
    }
    atomicAdd(&counted[turn & 1u], own);
    workgroupBarrier();
    let all = atomicLoad(&counted[turn & 1u]);
    // All threads read the other counter before this barrier: it is free for the next turn.
    if thread == 0u {
        atomicStore(&counted[(turn + 1u) & 1u], 0u);
    }
    workgroupBarrier();
    return all;
}

// Finds the range of the slice's scores for all threads. All threads of the workgroup call it together, after a barrier.
fn range_of_scores(thread: u32) {
    var low = 2147483647;
    var high = NOTHING;
    var own = 0u;
    for (var at = thread; at < SLICE; at += THREADS) {
        let result = scores[at];
        if result != NOTHING {
            low = min(low, result);
            high = max(high, result);
            own += 1u;
        }
    }
    atomicMin(&lowest, low);
    atomicMax(&highest, high);
    atomicAdd(&known, own);
    workgroupBarrier();
}

// A score above NOTHING that at least `limit` scores of the slice reach, and no more than a list holds. If too many scores are
// equal, there is no such score: then the highest one that `limit` scores reach.
fn floor_of(limit: u32, thread: u32) -> i32 {
    var low = atomicLoad(&lowest);
    var high = atomicLoad(&highest);
    // Otherwise all scores fit the list.
    if atomicLoad(&known) > LIST_CAPACITY {
        var turn = 0u;
        // Invariant: at least `limit` scores reach `low`.
        while low < high {
            let middle = low + (high - low + 1) / 2;
            let reached = count_from(middle, thread, turn);
            if reached >= limit {
                low = middle;
                if reached <= LIST_CAPACITY {
                    break;
                }
            } else {
                high = middle - 1;
            }
            turn++;
        }
    }
    // Resets the first counter for the writing.
    workgroupBarrier();
    if thread == 0u {
        atomicStore(&counted[0], 0u);
    }
    workgroupBarrier();
    return low;
}

// Resets the range of the scores. A step calls it before it writes anything else to the workgroup's memory.
fn begin(thread: u32) {
    if thread == 0u {
        atomicStore(&lowest, 2147483647);
        atomicStore(&highest, NOTHING);
    }
}

@compute @workgroup_size(256)
fn score(@builtin(workgroup_id) group_id: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    let thread = local.x;
    let slice = slices[group_id.y];
    let query = queries[group_id.x];
    let list = group_id.x * sizes.written + slice.list;
    if (query.groups >> slice.group & 1u) == 0u {
        if thread == 0u {
            counts[list] = 0u;
        }
        return;
    }
    begin(thread);
    let first_threshold = (group_id.x * sizes.groups + slice.group) * STRIDE16;
    for (var at = thread; at < STRIDE16; at += THREADS) {
        slice_thresholds[at] = thresholds[first_threshold + at];
    }
    workgroupBarrier();
    for (var at = thread; at < SLICE; at += THREADS) {
        let position = slice.position + at;
        var allowed = at < slice.rows;
        if allowed && query.has_selection == 1u {
            let word = selections[group_id.x * sizes.words + position / 32u];
            allowed = (word >> (position % 32u) & 1u) == 1u;
        }
        var result = NOTHING;
        if allowed {
            let row = slice.row + at;
            let first = row / 64u * 64u * STRIDE16 + row % 64u;
            result = i32(margins(first, NEGATIVE16, STRIDE16)) - i32(margins(first, 0u, NEGATIVE16));
            if query.slot != NO_SLOT {
                // A selection has a bit for each position.
                result += offsets[query.slot * sizes.words * 32u + position];
            }
        }
        scores[at] = result;
    }
    workgroupBarrier();
    range_of_scores(thread);
    let least = floor_of(query.limit, thread);
    for (var at = thread; at < SLICE; at += THREADS) {
        if scores[at] >= least {
            let place = atomicAdd(&counted[0], 1u);
            if place < LIST_CAPACITY {
                candidates[list * LIST_CAPACITY + place] = vec2<u32>(bitcast<u32>(scores[at]), slice.position + at);
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
    let own = merges[group_id.y];
    let query = queries[group_id.x];
    let list = group_id.x * sizes.written + own.list;
    let former = group_id.x * sizes.read + own.first;
    begin(thread);
    workgroupBarrier();
    var overflows = 0u;
    for (var at = thread; at < SLICE; at += THREADS) {
        var result = NOTHING;
        if at / LIST_CAPACITY < own.lists {
            let count = former_counts[former + at / LIST_CAPACITY];
            overflows = max(overflows, count);
            if at % LIST_CAPACITY < count {
                result = bitcast<i32>(former_candidates[former * LIST_CAPACITY + at].x);
            }
        }
        scores[at] = result;
    }
    workgroupBarrier();
    range_of_scores(thread);
    let least = floor_of(query.limit, thread);
    for (var at = thread; at < SLICE; at += THREADS) {
        if scores[at] >= least {
            let place = atomicAdd(&counted[0], 1u);
            if place < LIST_CAPACITY {
                candidates[list * LIST_CAPACITY + place] = former_candidates[former * LIST_CAPACITY + at];
            }
        }
    }
    // If a list overflowed, so does the list that it is merged into.
    if overflows > LIST_CAPACITY {
        atomicMax(&counted[0], overflows);
    }
    workgroupBarrier();
    if thread == 0u {
        counts[list] = atomicLoad(&counted[0]);
    }
}
