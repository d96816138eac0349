"""Topics' settings, read and changed one by one.

aiokafka knows AlterConfigs alone, which resets whatever it does not name. IncrementalAlterConfigs
(KIP-339, version 0) changes what it names and nothing else.
"""

from collections.abc import Iterable
from typing import Any

from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import for_code
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Array, Boolean, Int8, Int16, Int32, Schema, String

from warehouse.errors import OperatorError

_SET = 0
_OWN = 1  # the source of a value that is the topic's own, not the cluster's


class _Response(Response):  # type: ignore[misc] # aiokafka has no types
    API_KEY = 44
    API_VERSION = 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "responses",
            Array(
                ("error_code", Int16),
                ("error_message", String("utf-8")),
                ("resource_type", Int8),
                ("resource_name", String("utf-8")),
            ),
        ),
    )


class _Struct(RequestStruct):  # type: ignore[misc]
    API_KEY = 44
    API_VERSION = 0
    RESPONSE_TYPE = _Response
    SCHEMA = Schema(
        (
            "resources",
            Array(
                ("resource_type", Int8),
                ("resource_name", String("utf-8")),
                (
                    "configs",
                    Array(
                        ("name", String("utf-8")),
                        ("config_operation", Int8),
                        ("value", String("utf-8")),
                    ),
                ),
            ),
        ),
        ("validate_only", Boolean),
    )


class _IncrementalAlterConfigs(Request[_Struct]):  # type: ignore[misc]
    API_KEY = 44

    def __init__(self, resources: list[Any]) -> None:
        self._resources = resources

    def build(self, request_struct_class: type[_Struct]) -> _Struct:
        return request_struct_class(self._resources, False)


async def alter(admin: Any, settings: Iterable[tuple[str, str, str]]) -> None:  # noqa: ANN401
    """Set each (topic, name, value) and leave all else; raises `OperatorError` when Kafka refuses
    one."""
    by_topic: dict[str, list[tuple[str, int, str]]] = {}
    for topic, name, value in settings:
        by_topic.setdefault(topic, []).append((name, _SET, value))
    request = _IncrementalAlterConfigs(
        [(ConfigResourceType.TOPIC, topic, configs) for topic, configs in by_topic.items()]
    )
    answer = await admin._send_to_controller(request)  # noqa: SLF001 - no public way to send one
    for code, message, _, topic in answer.responses:
        if code:
            raise OperatorError(f"Kafka refused settings of {topic}: {message or for_code(code)}")


async def read(
    admin: Any,  # noqa: ANN401
    names: Iterable[str],
) -> dict[str, dict[str, tuple[str | None, bool]]]:
    """Every setting of the topics `names`: its value, and whether it is the topic's own."""
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    if not resources:
        return {}
    (answer,) = await admin.describe_configs(resources)
    found: dict[str, dict[str, tuple[str | None, bool]]] = {}
    for code, message, _, topic, entries in answer.resources:
        if code:
            raise OperatorError(f"Kafka did not tell settings of {topic}: {message}")
        found[topic] = {name: (value, source == _OWN) for name, value, _, source, *_ in entries}
    return found
