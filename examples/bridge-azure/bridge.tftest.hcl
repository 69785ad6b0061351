# terraform test: what must hold of these rules, whoever changes placements, policy or priorities. It plans and never applies, and belongs
# into the pipeline that reviews a change.

run "segmentation" {
  command = plan

  assert {
    condition     = length(output.unused_priorities) == 0
    error_message = "A rule was deleted and its priority is still written down: ${join(", ", output.unused_priorities)}"
  }

  assert {
    condition = alltrue([
      for key in keys(azurerm_network_security_rule.emc) : can(regex("^database ingress tcp 1433 from (agents|media)( |$)", key)) if startswith(key, "database ")
    ])
    error_message = "The database is reachable on more than SQL, or by others than the table says: desktops and the stores (row 45)."
  }

  # What desktops still send unencrypted has been accepted, one by one.
  assert {
    condition = alltrue([
      for key, rule in data.emc_rules.site.rules : contains([
        "core ingress tcp 3000-3003 from agents", # XML clients, one port for each AES stream
        "media ingress tcp 29085 from agents",    # some desktops still use it: A12
      ], key) if rule.peer == "agents" && strcontains(rule.description, "(plain")
    ])
    error_message = "Desktops send more unencrypted than was accepted."
  }

  assert {
    condition     = length(setsubtract(keys(output.open_questions), ["A12", "A36"])) == 0
    error_message = "New open questions: ${join(", ", setsubtract(keys(output.open_questions), ["A12", "A36"]))}"
  }
}
