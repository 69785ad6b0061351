"""Users with policies, and whether a policy allows a call to EC2: moto's IAM decides, this file asks it what EC2 would.

EC2 asks for more than one permission in some calls. Which resources an action is checked against follows "Actions, resources, and condition
keys for Amazon EC2" and "Grant permission to tag Amazon EC2 resources during creation"; where they leave it open, all of them are checked,
so that a policy that suffices here has no gap.
"""

import hashlib
import json

from moto.iam.access_control import IAMPolicy, IAMUserAccessKey, PermissionResult
from moto.iam.models import iam_backends

PARTITION = "aws"
ON_RULES = ("AuthorizeSecurityGroup", "ModifySecurityGroupRules", "RevokeSecurityGroup", "UpdateSecurityGroupRuleDescriptions")
KINDS = {"sgr": "security-group-rule", "sg": "security-group", "pl": "prefix-list", "vpc": "vpc"}


def make_user(account, policy):
    """A new user with this policy and nothing else: its keys."""
    backend = iam_backends[account][PARTITION]
    name = f"user-{len(backend.users) + 1}"
    backend.create_user(region_name="us-east-1", user_name=name)
    backend.put_user_policy(name, "only", json.dumps(policy))
    key = backend.create_access_key(name)
    return {"access_key": key.access_key_id, "secret_key": key.secret_access_key}


def is_user(account, access_key):
    users = iam_backends[account][PARTITION].users.values()
    return any(key.access_key_id == access_key for user in users for key in user.access_keys)


def needed(action, fields, account, region):
    """The permissions that a call needs: pairs of action and resource."""

    def arn(resource):
        return f"arn:aws:ec2:{region}:{account}:{KINDS.get(resource.split('-')[0], 'unknown')}/{resource}"

    def given(*names):
        return [value for key, value in fields.items() if key.split(".")[0] in names and (key.endswith("Id") or key[-1].isdigit())]

    if action.startswith(ON_RULES):
        resources = [arn(fields.get("GroupId", "sg-"))]
        rules = given("SecurityGroupRuleId", "SecurityGroupRule", "SecurityGroupRuleDescription")
        resources += [arn(rule) for rule in rules if rule.startswith("sgr-")] or [arn("sgr-of-the-group")]
        for resource in resources:
            yield f"ec2:{action}", resource
        if any(key.startswith("TagSpecification") for key in fields):
            yield "ec2:CreateTags", arn("sgr-that-is-made")
    elif action in ("CreateTags", "DeleteTags"):
        for resource in given("ResourceId"):
            yield f"ec2:{action}", arn(resource)
    else:
        yield f"ec2:{action}", "*"


def refusal(account, access_key, region, action, fields):
    """What EC2 says to a call that the policies of a user do not allow; None if they do."""
    key = IAMUserAccessKey(account, PARTITION, access_key, {})
    policies = [IAMPolicy(policy) for policy in key.collect_policies()]
    for permission, resource in needed(action, fields, account, region):
        results = {policy.is_action_permitted(permission, resource) for policy in policies}
        if PermissionResult.PERMITTED not in results or PermissionResult.DENIED in results:
            encoded = hashlib.sha256(f"{permission} {resource}".encode()).hexdigest()
            return (
                f"You are not authorized to perform this operation. User: {key.arn} is not authorized to perform: {permission} on resource: "
                f"{resource} because no identity-based policy allows the {permission} action. Encoded authorization failure message: {encoded}"
            )
    return None
