"""Times, sizes and numbers of calls of a release build, against their targets; `make bench` runs it.

Prints a table and writes `target/bench.json`. It is a benchmark and no test: it ends with 0 whenever it could measure, and says which
targets are met. Figures depend on the machine and on what else it does; differences and ratios come from runs in turn (A B A B).

Options: `--quick` (fewer rounds, smaller rollouts), `--only process,cli,expansion,calls,scale,azure`."""

import argparse
import json
import os
import platform
import subprocess
import sys

import bench_azure
import bench_calls
import bench_cli
import bench_process
import bench_rollout
import bench_scale
from protocol import ROOT, Provider

PARTS = ("process", "cli", "expansion", "calls", "scale", "azure")
# About so many cloud rules, over so many groups.
SIZES = ((100, 3), (1000, 17), (5000, 40))


class Report:
    """The figures, printed as they come."""

    def __init__(self):
        self.rows = []
        self.missed = 0

    def heading(self, text):
        print(f"\n{text}\n" + "-" * len(text), flush=True)

    def add(self, figure, value, unit, most=None, note=""):
        """One figure; `most` is its target, if it has one."""
        met = None if most is None else value <= most
        self.rows.append({"figure": figure, "value": round(value, 3), "unit": unit, "target": most, "met": met})
        self.missed += met is False
        verdict = {None: "", True: "met", False: "NOT met"}[met]
        target = "" if most is None else f"<= {most:g} {unit}"
        print(f"{figure:<58} {value:>10.4g} {unit:<4} {target:<12} {verdict:<8} {note}".rstrip(), flush=True)


def process(report, quick):
    report.heading("The process (medians of 20)")
    figures = bench_process.lives()
    report.add("start to handshake", figures["handshake_ms"], "ms", 10, f"best {figures['handshake_best_ms']:.1f}")
    report.add("  of that, starting any process from Python", figures["echo_ms"], "ms", note="/bin/echo")
    report.add("resident memory at handshake", figures["handshake_mb"], "MB", 20)
    report.add("size of the executable", figures["binary_mb"], "MB", 25)
    report.add("first call: connecting and GetProviderSchema", figures["first_call_ms"], "ms")
    report.add("GetProviderSchema again", figures["schema_ms"], "ms", note=f"{figures['schema_kb']:.0f} kB")
    report.add("resident memory after the schema", figures["schema_mb"], "MB")
    report.add("Shutdown call", figures["shutdown_ms"], "ms")
    report.add("end of the process after its answer", figures["end_ms"], "ms")
    for rules, groups in SIZES[: 2 if quick else 3]:
        _, figures = bench_process.plans(groups, rules)
        title = f"{figures['cloud_rules']} cloud rules, {groups} groups"
        report.add(f"{title}: ValidateResourceConfig", figures["validate_ms"], "ms")
        report.add(f"{title}: PlanResourceChange", figures["plan_ms"], "ms")
        report.add(f"{title}: resident memory after 5 plans", figures["after_mb"], "MB", note=f"{figures['before_mb']:.1f} before")


def cli(report, quick):
    report.heading("Terraform over one file, with the resource and without (medians, runs in turn)")
    rounds = 5 if quick else 9
    with bench_cli.workspace() as parent, bench_cli.Ec2() as ec2:
        for rules, groups in SIZES[: 2 if quick else 3]:
            with Provider() as provider:
                rollout, count = bench_rollout.of_size(provider, groups, rules)
            offices = sum(name.startswith("office") for name in rollout.placements)
            live = bench_rollout.Rollout(groups, offices, ec2.groups(rollout.groups))
            title = f"{count} cloud rules, {groups} groups"
            unknown = bench_cli.sides(parent, f"{rules}-unknown", rollout, unknown=True)
            known = bench_cli.sides(parent, f"{rules}-known", live, unknown=False, env=ec2.env())
            plan = ("plan", "-input=false", "-refresh=true")
            for label, folders, arguments, most in (
                ("validate", unknown, ("validate",), 50),
                ("plan, ids unknown", unknown, plan, None),
                ("plan, ids known, EC2 asked", known, plan, None),
            ):
                figures = bench_cli.compare(*folders, arguments, rounds)
                note = f"{figures['without_ms']:.0f} -> {figures['with_ms']:.0f}, x{figures['ratio']:.2f}; best {figures['best_above_ms']:.0f}"
                note += f", processors {figures['cpu_above_ms']:.0f}"
                report.add(f"{title}: {label}, above", figures["above_ms"], "ms", most, note)
                if label == "validate":
                    spent = bench_cli.parts(folders[1], arguments, rounds)
                    report.add("  of that, Terraform hashing the executable", spent["hash"], "ms")
                    report.add("  of that, Terraform making certificates", spent["certificate"], "ms", note="one for each start of a provider, two here")
                    report.add("  of that, our processes from start to end", spent["provider"], "ms", note="two")


