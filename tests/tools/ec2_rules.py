"""Security-group rules as the EC2 documentation describes them, on top of moto's storage.

moto 5.2.5 differs from AWS where this project looks closely. `install` replaces moto's handlers of the security-group actions by the
ones below; accounts in the mode `plain` still get moto's own. What is corrected (the sentences of AWS are in `test_ec2.py`, a test each):

* Authorize answers every rule of the call, not those of the last permission only.
* A call does everything or nothing (mode `corrected`), or keeps what came before the refusal (mode `partial`): AWS documents neither, so
  a client has to live with both.
* The description is no part of a rule's identity, and rules that name a group or a prefix list keep theirs.
* CIDRs and protocols are stored in canonical form; ports, protocols, descriptions and sources are checked.
* ModifySecurityGroupRules works for every kind of source, an omitted description is cleared, a clash is refused.
* UpdateSecurityGroupRuleDescriptions* works by rule id.
* Revoke names unknown ids by their own error code, answers what it revoked, and lists unknown permissions in the default VPC.
* The quota counts IPv4 and IPv6 apart, a prefix list by its MaxEntries, a referenced group once in either family.
* DescribeSecurityGroupRules and DescribeSecurityGroups have pages; filters are checked.
* A group that another group's rule names cannot be deleted; tags need a rule that exists.
* A rule may name a group of another account, with that account; what is told of it are its account, its VPC and the peering connection
  between the VPCs. Of a group that was deleted the account is not told any more. Changing a rule takes no account.

Not corrected: whether VPCs are connected is not asked when a rule names a group of another one; the description of prefix lists in
DescribeSecurityGroups, eventual consistency. Wordings of errors follow AWS where the project knows them; tests of the provider rely on
the codes only.
"""

import base64
import ipaddress
import itertools
import re

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import ec2_backends
from moto.ec2.models.security_groups import SecurityGroupRule
from moto.ec2.responses.security_groups import SecurityGroups
from moto.ec2.responses.tags import TagResponse

QUOTA = 60
ALL_PORTS = (-1, -1)
PROTOCOLS = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6", "all": "-1"}
NAMED = {"tcp", "udp", "icmp", "icmpv6", "-1"}
# The narrower of the two documented sets: rules that name a group or a prefix list have no `&`.
DESCRIPTION = re.compile(r"[A-Za-z0-9 ._\-:/()#,@\[\]+=;{}!$*]{0,255}\Z")
DESCRIPTION_OF_RANGE = re.compile(r"[A-Za-z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{0,255}\Z")
GROUP_ID = re.compile(r"sg-([0-9a-f]{8}|[0-9a-f]{17})\Z")
RULE_ID = re.compile(r"sgr-([0-9a-f]{8}|[0-9a-f]{17})\Z")


def refuse(code, message):
    raise EC2ClientError(code, message)


# Asking: what a request says, in canonical form.


class Wanted:
    """One rule of a request: what identifies it, and its description."""

    def __init__(self, protocol, from_port, to_port, kind, source, description, owner=None):
        self.protocol, (self.from_port, self.to_port) = ports_of(protocol, from_port, to_port)
        self.kind = kind
        self.source = canonical_source(kind, source)
        self.owner = owner  # of a group, where the request names it
        self.description = check_description(kind, description)

    @property
    def identity(self):
        return (self.protocol, self.from_port, self.to_port, self.kind, self.source)

    def named(self):
        """The rule as AWS names it in its refusals."""
        protocol = "ALL" if self.protocol == "-1" else self.protocol.upper()
        if self.protocol in ("tcp", "udp"):
            return f"peer: {self.source}, {protocol}, from port: {self.from_port}, to port: {self.to_port}, ALLOW"
        return f"peer: {self.source}, {protocol}, ALLOW"


