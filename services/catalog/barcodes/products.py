"""What a provider knows of a product, read from the JSON that it answers with.

Understood are Open Library (an edition; `api/books` by bibkeys), Open Food Facts and its sisters
(`product`), and a plain object with a name. What is odd in an answer is left out of the product.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, Field

from chassis.fields import storable

MAX_NAME, MAX_SHORT, MAX_TEXT = 200, 100, 2_000  # characters, as items have them

_NAMES = ("title", "product_name", "name")
_BRANDS = ("brand", "brands")
_MAKERS = ("manufacturer", "publishers", "publisher")
_TEXTS = ("description", "generic_name", "subtitle")
_IMAGES = ("image_url", "image", "cover")
# What may become an attribute, by the name that it goes by there.
_ATTRIBUTES = {
    "author": ("authors", "author", "by_statement"),
    "published": ("publish_date", "published"),
    "pages": ("number_of_pages",),
    "content": ("quantity",),
}


class Product(BaseModel):
    """A proposal for an item, as far as the provider knows."""

    name: str
    brand: str | None = None
    manufacturer: str | None = None
    description: str | None = None
    image_url: str | None = Field(None, examples=["https://example.org/cover.jpg"])
    attributes: dict[str, str] = Field(
        default={}, description="What else it knows", examples=[{"author": "James Joyce"}]
    )


def product_in(document: object) -> Product | None:
    """The product that an answer tells of; None where it tells of none."""
    for candidate in _candidates(document):
        name = _first(candidate, _NAMES, MAX_NAME)
        if name is not None:
            found = {key: _first(candidate, names, 200) for key, names in _ATTRIBUTES.items()}
            return Product(
                name=name,
                brand=_first(candidate, _BRANDS, MAX_SHORT),
                manufacturer=_first(candidate, _MAKERS, MAX_SHORT),
                description=_first(candidate, _TEXTS, MAX_TEXT),
                image_url=_image(candidate),
                attributes={key: value for key, value in found.items() if value is not None},
            )
    return None


def _candidates(document: object) -> Iterable[Mapping[str, Any]]:
    """The object itself, what is under `product`, or the one thing that is in it."""
    if not isinstance(document, dict):
        return
    inside = document.get("product")
    if isinstance(inside, dict):
        yield inside
    yield document
    if len(document) == 1:
        [only] = document.values()
        if isinstance(only, dict):
            yield only


def _first(candidate: Mapping[str, Any], names: Iterable[str], most: int) -> str | None:
    return next((text for name in names if (text := _text(candidate.get(name), most))), None)


def _text(value: object, most: int) -> str | None:
    """Text, a number, the `value` or `name` of an object, or several of these, as one text."""
    if isinstance(value, list):
        parts = [part for one in value[:10] if (part := _text(one, most))]
        value = ", ".join(parts)
    elif isinstance(value, dict):
        value = value.get("name", value.get("value"))
    elif isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not storable(value):
        return None
    return value.strip()[:most].strip() or None


def _image(candidate: Mapping[str, Any]) -> str | None:
    for name in _IMAGES:
        value = candidate.get(name)
        if isinstance(value, dict):  # by size
            value = value.get("large", value.get("medium"))
        if isinstance(value, str) and value.startswith("https://") and len(value) <= MAX_TEXT:
            return value if storable(value) else None
    return None
