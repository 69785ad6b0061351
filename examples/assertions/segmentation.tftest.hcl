# terraform test: a change that breaks one of these never gets to an apply.

run "segmentation" {
  command = plan

  assert {
    condition     = startswith(output.desktops_to_database, "no: ")
    error_message = "A desktop reaches the SQL server. ${output.desktops_to_database}"
  }

  assert {
    condition     = startswith(output.plain_from_agents, "no: ")
    error_message = "Something plain leaves the agent network. ${output.plain_from_agents}"
  }

  # What must go on working is asserted as well: closing too much is a fault, too.
  assert {
    condition     = startswith(output.stores_to_database, "yes: ")
    error_message = "The media stores do not reach their database. ${output.stores_to_database}"
  }

  assert {
    condition     = alltrue([for key in keys(output.rules["database"].ingress) : startswith(key, "tcp 1433 from ")])
    error_message = "The database is reachable on more than its port: ${join(", ", keys(output.rules["database"].ingress))}"
  }
}