def ports_of(protocol, from_port, to_port):
    if protocol is None:
        refuse("InvalidParameterValue", "Invalid value 'null' for protocol. VPC security group rules must specify protocols explicitly.")
    name = str(protocol).lower()
    name = PROTOCOLS.get(name, name)
    if name not in NAMED and not (name.isascii() and name.isdigit() and int(name) < 256):
        refuse("InvalidParameterValue", f"Invalid value '{protocol}' for IP protocol. Unknown protocol.")
    if name in ("tcp", "udp"):
        if from_port is None or to_port is None:
            refuse("InvalidParameterValue", "Invalid value for portRange. Must specify both from and to ports with TCP/UDP.")
        low, high = int(from_port), int(to_port)
        for port in (low, high):
            if not 0 <= port <= 65535:
                refuse("InvalidParameterValue", f"Invalid value '{port}' for portRange. Must be in 0-65535.")
        if low > high:
            refuse("InvalidParameterValue", f"Invalid TCP/UDP port range ({low}:{high})")
        return name, (low, high)
    if name in ("icmp", "icmpv6"):
        return name, (-1 if from_port is None else int(from_port), -1 if to_port is None else int(to_port))
    return name, ALL_PORTS


def canonical_source(kind, source):
    if kind in ("ipv4", "ipv6"):
        network = ipaddress.IPv4Network if kind == "ipv4" else ipaddress.IPv6Network
        try:
            if "/" not in str(source):
                raise ValueError
            return str(network(source, strict=False))
        except ValueError:
            refuse("InvalidParameterValue", f"CIDR block {source} is malformed")
    return source


def check_description(kind, description):
    if description is None or description == "":
        return None
    allowed = DESCRIPTION_OF_RANGE if kind in ("ipv4", "ipv6") else DESCRIPTION
    if not allowed.match(description):
        refuse(
            "InvalidParameterValue",
            "Invalid rule description. Valid descriptions are strings less than 256 characters from the following set: "
            "a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*",
        )
    return description


def wanted_of(permission):
    """The rules that one IpPermission asks for, in the order in which AWS lists its sources."""
    sources = [("ipv4", item.get("CidrIp"), item) for item in permission.get("IpRanges") or []]
    sources += [("ipv6", item.get("CidrIpv6"), item) for item in permission.get("Ipv6Ranges") or []]
    sources += [("group", item.get("GroupId"), item) for item in permission.get("UserIdGroupPairs") or []]
    sources += [("prefix", item.get("PrefixListId"), item) for item in permission.get("PrefixListIds") or []]
    if not sources:
        refuse("MissingParameter", "The request must contain a source: a CIDR block, a prefix list or a security group")
    ports = (permission.get("IpProtocol"), permission.get("FromPort"), permission.get("ToPort"))
    return [Wanted(*ports, kind, source, item.get("Description"), item.get("UserId")) for kind, source, item in sources]


# Storage: moto's rule objects, read and written in the canonical form.


def identity_of(rule):
    kind, source = source_of(rule)
    low = -1 if rule.from_port is None else int(rule.from_port)
    high = -1 if rule.to_port is None else int(rule.to_port)
    return (rule.ip_protocol, low, high, kind, source)


def source_of(rule):
    if rule.cidr_ipv4:
        return "ipv4", rule.cidr_ipv4
    if rule.cidr_ipv6:
        return "ipv6", rule.cidr_ipv6
    if rule.prefix_list_id:
        return "prefix", rule.prefix_list_id
    return "group", rule.source_group.get("GroupId")


def description_of(rule):
    return (rule.source_group or rule.ip_range).get("Description") or getattr(rule, "prefix_description", None)


def write(backend, rule, wanted):
    """Makes a stored rule say what is wanted; its id, direction and tags stay."""
    rule.ip_protocol = wanted.protocol
    rule.from_port, rule.to_port = (None, None) if wanted.protocol == "-1" else (wanted.from_port, wanted.to_port)
    text = {"Description": wanted.description} if wanted.description else {}
    rule_owner = rule.source_group.get("UserId") if rule.source_group.get("GroupId") == wanted.source else None
    rule.ip_range, rule.source_group, rule.prefix_list_id, rule.prefix_description = {}, {}, None, None
    if wanted.kind == "ipv4":
        rule.ip_range = {"CidrIp": wanted.source, **text}
    elif wanted.kind == "ipv6":
        rule.ip_range = {"CidrIpv6": wanted.source, **text}
    elif wanted.kind == "group":
        owner = wanted.owner or rule_owner or backend.account_id
        rule.source_group = {"GroupId": wanted.source, "UserId": owner, "OwnerId": owner, **text}
    else:
        rule.prefix_list_id, rule.prefix_description = wanted.source, wanted.description


def new_rule(backend, group, egress, wanted, tags):
    rule = SecurityGroupRule(backend, "-1", group.id, None, None, None, is_egress=egress, tags=tags)
    write(backend, rule, wanted)
    return rule


