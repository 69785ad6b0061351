# The id is the configuration itself as JSON: name, placements, policy and whatever else the configuration sets.
terraform import emc_azure_network_security_rules.rollout '{
  "name": "emc-prod",
  "placements": {
    "agents": { "components": ["desktop"], "address_prefixes": ["10.20.0.0/16"] },
    "core": {
      "components": ["configuration", "license_director"],
      "network_security_group_id": "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-emc/providers/Microsoft.Network/networkSecurityGroups/nsg-core",
      "address_prefixes": ["10.30.1.0/27"]
    }
  },
  "policy": { "transport": "prefer_secure" }
}'
