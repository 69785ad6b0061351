output "summary" {
  description = "What there is, in one line."
  value       = emc_aws_security_group_rules.rollout.summary
}

output "digest" {
  description = "Fingerprint of the openings: two sites with the same one are open alike, whatever their addresses."
  value       = emc_aws_security_group_rules.rollout.digest
}

output "open_questions" {
  description = "What somebody still has to find out."
  value       = emc_aws_security_group_rules.rollout.open_questions
}

output "foreign_rules" {
  description = "What stands in the groups and was made by somebody else, as acknowledged by the last apply."
  value       = emc_aws_security_group_rules.rollout.foreign_rules
}

output "rule_count" {
  description = "How much of the quota each group uses."
  value       = emc_aws_security_group_rules.rollout.rule_count
}

output "plain_from_agents" {
  description = "What desktops send unencrypted: placement and rule."
  value = flatten([
    for place, lines in emc_aws_security_group_rules.rollout.lines : [
      for key, line in lines.ingress : "${place} ${key}" if endswith(key, " from agents") && strcontains(line, "(plain")
    ]
  ])
}
