output "unused_priorities" {
  description = "Lines of priorities.tf that no rule has any more."
  value       = local.unused

  precondition {
    condition     = length(local.unnumbered) == 0
    error_message = "These rules have no priority yet. Put these lines into priorities.tf:\n${join("\n", local.to_add)}"
  }
  precondition {
    condition     = length(local.doubles) == 0
    error_message = "One priority stands twice in priorities.tf:\n${join("\n", local.doubles)}"
  }
  precondition {
    condition     = length(local.rules) == length(data.emc_rules.site.rules)
    error_message = "Azure carries no multicast: leave `multicast` in `policy` at `report`."
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
