//! The options of one command.

use std::collections::BTreeMap;

use crate::failure::Failure;

/// Options with a value (`--only fmt`), flags (`--list`) and what follows `--`.
#[derive(Debug, Default)]
pub(crate) struct Options {
    values: BTreeMap<String, String>,
    flags: Vec<String>,
    /// Everything after `--`.
    pub(crate) rest: Vec<String>,
}

impl Options {
    /// Reads `arguments`; an option that is neither in `with_value` nor in `flags` is refused.
    pub(crate) fn parse(arguments: &[String], with_value: &[&str], flags: &[&str]) -> Result<Self, Failure> {
        let mut options = Self::default();
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            if word == "--" {
                options.rest = words.cloned().collect();
                break;
            }
            let Some(name) = word.strip_prefix("--") else {
                return Err(Failure::usage(format!("`{word}` means nothing here; try `cargo xtask --help`")));
            };
            let (name, inline) = match name.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (name, None),
            };
            if with_value.contains(&name) {
                let value = inline
                    .or_else(|| words.next().cloned())
                    .ok_or_else(|| Failure::usage(format!("--{name} needs a value")))?;
                options.values.insert(name.to_owned(), value);
            } else if flags.contains(&name) && inline.is_none() {
                options.flags.push(name.to_owned());
            } else {
                return Err(Failure::usage(format!("there is no option `{word}`; try `cargo xtask --help`")));
            }
        }
        Ok(options)
    }

    /// The value given for `--name`.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// These options, with `value` for `--name` where none was given.
    pub(crate) fn or(mut self, name: &str, value: &str) -> Self {
        self.values.entry(name.to_owned()).or_insert_with(|| value.to_owned());
        self
    }

    /// Whether `--name` was given.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.flags.iter().any(|flag| flag == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn values_flags_and_the_rest_are_told_apart() {
        let options =
            Options::parse(&words("--only fmt,tidy --list -- -p hub --list"), &["only"], &["list"]).unwrap();
        assert_eq!(options.value("only"), Some("fmt,tidy"));
        assert!(options.flag("list"));
        assert_eq!(options.rest, words("-p hub --list"));
    }

    #[test]
    fn unknown_options_and_missing_values_are_refused() {
        assert!(Options::parse(&words("--onyl fmt"), &["only"], &[]).is_err());
        assert!(Options::parse(&words("--only"), &["only"], &[]).is_err());
        assert!(Options::parse(&words("fmt"), &["only"], &[]).is_err());
    }
}
