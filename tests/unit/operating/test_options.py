"""What the commands say to the name of a service that they can do nothing with."""

import pytest

from warehouse.errors import OperatorError
from warehouse.operating import rebuild
from warehouse.operating.options import chosen
from warehouse.registry import SERVICES, UnknownServiceError


@pytest.mark.parametrize("name", ["gateway", "all", "lending"])
def test_a_service_that_keeps_nothing_is_refused_with_those_that_do(name: str) -> None:
    with pytest.raises(UnknownServiceError) as refused:
        chosen(name)
    assert str(refused.value).endswith(f"there are: {', '.join(SERVICES)}.")


@pytest.mark.parametrize("name", ["gateway", "auth", "all", "lending"])
def test_what_can_not_be_rebuilt_is_refused_with_what_can(name: str) -> None:
    with pytest.raises(OperatorError, match=f"{name}.*here are: {', '.join(SERVICES[1:])}\\."):
        rebuild.declared(name)
