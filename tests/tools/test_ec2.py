"""The EC2 endpoint of the tests, against what the documentation of AWS says. Each test names its sentence.

The sentences are paraphrased from the EC2 API reference and the VPC user guide; `[assumed]` marks what neither says."""

import json
import os
import subprocess
import sys
import threading
import time
import unittest
import urllib.error
import urllib.request

import ec2ctl
from botocore.exceptions import ClientError, HTTPClientError
from botocore.parsers import ResponseParserError

HERE = os.path.dirname(os.path.abspath(__file__))
REGION = "eu-central-1"


class Server:
    """One endpoint process for all tests of this file."""

    def __init__(self):
        self.process = subprocess.Popen(
            [sys.executable, os.path.join(HERE, "ec2.py"), "--until-eof"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.endpoint = json.loads(self.process.stdout.readline())["endpoint"]

    def ask(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.endpoint + path, data=data, method=method)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=30) as answer:
            return json.load(answer)

    def stop(self):
        self.process.stdin.close()
        code = self.process.wait(10)
        self.process.stdout.close()
        return code


SERVER = None
SESSION = None
NUMBER = 0


def setUpModule():
    global SERVER, SESSION
    SERVER, SESSION = Server(), ec2ctl.session()


def tearDownModule():
    code = SERVER.stop()
    assert code == 0, f"the endpoint ended with {code} when its input did"


class Case(unittest.TestCase):
    """Each test has an account of its own."""

    mode = "corrected"

    def setUp(self):
        global NUMBER
        NUMBER += 1
        self.account = f"{NUMBER:012}"
        self.ec2 = ec2ctl.client(SERVER.endpoint, f"AKIAEMC0{self.account}", REGION, SESSION)
        SERVER.ask("POST", "/__mode", {"account": self.account, "mode": self.mode})
        made = self.made = self.ctl("setup", groups=["core", "db"], prefix_lists={"sites": ["10.1.0.0/16", "10.2.0.0/16"]})
        self.core, self.db = made["groups"]["core"], made["groups"]["db"]
        self.list = made["prefix_lists"]["sites"]

    def ctl(self, command, **args):
        return SERVER.ask("POST", "/__ctl", {"account": self.account, "region": REGION, "command": command, "args": args})["result"]

    def authorize(self, *permissions, group=None, egress=False, **more):
        call = self.ec2.authorize_security_group_egress if egress else self.ec2.authorize_security_group_ingress
        return call(GroupId=group or self.core, IpPermissions=list(permissions), **more).get("SecurityGroupRules", [])

    def rules(self, group=None):
        return [rule for rule in self.ctl("rules", group=group or self.core) if not rule["IsEgress"]]

    def refused(self, code, call, *args, **kwargs):
        with self.assertRaises(ClientError) as caught:
            call(*args, **kwargs)
        self.assertEqual(caught.exception.response["Error"]["Code"], code)
        return caught.exception.response["Error"]["Message"]

    def calls(self):
        return SERVER.ask("GET", f"/__calls?account={self.account}")

    def fault(self, **fault):
        SERVER.ask("POST", "/__faults", {"account": self.account, "faults": [fault]})


def tcp(port, cidr=None, **more):
    return ec2ctl.permission("tcp", port, cidr, **more)


class Corrected(Case):
    def test_authorize_answers_every_rule(self):
        """AuthorizeSecurityGroupIngress: the answer holds information about the security group rules that were added."""
        added = self.authorize(tcp(80, "10.0.0.0/8"), tcp(81, "10.0.0.0/8"), tcp(82, source=self.db), tcp(83, source=self.list))
        self.assertEqual([rule["FromPort"] for rule in added], [80, 81, 82, 83])
        self.assertEqual({rule["SecurityGroupRuleId"] for rule in added}, {rule["SecurityGroupRuleId"] for rule in self.rules()})
        self.assertEqual(added[2]["ReferencedGroupInfo"]["GroupId"], self.db)
        self.assertEqual(added[0]["GroupOwnerId"], self.account)

    def test_a_refused_batch_adds_nothing(self):
        """[assumed] A call that is refused changes nothing."""
        self.authorize(tcp(81, "10.0.0.0/8"))
        message = self.refused("InvalidPermission.Duplicate", self.authorize, tcp(80, "10.0.0.0/8"), tcp(81, "10.0.0.0/8"))
        self.assertIn("peer: 10.0.0.0/8, TCP, from port: 81, to port: 81, ALLOW", message)
        self.assertEqual([rule["FromPort"] for rule in self.rules()], [81])

    def test_the_same_permission_twice(self):
        """Seen in practice: the same permission must not appear multiple times in one request."""
        self.refused("InvalidParameterValue", self.authorize, tcp(80, "10.0.0.0/8"), tcp(80, "10.9.9.9/8"))
        self.assertEqual(self.rules(), [])

    def test_description_is_no_part_of_identity(self):
        """A rule is identified by protocol, ports and source; another description does not make another rule."""
        self.authorize(tcp(80, source=self.db, description="one"))
        self.refused("InvalidPermission.Duplicate", self.authorize, tcp(80, source=self.db, description="two"))

    def test_descriptions_of_every_kind_of_source(self):
        """SecurityGroupRule.Description: the security group rule description."""
        self.authorize(tcp(80, "10.0.0.0/8", description="a"), tcp(81, "fd00::/8", description="b"))
        self.authorize(tcp(82, source=self.db, description="c"), tcp(83, source=self.list, description="d"))
        self.assertEqual([rule["Description"] for rule in self.rules()], ["a", "b", "c", "d"])

    def test_cidrs_are_canonical(self):
        """IpRange.CidrIp: if you specify a CIDR block with host bits set, it is changed to its canonical form."""
        self.authorize(tcp(80, "100.68.0.18/18"), tcp(81, "FD00:0:0::1/64"))
        self.assertEqual([rule.get("CidrIpv4") or rule["CidrIpv6"] for rule in self.rules()], ["100.68.0.0/18", "fd00::/64"])
        self.refused("InvalidPermission.Duplicate", self.authorize, tcp(80, "100.68.0.0/18"))
        self.refused("InvalidParameterValue", self.authorize, tcp(80, "10.0.0.0/33"))

    def test_protocols_and_ports(self):
        """IpProtocol: tcp, udp, icmp, icmpv6 or a number; for other protocols traffic on all ports is allowed, whatever range is given."""
        self.authorize(
            ec2ctl.permission("6", 80, "10.0.0.0/8"),
            ec2ctl.permission("2", None, "0.0.0.0/32"),
            ec2ctl.permission("50", "1-2", "10.0.0.0/8"),
        )
        self.assertEqual(
            [(rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) for rule in self.rules()],
            [("2", -1, -1), ("50", -1, -1), ("tcp", 80, 80)],
        )
        for protocol, ports in (("tcp", None), ("tcp", 70000), ("tcp", "90-80"), ("igmp", None)):
            self.refused("InvalidParameterValue", self.authorize, ec2ctl.permission(protocol, ports, "10.0.0.0/8"))
        self.refused("MissingParameter", self.authorize, ec2ctl.permission("tcp", 80))

    def test_descriptions_are_checked(self):
        """Description: up to 255 characters of a-z, A-Z, 0-9, spaces and ._-:/()#,@[]+=&;{}!$*; for groups and prefix lists without &."""
        self.authorize(tcp(80, "10.0.0.0/8", description="a & b " + "x" * 249))
        for bad in ("x" * 256, "it's", "<b>", "ü"):
            self.refused("InvalidParameterValue", self.authorize, tcp(81, "10.0.0.0/8", description=bad))
        self.refused("InvalidParameterValue", self.authorize, tcp(81, source=self.db, description="a & b"))

    def test_quota(self):
        """Quota: 60 inbound and 60 outbound rules, IPv4 and IPv6 apart; a prefix list counts as its maximum number of entries."""
        self.authorize(*(tcp(port, "10.0.0.0/8") for port in range(1, 59)), *(tcp(port, "fd00::/8") for port in range(1, 61)))
        self.authorize(tcp(100, source=self.list))
        self.refused("RulesPerSecurityGroupLimitExceeded", self.authorize, tcp(101, "10.0.0.0/8"))
        self.refused("RulesPerSecurityGroupLimitExceeded", self.authorize, tcp(101, "fd00::/8"))
        SERVER.ask("POST", "/__quota", {"account": self.account, "quota": 61})
        self.authorize(tcp(101, source=self.db))
        self.assertEqual(len(self.rules()), 120)

    def test_tags_come_with_the_call(self):
        """TagSpecifications: the tags applied to the security group rule."""
        specification = [{"ResourceType": "security-group-rule", "Tags": [{"Key": "emc", "Value": "x"}]}]
        self.authorize(tcp(80, "10.0.0.0/8"), tcp(81, source=self.db), TagSpecifications=specification)
        self.authorize(tcp(82, "10.0.0.0/8"))
        found = self.ec2.describe_security_group_rules(Filters=[{"Name": "tag:emc", "Values": ["x"]}])["SecurityGroupRules"]
        self.assertEqual(sorted(rule["FromPort"] for rule in found), [80, 81])
        self.assertEqual(found[0]["Tags"], [{"Key": "emc", "Value": "x"}])
        self.refused("InvalidSecurityGroupRuleId.NotFound", self.ctl_tag, "sgr-0123456789abcdef0")

    def ctl_tag(self, resource):
        self.ec2.create_tags(Resources=[resource], Tags=[{"Key": "a", "Value": "b"}])

    def test_modify_every_kind(self):
        """ModifySecurityGroupRules changes rules in place; seen live: an omitted description is cleared, the kind of source cannot change."""
        added = self.authorize(
            tcp(80, "10.0.0.0/8", description="a"),
            tcp(81, "fd00::/8", description="b"),
            tcp(82, source=self.db, description="c"),
            tcp(83, source=self.list, description="d"),
        )
        ids = [rule["SecurityGroupRuleId"] for rule in added]
        self.ctl("modify", group=self.core, rule=ids[0], CidrIpv4="10.1.2.3/16")
        self.ctl("modify", group=self.core, rule=ids[1], CidrIpv6="fd01::/16", Description="new")
        self.ctl("modify", group=self.core, rule=ids[2], ReferencedGroupId=self.core, ToPort=90)
        self.ctl("modify", group=self.core, rule=ids[3], Description=None)
        now = self.rules()
        self.assertEqual([rule["SecurityGroupRuleId"] for rule in now], ids)
        self.assertEqual((now[0]["CidrIpv4"], now[0]["Description"]), ("10.1.0.0/16", "a"))
        self.assertEqual((now[1]["CidrIpv6"], now[1]["Description"]), ("fd01::/16", "new"))
        self.assertEqual((now[2]["ReferencedGroupInfo"]["GroupId"], now[2]["ToPort"], now[2]["Description"]), (self.core, 90, "c"))
        self.assertNotIn("Description", now[3])
        self.refused("InvalidParameterValue", self.change, ids[0], IpProtocol="tcp", FromPort=80, ToPort=80, ReferencedGroupId=self.db)

    def change(self, rule, **new):
        self.ec2.modify_security_group_rules(
            GroupId=self.core, SecurityGroupRules=[{"SecurityGroupRuleId": rule, "SecurityGroupRule": new}]
        )

    def test_modify_refuses_a_clash(self):
        """Two rules of one group cannot be equal."""
        added = self.authorize(tcp(80, "10.0.0.0/8"), tcp(81, "10.0.0.0/8"))
        first = added[0]["SecurityGroupRuleId"]
        self.refused("InvalidPermission.Duplicate", self.change, first, IpProtocol="tcp", FromPort=81, ToPort=81, CidrIpv4="10.0.0.0/8")
        self.assertEqual([rule["FromPort"] for rule in self.rules()], [80, 81])
        self.refused("InvalidSecurityGroupRuleId.NotFound", self.change, "sgr-0123456789abcdef0", IpProtocol="-1", CidrIpv4="10.0.0.0/8")

    def test_descriptions_by_rule_id(self):
        """UpdateSecurityGroupRuleDescriptionsIngress: permissions or rule descriptions by id; omit a description to remove it."""
        added = self.authorize(tcp(80, "10.0.0.0/8", description="a"), tcp(81, source=self.db, description="b"))
        ids = [rule["SecurityGroupRuleId"] for rule in added]
        changes = [{"SecurityGroupRuleId": ids[0]}, {"SecurityGroupRuleId": ids[1], "Description": "new"}]
        self.ec2.update_security_group_rule_descriptions_ingress(GroupId=self.core, SecurityGroupRuleDescriptions=changes)
        self.assertEqual([rule.get("Description") for rule in self.rules()], [None, "new"])
        other = self.ctl("rules", group=self.core, egress=True)[0]["SecurityGroupRuleId"]
        for missing in ("sgr-0123456789abcdef0", other):
            changes = [{"SecurityGroupRuleId": rule, "Description": "never"} for rule in (*ids, missing)]
            call = self.ec2.update_security_group_rule_descriptions_ingress
            self.refused("InvalidSecurityGroupRuleId.NotFound", call, GroupId=self.core, SecurityGroupRuleDescriptions=changes)
        self.assertEqual([rule.get("Description") for rule in self.rules()], [None, "new"], "all or nothing")

    def test_revoke(self):
        """RevokeSecurityGroupIngress: unknown ids are refused; the answer holds the revoked rules."""
        added = self.authorize(tcp(80, "10.0.0.0/8"), tcp(81, source=self.db, description="b"))
        ids = [rule["SecurityGroupRuleId"] for rule in added]
        missing = "sgr-0123456789abcdef0"
        for ids_asked in ([*ids, missing], [ids[0], self.ctl("rules", group=self.core, egress=True)[0]["SecurityGroupRuleId"]]):
            self.refused(
                "InvalidSecurityGroupRuleId.NotFound",
                self.ec2.revoke_security_group_ingress,
                GroupId=self.core,
                SecurityGroupRuleIds=ids_asked,
            )
        self.refused(
            "InvalidSecurityGroupRuleId.Malformed", self.ec2.revoke_security_group_ingress, GroupId=self.core, SecurityGroupRuleIds=["x"]
        )
        answer = self.ec2.revoke_security_group_ingress(GroupId=self.core, SecurityGroupRuleIds=ids)
        self.assertEqual([rule["SecurityGroupRuleId"] for rule in answer["RevokedSecurityGroupRules"]], ids)
        self.assertEqual(answer["RevokedSecurityGroupRules"][1]["ReferencedGroupId"], self.db)
        self.assertEqual(self.rules(), [])

    def test_revoke_by_permission(self):
        """For a non-default VPC, values that do not match are refused and no rules are revoked; for a default VPC they are only listed."""
        self.authorize(tcp(80, "10.0.0.0/8"), tcp(81, source=self.db, description="b"))
        both = [tcp(81, source=self.db), tcp(99, "10.0.0.0/8")]
        self.refused("InvalidPermission.NotFound", self.ec2.revoke_security_group_ingress, GroupId=self.core, IpPermissions=both)
        self.ec2.revoke_security_group_ingress(GroupId=self.core, IpPermissions=both[:1])
        self.assertEqual([rule["FromPort"] for rule in self.rules()], [80])
        default = self.ec2.create_security_group(GroupName="default-vpc", Description="x")["GroupId"]
        answer = self.ec2.revoke_security_group_ingress(GroupId=default, IpPermissions=[tcp(99, "10.0.0.0/8")])
        self.assertEqual(answer["UnknownIpPermissions"][0]["FromPort"], 99)

    def test_pages(self):
        """MaxResults 5 to 1000 with NextToken; without it all items are returned; at most 200 values in a filter."""
        self.authorize(*(tcp(port, "10.0.0.0/8") for port in range(1, 13)))
        ask = self.ec2.describe_security_group_rules
        filters = [{"Name": "group-id", "Values": [self.core]}]
        self.assertEqual(len(ask(Filters=filters)["SecurityGroupRules"]), 13)
        first = ask(Filters=filters, MaxResults=10)
        rest = ask(Filters=filters, MaxResults=10, NextToken=first["NextToken"])
        self.assertEqual((len(first["SecurityGroupRules"]), len(rest["SecurityGroupRules"])), (10, 3))
        self.assertNotIn("NextToken", rest)
        self.refused("InvalidParameterValue", ask, Filters=filters, MaxResults=1001)
        self.refused("FilterLimitExceeded", ask, Filters=[{"Name": "group-id", "Values": [self.core] * 201}])
        self.refused("InvalidParameterValue", ask, Filters=[{"Name": "vpc-id", "Values": ["vpc-1"]}])
        self.assertEqual(ask(Filters=[{"Name": "group-id", "Values": ["sg-0123456789abcdef0"]}])["SecurityGroupRules"], [])
        self.ctl("setup", groups=["one", "two", "three"])
        groups = self.ec2.describe_security_groups(MaxResults=5)
        later = self.ec2.describe_security_groups(MaxResults=5, NextToken=groups["NextToken"])
        self.assertEqual(len(groups["SecurityGroups"]), 5)
        self.assertEqual(
            [group["GroupId"] for group in groups["SecurityGroups"] + later["SecurityGroups"]],
            [group["GroupId"] for group in self.ec2.describe_security_groups()["SecurityGroups"]],
        )

    def test_a_referenced_group_cannot_be_deleted(self):
        """DeleteSecurityGroup: a group that another group's rule references is refused with DependencyViolation; a self reference is none."""
        added = self.authorize(tcp(80, source=self.db), tcp(80, source=self.core))
        self.refused("DependencyViolation", self.ec2.delete_security_group, GroupId=self.db)
        self.ec2.revoke_security_group_ingress(GroupId=self.core, SecurityGroupRuleIds=[added[0]["SecurityGroupRuleId"]])
        self.ec2.delete_security_group(GroupId=self.db)
        self.ec2.delete_security_group(GroupId=self.core)
        self.refused("InvalidGroup.NotFound", self.ec2.describe_security_groups, GroupIds=[self.core])
        self.refused("InvalidGroup.NotFound", self.authorize, tcp(80, "10.0.0.0/8"))
        self.refused("InvalidGroupId.Malformed", self.authorize, tcp(80, "10.0.0.0/8"), group="sg-xyz")

    def test_dry_run(self):
        """DryRun: checks whether you have the permissions, without making the request."""
        self.refused("DryRunOperation", self.authorize, tcp(80, "10.0.0.0/8"), DryRun=True)
        self.assertEqual(self.rules(), [])


    def test_icmp_and_numbers(self):
        """icmp needs type and code, icmpv6 may leave them out for all; a type of -1 takes a code of -1; numbers need no ports."""
        both = {"IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
        six = {"Ipv6Ranges": [{"CidrIpv6": "fd00::/8"}]}
        self.authorize({"IpProtocol": "icmp", "FromPort": 8, "ToPort": -1, **both}, {"IpProtocol": "icmpv6", **six})
        self.authorize({"IpProtocol": "2", "IpRanges": [{"CidrIp": "224.0.0.2/32"}]}, egress=True)
        self.assertEqual(
            [(rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) for rule in self.rules()], [("icmp", 8, -1), ("icmpv6", -1, -1)]
        )
        for wrong in ({"IpProtocol": "icmp"}, {"IpProtocol": "icmp", "FromPort": -1, "ToPort": 0}, {"IpProtocol": "icmp", "FromPort": 256, "ToPort": 0}):
            self.refused("InvalidParameterValue", self.authorize, wrong | both)
        self.refused("InvalidPermission.Duplicate", self.authorize, {"IpProtocol": "58", "FromPort": -1, "ToPort": -1, **six})

    def test_all_protocols(self):
        """-1 specifies all protocols, with all ports whatever range is given; a new group lets everything out, so that once more is a duplicate."""
        added = self.authorize(ec2ctl.permission("-1", "10-20", "10.0.0.0/8"))
        self.assertEqual([(rule["FromPort"], rule["ToPort"]) for rule in added + self.rules()], [(-1, -1), (-1, -1)])
        self.refused("InvalidPermission.Duplicate", self.authorize, ec2ctl.permission("-1", None, "0.0.0.0/0"), egress=True)

    def test_weights_of_prefix_lists(self):
        """Quota: a rule that names an AWS-managed prefix list counts as the weight of the list; a customer's counts as its maximum of entries."""
        lists = self.ec2.describe_managed_prefix_lists()["PrefixLists"]
        by_name = {found["PrefixListName"]: found["PrefixListId"] for found in lists}
        self.authorize(tcp(443, source=by_name["com.amazonaws.global.cloudfront.origin-facing"]), tcp(443, source=by_name[f"com.amazonaws.{REGION}.s3"]))
        self.authorize(tcp(80, source=self.list), tcp(81, source=self.list))
        self.refused("RulesPerSecurityGroupLimitExceeded", self.authorize, tcp(82, "10.0.0.0/8"))
        self.authorize(tcp(82, "fd00::/8"))

    def test_sizes_of_prefix_lists(self):
        """ModifyManagedPrefixList: a new maximum that a referencing group cannot hold fails the request; entries and size not in one."""
        self.authorize(tcp(80, source=self.list), *(tcp(port, "10.0.0.0/8") for port in range(100, 150)))
        modify = self.ec2.modify_managed_prefix_list
        self.refused("RulesPerSecurityGroupLimitExceeded", modify, PrefixListId=self.list, MaxEntries=11)
        self.ctl("resize_list", prefix_list=self.list, size=10)
        self.refused("RulesPerSecurityGroupLimitExceeded", self.authorize, tcp(99, "10.0.0.0/8"))
        self.refused("InvalidParameterCombination", modify, PrefixListId=self.list, MaxEntries=9, AddEntries=[{"Cidr": "10.9.0.0/16"}], CurrentVersion=1)
        self.refused("IncorrectState", modify, PrefixListId=self.list, AddEntries=[{"Cidr": "10.9.0.0/16"}], CurrentVersion=7)
        self.refused("PrefixListMaxEntriesExceeded", self.ctl_list, 1, ["10.1.0.0/16", "10.2.0.0/16"])

    def ctl_list(self, size, entries):
        entries = [{"Cidr": entry} for entry in entries]
        self.ec2.create_managed_prefix_list(PrefixListName="x", AddressFamily="IPv4", MaxEntries=size, Entries=entries)

    def test_prefix_lists_that_are_not_there(self):
        """DeleteManagedPrefixList: all references must be removed first; a list that does not exist is InvalidPrefixListID.NotFound."""
        self.authorize(tcp(80, source=self.list))
        delete = self.ec2.delete_managed_prefix_list
        self.refused("DependencyViolation", delete, PrefixListId=self.list)
        self.ctl("revoke", group=self.core, ports="80")
        delete(PrefixListId=self.list)
        for call, arguments in (
            (self.authorize, [tcp(80, source=self.list)]),
            (self.authorize, [tcp(80, source="pl-0123456789abcdef0")]),
        ):
            self.refused("InvalidPrefixListID.NotFound", call, *arguments)
        self.refused("InvalidPrefixListID.NotFound", self.ec2.describe_managed_prefix_lists, PrefixListIds=[self.list])

    def test_pages_of_prefix_lists(self):
        """DescribeManagedPrefixLists: MaxResults 1 to 100, at most 100 in one answer."""
        ask = self.ec2.describe_managed_prefix_lists
        first = ask(MaxResults=3)
        rest = ask(MaxResults=100, NextToken=first["NextToken"])
        self.assertEqual((len(first["PrefixLists"]), len(rest["PrefixLists"])), (3, 4))
        self.refused("InvalidParameterValue", ask, MaxResults=101)
        self.refused("InvalidParameterValue", ask, Filters=[{"Name": "vpc-id", "Values": ["vpc-1"]}])

    def test_groups_of_other_vpcs(self):
        """A rule may name a group of the same VPC or of a peered one; the connection and its status are told; it becomes stale with either."""
        there = self.ctl("setup", groups=["far"], cidr="10.9.0.0/16")
        far = there["groups"]["far"]
        self.refused("InvalidGroup.NotFound", self.authorize, tcp(80, source=far))
        connection = self.ctl("peer", vpc=self.made["vpc"], other=there["vpc"])
        added = self.authorize(tcp(80, source=far), tcp(80, source=self.db))
        info = {"GroupId": far, "UserId": self.account, "VpcId": there["vpc"], "VpcPeeringConnectionId": connection, "PeeringStatus": "active"}
        self.assertEqual(added[0]["ReferencedGroupInfo"], info)
        self.assertEqual(added[1]["ReferencedGroupInfo"], {"GroupId": self.db, "UserId": self.account, "VpcId": self.made["vpc"]})
        ask = self.ec2.describe_stale_security_groups
        self.assertEqual(ask(VpcId=self.made["vpc"])["StaleSecurityGroupSet"], [])
        references = self.ec2.describe_security_group_references(GroupId=[far])["SecurityGroupReferenceSet"]
        self.assertEqual([(one["GroupId"], one["ReferencingVpcId"]) for one in references], [(far, self.made["vpc"])])
        self.ec2.delete_security_group(GroupId=far)
        self.assertEqual(self.info(far), {key: value for key, value in info.items() if key != "UserId"})
        self.ctl("unpeer", connection=connection)
        self.assertEqual(self.info(far)["PeeringStatus"], "deleted")
        stale = ask(VpcId=self.made["vpc"])["StaleSecurityGroupSet"]
        self.assertEqual([(one["GroupId"], one["StaleIpPermissions"][0]["FromPort"]) for one in stale], [(self.core, 80)])
        self.refused("InvalidVpcID.NotFound", ask, VpcId="vpc-0123456789abcdef0")

    def info(self, group):
        """What the rules of `core` say of a group that they name."""
        infos = [rule["ReferencedGroupInfo"] for rule in self.rules() if "ReferencedGroupInfo" in rule]
        return next(info for info in infos if info["GroupId"] == group)

    def test_groups_of_other_accounts(self):
        """UserIdGroupPair.UserId: the account of the referenced group; [assumed] without it the group is looked for in one's own."""
        other = f"8{self.account[1:]}"
        asked = {"account": other, "region": REGION, "command": "setup", "args": {"groups": ["partner"], "cidr": "10.9.0.0/16"}}
        there = SERVER.ask("POST", "/__ctl", asked)["result"]
        partner = there["groups"]["partner"]
        pair = {"UserId": other, "GroupId": partner, "Description": "theirs"}
        permission = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "UserIdGroupPairs": [pair]}
        self.refused("InvalidGroup.NotFound", self.authorize, permission)
        connection = self.ctl("peer", vpc=self.made["vpc"], other=there["vpc"], account=other)
        self.refused("InvalidGroup.NotFound", self.authorize, permission)
        SERVER.ask("POST", "/__ctl", asked | {"command": "accept", "args": {"connection": connection}})
        self.refused("InvalidGroup.NotFound", self.authorize, tcp(80, source=partner))
        added = self.authorize(permission)[0]
        self.assertEqual(added["ReferencedGroupInfo"]["UserId"], other)
        self.assertEqual(added["Description"], "theirs")
        self.refused("InvalidPermission.Duplicate", self.authorize, permission)
        change = {"IpProtocol": "tcp", "FromPort": 81, "ToPort": 81, "ReferencedGroupId": partner}
        self.refused("InvalidGroup.NotFound", self.change, added["SecurityGroupRuleId"], **change)
        texts = [{"SecurityGroupRuleId": added["SecurityGroupRuleId"], "Description": "still theirs"}]
        self.ec2.update_security_group_rule_descriptions_ingress(GroupId=self.core, SecurityGroupRuleDescriptions=texts)
        self.assertEqual(self.rules()[0]["ReferencedGroupInfo"], added["ReferencedGroupInfo"])
        SERVER.ask("POST", "/__ctl", asked | {"command": "delete_group", "args": {"group": partner}})
        self.assertNotIn("UserId", self.info(partner))

    def test_groups_through_a_transit_gateway(self):
        """Transit gateways: groups may be referenced by inbound rules, where the gateway and the attachments are set to support it."""
        for referencing in (False, True):
            there = self.ctl("setup", groups=["far"], cidr="10.9.0.0/16")
            far = there["groups"]["far"]
            self.ctl("attach", vpcs=[self.made["vpc"], there["vpc"]], referencing=referencing)
            if referencing:
                self.authorize(tcp(80, source=far))
                self.assertEqual(self.info(far), {"GroupId": far, "UserId": self.account, "VpcId": there["vpc"]})
            else:
                self.refused("InvalidGroup.NotFound", self.authorize, tcp(80, source=far))
            self.refused("InvalidGroup.NotFound", self.authorize, tcp(80, source=far), egress=True)

    def test_tags_of_rules(self):
        """Tags: up to 50 of a resource, keys of 128 and values of 256 characters, none that begins with aws:; 1000 resources in one call."""
        rule = self.authorize(tcp(80, "10.0.0.0/8"))[0]["SecurityGroupRuleId"]
        create, delete = self.ec2.create_tags, self.ec2.delete_tags

        def tags(count):
            return [{"Key": f"k{number}", "Value": "v"} for number in range(count)]

        create(Resources=[rule], Tags=tags(50))
        self.refused("TagLimitExceeded", create, Resources=[rule], Tags=[{"Key": "one", "Value": "more"}])
        delete(Resources=[rule], Tags=tags(49))
        self.assertEqual(self.rules()[0]["Tags"], [{"Key": "k49", "Value": "v"}])
        for key, value in (("aws:x", "v"), ("k" * 129, "v"), ("k", "v" * 257)):
            self.refused("InvalidParameterValue", create, Resources=[rule], Tags=[{"Key": key, "Value": value}])
            specification = [{"ResourceType": "security-group-rule", "Tags": [{"Key": key, "Value": value}]}]
            self.refused("InvalidParameterValue", self.authorize, tcp(81, "10.0.0.0/8"), TagSpecifications=specification)
        self.refused("InvalidParameterValue", create, Resources=[rule] * 1001, Tags=tags(1))
        self.refused("InvalidSecurityGroupRuleId.NotFound", delete, Resources=["sgr-0123456789abcdef0"], Tags=tags(1))
        self.assertEqual([rule["FromPort"] for rule in self.rules()], [80])

    def test_groups_are_shown_with_their_permissions(self):
        """DescribeSecurityGroups: permissions by protocol and ports, with the descriptions of every kind of source."""
        self.authorize(tcp(80, "10.0.0.0/8", description="a"), tcp(80, source=self.list, description="b"), tcp(80, source=self.db, description="c"))
        shown = self.ec2.describe_security_groups(GroupIds=[self.core])["SecurityGroups"][0]
        self.assertEqual((shown["VpcId"], shown["OwnerId"], len(shown["IpPermissions"])), (self.made["vpc"], self.account, 1))
        permission = shown["IpPermissions"][0]
        self.assertEqual(permission["PrefixListIds"], [{"PrefixListId": self.list, "Description": "b"}])
        self.assertEqual(permission["UserIdGroupPairs"], [{"GroupId": self.db, "UserId": self.account, "Description": "c"}])
        self.assertEqual(shown["IpPermissionsEgress"][0]["IpProtocol"], "-1")

    def test_names_and_ids_of_groups(self):
        """CreateSecurityGroup: a name cannot start with sg-. An id that cannot be one is InvalidGroupId.Malformed, everywhere."""
        self.refused("InvalidParameterValue", self.ec2.create_security_group, GroupName="sg-foo", Description="x", VpcId=self.made["vpc"])
        for call, arguments in (
            (self.ec2.delete_security_group, {"GroupId": "sg-12345"}),
            (self.ec2.revoke_security_group_ingress, {"GroupId": "sg-12345", "SecurityGroupRuleIds": ["sgr-0123456789abcdef0"]}),
            (self.ec2.describe_security_groups, {"GroupIds": ["sg-12345"]}),
        ):
            self.refused("InvalidGroupId.Malformed", call, **arguments)
        self.refused("InvalidGroupId.Malformed", self.authorize, tcp(80, source="sg-12345"))

    def test_filters_have_wildcards(self):
        """Filters: `*` and `?` are wildcards in values."""
        ids = [rule["SecurityGroupRuleId"] for rule in self.authorize(tcp(80, "10.0.0.0/8"), tcp(81, "10.0.0.0/8"))]
        self.ctl("tag", resources=ids[:1], tags={"emc:name": "emc-prod"})
        for name, value, count in (("tag:emc:name", "emc-*", 1), ("tag:emc:name", "emc-pro?", 1), ("group-id", "sg-*", 4), ("tag:emc:name", "emc", 0)):
            found = self.ec2.describe_security_group_rules(Filters=[{"Name": name, "Values": [value]}])["SecurityGroupRules"]
            groups = {self.core, self.db}
            self.assertEqual(len([rule for rule in found if rule["GroupId"] in groups]), count, value)


class Partial(Case):
    mode = "partial"

    def test_a_refused_batch_keeps_what_came_first(self):
        """[assumed] The opposite of the assumption above: what came before the refusal stays. The documentation excludes neither."""
        self.authorize(tcp(81, "10.0.0.0/8"))
        self.refused("InvalidPermission.Duplicate", self.authorize, tcp(80, "10.0.0.0/8"), tcp(81, "10.0.0.0/8"), tcp(82, "10.0.0.0/8"))
        self.assertEqual([rule["FromPort"] for rule in self.rules()], [80, 81])

    def test_every_change_may_be_half_done(self):
        """[assumed] The same for changing, describing and removing rules."""
        ids = [rule["SecurityGroupRuleId"] for rule in self.authorize(tcp(80, "10.0.0.0/8"), tcp(81, "10.0.0.0/8"), tcp(82, "10.0.0.0/8"))]
        missing = "sgr-0123456789abcdef0"
        new = {"IpProtocol": "tcp", "FromPort": 90, "ToPort": 90, "CidrIpv4": "10.0.0.0/8"}
        changes = [{"SecurityGroupRuleId": rule, "SecurityGroupRule": new} for rule in (ids[0], missing, ids[1])]
        modify, revoke = self.ec2.modify_security_group_rules, self.ec2.revoke_security_group_ingress
        self.refused("InvalidSecurityGroupRuleId.NotFound", modify, GroupId=self.core, SecurityGroupRules=changes)
        self.assertEqual([rule["FromPort"] for rule in self.rules()], [81, 82, 90])
        describe = self.ec2.update_security_group_rule_descriptions_ingress
        texts = [{"SecurityGroupRuleId": rule, "Description": "new"} for rule in (ids[1], missing, ids[2])]
        self.refused("InvalidSecurityGroupRuleId.NotFound", describe, GroupId=self.core, SecurityGroupRuleDescriptions=texts)
        self.assertEqual([rule.get("Description") for rule in self.rules()], ["new", None, None])
        self.refused("InvalidSecurityGroupRuleId.NotFound", revoke, GroupId=self.core, SecurityGroupRuleIds=[ids[1], missing, ids[2]])
        self.assertEqual([rule["FromPort"] for rule in self.rules()], [82, 90])


class Plain(Case):
    mode = "plain"

    def test_moto_is_left_alone(self):
        """moto's own deviations are there: only the last permission is answered, no canonical CIDR, a referenced group goes."""
        added = self.authorize(tcp(80, "10.0.0.9/8"), tcp(81, source=self.db, description="b"))
        self.assertEqual(len(added), 1)
        rules = self.rules()
        self.assertEqual(rules[0]["CidrIpv4"], "10.0.0.9/8")
        self.assertNotIn("Description", rules[1])
        self.ec2.delete_security_group(GroupId=self.db)
        self.assertEqual(self.calls()["calls"], {"AuthorizeSecurityGroupIngress": 1, "DeleteSecurityGroup": 1})


class Faults(Case):
    def test_calls_are_counted_by_account(self):
        self.authorize(tcp(80, "10.0.0.0/8"))
        self.refused("InvalidPermission.Duplicate", self.authorize, tcp(80, "10.0.0.0/8"))
        seen = self.calls()
        self.assertEqual(seen["calls"], {"AuthorizeSecurityGroupIngress": 2})
        self.assertEqual([call["status"] for call in seen["log"]], [200, 400])
        self.assertEqual(seen["log"][0]["params"]["GroupId"], self.core)
        SERVER.ask("POST", "/__reset", {"account": self.account})
        asked = ["AuthorizeSecurityGroupIngress"]
        self.assertEqual(self.calls(), {"calls": {}, "log": [], "asked": asked, "hanging": 0, "mishaps": []}, "what was asked stays")

    def test_throttle_the_second_call_twice(self):
        self.fault(action="AuthorizeSecurityGroupIngress", nth=2, times=2, kind="throttle")
        self.authorize(tcp(80, "10.0.0.0/8"))
        for _ in range(2):
            self.refused("RequestLimitExceeded", self.authorize, tcp(81, "10.0.0.0/8"))
        self.authorize(tcp(81, "10.0.0.0/8"))
        self.assertEqual([call["status"] for call in self.calls()["log"]], [200, 503, 503, 200])

    def test_error_with_a_code(self):
        self.fault(action="DescribeSecurityGroupRules", kind="error", code="UnauthorizedOperation", status=403, message="no <right>")
        message = self.refused("UnauthorizedOperation", self.ec2.describe_security_group_rules)
        self.assertEqual(message, "no <right>")
        self.ec2.describe_security_group_rules()

    def test_lost_answers(self):
        self.fault(action="AuthorizeSecurityGroupIngress", kind="after_error")
        self.refused("InternalError", self.authorize, tcp(80, "10.0.0.0/8"))
        self.fault(action="AuthorizeSecurityGroupIngress", kind="after_drop")
        with self.assertRaises(HTTPClientError):
            self.authorize(tcp(81, "10.0.0.0/8"))
        self.fault(action="AuthorizeSecurityGroupIngress", kind="drop")
        with self.assertRaises(HTTPClientError):
            self.authorize(tcp(82, "10.0.0.0/8"))
        self.assertEqual([rule["FromPort"] for rule in self.rules()], [80, 81])
        self.assertEqual([call["status"] for call in self.calls()["log"]], [500, None, None])

    def test_delay(self):
        self.fault(action="DescribeSecurityGroupRules", kind="delay", seconds=0.3)
        start = time.monotonic()
        self.ec2.describe_security_group_rules()
        self.assertGreater(time.monotonic() - start, 0.29)

    def ask(self, path, **body):
        return SERVER.ask("POST", path, {"account": self.account, **body})

    def describe(self, group=None):
        found = self.ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group or self.core]}])
        return sorted(rule["FromPort"] for rule in found["SecurityGroupRules"] if not rule["IsEgress"])

    def waits(self, call, *args, **kwargs):
        """Starts a call that hangs, and waits until it does."""
        answers = []

        def run():
            try:
                answers.append(call(*args, **kwargs))
            except Exception as error:
                answers.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        deadline = time.monotonic() + 20
        while not self.calls()["hanging"]:
            self.assertLess(time.monotonic(), deadline, "the call does not hang")
            time.sleep(0.01)
        return thread, answers

    def test_answers_that_say_no(self):
        for kind, code in (("unavailable", "Unavailable"), ("internal", "InternalError"), ("expired", "RequestExpired"), ("page", "502")):
            self.fault(action="AuthorizeSecurityGroupIngress", kind=kind)
            self.refused(code, self.authorize, tcp(80, "10.0.0.0/8"))
        self.assertEqual(self.rules(), [])
        self.assertEqual([call["status"] for call in self.calls()["log"]], [503, 500, 400, 502])

    def test_an_answer_that_ends_in_the_middle(self):
        self.fault(action="AuthorizeSecurityGroupIngress", kind="after_half")
        with self.assertRaises(ResponseParserError):
            self.authorize(tcp(80, "10.0.0.0/8"))
        self.assertEqual(len(self.rules()), 1)

    def test_the_nth_of_all_calls(self):
        self.fault(action="*", nth=3, kind="throttle")
        self.describe()
        self.authorize(tcp(80, "10.0.0.0/8"))
        self.refused("RequestLimitExceeded", self.describe)
        self.describe()

    def test_a_fault_for_one_group(self):
        self.fault(action="AuthorizeSecurityGroupIngress", kind="throttle", times=0, params={"GroupId": self.db})
        self.authorize(tcp(80, "10.0.0.0/8"))
        self.refused("RequestLimitExceeded", self.authorize, tcp(80, "10.0.0.0/8"), group=self.db)

    def test_some_of_a_batch(self):
        added = []
        for kind, rules, left in (("partial", 2, [80, 81]), ("partial_drop", 1, [80, 81, 90])):
            self.fault(action="AuthorizeSecurityGroupIngress", kind=kind, rules=rules)
            with self.assertRaises((ClientError, HTTPClientError)):
                first = 80 if kind == "partial" else 90
                self.authorize(*(tcp(port, "10.0.0.0/8") for port in range(first, first + 3)))
            self.assertEqual([rule["FromPort"] for rule in self.rules()], left)
            added = [rule["SecurityGroupRuleId"] for rule in self.rules()]
        self.fault(action="CreateTags", kind="partial", rules=1, code="Unavailable", status=503)
        self.refused("Unavailable", self.ec2.create_tags, Resources=added, Tags=[{"Key": "a", "Value": "b"}])
        self.assertEqual([len(rule["Tags"]) for rule in self.rules()], [1, 0, 0])
        self.fault(action="ModifySecurityGroupRules", kind="partial", rules=1)
        change = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIpv4": "10.0.0.0/8", "Description": "new"}
        changes = [
            {"SecurityGroupRuleId": rule, "SecurityGroupRule": change | {"FromPort": port, "ToPort": port}}
            for rule, port in zip(added, (80, 81, 90))
        ]
        self.refused("InternalError", self.ec2.modify_security_group_rules, GroupId=self.core, SecurityGroupRules=changes)
        self.assertEqual([rule.get("Description") for rule in self.rules()], ["new", None, None])
        self.fault(action="RevokeSecurityGroupIngress", kind="partial", rules=2)
        self.refused("InternalError", self.ec2.revoke_security_group_ingress, GroupId=self.core, SecurityGroupRuleIds=added)
        self.assertEqual([rule["FromPort"] for rule in self.rules()], [90])

    def test_changes_that_are_not_seen_yet(self):
        """Eventual consistency: what a command changed may not be visible at once to the commands after it."""
        self.fault(action="AuthorizeSecurityGroupIngress", kind="unseen", calls=2)
        rule = self.authorize(tcp(80, "10.0.0.0/8"))[0]["SecurityGroupRuleId"]
        self.assertEqual([rule["FromPort"] for rule in self.rules()], [80], "by hand it is seen")
        self.assertEqual(self.describe(self.db), [], "another group does not count")
        self.assertEqual([self.describe(), self.describe(), self.describe()], [[], [], [80]])
        self.fault(action="CreateTags", kind="unseen")
        self.ec2.create_tags(Resources=[rule], Tags=[{"Key": "a", "Value": "b"}])
        ask = {"SecurityGroupRuleIds": [rule]}
        tags = [len(self.ec2.describe_security_group_rules(**ask)["SecurityGroupRules"][0]["Tags"]) for _ in range(2)]
        self.assertEqual(tags, [0, 1])
        self.fault(action="RevokeSecurityGroupIngress", kind="unseen", seconds=0.5)
        self.ec2.revoke_security_group_ingress(GroupId=self.core, SecurityGroupRuleIds=[rule])
        self.assertEqual([self.describe(), self.describe()], [[80], [80]])
        time.sleep(0.6)
        self.assertEqual(self.describe(), [])

    def test_a_group_that_is_not_seen_yet(self):
        """Eventual consistency: a group that was just created may answer InvalidGroup.NotFound for a while."""
        self.fault(kind="unseen", groups=[self.core], calls=4)
        self.refused("InvalidGroup.NotFound", self.authorize, tcp(80, "10.0.0.0/8"))
        self.refused("InvalidGroup.NotFound", self.authorize, tcp(80, source=self.core), group=self.db)
        self.assertEqual(self.ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [self.core]}])["SecurityGroupRules"], [])
        self.refused("InvalidGroup.NotFound", self.ec2.describe_security_groups, GroupIds=[self.core])
        self.authorize(tcp(80, "10.0.0.0/8"))
        self.fault(action="CreateSecurityGroup", kind="unseen")
        new = self.ec2.create_security_group(GroupName="new", Description="x")["GroupId"]
        names = [[group["GroupName"] for group in self.ec2.describe_security_groups()["SecurityGroups"]] for _ in range(2)]
        self.assertEqual(["new" in some for some in names], [False, True])
        self.authorize(tcp(80, "10.0.0.0/8"), group=new)

    def test_what_somebody_else_does_between(self):
        revoke = {"command": "revoke", "args": {"group": self.core, "ports": "80"}}
        self.authorize(tcp(80, "10.0.0.0/8"))
        self.fault(action="DescribeSecurityGroupRules", nth=2, kind="run", before=revoke)
        self.assertEqual([self.describe(), self.describe()], [[80], []])
        add = {"command": "authorize", "args": {"group": self.core, "ports": "81", "cidr": "10.0.0.0/8"}}
        edit = {"command": "modify", "args": {"group": self.core, "ports": "81", "Description": "by hand"}}
        self.fault(action="DescribeSecurityGroupRules", kind="run", after=[add, edit])
        self.assertEqual([self.describe(), self.describe()], [[], [81]])
        self.assertEqual(self.rules()[0]["Description"], "by hand")
        gone = {"command": "delete_group", "args": {"group": self.db, "references": True}}
        self.authorize(tcp(82, source=self.db))
        self.fault(action="AuthorizeSecurityGroupIngress", kind="run", before=gone)
        self.refused("InvalidGroup.NotFound", self.authorize, tcp(83, source=self.db))
        self.assertEqual(self.describe(), [81])
        self.assertEqual(self.calls()["mishaps"], [])
        self.fault(action="DescribeSecurityGroupRules", kind="drop", before={"command": "rules", "args": {"nonsense": 1}})
        with self.assertRaises(HTTPClientError):
            self.describe()
        self.assertIn("rules: TypeError", self.calls()["mishaps"][0])

    def test_calls_that_hang(self):
        self.fault(action="AuthorizeSecurityGroupIngress", kind="hang")
        thread, answers = self.waits(self.authorize, tcp(80, "10.0.0.0/8"))
        self.assertEqual(self.rules(), [])
        self.assertEqual(self.ask("/__release"), {"released": 1})
        self.assertEqual([rule["FromPort"] for rule in self.rules()], [80])
        thread.join()
        self.assertEqual(answers[0][0]["FromPort"], 80)
        self.fault(action="AuthorizeSecurityGroupIngress", kind="hang")
        thread, answers = self.waits(self.authorize, tcp(81, "10.0.0.0/8"))
        self.ask("/__release", done=False)
        thread.join()
        self.assertIsInstance(answers[0], HTTPClientError)
        self.assertEqual([rule["FromPort"] for rule in self.rules()], [80])
        self.fault(action="AuthorizeSecurityGroupIngress", kind="after_hang")
        thread, answers = self.waits(self.authorize, tcp(82, "10.0.0.0/8"))
        self.assertEqual([rule["FromPort"] for rule in self.rules()], [80, 82])
        self.ask("/__release")
        thread.join()
        self.assertEqual(answers[0][0]["FromPort"], 82)

    def test_buckets(self):
        """Request throttling: Authorize has a bucket of 50 tokens that refills by 5 a second; each action has its own."""
        self.ask("/__throttling", speed=0)
        for port in range(50):
            self.authorize(tcp(port, "10.0.0.0/8"))
        self.refused("RequestLimitExceeded", self.authorize, tcp(80, "10.0.0.0/8"))
        self.describe()
        self.ask("/__throttling", speed=None)
        self.authorize(tcp(80, "10.0.0.0/8"))

    def test_a_wrong_fault_is_refused(self):
        wrong = (
            {"action": "X", "kind": "explode"},
            {"kind": "drop"},
            {"action": "X", "kind": "run"},
            {"action": "X", "kind": "partial"},
            {"action": "X", "kind": "drop", "sometimes": True},
            {"action": "X", "kind": "run", "before": {"args": {}}},
        )
        for fault in wrong:
            with self.assertRaises(urllib.error.HTTPError) as caught:
                self.fault(**fault)
            self.assertEqual(caught.exception.code, 400)
            caught.exception.close()

    def test_users_may_what_their_policy_allows(self):
        """A call without a permission is UnauthorizedOperation, which names it; tags at creation need ec2:CreateTags as well."""

        def user(*actions, resource="*"):
            statement = {"Effect": "Allow", "Action": [f"ec2:{action}" for action in actions], "Resource": resource}
            keys = self.ask("/__user", policy={"Version": "2012-10-17", "Statement": [statement]})
            return ec2ctl.client(SERVER.endpoint, keys["access_key"], REGION, SESSION)

        def call(ec2, **more):
            return ec2.authorize_security_group_ingress(GroupId=self.core, IpPermissions=[tcp(80, "10.0.0.0/8")], **more)

        reader = user("DescribeSecurityGroupRules")
        self.assertEqual(len(reader.describe_security_group_rules()["SecurityGroupRules"]) > 0, True)
        message = self.refused("UnauthorizedOperation", call, reader)
        self.assertIn(f"is not authorized to perform: ec2:AuthorizeSecurityGroupIngress on resource: arn:aws:ec2:{REGION}:{self.account}", message)
        specification = [{"ResourceType": "security-group-rule", "Tags": [{"Key": "a", "Value": "b"}]}]
        writer = user("AuthorizeSecurityGroupIngress")
        self.assertIn("ec2:CreateTags", self.refused("UnauthorizedOperation", call, writer, TagSpecifications=specification))
        narrow = user("AuthorizeSecurityGroupIngress", resource=f"arn:aws:ec2:*:*:security-group/{self.db}")
        self.refused("UnauthorizedOperation", call, narrow)
        self.assertEqual(self.rules(), [])
        call(writer)
        rule = self.rules()[0]["SecurityGroupRuleId"]
        both = user("CreateTags", "RevokeSecurityGroupIngress", resource=["arn:aws:ec2:*:*:security-group-rule/*", f"arn:aws:ec2:*:*:security-group/{self.core}"])
        both.create_tags(Resources=[rule], Tags=[{"Key": "a", "Value": "b"}])
        both.revoke_security_group_ingress(GroupId=self.core, SecurityGroupRuleIds=[rule])
        self.assertEqual(self.calls()["calls"]["CreateTags"], 1)

    def test_an_assumed_role_acts_in_its_own_account(self):
        import boto3

        sts = boto3.client(
            "sts", endpoint_url=SERVER.endpoint, aws_access_key_id=f"AKIAEMC0{self.account}", aws_secret_access_key="s", region_name=REGION
        )
        self.assertEqual(sts.get_caller_identity()["Account"], self.account)
        other = f"9{self.account[1:]}"
        credentials = sts.assume_role(RoleArn=f"arn:aws:iam::{other}:role/rollout", RoleSessionName="test")["Credentials"]
        ec2 = boto3.client(
            "ec2",
            endpoint_url=SERVER.endpoint,
            aws_access_key_id=credentials["AccessKeyId"],
            aws_secret_access_key=credentials["SecretAccessKey"],
            aws_session_token=credentials["SessionToken"],
            region_name=REGION,
        )
        self.assertNotIn("core", [group["GroupName"] for group in ec2.describe_security_groups()["SecurityGroups"]])
        self.assertEqual(SERVER.ask("GET", f"/__calls?account={other}")["calls"], {"DescribeSecurityGroups": 1})


if __name__ == "__main__":
    unittest.main()
