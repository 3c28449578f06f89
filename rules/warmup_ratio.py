"""A ratio is given where steps are meant, or the other way round, or both are given.

## What it does
Finds a fraction of 1 as the `num_warmup_steps` of a schedule of transformers or diffusers, a ratio above 1
that is multiplied with the length of the run, and `TrainingArguments` with both `warmup_steps` and
`warmup_ratio`.

## Why is this bad?
The factories count steps: there is none between 0 and 0.1, and the run is at the full LR from update 1 on. A
ratio of 20 is a warmup twenty times as long as the run. Of two lengths one does nothing: transformers 4 takes
the steps, and since transformers 5 the ratio is no argument any more, and the call fails.

## Example
```python
from transformers import TrainingArguments

arguments = TrainingArguments("out", max_steps=10_000, warmup_steps=500, warmup_ratio=0.1)
```

## Use instead
```python
from transformers import TrainingArguments

arguments = TrainingArguments("out", max_steps=10_000, warmup_steps=1_000)
```

## Fix safety
The fix multiplies a fraction by the run's length, where the call is given it or the loop writes it, and cuts
it to an integer; of what is multiplied though it counts steps it leaves the steps. Of two lengths that are
both given it takes the ratio away, which transformers 4 passes over. All but the last change the LR curve;
all are unsafe, since another number may have been meant. What is named `steps` is left alone.

## What it cannot see
Functions of your own that take a ratio by the name of steps. In `TrainingArguments`, a fraction is right as
`warmup_steps` since transformers 5, and nothing is said of it.

## References
- https://github.com/huggingface/peft/pull/2950
- https://github.com/axolotl-ai-cloud/axolotl/pull/2897
"""

from collections.abc import Iterator

from warmlint.expr import Node, Op, placed, plain, walk
from warmlint.finding import Severity
from warmlint.fixes.promises import warms_up
from warmlint.fixes.ratios import in_steps, without_ratio
from warmlint.rule import rule
from warmlint.schedule.evaluate import own_number
from warmlint.schedule.roles import name_of
from warmlint.schedule.words import words
from warmlint.site import Judgement, Site

_LIBRARIES = {"transformers", "diffusers"}
_RATIOS = {"ratio", "fraction", "proportion", "frac"}
_WHOLE = {"int", "round", "math.ceil", "math.floor"}


@rule("LR405", "warmup-ratio")
def check(site: Site) -> Iterator[Judgement]:
    """The source's own number is none of the kind that the argument takes."""
    given, factor = site.factor.given, site.factor.expression
    told = [each for each in walk(factor) if each.op is Op.NAMED and each.value == "num_warmup_steps"]
    if "warmup_steps" in given and "warmup_ratio" in given:
        at, why = given["warmup_ratio"], _both(given["warmup_steps"], given["warmup_ratio"])
        edits = without_ratio(site, placed(at))
    elif told and site.schedule.library in _LIBRARIES:
        at, why = told[0], _mistaken(told[0])
        edits = in_steps(site, placed(at))
    else:
        return
    if why is None:
        return
    yield site.finding(
        at=site.place(placed(at)),
        verdict=site.seen("the number is in sight"),
        severity=Severity.ERROR,
        message=why,
        suggestion="give the warmup in steps alone, `int(warmup_ratio * total_steps)`",
        edits=edits,
        promise=warms_up,
    )


def _both(steps: Node, ratio: Node) -> str | None:
    """Which of two lengths wins, where neither is 0."""
    one, other = own_number(steps), own_number(ratio)
    why = f"`warmup_steps` is {one:g} and `warmup_ratio` {other:g}" if one and other else None
    return f"{why}: transformers 4 passes over the ratio, transformers 5 raises a TypeError" if why else None


def _mistaken(told: Node) -> str | None:
    """What is wrong with a number of steps."""
    bare = plain(told)
    while bare.op is Op.CALL and bare.value in _WHOLE and bare.args:
        bare = plain(bare.args[0])
    number = own_number(bare)
    if bare.op in {Op.CONST, Op.SYMBOL} and number is not None and 0 < number < 1:
        is_whole = "" if bare is plain(told) else ", of which no integer is left"
        return f"`num_warmup_steps` counts steps, and is given the fraction {number:g}{is_whole}"
    for each in bare.args if bare.op is Op.MUL else ():
        name, number = name_of(each) or "", own_number(each)
        if _RATIOS & set(words(name)) and number is not None and number > 1:
            return f"`{name}` is {number:g}, and no ratio: the warmup is {number:g} times as long as the run"
    return None
