"""What every JSON Schema of an answer is made with."""

from canary.domain.canonical import Json

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def closed(**properties: Json) -> dict[str, Json]:
    """An object with all of these properties and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
