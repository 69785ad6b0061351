# The whole table, as printed and as read.
data "emc_port_matrix" "all" {}

# What the agent desktop speaks without encryption.
data "emc_port_matrix" "plain_desktop" {
  filter {
    components = ["desktop"]
    transports = ["plain"]
  }
}

output "plain_desktop_ports" {
  value = { for id, flow in data.emc_port_matrix.plain_desktop.flows : id => flow.port }
}

# What the vendor's table leaves for a site to decide.
output "questions" {
  value = { for id, doubt in data.emc_port_matrix.all.doubts : id => doubt.question if doubt.weight == "decide" }
}

# A starting point for a table of your own: correct the file and name it in the provider's `matrix_file`.
output "table" {
  value = data.emc_port_matrix.all.json
}
