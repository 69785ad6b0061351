# terraform test: what must hold of this rollout, whoever changes it. It plans and never applies, and belongs into the pipeline that reviews
# a change, with groups that are like the real ones and empty: a test has no state, so it takes rules that are live for those of others.

run "segmentation" {
  command = plan

  assert {
    condition     = !anytrue([for key in keys(emc_aws_security_group_rules.rollout.lines["database"].ingress) : endswith(key, " from gateways")])
    error_message = "The DMZ reaches the database."
  }

  assert {
    condition = alltrue([
      for key in keys(emc_aws_security_group_rules.rollout.lines["database"].ingress) : startswith(key, "tcp 1433 from ") || key == "tcp 3389 from bastion"
    ])
    error_message = "The database is reachable on more than SQL and the administration of Windows."
  }

  # What desktops still send unencrypted has been accepted, one by one.
  assert {
    condition = length(setsubtract(output.plain_from_agents, [
      "core tcp 29074 from agents",     # where the Application Management Director is found
      "core tcp 3000-3003 from agents", # XML clients, one port for each AES stream
      "ids tcp 29083 from agents",      # first connection of clients that read interaction data
      "media tcp 29085 from agents",    # some desktops still use it: A12
    ])) == 0
    error_message = "Desktops send unencrypted: ${join(", ", output.plain_from_agents)}"
  }

  assert {
    condition     = length(setsubtract(keys(emc_aws_security_group_rules.rollout.open_questions), ["A36"])) == 0
    error_message = "New open questions: ${join(", ", setsubtract(keys(emc_aws_security_group_rules.rollout.open_questions), ["A36"]))}"
  }
}
