"""The real Terraform CLI over two folders that differ in one thing, side by side, and over an EC2 endpoint whose calls are counted."""

import json
import os
import platform
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from statistics import median

from protocol import HERE, ROOT, executable

FOREIGN = ("AWS_", "TF_", "ARM_", "AZURE_", "EMC_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
VERSIONS = 'terraform {\n  required_providers {\n    emc = {\n      source = "emc-rollout/emc"\n    }\n  }\n}\n'


def terraform():
    found = os.environ.get("EMC_TERRAFORM") or shutil.which("terraform") or shutil.which("tofu")
    if not found:
        raise RuntimeError("`terraform` or `tofu` is needed on PATH, or EMC_TERRAFORM")
    return found


def version():
    with open(os.path.join(ROOT, "Cargo.toml"), encoding="utf-8") as file:
        return next(line.split('"')[1] for line in file if line.startswith("version = "))


class Folder:
    """A working directory of Terraform with a provider mirror of its own."""

    def __init__(self, parent, name, files, env=None):
        self.path = os.path.join(parent, name)
        os.makedirs(self.path)
        mirror = os.path.join(parent, "mirror")
        for host in ("registry.terraform.io", "registry.opentofu.org"):
            machine = {"x86_64": "amd64", "aarch64": "arm64", "arm64": "arm64"}[platform.machine()]
            place = os.path.join(mirror, host, "emc-rollout", "emc", version(), f"{platform.system().lower()}_{machine}")
            if not os.path.isdir(place):
                os.makedirs(place)
                shutil.copy2(executable(), os.path.join(place, f"terraform-provider-emc_v{version()}"))
        self.write("cli.tfrc", f"provider_installation {{\n  filesystem_mirror {{\n    path = {json.dumps(mirror)}\n  }}\n}}\n")
        for file, text in files.items():
            self.write(file, text)
        self.env = {key: item for key, item in os.environ.items() if not key.upper().startswith(FOREIGN)} | {
            "TF_CLI_CONFIG_FILE": os.path.join(self.path, "cli.tfrc"),
            "TF_IN_AUTOMATION": "1",
            "CHECKPOINT_DISABLE": "1",
            "HOME": self.path,
            "AWS_EC2_METADATA_DISABLED": "true",
            **(env or {}),
        }
        self.run("init", "-input=false")

    def write(self, file, text):
        with open(os.path.join(self.path, file), "w", encoding="utf-8") as out:
            out.write(text)

    def run(self, *arguments):
        """Runs a command to its end; the time it took, in milliseconds."""
        return self.command(arguments)[0]

    def command(self, arguments, **env):
        """Runs a command to its end: the time it took and that of the processors, in milliseconds, and what it said on stderr."""
        began, used = time.perf_counter(), processor()
        done = subprocess.run(
            [terraform(), *arguments, "-no-color"], cwd=self.path, env=self.env | env, stdin=subprocess.DEVNULL, capture_output=True, text=True
        )
        took = (time.perf_counter() - began) * 1e3, processor() - used
        if done.returncode != 0:
            raise RuntimeError(f"terraform {' '.join(arguments)}: {done.stdout}{done.stderr}")
        return *took, done.stderr


def processor():
    """What processes that have ended used of the processors, in milliseconds."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (used.ru_utime + used.ru_stime) * 1e3


# What Terraform logs before and after each part of a start of a provider.
PARTS = {
    "hash": ("providercache.fillMetaCache: including", None),
    "certificate": ("provider: configuring client automatic mTLS", "provider: starting plugin"),
    "provider": ("provider: starting plugin", "provider: plugin process exited"),
}


def parts(folder, arguments, rounds):
    """Where the time goes, as Terraform's own log tells it, in milliseconds: medians of the sums over one command."""
    runs = {name: [] for name in PARTS}
    for _ in range(rounds):
        sums = dict.fromkeys(PARTS, 0.0)
        open_since = dict.fromkeys(PARTS)
        for line in folder.command(arguments, TF_LOG="trace")[2].splitlines():
            stamp = re.match(r"\S+T(\d+):(\d+):(\d+\.\d+)\S* ", line)
            if not stamp:
                continue
            now = (int(stamp[1]) * 60 + int(stamp[2])) * 60 + float(stamp[3])
            for name, (first, last) in PARTS.items():
                if open_since[name] is not None and (last is None or last in line):
                    sums[name] += (now - open_since[name]) * 1e3
                    open_since[name] = None
                elif first in line:
                    open_since[name] = now
        for name, value in sums.items():
            runs[name].append(value)
    return {name: median(values) for name, values in runs.items()}


def compare(one, other, arguments, rounds):
    """Runs a command in both folders in turn, and gives the medians: of each, of the differences, and their ratio."""
    one.run(*arguments), other.run(*arguments)
    runs = [(one.command(arguments), other.command(arguments)) for _ in range(rounds)]
    pairs = [(mine[0], theirs[0]) for mine, theirs in runs]
    without, with_ours = median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)
    return {
        "without_ms": without,
        "with_ms": with_ours,
        "above_ms": median(pair[1] - pair[0] for pair in pairs),
        "ratio": with_ours / without,
        "cpu_above_ms": median(theirs[1] - mine[1] for mine, theirs in runs),
        "best_above_ms": min(pair[1] for pair in pairs) - min(pair[0] for pair in pairs),
    }


def sides(parent, name, rollout, unknown, env=None):
    """The two folders for one rollout: `terraform_data` alone, and the same file with the resource of ours."""
    base = rollout.base(unknown)
    return (
        Folder(parent, f"{name}-without", {"main.tf": base}, env),
        Folder(parent, f"{name}-with", {"main.tf": base, "rollout.tf": VERSIONS + "\n" + rollout.resource()}, env),
    )


class Ec2:
    """The EC2 endpoint of the tests, with one account."""

    def __init__(self, account="000000000042"):
        self.account = account
        self.process = subprocess.Popen(
            [sys.executable, os.path.join(HERE, "ec2.py"), "--until-eof"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.endpoint = json.loads(self.process.stdout.readline())["endpoint"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()

    def env(self):
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": f"AKIAEMC0{self.account}",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": "eu-central-1",
        }

    def ask(self, path, body=None):
        data = None if body is None else json.dumps({"account": self.account} | body).encode()
        with urllib.request.urlopen(urllib.request.Request(self.endpoint + path, data=data), timeout=120) as answer:
            return json.load(answer)

    @staticmethod
    def looks(action):
        return action.startswith("Describe")

    def groups(self, names):
        """New groups: name to id. The quota of this account is raised to what AWS grants at most."""
        self.ask("/__quota", {"quota": 1000})
        made = self.ask("/__ctl", {"region": "eu-central-1", "command": "setup", "args": {"groups": list(names)}})
        return made["result"]["groups"]

    def calls(self):
        """The calls since this was last asked, by action."""
        calls = self.ask(f"/__calls?account={self.account}")["calls"]
        self.ask("/__reset", {})
        return calls


def workspace():
    """A folder for the folders, removed at the end."""
    return tempfile.TemporaryDirectory(prefix="emc-bench-")
