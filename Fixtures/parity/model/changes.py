"""Ways to run a `reference.Reference` with something changed, and to undo it: context managers that take it."""

import re
from contextlib import contextmanager
from unittest.mock import patch


def values(edit, regroup=True):
    """Runs with tensors changed: `edit` gets a copy of {published name: float32 values}."""

    @contextmanager
    def change(reference):
        edited = dict(reference.checkpoint.values)
        edit(edited)
        reference.load(edited, regroup)
        yield
        reference.load(reference.checkpoint.values)

    return change


def filled(pattern, value, rows=slice(None)):
    """Runs with every tensor whose name matches `pattern` overwritten by `value`, in `rows` only."""

    def edit(tensors):
        names = [name for name in tensors if re.search(pattern, name)]
        assert names, pattern
        for name in names:
            tensors[name] = tensors[name].clone()
            count = tensors[name].shape[0]
            tensors[name][rows(count) if callable(rows) else rows] = value

    return values(edit)


def attribute(modules, name, value):
    """Runs with an attribute changed. `modules(reference)` lists its owners, `value(old, owner)` makes the new one."""

    @contextmanager
    def change(reference):
        owners = list(modules(reference))
        assert owners, name
        old = [getattr(owner, name) for owner in owners]
        for owner, before in zip(owners, old):
            setattr(owner, name, value(before, owner))
        yield
        for owner, before in zip(owners, old):
            setattr(owner, name, before)

    return change


def function(owner, name, replacement):
    """Runs with `owner.name` replaced."""

    @contextmanager
    def change(reference):
        with patch.object(owner, name, replacement):
            yield

    return change


def of(kind):
    """Selects the reference's modules of a class."""
    return lambda reference: [module for module in reference.model.modules() if isinstance(module, kind)]


def at(path):
    """Selects one module by its path."""
    return lambda reference: [reference.model.get_submodule(path)]
