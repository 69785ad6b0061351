"""What a person would do in the AWS console, as plain functions and as a command: make groups, look at rules, change them by hand.

`.venv/bin/python tests/tools/ec2ctl.py --endpoint http://127.0.0.1:PORT setup --groups core,db` prints JSON. The tests run the same
functions inside `ec2.py` (`POST /__ctl`), so that they need no process of their own. Every function takes a boto3 EC2 client first.
"""

import argparse
import json
import os
import sys


def session():
    """A boto3 session that takes nothing from the machine's AWS files."""
    import boto3

    return boto3.session.Session(aws_access_key_id="unused", aws_secret_access_key="unused", region_name="eu-central-1")


def client(endpoint, access_key, region, of=None):
    from botocore.config import Config

    config = Config(retries={"total_max_attempts": 1}, proxies={}, ignore_configured_endpoint_urls=True)
    return (of or session()).client(
        "ec2", endpoint_url=endpoint, aws_access_key_id=access_key, aws_secret_access_key="secret", region_name=region, config=config
    )


def setup(ec2, groups, cidr="10.0.0.0/16", ipv6=False, default_egress=True, prefix_lists=None, beside=None):
    """A new VPC, or the one of the group `beside`, with these groups: `{"vpc": id, "groups": {name: id}, "prefix_lists": {name: id}}`.

    Groups have AWS's default allow-all egress rule unless `default_egress` is false. `prefix_lists` is name -> entries."""
    if beside:
        vpc = ec2.describe_security_groups(GroupIds=[beside])["SecurityGroups"][0]["VpcId"]
    else:
        vpc = ec2.create_vpc(CidrBlock=cidr, AmazonProvidedIpv6CidrBlock=ipv6)["Vpc"]["VpcId"]
    ids = {}
    for name in groups:
        ids[name] = ec2.create_security_group(GroupName=name, Description=f"Test group {name}", VpcId=vpc)["GroupId"]
        if not default_egress:
            everything = rules(ec2, ids[name])
            ec2.revoke_security_group_egress(GroupId=ids[name], SecurityGroupRuleIds=[rule["SecurityGroupRuleId"] for rule in everything])
    lists = {}
    for name, entries in (prefix_lists or {}).items():
        family = "IPv6" if any(":" in entry for entry in entries) else "IPv4"
        lists[name] = ec2.create_managed_prefix_list(
            PrefixListName=name, AddressFamily=family, MaxEntries=len(entries), Entries=[{"Cidr": entry} for entry in entries]
        )["PrefixList"]["PrefixListId"]
    return {"vpc": vpc, "groups": ids, "prefix_lists": lists}


def rules(ec2, group, egress=None):
    """The live rules of a group (or of a list of them), sorted by direction and meaning, as EC2 answers them."""
    pages = ec2.get_paginator("describe_security_group_rules").paginate(
        Filters=[{"Name": "group-id", "Values": group if isinstance(group, list) else [group]}], PaginationConfig={"PageSize": 1000}
    )
    found = [rule for page in pages for rule in page["SecurityGroupRules"] if egress is None or rule["IsEgress"] == egress]

    def key(rule):
        reference = (rule.get("ReferencedGroupInfo") or {}).get("GroupId", "")
        source = rule.get("CidrIpv4") or rule.get("CidrIpv6") or rule.get("PrefixListId") or reference
        return (rule["IsEgress"], rule["IpProtocol"], rule.get("FromPort", -1), rule.get("ToPort", -1), source)

    return sorted(found, key=key)


def permission(protocol, ports, cidr=None, source=None, description=None):
    """One IpPermission: `ports` is `443`, `3000-3010` or empty; `cidr` an address range, `source` a group or a prefix list."""
    low, _, high = str("" if ports is None else ports).partition("-")
    result = {"IpProtocol": protocol}
    if low:
        result |= {"FromPort": int(low), "ToPort": int(high or low)}
    text = {"Description": description} if description else {}
    if cidr and ":" in cidr:
        result["Ipv6Ranges"] = [{"CidrIpv6": cidr, **text}]
    elif cidr:
        result["IpRanges"] = [{"CidrIp": cidr, **text}]
    elif source and source.startswith("pl-"):
        result["PrefixListIds"] = [{"PrefixListId": source, **text}]
    elif source:
        result["UserIdGroupPairs"] = [{"GroupId": source, **text}]
    return result