def list_of(group, egress):
    return group.egress_rules if egress else group.ingress_rules


def shown(backend, rule):
    """A rule as DescribeSecurityGroupRules and Authorize answer it."""
    protocol, low, high, kind, source = identity_of(rule)
    answer = {
        "SecurityGroupRuleId": rule.id,
        "SecurityGroupRuleArn": f"arn:aws:ec2:{backend.region_name}:{backend.account_id}:security-group-rule/{rule.id}",
        "GroupId": rule.group_id,
        "GroupOwnerId": backend.account_id,
        "IsEgress": rule.is_egress,
        "IpProtocol": protocol,
        "FromPort": low,
        "ToPort": high,
        "Description": description_of(rule),
        "Tags": [{"Key": key, "Value": value} for key, value in sorted(backend.tags.get(rule.id, {}).items())],
    }
    if kind == "group":
        answer["ReferencedGroupInfo"] = reference_of(backend, rule)
    else:
        answer[{"ipv4": "CidrIpv4", "ipv6": "CidrIpv6", "prefix": "PrefixListId"}[kind]] = source
    return {key: value for key, value in answer.items() if value is not None}


def group_of(backend, group_id, owner):
    """A group of this account, or of the one that is named."""
    home = backend if owner in (None, backend.account_id) else ec2_backends[owner][backend.region_name]
    return home.get_security_group_from_id(group_id)


def reference_of(backend, rule):
    """What is told of the group that a rule names."""
    group_id, owner = rule.source_group["GroupId"], rule.source_group.get("UserId")
    other = group_of(backend, group_id, owner)
    told = {"GroupId": group_id}
    if other:
        told |= {"UserId": owner, "VpcId": other.vpc_id}
        rule.referenced_vpc = other.vpc_id  # remembered for when the group is gone
    own_vpc = backend.get_security_group_from_id(rule.group_id).vpc_id if backend.vpc_pcxs else None
    vpcs = {own_vpc, getattr(rule, "referenced_vpc", None)}
    for connection in backend.vpc_pcxs.values():
        if {connection.vpc.id, connection.peer_vpc.id} == vpcs:
            told |= {"VpcPeeringConnectionId": connection.id, "PeeringStatus": connection.status["Code"]}
    return told


def revoked(backend, rule):
    answer = shown(backend, rule)
    reference = answer.pop("ReferencedGroupInfo", None)
    if reference:
        answer["ReferencedGroupId"] = reference["GroupId"]
    for absent in ("SecurityGroupRuleArn", "GroupOwnerId", "Tags"):
        answer.pop(absent)
    return answer


def the_group(backend, group_id):
    if group_id is None:
        refuse("MissingParameter", "The request must contain the parameter groupName or groupId")
    group = backend.get_security_group_from_id(group_id)
    if group is None and not GROUP_ID.match(group_id) and group_id.startswith("sg-"):
        refuse("InvalidGroupId.Malformed", f'Invalid id: "{group_id}"')
    if group is None:
        group = backend.get_security_group_from_name(group_id)
    if group is None:
        refuse("InvalidGroup.NotFound", f"The security group '{group_id}' does not exist")
    return group


def check_source(backend, wanted):
    if wanted.kind == "group":
        if wanted.owner in (None, backend.account_id):
            the_group(backend, wanted.source)
        elif group_of(backend, wanted.source, wanted.owner) is None:
            refuse("InvalidGroup.NotFound", f"The security group '{wanted.source}' does not exist")
    elif wanted.kind == "prefix" and wanted.source not in backend.managed_prefix_lists:
        refuse("InvalidPrefixListID.NotFound", f"The prefix list ID '{wanted.source}' does not exist")


def check_quota(backend, identities, quota):
    used = {4: 0, 6: 0}
    for _, _, _, kind, source in identities:
        if kind == "prefix":
            prefix_list = backend.managed_prefix_lists.get(source)
            family = 6 if prefix_list and prefix_list.address_family == "IPv6" else 4
            used[family] += int(prefix_list.max_entries or 1) if prefix_list else 1
        else:
            used[4] += kind in ("ipv4", "group")
            used[6] += kind in ("ipv6", "group")
    if max(used.values()) > quota:
        refuse("RulesPerSecurityGroupLimitExceeded", "The maximum number of rules per security group has been reached.")


