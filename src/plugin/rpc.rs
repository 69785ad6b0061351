//! The service that Terraform calls.
//!
//! Promises: every method is here; what a provider of ours cannot express answers Unimplemented, which Terraform takes for "not there".
//! Calls run side by side without a lock. Does not know connections.

mod catalog;
mod data_source;
mod describe;
mod function;
mod resource;
mod run;
#[cfg(test)]
mod tests;
mod to_proto;
mod wire;

use std::future::Future;
use std::sync::Arc;

use tonic::{Request, Response, Status};

use super::function::FunctionError;
use super::in_flight::{Stop, StopSource};
use super::proto::tfplugin6 as proto;
use super::provider::Provider;
use super::schema::Mistake;
use catalog::Catalog;
use run::{Answer, computing, guarded, run};

/// A provider as the service that Terraform calls.
pub struct Service {
    catalog: Arc<Catalog>,
    stop: StopSource,
}

impl std::fmt::Debug for Service {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Service")
    }
}

impl Service {
    /// Returns the service of a provider. Schemas are made only when they are asked for.
    pub fn new(provider: Arc<dyn Provider>) -> Service {
        Service { catalog: Arc::new(Catalog::new(provider)), stop: StopSource::default() }
    }

    /// Returns the mistakes in the provider's schemas and functions; a correct provider has none. A test of the provider asks for them.
    pub fn lint(&self) -> Vec<Mistake> {
        describe::lint(&self.catalog)
    }

    /// Runs a call that only looks things up.
    async fn at_once<T: Answer>(
        &self,
        rpc: &'static str,
        subject: String,
        work: impl FnOnce(&Catalog) -> Result<T, super::Diagnostics> + Send + 'static,
    ) -> Result<Response<T>, Status> {
        let catalog = Arc::clone(&self.catalog);
        run(rpc, subject, async move { work(&catalog) }).await
    }

    /// Runs a call that may take long.
    async fn in_time<T: Answer, F: Future<Output = Result<T, super::Diagnostics>> + Send + 'static>(
        &self,
        rpc: &'static str,
        subject: String,
        work: impl FnOnce(Arc<Catalog>, Stop) -> F,
    ) -> Result<Response<T>, Status> {
        run(rpc, subject, work(Arc::clone(&self.catalog), self.stop.stop())).await
    }
}

fn unimplemented() -> Status {
    Status::unimplemented("not offered by this provider")
}

type Nothing<T> = tokio_stream::Empty<Result<T, Status>>;

#[tonic::async_trait]
impl proto::provider_server::Provider for Service {
    type ListResourceStream = Nothing<proto::list_resource::Event>;
    type ReadStateBytesStream = Nothing<proto::read_state_bytes::Response>;
    type InvokeActionStream = Nothing<proto::invoke_action::Event>;

    async fn get_metadata(
        &self,
        request: Request<proto::get_metadata::Request>,
    ) -> Result<Response<proto::get_metadata::Response>, Status> {
        let proto::get_metadata::Request {} = request.into_inner();
        self.at_once("GetMetadata", String::new(), |catalog| Ok(describe::metadata(catalog))).await
    }

    async fn get_provider_schema(
        &self,
        request: Request<proto::get_provider_schema::Request>,
    ) -> Result<Response<proto::get_provider_schema::Response>, Status> {
        let proto::get_provider_schema::Request {} = request.into_inner();
        self.at_once("GetProviderSchema", String::new(), |catalog| Ok(describe::schemas(catalog))).await
    }

    async fn get_resource_identity_schemas(
        &self,
        request: Request<proto::get_resource_identity_schemas::Request>,
    ) -> Result<Response<proto::get_resource_identity_schemas::Response>, Status> {
        let proto::get_resource_identity_schemas::Request {} = request.into_inner();
        Ok(Response::new(proto::get_resource_identity_schemas::Response::default()))
    }

    async fn get_functions(
        &self,
        request: Request<proto::get_functions::Request>,
    ) -> Result<Response<proto::get_functions::Response>, Status> {
        let proto::get_functions::Request {} = request.into_inner();
        self.at_once("GetFunctions", String::new(), |catalog| Ok(describe::functions(catalog))).await
    }

    async fn validate_provider_config(
        &self,
        request: Request<proto::validate_provider_config::Request>,
    ) -> Result<Response<proto::validate_provider_config::Response>, Status> {
        let request = request.into_inner();
        self.at_once("ValidateProviderConfig", String::new(), |catalog| describe::validate(catalog, request)).await
    }

