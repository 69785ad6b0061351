# From the rules of EMC to those of EC2. Nothing here is about one site.

locals {
  groups = { for name, place in local.servers : name => place.security_group_id }

  # What stands for a placement at the far end of a rule: each of its addresses, or its group, here an empty text.
  far_ends = merge(
    { for name, place in local.outside : name => sort(concat(tolist(try(place.cidr_ipv4, [])), tolist(try(place.cidr_ipv6, [])))) },
    { for name in keys(local.servers) : name => [""] },
  )

  # One rule of EC2 for each far end: "core ingress tcp 39091 from agents 10.20.0.0/16", "database ingress tcp 1433 from media". The keys
  # are made of names and addresses. No id is in them, and no number that another rule would shift.
  openings = merge([
    for key, rule in data.emc_rules.site.rules : {
      for end in lookup(local.far_ends, rule.peer, []) : trimspace("${key} ${end}") => merge(rule, {
        cidr_ipv4 = end != "" && !strcontains(end, ":") ? end : null
        cidr_ipv6 = strcontains(end, ":") ? end : null
        # EC2 takes 255 characters of a small set.
        text = substr(replace(
          "${rule.description} ${rule.direction == "ingress" ? "from" : "to"} ${rule.peer}",
          "/[^A-Za-z0-9 ._:\\/()#,@\\[\\]+=;{}!$*-]/", "_"
        ), 0, 255)
      })
    }
  ]...)

  # EC2 keeps equal rules once and refuses the second one. Two placements with one group, or with one address, may want the same.
  equal = {
    for key, opening in local.openings : join(" ", [
      local.groups[opening.local], opening.direction, opening.protocol, opening.from_port, opening.to_port,
      coalesce(opening.cidr_ipv4, opening.cidr_ipv6, lookup(local.groups, opening.peer, "")),
    ]) => key...
  }
  doubles = [for keys in local.equal : "  ${join(" = ", keys)}" if length(keys) > 1]
}

resource "aws_vpc_security_group_ingress_rule" "emc" {
  for_each = { for key, opening in local.openings : key => opening if opening.direction == "ingress" }

  security_group_id            = local.groups[each.value.local]
  ip_protocol                  = each.value.protocol
  from_port                    = each.value.from_port
  to_port                      = each.value.to_port
  cidr_ipv4                    = each.value.cidr_ipv4
  cidr_ipv6                    = each.value.cidr_ipv6
  referenced_security_group_id = lookup(local.groups, each.value.peer, null)
  description                  = each.value.text
}

resource "aws_vpc_security_group_egress_rule" "emc" {
  for_each = { for key, opening in local.openings : key => opening if opening.direction == "egress" }

  security_group_id            = local.groups[each.value.local]
  ip_protocol                  = each.value.protocol
  from_port                    = each.value.from_port
  to_port                      = each.value.to_port
  cidr_ipv4                    = each.value.cidr_ipv4
  cidr_ipv6                    = each.value.cidr_ipv6
  referenced_security_group_id = lookup(local.groups, each.value.peer, null)
  description                  = each.value.text
}
