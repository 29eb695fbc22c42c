"""Plots the times of a run of `cargo xtask bench matching --json`.

    plot_matching.py MATCHING.json OUT.svg
"""

import json
import sys

import matplotlib as mpl

mpl.use("svg")
import matplotlib.pyplot as plt

SERIES = (("usearch_ms", "usearch, exact"), ("faiss_ms", "faiss IndexFlatIP"), ("engine_ms", "this engine"), ("stream_ms", "plain read of its bytes"))


def main() -> None:
    """Command line."""
    source, out = sys.argv[1:]
    with open(source) as file:
        rows = [row for row in json.load(file)["rows"] if row["threads"] == 1 and row["batch"] == 1]
    articles = [row["articles"] for row in rows]
    mpl.rcParams["svg.hashsalt"] = "matching"
    figure, axes = plt.subplots(figsize=(7, 4.2))
    for key, label in SERIES:
        style = {"linestyle": ":", "color": "grey"} if key == "stream_ms" else {"marker": "o"}
        axes.plot(articles, [row[key] for row in rows], label=label, **style)
    axes.set(xscale="log", yscale="log", xlabel="articles", ylabel="ms for one query, one thread, 50 best")
    axes.set_xticks(articles, [f"{count:,}" for count in articles], minor=False)
    axes.grid(visible=True, which="both", linewidth=0.3)
    axes.legend()
    figure.tight_layout()
    figure.savefig(out, metadata={"Date": None})


if __name__ == "__main__":
    main()
