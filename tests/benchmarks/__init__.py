"""Measurements: `make bench`, or one alone with `python -m tests.benchmarks.bench_lists`.

Machines differ and are busy: every figure stands beside one of the same run, and what counts is the ratio.
"""
