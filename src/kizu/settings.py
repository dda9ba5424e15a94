"""Kedro's settings: https://docs.kedro.org/en/stable/configure/configuration_basics/."""

from kizu.lineage.configuration import LOADER_ARGUMENTS, ProfileConfigLoader
from kizu.lineage.hooks import StageHook
from kizu.tracking.hooks import TrackingHook

HOOKS = (StageHook(), TrackingHook())
CONFIG_LOADER_CLASS = ProfileConfigLoader
CONFIG_LOADER_ARGS = LOADER_ARGUMENTS
