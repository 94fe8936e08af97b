"""How people write the name of a brand."""

from __future__ import annotations

from detector.brand import Brand, BrandMatcher

# That of the shipped `brands.yml`, so that a simulation needs no configuration.
DEFAULT_BRAND = Brand(
    "kunang-fiber",
    "Kunang Fiber",
    ("kunang", "kunang fiber", "kunangfiber"),
    ("kunang-kunang", "kunang kunang"),
)


def names_of(brand: Brand) -> tuple[str, ...]:
    """Return the spellings of a brand that it is recognised by: name, aliases, handles.

    >>> names_of(DEFAULT_BRAND)
    ('Kunang Fiber', 'kunang', 'kunang fiber', 'kunangfiber', '@kunangfiber')
    """
    handles = [f"@{alias}" for alias in brand.aliases if alias.isalnum() and alias.isascii()]
    names = dict.fromkeys([brand.name, *brand.aliases, *handles[-1:]])
    matcher = BrandMatcher([brand])
    return tuple(name for name in names if matcher.match(name))