# Answering: the handlers.


class Handlers:
    """The corrected actions. Each takes moto's response object, which holds the parsed request; `control` knows mode and quota."""

    def __init__(self, control):
        self.control = control

    def authorize(self, request, egress):
        backend, params = request.ec2_backend, request._get_params()
        group = the_group(backend, params.get("GroupId") or params.get("GroupName"))
        wanted = list(itertools.chain.from_iterable(wanted_of(permission) for permission in permissions_of(params)))
        identities = [rule.identity for rule in wanted]
        if len(set(identities)) != len(identities):
            refuse("InvalidParameterValue", "The same permission must not appear multiple times")
        for rule in wanted:
            check_source(backend, rule)
        request.error_on_dryrun()
        tags = request._parse_tag_specification().get("security-group-rule", {})
        rules = list_of(group, egress)
        quota = self.control.quota(request.current_account)

        def refusal(present, rule):
            if rule.identity in present:
                refuse("InvalidPermission.Duplicate", f'the specified rule "{rule.named()}" already exists')
            check_quota(backend, [*present, rule.identity], quota)

        present = [identity_of(rule) for rule in rules]
        if self.control.mode(request.current_account) != "partial":
            before = list(present)
            for rule in wanted:
                refusal(before, rule)
                before.append(rule.identity)
        added = []
        for rule in wanted:
            refusal(present, rule)
            added.append(new_rule(backend, group, egress, rule, tags))
            present.append(rule.identity)
            rules.append(added[-1])
        return ActionResult({"Return": True, "SecurityGroupRules": [shown(backend, rule) for rule in added]})

    def revoke(self, request, egress):
        backend, params = request.ec2_backend, request._get_params()
        group = the_group(backend, params.get("GroupId") or params.get("GroupName"))
        ids = params.get("SecurityGroupRuleIds") or []
        if ids and params.get("IpPermissions"):
            refuse("InvalidParameterCombination", "The parameter ipPermissions cannot be used with securityGroupRuleIds")
        rules, unknown = list_of(group, egress), []
        if ids:
            by_id = {rule.id: rule for rule in rules}
            gone = []
            for rule_id in ids:
                check_rule_id(rule_id)
                if rule_id not in by_id:
                    refuse("InvalidSecurityGroupRuleId.NotFound", f"The security group rule ID '{rule_id}' does not exist")
                gone.append(by_id[rule_id])
        else:
            by_identity = {identity_of(rule): rule for rule in rules}
            gone = []
            for permission in permissions_of(params):
                found = [by_identity.get(rule.identity) for rule in wanted_of(permission)]
                gone += [rule for rule in found if rule is not None]
                unknown += [permission] if any(rule is None for rule in found) else []
            vpc = backend.vpcs.get(group.vpc_id)
            if unknown and not (vpc and vpc.is_default):
                refuse("InvalidPermission.NotFound", "The specified rule does not exist in this security group.")
        request.error_on_dryrun()
        answer = [revoked(backend, rule) for rule in gone]
        gone_ids = {rule.id for rule in gone}
        rules[:] = [rule for rule in rules if rule.id not in gone_ids]
        for rule_id in gone_ids:
            backend.tags.pop(rule_id, None)
        return ActionResult({"Return": True, "RevokedSecurityGroupRules": answer, "UnknownIpPermissions": unknown})

    def modify(self, request):
        backend, params = request.ec2_backend, request._get_params()
        group = the_group(backend, params.get("GroupId"))
        after = {egress: {rule.id: identity_of(rule) for rule in list_of(group, egress)} for egress in (False, True)}
        changes = []
        for item in params.get("SecurityGroupRules") or []:
            rule_id, new = item.get("SecurityGroupRuleId"), item.get("SecurityGroupRule") or {}
            check_rule_id(rule_id)
            rule = group.get_rule(rule_id)
            if rule is None:
                refuse("InvalidSecurityGroupRuleId.NotFound", f"The security group rule ID '{rule_id}' does not exist")
            wanted = wanted_of_change(new)
            kind, _ = source_of(rule)
            if wanted.kind != kind:
                refuse(
                    "InvalidParameterValue",
                    f"Invalid rule type for security group rule '{rule_id}'. You may not specify {wanted.kind} for an existing {kind} rule.",
                )
            check_source(backend, wanted)
            after[rule.is_egress][rule.id] = wanted.identity
            changes.append((rule, wanted))
        if not changes:
            refuse("MissingParameter", "The request must contain the parameter SecurityGroupRule")
        for identities in after.values():
            if len(set(identities.values())) != len(identities):
                clash = next(wanted for _, wanted in changes if list(identities.values()).count(wanted.identity) > 1)
                refuse("InvalidPermission.Duplicate", f'the specified rule "{clash.named()}" already exists')
            check_quota(backend, identities.values(), self.control.quota(request.current_account))
        request.error_on_dryrun()
        for rule, wanted in changes:
            write(backend, rule, wanted)
        return ActionResult({"Return": True})

    def describe_texts(self, request, egress):
        """UpdateSecurityGroupRuleDescriptions*: by rule ids or by permissions; an omitted text is cleared."""
        backend, params = request.ec2_backend, request._get_params()
        group = the_group(backend, params.get("GroupId") or params.get("GroupName"))
        rules, changes = list_of(group, egress), []
        for item in params.get("SecurityGroupRuleDescriptions") or []:
            rule_id = item.get("SecurityGroupRuleId")
            check_rule_id(rule_id)
            rule = next((rule for rule in rules if rule.id == rule_id), None)
            if rule is None:
                refuse("InvalidSecurityGroupRuleId.NotFound", f"The security group rule ID '{rule_id}' does not exist")
            changes.append((rule, Wanted(*identity_of(rule), item.get("Description"))))
        for wanted in itertools.chain.from_iterable(wanted_of(permission) for permission in params.get("IpPermissions") or []):
            rule = next((rule for rule in rules if identity_of(rule) == wanted.identity), None)
            if rule is None:
                refuse("InvalidPermission.NotFound", "The specified rule does not exist in this security group.")
            changes.append((rule, wanted))
        request.error_on_dryrun()
        for rule, wanted in changes:
            write(backend, rule, wanted)
        return ActionResult({"Return": True})

    def describe_rules(self, request):
        request.error_on_dryrun()
        backend, params = request.ec2_backend, request._get_params()
        filters = request._filters_from_querystring()
        for name, values in filters.items():
            if name not in ("group-id", "security-group-rule-id") and not name.startswith("tag:"):
                refuse("InvalidParameterValue", f"The filter '{name}' is invalid")
            check_filter_values(values)
        ids = params.get("SecurityGroupRuleIds") or []
        groups = itertools.chain.from_iterable(groups.values() for groups in backend.groups.values())
        rules = [rule for group in groups for rule in itertools.chain(group.ingress_rules, group.egress_rules)]
        if ids:
            known = {rule.id for rule in rules}
            for rule_id in ids:
                check_rule_id(rule_id)
                if rule_id not in known:
                    refuse("InvalidSecurityGroupRuleId.NotFound", f"The security group rule ID '{rule_id}' does not exist")
            rules = [rule for rule in rules if rule.id in ids]
        rules = [rule for rule in rules if rule.matches_filters(filters)]
        rules, token = page(rules, params)
        return ActionResult({"SecurityGroupRules": [shown(backend, rule) for rule in rules], "NextToken": token})

    def describe_groups(self, request):
        backend, params = request.ec2_backend, request._get_params()
        for group_id in params.get("GroupIds") or []:
            the_group(backend, group_id)
        filters = request._filters_from_querystring()
        for values in filters.values():
            check_filter_values(values)
        groups = backend.describe_security_groups(
            group_ids=params.get("GroupIds") or [], groupnames=params.get("GroupNames") or [], filters=filters
        )
        groups, token = page(groups, params)
        return ActionResult({"SecurityGroups": groups, "NextToken": token})

    def create_group(self, request, original):
        name = request._get_params().get("GroupName") or ""
        if name.startswith("sg-"):
            refuse("InvalidParameterValue", "Group names may not be in the format sg-*.")
        return original(request)

    def delete_group(self, request, original):
        backend, params = request.ec2_backend, request._get_params()
        target = the_group(backend, params.get("GroupId") or params.get("GroupName"))
        for group in itertools.chain.from_iterable(groups.values() for groups in backend.groups.values()):
            for rule in itertools.chain(group.ingress_rules, group.egress_rules):
                if group.id != target.id and rule.source_group.get("GroupId") == target.id:
                    refuse("DependencyViolation", f"resource {target.id} has a dependent object")
        return original(request)

    def create_tags(self, request, original):
        backend = request.ec2_backend
        groups = itertools.chain.from_iterable(groups.values() for groups in backend.groups.values())
        known = {rule.id for group in groups for rule in itertools.chain(group.ingress_rules, group.egress_rules)}
        for resource in request._get_params().get("Resources") or []:
            if resource.startswith("sgr-") and resource not in known:
                refuse("InvalidSecurityGroupRuleId.NotFound", f"The security group rule ID '{resource}' does not exist")
        return original(request)


