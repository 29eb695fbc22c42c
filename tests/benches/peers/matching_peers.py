"""Exact search by faiss and usearch: the peers of `bench_matching`.

    matching_peers.py ROWS OFFSET ARTICLES WIDTH QUERIES

ROWS holds `(ARTICLES, WIDTH)` float32 from byte OFFSET on, QUERIES any number of queries of that width. For each line
`faiss THREADS BATCH` or `usearch THREADS BATCH` on standard input, searches the 50 best by inner product for the next BATCH
queries and prints the milliseconds that this took.
"""

import sys
import time

import faiss
import numpy as np
from usearch.index import MetricKind, search

TOP_K = 50


def main() -> None:
    """Command line."""
    rows_file, offset, articles, width, queries_file = sys.argv[1:]
    rows = np.memmap(rows_file, np.float32, "r", offset=int(offset), shape=(int(articles), int(width)))
    queries = np.fromfile(queries_file, np.float32).reshape(-1, int(width))
    index = faiss.IndexFlatIP(int(width))
    index.add(np.ascontiguousarray(rows))
    # usearch reads the same matrix in memory.
    held = faiss.rev_swig_ptr(index.get_xb(), rows.size).reshape(rows.shape)
    print("ready", flush=True)
    first = 0
    for line in sys.stdin:
        peer, threads, batch = line.split()
        batch_queries = np.take(queries, range(first, first + int(batch)), axis=0, mode="wrap")
        first += int(batch)
        if peer == "faiss":
            faiss.omp_set_num_threads(int(threads))
        begin = time.perf_counter()
        if peer == "faiss":
            found = index.search(batch_queries, TOP_K)[1]
        else:
            found = search(held, batch_queries, TOP_K, MetricKind.IP, exact=True, threads=int(threads)).keys
        milliseconds = (time.perf_counter() - begin) * 1000
        if found.size != int(batch) * TOP_K:
            raise ValueError(f"expected {TOP_K} articles for each of {batch} queries, got {found.shape}")
        print(milliseconds, flush=True)


if __name__ == "__main__":
    main()
