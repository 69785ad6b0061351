"""Azure's half of the figures: the Azure of the tests with one account, and a rollout of so many rules in one network security group."""

import json

import armctl
import bench_rollout

RESOURCE = "emc_azure_network_security_rules"
GROUP = "core"
PORTS = 2  # of `configuration`, for desktops


class Azure:
    """Resource Manager of this machine; used as `bench_cli.Ec2` is."""

    def __enter__(self):
        self.server = armctl.Server()
        self.account = self.server.account()
        return self

    def __exit__(self, *_):
        self.server.stop()

    def env(self):
        return self.account["environment"]

    def groups(self, names):
        """New groups: name to id."""
        return self.server.ctl(self.account, "setup", groups=list(names))["groups"]

    def calls(self):
        """What was asked of Resource Manager since this was last asked, by action."""
        calls = self.server.seen(self.account)["calls"]
        self.server.ask("POST", "/__reset", {"subscription": self.account["subscription"]})
        return {action: count for action, count in calls.items() if action not in ("GET metadata", "POST token")}

    @staticmethod
    def looks(action):
        return action in ("GET group", "GET rules")


class Offices(bench_rollout.Rollout):
    """One group with one service, which agents of so many offices reach: two rules for each."""

    resource_type = RESOURCE

    def __init__(self, offices, ids):
        self.groups, self.ids = [GROUP], ids
        self.placements = {
            f"office-{number:03}": {"components": ["desktop"], "address_prefixes": [f"10.{number // 250}.{number % 250}.0/24"]}
            for number in range(offices)
        }
        service = {"components": ["configuration"], "network_security_group_id": ids[GROUP], "address_prefixes": ["172.16.0.0/24"]}
        self.placements[GROUP] = service
        self.rules = offices * PORTS

    def arguments(self):
        return {}

    def resource(self, policy=""):
        return f'resource "{RESOURCE}" "rollout" {{\n  name       = "bench"\n  placements = local.placements\n{policy}}}\n'

    def base(self, unknown):
        fields = lambda given: ", ".join(f"{key} = {json.dumps(item)}" for key, item in given.items())
        lines = "\n".join(f'    "{name}" = {{ {fields(given)} }}' for name, given in self.placements.items())
        used = 'resource "terraform_data" "placements" {\n  input = local.placements\n}'
        return f"locals {{\n  placements = {{\n{lines}\n  }}\n}}\n\n{used}\n"
