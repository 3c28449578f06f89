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

arguments = TrainingArguments("out", max_steps=10_000, warmup_steps=500)
```

## Fix safety
The fix multiplies a fraction by the run's length, where the call is given it or the loop writes it, and cuts
it to an integer; of what is multiplied though it counts steps it leaves the steps. These change the LR curve,
and are unsafe. A warmup that has steps may bring the note that the library's schedule starts at LR 0, which
is off by default. Of two lengths that are both given it takes the ratio away, which transformers 4 passes
over: that is safe where the source says for certain how many steps there are, and unsafe where they may be
none, or where both come of a dict that somebody else may read. What is named `steps` is left alone: others
may give it steps already, and the number of its default is for its author to say.

## What it cannot see
Functions of your own that take a ratio by the name of steps. In `TrainingArguments`, a fraction is right as
`warmup_steps` since transformers 5, and nothing is said of it.

## References
- https://github.com/huggingface/peft/pull/2950
- https://github.com/axolotl-ai-cloud/axolotl/pull/2897
"""

from collections.abc import Iterator

from warmlint.expr import Node, Op, placed, plain, walk
from warmlint.finding import Applicability, Severity
from warmlint.fixes.promises import warms_up
from warmlint.fixes.ratios import in_steps, whether_safe, without_ratio
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
    steps, ratio = given.get("warmup_steps"), given.get("warmup_ratio")
    if steps is not None and ratio is not None:
        at, why, advice = ratio, _both(steps, ratio), "take `warmup_ratio` away: the steps count"
        edits, sure = without_ratio(site, placed(at)), whether_safe(site, steps, placed(at))
    elif told and site.schedule.library in _LIBRARIES:
        at, why, advice = told[0], _mistaken(told[0]), "give it steps: `int(warmup_ratio * total_steps)`"
        edits, sure = in_steps(site, placed(at)), Applicability.UNSAFE
    else:
        return
    if why is not None:
        yield site.finding(
            at=site.place(placed(at)),
            verdict=site.seen("the number is in sight"),
            severity=Severity.ERROR,
            message=why,
            suggestion=advice,
            edits=edits,
            promise=warms_up,
            applicability=sure,
            ends=ratio is not None,
        )


def _both(steps: Node, ratio: Node) -> str | None:
    """Which of two lengths wins, where neither is 0."""
    one, other = own_number(steps), own_number(ratio)
    if not one or not other or one < 0:
        return None
    why = f"`warmup_steps` is {one:g} and `warmup_ratio` {other:g}"
    return f"{why}: transformers 4 passes over the ratio, transformers 5 raises a TypeError"


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
