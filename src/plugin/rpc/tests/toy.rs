//! A provider of nothing: one resource, one data source and a few functions, enough to drive every call.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::Barrier;

use crate::plugin::*;

/// What the provider and its parts share.
#[derive(Default)]
pub(super) struct Shared {
    pub(super) configured: std::sync::Mutex<Option<(Option<String>, String)>>,
    pub(super) finished: AtomicUsize,
    pub(super) stops: AtomicUsize,
}

pub(super) struct Toy {
    pub(super) shared: Arc<Shared>,
    pub(super) barrier: Arc<Barrier>,
    /// Whether the schema has a mistake.
    pub(super) wrong: bool,
}

impl Toy {
    pub(super) fn new() -> Toy {
        Toy { shared: Arc::default(), barrier: Arc::new(Barrier::new(2)), wrong: false }
    }
}

#[async_trait]
impl Provider for Toy {
    fn schema(&self) -> Schema {
        if self.wrong {
            return Schema::new(Block::new([Attribute::optional("alias", Type::String)]));
        }
        Schema::new(
            Block::new([Attribute::optional("region", Type::String).description("Where.").validate(validator::one_of(["north", "south"]))])
                .blocks([NestedBlock::single("login", Block::new([Attribute::optional("token", Type::String).sensitive()]))])
                .description("A toy."),
        )
    }

    async fn configure(&self, request: ConfigureRequest) -> Diagnostics {
        let region = request.config.get("region").as_str().map(str::to_owned);
        *self.shared.configured.lock().unwrap() = Some((region, request.terraform_version));
        Diagnostics::new()
    }

    fn resources(&self) -> Vec<Arc<dyn Resource>> {
        vec![Arc::new(Thing { shared: Arc::clone(&self.shared), barrier: Arc::clone(&self.barrier) })]
    }

    fn data_sources(&self) -> Vec<Arc<dyn DataSource>> {
        vec![Arc::new(Look)]
    }

    fn functions(&self) -> Vec<Arc<dyn Function>> {
        vec![Arc::new(Join), Arc::new(Broken)]
    }

    fn stop(&self) {
        self.shared.stops.fetch_add(1, Ordering::SeqCst);
    }
}

pub(super) struct Thing {
    shared: Arc<Shared>,
    barrier: Arc<Barrier>,
}

#[async_trait]
impl Resource for Thing {
    fn type_name(&self) -> &str {
        "toy_thing"
    }

    fn schema(&self) -> Schema {
        Schema::new(
            Block::new([
                Attribute::required("name", Type::String),
                Attribute::optional("level", Type::Number).default(1_i64),
                Attribute::optional("zone", Type::String).requires_replace(),
                Attribute::computed("id", Type::String),
                Attribute::optional("parts", Nested::map([Attribute::optional("size", Type::Number)])),
            ])
            .blocks([NestedBlock::list("extra", Block::new([Attribute::required("port", Type::Number)]))]),
        )
        .version(2)
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        match config.get("name").as_str() {
            Some("bad") => Diagnostic::error("Bad name", "`bad` is a bad name.").at(&AttributePath::root().attr("name")).into(),
            Some(_) | None => Diagnostics::new(),
        }
    }

    async fn plan(&self, request: PlanRequest) -> PlanResponse {
        let name = request.config.get("name").as_str().unwrap_or_default().to_owned();
        assert_ne!(name, "panic in plan");
        let planned = match (&request.prior, request.proposed) {
            (Some(prior), Some(proposed)) => Some(proposed.with("id", prior.get("id").clone())),
            (_, proposed) => proposed,
        };
        let mut response = PlanResponse::planned(planned);
        if name == "warn" {
            response.diagnostics.push(Diagnostic::warning("Careful", "A \u{1b}[31mwarning."));
        }
        response
    }

    async fn read(&self, request: ReadRequest) -> StateResponse {
        match request.state.get("name").as_str() {
            Some("gone") => StateResponse::gone(),
            Some("together") => {
                self.barrier.wait().await;
                StateResponse::state(request.state)
            }
            Some("panic in read") => panic!("read went wrong"),
            Some(_) | None => StateResponse::state(request.state),
        }
    }

