output "openings" {
  description = "How many rules of EC2 each group has from here, for its quota: 60 of each direction as shipped, IPv4 and IPv6 apart."
  value = {
    for name in keys(local.groups) : name => {
      for direction in ["ingress", "egress"] : direction => length([
        for opening in local.openings : opening if opening.local == name && opening.direction == direction
      ])
    }
  }

  precondition {
    condition     = !anytrue([for rule in data.emc_rules.site.rules : rule.multicast])
    error_message = "This bridge makes no multicast rules: leave `multicast` in `policy` at `report`, or use emc_aws_security_group_rules."
  }
  precondition {
    condition     = length(local.doubles) == 0
    error_message = "EC2 refuses the second of two equal rules. Take the group or the address out of one of the placements:\n${join("\n", local.doubles)}"
  }
}

output "summary" {
  description = "What there is, in one line."
  value       = data.emc_rules.site.summary
}

output "open_questions" {
  description = "What somebody still has to find out."
  value       = data.emc_rules.site.open_questions
}

output "unexpanded" {
  description = "What is not opened, and why."
  value       = data.emc_rules.site.unexpanded
}
