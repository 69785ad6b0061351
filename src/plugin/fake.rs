//! A provider for tests of the wire: three calls that do something, the others unimplemented.

use std::time::Duration;

use tonic::codegen::BoxStream;
use tonic::{Request, Response, Status, Streaming};

use super::proto::tfplugin6::provider_server::Provider;
use super::proto::tfplugin6::{self as wire, call_function, stop_provider, validate_provider_config as validate};

/// `CallFunction` gives its first argument back after as many milliseconds as its name says; `ValidateProviderConfig` waits for
/// ever; `StopProvider` panics.
#[derive(Debug)]
pub(crate) struct Fake;

macro_rules! unimplemented_calls {
    ($($call:ident: $message:ident),* $(,)?) => {
        #[tonic::async_trait]
        impl Provider for Fake {
            async fn call_function(&self, request: Request<call_function::Request>) -> Result<Response<call_function::Response>, Status> {
                let wire::call_function::Request { name, arguments } = request.into_inner();
                tokio::time::sleep(Duration::from_millis(name.parse().unwrap())).await;
                Ok(Response::new(call_function::Response { result: arguments.into_iter().next(), error: None }))
            }

            async fn validate_provider_config(&self, _: Request<validate::Request>) -> Result<Response<validate::Response>, Status> {
                std::future::pending().await
            }

            async fn stop_provider(&self, _: Request<stop_provider::Request>) -> Result<Response<stop_provider::Response>, Status> {
                panic!("asked to stop");
            }

            $(async fn $call(&self, _: Request<wire::$message::Request>) -> Result<Response<wire::$message::Response>, Status> {
                Err(Status::unimplemented(""))
            })*

            type ListResourceStream = BoxStream<wire::list_resource::Event>;
            type ReadStateBytesStream = BoxStream<wire::read_state_bytes::Response>;
            type InvokeActionStream = BoxStream<wire::invoke_action::Event>;

            async fn list_resource(&self, _: Request<wire::list_resource::Request>) -> Result<Response<Self::ListResourceStream>, Status> {
                Err(Status::unimplemented(""))
            }

            async fn read_state_bytes(&self, _: Request<wire::read_state_bytes::Request>) -> Result<Response<Self::ReadStateBytesStream>, Status> {
                Err(Status::unimplemented(""))
            }

            async fn write_state_bytes(
                &self,
                _: Request<Streaming<wire::write_state_bytes::RequestChunk>>,
            ) -> Result<Response<wire::write_state_bytes::Response>, Status> {
                Err(Status::unimplemented(""))
            }

            async fn invoke_action(&self, _: Request<wire::invoke_action::Request>) -> Result<Response<Self::InvokeActionStream>, Status> {
                Err(Status::unimplemented(""))
            }
        }
    };
}

unimplemented_calls! {
    get_metadata: get_metadata,
    get_provider_schema: get_provider_schema,
    validate_resource_config: validate_resource_config,
    validate_data_resource_config: validate_data_resource_config,
    upgrade_resource_state: upgrade_resource_state,
    get_resource_identity_schemas: get_resource_identity_schemas,
    upgrade_resource_identity: upgrade_resource_identity,
    configure_provider: configure_provider,
    read_resource: read_resource,
    plan_resource_change: plan_resource_change,
    apply_resource_change: apply_resource_change,
    import_resource_state: import_resource_state,
    move_resource_state: move_resource_state,
    read_data_source: read_data_source,
    generate_resource_config: generate_resource_config,
    validate_ephemeral_resource_config: validate_ephemeral_resource_config,
    open_ephemeral_resource: open_ephemeral_resource,
    renew_ephemeral_resource: renew_ephemeral_resource,
    close_ephemeral_resource: close_ephemeral_resource,
    validate_list_resource_config: validate_list_resource_config,
    get_functions: get_functions,
    validate_state_store_config: validate_state_store,
    configure_state_store: configure_state_store,
    lock_state: lock_state,
    unlock_state: unlock_state,
    get_states: get_states,
    delete_state: delete_state,
    plan_action: plan_action,
    validate_action_config: validate_action_config,
}
