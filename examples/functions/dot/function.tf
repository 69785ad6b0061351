locals {
  placements = {
    agents = { components = ["desktop"] }
    core   = { components = ["configuration", "license_director", "xml_server"] }
    db     = { components = ["sql_server"] }
  }
}

# terraform output -raw picture | dot -Tsvg > rollout.svg
output "picture" {
  value = provider::emc::dot(local.placements, { transport = "prefer_secure" })
}
