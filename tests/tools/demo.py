"""`make demo`: a rollout from first plan to destroy, on a cloud that is served on this machine; no account is needed.

`CLOUD` says which: `aws` (the default) plays `examples/rollout-aws`, `azure` plays `examples/rollout-azure`. The steps are the same; what a
cloud is, and what else there is to see on it, is told in `demo_clouds.py`. Everything happens in a temporary folder with a CLI
configuration of its own, which is removed at the end, also after Ctrl-C; `EMC_KEEP=1` keeps it. `EMC_PROVIDER` names the built provider,
`EMC_TERRAFORM` a CLI other than the `terraform` or `tofu` on PATH. Ends with 0 only if every step did what it says.
"""

import json
import os
import pathlib
import shutil
import signal
import sys
import tempfile
import time

from demo_cli import Failed, Terraform, check, find_provider, find_terraform, say
from demo_clouds import CLOUDS


class Steps:
    """Numbered headings, with the time that all steps took."""

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


def live(cloud):
    """How many rules there are in each group."""
    return {group: len(cloud.rules(group)) for group in cloud.groups}


def demo(steps, folder, cleanup, choose):
    provider, program = find_provider(), find_terraform()
    example = choose.example

    steps.next(f"{choose.endpoint_is} on this machine, with the groups of each kind of server")
    cloud = choose(cleanup)
    say(f"   {cloud.endpoint}")
    for name, group in cloud.groups.items():
        say(f"   {name:12} {group}")

    steps.next(f"The rollout of examples/{example.name} in an empty folder, with this build of the provider", f"{folder}/rollout")
    shutil.copytree(example, folder / "rollout")
    terraform = Terraform(program, folder, cloud.environment(folder))
    cleanup.append(terraform.stop)
    say(f"   {terraform.install(folder, provider)}")
    shutil.copy(example / "terraform.tfvars.example", folder / "rollout" / "terraform.tfvars")
    set_values = lambda **more: (folder / "rollout" / "demo.auto.tfvars.json").write_text(json.dumps(cloud.values() | more, indent=2))
    set_values()
    terraform.run("init", "-input=false", only=("- Install", "initialized"))

    steps.next(
        "What a reviewer reads: every opening in one line, with the flow, its row in the vendor's table, and who may come",
        "Then what was not opened and why (`unexpanded`), what stays unencrypted (`still_plain`), and what is still to be decided.",
    )
    terraform.run("plan", "-input=false", "-detailed-exitcode", "-out=first.plan", expect=2)

    steps.next("Apply that plan")
    terraform.run("apply", "-input=false", "first.plan")
    made = live(cloud)
    say(f"   Live now: {sum(made.values())} rules ({', '.join(f'{group} {count}' for group, count in made.items())})")

    steps.next("Plan again: nothing to do")
    terraform.run("plan", "-input=false", "-detailed-exitcode")

    (hurt, removed), (guest, added) = cloud.meddle()
    steps.next(
        f"Somebody was in the {cloud.console}",
        f"removed from {hurt + ':':12} {cloud.line(removed)}",
        f"added to {guest + ':':16} {cloud.line(added)}",
        "The plan puts back what is missing, and names what it found and leaves alone.",
    )
    terraform.run("plan", "-input=false", "-detailed-exitcode", "-out=drift.plan", expect=2)
    terraform.run("apply", "-input=false", "drift.plan", only=("Modif", "Apply complete!"))
    now = live(cloud)
    check(now == made | {guest: made[guest] + 1}, f"the groups should be as before, and one foreign rule more: {now}")
    terraform.run("plan", "-input=false", "-detailed-exitcode")

    cloud.own_steps(steps, terraform, set_values)

    steps.next("Destroy: what carries our mark goes, what others made stays")
    words = ("Plan:", "Destroying...", "Destruction", "Destroy complete!")  # else it repeats every line above with a minus
    terraform.run("destroy", "-input=false", "-auto-approve", only=words)
    left = [(group, rule) for group in cloud.groups for rule in cloud.rules(group)]
    say(f"   Live now: {len(left)} rule{'' if len(left) == 1 else 's'}")
    for group, rule in left:
        say(f"   {group:12} {cloud.line(rule)}")
    check([cloud.identity(rule) for _, rule in left] == [cloud.identity(added)], "only the foreign rule should be left")
    say()
    say(
        f"Every step did what it should, in {steps.seconds():.0f} seconds. The rollout is in examples/{example.name}; "
        "README.md says how to use it in a repository of yours."
    )


def main():
    if sys.version_info < (3, 11):
        sys.exit(f"demo: this is Python {sys.version.split()[0]}; 3.11 or newer is needed, name one with PYTHON=/path/to/python3")
    name = os.environ.get("CLOUD") or "aws"
    if name not in CLOUDS:
        sys.exit(f"demo: CLOUD is `{name}`; choose from: {', '.join(CLOUDS)}")

    def interrupted(*_):
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM):  # a shell may have started us with SIGINT ignored
        signal.signal(number, interrupted)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="emc-demo-"))
    cleanup, code = [], 0
    try:
        demo(Steps(), folder, cleanup, CLOUDS[name])
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
