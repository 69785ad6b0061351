locals {
  placements = {
    agents = { components = ["desktop"] }
    core   = { components = ["configuration", "ids", "license_director", "xml_server"] }
    db     = { components = ["sql_server"] }
  }
  policy = {
    exclude = ["sql_server.1433 from agents"]
    reasons = { "sql_server.1433" = "desktops use the servers, CHG0012345" }
  }
}

# Through which flows, with rows and open questions.
output "to_the_database" {
  value = provider::emc::why(local.placements, null, "sql_server", null, local.policy).flows
}

# Or why not, in one line: "no: sql_server.1433 from agents to db (excluded: desktops use the servers, CHG0012345)"
output "desktops" {
  value = provider::emc::why(local.placements, "desktop", "sql_server", "tcp 1433", local.policy).answer
}

# As the message of an assertion it names what has to be looked at.
check "nothing_plain_from_agents" {
  assert {
    condition     = !provider::emc::allows(local.placements, "agents", null, "plain", local.policy)
    error_message = "Is there plain traffic from agents? ${provider::emc::why(local.placements, "agents", null, "plain", local.policy).answer}"
  }
}
