"""One file per output. Each has `PATH` (or `paths`) and `render(spec)`; generate.py lists them."""
