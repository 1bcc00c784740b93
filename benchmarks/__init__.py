"""What deskbridge costs above the least that could do the same work.

Every benchmark measures the product and a floor in the same run, in turns, and gives the ratio of the two. A benchmark is
a function under `@benchmark` in a file of `suite/`; nothing else needs to know of it. `python -m benchmarks --help` says
how to run them.
"""
