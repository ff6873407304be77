// Starts `ansatz lsp` for files of the language.

const { commands, window, workspace } = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

let client;

async function start() {
  const settings = workspace.getConfiguration("ansatz");
  const command = settings.get("path");
  const server = { command, args: ["lsp", ...settings.get("arguments")] };
  const documents = [
    { scheme: "file", language: "ansatz" },
    { scheme: "untitled", language: "ansatz" },
  ];
  client = new LanguageClient("ansatz", "Ansatz", server, { documentSelector: documents });
  try {
    await client.start();
  } catch (error) {
    client = undefined;
    window.showErrorMessage(`\`${command} lsp\` does not start: ${error.message}. Set \`ansatz.path\` to the program.`);
  }
}

async function stop() {
  const old = client;
  client = undefined;
  await old?.stop();
}

async function restart() {
  await stop();
  await start();
}

async function activate(context) {
  context.subscriptions.push(commands.registerCommand("ansatz.restart", restart));
  const changed = (event) => event.affectsConfiguration("ansatz") && restart();
  context.subscriptions.push(workspace.onDidChangeConfiguration(changed));
  await start();
}

module.exports = { activate, deactivate: stop };