def expansion(report, _quick):
    report.heading("The table and its expansion (Rust, optimized)")
    command = [os.environ.get("CARGO", "cargo"), "bench", "--quiet", "--no-default-features", "--bench", "expansion", "--", "--json"]
    figures = json.loads(subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout)
    report.add("reading the table", figures["matrix_parse_ms"], "ms")
    first = {}
    for row in figures["expansions"]:
        title = f"{row['shape']}: {row['rules']} rules of {row['placements']} placements"
        per = row["expand_ms_per_100000_rules"]
        if row["rules"] >= 5000:
            first.setdefault(row["shape"], per)
        ratio = f"; a rule costs x{per / first[row['shape']]:.2f} of one at 10,000" if row["shape"] in first else ""
        most = 1000 if 100_000 <= row["rules"] < 200_000 else None
        report.add(f"{title}, expand", row["expand_ms"], "ms", most, f"{per:.0f} ms a 100,000{ratio}; digest {row['digest_ms']:.1f} ms")


def calls(report, _quick):
    report.heading("Calls to EC2")
    with bench_cli.workspace() as parent, bench_cli.Ec2() as ec2, Provider() as provider:
        for title, rows in bench_calls.all_of_them(ec2, parent, provider).items():
            for phase, reads, writes, (most_reads, most_writes), took, _ in rows:
                report.add(f"{title}: {phase}, reads", reads, "", most_reads)
                report.add(f"{title}: {phase}, writes", writes, "", most_writes, f"{took:.0f} ms with all else that Terraform does")


def scale(report, quick):
    report.heading("A large rollout against EC2 (peak of resident memory, looks), and how planning grows")
    with bench_cli.Ec2() as ec2:
        for groups, addresses in ((17, 30),) if quick else ((17, 30), (100, 25)):
            figures = bench_scale.life(ec2, bench_scale.hub(ec2, groups, addresses))
            title = f"{figures['rules']} rules, {groups} groups"
            for name in ("create", "refresh", "plan", "destroy"):
                report.add(f"{title}: {name}, memory at most", figures[f"{name}_mb"], "MB", 64)
                looks = 8 if name == "refresh" else None
                writes = f"{figures[f'{name}_writes']} writes; {figures[f'{name}_ms']:.0f} ms with all that the endpoint does"
                report.add(f"{title}: {name}, looks", figures[f"{name}_looks"], "", looks, writes)
    times = bench_scale.planning((20, 40, 80) if quick else (20, 40, 80, 160))
    first = min(times)
    for rules, took in times.items():
        ratio = took / rules / (times[first] / first)
        most = None if rules == first else 1.3
        report.add(f"{rules} rules: a rule's share of planning, over that of {first}", ratio, "", most, f"{took:.1f} ms a plan")


def azure(report, quick):
    report.heading("1,000 rules in one network security group of Azure")
    with bench_cli.workspace() as parent, bench_azure.Azure() as cloud:
        rollout = bench_azure.Offices(500, cloud.groups([bench_azure.GROUP]))
        title = f"{rollout.rules} rules, one group"
        figures = bench_scale.life(cloud, rollout)
        # A look, the write, one or two questions how far it is, a look; a create is warned of what is there while it is planned.
        requests = {"create": 6, "refresh": 1, "plan": 0, "destroy": 5}
        for name, most in requests.items():
            report.add(f"{title}: {name}, memory at most", figures[f"{name}_mb"], "MB", 64)
            note = f"{figures[f'{name}_writes']} writes; {figures[f'{name}_ms']:.0f} ms with all that the endpoint does"
            report.add(f"{title}: {name}, requests", figures[f"{name}_calls"], "", most, note)
        without, with_ours = bench_cli.sides(parent, "azure", rollout, unknown=False, env=cloud.env())
        plan = ("plan", "-input=false", "-refresh=true")
        for label, prepare in (("plan of a create, Azure asked", None), ("plan without a change, Azure asked", ("apply", "-input=false", "-auto-approve"))):
            if prepare:
                without.run(*prepare), with_ours.run(*prepare)
            figures = bench_cli.compare(without, with_ours, plan, 5 if quick else 9)
            note = f"{figures['without_ms']:.0f} -> {figures['with_ms']:.0f}; best {figures['best_above_ms']:.0f}"
            report.add(f"{title}: {label}, above", figures["above_ms"], "ms", 1000, f"{note}, processors {figures['cpu_above_ms']:.0f}")


def main():
    parser = argparse.ArgumentParser(description="Times and sizes of the release build.")
    parser.add_argument("--quick", action="store_true", help="fewer rounds, no rollout of 5,000 rules")
    parser.add_argument("--only", default=",".join(PARTS), help=f"some of {','.join(PARTS)}")
    options = parser.parse_args()
    report = Report()
    load = os.getloadavg()[0]
    print(f"{os.environ.get('EMC_PROVIDER')}; {os.cpu_count()} cores, load {load:.1f} at the start, {platform.system()} {platform.machine()}")
    for part in PARTS:
        if part in options.only.split(","):
            globals()[part](report, options.quick)
    print(f"\n{sum(row['met'] is True for row in report.rows)} targets met, {report.missed} not met; load {os.getloadavg()[0]:.1f} at the end")
    out = os.path.join(os.environ.get("CARGO_TARGET_DIR") or os.path.join(ROOT, "target"), "bench.json")
    os.makedirs(os.path.dirname(out), exist_ok=True)
    with open(out, "w", encoding="utf-8") as file:
        json.dump({"cores": os.cpu_count(), "load": load, "figures": report.rows}, file, indent=2)
    print(f"written to {out}")


if __name__ == "__main__":
    sys.exit(main())
