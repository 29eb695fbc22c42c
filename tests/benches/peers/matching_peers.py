"""Exact search by faiss and usearch, a search at a time on request: the peers of `bench_matching`.

    matching_peers.py ROWS OFFSET ARTICLES WIDTH QUERIES

ROWS holds `(ARTICLES, WIDTH)` float32 from byte OFFSET on, QUERIES any number of queries of that width. A line
`faiss THREADS BATCH` or `usearch THREADS BATCH` on standard input is answered by the milliseconds that the 50 best by inner
product took for that many queries.
"""

import sys
import time

import faiss
import numpy as np
from usearch.index import MetricKind, search

BEST = 50


def main() -> None:
    """Command line."""
    rows_file, offset, articles, width, queries_file = sys.argv[1:]
    rows = np.memmap(rows_file, np.float32, "r", offset=int(offset), shape=(int(articles), int(width)))
    queries = np.fromfile(queries_file, np.float32).reshape(-1, int(width))
    index = faiss.IndexFlatIP(int(width))
    index.add(np.ascontiguousarray(rows))
    # usearch takes the same matrix, in memory.
    held = faiss.rev_swig_ptr(index.get_xb(), rows.size).reshape(rows.shape)
    print("ready", flush=True)
    turn = 0
    for line in sys.stdin:
        peer, threads, batch = line.split()
        some = np.take(queries, range(turn, turn + int(batch)), axis=0, mode="wrap")
        turn += int(batch)
        if peer == "faiss":
            faiss.omp_set_num_threads(int(threads))
        begin = time.perf_counter()
        if peer == "faiss":
            found = index.search(some, BEST)[1]
        else:
            found = search(held, some, BEST, MetricKind.IP, exact=True, threads=int(threads)).keys
        milliseconds = (time.perf_counter() - begin) * 1000
        if found.size != int(batch) * BEST:
            raise ValueError(f"expected {BEST} articles for each of {batch} queries, got {found.shape}")
        print(milliseconds, flush=True)


if __name__ == "__main__":
    main()
