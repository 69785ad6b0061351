# What a table under review would change for this site, compared with the one that is built in. Nothing is written, nobody is asked.
data "emc_port_matrix_diff" "upgrade" {
  after = "${path.module}/table.json" # as `emc_port_matrix` exports it, then corrected

  placements = {
    agents   = { components = ["desktop"] }
    core     = { components = ["configuration", "xml_server"] }
    database = { components = ["sql_server"] }
  }

  policy {
    transport = "prefer_secure"
  }
}

output "upgrade" {
  value = {
    summary   = data.emc_port_matrix_diff.upgrade.summary
    opens     = data.emc_port_matrix_diff.upgrade.opens
    closes    = data.emc_port_matrix_diff.upgrade.closes
    changes   = data.emc_port_matrix_diff.upgrade.changes
    questions = data.emc_port_matrix_diff.upgrade.open_questions
  }
}

# A table that would open or close anything wants a look before it becomes `matrix_file`.
check "table" {
  assert {
    condition     = data.emc_port_matrix_diff.upgrade.equal
    error_message = "The table under review asks for other openings: ${data.emc_port_matrix_diff.upgrade.summary}"
  }
}
