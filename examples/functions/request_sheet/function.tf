locals {
  placements = {
    agents = { components = ["desktop"] }
    core   = { components = ["configuration", "license_director", "xml_server"] }
    aes    = { components = ["aes"] }
  }
  # As the firewall team writes them: blocks, addresses, or names of its own.
  addresses = {
    agents = ["10.20.0.0/16", "10.21.4.0/22"]
    core   = ["NET-EMC-CORE"]
  }
  policy = {
    transport = "prefer_secure"
    extra = [{
      name = "remote-help", from = "core", to = "agents", protocol = "tcp", ports = "5900", reason = "remote help", ticket = "CHG0012345", expires = "2027-01-31"
    }]
  }
}

# terraform output -raw request > request.csv
output "request" {
  value = provider::emc::request_sheet(local.placements, local.addresses, "csv", local.policy)
}

# For a ticket, and for a firewall that keeps no state: with rows for the replies.
output "stateless" {
  value = provider::emc::request_sheet(local.placements, local.addresses, "markdown", merge(local.policy, { ephemeral_ports = "49152-65535" }))
}
