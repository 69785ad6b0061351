"""Random rollouts through the whole life of a resource, judged as Terraform core judges: `objchange.py` says what core would refuse.

The seed is printed with every failure; `EMC_RANDOM=<seed>` repeats one run, `EMC_RUNS` sets how many rollouts are drawn."""

import json
import os
import random
import subprocess
import sys
import unittest
import urllib.request

import cty
import objchange
from cty import UNKNOWN
from protocol import Provider, errors, tf, value

HERE = os.path.dirname(os.path.abspath(__file__))
RESOURCE = "emc_aws_security_group_rules"
RUNS = int(os.environ.get("EMC_RUNS", "40"))
ACCOUNT = "000000000001"
GROUPS = ("core", "media", "db", "edge")

COMPONENTS = """desktop reporting control_panel application_management_director license_director call_routing configuration task_director
media_director xml_server virtual_agent ids_multimedia ids_voice_and_presence ids_view preview_contact_store simple_messaging_store
email_store voice_store web_chat_gateway sms_gateway xmpp_gateway media_proxy ttrace_server sql_server aes weblm asms_control""".split()
FLOWS = ["license_director.29073", "configuration.29091", "xml_server.29069", "sql_server.1433", "voice_store.29072", "ids_view.29076"]
NETWORKS = [f"10.{number}.0.0/16" for number in range(20, 40)] + ["192.168.7.0/24", "172.16.3.9/32"]


class Drawn:
    """A random rollout: what the configuration of resource and data source says. `real` gives it with every unknown resolved."""

    def __init__(self, dice, group_ids):
        self.dice, self.group_ids = dice, group_ids
        names = dice.sample(["agents", "core", "db", "media", "edge", "branch_1", "x-y"], dice.randint(1, 5))
        components = dice.sample(COMPONENTS, dice.randint(len(names), len(COMPONENTS)))
        self.placements = {}
        for index, name in enumerate(names):
            mine = components[index :: len(names)]
            kind = dice.choice(["group", "cidr", "cidr", "both"])
            self.placements[name] = {
                "components": mine,
                "security_group_id": dice.choice(list(group_ids.values())) if kind != "cidr" else None,
                "cidr_ipv4": dice.sample(NETWORKS, dice.randint(1, 6)) if kind != "group" else None,
                "peer_by": dice.choice(["group", "addresses", "both"]) if kind == "both" else None,
                "single_host": dice.choice([None, None, True, False]),
            }
        # Two placements may share a group; at least one needs one.
        if not any(placement["security_group_id"] for placement in self.placements.values()):
            self.placements[names[0]] |= {"security_group_id": group_ids["core"], "peer_by": "addresses"}
        self.policy = dice.choice([None, self.draw_policy()])
        self.hidden_groups = {name for name in names if dice.random() < 0.4}
        self.hidden_networks = {name for name in names if dice.random() < 0.2}

    def draw_policy(self):
        dice = self.dice
        policy = {"transport": dice.choice([None, "as_listed", "prefer_secure", "secure_only", "plain_only"])}
        if dice.random() < 0.5:
            policy["directions"] = dice.choice([["ingress"], ["egress"], ["ingress", "egress"]])
        if dice.random() < 0.4:
            policy["exclude"] = dice.sample(FLOWS, dice.randint(1, 2))
        if dice.random() < 0.3:
            policy["ports"] = {dice.choice(FLOWS): dice.choice(["30091", "3000-3010"])}
        if dice.random() < 0.3:
            policy["management_from"] = [dice.choice(list(self.placements))]
        if dice.random() < 0.3:
            policy["port_ranges"] = dice.choice(["exact", "coalesce"])
        if dice.random() < 0.2:
            policy["mail"] = ["imaps", "smtps"]
        if dice.random() < 0.2:
            policy["answers"] = {"A12": "29085 and 39085 both, CHG1"}
        return policy

    def config(self, block, unknown):
        """The configuration of the AWS resource; `unknown`: with group ids and networks that another resource will give."""
        _, placement_attributes = block.attributes["placements"].nested
        placements = {}
        for name, drawn in self.placements.items():
            placement = {key: None for key in placement_attributes} | drawn
            if unknown and name in self.hidden_groups and placement["security_group_id"]:
                placement["security_group_id"] = UNKNOWN
            if unknown and name in self.hidden_networks and placement["cidr_ipv4"]:
                placement["cidr_ipv4"] = [*placement["cidr_ipv4"][1:], UNKNOWN]
            placements[name] = placement
        return self.with_policy(block, {"name": "rollout", "placements": placements, "rules_per_group": 1000})

    def names_only(self, block):
        """The configuration of the data source that knows no addresses."""
        _, placement_attributes = block.attributes["placements"].nested
        empty = {key: None for key in placement_attributes}
        return self.with_policy(
            block, {"placements": {name: empty | {"components": drawn["components"]} for name, drawn in self.placements.items()}}
        )

    def with_policy(self, block, fields):
        config = block.empty() | fields
        nesting, inner = block.blocks["policy"]
        if self.policy is not None:
            policy = inner.empty() | self.policy
            config["policy"] = policy if nesting == "single" else [policy]
        return cty.decode(block.type, cty.encode(block.type, config))  # sets in their order


