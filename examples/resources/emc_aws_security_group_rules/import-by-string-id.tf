locals {
  placements = {
    agents = { components = ["desktop"], cidr_ipv4 = ["10.20.0.0/16"] }
    core   = { components = ["configuration", "license_director"], security_group_id = "sg-0123456789abcdef0" }
  }
}

# The id says what the configuration says, so write both from the same values.
import {
  to = emc_aws_security_group_rules.rollout
  id = jsonencode({
    name       = "emc-prod"
    placements = local.placements
    policy     = { transport = "prefer_secure" }
  })
}

resource "emc_aws_security_group_rules" "rollout" {
  name       = "emc-prod"
  placements = local.placements

  policy {
    transport = "prefer_secure"
  }
}
