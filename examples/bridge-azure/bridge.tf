# From the rules of EMC to those of Azure. Nothing here is about one site.

locals {
  rules  = { for key, rule in data.emc_rules.site.rules : key => rule if !rule.multicast }
  groups = { for name, place in local.servers : name => split("/", place.network_security_group_id) }

  # How a placement is named in a rule: by application security groups, or by addresses. A single address has an argument of its own,
  # in which Azure gives it back. Ids may be known after apply only, so all that is asked of them is whether there are any.
  members = {
    for name, place in local.placements : name => place.application_security_group_ids
    if contains(keys(place), "application_security_group_ids")
  }
  addresses = { for name, place in local.placements : name => place.address_prefixes if !contains(keys(local.members), name) }
  single    = { for name, addresses in local.addresses : name => one(addresses) if length(addresses) == 1 }
  several   = { for name, addresses in local.addresses : name => addresses if length(addresses) > 1 }

  # Where the traffic of a rule comes from, and where it goes.
  ends = {
    for key, rule in local.rules : key => {
      from = rule.direction == "ingress" ? rule.peer : rule.local
      to   = rule.direction == "ingress" ? rule.local : rule.peer
    }
  }

  # Azure takes 80 letters, digits, `.`, `_` and `-` for a name, the last of them no `.` and no `-`. What does not fit ends in a fingerprint.
  names = {
    for key in keys(local.rules) : key =>
    replace(can(regex("^.{0,79}\\w$", key)) ? key : "${substr(key, 0, 71)} ${substr(sha256(key), 0, 8)}", " ", ".")
  }

  # Rules without a priority, each as the line that gives it one, and priorities without a rule.
  unnumbered = sort(setsubtract(keys(local.rules), keys(local.priorities)))
  unused     = sort(setsubtract(keys(local.priorities), keys(local.rules)))
  last       = max(99, values(local.priorities)...)
  to_add     = [for index, key in local.unnumbered : "    \"${key}\" = ${local.last + 1 + index}"]
  doubles = [
    for key, priority in local.priorities : "    \"${key}\" = ${priority}"
    if length([for other in values(local.priorities) : other if other == priority]) > 1
  ]
}

resource "azurerm_network_security_rule" "emc" {
  for_each = { for key, rule in local.rules : key => rule if contains(keys(local.priorities), key) }

  # /subscriptions/…/resourceGroups/[4]/providers/Microsoft.Network/networkSecurityGroups/[8]
  resource_group_name         = local.groups[each.value.local][4]
  network_security_group_name = local.groups[each.value.local][8]

  name        = local.names[each.key]
  description = length(each.value.description) > 140 ? "${substr(each.value.description, 0, 137)}..." : each.value.description
  priority    = local.priorities[each.key]
  direction   = each.value.direction == "ingress" ? "Inbound" : "Outbound"
  access      = "Allow"
  protocol    = title(each.value.protocol) # Tcp, Udp

  source_application_security_group_ids = lookup(local.members, local.ends[each.key].from, null)
  source_address_prefixes               = lookup(local.several, local.ends[each.key].from, null)
  source_address_prefix                 = lookup(local.single, local.ends[each.key].from, null)
  source_port_range                     = "*"

  destination_application_security_group_ids = lookup(local.members, local.ends[each.key].to, null)
  destination_address_prefixes               = lookup(local.several, local.ends[each.key].to, null)
  destination_address_prefix                 = lookup(local.single, local.ends[each.key].to, null)
  destination_port_range                     = join("-", distinct([each.value.from_port, each.value.to_port]))
}
