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
* A group that a rule of another group in its VPC names cannot be deleted; across a peering connection the rule becomes stale.
* A rule may name groups of its own VPC, of peered VPCs (also of other accounts) and, inbound, of VPCs behind one transit gateway.
* Prefix lists have pages and sizes, and cannot be deleted while they are in use (`ec2_lists.py`); tags need a rule that exists.
* DescribeStaleSecurityGroups and DescribeSecurityGroupReferences are there.

Throttling and eventual consistency are scripted, see `ec2.py`. Not corrected, and why it does not matter here:

* Service quotas answer 60, as AWS does before anybody raises it; the provider takes the quota from its configuration.
* Network insights, shared VPCs and associations of groups with VPCs are not there: the provider never calls them.
* The request id is always the same; the provider only prints it.

Wordings of errors follow AWS where the project knows them; tests of the provider rely on the codes only.
"""

import contextlib
import itertools
import re
from xml.sax.saxutils import escape

from moto.core.responses import ActionResult, EmptyResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.security_groups import SecurityGroupRule
from moto.ec2.models.tags import TagBackend
from moto.ec2.responses.security_groups import SecurityGroups
from moto.ec2.responses.tags import TagResponse
from moto.ec2.responses.vpcs import VPCs

import ec2_lists
import ec2_references
from ec2_references import all_groups, the_group
from ec2_wanted import (
    check_description, check_filter_values, check_rule_id, check_tags, page, permissions_of, refuse, wanted_of, wanted_of_change,
)  # fmt: skip


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


def describe(rule, text):
    """Puts new values into the rule's fields and changes none, so that who kept the old ones can put them back."""
    if rule.prefix_list_id:
        rule.prefix_description = text
        return
    name = "source_group" if rule.source_group else "ip_range"
    source = {key: value for key, value in getattr(rule, name).items() if key != "Description"}
    setattr(rule, name, source | ({"Description": text} if text else {}))


def write(rule, wanted, reference):
    """Makes a stored rule say what is wanted; its id, direction and tags stay. `reference` is what it keeps of a group it names."""
    rule.ip_protocol = wanted.protocol
    rule.from_port, rule.to_port = (None, None) if wanted.protocol == "-1" else (wanted.from_port, wanted.to_port)
    text = {"Description": wanted.description} if wanted.description else {}
    rule.ip_range, rule.source_group, rule.prefix_list_id, rule.prefix_description = {}, {}, None, None
    if wanted.kind == "ipv4":
        rule.ip_range = {"CidrIp": wanted.source, **text}
    elif wanted.kind == "ipv6":
        rule.ip_range = {"CidrIpv6": wanted.source, **text}
    elif wanted.kind == "group":
        rule.source_group = {**reference, **text}
    else:
        rule.prefix_list_id, rule.prefix_description = wanted.source, wanted.description


def new_rule(backend, group, egress, wanted, reference, tags):
    rule = SecurityGroupRule(backend, "-1", group.id, None, None, None, is_egress=egress, tags=tags)
    write(rule, wanted, reference)
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
        answer["ReferencedGroupInfo"] = ec2_references.shown(backend, rule.source_group)
    else:
        answer[{"ipv4": "CidrIpv4", "ipv6": "CidrIpv6", "prefix": "PrefixListId"}[kind]] = source
    return {key: value for key, value in answer.items() if value is not None}


def all_rules(group):
    return [*group.ingress_rules, *group.egress_rules]


def all_shown(backend, group):
    return [shown(backend, rule) for rule in all_rules(group)]


def permissions_shown(rules):
    """Rules as DescribeSecurityGroups groups them: by protocol and ports."""
    grouped = {}
    for rule in rules:
        protocol, low, high, kind, source = identity_of(rule)
        ports = {} if protocol == "-1" else {"FromPort": low, "ToPort": high}
        lists = {"IpRanges": [], "Ipv6Ranges": [], "UserIdGroupPairs": [], "PrefixListIds": []}
        permission = grouped.setdefault((protocol, low, high), {"IpProtocol": protocol, **ports, **lists})
        text = {"Description": description_of(rule)} if description_of(rule) else {}
        name, field = {
            "ipv4": ("IpRanges", "CidrIp"), "ipv6": ("Ipv6Ranges", "CidrIpv6"), "group": ("UserIdGroupPairs", "GroupId"),
            "prefix": ("PrefixListIds", "PrefixListId"),
        }[kind]  # fmt: skip
        whose = {"UserId": rule.source_group.get("UserId")} if kind == "group" else {}
        permission[name].append({field: source, **whose, **text})
    return list(grouped.values())


