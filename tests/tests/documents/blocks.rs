//! The fenced blocks of a document.

use std::fmt;

/// A part of a document.
pub(crate) enum Block {
    /// Lines that are not commands.
    Text(String),
    /// A block of commands.
    Commands { fence: String, steps: Vec<Step> },
}

/// A command and its output.
#[derive(Clone)]
pub(crate) struct Step {
    /// The line of the command, without its `$`.
    pub(crate) command: String,
    /// The output, if the block shows it.
    pub(crate) output: Option<String>,
}

/// Splits a document into parts, which together are the whole document.
pub(crate) fn blocks(document: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut text = String::new();
    let mut lines = document.lines();
    while let Some(line) = lines.next() {
        let shows_output = match line {
            "```console" => true,
            "```sh" => false,
            _ => {
                text.push_str(line);
                text.push('\n');
                continue;
            }
        };
        blocks.push(Block::Text(std::mem::take(&mut text)));
        let mut steps: Vec<Step> = Vec::new();
        for line in lines.by_ref().take_while(|line| *line != "```") {
            let command = if shows_output {
                line.strip_prefix("$ ")
            } else {
                Some(line)
            };
            match (command, steps.last_mut()) {
                (Some(command), _) => steps.push(Step {
                    command: command.to_owned(),
                    output: shows_output.then(String::new),
                }),
                (
                    None,
                    Some(Step {
                        output: Some(output),
                        ..
                    }),
                ) => {
                    output.push_str(line);
                    output.push('\n');
                }
                (None, _) => panic!("output without a command: {line}"),
            }
        }
        let fence = line.to_owned();
        blocks.push(Block::Commands { fence, steps });
    }
    blocks.push(Block::Text(text));
    blocks
}

impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (fence, steps) = match self {
            Self::Text(text) => return f.write_str(text),
            Self::Commands { fence, steps } => (fence, steps),
        };
        writeln!(f, "{fence}")?;
        for Step { command, output } in steps {
            match output {
                Some(output) => write!(f, "$ {command}\n{output}")?,
                None => writeln!(f, "{command}")?,
            }
        }
        writeln!(f, "```")
    }
}

#[test]
fn blocks_cover_the_whole_document() {
    let document = "a\n```sh\nx\n```\nb\n```console\n$ y\nz\n\n$ w\n```\n```\n$ c\n```\n";
    let blocks = blocks(document);
    let written: String = blocks.iter().map(Block::to_string).collect();
    assert_eq!(written, document);
    let steps = blocks.iter().map(|block| match block {
        Block::Text(_) => 0,
        Block::Commands { steps, .. } => steps.len(),
    });
    assert_eq!(steps.collect::<Vec<_>>(), [0, 1, 0, 2, 0]);
}
