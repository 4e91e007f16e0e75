"""`crossbar-nsm devices`."""

from __future__ import annotations

from crossbar_nsm.cli.options import Json
from crossbar_nsm.cli.output import print_json


def devices(as_json: Json = False) -> None:
    """List the bundled device presets."""
    from crossbar_nsm.report.tables import devices_table, print_table
    from device_models import load_device, preset_paths

    presets = [load_device(name) for name in preset_paths()]
    if as_json:
        print_json([device.model_dump(mode="json") | {"scopes": device.scopes} for device in presets])
    else:
        print_table(devices_table(presets))
