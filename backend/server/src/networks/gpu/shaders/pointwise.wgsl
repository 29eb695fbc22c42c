// A 1×1 convolution as a product of matrices: `(rows, K) · (K, N) → (rows, N)`, rows being the pixels of all pictures.
//
// A workgroup of THREADS computes a tile of TILE_ROWS × 4·COLUMNS. It copies DEPTH quads of K of both matrices to its own memory at a
// time; a thread keeps ROWS × 4 sums in registers and reads each copied number for four products. The host sets COLUMNS, ROWS and
// DEPTH so that both copies fit 16 KB, and repeats the lines between `#for` and `#end`.

const THREADS: u32 = 256u;
const ROW_THREADS: u32 = THREADS / COLUMNS;
const TILE_ROWS: u32 = ROW_THREADS * ROWS;

struct Sizes {
    // Rows of a picture.
    rows: u32,
    // Quads of K and of N.
    inner: u32,
    quads: u32,
    // Where the weights `(K, quads)` and the scales and biases `(2, quads)` begin.
    weights: u32,
    numbers: u32,
    // 1 if another map of the output's shape is added.
    is_added: u32,
    low: f32,
    high: f32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(2) var<storage, read> map: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> added: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> weights: array<Weights>;
@group(0) @binding(5) var<storage, read> numbers: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> out: array<vec4<f32>>;

// (TILE_ROWS, DEPTH) and (4 · DEPTH, COLUMNS).
var<workgroup> map_tile: array<vec4<f32>, TILE_ROWS * DEPTH>;
var<workgroup> weight_tile: array<vec4<f32>, 4u * DEPTH * COLUMNS>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let rows = run.batch * sizes.rows;
    let first_row = workgroup.y * TILE_ROWS;
    let column = local % COLUMNS;
    let quad = workgroup.x * COLUMNS + column;
    let row = local / COLUMNS;
#for r ROWS
    var sum_$r = vec4<f32>();
#end
    for (var inner = 0u; inner < sizes.inner; inner += DEPTH) {
        for (var at = local; at < TILE_ROWS * DEPTH; at += THREADS) {
            let source = first_row + at / DEPTH;
            let k = inner + at % DEPTH;
            var value = vec4<f32>();
            if source < rows && k < sizes.inner {
                value = map[source * sizes.inner + k];
            }
            map_tile[at] = value;
        }
        for (var at = local; at < 4u * DEPTH * COLUMNS; at += THREADS) {
            let k = 4u * inner + at / COLUMNS;
            let n = workgroup.x * COLUMNS + at % COLUMNS;
            var value = vec4<f32>();
            if k < 4u * sizes.inner && n < sizes.quads {
                value = vec4<f32>(weights[sizes.weights + k * sizes.quads + n]);
            }
            weight_tile[at] = value;
        }
        workgroupBarrier();
#for k DEPTH
        let w_$k_0 = weight_tile[$(4*k)u * COLUMNS + column];
        let w_$k_1 = weight_tile[$(4*k+1)u * COLUMNS + column];
        let w_$k_2 = weight_tile[$(4*k+2)u * COLUMNS + column];
        let w_$k_3 = weight_tile[$(4*k+3)u * COLUMNS + column];
#for r ROWS
        let a_$k_$r = map_tile[(row + $ru * ROW_THREADS) * DEPTH + $ku];
        sum_$r += a_$k_$r.x * w_$k_0 + a_$k_$r.y * w_$k_1 + a_$k_$r.z * w_$k_2 + a_$k_$r.w * w_$k_3;
#end
#end
        workgroupBarrier();
    }
    if quad >= sizes.quads {
        return;
    }
    let scale = numbers[sizes.numbers + quad];
    let bias = numbers[sizes.numbers + sizes.quads + quad];
    let low = vec4<f32>(sizes.low);
    let high = vec4<f32>(sizes.high);
#for r ROWS
    let row_$r = first_row + row + $ru * ROW_THREADS;
    if row_$r < rows {
        var value_$r = sum_$r * scale + bias;
        if sizes.is_added == 1u {
            value_$r += added[row_$r * sizes.quads + quad];
        }
        out[row_$r * sizes.quads + quad] = clamp(value_$r, low, high);
    }
#end
}
