//! How a command runs while something goes wrong, whichever cloud it is about.

use std::time::Duration;

use crate::support::{Output, PATIENCE, Running, Workspace};

pub(crate) const APPLY: [&str; 4] = ["apply", "-json", "-input=false", "-auto-approve"];
pub(crate) const DESTROY: [&str; 4] = ["destroy", "-json", "-input=false", "-auto-approve"];
const PLAN: [&str; 3] = ["plan", "-json", "-input=false"];
const APPLY_SAVED: [&str; 4] = ["apply", "-json", "-input=false", "plan.out"];

/// How long a command may still run after Ctrl-C.
const AFTER_INTERRUPT: Duration = Duration::from_secs(30);

/// What Terraform does with the resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Operation {
    Update,
    Create,
    Destroy,
}

impl Operation {
    pub(crate) const ALL: [Operation; 3] = [Operation::Update, Operation::Create, Operation::Destroy];

    pub(crate) fn title(self) -> &'static str {
        match self {
            Operation::Update => "Update",
            Operation::Create => "Create",
            Operation::Destroy => "Destroy",
        }
    }

    pub(crate) fn command(self) -> &'static [&'static str] {
        match self {
            Operation::Update | Operation::Create => &APPLY,
            Operation::Destroy => &DESTROY,
        }
    }
}

/// How the command runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// To its end.
    Through,
    /// As a plan that was saved before things went wrong.
    Saved,
    /// Until Ctrl-C while the call hangs.
    Interrupted,
    /// Until it is killed while the call hangs.
    Killed {
        /// The CLI too.
        all: bool,
        /// Whether the cloud carries the call out.
        done: bool,
    },
}

impl Way {
    pub(crate) fn kills(self) -> bool {
        matches!(self, Way::Killed { .. })
    }
}

/// The site on which a command runs, and the call that something happens to.
pub(crate) trait Scene {
    fn workspace(&self) -> &Workspace;

    /// Lets things go wrong from now on.
    fn script(&self);

    /// Forgets what was asked of the cloud so far.
    fn reset(&self);

    /// Whether the call hangs and everything that goes on beside it is over, so that what follows does not depend on which came first.
    fn hangs_alone(&self) -> bool;

    /// Lets the cloud carry out what hangs.
    fn release(&self);

    /// Loses what hangs.
    fn lose(&self);

    /// Whether the call is made for the plan.
    fn plans(&self) -> bool;

    /// Whether the provider gives the call up when it is asked to stop, instead of waiting for what became of it.
    fn is_given_up(&self) -> bool;
}

/// Runs the command of an operation while things go wrong.
pub(crate) fn run(scene: &impl Scene, operation: Operation, way: Way) -> Output {
    let (workspace, command) = (scene.workspace(), operation.command());
    match way {
        Way::Through => {
            scene.script();
            Running::start(workspace, command).finish(PATIENCE).blames_nobody()
        }
        Way::Saved => {
            workspace.plan_with(if operation == Operation::Destroy { &["-destroy"] } else { &[] }).ok();
            scene.reset();
            scene.script();
            workspace.run(&APPLY_SAVED).blames_nobody()
        }
        Way::Interrupted => {
            scene.script();
            // The CLI hears Ctrl-C while it plans only when that is all it does.
            let mut running = Running::start(workspace, if scene.plans() { &PLAN } else { command });
            running.wait_for("the call", || scene.hangs_alone());
            running.interrupt();
            if !scene.is_given_up() {
                // A read is given up at once; of a write we want to know what became of it. The CLI tells the provider next.
                running.wait_until_interrupted();
                std::thread::sleep(Duration::from_millis(300));
                scene.release();
            }
            let output = running.finish(AFTER_INTERRUPT).blames_nobody();
            scene.release();
            output
        }
        Way::Killed { all, done } => {
            scene.script();
            let mut running = Running::start(workspace, command);
            running.wait_for("the call", || scene.hangs_alone());
            running.kill(all);
            let output = running.finish(PATIENCE);
            if done {
                scene.release()
            } else {
                scene.lose()
            }
            output
        }
    }
}

/// How a command that failed ended, in few words; `wrote` tells whether anything was asked that changes something.
pub(crate) fn failure(first: &Output, way: Way, wrote: bool) -> &'static str {
    // Whether the command came as far as writing.
    let planned = first.text().contains("\"change_summary\"") || first.command.ends_with("plan.out");
    match (way.kills(), wrote) {
        (true, _) => "killed",
        (false, false) if planned => "error, nothing written",
        (false, false) => "no plan, nothing written",
        (false, true) => "error",
    }
}

/// What the command after it did.
pub(crate) fn recovery(operation: Operation, wrote: bool) -> String {
    let next = if operation == Operation::Destroy { "next destroy" } else { "next apply" };
    if wrote { format!("{next} finishes") } else { format!("{next} finds it done") }
}
