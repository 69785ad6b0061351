# The id is the configuration itself as JSON: name, placements, policy and whatever else the configuration sets.
terraform import emc_aws_security_group_rules.rollout '{
  "name": "emc-prod",
  "placements": {
    "agents": { "components": ["desktop"], "cidr_ipv4": ["10.20.0.0/16"] },
    "core": { "components": ["configuration", "license_director"], "security_group_id": "sg-0123456789abcdef0" }
  },
  "policy": { "transport": "prefer_secure" }
}'
