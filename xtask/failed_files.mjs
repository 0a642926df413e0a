// A reporter for node's test runner: the file of each test that fails, a line each.

export default async function* failedFiles(events) {
  for await (const { type, data } of events) {
    if (type === "test:fail" && data.file && !data.todo) yield `${data.file}\n`;
  }
}
