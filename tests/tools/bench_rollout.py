"""Rollouts of a given size, as Terraform configuration and as values for the protocol.

A rollout spreads every component that takes part in a flow over so many groups, and has so many offices: desktops, known by two address
blocks each. `of_size` finds the number of offices that gives about as many cloud rules as asked for, by asking the provider for plans."""

import json
import os
import re

import cty
from protocol import ROOT, errors, value

RESOURCE = "emc_aws_security_group_rules"
LIMIT = 1000  # rules of a group, direction and family: the most that AWS grants


def servers():
    """Every component but the desktop that a flow has as an end, in a fixed order that spreads busy ones."""
    with open(os.path.join(ROOT, "src", "matrix", "emc_6_6.json"), encoding="utf-8") as file:
        matrix = json.load(file)
    named = set()
    for flow in matrix["flows"].values():
        named |= {flow["listener"], *flow["initiators"]} & set(matrix["components"])
    return sorted(named - {"desktop"})


class Rollout:
    """So many groups and so many offices."""

    resource_type = RESOURCE

    def __init__(self, groups, offices, ids=None):
        self.groups = [f"tier-{number:03}" for number in range(groups)]
        self.ids = ids or {name: f"sg-{number:017x}" for number, name in enumerate(self.groups, 1)}
        components = servers()
        # More groups than components: some live in several.
        spread = {name: [] for name in self.groups}
        for number in range(max(groups, len(components))):
            spread[self.groups[number % groups]].append(components[number % len(components)])
        self.placements = {name: {"components": sorted(set(mine)), "security_group_id": self.ids[name]} for name, mine in spread.items()}
        for number in range(offices):
            blocks = [f"10.{1 + number // 100}.{number % 100 * 2 + half}.0/24" for half in (0, 1)]
            self.placements[f"office-{number:03}"] = {"components": ["desktop"], "cidr_ipv4": blocks}

    def value(self, block, unknown=False, policy=None):
        """The configuration as a value of the resource's schema."""
        _, attributes = block.attributes["placements"].nested
        placements = {}
        for name, given in self.placements.items():
            placements[name] = {key: None for key in attributes} | given
            if unknown and "security_group_id" in given:
                placements[name]["security_group_id"] = cty.UNKNOWN
        config = block.empty() | {"name": "bench", "placements": placements} | self.arguments()
        if policy:
            nesting, inner = block.blocks["policy"]
            given = inner.empty() | policy
            config["policy"] = given if nesting == "single" else [given]
        return cty.decode(block.type, cty.encode(block.type, config))  # sets in their order

    def arguments(self):
        """What the resource is told beside its placements."""
        return {"rules_per_group": LIMIT}

    def base(self, unknown):
        """Configuration with Terraform's own `terraform_data` only: the groups, and the placements as something that is used."""
        groups = "\n".join(
            f'resource "terraform_data" "{name}" {{\n  input = "{self.ids[name]}"\n}}' for name in self.groups
        )
        lines = []
        for name, given in self.placements.items():
            fields = {key: json.dumps(item) for key, item in given.items()}
            if unknown and "security_group_id" in given:
                fields["security_group_id"] = f"terraform_data.{name}.id"
            lines.append(f'    "{name}" = {{ {", ".join(f"{key} = {item}" for key, item in fields.items())} }}')
        placements = "\n".join(lines)
        used = 'resource "terraform_data" "placements" {\n  input = local.placements\n}'
        return f"{groups}\n\nlocals {{\n  placements = {{\n{placements}\n  }}\n}}\n\n{used}\n"

    def resource(self, policy=""):
        """What the other file has besides: the resource over the same placements."""
        return (
            f'resource "{RESOURCE}" "rollout" {{\n  name            = "bench"\n  placements      = local.placements\n'
            f"  rules_per_group = {LIMIT}\n{policy}}}\n"
        )


def plan(provider, config, resource_type=RESOURCE):
    """The answer to a plan that creates this configuration."""
    block = provider.resource(resource_type)
    computed = {name: cty.UNKNOWN for name, attribute in block.attributes.items() if attribute.computed and config[name] is None}
    answer = provider.plan(resource_type, None, config | computed, config)
    found = errors(answer.diagnostics)
    if found:
        raise RuntimeError(found[0])
    return answer


def cloud_rules(provider, rollout, policy=None):
    """How many cloud rules a rollout has, as the provider's summary says it."""
    block = provider.resource(RESOURCE)
    answer = plan(provider, rollout.value(block, policy=policy))
    return int(re.match(r"(\d+) cloud rules", value(block.type, answer.planned_state)["summary"]).group(1))


def of_size(provider, groups, rules):
    """The smallest rollout over so many groups that has at least so many cloud rules, and how many it has."""
    low, high = -1, 1
    while cloud_rules(provider, Rollout(groups, high)) < rules:
        low, high = high, high * 2
    while low + 1 < high:
        middle = (low + high) // 2
        if cloud_rules(provider, Rollout(groups, middle)) < rules:
            low = middle
        else:
            high = middle
    rollout = Rollout(groups, high)
    return rollout, cloud_rules(provider, rollout)
