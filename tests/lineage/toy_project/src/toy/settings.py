from kizu.lineage.configuration import LOADER_ARGUMENTS, ProfileConfigLoader
from kizu.lineage.hooks import StageHook

HOOKS = (StageHook(),)
CONFIG_LOADER_CLASS = ProfileConfigLoader
CONFIG_LOADER_ARGS = LOADER_ARGUMENTS
