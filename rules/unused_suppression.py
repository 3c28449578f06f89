"""A suppression that suppresses nothing.

## What it does
Finds `# warmlint: ignore[…]` comments that no finding needed, and ones that cannot be read: a code that
is unknown, a word that is misspelt.

## Why is this bad?
A suppression that is no longer needed hides the next bug on its line. One that cannot be read hides
nothing, and its author believes that it does.

## Example
```python
optimizer_lr = 0.1  # warmlint: ignore[LR001] a whole epoch at LR 0 is meant
```

## Use instead
```python
optimizer_lr = 0.1
```

## Fix safety
The fix takes away the comment, or the one rule of several that it names in vain; other comments in the row
stay. No code changes, so it is safe. A comment that cannot be read is left to its author.

## What it cannot see
A suppression of a rule that is not selected in this run is not judged.
"""

from warmlint.rule import declare

declare("LR901", "unused-suppression", __name__)
