"""What the made-up milling machine says: the messages of each of its states, and its flaws.

A message is ``(component, level, template)``. A template's fields are drawn anew for every line:
``{name:low:high}`` an integer, ``{name:low:high:digits}`` a decimal number, both bounds included.
"""

import re
from collections.abc import Sequence

import numpy as np

Message = tuple[str, str, str]

BOOT: Sequence[Message] = (
    ("controller", "INFO", "boot firmware 4.{minor:1:3}"),
    ("controller", "INFO", "self test passed in {time:180:240} ms"),
    ("network", "INFO", "link up at 1000 Mbit/s"),
    ("axis", "INFO", "x homed at {position:0:4} um"),
    ("axis", "INFO", "y homed at {position:0:4} um"),
    ("axis", "INFO", "z homed at {position:0:4} um"),
    ("controller", "INFO", "state idle"),
)
LOADING: Sequence[Message] = (
    ("loader", "INFO", "door opened"),
    ("loader", "INFO", "part {part:1000:9999} clamped with {force:410:480} N"),
    ("loader", "INFO", "door closed"),
    ("controller", "INFO", "state ready"),
)
STARTING: Sequence[Message] = (
    ("controller", "INFO", "program P{program:11:16} started"),
    ("coolant", "INFO", "pump on with flow {flow:7.0:9.0:1} l/min"),
    ("spindle", "INFO", "accelerating to {speed:2400:3200} rpm"),
)
CUTTING: Sequence[Message] = (
    ("spindle", "INFO", "speed {speed:2400:3200} rpm load {load:35:62} percent"),
    ("spindle", "INFO", "bearing temperature {temperature:38.0:56.0:1} C"),
    ("axis", "INFO", "x position {position:10000:48000} um error {error:0:6} um"),
    ("axis", "INFO", "y position {position:10000:48000} um error {error:0:6} um"),
    ("sensor", "INFO", "vibration {vibration:0.40:1.60:2} mm/s"),
    ("coolant", "WARN", "level {level:21:29} percent is low"),
)
STOPPING: Sequence[Message] = (
    ("spindle", "INFO", "stopped after {time:3:6} s"),
    ("coolant", "INFO", "pump off"),
    ("controller", "INFO", "program finished in {time:40:95} s"),
)
UNLOADING: Sequence[Message] = (
    ("loader", "INFO", "door opened"),
    ("sensor", "INFO", "diameter {diameter:24.980:25.020:3} mm deviation {deviation:0:9} um"),
    ("loader", "INFO", "part released"),
    ("loader", "INFO", "door closed"),
    ("controller", "INFO", "state idle"),
)
TOOL_CHANGE: Sequence[Message] = (
    ("changer", "INFO", "tool T{tool:1:8} returned"),
    ("changer", "INFO", "tool T{tool:1:8} taken"),
    ("changer", "INFO", "length offset {offset:80.00:120.00:2} mm"),
)
IDLE: Sequence[Message] = (
    ("network", "INFO", "heartbeat answered in {latency:1:9} ms"),
    ("sensor", "INFO", "cabinet temperature {temperature:28.0:36.0:1} C"),
)

# Messages that a healthy machine never writes.
UNKNOWN: Sequence[Message] = (
    ("controller", "INFO", "watchdog found a torn stack frame at 0x{address:4096:65535}"),
    ("axis", "WARN", "encoder checksum mismatch in sector {sector:1:64}"),
    ("spindle", "INFO", "inverter reports ground leakage of {current:4:19} mA"),
    ("loader", "WARN", "gripper finger lost contact for {time:20:90} ms"),
    ("network", "INFO", "unsigned configuration received from port {port:1024:9999}"),
)
# Known messages with values that no healthy machine reaches; one has a digit more than usual.
OUT_OF_RANGE: Sequence[Message] = (
    ("spindle", "INFO", "speed {speed:11400:15900} rpm load {load:101:140} percent"),
    ("spindle", "INFO", "bearing temperature {temperature:104.0:139.0:1} C"),
    ("axis", "INFO", "x position {position:10000:48000} um error {error:140:900} um"),
    ("sensor", "INFO", "vibration {vibration:11.00:19.00:2} mm/s"),
    ("sensor", "INFO", "diameter {diameter:24.100:24.300:3} mm deviation {deviation:700:900} um"),
)
# Known messages at a time at which a healthy machine never writes them: while it cuts.
WRONG_ORDER: Sequence[Message] = (
    ("loader", "INFO", "door opened"),
    ("loader", "INFO", "part released"),
    ("axis", "INFO", "z homed at {position:0:4} um"),
    ("changer", "INFO", "tool T{tool:1:8} returned"),
)
# A known message that comes again and again within a second.
BURST: Message = ("network", "INFO", "heartbeat answered in {latency:1:9} ms")

_FIELD = re.compile(r"\{\w+:([\d.]+):([\d.]+)(?::(\d))?\}")


def fill(template: str, random: np.random.Generator) -> str:
    """Return a template with every field drawn uniformly between its bounds."""

    def draw(field: re.Match[str]) -> str:
        if field[3] is None:
            return str(random.integers(int(field[1]), int(field[2]), endpoint=True))
        return f"{random.uniform(float(field[1]), float(field[2])):.{field[3]}f}"

    return _FIELD.sub(draw, template)
