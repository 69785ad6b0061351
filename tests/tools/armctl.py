"""Starts and controls the Azure of the tests (`tests/arm`), in Python.

`Server` starts the built example and speaks to its control door; what there is to say is told in `tests/arm/control.rs`. As a command it
speaks to a server that runs: `armctl.py --control http://127.0.0.1:PORT --subscription ID COMMAND [JSON]` does what `tests/arm/hand.rs`
tells, for instance `rules '{"group": "core"}'`, and prints what is answered.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LOCAL = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def program():
    """The built server: `EMC_ARM`, or beside the provider that `EMC_PROVIDER` names, or in the target folder."""
    if named := os.environ.get("EMC_ARM"):
        return named
    provider = os.environ.get("EMC_PROVIDER")
    target = os.path.dirname(provider) if provider else os.path.join(os.environ.get("CARGO_TARGET_DIR") or os.path.join(ROOT, "target"), "debug")
    found = os.path.join(target, "examples", "arm.exe" if os.name == "nt" else "arm")
    if not os.path.isfile(found):
        raise FileNotFoundError(f"{found} is not there: `make build` builds it, or name the program with EMC_ARM")
    return found


def ask(control, method, path, body=None):
    """One request to the control door."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(control + path, data=data, method=method)
    try:
        with LOCAL.open(request, timeout=60) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise RuntimeError(f"{method} {path} {body}: {error.read().decode()}") from None


class Server:
    """A server that ends with this process."""

    def __init__(self, port=0):
        self.folder = tempfile.TemporaryDirectory(prefix="arm-")
        self.ca = os.path.join(self.folder.name, "ca.pem")
        self.process = subprocess.Popen(
            [program(), "--ca", self.ca, "--port", str(port), "--until-eof"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            start_new_session=True,  # Ctrl-C is for whoever uses it, and still needs it to finish
        )  # fmt: skip
        said = json.loads(self.process.stdout.readline())
        self.endpoint, self.elsewhere, self.identity, self.control = (said[key] for key in ("endpoint", "elsewhere", "identity", "control"))

    def ask(self, method, path, body=None):
        return ask(self.control, method, path, body)

    def account(self, **given):
        """A new account; `environment` in it has all that the provider needs."""
        made = self.ask("POST", "/__account", given)
        made["environment"]["SSL_CERT_FILE"] = self.ca
        return made

    def ctl(self, account, command, **args):
        """Does something by hand in an account."""
        return ctl(self.control, account["subscription"], command, args)

    def fault(self, account, **fault):
        self.ask("POST", "/__faults", {"subscription": account["subscription"], "faults": [fault]})

    def settings(self, account, **settings):
        self.ask("POST", "/__settings", {"subscription": account["subscription"], "settings": settings})

    def seen(self, account):
        """What was asked in an account: `calls`, `log`, `hanging`, `mishaps`."""
        return self.ask("GET", f"/__calls?subscription={account['subscription']}")

    def stop(self):
        """Ends it; its exit code."""
        self.process.stdin.close()
        code = self.process.wait(10)
        self.process.stdout.close()
        self.folder.cleanup()
        return code


def ctl(control, subscription, command, args):
    return ask(control, "POST", "/__ctl", {"subscription": subscription, "command": command, "args": args})["result"]


def main():
    parser = argparse.ArgumentParser(description="Changes network security groups by hand; prints JSON.")
    parser.add_argument("--control", required=True, help="the control address that the server says")
    parser.add_argument("--subscription", required=True)
    parser.add_argument("command", help="setup, show, rules, put_rule, edit_rule, delete_rule, fill, edit_group, touch, delete_group, …")
    parser.add_argument("args", nargs="?", default={}, type=json.loads, help='JSON, for instance {"group": "core"}')
    options = parser.parse_args()
    try:
        print(json.dumps(ctl(options.control, options.subscription, options.command, options.args), indent=2))
    except (OSError, RuntimeError) as error:
        sys.exit(f"armctl: {error}")


if __name__ == "__main__":
    main()
