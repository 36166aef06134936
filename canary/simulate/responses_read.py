"""OpenAI Responses: what a request asks."""

from collections.abc import Iterator, Mapping
from typing import Any

from canary.domain.canonical import canonical_json
from canary.simulate.openai import CACHE_WISHES, canonical_text
from canary.simulate.protocol import Body, Call, Heard, Said, merged
from canary.simulate.responses_rules import check_request


def read(body: Body, _headers: Mapping[str, str], *, counting: bool = False) -> Heard:
    """A `POST /v1/responses` body, or with `counting` one of `/v1/responses/input_tokens`.

    Raises:
        Refused: the real API would refuse it.
    """
    items = check_request(body, counting=counting)
    system = [body["instructions"]] if body.get("instructions") else []
    said: list[Said] = []
    for item in items:
        if item.get("type", "message") == "message" and item["role"] in {"system", "developer"}:
            system.append("\n".join(_texts(item["content"])))
        else:
            said.extend(_said(item))
    reasoning = body.get("reasoning") or {}
    tools = (*(body.get("tools") or ()), *_added_tools(items))
    effort = reasoning.get("effort")
    return Heard(
        protocol="responses",
        model=body["model"],
        system="\n".join(system),
        said=merged(said),
        tools=tuple(str(tool.get("name", tool["type"])) for tool in tools),
        freeform=tuple(str(tool.get("name")) for tool in tools if tool.get("type") == "custom"),
        definitions=tuple(canonical_json(_bill(tool)) for tool in tools),
        max_tokens=body.get("max_output_tokens"),
        stream=body.get("stream") is True,
        reasoning="off" if effort == "none" else "adaptive",
        show_reasoning=bool(reasoning.get("summary") or reasoning.get("generate_summary")),
        effort=effort,
        tier=body.get("service_tier"),
        cache_asked=any(body.get(wish) for wish in CACHE_WISHES),
    )


def _added_tools(items: list[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Tools that an agent offers inside the input, plainly or in namespaces, instead of beside it."""
    for item in items:
        for tool in item.get("tools") or () if item.get("type") == "additional_tools" else ():
            yield from tool.get("tools") or [tool]


def _bill(tool: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in tool.items() if key in {"name", "description", "parameters", "type"}}


def _texts(content: Any) -> tuple[str, ...]:
    if isinstance(content, str):
        return (content,) if content else ()
    return tuple(
        part[key] for part in content for key in ("text", "refusal") if isinstance(part.get(key), str)
    )


def _whole_name(item: Mapping[str, Any]) -> str:
    return f"{item['namespace']}__{item['name']}" if item.get("namespace") else str(item["name"])


def _said(item: Mapping[str, Any]) -> Iterator[Said]:
    kind = item.get("type", "message")
    if kind == "message":
        parts = item["content"] if isinstance(item["content"], list) else []
        images = sum(part.get("type") in {"input_image", "input_file"} for part in parts)
        yield Said(role=item["role"], texts=_texts(item["content"]), images=images)
    elif kind == "function_call":
        yield Said(
            role="assistant",
            calls=(Call(name=_whole_name(item), arguments=canonical_text(item["arguments"])),),
        )
    elif kind == "custom_tool_call":
        written = canonical_json({"input": item["input"]})
        yield Said(role="assistant", calls=(Call(name=str(item["name"]), arguments=written),))
    elif kind in {"function_call_output", "custom_tool_call_output"}:
        yield Said(role="tool", texts=_texts(item["output"]))
