"""The benchmarks: every function under `@benchmark` in a module here is run."""
