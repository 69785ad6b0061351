//! Debug mode: the provider is started by hand, for a debugger, and hosts attach to it.
//!
//! Promises: what it prints can be pasted into a shell. Knows nothing of connections beyond where they are to be made.

use super::listen::Endpoint;
use super::serve::Identity;

/// Hosts that stand for the same providers: Terraform reads addresses as of the first, OpenTofu as of the second.
const REGISTRIES: [&str; 2] = ["registry.terraform.io", "registry.opentofu.org"];

/// The text for the person who started the process.
pub(crate) fn instructions(identity: &Identity, endpoint: &Endpoint) -> String {
    let value = reattach(identity, endpoint, std::process::id());
    let lines = if cfg!(windows) {
        format!(
            "\tCommand Prompt:\tset \"TF_REATTACH_PROVIDERS={value}\"\n\tPowerShell:\t$env:TF_REATTACH_PROVIDERS='{}'",
            value.replace('\'', "''")
        )
    } else {
        format!("\tTF_REATTACH_PROVIDERS='{}'", value.replace('\'', r"'\''"))
    };
    format!(
        "The provider is running. To make Terraform or OpenTofu use this process, set in the shell that runs it:\n\n{lines}\n\n\
         Press Ctrl-C to end it.\n"
    )
}

/// The value of `TF_REATTACH_PROVIDERS`: JSON, by full source address. `Test` keeps hosts from ending the process.
fn reattach(identity: &Identity, endpoint: &Endpoint, pid: u32) -> String {
    let attachment = serde_json::json!({
        "Protocol": "grpc",
        "ProtocolVersion": 6,
        "Pid": pid,
        "Test": true,
        "Addr": { "Network": endpoint.network(), "String": endpoint.to_string() },
    });
    let addresses = match identity.address.split_once('/') {
        Some((host, rest)) if REGISTRIES.contains(&host) => REGISTRIES.map(|host| format!("{host}/{rest}")).to_vec(),
        Some(_) | None => vec![identity.address.to_owned()],
    };
    let by_address: serde_json::Map<_, _> = addresses.into_iter().map(|address| (address, attachment.clone())).collect();
    serde_json::Value::Object(by_address).to_string()
}

#[cfg(test)]
mod tests {
    use super::{instructions, reattach};
    use crate::plugin::listen::Endpoint;
    use crate::plugin::serve::Identity;

    const IDENTITY: Identity = Identity { address: "registry.terraform.io/acme/anvil", name: "anvil", version: "1.2.3" };

    #[test]
    fn both_registries_are_named() {
        let endpoint = Endpoint::Unix("/run/plugin1".into());
        let one = r#"{"Addr":{"Network":"unix","String":"/run/plugin1"},"Pid":7,"Protocol":"grpc","ProtocolVersion":6,"Test":true}"#;
        assert_eq!(
            reattach(&IDENTITY, &endpoint, 7),
            format!(r#"{{"registry.opentofu.org/acme/anvil":{one},"registry.terraform.io/acme/anvil":{one}}}"#)
        );
    }

    #[test]
    fn a_private_registry_stays_alone() {
        let identity = Identity { address: "tf.example.com/acme/anvil", ..IDENTITY };
        let value: serde_json::Value = serde_json::from_str(&reattach(&identity, &Endpoint::Tcp(([127, 0, 0, 1], 9).into()), 7)).unwrap();
        assert_eq!(value.as_object().unwrap().len(), 1);
        assert_eq!(value["tf.example.com/acme/anvil"]["Addr"]["Network"], "tcp");
    }

    #[test]
    #[cfg(unix)]
    fn a_quote_in_the_path_survives_the_shell() {
        let text = instructions(&IDENTITY, &Endpoint::Unix("/run/it's".into()));
        assert!(text.contains(r"/run/it'\''s"), "{text}");
        assert!(text.contains("\n\tTF_REATTACH_PROVIDERS='{"), "{text}");
    }
}
