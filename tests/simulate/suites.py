"""A small suite for the simulated provider's tests: one prompt of each shape."""

from canary.domain.canonical import Json
from canary.domain.suite import (
    CheckSpec,
    EnvironmentSpec,
    Example,
    ExampleCall,
    ExampleStep,
    Prompt,
    Suite,
    TableAnswer,
    TableTool,
    Tool,
    Turn,
)

CHECK = CheckSpec(name="any", sentence="Holds of anything.")


def said(*texts: str) -> Example:
    """An example of texts alone."""
    return Example(steps=tuple(ExampleStep(text=text) for text in texts))


def call(name: str, **arguments: Json) -> ExampleCall:
    """A tool call."""
    return ExampleCall(name=name, arguments=arguments)


def prompt_of(number: int, family: str = "many") -> Prompt:
    """One of many plain prompts."""
    return Prompt(
        id=f"{family}/p{number:03d}",
        family=family,
        turns=(Turn(user=f"Question {number}?"),),
        checks=(CHECK,),
        passing=(said("right"),),
        failing=(said("wrong"),),
    )


TEXT = Prompt(
    id="text/tide-pool",
    family="text",
    turns=(Turn(user="Describe a tide pool.\nUse few words."),),
    checks=(CHECK,),
    passing=(
        said("A bowl of sea — left behind, twice a day."),
        said('Rock, water, "weed", crabs; then: nothing. \\ 潮だまり 🦀'),
        said("Small.\nWet.\n\nAlive."),
    ),
    failing=(said("No."), said("As an assistant, I would be delighted. " * 12)),
)
TURNS = Prompt(
    id="turns/signature",
    family="turns",
    system="Every answer ends with -- desk.",
    turns=(Turn(user="Which table?"), Turn(user="And from the north?"), Turn(user="Just answer.")),
    checks=(CHECK,),
    passing=(said("Table 4. -- desk", "Table 6. -- desk", "Yes. -- desk"),),
    failing=(said("Table 4. -- desk", "Table 6.", "Yes."),),
)
TOOLS = Prompt(
    id="tools/fix",
    family="tools",
    system="You may use tools.",
    turns=(
        Turn(user="Fix the total in report.py and say what EURUSD is."),
        Turn(user="Thanks. Anything else?"),
    ),
    environment=EnvironmentSpec(
        files={"report.py": "total = 0\n", "notes.md": "größer\n"},
        tools=("read_file", "edit_file"),
        tables=(
            TableTool(
                tool=Tool(
                    name="get_rate",
                    description="Exchange rate of a pair.",
                    parameters={"type": "object", "properties": {"pair": {"type": "string"}}},
                ),
                answers=(TableAnswer(when={"pair": "EURUSD"}, result={"rate": 1.25}),),
            ),
        ),
    ),
    checks=(CHECK,),
    passing=(
        Example(
            steps=(
                ExampleStep(
                    text="Looking.",
                    tool_calls=(call("read_file", path="report.py"), call("get_rate", pair="EURUSD")),
                ),
                ExampleStep(
                    tool_calls=(call("edit_file", path="report.py", old_text="0", new_text="größer ✓"),)
                ),
                ExampleStep(text="Fixed; 1.25."),
                ExampleStep(text="Nothing else."),
            )
        ),
    ),
    failing=(said("Fixed.", "No."),),
)
BARE = Prompt(
    id="bare/none", family="bare", turns=(Turn(user="Nobody wrote examples for this."),), checks=(CHECK,)
)
SUITE = Suite(prompts=(TEXT, TURNS, TOOLS, BARE))
