"""What is read of a provider's answer."""

from typing import Any

import pytest

from services.catalog.barcodes.products import Product, product_in


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (  # Open Library, /isbn/….json
            {
                "title": "Ulysses",
                "publishers": ["Shakespeare and Company"],
                "publish_date": "1922",
                "number_of_pages": 732,
                "authors": [{"key": "/authors/OL31827A"}],
                "description": {"type": "/type/text", "value": "One day."},
            },
            Product(
                name="Ulysses",
                manufacturer="Shakespeare and Company",
                description="One day.",
                attributes={"published": "1922", "pages": "732"},
            ),
        ),
        (  # Open Library, /api/books?bibkeys=…&jscmd=data
            {
                "ISBN:9780141182803": {
                    "title": "Ulysses",
                    "authors": [{"name": "James Joyce"}, {"name": "Declan Kiberd"}],
                    "cover": {"large": "https://covers.example.org/1-L.jpg"},
                }
            },
            Product(
                name="Ulysses",
                image_url="https://covers.example.org/1-L.jpg",
                attributes={"author": "James Joyce, Declan Kiberd"},
            ),
        ),
        (  # Open Food Facts
            {"status": 1, "product": {"product_name": "Milk", "brands": "Dairy"}},
            Product(name="Milk", brand="Dairy"),
        ),
        ({"status": 0, "status_verbose": "product not found"}, None),
        ({}, None),
        ([{"name": "x"}], None),
        ({"name": ""}, None),
        ({"name": {"name": {"name": 5}}}, None),
        ({"name": "half \ud800"}, None),
        ({"name": "x" * 300, "brand": True, "image": "javascript:1"}, Product(name="x" * 200)),
    ],
)
def test_a_product_is_read_from_what_providers_say(
    document: Any,  # noqa: ANN401 - any JSON
    expected: Product | None,
) -> None:
    """As far as it makes sense; what does not is left out."""
    assert product_in(document) == expected
