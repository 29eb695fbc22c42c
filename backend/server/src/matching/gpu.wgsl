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

// A dispatch has the asks as its first dimension: those that read the same rows run side by side.
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

// For each sixteen bytes of a row what it is compared with.
var<workgroup> query: array<vec4<u32>, STRIDE16>;
var<workgroup> scores: array<i32, SLICE>;
var<workgroup> counted: array<atomic<u32>, 2>;
// The slice's lowest and highest score, and how many there are.
var<workgroup> lowest: atomic<i32>;
var<workgroup> highest: atomic<i32>;
var<workgroup> known: atomic<u32>;

const HIGH_BITS: u32 = 0x80808080u;

// Sum of max(row − query, 0) over four bytes each. A byte of `row` is at least the query's where its high bit is and the query's
// is not, or both are alike and the other seven bits, subtracted without a borrow from the next byte, leave the high bit.
fn margins_of_four(row: u32, of_query: u32) -> u32 {
    let seven = (row | HIGH_BITS) - (of_query & ~HIGH_BITS);
    let reaches = ((row & ~of_query) | (~(row ^ of_query) & seven)) & HIGH_BITS;
    let mask = (reaches >> 7u) * 255u;
    let larger = (row & mask) | (of_query & ~mask);
    return dot4U8Packed(larger - of_query, 0x01010101u);
}

fn margins_of_sixteen(row: vec4<u32>, of_query: vec4<u32>) -> u32 {
    return margins_of_four(row.x, of_query.x) + margins_of_four(row.y, of_query.y)
        + margins_of_four(row.z, of_query.z) + margins_of_four(row.w, of_query.w);
}

// Sixteens of bytes from one on up to another one, a line of four at once. Four loads are on their way together.
fn margins(row: u32, begin: u32, end: u32) -> u32 {
    var sum = 0u;
    var at = row + begin * 64u;
    for (var sixteen = begin; sixteen < end; sixteen += 4u) {
        let a = rows[at];
        let b = rows[at + 64u];
        let c = rows[at + 128u];
        let d = rows[at + 192u];
        sum += margins_of_sixteen(a, query[sixteen]) + margins_of_sixteen(b, query[sixteen + 1u])
            + margins_of_sixteen(c, query[sixteen + 2u]) + margins_of_sixteen(d, query[sixteen + 3u]);
        at += 256u;
    }
    return sum;
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

// Tells all threads the range of the slice's scores. All threads of the workgroup call it together, after a barrier.
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

// A score, above NOTHING, that at least `most` of the slice's scores reach, and no more than a list has places for; where there is
// none, since too many are alike, the highest one that `most` reach.
fn floor_of(most: u32, thread: u32) -> i32 {
    var low = atomicLoad(&lowest);
    var high = atomicLoad(&highest);
    // Few enough as they are, or none.
    if atomicLoad(&known) > PLACES {
        var turn = 0u;
        // Invariant: `low` is reached by enough.
        while low < high {
            let middle = low + (high - low + 1) / 2;
            let reached = count_from(middle, thread, turn);
            if reached >= most {
                low = middle;
                if reached <= PLACES {
                    break;
                }
            } else {
                high = middle - 1;
            }
            turn++;
        }
    }
    // Leaves the first counter at zero for the writing.
    workgroupBarrier();
    if thread == 0u {
        atomicStore(&counted[0], 0u);
    }
    workgroupBarrier();
    return low;
}

// Before anything else is written to the workgroup's memory by a step.
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
    let ask = asks[group_id.x];
    let list = group_id.x * sizes.written + slice.list;
    if (ask.groups >> slice.group & 1u) == 0u {
        if thread == 0u {
            counts[list] = 0u;
        }
        return;
    }
    begin(thread);
    let of_query = (group_id.x * sizes.groups + slice.group) * STRIDE16;
    for (var at = thread; at < STRIDE16; at += THREADS) {
        query[at] = thresholds[of_query + at];
    }
    workgroupBarrier();
    for (var at = thread; at < SLICE; at += THREADS) {
        let position = slice.position + at;
        var allowed = at < slice.rows;
        if allowed && ask.selects == 1u {
            let word = selections[group_id.x * sizes.words + position / 32u];
            allowed = (word >> (position % 32u) & 1u) == 1u;
        }
        var result = NOTHING;
        if allowed {
            let row = slice.row + at;
            let first = row / 64u * 64u * STRIDE16 + row % 64u;
            result = i32(margins(first, NEGATIVE16, STRIDE16)) - i32(margins(first, 0u, NEGATIVE16));
        }
        scores[at] = result;
    }
    workgroupBarrier();
    range_of_scores(thread);
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
    let own = merges[group_id.y];
    let ask = asks[group_id.x];
    let list = group_id.x * sizes.written + own.list;
    let former = group_id.x * sizes.read + own.first;
    begin(thread);
    workgroupBarrier();
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
    range_of_scores(thread);
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

// Reads every row and does next to nothing with it: what the device's memory allows. Only measurements run it.
@compute @workgroup_size(256)
fn only_read(@builtin(workgroup_id) group_id: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    let slice = slices[group_id.y];
    var all = vec4<u32>(0u);
    for (var at = local.x; at < slice.rows; at += THREADS) {
        let row = slice.row + at;
        var place = row / 64u * 64u * STRIDE16 + row % 64u;
        for (var sixteen = 0u; sixteen < STRIDE16; sixteen += 4u) {
            all ^= rows[place] ^ rows[place + 64u] ^ rows[place + 128u] ^ rows[place + 192u];
            place += 256u;
        }
    }
    // Hardly ever, but a compiler cannot know.
    if (all.x ^ all.y ^ all.z ^ all.w) == 0x9e3779b9u {
        counts[0] = 0u;
    }
}
