"""Validated JSON on Trivet in Python: `app.py MODELS PORT`; MODELS is a module beside this one."""

import importlib
import os
import site
import sys
from pathlib import Path

# Behind the interpreter's own packages, which the smoke run uses.
for folder in Path(os.environ["BENCH_PACKAGES"]).glob("lib/python3*/site-packages"):
    site.addsitedir(str(folder))

from trivet import App  # noqa: E402

models = importlib.import_module(sys.argv[1])
Order, Receipt = models.Order, models.Receipt

app = App()


@app.get("/hello")
def hello() -> str:
    return "Hello, World!"


@app.post("/orders")
async def create(order: Order) -> Receipt:
    quantity = sum(line.quantity for line in order.lines)
    return Receipt(reference=order.reference, lines=len(order.lines), quantity=quantity)


app.run(port=int(sys.argv[2]))