    async fn apply(&self, request: ApplyRequest) -> StateResponse {
        let Some(planned) = request.planned else {
            return StateResponse::gone();
        };
        match planned.get("name").as_str() {
            Some("panic in apply") => panic!("apply went wrong"),
            Some("slow") => {
                tokio::time::sleep(Duration::from_millis(50)).await;
                self.shared.finished.fetch_add(1, Ordering::SeqCst);
            }
            Some("until stopped") => {
                request.stop.requested().await;
                let half = planned.with("id", "half");
                return StateResponse::state(half).with_diagnostics([Diagnostic::error("Stopped", "Half of it is done.")]);
            }
            Some("malformed") => return StateResponse::state(planned.with("id", 7_i64)),
            Some(_) | None => {}
        }
        let id = if planned.get("id").is_known() { planned.get("id").clone() } else { "id-1".into() };
        StateResponse::state(planned.with("id", id)).with_private(Private(b"applied".to_vec()))
    }

    async fn import(&self, request: ImportRequest) -> StateResponse {
        if request.id == "none" {
            return StateResponse::failed(Diagnostic::error("Not there", "There is no `none`."));
        }
        let state = self.schema().block.blank().with("name", request.id).with("id", "id-9");
        StateResponse::state(state).with_private(Private(b"imported".to_vec()))
    }

    fn upgrade(&self, version: i64, mut state: serde_json::Value) -> Result<serde_json::Value, Diagnostics> {
        if version != 1 {
            return Err(Diagnostic::error("Too old", format!("Version {version} is too old.")).into());
        }
        let title = state["title"].take();
        state["name"] = title;
        Ok(state)
    }
}

struct Look;

#[async_trait]
impl DataSource for Look {
    fn type_name(&self) -> &str {
        "toy_look"
    }

    fn schema(&self) -> Schema {
        Schema::new(Block::new([
            Attribute::optional("at", Type::String).default("everything"),
            Attribute::computed("seen", Type::list(Type::String)),
        ]))
    }

    async fn read(&self, request: DataRequest) -> DataResponse {
        match request.config.get("at").as_str() {
            Some("nothing") => DataResponse::default(),
            Some("unknown") => DataResponse::state(request.config.with("seen", Value::Unknown)),
            Some(at) => {
                let seen = Value::list([at.into()]);
                DataResponse::state(request.config.clone().with("seen", seen))
            }
            None => DataResponse::failed(Diagnostic::error("No place", "Say where.")),
        }
    }
}

struct Join;

impl Function for Join {
    fn name(&self) -> &str {
        "join"
    }

    fn signature(&self) -> Signature {
        Signature::new([Parameter::new("separator", Type::String)], Type::String)
            .variadic(Parameter::new("parts", Type::Dynamic).allow_null().allow_unknown().description("What to join."))
            .description("Joins.", "Joins text.")
    }

    fn call(&self, arguments: Vec<Value>) -> Result<Value, FunctionError> {
        let (separator, parts) = arguments.split_first().unwrap();
        if parts.iter().any(|part| !part.is_known()) {
            return Ok(Value::Unknown);
        }
        let mut texts = Vec::new();
        for (position, part) in parts.iter().enumerate().filter(|(_, part)| !part.is_null()) {
            let text = part.as_str().ok_or_else(|| FunctionError::argument(position + 1, format!("`{}` is no text.", part.kind())))?;
            texts.push(text.to_owned());
        }
        Ok(texts.join(separator.as_str().unwrap()).into())
    }
}

struct Broken;

impl Function for Broken {
    fn name(&self) -> &str {
        "broken"
    }

    fn signature(&self) -> Signature {
        Signature::new([Parameter::new("how", Type::String)], Type::Bool)
    }

    fn call(&self, arguments: Vec<Value>) -> Result<Value, FunctionError> {
        match arguments[0].as_str() {
            Some("panic") => panic!("the function went wrong"),
            Some(_) | None => Ok("no bool".into()),
        }
    }
}
