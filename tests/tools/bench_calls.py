"""How many calls EC2 gets, counted at the endpoint, for the life of a rollout: create, refresh, a change, destroy."""

from math import ceil

import bench_rollout
from bench_cli import VERSIONS, Folder

PAGE = 1000  # rules in one answer
GROUPS_A_CALL = 200
READS = ("DescribeSecurityGroupRules", "DescribeSecurityGroups")


def many_groups(ids):
    """A rollout over very many groups that stays small: one listener, one egress rule in every other group."""
    placements = {name: {"components": ["desktop"], "security_group_id": group} for name, group in ids.items()}
    placements[next(iter(ids))]["components"] = ["license_director"]
    return placements


def life(ec2, parent, name, rollout, policy=""):
    """Counts of one rollout, by phase: action to number; and what phases may cost at most."""
    resource = VERSIONS + "\n" + rollout.resource(policy)
    folder = Folder(parent, name, {"main.tf": rollout.base(unknown=False), "rollout.tf": resource}, ec2.env())
    ec2.calls()
    phases = {}

    def phase(title, *arguments):
        took = folder.run(*arguments)
        phases[title] = {"calls": ec2.calls(), "ms": took}

    phase("plan of create", "plan", "-input=false", "-out=plan.out")
    phase("create", "apply", "-input=false", "plan.out")
    phase("refresh", "plan", "-input=false", "-refresh-only")
    phase("nothing to do", "apply", "-input=false", "-auto-approve")
    changed = rollout.base(unknown=False).replace('"10.1.0.0/24"', '"172.16.0.0/24"', 1)
    if changed != rollout.base(unknown=False):
        folder.write("main.tf", changed)
        phase("change of one block", "apply", "-input=false", "-auto-approve")
    phase("destroy", "destroy", "-input=false", "-auto-approve")
    return phases


def bounds(groups, live_rules):
    """What is allowed for each phase: (reads, writes). A describe is one call for 200 groups, and one for each further page."""
    describe = max(ceil(groups / GROUPS_A_CALL), ceil(live_rules / PAGE))
    # Groups that come to name each other are looked up once more: their VPCs. Terraform plans again when it applies.
    before = 2 * ceil(groups / GROUPS_A_CALL)
    return {
        "plan of create": (before, 0),
        "create": (before, 2 * groups),
        "refresh": (describe, 0),
        "nothing to do": (describe, 0),
        # Terraform refreshes with one process of the provider and applies with another, so each has to look.
        "change of one block": (2 * describe, 2 * groups),
        "destroy": (2 * describe, 2 * groups),
    }


def judge(phases, allowed):
    """Rows for the table: phase, reads, writes, allowed, milliseconds, met."""
    rows = []
    for title, seen in phases.items():
        reads = sum(count for action, count in seen["calls"].items() if action in READS)
        writes = sum(seen["calls"].values()) - reads
        most = allowed[title]
        rows.append((title, reads, writes, most, seen["ms"], reads <= most[0] and writes <= most[1]))
    return rows


def all_of_them(ec2, parent, provider):
    """The two rollouts that are counted: 1,000 cloud rules in 17 groups, and 210 groups with a rule each."""
    found = {}
    shape, count = bench_rollout.of_size(provider, 17, 1000)
    ids = ec2.groups(shape.groups)
    rollout = bench_rollout.Rollout(17, sum(name.startswith("office") for name in shape.placements), ids)
    # Each group keeps its default egress rule, which a describe returns as well.
    found[f"{count} cloud rules, 17 groups"] = judge(life(ec2, parent, "seventeen", rollout), bounds(17, count + 17))

    wide = bench_rollout.Rollout(210, 0)
    wide.ids = ec2.groups(wide.groups)
    wide.placements = many_groups(wide.ids)
    policy = '  policy {\n    directions = ["egress"]\n  }\n'
    count = bench_rollout.cloud_rules(provider, wide, policy={"directions": ["egress"]})
    found[f"{count} cloud rules, 210 groups"] = judge(life(ec2, parent, "wide", wide, policy), bounds(210, count + 210))
    return found
