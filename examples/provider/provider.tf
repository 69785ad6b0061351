terraform {
  required_providers {
    emc = {
      source  = "emc-rollout/emc"
      version = "~> 0.1"
    }
  }
}

# Everything is optional. Region and credentials come from the environment and the shared files, as with the official AWS provider.
provider "emc" {
  aws {
    region = "eu-central-1"
  }
}