    async fn configure_provider(
        &self,
        request: Request<proto::configure_provider::Request>,
    ) -> Result<Response<proto::configure_provider::Response>, Status> {
        let request = request.into_inner();
        let work = |catalog: Arc<Catalog>, stop| async move { describe::configure(&catalog, request, stop).await };
        self.in_time("ConfigureProvider", String::new(), work).await
    }

    async fn stop_provider(
        &self,
        request: Request<proto::stop_provider::Request>,
    ) -> Result<Response<proto::stop_provider::Response>, Status> {
        let proto::stop_provider::Request {} = request.into_inner();
        self.stop.request();
        let catalog = Arc::clone(&self.catalog);
        let told = guarded("StopProvider", String::new(), async move { catalog.provider.item.stop() }).await?;
        let error = told.err().map_or_else(String::new, |panic| format!("the provider crashed in StopProvider: {panic}"));
        Ok(Response::new(proto::stop_provider::Response { error }))
    }

    async fn validate_resource_config(
        &self,
        request: Request<proto::validate_resource_config::Request>,
    ) -> Result<Response<proto::validate_resource_config::Response>, Status> {
        let request = request.into_inner();
        self.at_once("ValidateResourceConfig", request.type_name.clone(), |catalog| resource::validate(catalog, request)).await
    }

    async fn upgrade_resource_state(
        &self,
        request: Request<proto::upgrade_resource_state::Request>,
    ) -> Result<Response<proto::upgrade_resource_state::Response>, Status> {
        let request = request.into_inner();
        self.at_once("UpgradeResourceState", request.type_name.clone(), |catalog| resource::upgrade(catalog, request)).await
    }

    async fn read_resource(
        &self,
        request: Request<proto::read_resource::Request>,
    ) -> Result<Response<proto::read_resource::Response>, Status> {
        let request = request.into_inner();
        let subject = request.type_name.clone();
        let (state, private) = (request.current_state.clone(), request.private.clone());
        let work = |catalog: Arc<Catalog>, stop| async move { resource::read(&catalog, request, stop).await };
        let mut response = self.in_time("ReadResource", subject, work).await?;
        let answer = response.get_mut();
        if answer.new_state.is_none() {
            (answer.new_state, answer.private) = (state, private);
        }
        Ok(response)
    }

    async fn plan_resource_change(
        &self,
        request: Request<proto::plan_resource_change::Request>,
    ) -> Result<Response<proto::plan_resource_change::Response>, Status> {
        let request = request.into_inner();
        let subject = request.type_name.clone();
        let work = |catalog: Arc<Catalog>, stop| async move { resource::plan(&catalog, request, stop).await };
        self.in_time("PlanResourceChange", subject, work).await
    }

    async fn apply_resource_change(
        &self,
        request: Request<proto::apply_resource_change::Request>,
    ) -> Result<Response<proto::apply_resource_change::Response>, Status> {
        let request = request.into_inner();
        let subject = request.type_name.clone();
        let (state, private) = (request.prior_state.clone(), request.planned_private.clone());
        let work = |catalog: Arc<Catalog>, stop| async move { resource::apply(&catalog, request, stop).await };
        let mut response = self.in_time("ApplyResourceChange", subject, work).await?;
        let answer = response.get_mut();
        if answer.new_state.is_none() {
            (answer.new_state, answer.private) = (state, private);
        }
        Ok(response)
    }

    async fn import_resource_state(
        &self,
        request: Request<proto::import_resource_state::Request>,
    ) -> Result<Response<proto::import_resource_state::Response>, Status> {
        let request = request.into_inner();
        let subject = request.type_name.clone();
        let work = |catalog: Arc<Catalog>, stop| async move { resource::import(&catalog, request, stop).await };
        self.in_time("ImportResourceState", subject, work).await
    }

    async fn validate_data_resource_config(
        &self,
        request: Request<proto::validate_data_resource_config::Request>,
    ) -> Result<Response<proto::validate_data_resource_config::Response>, Status> {
        let request = request.into_inner();
        self.at_once("ValidateDataResourceConfig", request.type_name.clone(), |catalog| data_source::validate(catalog, request)).await
    }

    async fn read_data_source(
        &self,
        request: Request<proto::read_data_source::Request>,
    ) -> Result<Response<proto::read_data_source::Response>, Status> {
        let request = request.into_inner();
        let subject = request.type_name.clone();
        let work = |catalog: Arc<Catalog>, stop| async move { data_source::read(&catalog, request, stop).await };
        self.in_time("ReadDataSource", subject, work).await
    }

