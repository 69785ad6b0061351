variable "subscription_id" {
  description = "The subscription in which the groups are."
  type        = string
}

variable "network_security_group_ids" {
  description = "The network security group of each subnet: full resource ids."
  type = object({
    servers = string
    data    = string
  })
}

variable "application_security_group_ids" {
  description = "The application security group of each kind of server: full resource ids."
  type = object({
    core  = string
    media = string
  })
}

variable "agent_networks" {
  description = "Where agent desktops are."
  type        = set(string)
}

variable "supervisor_networks" {
  description = "Where the Control Panel and Reporting run."
  type        = set(string)
}

variable "bastion_networks" {
  description = "From where servers are administered: the subnet AzureBastionSubnet."
  type        = set(string)
}

variable "database_networks" {
  description = "The subnet of SQL Server."
  type        = set(string)
}
