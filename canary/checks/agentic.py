"""Checks of work on files: what the tree looks like at the end, and whether it was reached with care."""

from collections import Counter
from collections.abc import Sequence

from canary.checks.answer import Answer, Verdict
from canary.checks.counting import all_lines, count_verdict, listed
from canary.checks.parameters import Count, FilePath, FilePaths, Pattern, Share, Text
from canary.checks.patterns import first_match
from canary.checks.process import FileEdit, failed, file_edits, is_edit, is_invalid, is_read, path_of
from canary.checks.sentence import counted
from canary.domain.environment import normal_path, reports_pass


def read_before_edit(answer: Answer, *, path: FilePath | None = None) -> Verdict:
    """Reads [path?{path:plain}][path!each file] before editing it.

    There must be an edit. A file that is new, or was written in full before, needs no reading.
    """
    edits = _edits_in_scope(answer)
    mine = [edit for edit in edits if path is None or edit.path == normal_path(path)]
    if not mine:
        return Verdict(passed=False, found="no edit")
    blind = next((edit.path for edit in mine if edit.blind), None)
    return Verdict(passed=blind is None, found=f"{blind} unread" if blind else counted(len(mine), "edit"))


def _edits_in_scope(answer: Answer) -> Sequence[FileEdit]:
    """Edits in scope; reading before it counts."""
    earlier = len(file_edits(answer.prompt, [c for step in answer.earlier for c in step.tool_calls]))
    return file_edits(answer.prompt, answer.calls_so_far)[earlier:]


def reads(answer: Answer, *, paths: FilePaths) -> Verdict:
    """Reads {paths:plain}."""
    read = {path_of(call) for call in answer.calls if is_read(call) and not failed(call)}
    missing = [path for path in paths if normal_path(path) not in read]
    return Verdict(passed=not missing, found=f"without {listed(missing)}" if missing else "all read")


def reads_per_edit(answer: Answer, *, at_least: Share) -> Verdict:
    """Reads at least {at_least:file} for every edit."""
    number = sum(is_read(call) for call in answer.calls)
    edits = sum(is_edit(call) for call in answer.calls)
    found = f"{counted(number, 'read')} for {counted(edits, 'edit')}"
    return Verdict(passed=edits > 0 and number >= at_least * edits, found=found)


def tests_after_last_edit(
    answer: Answer,
    *,
    tool: Text = "run_tests",  # noqa: PT028 # no test function
    passing: bool = True,  # noqa: PT028
) -> Verdict:
    """Runs {tool:plain} after the last edit[passing?, and no test fails].

    There must be an edit. A test fails where the result says FAILED.
    """
    made = answer.calls
    last = max((n for n, call in enumerate(made) if is_edit(call) and not failed(call)), default=None)
    if last is None:
        return Verdict(passed=False, found="no edit")
    runs = [call for call in made[last + 1 :] if call.name == tool and not is_invalid(call)]
    if not runs:
        return Verdict(passed=False, found="no tests after the last edit")
    told = runs[-1].result.text if runs[-1].result else ""
    broken = "FAILED" in told or failed(runs[-1])
    return Verdict(passed=not (passing and broken), found="a test fails" if broken else "tests pass")


def file_contains(answer: Answer, *, path: FilePath, pattern: Pattern) -> Verdict:
    """Leaves {path:plain} with a match of {pattern}."""
    text = _file(answer, path)
    match = None if text is None else first_match(pattern, text)
    return Verdict(passed=match is not None, found=_found(path, text, match[0] if match else "no match"))


def file_lacks(answer: Answer, *, path: FilePath, pattern: Pattern) -> Verdict:
    """Leaves {path:plain} without a match of {pattern}."""
    text = _file(answer, path)
    match = None if text is None else first_match(pattern, text)
    found = _found(path, text, match[0] if match else "no match")
    return Verdict(passed=text is not None and match is None, found=found)


def file_equals(answer: Answer, *, path: FilePath, text: str) -> Verdict:
    """Leaves {path:plain} with exactly {text}.

    Blank lines at the end aside.
    """
    given = _file(answer, path)
    passed = given is not None and _lines(given) == _lines(text)
    return Verdict(passed=passed, found=_found(path, given, "as wanted" if passed else "another text"))


def file_exists(answer: Answer, *, path: FilePath) -> Verdict:
    """Leaves a file {path:plain}."""
    text = _file(answer, path)
    return Verdict(passed=text is not None, found=_found(path, text, "is there"))


def _file(answer: Answer, path: str) -> str | None:
    return answer.files_after.get(normal_path(path))


def _found(path: str, text: str | None, found: str) -> str:
    return f"no file {path}" if text is None else f"{path}: {found}"


def _lines(text: str) -> list[str]:
    return all_lines(text.rstrip())


def files_unchanged(answer: Answer, *, paths: FilePaths | None = None) -> Verdict:
    """Leaves [paths?{paths:plain}][paths!every file] as it was."""
    changed = _changed(answer)
    watched = changed if paths is None else [path for path in map(normal_path, paths) if path in changed]
    return Verdict(passed=not watched, found=f"changed {listed(watched)}" if watched else "unchanged")


def only_files_changed(answer: Answer, *, paths: FilePaths) -> Verdict:
    """Changes no file but {paths:plain}, and changes that."""
    allowed = set(map(normal_path, paths))
    changed = _changed(answer)
    other = [path for path in changed if path not in allowed]
    if other:
        return Verdict(passed=False, found=f"changed {listed(other)}")
    return Verdict(passed=bool(changed), found=f"changed {listed(changed)}" if changed else "nothing changed")


def _changed(answer: Answer) -> list[str]:
    """Files that are new, gone or different, sorted."""
    before = {normal_path(path): text for path, text in answer.files_before.items()}
    after = answer.files_after
    return sorted(path for path in {*before, *after} if before.get(path) != after.get(path))


def changed_lines(
    answer: Answer, *, path: FilePath, at_least: Count | None = None, at_most: Count | None = None
) -> Verdict:
    """Changes {range:line} of {path:plain}.

    A line that is replaced counts once; order is no matter.
    """
    text = _file(answer, path)
    if text is None:
        return Verdict(passed=False, found=f"no file {path}")
    before = Counter(_lines(answer.files_before.get(path, "")))
    after = Counter(_lines(text))
    number = max((before - after).total(), (after - before).total())
    return count_verdict(number, "changed line", at_least, at_most, None)


def tests_pass(answer: Answer) -> Verdict:
    """Leaves every declared test passing."""
    environment = answer.prompt.environment
    tests = environment.tests if environment else ()
    broken = [test.name for test in tests if not reports_pass(test, answer.files_after)]
    return Verdict(
        passed=bool(tests) and not broken, found=f"fails {listed(broken)}" if broken else "all pass"
    )
