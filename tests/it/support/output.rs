//! What a command said, and assertions about it that show the whole of it when they fail.

use std::process;

/// A finished command: exit code and text.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    /// The command as a person would type it.
    pub(crate) command: String,
    /// Exit code; -1 where a signal ended the command.
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Output {
    pub(crate) fn of(command: &str, output: process::Output) -> Output {
        Output {
            command: command.to_owned(),
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Standard output and standard error, in this order.
    pub(crate) fn text(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }

    /// The text on one line: without the frames that Terraform draws around diagnostics and without its line breaks.
    pub(crate) fn flat(&self) -> String {
        flat(&self.text())
    }

    /// Asserts exit code 0, or 2 of `plan -detailed-exitcode`.
    #[track_caller]
    pub(crate) fn ok(self) -> Output {
        assert!(self.code == 0 || self.code == 2, "`{}` ended with {}:\n{}", self.command, self.code, self.text());
        self
    }

    /// Asserts exit code 1.
    #[track_caller]
    pub(crate) fn fails(self) -> Output {
        assert_eq!(self.code, 1, "`{}` should have failed:\n{}", self.command, self.text());
        self
    }

    /// Asserts that the text holds these words; line breaks and frames do not matter.
    #[track_caller]
    pub(crate) fn says(&self, words: &str) -> &Output {
        assert!(self.flat().contains(&flat(words)), "`{}` does not say `{words}`:\n{}", self.command, self.text());
        self
    }

    /// Asserts that the text does not hold these words.
    #[track_caller]
    pub(crate) fn never_says(&self, words: &str) -> &Output {
        assert!(!self.flat().contains(&flat(words)), "`{}` says `{words}`:\n{}", self.command, self.text());
        self
    }

    /// Asserts that Terraform found nothing to blame the provider for: no crash, no broken promise between plan and apply.
    #[track_caller]
    pub(crate) fn blames_nobody(self) -> Output {
        for blame in ["bug in the provider", "plugin crashed", "Plugin did not respond", "plugin failed to exit gracefully", "panic: "] {
            self.never_says(blame);
        }
        self
    }
}

fn flat(text: &str) -> String {
    let frames = |word: &&str| !matches!(*word, "│" | "╷" | "╵" | "|");
    text.split_whitespace().filter(frames).collect::<Vec<_>>().join(" ")
}