class Plans(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = subprocess.Popen(
            [sys.executable, os.path.join(HERE, "ec2.py"), "--until-eof"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        cls.addClassCleanup(cls.stop_server)
        cls.endpoint = json.loads(cls.server.stdout.readline())["endpoint"]
        cls.ask("/__quota", {"quota": 100_000})  # what fits into a group is not the question here
        cls.provider = Provider(
            AWS_ENDPOINT_URL=cls.endpoint, AWS_ACCESS_KEY_ID=f"AKIAEMC0{ACCOUNT}", AWS_SECRET_ACCESS_KEY="secret", AWS_REGION="eu-central-1"
        )
        cls.addClassCleanup(cls.provider.close)
        problems = errors(cls.provider.configure())
        if problems:
            raise AssertionError(problems)
        cls.seed = int(os.environ.get("EMC_RANDOM", random.SystemRandom().randrange(10**9)))

    @classmethod
    def stop_server(cls):
        cls.server.stdin.close()
        cls.server.wait(10)
        cls.server.stdout.close()

    @classmethod
    def ask(cls, path, body):
        request = urllib.request.Request(cls.endpoint + path, data=json.dumps({"account": ACCOUNT, **body}).encode(), method="POST")
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as answer:
            return json.load(answer)

    def new_groups(self):
        """Groups of its own for a rollout, so that one that fails leaves nothing in the way of the next."""
        return self.ask("/__ctl", {"command": "setup", "args": {"groups": GROUPS, "default_egress": False}})["result"]["groups"]

    def each(self, count, live):
        """Runs `live` for as many seeds; a failure names its seed and does not end the others. It says what validation refused."""
        refused = []
        for seed in range(self.seed, self.seed + count):
            with self.subTest(EMC_RANDOM=seed):
                refused += live(random.Random(seed))
        # Not every draw makes sense; most have to, or nothing is tested.
        self.assertLess(len(refused), count * 0.4, f"too many draws refused: {refused[:3]}")

    def planned(self, block, prior, config, private=b""):
        """A plan that core would take: the same for the same question, valid, replacing nothing."""
        proposed = None if config is None else objchange.proposed_new(block, prior, config)
        answers = [self.provider.plan(RESOURCE, prior, proposed, config, private) for _ in range(2)]
        self.assertEqual(errors(answers[0].diagnostics), [])
        for answer in answers:
            del answer.diagnostics[:]
        self.assertEqual(answers[0], answers[1], "the same question twice, two answers")
        self.assertFalse(answers[0].legacy_type_system)
        self.assertEqual(len(answers[0].requires_replace), 0)
        plan = value(block.type, answers[0].planned_state)
        self.assertEqual(objchange.plan_valid(block, prior, config, plan), [])
        return plan, answers[0].planned_private

    def applied(self, block, prior, plan, config, private):
        answer = self.provider.apply(RESOURCE, prior, plan, config, private)
        self.assertEqual(errors(answer.diagnostics), [])
        state = value(block.type, answer.new_state)
        self.assertEqual(objchange.result_valid(block, plan, state), [])
        return state, answer.private

    def settled(self, block, state, config, private):
        """After apply: reading changes nothing, an upgrade of the same version changes nothing, and nothing is left to do."""
        read = self.provider.read(RESOURCE, state, private)
        self.assertEqual(errors(read.diagnostics), [])
        self.assertEqual(value(block.type, read.new_state), state, "reading changed the state")
        upgraded = self.provider.upgrade(RESOURCE, json_of(state), self.provider.schema.resource_schemas[RESOURCE].version)
        self.assertEqual(errors(upgraded.diagnostics), [])
        self.assertEqual(value(block.type, upgraded.upgraded_state), state, "upgrading changed the state")
        plan, _ = self.planned(block, state, config, read.private)
        self.assertEqual(plan, state, "something left to do after apply")
        return read.private

    def test_the_life_of_a_rollout(self):
        """Plan with unknowns, plan again with them resolved, apply, read, change, apply, destroy."""
        self.each(RUNS, self.live)

    def live(self, dice):
        block, groups = self.provider.resource(RESOURCE), self.new_groups()
        drawn = Drawn(dice, groups)
        first, final = drawn.config(block, unknown=True), drawn.config(block, unknown=False)
        problems = errors(self.provider.validate(RESOURCE, final))
        if problems:
            return problems[:1]
        self.assertEqual(errors(self.provider.validate(RESOURCE, first)), [], "refused only because something is unknown")
        early, _ = self.planned(block, None, first)
        plan, private = self.planned(block, None, final)
        self.assertEqual(objchange.compatible(block.type, early, plan), [], "the final plan breaks a promise of the first")
        state, private = self.applied(block, None, plan, final, private)
        private = self.settled(block, state, final, private)
        again = Drawn(dice, groups).config(block, unknown=False)
        if not errors(self.provider.validate(RESOURCE, again)):
            plan, planned_private = self.planned(block, state, again, private)
            state, private = self.applied(block, state, plan, again, planned_private)
            private = self.settled(block, state, again, private)
        plan, planned_private = self.planned(block, state, None, private)
        self.assertIsNone(plan)
        gone = self.provider.apply(RESOURCE, state, None, None, planned_private)
        self.assertEqual(errors(gone.diagnostics), [])
        self.assertIsNone(value(block.type, gone.new_state))
        for group in groups.values():
            left = self.ask("/__ctl", {"command": "rules", "args": {"group": group}})["result"]
            self.assertEqual(left, [], "rules left behind")
        return []

    def test_rules_of_names_alone(self):
        """emc_rules: wholly known, the configuration untouched, the same bytes for the same question."""
        self.each(RUNS, self.names_alone)

    def names_alone(self, dice):
        block = self.provider.data_source("emc_rules")
        config = Drawn(dice, dict.fromkeys(GROUPS, "unused")).names_only(block)
        answers = [self.provider.read_data("emc_rules", config) for _ in range(2)]
        problems = errors(answers[0].diagnostics)
        if problems:
            return problems[:1]
        self.assertEqual(answers[0].state.msgpack, answers[1].state.msgpack)
        state = value(block.type, answers[0].state)
        self.assertFalse(cty.has_unknown(state))
        for name, attribute in block.attributes.items():
            if not attribute.computed:
                self.assertEqual(state[name], config[name], name)
        self.assertRegex(state["digest"], r"\A[0-9a-f]{16,64}\Z")
        for key, rule in state["rules"].items():
            self.assertTrue(key.startswith(f"{rule['local']} {rule['direction']} "), key)
            self.assertLessEqual(rule["from_port"], rule["to_port"])
        return []

    def test_order_says_nothing(self):
        """The same placements and components in another order: the same bytes."""
        self.each(10, self.both_orders)

    def both_orders(self, dice):
        block, answers = self.provider.data_source("emc_rules"), []
        config = Drawn(dice, dict.fromkeys(GROUPS, "unused")).names_only(block)
        for backwards in (False, True):
            request = tf.ReadDataSource.Request(
                type_name="emc_rules", config=tf.DynamicValue(msgpack=other_order(block, config, backwards))
            )
            answer = self.provider.rpc.ReadDataSource(request)
            if errors(answer.diagnostics):
                return errors(answer.diagnostics)[:1]
            answers.append(answer.state.msgpack)
        self.assertEqual(answers[0], answers[1])
        return []


def other_order(block, config, backwards):
    """The configuration with maps, objects and sets in this order or the other, as another core might send it."""
    import msgpack

    def turned(type_, item):
        if isinstance(type_, list) and isinstance(item, dict):
            inner = type_[1]
            keys = sorted(item, reverse=backwards)
            return {key: turned(inner[key] if type_[0] == "object" else inner, item[key]) for key in keys}
        if isinstance(type_, list) and isinstance(item, list) and type_[0] != "tuple":
            parts = [turned(type_[1], part) for part in item]
            return parts[::-1] if type_[0] == "set" and backwards else parts
        return item

    return msgpack.packb(turned(block.type, cty.outgoing(block.type, config)), use_bin_type=True)


def json_of(state):
    """A state as the state file holds it; numbers of this provider are integers."""
    return json.loads(json.dumps(state))


if __name__ == "__main__":
    unittest.main()
