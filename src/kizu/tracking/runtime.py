"""The machine that a stage ran on, and how PyTorch was set there."""

import os
import platform
import sys


def describe_runtime() -> dict[str, str]:
    """Describe this process; PyTorch only where the stage has imported it."""
    facts = {
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "processors": str(os.cpu_count()),
    }
    if sys.platform != "win32":
        import resource

        # In KiB, except on macOS, where it is in bytes.
        unit = 1024 if sys.platform == "darwin" else 1
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
        facts["peak_memory_mib"] = f"{peak / 1024:.0f}"
    torch = sys.modules.get("torch")
    if torch is not None:
        cuda = torch.cuda.is_initialized()
        facts |= {
            "torch": torch.__version__,
            "threads": str(torch.get_num_threads()),
            "device": torch.cuda.get_device_name() if cuda else "cpu",
            "deterministic": str(torch.are_deterministic_algorithms_enabled()),
        }
    return facts
