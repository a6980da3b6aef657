"""Runs every module of the installed DashScope SDK that infers, against the gateway whose settings are in the environment.

Fails on a module that is neither run nor excluded by name, on an exclusion of a module that is run, and on a call that
does not succeed.
"""

import importlib.metadata
import os
import pkgutil
import sys
import traceback

import dashscope

from excluded import EXCLUDED, reason_for

EDGE = os.environ["DASHSCOPE_EDGE_URL"]
KEY = os.environ["DASHSCOPE_EDGE_KEY"]

dashscope.api_key = KEY
dashscope.base_http_api_url = f"{EDGE}/api/v1"
dashscope.base_websocket_api_url = f"{EDGE.replace('http', 'ws', 1)}/api-ws/v1/inference"
dashscope.base_compatible_api_url = f"{EDGE}/compatible-mode/v1"


def enumerated():
    """The names of all modules of the SDK, without `dashscope.`."""
    found = pkgutil.walk_packages(dashscope.__path__, "dashscope.", onerror=lambda name: None)
    return sorted(module.name.removeprefix("dashscope.") for module in found)


def main():
    from classic import CASES
    from classic_audio import AUDIO_CASES

    version = importlib.metadata.version("dashscope")
    cases = {**CASES, **AUDIO_CASES}
    if not version.startswith("1."):
        from client import CLIENT_CASES

        cases.update(CLIENT_CASES)
    modules = enumerated()
    passed, failed = 0, 0
    for module in modules:
        case = cases.get(module)
        if case is None:
            if reason_for(module) is None:
                failed += 1
                print(f"FAILED {version} {module}: it is neither run nor excluded by name")
            continue
        try:
            if module in EXCLUDED:
                raise AssertionError("it is run and excluded")
            case()
            passed += 1
            print(f"passed {version} {module}", flush=True)
        except Exception as error:  # Any failure of a module is a failure of this test.
            failed += 1
            last = traceback.extract_tb(error.__traceback__)[-1]
            print(f"FAILED {version} {module}: {error!r} at {last.filename}:{last.lineno}", flush=True)
    for module in sorted(set(cases) - set(modules)):
        failed += 1
        print(f"FAILED {version} {module}: the SDK has no such module any more")
    print(f"{version}: {passed} passed, {failed} failed, {len(modules) - passed - failed} excluded by name")
    # Threads of the SDK's sockets would keep the process alive.
    sys.stdout.flush()
    os._exit(1 if failed else 0)


main()
