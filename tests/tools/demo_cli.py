"""The Terraform CLI of the demo: in a folder of its own, with this build of the provider and nothing else of this machine.

It knows neither clouds nor what is shown.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
REGISTRIES = ("registry.terraform.io", "registry.opentofu.org")
# Settings of the machine that would change what Terraform or the provider does.
FOREIGN = ("AWS_", "TF_", "ARM_", "AZURE_", "EMC_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


class Failed(Exception):
    """A step did not do what it should; the text says what to do."""


def say(text=""):
    print(text, flush=True)


def check(holds, otherwise):
    if not holds:
        raise Failed(otherwise)


def find_provider():
    named = os.environ.get("EMC_PROVIDER")
    if not named:
        raise Failed("EMC_PROVIDER does not name the built provider; run this as `make demo`, which builds and names it")
    path = pathlib.Path(named)
    if not path.is_file():
        raise Failed(f"there is no provider at {path}; build it with `make build`, or run `make demo`")
    return path


def find_terraform():
    named = os.environ.get("EMC_TERRAFORM")
    found = shutil.which(named) if named else shutil.which("terraform") or shutil.which("tofu")
    if not found:
        what = f"`{named}`, which EMC_TERRAFORM names, is not there" if named else "neither `terraform` nor `tofu` is on PATH"
        raise Failed(
            f"{what}; install Terraform 1.8 or newer (https://developer.hashicorp.com/terraform/install) "
            "or OpenTofu (https://opentofu.org/docs/intro/install), or name one with EMC_TERRAFORM=/path/to/terraform"
        )
    return found


class Terraform:
    """The CLI; `environment` is how the provider finds its cloud."""

    def __init__(self, program, folder, environment):
        self.program = program
        self.name = pathlib.Path(program).stem
        self.folder = folder / "rollout"
        self.process = None
        kept = {name: value for name, value in os.environ.items() if not name.upper().startswith(FOREIGN)}
        own = {
            "TF_CLI_CONFIG_FILE": str(folder / "cli.tfrc"),
            "TF_IN_AUTOMATION": "1",  # no advice on what to type next: the next step does it
            "CHECKPOINT_DISABLE": "1",
            "HOME": str(folder),
        }
        self.environment = kept | own | environment

    def install(self, folder, provider):
        """A filesystem mirror with this build, and a CLI configuration that knows nothing else."""
        said = subprocess.run([self.program, "version", "-json"], env=self.environment, cwd=folder, capture_output=True, text=True)
        if said.returncode != 0:
            raise Failed(f"`{self.name} version` ended with {said.returncode}:\n{said.stdout}{said.stderr}")
        facts = json.loads(said.stdout)
        version = next(line.split('"')[1] for line in (ROOT / "Cargo.toml").read_text().splitlines() if line.startswith("version = "))
        # The CLI hashes the whole file with every command: without debug information that is quick.
        stripped, strip = folder / "provider", shutil.which("strip")
        if not strip or subprocess.run([strip, "-S", "-o", stripped, provider], capture_output=True).returncode != 0:
            shutil.copy2(provider, stripped)
        mirror = folder / "mirror"
        for registry in REGISTRIES:
            place = mirror / registry / "emc-rollout" / "emc" / version / facts["platform"]
            place.mkdir(parents=True)
            os.link(stripped, place / f"terraform-provider-emc_v{version}")
        (folder / "cli.tfrc").write_text(f"provider_installation {{\n  filesystem_mirror {{\n    path = {json.dumps(str(mirror))}\n  }}\n}}\n")
        return f"{self.name} {facts['terraform_version']} on {facts['platform']}, provider {version}"

    def run(self, *arguments, expect=0, only=None):
        """Runs a command; its output goes where ours goes. With `only`, just the lines with one of these words, or those that it is true
        of, if all goes well."""
        command = " ".join([self.name, *(argument for argument in arguments if argument != "-input=false")])
        say(f"   $ {command}")
        say()
        color = () if sys.stdout.isatty() else ("-no-color",)
        pipe = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True} if only else {}
        line = [self.program, arguments[0], *color, *arguments[1:]]
        self.process = subprocess.Popen(line, cwd=self.folder, env=self.environment, **pipe)
        said, _ = self.process.communicate()
        code, self.process = self.process.returncode, None
        if only:
            shows = only if callable(only) else lambda line: any(word in line for word in only)
            lines = [line for line in said.splitlines() if code != expect or shows(line)]
            say("\n".join(lines))
        if code != expect:
            raise Failed(f"`{command}` ended with {code} instead of {expect}; what it said is above")
        say()

    def stop(self):
        """Lets a command that was interrupted end by itself."""
        if self.process is not None:
            try:
                self.process.communicate(timeout=60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.communicate()