def permissions_of(params):
    permissions = params.get("IpPermissions")
    if permissions is None and params.get("IpProtocol") is not None:
        ranges = [{"CidrIp": params["CidrIp"]}] if params.get("CidrIp") else []
        permissions = [{**{key: params.get(key) for key in ("IpProtocol", "FromPort", "ToPort")}, "IpRanges": ranges}]
    if not permissions:
        refuse("MissingParameter", "The request must contain the parameter ipPermissions")
    return permissions


def wanted_of_change(new):
    fields = {"CidrIpv4": "ipv4", "CidrIpv6": "ipv6", "PrefixListId": "prefix", "ReferencedGroupId": "group"}
    given = [(kind, new[field]) for field, kind in fields.items() if new.get(field) is not None]
    if len(given) > 1:
        refuse("InvalidParameterCombination", "Only one of cidrIp, cidrIpv6, prefixListId, or referencedGroupId can be specified")
    if not given:
        refuse("MissingParameter", "The request must contain exactly one of: cidrIp, cidrIpv6, prefixListId, or referencedGroupId")
    return Wanted(new.get("IpProtocol"), new.get("FromPort"), new.get("ToPort"), *given[0], new.get("Description"))


def check_rule_id(rule_id):
    if not RULE_ID.match(rule_id or ""):
        refuse("InvalidSecurityGroupRuleId.Malformed", f"The security group rule ID '{rule_id}' is malformed")


