"""What a request about security-group rules says, in canonical form, and refused as AWS refuses it where it says nothing sensible."""

import base64
import ipaddress
import re

from moto.ec2.exceptions import EC2ClientError

RESOURCES_A_CALL = 1000
TAGS_OF_A_RESOURCE = 50
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


class Wanted:
    """One rule of a request: what identifies it, and its description."""

    def __init__(self, protocol, from_port, to_port, kind, source, description, account=None):
        self.protocol, (self.from_port, self.to_port) = ports_of(protocol, from_port, to_port)
        self.kind = kind
        self.source = canonical_source(kind, source)
        self.account = account  # whose a referenced group is, where the request says so
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
    if name == "icmp" and (from_port is None or to_port is None):
        refuse("InvalidParameterValue", "Invalid value for portRange. Must specify both type and code with ICMP.")
    if name in ("icmp", "icmpv6"):
        kind, code = (-1 if given is None else int(given) for given in (from_port, to_port))
        if not (-1 <= kind <= 255 and -1 <= code <= 255) or (kind == -1 and code != -1):
            refuse("InvalidParameterValue", f"Invalid ICMP type and code ({kind}:{code})")
        return name, (kind, code)
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


def page(items, params, least=5, most=1000):
    """The items of one page, and the token of the next. Without MaxResults all items come at once."""
    limit = params.get("MaxResults")
    if limit is not None and not least <= int(limit) <= most:
        text = f"Value ( {limit} ) for parameter maxResults is invalid. Expecting a value between {least} and {most}."
        refuse("InvalidParameterValue", text)
    start = 0
    if params.get("NextToken"):
        try:
            start = int(base64.urlsafe_b64decode(params["NextToken"]).decode().removeprefix("from "))
        except ValueError:
            refuse("InvalidNextToken", "The nextToken is invalid")
    end = len(items) if limit is None else start + int(limit)
    token = base64.urlsafe_b64encode(f"from {end}".encode()).decode() if end < len(items) else None
    return items[start:end], token


def check_tags(resources, tags):
    if len(resources) > RESOURCES_A_CALL:
        refuse("InvalidParameterValue", f"The maximum number of resources in one call is {RESOURCES_A_CALL}")
    for key, value in tags.items():
        if key.lower().startswith("aws:"):
            refuse("InvalidParameterValue", "Tag keys starting with 'aws:' are reserved for internal use")
        if not 1 <= len(key) <= 128:
            refuse("InvalidParameterValue", "Tag keys have 1 to 128 characters")
        if len(value or "") > 256:
            refuse("InvalidParameterValue", "Tag values have up to 256 characters")
    if len(tags) > TAGS_OF_A_RESOURCE:
        refuse("TagLimitExceeded", f"The maximum number of Tags for a resource has been reached: {TAGS_OF_A_RESOURCE}")
