variable "region" {
  description = "Region of the security groups."
  type        = string
  default     = "eu-central-1"
}

variable "name" {
  description = "Name of the rollout; every rule carries it as a tag. Two sites need two names."
  type        = string
  default     = "emc-prod"
}

variable "security_group_ids" {
  description = "The security group of each kind of server. README.md shows how to make them."
  type = object({
    core     = string
    ids      = string
    media    = string
    gateways = string
    database = string
  })
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
  description = "From where servers are administered."
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
