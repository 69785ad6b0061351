"""Managed prefix lists: pages, sizes, what they weigh in a group's quota, and that a list in use cannot be deleted.

On top of moto's storage, as `ec2_rules.py`. Not there: the states on the way (a list is made and changed at once), sharing lists with
other accounts, entries of AWS's own lists as they are today.
"""

from ec2_references import all_groups
from ec2_wanted import check_filter_values, page, refuse
from moto.core.responses import ActionResult

FILTERS = ("owner-id", "prefix-list-id", "prefix-list-name")
# The VPC user guide, "AWS-managed prefix lists": those that weigh more than one.
AWS_WEIGHTS = {"com.amazonaws.global.cloudfront.origin-facing": 55, "com.amazonaws.global.groundstation": 5}


def the_list(backend, list_id):
    found = backend.managed_prefix_lists.get(list_id)
    if found is None or found.state == "delete-complete":
        refuse("InvalidPrefixListID.NotFound", f"The prefix list ID '{list_id}' does not exist")
    return found


def weight(prefix_list):
    """What a rule that names the list counts in its group's quota."""
    if prefix_list.owner_id == "AWS":
        return AWS_WEIGHTS.get(prefix_list.prefix_list_name, 1)
    return int(prefix_list.max_entries or 1)


def rules_with(backend, list_id):
    """Groups and directions whose rules name a list."""
    for group in all_groups(backend):
        for egress, rules in ((False, group.ingress_rules), (True, group.egress_rules)):
            if any(rule.prefix_list_id == list_id for rule in rules):
                yield group, egress


class ListHandlers:
    """The corrected actions, each with moto's response object; `fits` refuses a group and direction that are over the quota."""

    def __init__(self, fits):
        self.fits = fits

    def create(self, request, original):
        params = request._get_params()
        if params.get("AddressFamily") not in ("IPv4", "IPv6"):
            refuse("InvalidParameterValue", "The address family must be IPv4 or IPv6")
        check_size(params.get("MaxEntries"), params.get("Entries") or [])
        return original(request)

    def describe(self, request, _original):
        backend, params = request.ec2_backend, request._get_params()
        request.error_on_dryrun()
        filters = request._filters_from_querystring()
        for name, values in filters.items():
            if name not in FILTERS and not name.startswith("tag"):
                refuse("InvalidParameterValue", f"The filter '{name}' is invalid")
            check_filter_values(values)
        for list_id in params.get("PrefixListIds") or []:
            the_list(backend, list_id)
        found = backend.describe_managed_prefix_lists(prefix_list_ids=params.get("PrefixListIds") or [], filters=filters)
        found, token = page(found, {"MaxResults": 100} | {key: value for key, value in params.items() if value}, least=1, most=100)
        return ActionResult({"PrefixLists": found, "NextToken": token})

    def modify(self, request, original):
        backend, params = request.ec2_backend, request._get_params()
        found = the_list(backend, params.get("PrefixListId"))
        if found.owner_id == "AWS":
            refuse("UnauthorizedOperation", "You are not authorized to perform this operation.")
        add, remove, size = params.get("AddEntries") or [], params.get("RemoveEntries") or [], params.get("MaxEntries")
        version = params.get("CurrentVersion")
        if version is not None and int(version) != found.version:
            refuse("IncorrectState", f"The current version of {found.id} is {found.version}, not {version}")
        if size is not None and (add or remove):
            refuse("InvalidParameterCombination", "You cannot modify the entries and the maximum entries in the same request.")
        entries = {entry["Cidr"] for entry in found.entries.get(found.version, [])}
        entries = (entries - {entry["Cidr"] for entry in remove}) | {entry["Cidr"] for entry in add}
        if size is None:
            check_size(found.max_entries, entries)
            return original(request)
        check_size(size, entries)
        before, found.max_entries = found.max_entries, int(size)
        try:
            for group, egress in rules_with(backend, found.id):
                self.fits(backend, group, egress)
        except Exception:
            found.max_entries = before
            raise
        return ActionResult({"PrefixList": found})

    def delete(self, request, original):
        backend = request.ec2_backend
        found = the_list(backend, request._get_params().get("PrefixListId"))
        if next(rules_with(backend, found.id), None):
            refuse("DependencyViolation", f"The prefix list {found.id} is still referenced")
        return original(request)


def check_size(size, entries):
    if size is None or not 1 <= int(size) <= 1000:
        refuse("InvalidParameterValue", "The maximum number of entries is 1 to 1000")
    if len(entries) > int(size):
        refuse("PrefixListMaxEntriesExceeded", "You've reached the maximum number of entries for the prefix list")
