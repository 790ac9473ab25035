"""The templates of pictures and pages: whatever a target said is text in them, and nothing else."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("pytest_prose_go.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(template: str, **values: object) -> str:
    """The template of that name, filled in. Characters that XML and HTML have no place for are left out."""
    return _environment().get_template(template).render(**values).translate(_UNPRINTABLE)


_UNPRINTABLE = dict.fromkeys((*range(9), 11, 12, *range(14, 32), *range(55296, 57344), 65534, 65535), "�")