def check_filter_values(values):
    if len(values) > 200:
        refuse("FilterLimitExceeded", "The maximum number of filter values specified on a single call is 200")


def page(items, params):
    """The items of one page, and the token of the next. Without MaxResults all items come at once."""
    limit = params.get("MaxResults")
    if limit is not None and not 5 <= int(limit) <= 1000:
        refuse("InvalidParameterValue", f"Value ( {limit} ) for parameter maxResults is invalid. Expecting a value between 5 and 1000.")
    start = 0
    if params.get("NextToken"):
        try:
            start = int(base64.urlsafe_b64decode(params["NextToken"]).decode().removeprefix("from "))
        except ValueError:
            refuse("InvalidNextToken", "The nextToken is invalid")
    end = len(items) if limit is None else start + int(limit)
    token = base64.urlsafe_b64encode(f"from {end}".encode()).decode() if end < len(items) else None
    return items[start:end], token


def install(control):
    """Puts the handlers in moto's place. `control.mode(account)` and `control.quota(account)` decide at each call."""
    handlers = Handlers(control)

    def replace(owner, name, corrected):
        original = getattr(owner, name)

        def handler(request):
            return original(request) if control.mode(request.current_account) == "plain" else corrected(request, original)

        setattr(owner, name, handler)

    for direction, egress in (("ingress", False), ("egress", True)):
        replace(SecurityGroups, f"authorize_security_group_{direction}", lambda request, _, e=egress: handlers.authorize(request, e))
        replace(SecurityGroups, f"revoke_security_group_{direction}", lambda request, _, e=egress: handlers.revoke(request, e))
        replace(
            SecurityGroups,
            f"update_security_group_rule_descriptions_{direction}",
            lambda request, _, e=egress: handlers.describe_texts(request, e),
        )
    replace(SecurityGroups, "modify_security_group_rules", lambda request, _: handlers.modify(request))
    replace(SecurityGroups, "describe_security_group_rules", lambda request, _: handlers.describe_rules(request))
    replace(SecurityGroups, "describe_security_groups", lambda request, _: handlers.describe_groups(request))
    replace(SecurityGroups, "create_security_group", handlers.create_group)
    replace(SecurityGroups, "delete_security_group", handlers.delete_group)
    replace(TagResponse, "create_tags", handlers.create_tags)
