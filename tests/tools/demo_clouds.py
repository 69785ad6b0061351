"""The clouds that the demo runs on: what serves each, its groups and rules, and what a person would do in its console.

`choose(cleanup)` starts one; what ends it is appended to `cleanup`. None needs an account of the real cloud.
"""

import json
import re
import subprocess
import sys

from demo_cli import ROOT, Failed


class Aws:
    """EC2, as far as it is about security groups: `ec2.py`."""

    example = ROOT / "examples" / "rollout-aws"
    endpoint_is = "An EC2 endpoint"
    console = "console"
    account, region = "000000000042", "eu-central-1"

    def __init__(self, cleanup):
        try:
            import ec2ctl
            import moto  # noqa: F401
        except ImportError as error:
            raise Failed(f"Python package `{error.name}` is missing; run this as `make demo`, or make the environment with tests/tools/venv") from None
        self.process = subprocess.Popen(
            [sys.executable, str(ROOT / "tests/tools/ec2.py"), "--until-eof"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            start_new_session=True,  # Ctrl-C is for Terraform, which still needs the endpoint to finish
        )  # fmt: skip
        cleanup.append(self.stop)
        line = self.process.stdout.readline()
        if not line:
            raise Failed("the EC2 endpoint (tests/tools/ec2.py) did not start; what it said is above")
        self.endpoint = json.loads(line)["endpoint"]
        self.ctl = ec2ctl
        self.ec2 = ec2ctl.client(self.endpoint, f"AKIAEMC9{self.account}", self.region)
        # Terraform's own aws_security_group takes AWS's allow-all egress rule away as well.
        self.groups = ec2ctl.setup(self.ec2, ["core", "ids", "media", "gateways", "database"], default_egress=False)["groups"]

    def environment(self, folder):
        return {
            "AWS_ENDPOINT_URL_EC2": self.endpoint,
            "AWS_ACCESS_KEY_ID": f"AKIAEMC0{self.account}",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_CONFIG_FILE": str(folder / "none"),
            "AWS_SHARED_CREDENTIALS_FILE": str(folder / "none"),
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def values(self):
        return {"region": self.region, "security_group_ids": self.groups}

    def rules(self, group):
        return self.ctl.rules(self.ec2, self.groups[group])

    def identity(self, rule):
        return rule["SecurityGroupRuleId"]

    def line(self, rule):
        """One live rule as EC2 has it."""
        reference = (rule.get("ReferencedGroupInfo") or {}).get("GroupId")
        end = rule.get("CidrIpv4") or rule.get("CidrIpv6") or rule.get("PrefixListId") or reference
        ports = str(rule["FromPort"]) if rule["FromPort"] == rule["ToPort"] else f"{rule['FromPort']}-{rule['ToPort']}"
        way = "egress" if rule["IsEgress"] else "ingress"
        return f"{rule['SecurityGroupRuleId']}  {way} {rule['IpProtocol']} {ports} {end}  \"{rule.get('Description', '')}\""

    def meddle(self):
        """Takes a rule of ours away and puts one of somebody else there: the group and the rule of each."""
        # 39095 stands for the License Director; supervisors are one network, so that this is a whole line.
        removed = next(rule for rule in self.rules("core") if rule["FromPort"] == 39095 and "from supervisors" in rule["Description"])
        self.ctl.revoke(self.ec2, self.groups["core"], ids=[self.identity(removed)])
        added = self.ctl.authorize(self.ec2, self.groups["database"], ports="3389", cidr="10.0.0.0/8", description="temp rdp")
        return ("core", removed), ("database", next(rule for rule in self.rules("database") if self.identity(rule) == added))

    def own_steps(self, steps, terraform, set_values):
        """Nothing that the other cloud does not have."""

    def stop(self):
        self.process.stdin.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Azure:
    """Resource Manager and Entra ID, as far as they are about network security groups: the example `arm`, built from `tests/arm`."""

    example = ROOT / "examples" / "rollout-azure"
    endpoint_is = "Azure's Resource Manager"
    console = "portal"

    def __init__(self, cleanup):
        import armctl

        try:
            self.server = armctl.Server()
        except (FileNotFoundError, ValueError) as error:
            raise Failed(f"the Azure of this machine did not start: {error}") from None
        cleanup.append(self.server.stop)
        self.endpoint = self.server.endpoint
        self.account = self.server.account()
        kinds = {"groups": ["nsg-servers", "nsg-dmz", "nsg-data"], "asgs": ["asg-core", "asg-ids", "asg-media", "asg-gateways"]}
        made = self.server.ctl(self.account, "setup", resource_group="rg-emc", **kinds)
        self.groups, self.members = made["groups"], made["asgs"]

    def environment(self, folder):
        # SSL_CERT_FILE makes the provider trust it, ARM_METADATA_HOSTNAME leads there; nothing in the provider is for tests.
        return self.account["environment"]

    def values(self):
        short = lambda ids: {name.split("-", 1)[1]: identity for name, identity in ids.items()}
        return {"network_security_group_ids": short(self.groups), "application_security_group_ids": short(self.members)}

    def rules(self, group):
        return self.server.ctl(self.account, "rules", group=self.groups[group])

    def identity(self, rule):
        return rule["id"]

    def line(self, rule):
        """One live rule as Resource Manager has it."""
        properties = rule["properties"]

        def end(side):
            named = [group["id"].rsplit("/", 1)[1] for group in properties.get(f"{side}ApplicationSecurityGroups", [])]
            return ", ".join(filter(None, [properties.get(f"{side}AddressPrefix"), *properties.get(f"{side}AddressPrefixes", []), *named]))

        ports = properties.get("destinationPortRange") or ",".join(properties["destinationPortRanges"])
        words = [str(properties["priority"]), properties["direction"], properties["access"], properties["protocol"], ports]
        return f"{' '.join(words)} {end('source')} > {end('destination')}  {rule['name']}"

    def meddle(self):
        """Takes a rule of ours away and puts one of somebody else there: the group and the rule of each."""
        removed = next(rule for rule in self.rules("nsg-servers") if rule["name"].endswith(".core.in.tcp-39095.from.supervisors"))
        self.server.ctl(self.account, "delete_rule", group=self.groups["nsg-servers"], name=removed["name"])
        guest = {"priority": 200, "sourceAddressPrefix": "10.0.0.0/8", "destinationPortRange": "3389", "description": "temp rdp"}
        self.server.ctl(self.account, "put_rule", group=self.groups["nsg-data"], name="temp-rdp", properties=guest)
        added = next(rule for rule in self.rules("nsg-data") if rule["name"] == "temp-rdp")
        return ("nsg-servers", removed), ("nsg-data", added)

    def own_steps(self, steps, terraform, set_values):
        steps.next(
            "Make the list mean something",
            "Until now Azure's default rules let everything pass inside of the virtual network: `void` says so. With `deny_unlisted` what no",
            "line allows is denied, by rules behind all others. What servers need beside EMC has to be listed then: here the domain controllers.",
        )
        set_values(deny_unlisted=True)
        # Of what changes, the lines of each placement that deny, and their exception; the directory's would fill pages.
        words = ("deny", "load balancers", "~ void ", "~ summary ", "Plan:")
        shows = lambda line: re.search(r'~ "\w+" += {$', line) or any(word in line for word in words)
        terraform.run("plan", "-input=false", "-detailed-exitcode", "-out=deny.plan", expect=2, only=shows)
        terraform.run("apply", "-input=false", "deny.plan", only=("Modif", "Apply complete!"))
        terraform.run("plan", "-input=false", "-detailed-exitcode")


# By the value of `CLOUD`.
CLOUDS = {"aws": Aws, "azure": Azure}