def group_shown(backend, group):
    return {
        "GroupId": group.id,
        "GroupName": group.name,
        "Description": group.description,
        "OwnerId": backend.account_id,
        "VpcId": group.vpc_id,
        "SecurityGroupArn": group.arn,
        "IpPermissions": permissions_shown(group.ingress_rules),
        "IpPermissionsEgress": permissions_shown(group.egress_rules),
        "Tags": [{"Key": key, "Value": value} for key, value in sorted(backend.tags.get(group.id, {}).items())],
    }


def as_xml(rules, token):
    """The answer of DescribeSecurityGroupRules, written here: moto's serializer takes a third of a second for a thousand rules."""
    rules = "".join(f"<item>{element(rule)}</item>" for rule in rules)
    token = f"<nextToken>{token}</nextToken>" if token else ""
    name, request = "DescribeSecurityGroupRulesResponse", "59dbff89-35bd-4eac-99ed-be587EXAMPLE"  # the id that moto gives everything
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<{name} xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>{request}</requestId>'
        f"<securityGroupRuleSet>{rules}</securityGroupRuleSet>{token}</{name}>"
    )


def element(fields):
    """The fields of a structure as EC2 spells them: with a small first letter, and a list of tags as a set."""
    texts = []
    for name, value in fields.items():
        if name == "Tags":
            texts.append("<tagSet>" + "".join(f"<item>{element(tag)}</item>" for tag in value) + "</tagSet>")
            continue
        name = name[0].lower() + name[1:]
        if isinstance(value, dict):
            value = element(value)
        elif isinstance(value, bool):
            value = str(value).lower()
        else:
            value = escape(str(value))
        texts.append(f"<{name}>{value}</{name}>")
    return "".join(texts)


def matches(pattern, text):
    """Filter values of EC2 know `*` and `?` and nothing else."""
    return re.fullmatch("".join({"*": ".*", "?": "."}.get(part, re.escape(part)) for part in pattern), text) is not None


def passes(rule, name, values):
    """Whether a rule, as shown, passes one filter."""
    if name == "security-group-rule-id":
        texts = [rule["SecurityGroupRuleId"]]
    else:
        texts = [tag["Value"] for tag in rule["Tags"] if tag["Key"] == name.removeprefix("tag:")]
    return any(matches(value, text) for value in values for text in texts)


def revoked(backend, rule):
    answer = shown(backend, rule)
    reference = answer.pop("ReferencedGroupInfo", None)
    if reference:
        answer["ReferencedGroupId"] = reference["GroupId"]
    for absent in ("SecurityGroupRuleArn", "GroupOwnerId", "Tags"):
        answer.pop(absent)
    return answer


