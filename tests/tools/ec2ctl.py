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


def setup(ec2, groups, cidr="10.0.0.0/16", ipv6=False, default_egress=True, prefix_lists=None):
    """A new VPC with these groups: `{"vpc": id, "groups": {name: id}, "prefix_lists": {name: id}}`.

    Groups have AWS's default allow-all egress rule unless `default_egress` is false. `prefix_lists` is name -> entries."""
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
    """The live rules of a group, sorted by direction and meaning, as EC2 answers them."""
    pages = ec2.get_paginator("describe_security_group_rules").paginate(
        Filters=[{"Name": "group-id", "Values": [group]}], PaginationConfig={"PageSize": 1000}
    )
    found = [rule for page in pages for rule in page["SecurityGroupRules"] if egress is None or rule["IsEgress"] == egress]

    def key(rule):
        reference = (rule.get("ReferencedGroupInfo") or {}).get("GroupId", "")
        source = rule.get("CidrIpv4") or rule.get("CidrIpv6") or rule.get("PrefixListId") or reference
        return (rule["IsEgress"], rule["IpProtocol"], rule.get("FromPort", -1), rule.get("ToPort", -1), source)

    return sorted(found, key=key)


def delete_prefix_list(ec2, prefix_list):
    ec2.delete_managed_prefix_list(PrefixListId=prefix_list)
    return True


def peering(ec2, vpc, peer_vpc, peer_account):
    """Asks for a peering connection between two VPCs; its id. The peer has to accept it."""
    answer = ec2.create_vpc_peering_connection(VpcId=vpc, PeerVpcId=peer_vpc, PeerOwnerId=peer_account)
    return answer["VpcPeeringConnection"]["VpcPeeringConnectionId"]


def accept_peering(ec2, connection):
    ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=connection)
    return True


def delete_peering(ec2, connection):
    ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=connection)
    return True


def permission(protocol, ports, cidr=None, source=None, description=None):
    """One IpPermission: `ports` is `443`, `3000-3010` or empty; `cidr` an address range, `source` a group or a prefix list."""
    low, _, high = str(ports or "").partition("-")
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
        low, _, high = str(ports).partition("-")
        wanted = (int(low), int(high or low))
        ids = [rule["SecurityGroupRuleId"] for rule in rules(ec2, group, egress) if (rule["FromPort"], rule["ToPort"]) == wanted]
    if ids:
        call = ec2.revoke_security_group_egress if egress else ec2.revoke_security_group_ingress
        call(GroupId=group, SecurityGroupRuleIds=ids)
    return len(ids)


def modify(ec2, group, rule, **changes):
    """Changes one rule: fields of SecurityGroupRuleRequest (`FromPort`, `ToPort`, `CidrIpv4`, `Description`, …); null takes one away."""
    now = ec2.describe_security_group_rules(SecurityGroupRuleIds=[rule])["SecurityGroupRules"][0]
    fields = {key: now.get(key) for key in ("IpProtocol", "FromPort", "ToPort", "CidrIpv4", "CidrIpv6", "PrefixListId", "Description")}
    fields["ReferencedGroupId"] = (now.get("ReferencedGroupInfo") or {}).get("GroupId")
    fields |= changes
    request = {key: value for key, value in fields.items() if value is not None}
    ec2.modify_security_group_rules(GroupId=group, SecurityGroupRules=[{"SecurityGroupRuleId": rule, "SecurityGroupRule": request}])
    return True


def tag(ec2, resources, tags):
    """Sets tags; a value of null takes the tag away."""
    new = [{"Key": key, "Value": value} for key, value in tags.items() if value is not None]
    old = [{"Key": key} for key, value in tags.items() if value is None]
    if new:
        ec2.create_tags(Resources=resources, Tags=new)
    if old:
        ec2.delete_tags(Resources=resources, Tags=old)
    return True


def delete_group(ec2, group):
    ec2.delete_security_group(GroupId=group)
    return True


BY_HAND = (setup, rules, authorize, revoke, modify, tag, delete_group, delete_prefix_list, peering, accept_peering, delete_peering)
COMMANDS = {function.__name__: function for function in BY_HAND}


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
