"""The benchmark runner behind `bench/run`. Standard library only."""
