"""What other rooms use of the checks: specs for prompt files, JSON Schemas for editors, and the grade."""

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches

from canary.checks.grading import grade
from canary.checks.parameters import is_json, lacks_range, parameter_problem, parameter_schema, parameters
from canary.checks.sentence import sentence
from canary.checks.table import BY_NAME, Check
from canary.domain.canonical import Json
from canary.domain.suite import CheckSpec, On

__all__ = ["check_main_parameter", "check_names", "check_parameters", "check_spec", "find_check", "grade"]


def check_spec(name: str, params: Json = None, on: On = "last") -> CheckSpec:
    """A check of a prompt, with its parameters validated and its sentence for people.

    Args:
        name: the check's name in the registry.
        params: its parameters; where it has a main parameter also that one's value alone; None = none.
        on: which answers it reads: `last`, `each`, or a turn's number from 1.

    Raises:
        ValueError: an unknown check, parameters it can't use, or no such `on`; one line, with a suggestion for a
            near miss.
    """
    check = find_check(name)
    if not (on in ("last", "each") or (isinstance(on, int) and not isinstance(on, bool) and on >= 1)):
        raise ValueError(f"check {name!r}: 'on' must be last, each or a turn's number from 1, not {on!r}")
    given = _as_mapping(check, params)
    problem = parameter_problem(check.decide, given)
    if problem is None and check.name not in _RANGE_OPTIONAL and lacks_range(check.decide, given):
        problem = "needs 'at_least', 'at_most' or 'exactly'"
    if problem is None and check.name in _CONFLICTS:
        problem = _CONFLICTS[check.name](given)
    if problem is not None:
        raise ValueError(f"check {name!r} {problem}")
    return CheckSpec(name=name, params=given, on=on, version=check.version, sentence=_sentence(check, given))


def find_check(name: str) -> Check:
    """The registry's row of a check.

    Raises:
        ValueError: there is no such check.
    """
    check = BY_NAME.get(name)
    if check is None:
        close = get_close_matches(name, list(BY_NAME), n=1, cutoff=0.5)
        hint = f"; did you mean {close[0]!r}?" if close else "; `canary schema prompt` lists them"
        raise ValueError(f"there is no check named {name!r}{hint}")
    return check


def _as_mapping(check: Check, params: Json) -> Mapping[str, Json]:
    if params is None:
        return {}
    if isinstance(params, Mapping) and (check.main is None or _names_parameters(check, params)):
        known = parameters(check.decide)
        optional = {name for name, parameter in known.items() if parameter.default is None}
        return {key: value for key, value in params.items() if value is not None or key not in optional}
    if check.main is None:
        raise ValueError(f"check {check.name!r} takes a mapping of parameters, not {params!r:.60}")
    return {check.main: params}


def _names_parameters(check: Check, params: Mapping[str, Json]) -> bool:
    """Whether a mapping is meant as parameters, not as the main parameter's own value."""
    main = parameters(check.decide)[check.main or ""]
    return not is_json(main.annotation) or list(params) == [check.main]


def _sentence(check: Check, params: Mapping[str, Json]) -> str:
    defaults = {name: p.default for name, p in parameters(check.decide).items() if p.default is not p.empty}
    lines = (check.decide.__doc__ or "").strip().splitlines()
    return sentence(lines[0], {**defaults, **params})


def check_names() -> Sequence[str]:
    """Every check's name, in the registry's order."""
    return tuple(BY_NAME)


def check_parameters(name: str) -> Mapping[str, Json]:
    """JSON Schema of a check's parameters, always as a mapping.

    Raises:
        ValueError: there is no such check.
    """
    return parameter_schema(find_check(name).decide)


def check_main_parameter(name: str) -> str | None:
    """The parameter that a bare value stands for (`- exact: "42"`); None where the check takes no bare value.

    Raises:
        ValueError: there is no such check.
    """
    return find_check(name).main


def _choice_problem(params: Mapping[str, Json]) -> str | None:
    among = params.get("among")
    if isinstance(among, Sequence) and params.get("label") not in among:
        return f"can't hold: the label {params.get('label')!r} is not among {list(among)!r}"
    return None


def _nth_paragraph_problem(params: Mapping[str, Json]) -> str | None:
    nth, number = params.get("nth_paragraph"), params.get("num_paragraphs")
    if isinstance(nth, int) and isinstance(number, int) and nth > number:
        return f"can't hold: there is no paragraph {nth} among {number}"
    return None


_RANGE_OPTIONAL = frozenset({"csv", "table"})
"""Checks that say something without the range they can take."""
_CONFLICTS: Mapping[str, Callable[[Mapping[str, Json]], str | None]] = {
    "choice": _choice_problem,
    "length_constraints:nth_paragraph_first_word": _nth_paragraph_problem,
}
"""Checks whose parameters can contradict one another in ways of their own."""
