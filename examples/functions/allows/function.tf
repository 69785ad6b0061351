locals {
  placements = {
    agents = { components = ["desktop"] }
    core   = { components = ["configuration", "ids", "license_director", "xml_server"] }
    db     = { components = ["sql_server"] }
  }
  policy = {
    transport = "secure_only"
    exclude   = ["sql_server.1433 from agents"]
    reasons   = { "sql_server.1433" = "desktops use the servers, CHG0012345" }
  }
}

# Assertions, checked at every plan. A check warns; the same conditions in a precondition or a test refuse.
check "segmentation" {
  assert {
    condition     = !provider::emc::allows(local.placements, "desktop", "sql_server", "tcp 1433", local.policy)
    error_message = "A desktop reaches the SQL server."
  }
  assert {
    condition     = !provider::emc::allows(local.placements, "agents", null, "plain", local.policy)
    error_message = "Something plain leaves the agent network."
  }
  assert {
    condition     = provider::emc::allows(local.placements, "ids", "sql_server", "tcp 1433", local.policy)
    error_message = "The interaction data servers do not reach their database."
  }
}
