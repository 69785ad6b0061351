"""`make demo`: the rollout of `examples/rollout-aws` from first plan to destroy, on an EC2 endpoint of this machine.

Needs no cloud account: `ec2.py` serves the part of EC2 that is about security groups. Everything happens in a temporary folder with a
CLI configuration of its own, which is removed at the end, also after Ctrl-C; `EMC_KEEP=1` keeps it. `EMC_PROVIDER` names the built
provider, `EMC_TERRAFORM` a CLI other than the `terraform` or `tofu` on PATH. Ends with 0 only if every step did what it says.
"""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "rollout-aws"
REGISTRIES = ("registry.terraform.io", "registry.opentofu.org")
ACCOUNT = "000000000042"
REGION = "eu-central-1"
# Settings of the machine that would change what Terraform or the provider does.
FOREIGN = ("AWS_", "TF_", "ARM_", "AZURE_", "EMC_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


class Failed(Exception):
    """A step did not do what it should; the text says what to do."""


def say(text=""):
    print(text, flush=True)


class Steps:
    """Numbered headings, with the time that each step took."""

    def __init__(self):
        self.number = 0
        self.began = time.monotonic()
        self.bold, self.plain = ("\033[1m", "\033[0m") if sys.stdout.isatty() else ("", "")

    def next(self, heading, *text):
        self.number += 1
        say()
        say(f"{self.bold}== {self.number}. {heading}{self.plain}")
        for line in text:
            say(f"   {line}")

    def seconds(self):
        return time.monotonic() - self.began


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


class Cloud:
    """The EC2 endpoint, and what a person would do in the console."""

    def __init__(self):
        try:
            import ec2ctl
            import moto  # noqa: F401
        except ImportError as error:
            raise Failed(f"Python package `{error.name}` is missing; run this as `make demo`, or make the environment with tests/tools/venv") from None
        self.process = subprocess.Popen(
            [sys.executable, str(ROOT / "tests/tools/ec2.py"), "--until-eof"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            start_new_session=True,  # Ctrl-C is for Terraform, which still needs the endpoint to finish
        )  # fmt: skip
        line = self.process.stdout.readline()
        if not line:
            raise Failed("the EC2 endpoint (tests/tools/ec2.py) did not start; what it said is above")
        self.endpoint = json.loads(line)["endpoint"]
        self.ctl = ec2ctl
        self.ec2 = ec2ctl.client(self.endpoint, f"AKIAEMC9{ACCOUNT}", REGION)
        self.groups = {}

    def make_groups(self, names):
        # Terraform's own aws_security_group takes AWS's allow-all egress rule away as well.
        self.groups = self.ctl.setup(self.ec2, names, default_egress=False)["groups"]

    def rules(self, place):
        return self.ctl.rules(self.ec2, self.groups[place])

    def stop(self):
        self.process.stdin.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Terraform:
    """The CLI in a folder of its own."""

    def __init__(self, program, folder, endpoint):
        self.program = program
        self.name = pathlib.Path(program).stem
        self.folder = folder / "rollout"
        self.process = None
        kept = {name: value for name, value in os.environ.items() if not name.upper().startswith(FOREIGN)}
        self.environment = kept | {
            "TF_CLI_CONFIG_FILE": str(folder / "cli.tfrc"),
            "TF_IN_AUTOMATION": "1",  # no advice on what to type next: the next step does it
            "CHECKPOINT_DISABLE": "1",
            "HOME": str(folder),
            "AWS_ENDPOINT_URL_EC2": endpoint,
            "AWS_ACCESS_KEY_ID": f"AKIAEMC0{ACCOUNT}",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_CONFIG_FILE": str(folder / "none"),
            "AWS_SHARED_CREDENTIALS_FILE": str(folder / "none"),
            "AWS_EC2_METADATA_DISABLED": "true",
        }

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
        """Runs a command; its output goes where ours goes. With `only`, just the lines with one of these words, if all goes well."""
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
            lines = [line for line in said.splitlines() if code != expect or any(word in line for word in only)]
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


def line(rule):
    """One live rule as EC2 has it."""
    reference = (rule.get("ReferencedGroupInfo") or {}).get("GroupId")
    end = rule.get("CidrIpv4") or rule.get("CidrIpv6") or rule.get("PrefixListId") or reference
    ports = str(rule["FromPort"]) if rule["FromPort"] == rule["ToPort"] else f"{rule['FromPort']}-{rule['ToPort']}"
    way = "egress" if rule["IsEgress"] else "ingress"
    return f"{rule['SecurityGroupRuleId']}  {way} {rule['IpProtocol']} {ports} {end}  \"{rule.get('Description', '')}\""


def check(holds, otherwise):
    if not holds:
        raise Failed(otherwise)


def demo(steps, folder, cleanup):
    provider, program = find_provider(), find_terraform()

    steps.next("An EC2 endpoint on this machine, with a security group for each kind of server")
    cloud = Cloud()
    cleanup.append(cloud.stop)
    cloud.make_groups(["core", "ids", "media", "gateways", "database"])
    say(f"   {cloud.endpoint}")
    for name, group in cloud.groups.items():
        say(f"   {name:10} {group}")

    steps.next("The rollout of examples/rollout-aws in an empty folder, with this build of the provider", f"{folder}/rollout")
    shutil.copytree(EXAMPLE, folder / "rollout")
    terraform = Terraform(program, folder, cloud.endpoint)
    cleanup.append(terraform.stop)
    say(f"   {terraform.install(folder, provider)}")
    shutil.copy(EXAMPLE / "terraform.tfvars.example", folder / "rollout" / "terraform.tfvars")
    values = {"region": REGION, "security_group_ids": cloud.groups}
    (folder / "rollout" / "demo.auto.tfvars.json").write_text(json.dumps(values, indent=2))
    terraform.run("init", "-input=false", only=("- Install", "initialized"))

    steps.next(
        "What a reviewer reads: every opening in one line, with the flow, its row in the vendor's table, and who may come",
        "Then what was not opened and why (`unexpanded`), what stays unencrypted (`still_plain`), and what is still to be decided.",
    )
    terraform.run("plan", "-input=false", "-detailed-exitcode", "-out=first.plan", expect=2)

    steps.next("Apply that plan")
    terraform.run("apply", "-input=false", "first.plan")
    live = {place: len(cloud.rules(place)) for place in cloud.groups}
    say(f"   Live now: {sum(live.values())} rules ({', '.join(f'{place} {count}' for place, count in live.items())})")

    steps.next("Plan again: nothing to do")
    terraform.run("plan", "-input=false", "-detailed-exitcode")

    # 39095 stands for the License Director; supervisors are one network, so that this is a whole line.
    removed = next(rule for rule in cloud.rules("core") if rule["FromPort"] == 39095 and "from supervisors" in rule["Description"])
    cloud.ctl.revoke(cloud.ec2, cloud.groups["core"], ids=[removed["SecurityGroupRuleId"]])
    foreign = cloud.ctl.authorize(cloud.ec2, cloud.groups["database"], ports="3389", cidr="10.0.0.0/8", description="temp rdp")
    steps.next(
        "Somebody was in the console",
        "removed from core:   " + line(removed),
        "added to database:   " + next(line(rule) for rule in cloud.rules("database") if rule["SecurityGroupRuleId"] == foreign),
        "The plan puts back what is missing, and names what it found and leaves alone.",
    )
    terraform.run("plan", "-input=false", "-detailed-exitcode", "-out=drift.plan", expect=2)
    terraform.run("apply", "-input=false", "drift.plan", only=("Modif", "Apply complete!"))
    now = {place: len(cloud.rules(place)) for place in cloud.groups}
    check(now == live | {"database": live["database"] + 1}, f"the groups should be as before, and one foreign rule more: {now}")
    terraform.run("plan", "-input=false", "-detailed-exitcode")

    steps.next("Destroy: what carries our mark goes, what others made stays")
    words = ("Plan:", "Destroying...", "Destruction", "Destroy complete!")  # else it repeats every line above with a minus
    terraform.run("destroy", "-input=false", "-auto-approve", only=words)
    left = [(place, rule) for place in cloud.groups for rule in cloud.rules(place)]
    say(f"   Live now: {len(left)} rule{'' if len(left) == 1 else 's'}")
    for place, rule in left:
        say(f"   {place:10} {line(rule)}")
    check([rule["SecurityGroupRuleId"] for _, rule in left] == [foreign], "only the foreign rule should be left")
    say()
    say(f"Every step did what it should, in {steps.seconds():.0f} seconds. The rollout is in examples/rollout-aws; README.md says how to use it in a repository of yours.")


def main():
    if sys.version_info < (3, 11):
        sys.exit(f"demo: this is Python {sys.version.split()[0]}; 3.11 or newer is needed, name one with PYTHON=/path/to/python3")

    def interrupted(*_):
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM):  # a shell may have started us with SIGINT ignored
        signal.signal(number, interrupted)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="emc-demo-"))
    cleanup, code = [], 0
    try:
        demo(Steps(), folder, cleanup)
    except KeyboardInterrupt:
        say("\ndemo: interrupted; ending what runs, and cleaning up")
        code = 130
    except Failed as failed:
        print(f"\ndemo: {failed}", file=sys.stderr, flush=True)
        code = 1
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        for stop in reversed(cleanup):
            stop()
        if os.environ.get("EMC_KEEP"):
            say(f"kept: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    sys.exit(code)


if __name__ == "__main__":
    main()
