"""The tests; a package so that the benchmark can start the same broker."""
