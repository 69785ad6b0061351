# What the vendor's table has between desktops and the media stores.
output "desktop_to_stores" {
  value = {
    for flow in provider::emc::flows("desktop", "media_stores") : flow.id => "${flow.protocol} ${flow.port}, ${flow.transport}, row ${flow.row}"
  }
}

# Whoever connects to the SQL server, by the table; null is anyone.
output "to_the_database" {
  value = distinct(flatten(provider::emc::flows(null, "sql_server")[*].initiators))
}
