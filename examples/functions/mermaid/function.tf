locals {
  placements = {
    agents = { components = ["desktop"] }
    core   = { components = ["configuration", "license_director", "xml_server"] }
    db     = { components = ["sql_server"] }
  }
}

# For a page of a wiki: put it into a block of code with the language `mermaid`.
output "picture" {
  value = provider::emc::mermaid(local.placements, { transport = "prefer_secure" })
}