def authorize(ec2, group, protocol="tcp", ports=None, cidr=None, source=None, description=None, egress=False, tags=None):
    """Adds one rule; its id."""
    call = ec2.authorize_security_group_egress if egress else ec2.authorize_security_group_ingress
    specification = (
        [{"ResourceType": "security-group-rule", "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}] if tags else []
    )
    answer = call(GroupId=group, IpPermissions=[permission(protocol, ports, cidr, source, description)], TagSpecifications=specification)
    return answer["SecurityGroupRules"][-1]["SecurityGroupRuleId"]


def revoke(ec2, group, ids=None, ports=None, egress=False):
    """Removes rules of one direction, by id or all that have these ports; how many there were."""
    if ids is None:
        ids = [rule["SecurityGroupRuleId"] for rule in of_ports(rules(ec2, group, egress), ports)]
    if ids:
        call = ec2.revoke_security_group_egress if egress else ec2.revoke_security_group_ingress
        call(GroupId=group, SecurityGroupRuleIds=ids)
    return len(ids)


def modify(ec2, group, rule=None, ports=None, egress=False, **changes):
    """Changes one rule, or all of one direction that have these ports: fields of SecurityGroupRuleRequest (`FromPort`, `ToPort`,
    `CidrIpv4`, `Description`, …); null takes one away."""
    if rule is not None:
        found = ec2.describe_security_group_rules(SecurityGroupRuleIds=[rule])["SecurityGroupRules"]
    else:
        found = of_ports(rules(ec2, group, egress), ports)
    updates = []
    for now in found:
        fields = {key: now.get(key) for key in ("IpProtocol", "FromPort", "ToPort", "CidrIpv4", "CidrIpv6", "PrefixListId", "Description")}
        fields["ReferencedGroupId"] = (now.get("ReferencedGroupInfo") or {}).get("GroupId")
        request = {key: value for key, value in (fields | changes).items() if value is not None}
        updates.append({"SecurityGroupRuleId": now["SecurityGroupRuleId"], "SecurityGroupRule": request})
    ec2.modify_security_group_rules(GroupId=group, SecurityGroupRules=updates)
    return True


def redescribe(ec2, group, rule, description, egress=False):
    """Gives one rule another description: all that can be changed of a rule that names a group of another account."""
    direction = "egress" if egress else "ingress"
    call = getattr(ec2, f"update_security_group_rule_descriptions_{direction}")
    call(GroupId=group, SecurityGroupRuleDescriptions=[{"SecurityGroupRuleId": rule, "Description": description}])
    return True


def of_ports(found, ports):
    low, _, high = str(ports).partition("-")
    return [rule for rule in found if (rule["FromPort"], rule["ToPort"]) == (int(low), int(high or low))]


def fill(ec2, group, count, egress=False):
    """Adds so many rules in one call: TCP port 9 from 192.168.0.0/32, 192.168.0.1/32, …"""
    call = ec2.authorize_security_group_egress if egress else ec2.authorize_security_group_ingress
    ranges = [{"CidrIp": f"192.168.{number // 256}.{number % 256}/32"} for number in range(count)]
    call(GroupId=group, IpPermissions=[{"IpProtocol": "tcp", "FromPort": 9, "ToPort": 9, "IpRanges": ranges}])
    return count


def tag_rules(ec2, group, ports, tags, egress=False):
    """As `tag`, for the rules of one direction that have these ports."""
    return tag(ec2, [rule["SecurityGroupRuleId"] for rule in of_ports(rules(ec2, group, egress), ports)], tags)


def tag(ec2, resources, tags):
    """Sets tags; a value of null takes the tag away."""
    new = [{"Key": key, "Value": value} for key, value in tags.items() if value is not None]
    old = [{"Key": key} for key, value in tags.items() if value is None]
    if new:
        ec2.create_tags(Resources=resources, Tags=new)
    if old:
        ec2.delete_tags(Resources=resources, Tags=old)
    return True


def delete_group(ec2, group, references=False):
    """Deletes a group; with `references` first the rules of other groups that name it."""
    if references:
        pages = ec2.get_paginator("describe_security_group_rules").paginate(PaginationConfig={"PageSize": 1000})
        for rule in [rule for page in pages for rule in page["SecurityGroupRules"]]:
            if (rule.get("ReferencedGroupInfo") or {}).get("GroupId") == group and rule["GroupId"] != group:
                revoke(ec2, rule["GroupId"], ids=[rule["SecurityGroupRuleId"]], egress=rule["IsEgress"])
    ec2.delete_security_group(GroupId=group)
    return True


def peer(ec2, vpc, other, account=None):
    """Peers two VPCs; the id of the connection. One with a VPC of another account is active only when that account accepts it."""
    owner = {"PeerOwnerId": account} if account else {}
    connection = ec2.create_vpc_peering_connection(VpcId=vpc, PeerVpcId=other, **owner)["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    return connection if account else accept(ec2, connection)


def accept(ec2, connection):
    """Accepts a peering connection."""
    ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=connection)
    return connection


def unpeer(ec2, connection):
    """Deletes a peering connection."""
    ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=connection)
    return True


def attach(ec2, vpcs, referencing=True):
    """Attaches VPCs to a new transit gateway, which lets groups be referenced or not; its id."""
    support = "enable" if referencing else "disable"
    gateway = ec2.create_transit_gateway(Options={"SecurityGroupReferencingSupport": support})["TransitGateway"]["TransitGatewayId"]
    for vpc in vpcs:
        ec2.create_transit_gateway_vpc_attachment(TransitGatewayId=gateway, VpcId=vpc, SubnetIds=[])
    return gateway


def resize_list(ec2, prefix_list, size):
    """Changes how many entries a prefix list may have."""
    ec2.modify_managed_prefix_list(PrefixListId=prefix_list, MaxEntries=size)
    return True


def delete_list(ec2, prefix_list):
    ec2.delete_managed_prefix_list(PrefixListId=prefix_list)
    return True


FUNCTIONS = (
    setup, rules, authorize, revoke, modify, redescribe, fill, tag, tag_rules, delete_group, peer, accept, unpeer, attach, resize_list,
    delete_list,
)  # fmt: skip
COMMANDS = {function.__name__: function for function in FUNCTIONS}


def main():
    parser = argparse.ArgumentParser(description="Changes security groups by hand; prints JSON.")
    parser.add_argument("--endpoint", default=os.environ.get("AWS_ENDPOINT_URL_EC2"), help="default: AWS_ENDPOINT_URL_EC2")
    parser.add_argument("--access-key", default=os.environ.get("AWS_ACCESS_KEY_ID", "test"))
    parser.add_argument("--region", default=os.environ.get("AWS_REGION", "eu-central-1"))
    commands = parser.add_subparsers(dest="command", required=True)

    sub = commands.add_parser("setup", help="a VPC and groups")
    sub.add_argument("--groups", required=True, type=lambda text: [name for name in text.split(",") if name])
    sub.add_argument("--cidr", default="10.0.0.0/16")
    sub.add_argument("--ipv6", action="store_true")
    sub.add_argument("--no-default-egress", dest="default_egress", action="store_false")

    sub = commands.add_parser("rules", help="the live rules of a group")
    sub.add_argument("group")

    sub = commands.add_parser("authorize", help="adds a rule")
    sub.add_argument("group")
    sub.add_argument("--protocol", default="tcp")
    sub.add_argument("--ports")
    source = sub.add_mutually_exclusive_group(required=True)
    source.add_argument("--cidr")
    source.add_argument("--source", help="a group or a prefix list")
    sub.add_argument("--description")
    sub.add_argument("--egress", action="store_true")

    sub = commands.add_parser("revoke", help="removes rules")
    sub.add_argument("group")
    which = sub.add_mutually_exclusive_group(required=True)
    which.add_argument("--ids", type=lambda text: text.split(","))
    which.add_argument("--ports")
    sub.add_argument("--egress", action="store_true")

    sub = commands.add_parser("modify", help="changes a rule")
    sub.add_argument("group")
    sub.add_argument("rule")
    sub.add_argument("changes", type=json.loads, help='JSON, for instance {"ToPort": 443}')

    sub = commands.add_parser("tag", help="sets and removes tags")
    sub.add_argument("tags", type=json.loads, help='JSON, for instance {"Name": "x", "Owner": null}')
    sub.add_argument("resources", nargs="+")

    sub = commands.add_parser("delete_group", help="deletes a group")
    sub.add_argument("group")

    options = vars(parser.parse_args())
    endpoint, key, region, command = (options.pop(name) for name in ("endpoint", "access_key", "region", "command"))
    if not endpoint:
        parser.error("name the endpoint: --endpoint http://127.0.0.1:PORT, or AWS_ENDPOINT_URL_EC2")
    options |= options.pop("changes", {})
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        print(json.dumps(COMMANDS[command](client(endpoint, key, region), **options), indent=2))
    except (BotoCoreError, ClientError) as error:
        sys.exit(f"ec2ctl: {error}")


if __name__ == "__main__":
    main()
