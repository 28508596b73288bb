"""FastAPI: an order, validated by its types. The models are those of bench/orders/python."""

from fastapi import FastAPI
from models_pydantic import Order, Receipt

app = FastAPI()


@app.post("/orders")
async def create(order: Order) -> Receipt:
    quantity = sum(line.quantity for line in order.lines)
    return Receipt(reference=order.reference, lines=len(order.lines), quantity=quantity)
