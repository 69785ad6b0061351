locals {
  placements = {
    agents = { components = ["desktop"] }
    core   = { components = ["configuration", "license_director", "xml_server"] }
    db     = { components = ["sql_server"] }
  }
  rollout = provider::emc::expand(local.placements, { transport = "prefer_secure" })
}

# What a reviewer reads: one line a rule.
output "core" {
  value = local.rollout.lines["core"].ingress
}

# Equal digests mean equal openings, in every cloud.
output "digest" {
  value = local.rollout.digest
}
