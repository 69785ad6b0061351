variable "name" {
  description = "Name of the rollout; it is part of the name of every rule. Two sites need two names."
  type        = string
  default     = "emc-prod"
}

variable "network_security_group_ids" {
  description = "The network security group of each subnet: full resource ids. README.md shows how to make them."
  type = object({
    servers = string
    dmz     = string
    data    = string
  })
}

variable "application_security_group_ids" {
  description = "The application security group of each kind of server: full resource ids."
  type = object({
    core     = string
    ids      = string
    media    = string
    gateways = string
  })
}

variable "deny_unlisted" {
  description = "Whether what no line allows is denied. Leave it false until the plan holds everything that the servers need."
  type        = bool
  default     = false
}

variable "agent_networks" {
  description = "Where agent desktops are."
  type        = set(string)
}

variable "supervisor_networks" {
  description = "Where the Control Panel, Reporting and the TTrace Console run."
  type        = set(string)
}

variable "bastion_networks" {
  description = "From where servers are administered: the subnet AzureBastionSubnet."
  type        = set(string)
}

variable "directory_addresses" {
  description = "The domain controllers, which are name and time servers too."
  type        = set(string)
}

variable "database_networks" {
  description = "The subnet of SQL Server."
  type        = set(string)
}

variable "aes_addresses" {
  description = "The Application Enablement Services."
  type        = set(string)
}

variable "mail_addresses" {
  description = "The mail servers that the Email Media Store works with."
  type        = set(string)
}