    async fn call_function(
        &self,
        request: Request<proto::call_function::Request>,
    ) -> Result<Response<proto::call_function::Response>, Status> {
        let request = request.into_inner();
        let subject = request.name.clone();
        let catalog = Arc::clone(&self.catalog);
        let called = computing("CallFunction", subject.clone(), move || function::call(&catalog, request)).await?;
        Ok(Response::new(
            called.unwrap_or_else(|panic| function::failed(FunctionError::new(run::crashed("CallFunction", &subject, &panic).detail()))),
        ))
    }

    async fn upgrade_resource_identity(
        &self,
        _: Request<proto::upgrade_resource_identity::Request>,
    ) -> Result<Response<proto::upgrade_resource_identity::Response>, Status> {
        Err(unimplemented())
    }

    async fn move_resource_state(
        &self,
        _: Request<proto::move_resource_state::Request>,
    ) -> Result<Response<proto::move_resource_state::Response>, Status> {
        Err(unimplemented())
    }

    async fn generate_resource_config(
        &self,
        _: Request<proto::generate_resource_config::Request>,
    ) -> Result<Response<proto::generate_resource_config::Response>, Status> {
        Err(unimplemented())
    }

    async fn validate_ephemeral_resource_config(
        &self,
        _: Request<proto::validate_ephemeral_resource_config::Request>,
    ) -> Result<Response<proto::validate_ephemeral_resource_config::Response>, Status> {
        Err(unimplemented())
    }

    async fn open_ephemeral_resource(
        &self,
        _: Request<proto::open_ephemeral_resource::Request>,
    ) -> Result<Response<proto::open_ephemeral_resource::Response>, Status> {
        Err(unimplemented())
    }

    async fn renew_ephemeral_resource(
        &self,
        _: Request<proto::renew_ephemeral_resource::Request>,
    ) -> Result<Response<proto::renew_ephemeral_resource::Response>, Status> {
        Err(unimplemented())
    }

    async fn close_ephemeral_resource(
        &self,
        _: Request<proto::close_ephemeral_resource::Request>,
    ) -> Result<Response<proto::close_ephemeral_resource::Response>, Status> {
        Err(unimplemented())
    }

    async fn list_resource(&self, _: Request<proto::list_resource::Request>) -> Result<Response<Self::ListResourceStream>, Status> {
        Err(unimplemented())
    }

    async fn validate_list_resource_config(
        &self,
        _: Request<proto::validate_list_resource_config::Request>,
    ) -> Result<Response<proto::validate_list_resource_config::Response>, Status> {
        Err(unimplemented())
    }

    async fn validate_state_store_config(
        &self,
        _: Request<proto::validate_state_store::Request>,
    ) -> Result<Response<proto::validate_state_store::Response>, Status> {
        Err(unimplemented())
    }

    async fn configure_state_store(
        &self,
        _: Request<proto::configure_state_store::Request>,
    ) -> Result<Response<proto::configure_state_store::Response>, Status> {
        Err(unimplemented())
    }

    async fn read_state_bytes(&self, _: Request<proto::read_state_bytes::Request>) -> Result<Response<Self::ReadStateBytesStream>, Status> {
        Err(unimplemented())
    }

    async fn write_state_bytes(
        &self,
        _: Request<tonic::Streaming<proto::write_state_bytes::RequestChunk>>,
    ) -> Result<Response<proto::write_state_bytes::Response>, Status> {
        Err(unimplemented())
    }

    async fn lock_state(&self, _: Request<proto::lock_state::Request>) -> Result<Response<proto::lock_state::Response>, Status> {
        Err(unimplemented())
    }

    async fn unlock_state(&self, _: Request<proto::unlock_state::Request>) -> Result<Response<proto::unlock_state::Response>, Status> {
        Err(unimplemented())
    }

    async fn get_states(&self, _: Request<proto::get_states::Request>) -> Result<Response<proto::get_states::Response>, Status> {
        Err(unimplemented())
    }

    async fn delete_state(&self, _: Request<proto::delete_state::Request>) -> Result<Response<proto::delete_state::Response>, Status> {
        Err(unimplemented())
    }

    async fn plan_action(&self, _: Request<proto::plan_action::Request>) -> Result<Response<proto::plan_action::Response>, Status> {
        Err(unimplemented())
    }

    async fn invoke_action(&self, _: Request<proto::invoke_action::Request>) -> Result<Response<Self::InvokeActionStream>, Status> {
        Err(unimplemented())
    }

    async fn validate_action_config(
        &self,
        _: Request<proto::validate_action_config::Request>,
    ) -> Result<Response<proto::validate_action_config::Response>, Status> {
        Err(unimplemented())
    }
}
