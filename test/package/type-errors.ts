import ts from "typescript";

/** The errors of a TypeScript project. `write` takes what it emits. */
export function typeErrorsOf(configFile: string, write?: ts.WriteFileCallback): string[] {
  const config = ts.getParsedCommandLineOfConfigFile(
    configFile,
    {},
    {
      ...ts.sys,
      onUnRecoverableConfigFileDiagnostic: (diagnostic) => {
        throw new Error(ts.flattenDiagnosticMessageText(diagnostic.messageText, "\n"));
      },
    },
  );
  if (config === undefined) {
    throw new Error(`${configFile} cannot be read.`);
  }
  const program = ts.createProgram(config.fileNames, config.options);
  const found = [
    ...config.errors,
    ...ts.getPreEmitDiagnostics(program),
    ...(write === undefined ? [] : program.emit(undefined, write).diagnostics),
  ];
  return found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
}
