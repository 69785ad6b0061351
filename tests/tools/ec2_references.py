"""Groups that rules name: in the same VPC, in a peered one, in another account; and what EC2 tells of them when they are gone.

A rule of moto keeps the reference in `source_group`; this file finds the group that a request means, and shows what became of it.
Not there: shared VPCs and AssociateSecurityGroupVpc (the provider neither makes nor needs them, a group is a group to it).
"""

from ec2_wanted import GROUP_ID, refuse
from moto.ec2.models import ec2_backends

APART = "You have specified two resources that belong to different networks."


def all_groups(backend):
    return [group for groups in backend.groups.values() for group in groups.values()]


def the_group(backend, group_id):
    """The group of this id or, failing that, of this name."""
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


def backend_of(backend, account):
    return backend if account in (None, backend.account_id) else ec2_backends[account][backend.region_name]


def peering(backend, mine, other):
    """The id of the active peering connection of two VPCs, or None."""
    for connection in backend.vpc_pcxs.values():
        if {connection.vpc.id, connection.peer_vpc.id} == {mine, other} and connection._status.code == "active":
            return connection.id
    return None


def through_a_transit_gateway(backend, mine, other):
    """Whether both VPCs are attached to one transit gateway of this account, and it and both attachments let groups be referenced."""
    gateways = [set(), set()]
    for attachment in backend.transit_gateway_attachments.values():
        for number, vpc in enumerate((mine, other)):
            if attachment.resource_id == vpc and getattr(attachment, "options", {}).get("SecurityGroupReferencingSupport") == "enable":
                gateways[number].add(attachment.transit_gateway_id)
    return any(
        backend.transit_gateways[gateway].options.get("SecurityGroupReferencingSupport") == "enable" for gateway in gateways[0] & gateways[1]
    )


def reference(backend, group, wanted, egress):
    """What a rule of this group keeps of the group that is wanted as its far end; refuses one that it cannot reach."""
    elsewhere = backend_of(backend, wanted.account)
    other = the_group(elsewhere, wanted.source)
    kept = {"GroupId": other.id, "UserId": elsewhere.account_id, "OwnerId": elsewhere.account_id, "VpcId": other.vpc_id}
    if other.vpc_id == group.vpc_id:
        return kept
    connection = peering(backend, group.vpc_id, other.vpc_id)
    if connection is not None:
        return kept | {"VpcPeeringConnectionId": connection}
    if not egress and elsewhere is backend and through_a_transit_gateway(backend, group.vpc_id, other.vpc_id):
        return kept
    refuse("InvalidGroup.NotFound", APART)


def status_of(backend, connection):
    found = backend.vpc_pcxs.get(connection)
    return found._status.code if found else "deleted"


def is_there(backend, kept):
    return backend_of(backend, kept.get("UserId")).get_security_group_from_id(kept["GroupId"]) is not None


def shown(backend, kept):
    """ReferencedGroupInfo. Nobody's account is told of a group that was deleted."""
    connection = kept.get("VpcPeeringConnectionId")
    info = {
        "GroupId": kept["GroupId"],
        "UserId": kept.get("UserId", backend.account_id) if is_there(backend, kept) else None,
        "VpcId": kept.get("VpcId"),
        "VpcPeeringConnectionId": connection,
        "PeeringStatus": status_of(backend, connection) if connection else None,
    }
    return {key: value for key, value in info.items() if value is not None}


def is_stale(backend, kept):
    connection = kept.get("VpcPeeringConnectionId")
    return connection is not None and (not is_there(backend, kept) or status_of(backend, connection) != "active")


def blocks_deletion(group, target, rule):
    """A rule of another group in the same VPC; one across a peering connection becomes stale instead."""
    return group.id != target.id and group.vpc_id == target.vpc_id and rule.source_group.get("GroupId") == target.id