def check_quota(backend, identities, quota):
    used = {4: 0, 6: 0}
    for _, _, _, kind, source in identities:
        if kind == "prefix":
            prefix_list = ec2_lists.the_list(backend, source)
            used[6 if prefix_list.address_family == "IPv6" else 4] += ec2_lists.weight(prefix_list)
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

    def group(self, backend, group_id):
        """A group as this request sees it, which may be not at all yet."""
        group = the_group(backend, group_id)
        if self.control.is_absent(backend.account_id, group.id):
            refuse("InvalidGroup.NotFound", f"The security group '{group_id}' does not exist")
        return group

    def changes(self, backend, group):
        """To be called before anything changes in a group, for those who do not see the change at once."""
        self.control.changes(backend.account_id, group.id, lambda: all_shown(backend, group))

    def batch(self, items):
        """As much of a batch as this request does."""
        most = self.control.moment.most()
        return items if most is None else items[: int(most)]

    def reference(self, backend, group, wanted, egress):
        """Checks the far end that is wanted; what a rule keeps of it if it is a group."""
        if wanted.kind == "prefix":
            ec2_lists.the_list(backend, wanted.source)
        if wanted.kind != "group":
            return None
        kept = ec2_references.reference(backend, group, wanted, egress)
        if self.control.is_absent(kept["UserId"], kept["GroupId"]):
            refuse("InvalidGroup.NotFound", f"The security group '{wanted.source}' does not exist")
        return kept

    def fits(self, backend, group, egress):
        check_quota(backend, [identity_of(rule) for rule in list_of(group, egress)], self.control.quota(backend.account_id))

    @contextlib.contextmanager
    def carrying_out(self, backend, group):
        """A change of a group: when it is refused on the way, nothing has happened, or, in the mode `partial`, what came before stays."""
        self.changes(backend, group)
        rules = {egress: [(rule, dict(vars(rule))) for rule in list_of(group, egress)] for egress in (False, True)}
        tags = {rule.id: dict(backend.tags[rule.id]) for rule in all_rules(group) if rule.id in backend.tags}
        try:
            yield
        except EC2ClientError:
            if self.control.mode(backend.account_id) != "partial":
                for egress, kept in rules.items():
                    for rule, fields in kept:
                        vars(rule).clear()
                        vars(rule).update(fields)
                    list_of(group, egress)[:] = [rule for rule, _ in kept]
                backend.tags.update(tags)
            raise

    def authorize(self, request, egress):
        backend, params = request.ec2_backend, request._get_params()
        group = self.group(backend, params.get("GroupId") or params.get("GroupName"))
        wanted = list(itertools.chain.from_iterable(wanted_of(permission) for permission in permissions_of(params)))
        identities = [rule.identity for rule in wanted]
        if len(set(identities)) != len(identities):
            refuse("InvalidParameterValue", "The same permission must not appear multiple times")
        references = [self.reference(backend, group, rule, egress) for rule in wanted]
        request.error_on_dryrun()
        tags = request._parse_tag_specification().get("security-group-rule", {})
        check_tags([], tags)
        rules, added = list_of(group, egress), []
        with self.carrying_out(backend, group):
            present = {identity_of(rule) for rule in rules}
            for rule, reference in self.batch(list(zip(wanted, references))):
                if rule.identity in present:
                    refuse("InvalidPermission.Duplicate", f'the specified rule "{rule.named()}" already exists')
                check_quota(backend, [*present, rule.identity], self.control.quota(backend.account_id))
                added.append(new_rule(backend, group, egress, rule, reference, tags))
                present.add(rule.identity)
                rules.append(added[-1])
        return ActionResult({"Return": True, "SecurityGroupRules": [shown(backend, rule) for rule in added]})

    def revoke(self, request, egress):
        backend, params = request.ec2_backend, request._get_params()
        group = self.group(backend, params.get("GroupId") or params.get("GroupName"))
        ids, rules = params.get("SecurityGroupRuleIds") or [], list_of(group, egress)
        if ids and params.get("IpPermissions"):
            refuse("InvalidParameterCombination", "The parameter ipPermissions cannot be used with securityGroupRuleIds")
        for rule_id in ids:
            check_rule_id(rule_id)
        unknown = []
        if not ids:
            by_identity = {identity_of(rule): rule for rule in rules}
            for permission in permissions_of(params):
                found = [by_identity.get(rule.identity) for rule in wanted_of(permission)]
                ids += [rule.id for rule in found if rule is not None]
                unknown += [permission] if any(rule is None for rule in found) else []
            vpc = backend.vpcs.get(group.vpc_id)
            if unknown and not (vpc and vpc.is_default):
                refuse("InvalidPermission.NotFound", "The specified rule does not exist in this security group.")
        request.error_on_dryrun()
        answer = []
        with self.carrying_out(backend, group):
            for rule_id in self.batch(ids):
                rule = next((rule for rule in rules if rule.id == rule_id), None)
                if rule is None:
                    refuse("InvalidSecurityGroupRuleId.NotFound", f"The security group rule ID '{rule_id}' does not exist")
                answer.append(revoked(backend, rule))
                rules[:] = [kept for kept in rules if kept.id != rule_id]
                backend.tags.pop(rule_id, None)
        return ActionResult({"Return": True, "RevokedSecurityGroupRules": answer, "UnknownIpPermissions": unknown})

    def modify(self, request):
        backend, params = request.ec2_backend, request._get_params()
        group, changes = self.group(backend, params.get("GroupId")), []
        for item in params.get("SecurityGroupRules") or []:
            check_rule_id(item.get("SecurityGroupRuleId"))
            changes.append((item["SecurityGroupRuleId"], wanted_of_change(item.get("SecurityGroupRule") or {})))
        if not changes:
            refuse("MissingParameter", "The request must contain the parameter SecurityGroupRule")
        request.error_on_dryrun()
        partial = self.control.mode(backend.account_id) == "partial"
        with self.carrying_out(backend, group):
            for rule_id, wanted in self.batch(changes):
                rule = group.get_rule(rule_id)
                if rule is None:
                    refuse("InvalidSecurityGroupRuleId.NotFound", f"The security group rule ID '{rule_id}' does not exist")
                kind, _ = source_of(rule)
                if wanted.kind != kind:
                    text = f"Invalid rule type for security group rule '{rule_id}'. "
                    refuse("InvalidParameterValue", f"{text}You may not specify {wanted.kind} for an existing {kind} rule.")
                reference = self.reference(backend, group, wanted, rule.is_egress)
                if partial:
                    others = {identity_of(other) for other in list_of(group, rule.is_egress) if other.id != rule_id}
                    if wanted.identity in others:
                        refuse("InvalidPermission.Duplicate", f'the specified rule "{wanted.named()}" already exists')
                    check_quota(backend, [*others, wanted.identity], self.control.quota(backend.account_id))
                write(rule, wanted, reference)
            for egress in (False, True):
                seen = set()
                for identity in map(identity_of, list_of(group, egress)):
                    if identity in seen:
                        clash = next(wanted for _, wanted in changes if wanted.identity == identity)
                        refuse("InvalidPermission.Duplicate", f'the specified rule "{clash.named()}" already exists')
                    seen.add(identity)
                self.fits(backend, group, egress)
        return ActionResult({"Return": True})

    def describe_texts(self, request, egress):
        """UpdateSecurityGroupRuleDescriptions*: by rule ids or by permissions; an omitted text is cleared."""
        backend, params = request.ec2_backend, request._get_params()
        group = self.group(backend, params.get("GroupId") or params.get("GroupName"))
        rules, changes = list_of(group, egress), []
        for item in params.get("SecurityGroupRuleDescriptions") or []:
            check_rule_id(item.get("SecurityGroupRuleId"))
            changes.append((item["SecurityGroupRuleId"], None, item.get("Description")))
        for wanted in itertools.chain.from_iterable(wanted_of(permission) for permission in params.get("IpPermissions") or []):
            changes.append((None, wanted.identity, wanted.description))
        request.error_on_dryrun()
        with self.carrying_out(backend, group):
            for rule_id, identity, text in self.batch(changes):
                rule = next((rule for rule in rules if rule.id == rule_id or identity_of(rule) == identity), None)
                if rule is None and rule_id:
                    refuse("InvalidSecurityGroupRuleId.NotFound", f"The security group rule ID '{rule_id}' does not exist")
                if rule is None:
                    refuse("InvalidPermission.NotFound", "The specified rule does not exist in this security group.")
                describe(rule, check_description(source_of(rule)[0], text))
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
        asked = filters.pop("group-id", None)
        groups = [group for group in all_groups(backend) if asked is None or any(matches(value, group.id) for value in asked)]
        rules = list(itertools.chain.from_iterable(self.seen(backend, group) for group in groups))
        if ids:
            known = {rule["SecurityGroupRuleId"] for rule in rules}
            for rule_id in ids:
                check_rule_id(rule_id)
                if rule_id not in known:
                    refuse("InvalidSecurityGroupRuleId.NotFound", f"The security group rule ID '{rule_id}' does not exist")
            rules = [rule for rule in rules if rule["SecurityGroupRuleId"] in ids]
        rules = [rule for rule in rules if all(passes(rule, name, values) for name, values in filters.items())]
        rules, token = page(rules, params)
        return as_xml(rules, token)

    def seen(self, backend, group):
        """The rules of a group as this request sees them."""
        if self.control.is_absent(backend.account_id, group.id):
            return []
        stale = self.control.stale_rules(backend.account_id, group.id)
        return all_shown(backend, group) if stale is None else stale

    def describe_groups(self, request):
        backend, params = request.ec2_backend, request._get_params()
        for group_id in params.get("GroupIds") or []:
            self.group(backend, group_id)
        filters = request._filters_from_querystring()
        for values in filters.values():
            check_filter_values(values)
        groups = backend.describe_security_groups(
            group_ids=params.get("GroupIds") or [], groupnames=params.get("GroupNames") or [], filters=filters
        )
        groups = [group for group in groups if not self.control.is_absent(backend.account_id, group.id)]
        groups, token = page(groups, params)
        return ActionResult({"SecurityGroups": [group_shown(backend, group) for group in groups], "NextToken": token})

    def describe_stale(self, request):
        """DescribeStaleSecurityGroups: the groups of a VPC whose rules name groups of a peered VPC that are gone, or whose connection is."""
        backend, params = request.ec2_backend, request._get_params()
        if params.get("VpcId") not in backend.vpcs:
            refuse("InvalidVpcID.NotFound", f"The vpc ID '{params.get('VpcId')}' does not exist")
        found = []
        for group in all_groups(backend):
            stale = {
                egress: [rule for rule in list_of(group, egress) if rule.source_group and ec2_references.is_stale(backend, rule.source_group)]
                for egress in (False, True)
            }
            if group.vpc_id == params["VpcId"] and any(stale.values()):
                found.append(
                    {
                        "GroupId": group.id,
                        "GroupName": group.name,
                        "Description": group.description,
                        "VpcId": group.vpc_id,
                        "StaleIpPermissions": permissions_shown(stale[False]),
                        "StaleIpPermissionsEgress": permissions_shown(stale[True]),
                    }
                )
        found, token = page(found, params, least=5, most=255)
        return ActionResult({"StaleSecurityGroupSet": found, "NextToken": token})

    def describe_references(self, request):
        """DescribeSecurityGroupReferences: the VPCs on the other side of a peering connection whose rules name these groups."""
        backend, found = request.ec2_backend, []
        for group_id in request._get_params().get("GroupId") or []:
            target = self.group(backend, group_id)
            for connection in backend.vpc_pcxs.values():
                for vpc in {connection.vpc.id: connection.vpc, connection.peer_vpc.id: connection.peer_vpc}.values():
                    other = ec2_references.backend_of(backend, vpc.owner_id)
                    rules = [rule for group in all_groups(other) if group.vpc_id == vpc.id for rule in all_rules(group)]
                    if vpc.id != target.vpc_id and any(rule.source_group.get("GroupId") == group_id for rule in rules):
                        found.append({"GroupId": group_id, "ReferencingVpcId": vpc.id, "VpcPeeringConnectionId": connection.id})
        return ActionResult({"SecurityGroupReferenceSet": found})

    def create_group(self, request, original):
        backend, name = request.ec2_backend, request._get_params().get("GroupName") or ""
        if name.startswith("sg-"):
            refuse("InvalidParameterValue", "Group names may not be in the format sg-*.")
        before = {group.id for group in all_groups(backend)}
        answer = original(request)
        for group in all_groups(backend):
            if group.id not in before:
                self.control.is_made(backend.account_id, group.id)
        return answer

    def delete_group(self, request, original):
        backend, params = request.ec2_backend, request._get_params()
        target = self.group(backend, params.get("GroupId") or params.get("GroupName"))
        for group in all_groups(backend):
            if any(ec2_references.blocks_deletion(group, target, rule) for rule in all_rules(group)):
                refuse("DependencyViolation", f"resource {target.id} has a dependent object")
        return original(request)

    def tags(self, request, original, change):
        """CreateTags and DeleteTags: `change` is moto's function of the backend that does either to some of the resources."""
        backend, params = request.ec2_backend, request._get_params()
        resources, tags = params.get("Resources") or [], {tag["Key"]: tag.get("Value") for tag in params.get("Tags") or []}
        groups = {rule.id: group for group in all_groups(backend) for rule in all_rules(group)}
        for resource in resources:
            if resource.startswith("sgr-"):
                check_rule_id(resource)
                if resource not in groups:
                    refuse("InvalidSecurityGroupRuleId.NotFound", f"The security group rule ID '{resource}' does not exist")
        check_tags(resources, tags)
        changed = {groups[resource].id: groups[resource] for resource in resources if resource in groups}
        for group in changed.values():
            self.changes(backend, group)
        some = self.batch(resources)
        if some == resources:
            return original(request)
        request.error_on_dryrun()
        change(backend, some, tags)
        return EmptyResult()


def install(control):
    """Puts the handlers in moto's place. `control.mode(account)` and `control.quota(account)` decide at each call."""
    handlers = Handlers(control)
    # moto has neither.
    SecurityGroups.describe_stale_security_groups = lambda request: handlers.describe_stale(request)
    SecurityGroups.describe_security_group_references = lambda request: handlers.describe_references(request)

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
    lists = ec2_lists.ListHandlers(handlers.fits)
    for name in ("create", "modify", "delete"):
        replace(VPCs, f"{name}_managed_prefix_list", getattr(lists, name))
    replace(VPCs, "describe_managed_prefix_lists", lists.describe)
    replace(SecurityGroups, "create_security_group", handlers.create_group)
    replace(SecurityGroups, "delete_security_group", handlers.delete_group)
    for name in ("create_tags", "delete_tags"):
        change = getattr(TagBackend, name)
        replace(TagResponse, name, lambda request, original, change=change: handlers.tags(request, original, change))
