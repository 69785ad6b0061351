locals {
  # The subscription, the resource group and the name of the group are in its id.
  core = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-emc/providers/Microsoft.Network/networkSecurityGroups/nsg-core"

  placements = {
    agents = { components = ["desktop"], address_prefixes = ["10.20.0.0/16"] }
    core   = { components = ["configuration", "license_director"], network_security_group_id = local.core, address_prefixes = ["10.30.1.0/27"] }
  }
}

# The id says what the configuration says, so write both from the same values.
import {
  to = emc_azure_network_security_rules.rollout
  id = jsonencode({
    name       = "emc-prod"
    placements = local.placements
    policy     = { transport = "prefer_secure" }
  })
}

resource "emc_azure_network_security_rules" "rollout" {
  name       = "emc-prod"
  placements = local.placements

  policy {
    transport = "prefer_secure"
  }
}
