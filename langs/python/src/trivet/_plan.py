"""From a signature to what is called: plain handlers as they are, others with what they need."""

from __future__ import annotations

from . import _signature

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ._app import App
    from ._binding import Inputs
    from ._core import Request
    from ._signature import Plan

# As _signature numbers them: the request, as it is.
_THE_REQUEST = [(0, 0, 0, "request", True, None)]
# What makes a class one of Pydantic's, of msgspec's, a dataclass or a TypedDict.
_MARKS = (
    "__pydantic_validator__", "__struct_fields__", "__dataclass_fields__", "__required_keys__"
)  # fmt: skip


def complete(app: App, plan: Plan, is_stream: bool) -> Inputs | None:
    """Put what a handler needs around it; None where the engine gives it all."""
    handler = plan.handler
    annotation = _signature.returned(handler)
    if plan.is_plain and not _names_model(annotation):
        return None
    from . import _binding

    codec = _binding.result_codec(annotation, handler)
    if plan.is_plain and codec is None:
        return None
    inputs = _binding.Inputs(plan.path, is_stream)
    bound = _binding.bind(handler, inputs)
    send = None if codec is None else _binding.sender(codec, handler)
    if bound.needs_task:
        from ._depends import make_call

        # Those of its dependencies as well, in their order.
        inputs = _binding.Inputs(plan.path, is_stream)
        plan.handler = make_call(app, handler, inputs, send)
        plan.is_async = plan.needs_loop = True
    else:
        plan.handler = _call(plan, bound, inputs, send)
    plan.arguments = list(_THE_REQUEST)
    plan.keyword_names = ()
    return inputs


def _names_model(annotation: Any) -> bool:
    """Whether a type has a model in it; told without importing what tells it exactly."""
    if isinstance(annotation, type) and any(hasattr(annotation, mark) for mark in _MARKS):
        return True
    parts = getattr(annotation, "__args__", ())
    return isinstance(parts, tuple) and any(_names_model(part) for part in parts)


def _call(
    plan: Plan, bound: Any, inputs: Inputs, send: Callable[[Any], Any] | None
) -> Callable[[Request], Any]:
    """Give what calls a handler with values of the request."""
    from ._params import RefusedError, refuse

    handler = bound.function
    positional = [source for _, is_named, source in bound.arguments if not is_named]
    named = [(name, source) for name, is_named, source in bound.arguments if is_named]
    first = positional[0] if len(positional) == 1 and not named else None

    def call(request: Request) -> Any:
        try:
            if first is not None:
                arguments, keywords = (first(request),), {}
            else:
                arguments = tuple([read(request) for read in positional])
                keywords = {name: read(request) for name, read in named}
        except RefusedError:
            raise refuse(inputs.params, inputs.body, request) from None
        return handler(*arguments, **keywords)

    if send is None:
        # Of an async def it gives the coroutine.
        return call
    if plan.is_async:

        async def send_later(request: Request) -> Any:
            return send(await call(request))

        return send_later
    return lambda request: send(call(request))


def refusal(plan: Plan, inputs: Inputs | None) -> Callable[[Request], Exception] | None:
    """Give what names all that is wrong with a request, for what the engine itself has read."""
    if inputs is not None or not any(source for source, *_ in plan.arguments):
        return None
    handler, path = plan.handler, plan.path
    made: list[Inputs] = []

    def refuse_request(request: Request) -> Exception:
        from . import _binding
        from ._params import refuse

        if not made:
            read = _binding.Inputs(path, False)
            _binding.bind(handler, read)
            made.append(read)
        return refuse(made[0].params, None, request)

    return refuse_request
