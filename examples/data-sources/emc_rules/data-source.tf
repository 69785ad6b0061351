# What a firewall in front of the agents has to let out, without touching any cloud.
data "emc_rules" "campus" {
  placements = {
    agents = { components = ["desktop"] }
    core   = { components = ["configuration", "license_director", "media_director", "xml_server"] }
    stores = { components = ["media_stores"] }
  }
  manage = ["agents"]

  policy {
    transport  = "prefer_secure"
    directions = ["egress"]
  }
}

# For a request form: one line a rule.
output "request" {
  value = data.emc_rules.campus.lines["agents"].egress
}

# For other resources: the keys are made of names only, so `for_each` takes them while addresses and ids are still unknown.
output "ports" {
  value = { for key, rule in data.emc_rules.campus.rules : key => "${rule.protocol} ${rule.from_port}-${rule.to_port} to ${rule.peer}" }
}
